"""How a pitch is written in a key: C sharp or D flat."""

from __future__ import annotations

from bisect import bisect_right
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple

from artengine.works.score import Key, Score

STEPS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_FIFTHS = "FCGDAEB"


class Spelt(NamedTuple):
    """A written pitch."""

    step: str
    """Letter, A to G."""
    alter: int
    """Semitones it is raised."""
    octave: int
    """4 is the octave of middle C."""


@lru_cache(1 << 12)
def spell(pitch: int, sharps: int) -> Spelt:
    """The pitch (MIDI number) in a key of that many sharps (negative for flats).

    On the circle of fifths a key reaches from its flat third and seventh to its sharp first and fifth; the twelve names in
    between are those that musicians use in it, raised leading notes of the relative minor included.
    """
    low = sharps - 3
    place = low + (pitch * 7 - low) % 12  # C is 0, G is 1, F is -1
    step, alter = _FIFTHS[(place + 1) % 7], (place + 1) // 7
    return Spelt(step, alter, (pitch - STEPS[step] - alter) // 12 - 1)


class Keys:
    """The key in force at any time of a score; none known counts as C major."""

    def __init__(self, score: Score) -> None:
        self.keys = score.keys
        self.onsets = [key.onset for key in score.keys]

    def at(self, onset: Fraction) -> Key | None:
        """The key in force."""
        i = bisect_right(self.onsets, onset)
        return self.keys[i - 1] if i else None

    def sharps(self, onset: Fraction) -> int:
        """Sharps of the signature in force; negative for flats."""
        key = self.at(onset)
        return key.sharps if key else 0
