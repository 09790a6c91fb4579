"""Symbols of a model of verse: characters, or pieces of words learnt from the corpus by byte-pair encoding.

Every unit (a word with the space before it, a mark) becomes symbols by itself, always the same ones, so that the words a
poem may go on with form a trie of symbols. Source of the pieces: Sennrich et al., "Neural machine translation of rare words
with subword units", 2016, on characters.
"""

from __future__ import annotations

import heapq
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import Any

START, NEWLINE, STANZA, UNKNOWN = range(4)
"""Before the first symbol; after a line; after the last line of a stanza; a character the model has not met."""
SPECIAL = 4
RARE = 3  # a character met less often than this is not learnt, nor in a large corpus one met less often than in 120,000


class Tokens:
    """What the symbols stand for.

    :param pieces: text of each symbol after the four above.
    :param merges: pairs of pieces that are joined, the earlier first.
    """

    def __init__(self, pieces: Iterable[str], merges: Iterable[tuple[str, str]] = ()) -> None:
        self.pieces = ["", "\n", "\n\n", "\ufffd", *pieces]
        self.merges = [(a, b) for a, b in merges]
        self._ids = {piece: i for i, piece in enumerate(self.pieces) if i >= SPECIAL}
        self._ranks = {pair: i for i, pair in enumerate(self.merges)}
        self._known: dict[str, tuple[int, ...]] = {}

    def __len__(self) -> int:
        return len(self.pieces)

    @classmethod
    def learn(cls, units: Mapping[str, int], pieces: int) -> Tokens:
        """Characters of *units* (with how often each occurs), and pieces until there are *pieces* symbols or none pays."""
        characters: Counter[str] = Counter()
        for unit, count in units.items():
            for c in unit:
                characters[c] += count
        least = max(RARE, characters.total() // 120_000) if characters.total() > 10_000 else 1
        first = sorted(c for c, count in characters.items() if count >= least)
        merges = _merges(units, pieces - len(first) - SPECIAL)
        return cls([*first, *dict.fromkeys(a + b for a, b in merges)], merges)

    def encode(self, unit: str) -> tuple[int, ...]:
        """The symbols of one unit."""
        known = self._known.get(unit)
        if known is None:
            parts = list(unit)
            while len(parts) > 1 and self._ranks:
                rank, i = min((self._ranks.get((a, b), 1 << 30), i) for i, (a, b) in enumerate(pairwise(parts)))
                if rank == 1 << 30:
                    break
                parts[i:i + 2] = [parts[i] + parts[i + 1]]
            known = self._known[unit] = tuple(self._ids.get(part, UNKNOWN) for part in parts)
        return known

    def decode(self, symbols: Iterable[int]) -> str:
        """Their text."""
        return "".join(self.pieces[s] for s in symbols)

    def to_data(self) -> dict[str, Any]:
        """Plain data for a model's header."""
        return {"pieces": self.pieces[SPECIAL:], "merges": [f"{a}\0{b}" for a, b in self.merges]}

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Tokens:
        """What :meth:`to_data` gave."""
        return cls(data["pieces"], (tuple(pair.split("\0")) for pair in data["merges"]))  # type: ignore[misc]


def _merges(units: Mapping[str, int], most: int) -> list[tuple[str, str]]:
    """The *most* commonest pairs, one after the other, each counted after those before it are joined."""
    words, counts = [list(unit) for unit in units], list(units.values())
    pairs: Counter[tuple[str, str]] = Counter()
    where: defaultdict[tuple[str, str], set[int]] = defaultdict(set)

    def count(i: int, sign: int) -> None:
        for pair in pairwise(words[i]):
            pairs[pair] += sign * counts[i]
            where[pair].add(i)

    for i in range(len(words)):
        count(i, 1)
    queue = [(-times, pair) for pair, times in pairs.items()]
    heapq.heapify(queue)
    merges: list[tuple[str, str]] = []
    while queue and len(merges) < most:
        times, pair = heapq.heappop(queue)
        if pairs[pair] < RARE:
            continue
        if -times != pairs[pair]:  # counted before some of its occurrences were joined to others
            heapq.heappush(queue, (-pairs[pair], pair))
            continue
        merges.append(pair)
        joined = pair[0] + pair[1]
        for i in where.pop(pair):
            count(i, -1)
            words[i] = _joined(words[i], pair)
            count(i, 1)
            for new in pairwise(words[i]):
                if joined in new:
                    heapq.heappush(queue, (-pairs[new], new))
    return merges


def _joined(word: list[str], pair: tuple[str, str]) -> list[str]:
    parts: list[str] = []
    for part in word:
        if parts and (parts[-1], part) == pair:
            parts[-1] += part
        else:
            parts.append(part)
    return parts
