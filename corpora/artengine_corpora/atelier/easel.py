"""What a school is handed: a canvas, a palette, and a hand that draws the same for the same seed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import numpy as np
from PIL import Image

from artengine_corpora.atelier.canvas import Canvas
from artengine_corpora.atelier.colour import Colour
from artengine_corpora.atelier.noise import Noise
from artengine_corpora.atelier.palettes import PALETTES, Palette

T = TypeVar("T")
_GRAINS = (96, 192, 384, 768)  # lattice steps along the frame unit: those finer than the picture's pixels are left out


class Easel:
    """Everything needed to paint one picture.

    Schools draw from :attr:`rng` alone, and never as many times as the size would have it: only so is it one picture at
    every size.
    """

    def __init__(self, seed: int, school: int, width: int, height: int) -> None:
        self.rng = np.random.Generator(np.random.Philox(key=[seed, school]))
        self._fibres = np.random.Philox(key=[seed, school + 1000])
        self.canvas = Canvas(width, height)
        self.palette: Palette = PALETTES[0]
        self.choose(PALETTES)

    @property
    def wide(self) -> float:
        """Width of the frame."""
        return self.canvas.wide

    @property
    def high(self) -> float:
        """Height of the frame."""
        return self.canvas.high

    @property
    def short(self) -> float:
        """The lesser side of the frame."""
        return self.canvas.short

    def choose(self, palettes: Sequence[Palette]) -> None:
        """Take one of *palettes*, and prime the canvas with its ground."""
        self.palette = self.pick(palettes)
        self.canvas.fill(self.palette.ground)

    def between(self, low: float, high: float) -> float:
        """A number from *low* to *high*."""
        return float(self.rng.uniform(low, high))

    def whole(self, low: int, high: int) -> int:
        """A whole number from *low* to *high*, both included."""
        return int(self.rng.integers(low, high + 1))

    def chance(self, part: float) -> bool:
        """True *part* of the time."""
        return bool(self.rng.random() < part)

    def pick(self, things: Sequence[T], weights: Sequence[float] | None = None) -> T:
        """One of *things*, as often as *weights* say."""
        if weights is None:
            return things[int(self.rng.integers(len(things)))]
        edges = np.cumsum(weights)
        return things[min(len(things) - 1, int(np.searchsorted(edges, self.rng.random() * edges[-1], "right")))]

    def colours(self, count: int | None = None) -> list[Colour]:
        """The palette's colours in a new order, the first *count* of them."""
        order = self.rng.permutation(len(self.palette.colours))
        return [self.palette.colours[i] for i in order[:count]]

    def noise(self) -> Noise:
        """A new field of noise."""
        return Noise(self.rng)

    def finished(self, grain: float) -> np.ndarray:
        """The picture, with the tooth of its paper: *grain* is its depth in parts of black to white, say 0.03.

        :returns: uint8 (height, width, 3).
        """
        picture = self.canvas.finished()
        high, wide = picture.shape[:2]
        tooth: np.ndarray | None = None
        for octave, steps in enumerate(_GRAINS):
            if steps * self.canvas.pixel > 1:
                break
            rng = np.random.Generator(self._fibres.jumped(octave + 1))
            lattice = rng.normal(0, 1, (int(self.high * steps) + 3, int(self.wide * steps) + 3)).astype(np.float32)
            layer = np.asarray(Image.fromarray(lattice).resize((wide, high), Image.Resampling.BICUBIC,
                                                               (0.5, 0.5, 0.5 + self.wide * steps, 0.5 + self.high * steps)))
            tooth = layer if tooth is None else tooth + layer
        if tooth is None or grain <= 0:
            return picture
        shade = (tooth * (grain * 128)).astype(np.int16)[..., None]
        return np.asarray(np.clip(picture + shade, 0, 255).astype(np.uint8))
