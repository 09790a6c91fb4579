"""Drawing symbols from logits: temperature, top-k, top-p, min-p, and a mask of what is allowed.

Axes: B works, V symbols; every function takes one work (V,) or several (B, V).
"""

from __future__ import annotations

from collections.abc import Iterator
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

    def draw(self, logits: Array, allowed: Array, u: Array | float) -> tuple[Array, Array]:
        """Symbols drawn by *u* from the inverse of the cumulated probability, and how near each draw was to another symbol.

        The second is in probability: had the cumulated probabilities been off by less, the same symbol would have been
        drawn. It is what makes a batch safe, see :mod:`artengine.nn.decoding`.

        :param logits: (V,) or (B, V), float.
        :param allowed: bool, same shape, at least one ``True`` a row.
        :param u: uniform in [0, 1): a float, or (B,).
        """
        x = np.where(allowed, logits, -np.inf)
        if self.temperature == 0:
            two = np.partition(x, -2, -1)[..., -2:]  # the two likeliest, ascending
            return x.argmax(-1), two[..., 1] - two[..., 0]
        x -= x.max(-1, keepdims=True)
        if self.temperature != 1:
            x /= self.temperature
        p = np.exp(x, out=x)
        margin = self._filter(p)
        total = np.cumsum(p, -1, np.float64)
        if total.ndim == 1:  # the same as below, without the small arrays
            end = float(total[-1])
            target = u * end
            k = min(int(total.searchsorted(target, "right")), int(total.searchsorted(end)))
            below = float(total[k - 1]) if k else 0.0
            return np.intp(k), np.float64(min(target - below, float(total[k]) - target, margin * end) / end)  # type: ignore[return-value]
        ends = total[:, -1:]  # (B, 1)
        targets = np.asarray(u)[:, None] * ends
        ks = np.minimum((total <= targets).sum(1), (total < ends).sum(1))[:, None]  # (B, 1)
        above = np.take_along_axis(total, ks, 1) - targets
        beneath = targets - np.where(ks > 0, np.take_along_axis(total, np.maximum(ks - 1, 0), 1), 0.0)
        return ks[:, 0], np.minimum(np.minimum(above, beneath) / ends, np.asarray(margin)[..., None])[:, 0]

    def _filter(self, p: Array) -> Array | float:
        """Zero, in place, what the filters leave out of *p* (not normalised); how near that was to going the other way."""
        margin: Array | float = 1.0
        if 0 < self.top_k < p.shape[-1]:
            cut = np.partition(p, -self.top_k, -1)
            least = cut[..., -self.top_k, None]
            out = p < least
            margin = np.minimum(margin, (least - np.where(out, p, 0.0).max(-1, keepdims=True))[..., 0])
            p[out] = 0.0
        if self.top_p < 1:
            order = np.argsort(-p, -1, kind="stable")
            sorted_p = np.take_along_axis(p, order, -1)
            before = np.cumsum(sorted_p, -1) - sorted_p
            before /= sorted_p.sum(-1, keepdims=True)
            margin = np.minimum(margin, np.abs(before - self.top_p).min(-1))
            last = (sorted_p[..., :-1] > 0) & (before[..., 1:] >= self.top_p) & (before[..., :-1] < self.top_p)
            # which of two equals is left out would be rounding's choice
            margin = np.minimum(margin, np.where(last, sorted_p[..., :-1] - sorted_p[..., 1:], 1.0).min(-1))
            np.put_along_axis(p, order, np.where(before < self.top_p, sorted_p, 0.0), -1)
        if self.min_p > 0:
            line = p.max(-1, keepdims=True) * self.min_p
            margin = np.minimum(margin, np.where(p > 0, np.abs(p - line), 1.0).min(-1))
            p[p < line] = 0.0
        return margin
