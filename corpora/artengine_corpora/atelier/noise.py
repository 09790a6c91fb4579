"""Smooth noise over the plane, the same at every resolution."""

from __future__ import annotations

import numpy as np

_SIDE = 64  # of the lattice, which repeats beyond: further than any picture sees at the scales used


class Noise:
    """Value noise: random heights from -1 to 1 on a square lattice, joined smoothly."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.heights = rng.uniform(-1, 1, (_SIDE, _SIDE)).astype(np.float32)

    def __call__(self, x: np.ndarray | float, y: np.ndarray | float) -> np.ndarray:
        """Height at points whose unit is one lattice step; *x* and *y* broadcast.  float32, -1 to 1"""
        x, y = np.asarray(x, np.float32), np.asarray(y, np.float32)
        left, top = np.floor(x), np.floor(y)
        u, v = x - left, y - top
        u, v = u * u * (3 - 2 * u), v * v * (3 - 2 * v)
        i, j = left.astype(np.intp) % _SIDE, top.astype(np.intp) % _SIDE
        i1, j1 = (i + 1) % _SIDE, (j + 1) % _SIDE
        h = self.heights
        a, b = h[j, i], h[j1, i]
        upper, lower = a + (h[j, i1] - a) * u, b + (h[j1, i1] - b) * u
        return np.asarray(upper + (lower - upper) * v)

    def fractal(self, x: np.ndarray, y: np.ndarray, octaves: int = 3) -> np.ndarray:
        """Octaves of noise, each twice as fine and half as high.  float32, about -1 to 1"""
        total = np.zeros(np.broadcast(x, y).shape, np.float32)
        for octave in range(octaves):
            size = 2.0**octave
            total += self(x * size + 17.3 * octave, y * size + 9.1 * octave) / size
        return total * (0.6 if octaves > 1 else 1)


def smooth(low: float | np.ndarray, high: float | np.ndarray, value: np.ndarray) -> np.ndarray:
    """0 below *low*, 1 above *high* (which may be the lesser: then the other way round), smooth between."""
    t = np.clip((value - low) / (high - low), 0, 1)
    return np.asarray(t * t * (3 - 2 * t))
