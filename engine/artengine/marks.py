"""How usual a figure is: what critics make of measurements. For the authors of critics."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import exp


@dataclass(frozen=True, slots=True)
class Usual:
    """The range in which a figure lies for most real works, and how far outside it still passes."""

    low: float
    middle: float
    """Where most works lie; at an end of the range where more (or less) is better."""
    high: float
    soft: float
    """Distance outside the range at which the mark has fallen to a third."""
    weight: float = 1.0

    def mark(self, figure: float) -> float:
        """1 in the middle, 0.9 at the ends of the range, falling smoothly to 0 outside."""
        outside = max(self.low - figure, figure - self.high, 0.0)
        side = self.high - self.middle if figure > self.middle else self.middle - self.low
        inside = min(1.0, abs(figure - self.middle) / side) if side else 0.0
        return (1 - 0.1 * inside**2) * exp(-1.1 * (outside / self.soft) ** 1.5)


def score_of(figures: Mapping[str, float], usual: Mapping[str, Usual]) -> tuple[float, dict[str, float]]:
    """(weighted geometric mean of the marks, marks by name): one bad mark cannot be bought back by many good ones.

    What *figures* leaves out is not asked for.
    """
    marks = {name: u.mark(figures[name]) for name, u in usual.items() if name in figures}
    total = sum(usual[name].weight for name in marks)
    product = 1.0
    for name, mark in marks.items():
        product *= max(mark, 0.01) ** (usual[name].weight / total)
    return min(1.0, product), marks
