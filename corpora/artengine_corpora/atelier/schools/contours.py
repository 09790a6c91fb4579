"""Contour maps: land drawn by its heights, as lines, as tints, as layers of cut paper."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from artengine_corpora.atelier.colour import Colour, table
from artengine_corpora.atelier.easel import Easel
from artengine_corpora.atelier.noise import smooth
from artengine_corpora.atelier.words import a, sentence, several

GRAIN = 0.016
Height = Callable[[np.ndarray, np.ndarray], np.ndarray]


def _land(easel: Easel) -> tuple[str, Height]:
    """Heights from about 0 to 1 over the frame, and what kind of land it is."""
    noise, size, s = easel.noise(), easel.between(1.3, 2.4), easel.short
    x0, y0 = easel.between(0.3, 0.7) * easel.wide, easel.between(0.3, 0.7) * easel.high
    lean = easel.between(0, 2 * math.pi)
    kind = easel.pick(("island", "valley", "hills", "crater", "coast"), (2.5, 1.5, 3, 1.3, 2))

    def height(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        rough = noise.fractal(x * size, y * size, 3)
        far = np.hypot(x - x0, y - y0) / s
        if kind == "island":
            return 0.95 - 1.7 * far + 0.42 * rough
        if kind == "crater":
            return 0.85 - 3.2 * np.abs(far - 0.24) + 0.28 * rough
        along = ((x - x0) * math.cos(lean) + (y - y0) * math.sin(lean)) / s
        if kind == "valley":
            return 1.5 * np.abs(along + 0.25 * rough) + 0.25 * rough
        if kind == "coast":
            return 0.45 + 0.9 * along + 0.55 * rough
        return 0.5 + 0.75 * rough

    return kind, height


def _ladder(easel: Easel, count: int) -> list[Colour]:
    """Tints from low to high: through the palette from one end of its light to the other."""
    colours = sorted(easel.palette.colours)
    if easel.chance(0.5):
        colours.reverse()
    ends = [easel.palette.ground, *colours] if easel.chance(0.5) else [*colours, easel.palette.ground]
    places = np.linspace(0, len(ends) - 1, count)
    tints = []
    for place in places.tolist():
        low = min(int(place), len(ends) - 2)
        tints.append(ends[low].mixed(ends[low + 1], place - low))
    return tints


def paint(easel: Easel) -> str:
    """One land, shown in one of four ways."""
    kind, height = _land(easel)
    palette, canvas, s = easel.palette, easel.canvas, easel.short
    way = easel.pick(("paper", "lines", "tints", "terraces"), (3, 2, 2, 2))
    fewest, most = {"paper": (6, 10), "lines": (12, 22), "tints": (7, 12), "terraces": (5, 8)}[way]
    count = easel.whole(fewest, most)
    tints = _ladder(easel, count)
    tones = table(tints).astype(np.float32)
    ink, ground = table([palette.ink, palette.ground]).astype(np.float32)
    fine = easel.pick((0.0028, 0.004)) * s
    reach = 0.013 * s
    dark = table([palette.ink.mixed(tints[0], 0.4)])[0].astype(np.float32)
    margin = 0.07 * s if way == "lines" or easel.chance(0.4) else -1.0
    pixel = canvas.pixel

    def shown(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        level = np.clip(height(x, y), 0.0, 0.999) * count
        index = level.astype(int)
        tint = tones[index]
        if way == "paper":
            shadow = np.zeros(level.shape, np.float32)
            for part in (0.35, 0.7, 1.0):
                above = (np.clip(height(x - reach * part, y - reach * part), 0.0, 0.999) * count).astype(int) > index
                shadow += above * 0.14
            picture = tint + (dark - tint) * shadow[..., None]
        else:
            slope_y, slope_x = np.gradient(level, 1 / canvas.scale)
            slope = np.hypot(slope_x, slope_y) + 1e-3
            near = np.abs(level - np.round(level)) / slope
            whole = np.round(level).astype(int)
            thick = np.where(whole % 5 == 0, 2.0, 1.0) * fine if way == "lines" else fine * (0.8 if way == "tints" else 0)
            soft = max(pixel * 0.35, fine * 0.3)
            line = smooth(1, -1, (near - thick / 2) / soft) * np.minimum(1, thick / (pixel * 0.25))
            line *= (whole > 0) & (whole < count)
            base = tint
            if way == "lines":
                base = ground + (tint - ground) * 0.16
            elif way == "terraces":
                base = tint * (1 - 0.16 * (level - index)[..., None])
            picture = base + (ink - base) * (line * (0.9 if way == "lines" else 0.55))[..., None]
        if margin > 0:
            inside = np.minimum(np.minimum(x, easel.wide - x), np.minimum(y, easel.high - y)) - margin
            picture = ground + (picture - ground) * np.clip(inside / (pixel * 0.3) + 0.5, 0, 1)[..., None]
        return np.asarray(np.clip(picture, 0, 255).astype(np.uint8))

    canvas.shade(shown)
    marks = easel.whole(1, 4) if way in {"lines", "tints"} and easel.chance(0.55) else 0
    for _ in range(marks):
        x, y = easel.between(0.2, 0.8) * easel.wide, easel.between(0.2, 0.8) * easel.high
        canvas.disc(x, y, 0.014 * s, palette.accent)
        canvas.disc(x, y, 0.005 * s, palette.ground)
    how = {"paper": f"cut from {several(count, 'layer')} of paper",
           "lines": f"in {several(count, 'height')} of thin {palette.ink.word} line",
           "tints": f"in {several(count, 'tint')}", "terraces": f"in {several(count, 'terrace')}"}[way]
    thing = a(kind) if kind != "hills" else "hills"
    told = easel.pick((f"{thing} {how}, {tints[0].word} to {tints[-1].word}", f"map of {thing} {how}"))
    return sentence(told + (f", {several(marks, 'place')} marked" if marks else ""))
