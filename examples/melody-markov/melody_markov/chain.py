"""What may follow what.

A *gram* is a run of symbols as one number: its kind and the symbols before (the context), and the one that follows. A model
is the list of all grams of a corpus, sorted, so that those of one context are neighbours; and how often each was met.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

BAR, CLOSE, MAJOR, MINOR = range(4)  # kinds of gram: a bar's rhythm, the last bar's, and a pitch in either mode
LOWEST, PITCHES, START = -24, 60, 60  # pitches are 0 to 59, from two octaves below the tonic; START comes first
TICKS = 24  # to the quarter note


def context(kind: int, before: Sequence[int]) -> int:
    """One number for a context, to which the symbol is added; bars have one bar before them at most, which may be large."""
    number = 0
    for symbol in before:
        number = number * 64 + symbol + 1
    return (number * 4 + kind) << 20


class Chain:
    """What may follow a context."""

    def __init__(self, grams: np.ndarray, counts: np.ndarray) -> None:
        self.grams, self.counts = np.asarray(grams), counts

    def logits(self, kind: int, before: Sequence[int], symbols: int) -> np.ndarray:
        """Logarithms of the probabilities of the next symbol, every shorter context filling the gaps of the longer ones.

        Interpolated as Witten and Bell did (1991): the more has followed a context, the more it counts.
        """
        p = np.full(symbols, 1e-4)  # (V,)
        for k in range(len(before), -1, -1):
            first = context(kind, before[k:])
            low, high = np.searchsorted(self.grams, (first, first + (1 << 20)))
            seen = np.zeros(symbols)
            seen[self.grams[low:high] - first] = self.counts[low:high]
            p = (seen + (high - low) * p) / max(1.0, float(seen.sum() + high - low)) if seen.any() else p
        return np.log(p)
