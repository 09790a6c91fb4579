"""Drawing symbols from logits: repetition, temperature, top-k, top-p, min-p, and a mask of what is allowed.

Axes: B works, V symbols.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

Array = np.ndarray


def uniforms(seed: int) -> Iterator[float]:
    """The noise of one work: endless uniform numbers in [0, 1), from numpy's Philox, the same whatever the device."""
    generator = np.random.Generator(np.random.Philox(seed))
    while True:
        yield from generator.random(256).tolist()


@dataclass(frozen=True, slots=True)
class Sampler:
    """How to draw. The filters act in the order of the fields, each on what the one before has left."""

    temperature: float = 1.0
    """Logits are divided by it; 0 takes the likeliest symbol."""
    top_k: int = 0
    """Keep the *k* likeliest; 0 keeps all."""
    top_p: float = 1.0
    """Keep the fewest that hold this share: Holtzman et al., "The curious case of neural text degeneration", 2020."""
    min_p: float = 0.0
    """Keep those at least this share as likely as the likeliest: Nguyen et al., "Turning up the heat", 2024."""
    repetition: float = 1.0
    """Before all else, what was drawn lately gets this many times less likely: after Keskar et al., "CTRL", 2019, but on
    probabilities, since dividing logits by it would hang on where their zero lies."""
    window: int = 64
    """How many symbols are "lately"."""

    def pick(self, logits: Array, allowed: Array, u: float, recent: Iterable[int] = ()) -> int:
        """The symbol drawn for one work; what :meth:`draw` does for many, in few steps.  (V,), (V,) -> symbol

        :param u: uniform in [0, 1).
        :param recent: what was drawn last, *window* symbols at the most.
        """
        p = np.where(allowed, logits, -np.inf)
        if self.repetition != 1:
            self._tire(p, recent)
        if self.temperature == 0:
            return int(p.argmax())
        p -= np.maximum.reduce(p)
        if self.temperature != 1:
            p /= self.temperature
        np.exp(p, out=p)
        if self._filters:
            self._filter(p[None])
        total = np.cumsum(p, dtype=np.float64)
        end = total[-1]
        symbol = int(total.searchsorted(u * end, "right"))
        return symbol if symbol < len(total) else int(total.searchsorted(end))  # u * end may round to end

    def draw(self, logits: Array, allowed: Array, u: Array,
             recent: Sequence[Iterable[int]] = ()) -> tuple[Array, Array]:
        """The symbol drawn for each work, and how near each draw was to another symbol.  (B, V), (B, V), (B,) -> (B,), (B,)

        The second is in probability: had the cumulated probabilities been off by less, the same symbol would have been
        drawn. It is what makes a batch safe, see :mod:`artengine.nn.decoding`.

        :param allowed: bool, at least one ``True`` a row.
        :param u: uniform in [0, 1).
        :param recent: what was drawn last for each work.
        """
        p = np.where(allowed, logits, -np.inf)
        if self.repetition != 1:
            for row, some in zip(p, recent, strict=bool(recent)):
                self._tire(row, some)
        if self.temperature == 0:
            two = np.partition(p, -2, 1)[:, -2:]  # the two likeliest, ascending
            return p.argmax(1), two[:, 1] - two[:, 0]
        p -= np.maximum.reduce(p, 1, keepdims=True)
        if self.temperature != 1:
            p /= self.temperature
        np.exp(p, out=p)
        margin = self._filter(p) if self._filters else 1.0
        total = np.cumsum(p, 1, np.float64)
        end = total[:, -1:]  # (B, 1)
        target = u[:, None] * end
        symbols = np.minimum((total <= target).sum(1), (total < end).sum(1))  # (B,)
        rows = np.arange(len(p))
        above = total[rows, symbols] - target[:, 0]
        below = above - p[rows, symbols]  # negative
        return symbols, np.minimum(np.minimum(above, -below) / end[:, 0], margin)

    def _tire(self, logits: Array, recent: Iterable[int]) -> None:
        """Make what is *recent* less likely, once however often it was drawn.  (V,)"""
        if some := list(recent):
            logits[some] -= math.log(self.repetition)

    @property
    def _filters(self) -> bool:
        return self.top_k > 0 or self.top_p < 1 or self.min_p > 0

    def _filter(self, p: Array) -> Array | float:
        """Zero, in place, what the filters leave out of *p* (1 at its likeliest); how near that was to going the other way.

        (B, V) -> (B,)
        """
        margin: Array | float = 1.0
        if 0 < self.top_k < p.shape[1]:
            least = np.partition(p, -self.top_k, 1)[:, -self.top_k, None]
            out = p < least
            margin = np.minimum(margin, least[:, 0] - np.where(out, p, 0.0).max(1))
            p[out] = 0.0
        if self.top_p < 1:
            order = np.argsort(-p, 1, kind="stable")
            ranked = np.take_along_axis(p, order, 1)
            before = np.cumsum(ranked, 1) - ranked
            before /= ranked.sum(1, keepdims=True)
            margin = np.minimum(margin, np.abs(before - self.top_p).min(1))
            last = (ranked[:, :-1] > 0) & (before[:, 1:] >= self.top_p) & (before[:, :-1] < self.top_p)
            # which of two equals is left out would be rounding's choice
            margin = np.minimum(margin, np.where(last, ranked[:, :-1] - ranked[:, 1:], 1.0).min(1))
            np.put_along_axis(p, order, np.where(before < self.top_p, ranked, 0.0), 1)
        if self.min_p > 0:
            margin = np.minimum(margin, np.minimum.reduce(np.abs(p - self.min_p), 1))
            p *= p >= self.min_p
        return margin
