"""The generator in numpy, one picture at a time: it renders without importing torch.

One at a time, since then the work of a seed cannot depend on those beside it.

Axes: C channels, H rows, W columns, Z latent numbers, S numbers of a style, L labels, K levels.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from artengine_image.convolutions import convolution, leaky, shuffled

Array = np.ndarray
Arrays = Mapping[str, Array]


class Drawing:
    """A generator's arrays, laid out for drawing."""

    def __init__(self, arrays: Arrays) -> None:
        self.arrays = arrays
        self.levels = sum(name.startswith("norms.") and name.endswith(".mean") for name in arrays)
        self.ups = [_laid_out(arrays[f"ups.{i}.weight"]) for i in range(self.levels - 1)]

    def style(self, z: Array, told: Array) -> Array:
        """(Z,), (L,) -> (S,)"""
        h = _linear(self.arrays, "style.first", z / np.sqrt(np.mean(z * z) + np.float32(1e-8)))
        if "style.labels.weight" in self.arrays:
            h = h + self.arrays["style.labels.weight"] @ told
        return leaky(_linear(self.arrays, "style.second", leaky(h)))

    def draw(self, styles: Sequence[Array]) -> Array:
        """What is drawn of a style for each level, before the tanh.  K times (S,) -> (C, H, W)"""
        arrays = self.arrays
        x = _linear(arrays, "start", styles[0]).reshape([int(n) for n in arrays["grid"]])
        x = self._modulated(0, x, styles[0])
        for i, up in enumerate(self.ups):
            x = self._modulated(i + 1, doubled(up, x), styles[i + 1])
        return shuffled(convolution(arrays, "colours", x))

    def _modulated(self, level: int, x: Array, style: Array) -> Array:
        """Standardised, scaled, shifted and bent.  (C, H, W) -> the same"""
        name = f"norms.{level}"
        scale = _linear(self.arrays, f"{name}.scale", style) / self.arrays[f"{name}.deviation"]
        shift = _linear(self.arrays, f"{name}.shift", style) - self.arrays[f"{name}.mean"] * scale
        return leaky(x * scale[:, None, None] + shift[:, None, None])


def _laid_out(weight: Array) -> Array:
    """A transposed convolution of 4×4 and stride 2 as four convolutions of 2×2, one for each place of a pixel that is
    doubled, and each of them row by row.  (C, C', 4, 4) -> (2, 2, 2, C', 2C)
    """
    taps = ((3, 1), (2, 0))  # of the kernel, for the row before and at, or at and after, a row
    laid = [[[np.concatenate([weight[:, :, i, j].T for j in taps[b]], 1) for i in taps[a]] for b in (0, 1)] for a in (0, 1)]
    return np.ascontiguousarray(np.array(laid, np.float32))


def doubled(laid: Array, x: Array) -> Array:
    """The transposed convolution.  (2, 2, 2, C', 2C), (C, H, W) -> (C', 2H, 2W)"""
    (c, h, w), outside = x.shape, laid.shape[3]
    near = np.zeros((3, 3, c, h, w), np.float32)  # each place's neighbours above, at and below; left, at and right
    for i in range(3):
        for j in range(3):
            rows, columns = slice(max(0, 1 - i), h - max(0, i - 1)), slice(max(0, 1 - j), w - max(0, j - 1))
            from_rows, from_columns = slice(max(0, i - 1), h - max(0, 1 - i)), slice(max(0, j - 1), w - max(0, 1 - j))
            near[i, j, :, rows, columns] = x[:, from_rows, from_columns]
    flat = near.reshape(3, 3 * c, h * w)
    made = np.empty((outside, h, 2, w, 2), np.float32)
    for a in (0, 1):
        for b in (0, 1):
            pair = slice(b * c, (b + 2) * c)
            sums = laid[a, b, 0] @ flat[a, pair]
            sums += laid[a, b, 1] @ flat[a + 1, pair]
            made[:, :, a, :, b] = sums.reshape(outside, h, w)
    return made.reshape(outside, 2 * h, 2 * w)


def _linear(arrays: Arrays, name: str, x: Array) -> Array:
    made: Array = arrays[f"{name}.weight"] @ x + arrays[f"{name}.bias"]
    return made

