"""The words a poem may use: those of the corpus, each with its symbols, beats and rhyme, as a trie.

Words stand sorted by their symbols, so that those below a node of the trie are neighbours: which symbols may come next under
a node, where only some words are allowed, is one cumulated sum and a look at its ends.

Axes: W words, S symbols of the longest word, K kinds of beats.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property

import numpy as np

from artengine_text.poetry.tokens import UNKNOWN, Tokens
from artengine_text.poetry.verse import MARKS, Line, is_cjk
from artengine_text.prosody.base import Prosody, Reading

MOST = 36_000  # units: words in the places and letters they stand in
UNSURE = "?"  # a beat on which the readings of a word differ
_SURE = 20  # occurrences that show whether a word stands at ends of lines
_SELDOM = 0.01  # share of occurrences at line ends below which it does not

Array = np.ndarray
Node = tuple[int, int, int]


class Words:
    """Words that may stand in one place, the beginning of a line or elsewhere, sorted by their symbols.

    :param symbols: of each, padded by -1.  (W, S + 1)
    :param kinds: the kinds of beats, a character a syllable; K.
    :param kind: of each, its kind of beats.  (W,)
    :param rhymes: of each, its rhyme class, 0 for none.  (W,)
    :param word: of each, a number that it shares with the same word in other letters, and with what ends on it after a
        hyphen.  (W,)
    :param sound: of each, the number of the first word that sounds like it: no two of a sound rhyme.  (W,)
    :param flags: of each, ``ENDS`` where a line may end on it.  (W,)
    """

    def __init__(self, symbols: Array, kinds: Sequence[str], kind: Array, rhymes: Array, word: Array, sound: Array,
                 flags: Array, tokens: Tokens) -> None:
        self.symbols, self.kinds, self.kind, self.rhymes = symbols, kinds, kind, rhymes
        self.word, self.sound = word, sound
        self.lengths = np.array([len(k) for k in kinds], np.intp)  # (K,)
        self.ends = (flags & ENDS) > 0  # (W,)
        self.root: Node = (0, len(symbols), 0)
        self._tokens = tokens
        self._children: dict[Node, tuple[Array, Array, Array]] = {}

    def __len__(self) -> int:
        return len(self.symbols)

    def children(self, node: Node) -> tuple[Array, Array, Array]:
        """Symbols that go on below *node*, and the first word and the one after the last below each; all (C,).

        A node is the words [first, last) that share their first *depth* symbols; -1 stands for the word that ends here.
        """
        found = self._children.get(node)
        if found is None:
            first, last, depth = node
            column = self.symbols[first:last, depth]
            starts = np.flatnonzero(np.concatenate(([True], column[1:] != column[:-1]))) + first
            found = self._children[node] = column[starts - first], starts, np.append(starts[1:], last)
        return found

    def text(self, row: int) -> str:
        """The word in a row, with the space before it where there is one."""
        return self._tokens.decode(symbol for symbol in self.symbols[row].tolist() if symbol >= 0)

    @cached_property
    def units(self) -> list[str]:
        """All of them."""
        return [self.text(row) for row in range(len(self))]

    @cached_property
    def numbers(self) -> dict[str, int]:
        """The number of each word, in lower case and without the space."""
        return {unit.strip().lower(): number for unit, number in zip(self.units, self.word.tolist(), strict=True)}


class Lexicon:
    """The words of a model: those that may begin a line, and those that may go on with it.

    :param arrays: as from :func:`learn`.
    """

    def __init__(self, arrays: Mapping[str, Array], tokens: Tokens) -> None:
        self.rhymes = ["", *_split(arrays["rhymes"])]
        """The key of each rhyme class, that of none first."""
        kinds = _split(arrays["kinds"])
        lengths, flags = arrays["lengths"].astype(np.intp), arrays["flags"]
        width = np.int16 if len(tokens) <= 2**15 else np.int32
        symbols = np.full((len(lengths), int(lengths.max(initial=0)) + 1), -1, width)
        symbols[np.arange(symbols.shape[1]) < lengths[:, None]] = arrays["symbols"]
        numbers = arrays["word"].astype(np.intp)
        self.sound = np.arange(int(numbers.max(initial=-1)) + 1)
        """Of each word's number, that of the first word which sounds like it."""
        if "echoes" in arrays:
            self.sound[arrays["echoes"][0]] = arrays["echoes"][1]

        def words(place: int) -> Words:
            rows = np.flatnonzero(flags & place)
            return Words(symbols[rows], kinds, arrays["kind"][rows].astype(np.intp), arrays["rhyme"][rows].astype(np.intp),
                         numbers[rows], self.sound[numbers[rows]], flags[rows], tokens)

        self.initial, self.middle = words(INITIAL), words(MIDDLE)

    @cached_property
    def numbers(self) -> dict[str, int]:
        """The number of each word, in lower case."""
        return {**self.initial.numbers, **self.middle.numbers}


INITIAL, MIDDLE, ENDS = 1, 2, 4
"""A word may stand at the beginning of a line, later, at its end."""


def learn(poems: Iterable[Sequence[Line]], prosody: Prosody, tokens: Tokens) -> dict[str, Array]:
    """The lexicon of poems as arrays.

    :returns: ``symbols`` of all W words in turn and their ``lengths``; ``kind``, ``rhyme``, ``word``, ``flags`` (W,) as
        :class:`Words` has them; ``kinds`` and ``rhymes`` as text in bytes; ``echoes`` (2, E), the numbers of words
        that sound like another, and of that other.
    """
    places, known, ends = _places(poems)
    chosen = [unit for unit, place in places.items()
              if place and UNKNOWN not in tokens.encode(unit) and _is_word(unit.strip(), known)]
    chosen = sorted(chosen, key=lambda unit: -known[unit.strip().lower()])[:MOST]
    chosen.sort(key=tokens.encode)
    for unit in chosen:
        word = unit.strip().lower()
        if word not in prosody.weak and (known[word] < _SURE or ends[word] >= _SELDOM * known[word]):
            places[unit] |= ENDS
    coded = [tokens.encode(unit) for unit in chosen]
    width = next(width for width in (np.uint8, np.uint16, np.uint32) if len(tokens) <= np.iinfo(width).max)
    return {"symbols": np.array([symbol for code in coded for symbol in code], width),
            "lengths": np.array([len(code) for code in coded], np.uint8),
            **heard(chosen, np.array([places[unit] for unit in chosen], np.uint8), prosody)}


def heard(units: Sequence[str], flags: Array, prosody: Prosody) -> dict[str, Array]:
    """What of a lexicon hangs on how its words sound: all that :func:`learn` gives but symbols and lengths.

    :param flags: where each unit may stand; nowhere, where it has no beats.  (W,)
    """
    kinds: dict[str, int] = {}
    rhymes: dict[str, int] = {}
    words: dict[str, int] = {}
    rows = []
    for unit, place in zip(units, flags.tolist(), strict=True):
        word = unit.strip().lower()
        beats, key = _sound(prosody.readings(unit.strip()))
        rows.append((kinds.setdefault(beats, len(kinds)), rhymes.setdefault(key, len(rhymes) + 1) if key else 0,
                     words.setdefault((prosody.words(word) or [word])[-1].lower(), len(words)),
                     place if beats else 0))  # a line of words without beats would never end
    kind, rhyme, number, kept = np.array(rows, np.uint16).reshape(-1, 4).T
    first: dict[str, int] = {}
    echoes = [(n, m) for word, n in words.items() if (m := first.setdefault(prosody.sound(word) or word, n)) != n]
    return {"kinds": _join(kinds), "kind": kind, "rhymes": _join(rhymes), "rhyme": rhyme, "word": number,
            "flags": kept.astype(np.uint8), "echoes": np.array(echoes, np.uint16).reshape(-1, 2).T}


def _places(poems: Iterable[Sequence[Line]]) -> tuple[dict[str, int], Counter[str], Counter[str]]:
    """Where each unit may stand; how often its word occurs, and ends a line, whatever the case."""
    initial: Counter[str] = Counter()
    middle: Counter[str] = Counter()
    ends: Counter[str] = Counter()
    for lines in poems:
        for line in lines:
            first, *later = [unit for unit in line.units if unit not in MARKS]
            initial[first] += 1
            middle.update(later)
            ends[line.words[-1].lower()] += 1
    known: Counter[str] = Counter()
    for unit, n in (initial + middle).items():
        known[unit.strip().lower()] += n
    least = 1 if known.total() < 20_000 else 2
    cased = sum(n for unit, n in initial.items() if unit[:1].isupper() or unit[:1].islower())
    capital = sum(n for unit, n in initial.items() if unit[:1].isupper()) > 0.8 * cased > 0
    places: Counter[str] = Counter()
    for unit in [*initial, *middle]:
        word = unit.strip()
        if known[word.lower()] < least:
            continue
        if is_cjk(word):
            places[unit] = INITIAL | MIDDLE
        elif unit is not word and unit[0] == " ":
            places[unit] |= MIDDLE
            places[word[:1].upper() + word[1:] if capital else word] |= INITIAL
        elif not (capital and unit[:1].islower()):  # the few lines that begin small teach nothing about the others
            places[unit] |= INITIAL
    return dict(places), known, ends


def _is_word(word: str, known: Mapping[str, int]) -> bool:
    """Not a number, nor a single letter that is only what is left of a word."""
    return not any(map(str.isdigit, word)) and (len(word) > 1 or is_cjk(word) or known[word.lower()] >= 50)


def _sound(readings: Sequence[Reading]) -> tuple[str, str]:
    """The likeliest reading's beats, ``UNSURE`` where others of its length differ, and its rhyme."""
    first = readings[0]
    alike = [reading.beats for reading in readings if len(reading.beats) == len(first.beats)]
    return "".join(b[0] if len(set(b)) == 1 else UNSURE for b in zip(*alike, strict=True)), first.rhyme


def _join(texts: Iterable[str]) -> Array:
    return np.frombuffer("\n".join(texts).encode(), np.uint8)


def _split(array: Array) -> list[str]:
    text = bytes(array).decode()
    return text.split("\n") if text else []
