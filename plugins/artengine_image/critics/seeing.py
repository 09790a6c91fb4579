"""What the critics look at: a picture as colours that are seen, at a size where its forms count."""

from __future__ import annotations

import numpy as np

from artengine.pictures.colours import oklab
from artengine.works import Image

SIDE = 128  # pixels a side of the smaller copy that most figures are taken from


def opaque(work: Image) -> np.ndarray:
    """The picture in RGB; what is transparent lies on white or black, whichever stands off more.  (H, W, 3) uint8"""
    pixels = work.pixels
    if pixels.ndim == 2:
        return np.repeat(pixels[..., None], 3, 2)
    if pixels.shape[2] == 3:
        return pixels
    alpha = pixels[..., 3:].astype(np.float32) / 255
    solid = pixels[..., :3].astype(np.float32)
    mean = float((solid * alpha).sum() / (3 * alpha.sum())) if alpha.any() else 0.0
    ground = 0.0 if mean > 127 else 255.0
    return np.round(solid * alpha + ground * (1 - alpha)).astype(np.uint8)


def smaller(rgb: np.ndarray, side: int = SIDE) -> np.ndarray:
    """The mean of squares of pixels, so that neither side has more than *side* of them.  (H, W, 3) → (h, w, 3) uint8"""
    step = max(1, -(-max(rgb.shape[:2]) // side))
    if step == 1:
        return rgb
    high, wide = (max(1, n // step) * step for n in rgb.shape[:2])
    # A picture narrower than one square keeps the pixels it has.
    cut = rgb[:high, :wide] if high <= rgb.shape[0] and wide <= rgb.shape[1] else np.resize(rgb, (high, wide, 3))
    return np.round(cut.reshape(high // step, step, wide // step, step, 3).mean((1, 3))).astype(np.uint8)


def colours(work: Image) -> np.ndarray:
    """A small copy of the picture in OKLab.  (h, w, 3) float64, lightness from 0 to 1"""
    return oklab(smaller(opaque(work)))


def blurred(plane: np.ndarray, times: int = 1) -> np.ndarray:
    """A plane smoothed by (1, 2, 1) across and down, *times* over; edges are repeated.  (h, w)"""
    for _ in range(times):
        wide = np.pad(plane, ((0, 0), (1, 1)), mode="edge")
        plane = (wide[:, :-2] + 2 * wide[:, 1:-1] + wide[:, 2:]) / 4
        high = np.pad(plane, ((1, 1), (0, 0)), mode="edge")
        plane = (high[:-2] + 2 * high[1:-1] + high[2:]) / 4
    return plane


def order(planes: np.ndarray) -> float:
    """Share of the variation that large forms hold: that of squares of four by four pixels.  (h, w, n) → 0 to 1

    Noise, and pixels in any order, give 1/16; a plane of one colour gives 0.
    """
    high, wide = (n // 4 * 4 for n in planes.shape[:2])
    whole = float(planes.var((0, 1)).sum())
    if not high or not wide or whole < 1e-6:
        return 0.0
    squares = planes[:high, :wide].reshape(high // 4, 4, wide // 4, 4, -1).mean((1, 3))
    return min(1.0, float(squares.var((0, 1)).sum()) / whole)
