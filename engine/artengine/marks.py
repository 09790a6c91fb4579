"""How usual a figure is: what critics make of measurements. For the authors of critics."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
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


@dataclass(frozen=True, slots=True)
class HeldOut:
    """How a model fared on works that it had not learnt from: what a critic holds a work's surprise against."""

    quantiles: Sequence[float]
    """Surprise (nats a symbol, say) of the held-out works at equal steps from the least to the greatest; at least two."""

    def above(self, surprise: float) -> float:
        """Share of the held-out works that surprised the model more, between the quantiles by straight lines."""
        q = self.quantiles
        if surprise < q[0]:
            return 1.0
        for i, (a, b) in enumerate(pairwise(q)):
            if surprise < b:
                return 1 - (i + (surprise - a) / (b - a)) / (len(q) - 1)
        return 0.0

    def score(self, surprise: float) -> float:
        """0.88 for a median work, 0.5 for one odder than nine tenths; what is duller than nearly all loses too."""
        q = self.quantiles
        middle, odd = q[len(q) // 2], q[round(0.9 * (len(q) - 1))]
        score = 1 / (1 + exp(min(50.0, 2 * (surprise - odd) / max(odd - middle, 1e-3))))
        dull = min(1.0, surprise / max(q[1], 1e-3))
        return score * dull**2
