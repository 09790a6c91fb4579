"""Colours, designed and mixed in OKLCh (Björn Ottosson's perceptual space), painted in sRGB."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np

RGB = tuple[int, int, int]

_HUES = ((18, "rose"), (44, "red"), (70, "orange"), (88, "ochre"), (112, "yellow"), (138, "olive"), (162, "green"),
         (200, "teal"), (240, "sky blue"), (285, "blue"), (315, "violet"), (345, "plum"), (361, "rose"))


class Colour(NamedTuple):
    """A colour as lightness 0 to 1, chroma 0 to about 0.3, and hue in degrees."""

    lightness: float
    chroma: float
    hue: float

    @property
    def rgb(self) -> RGB:
        """In sRGB, 0 to 255; where the screen cannot show it, its chroma is lowered until it can."""
        return _rgb(self)

    @property
    def lab(self) -> np.ndarray:
        """As OKLab.  (3,)"""
        angle = np.deg2rad(self.hue)
        return np.array([self.lightness, self.chroma * np.cos(angle), self.chroma * np.sin(angle)])

    @property
    def word(self) -> str:
        """What a person would call it."""
        lightness, chroma = self.lightness, self.chroma
        if chroma < 0.035:
            steps = ((0.3, "black"), (0.45, "charcoal"), (0.7, "grey"), (0.88, "pale grey"), (2, "white"))
            word = next(name for limit, name in steps if lightness < limit)
            return "cream" if word == "white" and 50 < self.hue < 120 and chroma > 0.008 else word
        hue = next(name for limit, name in _HUES if self.hue % 360 < limit)
        if hue == "orange" and lightness < 0.6:
            return "brown"
        if hue == "ochre" and lightness < 0.5:
            return "umber"
        return f"dark {hue}" if lightness < 0.38 else f"pale {hue}" if lightness > 0.85 and hue != "yellow" else hue

    def lit(self, by: float) -> Colour:
        """The same, lighter (or darker, where negative) *by* a part of the way from black to white."""
        return Colour(min(0.99, max(0.05, self.lightness + by)), self.chroma, self.hue)

    def mixed(self, other: Colour, part: float) -> Colour:
        """With *part* (0 to 1) of *other* in it."""
        lab = self.lab * (1 - part) + other.lab * part
        return Colour(float(lab[0]), float(np.hypot(lab[1], lab[2])), float(np.rad2deg(np.arctan2(lab[2], lab[1])) % 360))


def _linear(lab: np.ndarray) -> np.ndarray:
    """OKLab (..., 3) to linear-light sRGB, which may leave 0 to 1."""
    l, a, b = lab[..., 0], lab[..., 1], lab[..., 2]  # noqa: E741
    x = (l + 0.3963377774 * a + 0.2158037573 * b) ** 3
    y = (l - 0.1055613458 * a - 0.0638541728 * b) ** 3
    z = (l - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return np.stack([4.0767416621 * x - 3.3077115913 * y + 0.2309699292 * z,
                     -1.2684380046 * x + 2.6097574011 * y - 0.3413193965 * z,
                     -0.0041960863 * x - 0.7034186147 * y + 1.7076147010 * z], -1)


def to_bytes(lab: np.ndarray) -> np.ndarray:
    """OKLab (..., 3) to sRGB uint8, what the screen cannot show being clipped."""
    linear = np.clip(_linear(lab), 0, 1)
    srgb = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    return np.asarray((srgb * 255 + 0.5).astype(np.uint8))


@lru_cache(4096)
def _rgb(colour: Colour) -> RGB:
    chroma = colour.chroma
    while chroma > 0:
        linear = _linear(colour._replace(chroma=chroma).lab)
        if linear.min() > -0.002 and linear.max() < 1.002:
            break
        chroma -= 0.005
    r, g, b = to_bytes(colour._replace(chroma=max(chroma, 0.0)).lab).tolist()
    return r, g, b


@lru_cache(512)
def _labs(colours: tuple[Colour, ...], steps: int) -> np.ndarray:
    places = np.linspace(0, len(colours) - 1, steps)
    labs = np.stack([colour.lab for colour in colours])
    return to_bytes(np.stack([np.interp(places, np.arange(len(colours)), labs[:, i]) for i in range(3)], -1))


def ramp(colours: Sequence[Colour], steps: int = 256) -> np.ndarray:
    """A table from the first colour to the last through the others, evenly to the eye.  (steps, 3) uint8"""
    return _labs(tuple(colours), steps)


def table(colours: Sequence[Colour]) -> np.ndarray:
    """The colours as rows of bytes, to be picked by index.  (n, 3) uint8"""
    return np.array([colour.rgb for colour in colours], np.uint8)


def varied(colours: Sequence[Colour], index: np.ndarray, light: np.ndarray) -> np.ndarray:
    """Bytes of the colours picked by *index* (n,), each lighter by its *light* (n,).  (n, 3) uint8"""
    labs = np.stack([colour.lab for colour in colours])[index]
    labs[:, 0] = np.clip(labs[:, 0] + light, 0.05, 0.99)
    return to_bytes(labs)
