"""A corpus of verse by its words alone, small enough to travel in a model's file: does a new poem quote an old one?

A text becomes its words, in order: case, punctuation and spacing do not count, and a character of a script without spaces
(Chinese, Japanese, Thai) is a word. Of each word a few bits are kept, hashed; so a phrase is a run of small numbers, and a
run long enough (:attr:`Fingerprint.least` words) is found again by looking for it, with fewer than one false alarm in four
thousand places asked about. Because the order is kept, a longer span is a chain of such runs and its source is a line of a
poem; its ends are right to the word, save that with few bits a word more may agree by chance.

The size is bounded: eight bits a word for a corpus of up to 400,000 words, fewer for a larger one, and from 800,000 words
on only some kinds of word are kept, chosen by what they are, so that the same ones are kept of a quotation. The larger
the corpus, the longer a quotation must be to be seen: four words among 200,000, eight among 800,000 (4 MB of English verse),
some forty among 20 million. The source is named by title and line; its words are those of the quotation itself.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import ceil, log2
from typing import Any
from zlib import compress, crc32, decompress

import numpy as np

from artengine.works import Text

WINDOW, HAN_WINDOW = 32, 7  # characters of a window: of writing with spaces, and without (a long line of Chinese verse)
_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_WORD = re.compile(rf"[{_UNSPACED}]|[^\W_{_UNSPACED}]+")
_ALONE = re.compile(f"[{_UNSPACED}]")
_APOSTROPHES = {ord(c): None for c in "'’‘ʼ`´"}
_BITS = range(4, 9)  # that may be kept of a word
_BUDGET, _MOST = 3_200_000, 16_000_000  # bits for all words: of an ordinary corpus, and of the largest
_PER_CHARACTER = 0.9  # bits that a corpus too large for the ordinary budget may have
_SURE = 12  # bits more than are needed to tell all places of the corpus apart
_HELD = 4_000_000  # words held while a corpus is read; then every other kind of word is let go
_TITLE = 60  # characters


def words(line: str) -> list[str]:
    """The words of a line as they are compared: without case, punctuation and apostrophes, compatible forms as one."""
    return _WORD.findall(unicodedata.normalize("NFKC", line).casefold().translate(_APOSTROPHES))


@dataclass(frozen=True, slots=True)
class Source:
    """Where a span of a text also stands."""

    span: str
    """The span in the words of the text, case and punctuation aside."""
    characters: int
    """Its length, a space between words counted."""
    line: int
    """Line of the text in which it begins, from 1; empty lines do not count."""
    title: str
    """Title of the source, empty where it has none."""
    poem: int
    """Number of the source in the corpus, from 1."""
    source_line: int
    """Line of the source in which the span begins, from 1; empty lines do not count."""

    def where(self) -> str:
        """The line of the source, to be read by people."""
        title = f'"{self.title}", ' if self.title else ""
        return f"line {self.source_line} of {title}poem {self.poem:,}"

    def quoted(self, most: int = 60) -> str:
        """The beginning of the span, of at most so many characters."""
        return self.span if self.characters <= most else f"{self.span[:most - 1].rstrip()}…"


@dataclass(frozen=True, slots=True)
class Overlap:
    """How much of a text is also in a corpus."""

    share: float
    """Share of the text's windows of :data:`WINDOW` characters (:data:`HAN_WINDOW` of Chinese) found in it, 0..1."""
    characters: int
    """Length of the text as it is compared, a space between words counted."""
    window: int
    """Characters of a window of this text."""
    longest: Source | None
    """The longest span shared with one poem; ``None`` where it is shorter than can be seen."""


def build(texts: Iterable[Text]) -> dict[str, Any]:
    """The fingerprint of a corpus, in arrays to be kept in a model's file under ``fingerprint.*``.

    All uint8: ``symbols`` (the bits of the words, packed) and, deflated, ``lines`` (words kept of each), ``poems`` (lines
    of each poem) and ``titles``; but ``shape`` (4,) uint32: words kept, lines, bits a word, kinds of word kept of 65,536.
    """
    codes, lines, poems, titles, characters, share = _read(texts)
    budget = max(_BUDGET, min(_MOST, int(_PER_CHARACTER * characters)))
    bits = max(_BITS[0], min(_BITS[-1], budget // max(1, codes.size)))
    while codes.size * bits > budget:
        share = min(share - 1, int(share * budget / (codes.size * bits)))
        codes, lines = _thinned(codes, lines, share)
    symbols = np.unpackbits((codes >> 24).astype(np.uint8)[:, None], axis=1)[:, :bits]
    counts = np.minimum(np.bincount(lines, minlength=sum(poems)), 255)
    packed = {"lines": counts.astype(np.uint8).tobytes(), "poems": np.array(poems, np.uint16).tobytes(),
              "titles": "\n".join(titles).encode()}
    return {"symbols": np.packbits(symbols), "shape": np.array([codes.size, counts.size, bits, share], np.uint32),
            **{name: np.frombuffer(compress(data, 9), np.uint8).copy() for name, data in packed.items()}}


def _read(texts: Iterable[Text]) -> tuple[Any, Any, list[int], list[str], int, int]:
    """(codes, line of each, lines of each poem, titles, characters, kinds of word kept of 65,536), in bounded memory."""
    held: list[tuple[Any, Any]] = []
    poems: list[int] = []
    titles: list[str] = []
    share, waiting, characters, line = 1 << 16, 0, 0, 0
    some: list[int] = []
    places: list[int] = []

    def settle() -> None:
        nonlocal share, waiting
        held.append(_thinned(mixed(some), np.array(places, np.uint32), share))
        some.clear()
        places.clear()
        waiting = sum(codes.size for codes, _ in held)
        while waiting > _HELD:
            share //= 2
            held[:] = [_thinned(codes, lines, share) for codes, lines in held]
            waiting = sum(codes.size for codes, _ in held)

    for text in texts:
        count = 0
        for verse in text.lines:
            if count == 0xFFFF:  # a novel in one piece goes on as another poem of that title
                poems.append(count)
                titles.append(_title(text))
                count = 0
            found = words(verse)
            some += [crc32(word.encode("utf-8", "replace")) for word in found]
            places += [line] * len(found)
            characters += len(verse)
            line += 1
            count += 1
            if len(some) > 1 << 16:
                settle()
        poems.append(count)
        titles.append(_title(text))
    settle()
    codes, lines = (np.concatenate(parts) for parts in zip(*held, strict=True))
    return codes, lines, poems, titles, characters, share


def _title(text: Text) -> str:
    title = " ".join(text.title.split())
    return title if len(title) <= _TITLE else f"{title[:_TITLE - 1].rstrip()}…"


def mixed(hashes: Sequence[int]) -> Any:
    """Hashes with every bit depending on all: the upper byte becomes the symbol, the lower half chooses. (n,) uint32"""
    x = np.array(hashes, np.uint32)
    x = (x ^ (x >> 16)) * np.uint32(0x7FEB352D)
    x = (x ^ (x >> 15)) * np.uint32(0x846CA68B)
    return x ^ (x >> 16)


def _thinned(codes: Any, lines: Any, share: int) -> tuple[Any, Any]:
    kept = (codes & 0xFFFF) < share
    return codes[kept], lines[kept]


class Fingerprint:
    """A fingerprint made ready for questions."""

    def __init__(self, arrays: Mapping[str, Any]) -> None:
        count, lines, self.bits, self.share = (int(n) for n in arrays["shape"])
        packed = np.unpackbits(np.asarray(arrays["symbols"], np.uint8), count=count * self.bits)
        self.symbols = np.packbits(packed.reshape(-1, self.bits), axis=1)[:, 0] >> (8 - self.bits)
        unpacked = {name: decompress(bytes(np.asarray(arrays[name], np.uint8))) for name in ("lines", "poems", "titles")}
        self.titles = unpacked["titles"].decode("utf-8", "replace").split("\n")
        self.line_ends = np.cumsum(np.frombuffer(unpacked["lines"], np.uint8), dtype=np.int64)
        self.poem_lines = np.concatenate([[0], np.cumsum(np.frombuffer(unpacked["poems"], np.uint16), dtype=np.int64)])
        if self.line_ends.size != lines or self.poem_lines[-1] != lines:
            raise ValueError("the fingerprint's tables do not agree")
        self.least = max(4, ceil((log2(max(2, count)) + _SURE) / self.bits))
        """Words (of those kept) that a span must have to be seen."""
        grams = self._grams(self.symbols)
        ends = np.concatenate([[0], self.line_ends])[self.poem_lines[1:]]  # of the poems, in words
        self._places = np.flatnonzero(_whole(ends, grams.size, self.least))  # a run never reaches over two poems
        grams = grams[self._places]
        order = np.argsort(grams, kind="stable")
        self._places, self._sorted = self._places[order], grams[order]

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, Any], prefix: str = "fingerprint.") -> Fingerprint:
        """The fingerprint inside a model's weights.

        :raises KeyError: where they have none.
        """
        return cls({name: arrays[prefix + name] for name in ("symbols", "shape", "lines", "poems", "titles")})

    def windows_found(self, text: Text) -> float:
        """Share of the text's windows that stand in the corpus, 0..1; see :class:`Overlap`."""
        return self.overlap(text).share

    def longest_shared(self, text: Text) -> int:
        """Characters of the longest span shared with one poem of the corpus; 0 where it is too short to be seen."""
        longest = self.overlap(text).longest
        return longest.characters if longest else 0

    def nearest(self, text: Text) -> Source | None:
        """Where the longest shared span stands."""
        return self.overlap(text).longest

    def overlap(self, text: Text) -> Overlap:
        """What *text* shares with the corpus."""
        found = [(word, i) for i, line in enumerate(text.lines, 1) for word in words(line)]
        starts, ends = _spans([word for word, _ in found])
        length = int(ends[-1]) if found else 0
        codes = mixed([crc32(word.encode("utf-8", "replace")) for word, _ in found])
        kept = np.flatnonzero((codes & 0xFFFF) < self.share)
        window = window_of([word for word, _ in found])
        marked = np.zeros(max(1, length - window + 1) + 1, np.int64)  # +1 where windows begin to be found, -1 after
        best: tuple[int, int, int, int] | None = None
        for first, last, place in self._runs(codes[kept] >> np.uint32(32 - self.bits)):
            a, b = int(starts[kept[first]]), int(ends[kept[last]])
            if b - a >= min(window, length):
                marked[a] += 1
                marked[max(a, b - window) + 1] -= 1
            if best is None or b - a > best[0]:
                best = b - a, first, last, place
        share = float((np.cumsum(marked[:-1]) > 0).mean()) if found else 0.0
        if best is None:
            return Overlap(share, length, window, None)
        size, first, last, place = best
        span = _joined([word for word, _ in found[kept[first]:kept[last] + 1]])
        source_line = int(np.searchsorted(self.line_ends, place, "right"))
        poem = int(np.searchsorted(self.poem_lines, source_line, "right")) - 1
        line = source_line - int(self.poem_lines[poem]) + 1
        source = Source(span, size, found[kept[first]][1], self.titles[poem], poem + 1, line)
        return Overlap(share, length, window, source)

    def _runs(self, symbols: Any) -> Iterator[tuple[int, int, int]]:
        """Spans of *symbols* in the corpus that cannot be drawn out: (first, last, place of the first in the corpus)."""
        grams = self._grams(symbols)
        low, high = np.searchsorted(self._sorted, grams, "left"), np.searchsorted(self._sorted, grams, "right")
        places, lengths = np.zeros(0, np.int64), np.zeros(0, np.int64)
        for i, (a, b) in enumerate([*zip(low, high, strict=True), (0, 0)]):
            now = np.sort(self._places[a:b])
            grown = np.ones(now.size, np.int64)
            if places.size:
                at = np.minimum(np.searchsorted(places, now - 1), places.size - 1)
                goes_on = places[at] == now - 1
                grown[goes_on] = lengths[at[goes_on]] + 1
                longest = int(lengths.max())
                if not goes_on.any() or int(grown.max()) <= longest:  # else it is told of when it ends
                    where = int(places[lengths.argmax()])
                    yield i - longest, i - 1 + self.least - 1, where - longest + 1
            places, lengths = now, grown

    def _grams(self, symbols: Any) -> Any:
        """Every :attr:`least` neighbouring symbols as one number.  (n - least + 1,) uint64"""
        size = max(0, symbols.size - self.least + 1)
        out = np.zeros(size, np.uint64)
        for j in range(self.least):
            out = (out << np.uint64(self.bits)) | symbols[j:j + size].astype(np.uint64)
        return out


def _whole(ends: Any, count: int, length: int) -> Any:
    """Which of *count* runs of *length* words lie within one poem, given where poems end.  (count,) bool"""
    first = np.arange(count)
    return np.searchsorted(ends, first, "right") == np.searchsorted(ends, first + length - 1, "right")


def window_of(found: Sequence[str]) -> int:
    """Characters of a window for these words: by whether most are characters of a script without spaces."""
    alone = sum(bool(_ALONE.match(word)) for word in found)
    return HAN_WINDOW if alone > len(found) / 2 else WINDOW


def _spans(found: Sequence[str]) -> tuple[Any, Any]:
    """Where each word starts and ends in :func:`_joined`."""
    if not found:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    alone = np.array([bool(_ALONE.match(word)) for word in found])
    lengths = np.array([len(word) for word in found])
    gaps = np.r_[0, ~(alone[:-1] & alone[1:])]
    starts = np.cumsum(np.r_[0, lengths[:-1]] + gaps)
    return starts, starts + lengths


def _joined(found: Sequence[str]) -> str:
    out = ""
    for a, b in zip(["", *found], found, strict=False):
        out += b if not a or (_ALONE.match(a) and _ALONE.match(b)) else f" {b}"
    return out
