"""Which letters of a word say which of its sounds: found from a dictionary alone, by expectation maximisation.

Every letter says a *chunk* of 0, 1 or 2 sounds, in order: ``b o x`` is ``B | AA1 | K S``, ``t h y`` is ``DH | - | AY1``.
Costs of chunks start from where sounds lie beside letters, and are counted anew from the best alignments until these stay.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import count
from typing import Any

import numpy as np

MOST = 2  # sounds a letter may say
_NEVER = 30.0  # nats: what a chunk costs that no letter was seen to say
_ROUNDS = 8


def align(words: Sequence[tuple[str, tuple[str, ...]]], rounds: int = _ROUNDS) -> list[tuple[tuple[str, ...], ...] | None]:
    """For every (spelling, sounds) the chunk of each letter; nothing where letters cannot say so many sounds.

    Stress, the digit at the end of a vowel, plays no part in the alignment but stands in the chunks.
    """
    letters = {c: i for i, c in enumerate(sorted({c for word, _ in words for c in word}))}
    sounds = {s: i + 1 for i, s in enumerate(sorted({s.rstrip("012") for _, said in words for s in said}))}
    groups = defaultdict(list)
    for index, (word, said) in enumerate(words):
        if len(said) <= MOST * len(word):
            groups[len(word), len(said)].append(index)
    arrays = [(np.array([[letters[c] for c in words[i][0]] for i in group]),
               np.array([[sounds[s.rstrip("012")] for s in words[i][1]] for i in group]), group)
              for group in groups.values()]
    costs = _beside(arrays, len(letters), len(sounds) + 1)
    for done in count(1):
        cuts = [_best(spelt, said, costs) for spelt, said, _ in arrays]
        if done == rounds:
            break
        costs = _counted(arrays, cuts, len(letters), len(sounds) + 1)
    found: list[tuple[tuple[str, ...], ...] | None] = [None] * len(words)
    for (_, _, group), cut in zip(arrays, cuts, strict=True):
        for index, places in zip(group, cut.tolist(), strict=True):
            said = words[index][1]
            found[index] = tuple(said[a:b] for a, b in zip([0, *places], places, strict=False))
    return found


def chunk_counts(aligned: Sequence[tuple[tuple[str, ...], ...] | None]) -> Counter[tuple[str, ...]]:
    """How often each chunk is said."""
    return Counter(chunk for word in aligned if word is not None for chunk in word)


def _chunk(said: Any, start: int, length: int, sounds: int) -> Any:
    """The number of the chunk of *length* sounds from *start*, for every word of a group."""
    number = np.zeros(len(said), int)
    for place in range(start, start + length):
        number = number * sounds + said[:, place]
    return number


def _beside(arrays: Any, letters: int, sounds: int) -> Any:
    """Costs before anything is aligned: a chunk belongs the more to a letter, the nearer they stand."""
    tally = np.full((letters, sounds**MOST), 1e-3)
    for spelt, said, _ in arrays:
        long, spoken = spelt.shape[1], said.shape[1]
        for i in range(long):
            tally[:, 0] += np.bincount(spelt[:, i], minlength=letters) * 0.2
            for j in range(spoken):
                near = np.exp(-abs((i + 0.5) / long - (j + 0.5) / spoken) * long)
                np.add.at(tally, (spelt[:, i], said[:, j]), near)
                if j + 1 < spoken:
                    np.add.at(tally, (spelt[:, i], _chunk(said, j, 2, sounds)), 0.05 * near)
    return -np.log(tally / tally.sum(1, keepdims=True))


def _counted(arrays: Any, cuts: Any, letters: int, sounds: int) -> Any:
    """Costs from alignments."""
    tally = np.full((letters, sounds**MOST), 0.0)
    for (spelt, said, _), cut in zip(arrays, cuts, strict=True):
        starts = np.concatenate([np.zeros((len(cut), 1), int), cut[:, :-1]], 1)
        padded = np.concatenate([said, np.zeros((len(said), MOST), int)], 1)
        rows = np.arange(len(cut))
        for i in range(spelt.shape[1]):
            length = cut[:, i] - starts[:, i]
            first, second = padded[rows, starts[:, i]], padded[rows, starts[:, i] + 1]
            number = np.where(length == 0, 0, np.where(length == 1, first, first * sounds + second))
            np.add.at(tally, (spelt[:, i], number), 1)
    shares = tally / tally.sum(1, keepdims=True)
    return np.where(shares > 0, -np.log(np.maximum(shares, 1e-12)), _NEVER)


def _best(spelt: Any, said: Any, costs: Any) -> Any:
    """The cheapest cuts of one group: for every word and letter, how many sounds are said by its end."""
    many, long = spelt.shape
    spoken = said.shape[1]
    sounds = round(costs.shape[1] ** (1 / MOST))
    least = np.full((spoken + 1, many), np.inf)
    least[0] = 0
    taken = np.zeros((long, spoken + 1, many), np.int8)
    for i in range(long):
        after = np.full_like(least, np.inf)
        for length in range(MOST + 1):
            for j in range(spoken + 1 - length):
                cost = least[j] + costs[spelt[:, i], _chunk(said, j, length, sounds)]
                better = cost < after[j + length]
                after[j + length][better] = cost[better]
                taken[i, j + length][better] = length
        least = after
    cuts = np.zeros((many, long), int)
    at, rows = np.full(many, spoken), np.arange(many)
    for i in reversed(range(long)):
        cuts[:, i] = at
        at = at - taken[i, at, rows]
    return cuts
