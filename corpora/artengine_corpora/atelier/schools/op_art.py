"""Op-art: stripes, checks and rings bent by a hidden relief, so that the flat sheet swells and turns."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from artengine_corpora.atelier.colour import Colour, ramp, table
from artengine_corpora.atelier.easel import Easel
from artengine_corpora.atelier.noise import smooth
from artengine_corpora.atelier.palettes import PALETTES
from artengine_corpora.atelier.words import joined, sentence

GRAIN = 0.008
Plane = Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]
_PALETTES = [p for p in PALETTES if max(c.lightness for c in p.ladder) - min(c.lightness for c in p.ladder) > 0.6]


def _relief(easel: Easel) -> tuple[str, Plane]:
    """How the sheet is bent: a map from the frame to a plane whose unit is the frame's."""
    x0, y0 = easel.between(0.35, 0.65) * easel.wide, easel.between(0.35, 0.65) * easel.high
    radius = easel.between(0.32, 0.46) * easel.short
    depth, pace, shift = easel.between(0.35, 0.55), easel.between(1.0, 2.2), easel.between(0, 6)
    noise = easel.noise()
    y1 = easel.high - y0

    def bulge(x: np.ndarray, y: np.ndarray, cx: float, cy: float, r: float, sign: float) -> tuple[np.ndarray, np.ndarray]:
        far = np.hypot(x - cx, y - cy) / r
        swell = 1 - sign * depth * smooth(1, 0, far)
        return cx + (x - cx) * swell, cy + (y - cy) * swell

    def two(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        u, v = bulge(x, y, x0, y0, radius, 1.2)
        return bulge(u, v, easel.wide - x0 * 0.55, y1, radius * 0.7, -0.8)

    def wave(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        lift = 0.055 * np.sin(y * 2 * math.pi * pace + shift + 1.4 * np.sin(x * math.pi * 1.3))
        return x + lift * (0.4 + smooth(0, easel.high, y)), y + 0.02 * np.sin(x * 9)

    def pinch(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return x0 + np.sign(x - x0) * np.abs(x - x0) ** 0.62 * 0.85 + 0 * y, y + 0 * x

    def drape(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return x + 0.09 * noise.fractal(x * 2 * pace, y * 2, 2), y + 0.09 * noise.fractal(x * 2 + 7, y * 2 * pace + 3, 2)

    def twist(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        far = np.hypot(x - x0, y - y0)
        turn = 1.5 * smooth(radius * 1.35, 0, far)
        return x0 + (x - x0) * np.cos(turn) - (y - y0) * np.sin(turn), y0 + (x - x0) * np.sin(turn) + (y - y0) * np.cos(turn)

    reliefs: dict[str, Plane] = {"swelling into a globe": lambda x, y: bulge(x, y, x0, y0, radius, 1.5),
                                 "swelling and sinking": two, "rolling": wave, "closing on a fold": pinch,
                                 "draped over something hidden": drape, "turning about a point": twist}
    name = easel.pick(list(reliefs))
    return name, reliefs[name]


def _sharp(easel: Easel, phase: np.ndarray, softness: np.ndarray | float) -> np.ndarray:
    """A square wave of *phase* in periods, its edges *softness* periods wide.  0 to 1"""
    saw = np.abs(phase - np.floor(phase) - 0.5) * 4 - 1  # 1 at whole numbers, -1 between
    return np.asarray(np.clip(saw / np.maximum(softness * 4, 1e-4) + 0.5, 0, 1))


def paint(easel: Easel) -> str:
    """A figure, a relief, two to four colours."""
    easel.choose(_PALETTES if easel.chance(0.75) else [p for p in _PALETTES if p.mood == "austere"])
    bent, plane = _relief(easel)
    palette = easel.palette
    figure = easel.pick(("stripes", "checks", "rings", "dots", "chevrons", "rays"), (3, 3, 2, 2, 1.5, 1.2))
    count = {"stripes": easel.whole(12, 22), "checks": easel.whole(8, 14), "rings": easel.whole(10, 18),
             "dots": easel.whole(10, 16), "chevrons": easel.whole(9, 15), "rays": easel.whole(12, 24)}[figure]
    lean = easel.pick((0.0, math.pi / 2, easel.between(0, math.pi)))
    colours = easel.colours()
    dark, light = sorted((palette.ground, palette.ink))
    tones = [dark, light] if easel.chance(0.4) else [*sorted((colours[0], colours[1]))]
    if abs(tones[0].lightness - tones[1].lightness) < 0.3:
        tones = [palette.ground, max(colours, key=lambda c: abs(c.lightness - palette.ground.lightness))]
    shift_tones: list[Colour] = [tones[1], colours[2], tones[1]] if easel.chance(0.55) else [tones[1]] * 2
    second = ramp(shift_tones).astype(np.float32)
    first = table(tones[:1])[0].astype(np.float32)
    wide, high, short = easel.wide, easel.high, easel.short
    c, s = math.cos(lean), math.sin(lean)
    scale = count / short if short > 0.3 else count
    edge = easel.canvas.pixel * 0.35

    def shown(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        u, v = plane(x, y)
        p, q = ((u - wide / 2) * c + (v - high / 2) * s) * scale, ((v - high / 2) * c - (u - wide / 2) * s) * scale
        soft = edge * scale
        if figure == "stripes":
            on = _sharp(easel, p / 2, soft / 2)
        elif figure == "checks":
            on = np.abs(_sharp(easel, p / 2, soft / 2) - _sharp(easel, q / 2, soft / 2))
        elif figure == "rings":
            on = _sharp(easel, np.hypot(p, q) * 0.8, soft)
        elif figure == "dots":
            far = np.hypot(p - np.floor(p) - 0.5, q - np.floor(q) - 0.5)
            size = 0.2 + 0.24 * smooth(-0.6, 0.6, np.sin(u * 5 + 1) * np.cos(v * 4))
            on = smooth(size + soft, size - soft, far)
        elif figure == "chevrons":
            on = _sharp(easel, (p + np.abs(q / 3 - np.floor(q / 3) - 0.5) * 3) / 2, soft / 2)
        else:
            angle = np.arctan2(v - high / 2, u - wide / 2) / (2 * math.pi)
            far = np.hypot(u - wide / 2, v - high / 2)
            rays = _sharp(easel, angle * count, np.minimum(edge * count / (6.3 * far + 1e-6), 2))
            on = np.abs(rays - _sharp(easel, far * scale / 6, soft / 6))
        across = np.clip((x / wide + y / high) * 127.5, 0, 255).astype(np.uint8)
        mixed = first + (second[across] - first) * on.astype(np.float32)[..., None]
        return np.asarray((mixed + 0.5).astype(np.uint8))

    easel.canvas.shade(shown)
    named = joined([tone.word for tone in dict.fromkeys((tones[0], *shift_tones))])
    return sentence(easel.pick((f"{figure} in {named}, {bent}", f"{named} {figure} {bent}")))
