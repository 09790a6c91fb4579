"""From times as they were played to times as they would be written.

A file made in a notation program has its notes on the grid already and keeps them; one that was played is moved, beat by
beat, to sixteenths or to triplets, whichever lies nearer.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from functools import lru_cache

GRID = 48  # parts of a quarter note that count as exact: 64ths, and triplets of them
_STRAIGHT, _TRIPLET = (0.0, 0.25, 0.5, 0.75, 1.0), (0.0, 1 / 3, 2 / 3, 1.0)
_BIAS = 1.3  # triplets must fit this much better: most music is straight


def notated(ticks: Iterable[int], division: int) -> bool:
    """Whether onsets were written rather than played: four in five on 32nds or sextuplets."""
    total = exact = 0
    for tick in ticks:
        total += 1
        exact += tick * 8 % division == 0 or tick * 6 % division == 0
    return exact >= 0.8 * total


def nearest(tick: int, division: int) -> int:
    """The nearest time on the exact grid, in its steps."""
    return (2 * tick * GRID + division) // (2 * division)


@lru_cache(1 << 16)
def quarters(steps: int) -> Fraction:
    """Steps of the grid as quarter notes."""
    return Fraction(steps, GRID)


class Beats:
    """For each beat of a played piece, whether it is in sixteenths or triplets."""

    def __init__(self, onsets: Sequence[int], division: int) -> None:
        self.division = division
        costs: dict[int, tuple[float, float]] = {}
        for tick in onsets:
            beat, rest = divmod(tick, division)
            x = rest / division
            straight, triplet = costs.get(beat, (0.0, 0.0))
            costs[beat] = (straight + min((x - g) ** 2 for g in _STRAIGHT), triplet + min((x - g) ** 2 for g in _TRIPLET))
        self.triplets = {beat for beat, (straight, triplet) in costs.items() if straight > _BIAS * triplet + 1e-4}

    def snap(self, tick: int) -> int:
        """The nearest sixteenth or triplet, in steps of the grid."""
        beat, rest = divmod(tick, self.division)
        parts = 3 if beat in self.triplets else 4
        return beat * GRID + round(rest * parts / self.division) * GRID // parts
