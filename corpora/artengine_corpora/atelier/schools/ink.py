"""Brush and ink: one breath, one stroke. A circle, bamboo, mountains in mist, grasses, a branch in flower, stones."""

from __future__ import annotations

import math

import numpy as np

from artengine_corpora.atelier.brush import stroke
from artengine_corpora.atelier.canvas import arc, spline, turned
from artengine_corpora.atelier.easel import Easel
from artengine_corpora.atelier.noise import Noise, smooth
from artengine_corpora.atelier.palettes import PALETTES
from artengine_corpora.atelier.words import number, sentence, several

GRAIN = 0.022
_PALETTES = [p for p in PALETTES if not p.dark and p.ink.lightness < 0.38] + [p for p in PALETTES if p.name in {
    "blueprint", "harbour at night", "moonlit garden"}]


def _seal(easel: Easel, x: float, y: float) -> None:
    """The painter's seal: a small square of the accent, cut through."""
    side = 0.052 * easel.short
    red = easel.palette.accent
    tilt = easel.between(-0.05, 0.05)
    easel.canvas.polygon(turned([(-side / 2, -side / 2), (side / 2, -side / 2), (side / 2, side / 2), (-side / 2, side / 2)],
                                tilt, x, y), red)
    for _ in range(easel.whole(3, 4)):
        at, upright = easel.between(-0.32, 0.32) * side, easel.chance(0.5)
        cut = [(at, -0.34 * side), (at, easel.between(0, 0.34) * side)]
        line = turned(cut if upright else [(q, p) for p, q in cut], tilt, x, y)
        easel.canvas.ribbon(line, side * 0.09, easel.palette.ground)


def _enso(easel: Easel) -> str:
    """The circle, open or closed, in one stroke."""
    s = easel.short
    x, y = easel.wide / 2 + easel.between(-0.03, 0.03) * s, easel.high / 2 + easel.between(-0.03, 0.03) * s
    start, sweep = easel.between(0, 2 * math.pi), easel.between(5.5, 6.6) * easel.pick((1, -1))
    wobble = easel.noise()
    t = np.linspace(0, 1, 110)
    radius = easel.between(0.27, 0.35) * s * (1 + 0.06 * wobble(t * 2.5, t * 0 + 1) + 0.035 * t)
    angle = start + sweep * t
    path = np.stack([x + radius * np.cos(angle), y + radius * np.sin(angle) * 0.97], -1)
    width = easel.between(0.06, 0.13) * s * (1.05 - 0.55 * t + 0.18 * wobble(t * 4, t * 0 + 5))
    stroke(easel, path, width, load=easel.between(0.75, 1.05), dryness=easel.between(0.45, 0.95))
    sun = easel.chance(0.25)
    if sun:
        easel.canvas.disc(x, y, 0.07 * s, easel.palette.accent, 0.9)
    _seal(easel, x + 0.38 * s, y + 0.39 * s)
    return f"{'an open' if abs(sweep) < 6.2 else 'a closed'} circle in one stroke{', a small sun in it' if sun else ''}"


def _leaf(easel: Easel, x: float, y: float, angle: float, length: float, load: float) -> None:
    bend = easel.between(-0.2, 0.2)
    path = spline(turned([(0, 0), (length * 0.5, bend * length * 0.4), (length, bend * length)], angle, x, y), 20)
    t = np.linspace(0, 1, len(path))
    stroke(easel, path, length * 0.17 * np.sin(math.pi * np.clip(t * 0.93 + 0.04, 0, 1)) ** 0.8, load=load, dryness=0.25)


def _bamboo(easel: Easel) -> str:
    """One to three stems, joint by joint, and leaves in bunches."""
    s, count, total = easel.short, easel.whole(1, 3), 0
    leaning = easel.between(-0.12, 0.12)
    for i in range(count):
        load = (1.0, 0.5, 0.32)[i]
        x = easel.wide * (0.5 + (i - (count - 1) / 2) * 0.24 + easel.between(-0.07, 0.07))
        width = s * easel.between(0.035, 0.06) * (1 - 0.2 * i)
        y, joint = easel.high * 1.04, 0
        while y > -0.05 * easel.high and joint < 12:
            length = easel.high * easel.between(0.15, 0.24)
            lean = leaning * length
            path = spline([(x, y), (x + lean / 2 + s * 0.004, y - length / 2), (x + lean, y - length * 0.965)], 16)
            t = np.linspace(0, 1, len(path))
            stroke(easel, path, width * (1 + 0.22 * np.abs(2 * t - 1) ** 6), load=load * 0.85, dryness=0.62)
            if joint:
                knot = [(x - width * 0.62, y + 0.004 * s), (x, y + 0.012 * s), (x + width * 0.62, y)]
                easel.canvas.ribbon(spline(knot, 6), width * 0.2, easel.palette.ink.mixed(easel.palette.ground, 1 - load))
                if easel.chance(0.62):
                    side = easel.pick((-1, 1))
                    tip = (x + side * s * easel.between(0.08, 0.16), y - s * easel.between(0.03, 0.1))
                    easel.canvas.ribbon(spline([(x, y), ((x + tip[0]) / 2, y - 0.02 * s), tip], 8), 0.006 * s,
                                        easel.palette.ink.mixed(easel.palette.ground, 1 - load))
                    for _ in range(easel.whole(3, 5)):
                        down = math.pi / 2 + easel.between(-0.95, 0.95) - side * 0.35
                        _leaf(easel, *tip, down, s * easel.between(0.1, 0.21), load)
                        total += 1
            x, y, joint = x + lean, y - length, joint + 1
    corner = easel.pick((0.1, 0.9))
    _seal(easel, easel.wide * corner, easel.high - 0.1 * s)
    return f"{several(count, 'stem')} of bamboo" + (f" and {number(total)} leaves" if total else "")


def _mountains(easel: Easel) -> str:
    """Ridges one behind the other, paler with distance, mist at their feet; a sun, birds, a boat."""
    s, palette, count = easel.short, easel.palette, easel.whole(3, 5)
    sun = easel.chance(0.6)
    if sun:
        easel.canvas.disc(easel.between(0.2, 0.8) * easel.wide, easel.between(0.14, 0.3) * easel.high,
                          easel.between(0.035, 0.075) * s, palette.accent, 0.88)
    steep = easel.between(0.6, 1.5)
    for i in range(count):
        near = (i + 1) / count
        base = easel.high * (0.26 + 0.44 * i / count + easel.between(-0.03, 0.03))
        noise, wash = easel.noise(), easel.noise()
        height, depth = easel.high * easel.between(0.1, 0.2), easel.high * easel.between(0.2, 0.32)
        pace = easel.between(1.6, 3.2) / max(easel.wide, 0.4) * easel.wide
        tone = palette.ink.mixed(palette.colours[i % 3], easel.between(0.1, 0.5))

        def cover(x: np.ndarray, y: np.ndarray, noise: Noise = noise, wash: Noise = wash, base: float = base,
                  near: float = near, height: float = height, depth: float = depth, pace: float = pace) -> np.ndarray:
            ridge = base - height * (noise(x * pace, y * 0 + 3) + 0.4 * steep * noise(x * pace * 2.7, y * 0 + 8)
                                     + 0.12 * steep * noise(x * pace * 9, y * 0 + 1) + 0.05 * noise(x * pace * 24, y * 0))
            below = y - ridge
            body = 0.62 + 0.3 * wash.fractal(x * 5 + below * 4, below * 9, 2)
            edge = smooth(0, 0.006, below) * (1 + 0.55 * smooth(0.05, 0, below))
            return np.asarray((0.12 + 0.78 * near**1.4) * edge * body * smooth(depth, depth * 0.08, below))

        easel.canvas.veil(cover, tone)
    birds = easel.pick((0, 3, 5))
    bx, by = easel.between(0.2, 0.7) * easel.wide, easel.between(0.1, 0.28) * easel.high
    for _ in range(birds):
        x, y, w = bx + easel.between(-0.1, 0.1) * s, by + easel.between(-0.05, 0.05) * s, easel.between(0.012, 0.022) * s
        easel.canvas.ribbon(spline([(x - w, y - w * 0.5), (x - w * 0.4, y - w * 0.55), (x, y), (x + w * 0.4, y - w * 0.6),
                                    (x + w, y - w * 0.35)], 5), 0.0045 * s, palette.ink)
    boat = easel.chance(0.4)
    if boat:
        x, y, w = easel.between(0.25, 0.75) * easel.wide, easel.high * easel.between(0.86, 0.92), 0.06 * s
        easel.canvas.ribbon(spline([(x - w, y - 0.008 * s), (x, y + 0.006 * s), (x + w, y - 0.01 * s)], 10),
                            0.012 * s * np.sin(np.linspace(0.12, math.pi - 0.05, 21)) ** 0.7, palette.ink)
        easel.canvas.ribbon([(x + w * 0.1, y), (x + w * 0.12, y - 0.04 * s)], 0.009 * s, palette.ink)
    _seal(easel, easel.wide * easel.pick((0.09, 0.91)), easel.high - 0.09 * s)
    extra = [*(["a low sun"] if sun else []), *([several(birds, "bird")] if birds else []), *(["a boat"] if boat else [])]
    return f"{several(count, 'ridge')} in mist" + (f", {' and '.join(extra)}" if extra else "")


def _gesture(easel: Easel) -> str:
    """A few bold strokes, thrown rather than laid, and the drops they lost."""
    s, count = easel.short, easel.whole(2, 4)
    lead = easel.between(-0.6, 0.6)
    for i in range(count):
        angle = lead + (0 if not i else easel.pick((0.5, 1.0, -0.7, 1.5)) * easel.pick((1, -1)))
        size = (0.78, 0.5, 0.4, 0.3)[i]
        reach = np.array([easel.wide, easel.high]) * size / 2
        off = (0, 0) if not i else (easel.between(-0.16, 0.16) * easel.wide, easel.between(-0.2, 0.2) * easel.high)
        bend = easel.between(-0.5, 0.5)
        knots = np.array([(-1, 0), (-0.35, -bend), (0.3, bend * 0.7), (1, easel.between(-0.2, 0.2))])
        path = spline(turned(knots, angle) * reach + np.array([easel.wide, easel.high]) / 2 + off, 24)
        t = np.linspace(0, 1, len(path))
        width = s * (easel.between(0.12, 0.2) if not i else easel.between(0.03, 0.1)) * (0.75 + 0.3 * np.cos(t * 4 + i))
        colour = easel.palette.accent if i == count - 1 and easel.chance(0.35) else None
        stroke(easel, path, width, load=easel.between(0.75, 1.05), dryness=easel.between(0.15, 0.7), colour=colour)
    drops = easel.whole(4, 16)
    for _ in range(drops):
        x, y = easel.rng.normal(0.5, 0.2, 2)
        easel.canvas.disc(float(np.clip(x, 0.05, 0.95)) * easel.wide, float(np.clip(y, 0.05, 0.95)) * easel.high,
                          float(easel.rng.exponential(0.005) + 0.002) * s, easel.palette.ink, 0.95)
    _seal(easel, easel.wide * 0.91, easel.high - 0.1 * s)
    return f"{several(count, 'stroke')}, thrown, and {several(drops, 'drop')}"


def _grasses(easel: Easel) -> str:
    """Long blades fanned from one root, and small flowers between."""
    s, count = easel.short, easel.whole(6, 12)
    x, y = easel.wide * easel.between(0.32, 0.68), easel.high * easel.between(0.84, 0.93)
    wind = easel.between(-0.5, 0.5)
    tips = []
    for i in range(count):
        angle = -math.pi / 2 + wind * 0.5 + (i / (count - 1) - 0.5) * 1.9 + easel.between(-0.12, 0.12)
        length = easel.high * easel.between(0.4, 0.76)
        root = x + easel.between(-0.03, 0.03) * s
        droop = easel.between(0.05, 0.3) * length
        aside = length * min(1, easel.wide)
        mid = root + math.cos(angle) * aside * 0.5, y + math.sin(angle) * length * 0.55
        end = root + (math.cos(angle) * 0.95 + wind * 0.25) * aside, y + math.sin(angle) * length + droop
        path = spline([(root, y), mid, end], 30)
        t = np.linspace(0, 1, len(path))
        width = s * easel.between(0.012, 0.03) * (np.sin(math.pi * (t * 0.9 + 0.08)) ** 0.6) * (1 + 0.3 * np.sin(t * 7 + i))
        stroke(easel, path, width, load=easel.pick((1.0, 0.75, 0.5)), dryness=easel.between(0.2, 0.6))
        tips.append(end)
    flowers = easel.whole(0, 4)
    for i in range(flowers):
        fx, fy = x + easel.between(-0.22, 0.22) * s, y - easel.between(0.3, 0.62) * easel.high
        easel.canvas.ribbon(spline([(x, y), ((x + fx) / 2 + 0.03 * s, (y + fy) / 2), (fx, fy)], 12), 0.005 * s,
                            easel.palette.ink.mixed(easel.palette.ground, 0.3))
        for k in range(5):
            turn = k * 2 * math.pi / 5 + i
            petal = np.array([(0, 0), (0.022, -0.011), (0.036, 0), (0.022, 0.011)]) * s
            easel.canvas.polygon(turned(petal, turn, fx, fy), easel.palette.accent, 0.85)
        easel.canvas.disc(fx, fy, 0.006 * s, easel.palette.ink)
    _seal(easel, easel.wide * (0.1 if x > easel.wide / 2 else 0.9), easel.high - 0.1 * s)
    return f"{several(count, 'blade')} of grass" + (f" and {several(flowers, 'flower')}" if flowers else " bent by the wind")


def _branch(easel: Easel) -> str:
    """An old branch from the edge, twigs, and blossom."""
    s, left = easel.short, easel.chance(0.5)
    sign = 1 if left else -1
    x, y = (-0.03 if left else 1.03) * easel.wide, easel.between(0.5, 0.9) * easel.high
    knots = [(x, y)]
    rise = easel.between(-0.16, -0.05)
    for _ in range(4):
        x, y = x + sign * easel.wide * easel.between(0.16, 0.24), y + easel.high * (rise + easel.between(-0.09, 0.09))
        knots.append((x, float(np.clip(y, 0.1 * easel.high, 0.92 * easel.high))))
    path = spline(knots, 26)
    t = np.linspace(0, 1, len(path))
    rough = easel.noise()
    width = s * easel.between(0.045, 0.075) * (1 - 0.85 * t) * (1 + 0.3 * rough(t * 14, t * 0)) + 0.004 * s
    stroke(easel, path, width, load=1.0, dryness=easel.between(0.6, 0.95))
    buds = []
    for _ in range(easel.whole(6, 11)):
        k = easel.whole(12, len(path) - 4)
        px, py = path[k].tolist()
        turn = -math.pi / 2 + sign * easel.between(-0.3, 0.9)
        length = s * easel.between(0.12, 0.3)
        knees = [(0, 0), (length * 0.5, easel.between(-0.2, 0.2) * length), (length, easel.between(-0.2, 0.2) * length)]
        twig = spline(turned(knees, turn, px, py), 16)
        stroke(easel, twig, np.linspace(0.014, 0.005, len(twig)) * s, load=0.9, dryness=0.45)
        for i in easel.rng.integers(8, len(twig), easel.whole(1, 4)).tolist():
            buds.append(twig[i] + easel.rng.normal(0, 0.008, 2) * s)
    tone = easel.pick((easel.palette.accent, easel.palette.colours[0], easel.palette.accent))
    for px, py in buds:
        size, turn = easel.between(0.014, 0.026) * s, easel.between(0, 6)
        for k in range(5):
            at = turn + k * 2 * math.pi / 5
            easel.canvas.disc(px + size * 0.75 * math.cos(at), py + size * 0.75 * math.sin(at), size * 0.62, tone, 0.8)
        easel.canvas.disc(px, py, size * 0.28, easel.palette.ink)
    _seal(easel, easel.wide * (0.9 if left else 0.1), easel.high - 0.1 * s)
    return f"a branch from the {'left' if left else 'right'} with {several(len(buds), 'blossom')}"


def _stones(easel: Easel) -> str:
    """Stones at rest, one on another or side by side, each a wash within a line."""
    s, count, piled = easel.short, easel.whole(2, 4), easel.chance(0.6)
    ground = easel.high * easel.between(0.78, 0.86)
    y, x = ground, easel.wide / 2
    for i in range(count):
        w = s * (0.24 - 0.045 * i if piled else easel.between(0.08, 0.19)) * easel.between(0.85, 1.1)
        h = w * easel.between(0.42, 0.62)
        if piled:
            x += easel.between(-0.03, 0.03) * s
            y -= h if i == 0 else h * 0.96
        else:
            x, y = easel.wide * (0.5 + (i - (count - 1) / 2) * 0.62 / count), ground - h + easel.between(-0.03, 0.05) * s
        rim = arc(0, 0, 1, 0.6, 0.6 + 2 * math.pi * easel.between(0.9, 1.03), 70)
        rough = easel.noise()
        far = 1 + 0.09 * rough(rim[:, 0] * 1.3 + 4, rim[:, 1] * 1.3 + 7)
        path = np.sign(rim) * np.abs(rim) ** 0.88 * far[:, None] * (w, h) + (x, y)
        easel.canvas.polygon(path, easel.palette.ground)
        easel.canvas.polygon(path, easel.palette.ink.mixed(easel.palette.colours[i % 3], 0.4), easel.pick((0.2, 0.4, 0.75)))
        t = np.linspace(0, 1, len(path))
        stroke(easel, path, s * 0.026 * (0.75 + 0.5 * np.sin(t * 7 + i)), load=0.95, dryness=easel.between(0.4, 0.9))
        y -= h if piled else 0
    shade = spline([(easel.wide * 0.16, ground + 0.012 * s), (easel.wide * 0.5, ground + 0.02 * s),
                    (easel.wide * 0.86, ground)], 40)
    width = s * 0.03 * np.interp(np.linspace(0, 1, len(shade)), [0, 0.4, 1], [0.3, 1, 0.2])
    stroke(easel, shade, width, load=0.42, dryness=0.8)
    sun = easel.chance(0.4)
    if sun:
        easel.canvas.disc(easel.wide * easel.pick((0.25, 0.75)), easel.high * 0.2, 0.06 * s, easel.palette.accent, 0.88)
    _seal(easel, easel.wide * 0.9, easel.high - 0.09 * s)
    return f"{several(count, 'stone')}{', one upon the other' if piled else ' side by side'}{', under a sun' if sun else ''}"


def paint(easel: Easel) -> str:
    """One subject, much paper."""
    easel.choose(_PALETTES)
    subject = easel.pick((_enso, _bamboo, _mountains, _gesture, _grasses, _branch, _stones), (2, 2, 3, 2, 2, 2, 1.6))
    caption = subject(easel)
    paper, ink = easel.palette.ground.word, easel.palette.ink.word
    return sentence(easel.pick((caption, f"{caption}, in {ink} ink", f"{ink} brush on {paper} paper: {caption}",
                                f"a sheet of {paper} paper, {caption}")))
