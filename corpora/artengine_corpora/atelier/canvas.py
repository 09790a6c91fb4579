"""The canvas: draws in units that know no pixels, so that one picture has any size.

A frame has area 1: its width over its height is the picture's, and a square one runs from 0 to 1 both ways. What is drawn
is drawn several times too large and brought down, which smooths the edges.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
from PIL import Image, ImageDraw

from artengine_corpora.atelier.colour import RGB, Colour

BAND = 1 << 20  # pixels shaded at once: what numpy needs beside the canvas stays under 100 MB
Points = Sequence[Sequence[float]] | np.ndarray
Painted = Callable[[np.ndarray, np.ndarray], np.ndarray]


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
        path = np.asarray(points) * self.scale
        self._fill(path - np.sign(path - path.mean(0)) * 0.5, colour.rgb, opacity)

    def tiles(self, quads: np.ndarray, tones: np.ndarray) -> None:
        """Fill many polygons: (n, corners, 2) in *tones* (n, 3) uint8."""
        path = quads * self.scale
        path = path - np.sign(path - path.mean(1, keepdims=True)) * 0.5 - 0.5
        for flat, tone in zip(path.reshape(len(path), -1).tolist(), map(tuple, tones.tolist()), strict=True):
            self.pen.polygon(flat, tone)

    def rectangle(self, x: float, y: float, width: float, height: float, colour: Colour, opacity: float = 1.0) -> None:
        """Fill an upright rectangle with its corner at (x, y)."""
        self.polygon([(x, y), (x + width, y), (x + width, y + height), (x, y + height)], colour, opacity)

    def disc(self, x: float, y: float, radius: float, colour: Colour, opacity: float = 1.0) -> None:
        """Fill a circle."""
        if opacity < 1:
            self.polygon(arc(x, y, radius, 0, 2 * math.pi), colour, opacity)
            return
        x, y, radius = x * self.scale, y * self.scale, max(radius * self.scale, 0.51)
        self.pen.ellipse((x - radius, y - radius, x + radius - 1, y + radius - 1), colour.rgb)

    def sector(self, x: float, y: float, outer: float, inner: float, start: float, stop: float, colour: Colour,
               opacity: float = 1.0) -> None:
        """Fill a piece of a ring, between two angles in radians; of a disc where *inner* is 0."""
        steps, thin = max(6, round(abs(stop - start) * 24)), 0.5 / self.scale
        edge = arc(x, y, outer - thin, start, stop, steps)
        hollow = arc(x, y, inner + thin, stop, start, steps) if inner > 0 else np.array([[x, y]])
        self._fill(np.concatenate([edge, hollow]) * self.scale, colour.rgb, opacity)

    def ribbon(self, points: Points, widths: np.ndarray | float, colour: Colour, opacity: float = 1.0) -> None:
        """Draw a smooth path with round ends whose width may change along it; thinner than can be drawn, it pales."""
        path = np.asarray(points, float)
        half = np.broadcast_to(np.asarray(widths, float) / 2 * self.scale, (len(path),))
        opacity *= min(1.0, 2 * float(half.max()))
        self._fill(outline(path * self.scale, np.maximum(half - 0.5, 0)), colour.rgb, opacity if opacity < 0.97 else 1)
        for end in (0, -1):
            if half[end] > 1 and opacity >= 0.97:
                self.disc(float(path[end, 0]), float(path[end, 1]), float(half[end]) / self.scale, colour)

    def shade(self, paint: Painted) -> None:
        """Paint each point by a function of x (1, w) and y (h, 1) that gives bytes (h, w, 3), a band of rows at a time."""
        wide, high = self.pixels
        x = ((np.arange(wide, dtype=np.float32) + 0.5) / self.scale)[None]
        rows = math.ceil(high / math.ceil(high * wide / BAND))  # bands of about one height: none of a single row
        for top in range(0, high, rows):
            y = ((np.arange(top, min(high, top + rows), dtype=np.float32) + 0.5) / self.scale)[:, None]
            self.image.paste(Image.fromarray(paint(x, y)), (0, top))

    def veil(self, cover: Painted, colour: Colour, step: int = 2) -> None:
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

    def _fill(self, path: np.ndarray, ink: RGB, opacity: float) -> None:
        """Fill *path*, in canvas pixels; Pillow paints half a pixel beyond every edge, so callers draw it in by that."""
        path = path - 0.5  # Pillow's coordinates name the middles of pixels
        if opacity >= 1:
            self.pen.polygon(path.ravel().tolist(), ink)
            return
        left, top = np.clip(np.floor(path.min(0)), 0, self.pixels).astype(int).tolist()
        right, bottom = np.clip(np.ceil(path.max(0)) + 1, 0, self.pixels).astype(int).tolist()
        if right > left and bottom > top:  # on a mask no larger than needed
            mask = Image.new("L", (right - left, bottom - top))
            ImageDraw.Draw(mask).polygon((path - (left, top)).ravel().tolist(), round(opacity * 255))
            self.image.paste(ink, (left, top, right, bottom), mask)


class Mask:
    """Coverage, drawn as on a canvas, from 0 to 255; what is drawn later replaces what was there."""

    def __init__(self, scale: float, box: tuple[int, int, int, int]) -> None:
        self.scale, self.box = scale, box
        self.image = Image.new("L", (box[2] - box[0], box[3] - box[1]))
        self.pen = ImageDraw.Draw(self.image)

    def placed(self, points: Points) -> np.ndarray:
        """Points in the mask's own pixels."""
        return np.asarray(points) * self.scale - self.box[:2] - 0.5


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
