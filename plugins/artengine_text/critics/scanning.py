"""Scansion: how far a line is from a pattern of beats, and which metre it is nearest to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from math import inf

from artengine_text.critics.hearing import Line
from artengine_text.forms.form import MARKS
from artengine_text.forms.meter import FEET, licensed

MOST_FEET = 8
HEAVY, TRIPLE = 0.3, 0.3


def misfit(line: Line, patterns: Iterable[str]) -> float:
    """Faults of *line*, said as favourably as it may be, against the nearest of *patterns*: 0 where it fits one.

    A syllable too few or too many is a fault, and a beat that falls where it may not. Without patterns nothing is a fault.
    """
    return min((_against(line, pattern) for pattern in patterns), default=0.0)


def _against(line: Line, pattern: str) -> float:
    best = {0: 0.0}  # faults by syllables said so far
    for choices in line.beats:
        after: dict[int, float] = {}
        for beats in choices:
            size = len(beats)
            for at, faults in best.items():
                now = faults
                for mark, beat in zip(pattern[at:at + size], beats, strict=False):
                    if beat not in MARKS[mark]:
                        now += 1
                if now < after.get(at + size, inf):
                    after[at + size] = now
        best = after
    return min(faults + abs(at - len(pattern)) for at, faults in best.items())


def scanned(lines: Sequence[Line], weak: frozenset[str]) -> tuple[str, list[int], list[float]]:
    """The foot that fits *lines* best, the feet of each line, and the faults of each.

    A word of one syllable that carries meaning counts :data:`HEAVY` of a fault where no beat is; feet of three syllables,
    which leave room for most prose, must be better than feet of two by :data:`TRIPLE` of a fault a line.
    """
    best: tuple[float, str, list[int], list[float]] | None = None
    for foot in FEET:
        feet, faults = [], []
        for line in lines:
            n, wrong = _nearest(line, foot, weak)
            feet.append(n)
            faults.append(wrong)
        cost = sum(faults) + TRIPLE * len(lines) * (len(FEET[foot]) == 3)
        if best is None or cost < best[0] - 1e-9:
            best = cost, foot, feet, faults
    assert best is not None
    return best[1:]


def _nearest(line: Line, foot: str, weak: frozenset[str]) -> tuple[int, float]:
    size = len(FEET[foot])
    about = round(line.syllables / size)
    found = []
    for n in range(max(1, about - 1), min(MOST_FEET, about + 1) + 1):
        found += [(_against(line, pattern) + HEAVY * _heavy(line, pattern, weak), abs(n - about), n)
                  for pattern in _licensed(foot, n) if abs(len(pattern) - line.syllables) <= 1]
    if not found:
        return about, float(line.syllables)  # longer than any metre
    faults, _, n = min(found)
    return n, faults


_licensed = lru_cache(licensed)


def _heavy(line: Line, pattern: str, weak: frozenset[str]) -> int:
    """Words of one syllable that carry meaning where the pattern has no beat."""
    at = heavy = 0
    for word, readings in zip(line.words, line.readings, strict=True):
        beats = readings[0].beats
        if beats == "x" and pattern[at:at + 1] in ("0", "-") and word.lower() not in weak:
            heavy += 1
        at += len(beats)
    return heavy
