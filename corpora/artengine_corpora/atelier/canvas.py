"""The canvas: draws in units that know no pixels, so that one picture has any size.

A frame has area 1: its width over its height is the picture's, and a square one runs from 0 to 1 both ways. What is drawn
is drawn several times too large and brought down, which smooths the edges.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
from PIL import Image, ImageDraw

from artengine_corpora.atelier.colour import Colour

BAND = 1 << 20  # pixels shaded at once: what numpy needs beside the canvas stays under 100 MB
Points = Sequence[Sequence[float]] | np.ndarray


class Canvas:
    """A picture being painted.

    ``wide`` and ``high`` are the frame's sides, ``short`` the lesser of them; all lengths are in frame units.
    """

    def __init__(self, width: int, height: int) -> None:
        common = math.gcd(width, height)  # the same numbers, to the last bit, for every size of one aspect
        ratio = (width // common) / (height // common)
        self.wide, self.high = math.sqrt(ratio), 1 / math.sqrt(ratio)
        self.short = min(self.wide, self.high)
        area = width * height
        self.finer = 4 if area <= 700**2 else 3 if area <= 1500**2 else 2
        self.pixels = width * self.finer, height * self.finer
        self.scale = self.pixels[0] / self.wide
        self.image = Image.new("RGB", self.pixels)
        self.pen = ImageDraw.Draw(self.image)

    @property
    def pixel(self) -> float:
        """Width of one pixel of the finished picture."""
        return self.finer / self.scale

    def fill(self, colour: Colour) -> None:
        """Paint all over."""
        self.image.paste(colour.rgb, (0, 0, *self.pixels))

    def polygon(self, points: Points, colour: Colour, opacity: float = 1.0) -> None:
        """Fill a polygon."""
        flat = (np.asarray(points) * self.scale).ravel().tolist()
        if opacity >= 1:
            self.pen.polygon(flat, colour.rgb)
        else:
            self._veil(points, lambda pen, path: pen.polygon(path, round(opacity * 255)), colour)

    def rectangle(self, x: float, y: float, width: float, height: float, colour: Colour, opacity: float = 1.0) -> None:
        """Fill an upright rectangle with its corner at (x, y)."""
        self.polygon([(x, y), (x + width, y), (x + width, y + height), (x, y + height)], colour, opacity)

    def disc(self, x: float, y: float, radius: float, colour: Colour, opacity: float = 1.0) -> None:
        """Fill a circle."""
        box = [((x - radius) * self.scale, (y - radius) * self.scale), ((x + radius) * self.scale, (y + radius) * self.scale)]
        if opacity >= 1:
            self.pen.ellipse(box, colour.rgb)
        else:
            self.polygon(arc(x, y, radius, 0, 2 * math.pi), colour, opacity)

    def line(self, points: Points, width: float, colour: Colour, opacity: float = 1.0) -> None:
        """Draw a line with round joints and ends; thinner than the canvas can draw, it pales."""
        thick = width * self.scale
        path = np.asarray(points)
        opacity *= min(1.0, max(thick, 0.15))
        whole = max(1, round(thick))
        if opacity < 0.97:
            self._veil(path, lambda pen, flat: _stroke(pen, flat, whole, round(opacity * 255)), colour, width)
        else:
            _stroke(self.pen, (path * self.scale).ravel().tolist(), whole, colour.rgb)

    def ribbon(self, points: Points, widths: np.ndarray | float, colour: Colour, opacity: float = 1.0) -> None:
        """Draw a smooth path with round ends whose width may change along it."""
        path = np.asarray(points, float)
        half = np.broadcast_to(np.asarray(widths, float) / 2, (len(path),))
        self.polygon(outline(path, half), colour, opacity)
        if opacity >= 1:
            for end in (0, -1):
                if half[end] * self.scale > 0.7:
                    self.disc(float(path[end, 0]), float(path[end, 1]), float(half[end]) - 0.3 / self.scale, colour)

    def shade(self, paint: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> None:
        """Paint each point by a function: *paint* of x (1, w) and y (h, 1) gives bytes (h, w, 3), a band of rows at a time."""
        wide, high = self.pixels
        x = ((np.arange(wide, dtype=np.float32) + 0.5) / self.scale)[None]
        rows = math.ceil(high / math.ceil(high * wide / BAND))  # bands of about one height: none of a single row
        for top in range(0, high, rows):
            y = ((np.arange(top, min(high, top + rows), dtype=np.float32) + 0.5) / self.scale)[:, None]
            self.image.paste(Image.fromarray(paint(x, y)), (0, top))

    def veil(self, cover: Callable[[np.ndarray, np.ndarray], np.ndarray], colour: Colour, step: int = 2) -> None:
        """Glaze with *colour* as thickly as *cover* of x (1, w) and y (h, 1) says, 0 to 1.

        :param step: canvas pixels from one sample to the next: soft edges need no more than 2, sharp ones need 1.
        """
        wide, high = self.pixels
        x = ((np.arange(0, wide, step, dtype=np.float32) + step / 2) / self.scale)[None]
        rows = max(1, BAND // wide) * step
        for top in range(0, high, rows):
            bottom = min(high, top + rows)
            y = ((np.arange(top, bottom, step, dtype=np.float32) + step / 2) / self.scale)[:, None]
            mask = Image.fromarray((np.clip(cover(x, y), 0, 1) * 255 + 0.5).astype(np.uint8))
            if step > 1:
                mask = mask.resize((wide, bottom - top), Image.Resampling.BILINEAR)
            self.image.paste(colour.rgb, (0, top, wide, bottom), mask)

    def mask(self, points: Points, around: float = 0.0) -> Mask:
        """An empty sheet to draw coverage on, large enough for *points* and a space *around* them; see :meth:`lay`."""
        path = np.asarray(points)
        low, high = path.min(0) - around, path.max(0) + around
        left, top = np.clip(np.floor(low * self.scale), 0, np.array(self.pixels) - 1).astype(int).tolist()
        right, bottom = np.clip(np.ceil(high * self.scale), (left + 1, top + 1), self.pixels).astype(int).tolist()
        return Mask(self.scale, (left, top, right, bottom))

    def lay(self, mask: Mask, colour: Colour) -> None:
        """Paint *colour* through *mask*."""
        self.image.paste(colour.rgb, mask.box, mask.image)

    def finished(self) -> np.ndarray:
        """The picture at its own size.  uint8 (height, width, 3)"""
        return np.asarray(self.image.reduce(self.finer))

    def _veil(self, points: Points, draw: Callable[[ImageDraw.ImageDraw, list[float]], None], colour: Colour,
              around: float = 0.0) -> None:
        """Draw on a mask no larger than needed, and paint through it."""
        path = np.asarray(points) * self.scale
        space = around * self.scale + 2
        left, top = np.maximum(np.floor(path.min(0) - space), 0).astype(int).tolist()
        right, bottom = np.minimum(np.ceil(path.max(0) + space), self.pixels).astype(int).tolist()
        if right <= left or bottom <= top:
            return
        mask = Image.new("L", (right - left, bottom - top))
        draw(ImageDraw.Draw(mask), (path - (left, top)).ravel().tolist())
        self.image.paste(colour.rgb, (left, top, right, bottom), mask)


class Mask:
    """Coverage, drawn as on a canvas, from 0 to 255; what is drawn later replaces what was there."""

    def __init__(self, scale: float, box: tuple[int, int, int, int]) -> None:
        self.scale, self.box = scale, box
        self.image = Image.new("L", (box[2] - box[0], box[3] - box[1]))
        self.pen = ImageDraw.Draw(self.image)

    def placed(self, points: Points) -> np.ndarray:
        """Points in the mask's own pixels."""
        return np.asarray(points) * self.scale - self.box[:2]


def _stroke(pen: ImageDraw.ImageDraw, flat: list[float], width: int, ink: int | tuple[int, int, int]) -> None:
    pen.line(flat, ink, width, joint="curve" if len(flat) > 4 and width > 2 else None)
    if width > 2:
        half = width / 2 - 0.5
        for x, y in (flat[:2], flat[-2:]):
            pen.ellipse((x - half, y - half, x + half, y + half), ink)


def outline(path: np.ndarray, half: np.ndarray) -> np.ndarray:
    """The edge of a ribbon along *path* (n, 2), *half* as wide to each side.  (2n, 2)"""
    along = np.gradient(path, axis=0) if len(path) > 1 else np.array([[1.0, 0.0]])
    along /= np.maximum(np.hypot(along[:, 0], along[:, 1]), 1e-9)[:, None]
    aside = np.stack([-along[:, 1], along[:, 0]], -1) * np.asarray(half)[:, None]
    return np.concatenate([path + aside, (path - aside)[::-1]])


def spline(points: Points, steps: int = 24) -> np.ndarray:
    """A smooth path through *points*, *steps* to each stretch (Catmull–Rom).  (n, 2)"""
    p = np.asarray(points, float)
    p = np.concatenate([[2 * p[0] - p[1]], p, [2 * p[-1] - p[-2]]])
    t = np.linspace(0, 1, steps, endpoint=False)[:, None]
    pieces = [0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)
              for a, b, c, d in zip(p[:-3], p[1:-2], p[2:-1], p[3:], strict=True)]
    return np.concatenate([*pieces, p[-2:-1]])


def arc(x: float, y: float, radius: float, start: float, stop: float, steps: int = 96) -> np.ndarray:
    """Points along a circle, from angle *start* to *stop* in radians.  (steps + 1, 2)"""
    angles = np.linspace(start, stop, steps + 1)
    return np.stack([x + radius * np.cos(angles), y + radius * np.sin(angles)], -1)


def turned(points: Points, angle: float, x: float = 0.0, y: float = 0.0) -> np.ndarray:
    """Points turned by *angle* in radians about the origin, then moved by (x, y)."""
    p = np.asarray(points, float)
    c, s = math.cos(angle), math.sin(angle)
    return np.stack([x + c * p[:, 0] - s * p[:, 1], y + s * p[:, 0] + c * p[:, 1]], -1)
