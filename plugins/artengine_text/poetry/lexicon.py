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
from artengine_text.poetry.verse import MARKS, is_cjk
from artengine_text.prosody.base import Prosody, Reading

MOST = 20_000  # words
UNSURE = "?"  # a beat on which the readings of a word differ
_SURE = 20  # occurrences that show whether a word stands at ends of lines
_SELDOM = 0.01  # share of occurrences at line ends below which it does not

Array = np.ndarray


class Words:
    """Words that may stand in one place, the beginning of a line or elsewhere, sorted by their symbols.

    :param units: text of each, with the space before it where there is one.
    :param beats: of each, a character a syllable.
    :param rhymes: of each, an index of its rhyme class, 0 for none.
    :param ids: number of each word, shared by several sets; grows.
    :param flags: of each, ``ENDS`` where a line may end on it, ``UNEVEN`` where its beats are not certain.
    """

    def __init__(self, units: Sequence[str], beats: Sequence[str], rhymes: Array, flags: Array, tokens: Tokens,
                 ids: dict[str, int]) -> None:
        coded = [tokens.encode(unit) for unit in units]
        order = sorted(range(len(units)), key=coded.__getitem__)
        self.units = [units[i] for i in order]
        self.beats = [beats[i] for i in order]
        self.rhymes = rhymes[order]  # (W,)
        self.ends, self.even = (flags[order] & ENDS) > 0, (flags[order] & UNEVEN) == 0  # (W,)
        self.symbols = np.full((len(units), max(map(len, coded), default=0) + 1), -1, np.int16)  # (W, S + 1)
        for row, i in enumerate(order):
            self.symbols[row, :len(coded[i])] = coded[i]
        kinds = {kind: k for k, kind in enumerate(dict.fromkeys(self.beats))}
        self.kinds = list(kinds)  # K
        self.lengths = np.array([len(kind) for kind in kinds], np.intp)  # (K,)
        self.kind = np.array([kinds[b] for b in self.beats], np.int32)  # (W,)
        self._ids = ids
        self.word = np.array([ids.setdefault(unit.strip().lower(), len(ids)) for unit in self.units], np.int64)  # (W,)
        self._children: dict[tuple[int, int, int], tuple[Array, Array, Array]] = {}

    def __len__(self) -> int:
        return len(self.units)

    def children(self, node: tuple[int, int, int]) -> tuple[Array, Array, Array]:
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

    @cached_property
    def root(self) -> tuple[int, int, int]:
        """The node above all words."""
        return 0, len(self), 0

    def rows(self, word: str) -> Array:
        """Where *word* stands, in whatever case."""
        return np.flatnonzero(self.word == self._ids.get(word.strip().lower(), -1))


class Lexicon:
    """The words of a model: those that may begin a line, and those that may go on with it."""

    def __init__(self, arrays: Mapping[str, Array], tokens: Tokens) -> None:
        units, beats, self.rhymes = (_split(arrays[name]) for name in ("units", "beats", "rhymes"))
        rhyme, flags = arrays["rhyme"], arrays["flags"]
        self.rhymes.insert(0, "")
        ids: dict[str, int] = {}  # a number for each word, whatever its case

        def words(place: int) -> Words:
            rows = np.flatnonzero(flags & place)
            return Words([units[i] for i in rows], [beats[i] for i in rows], rhyme[rows].astype(np.int64), flags[rows],
                         tokens, ids)

        self.initial, self.middle = words(INITIAL), words(MIDDLE)


INITIAL, MIDDLE, ENDS, UNEVEN = 1, 2, 4, 8
"""Where a word may stand: at the beginning of a line, later, at its end; and that its readings have unlike numbers of beats."""


def learn(poems: Iterable[object], prosody: Prosody, tokens: Tokens) -> dict[str, Array]:
    """The lexicon of poems as arrays: ``units``, ``beats``, ``rhymes`` text as bytes; ``rhyme`` uint16, ``flags`` uint8 (W,)."""
    initial: Counter[str] = Counter()
    middle: Counter[str] = Counter()
    ends: Counter[str] = Counter()
    for poem in poems:
        for line in poem.lines:  # type: ignore[attr-defined]
            units = [unit for unit in line.units if unit not in MARKS]
            initial[units[0]] += 1
            middle.update(units[1:])
            ends[units[-1].strip().lower()] += 1
    total = initial.total() + middle.total()
    least = 1 if total < 20_000 else 2
    capitals = sum(n for unit, n in initial.items() if unit[:1].isupper())
    cased = sum(n for unit, n in initial.items() if unit[:1].isupper() or unit[:1].islower())
    known: Counter[str] = Counter()
    for counts in (initial, middle):
        for unit, n in counts.items():
            known[unit.strip().lower()] += n
    places: dict[str, int] = {}
    count: Counter[str] = Counter()
    for unit, n in middle.items():
        word = unit.strip()
        if known[word.lower()] >= least:
            _add(places, count, unit, n, MIDDLE | (INITIAL if is_cjk(word) else 0))
            if cased and not is_cjk(word):
                _add(places, count, word[:1].upper() + word[1:] if capitals > 0.8 * cased else word, n, INITIAL)
    for unit, n in initial.items():
        if known[unit.lower()] >= least:
            _add(places, count, unit, n, INITIAL | (MIDDLE if is_cjk(unit) else 0))
    if capitals > 0.8 * cased:  # the few lines that begin small teach no words for the others' beginnings
        for unit in [unit for unit in places if unit[:1].islower()]:
            places[unit] &= ~INITIAL
    chosen = sorted(unit for unit, _ in count.most_common(2 * MOST)
                    if places[unit] and UNKNOWN not in tokens.encode(unit) and _is_word(unit.strip(), known))
    beats, keys = [], []
    for unit in chosen:
        said, key, sure = _sound(prosody.readings(unit.strip()))
        word = unit.strip().lower()
        if word not in prosody.weak and (known[word] < _SURE or ends[word] >= _SELDOM * known[word]):
            places[unit] |= ENDS
        if not sure:
            places[unit] |= UNEVEN
        beats.append(said)
        keys.append(key)
    rhymes = {key: i + 1 for i, key in enumerate(sorted(set(keys) - {""}))}
    return {"units": _join(chosen), "beats": _join(beats), "rhymes": _join(list(rhymes)),
            "rhyme": np.array([rhymes.get(key, 0) for key in keys], np.uint16),
            "flags": np.array([places[unit] for unit in chosen], np.uint8)}


def _is_word(word: str, known: Mapping[str, int]) -> bool:
    """Not a number, nor a single letter that is only what is left of a word."""
    return not any(map(str.isdigit, word)) and (len(word) > 1 or is_cjk(word) or known[word.lower()] >= 50)


def _add(places: dict[str, int], count: Counter[str], unit: str, n: int, place: int) -> None:
    places[unit] = places.get(unit, 0) | place
    count[unit] += n


def _sound(readings: Sequence[Reading]) -> tuple[str, str, bool]:
    """Beats on which all readings agree (``UNSURE`` where they do not), the first one's rhyme, whether they are as many."""
    first = readings[0]
    if len({len(reading.beats) for reading in readings}) > 1:
        return first.beats, first.rhyme, False
    beats = ("".join(b[0] if len(set(b)) == 1 else UNSURE for b in zip(*(r.beats for r in readings), strict=True)))
    return beats, first.rhyme, True


def _join(texts: Sequence[str]) -> Array:
    return np.frombuffer("\n".join(texts).encode(), np.uint8)


def _split(array: Array) -> list[str]:
    text = bytes(array).decode()
    return text.split("\n") if text else []
