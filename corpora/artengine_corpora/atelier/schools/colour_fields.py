"""Colour fields: soft-edged clouds of colour stacked on a ground, stripes of light, poured veils, horizons."""

from __future__ import annotations

import numpy as np

from artengine_corpora.atelier.colour import Colour
from artengine_corpora.atelier.easel import Easel
from artengine_corpora.atelier.noise import Noise, smooth
from artengine_corpora.atelier.words import a, joined, sentence, several

GRAIN = 0.018


def _brushed(easel: Easel, noise: Noise, colour: Colour, depth: float = 0.35) -> None:
    """Go over the ground with a wide brush: broad, faint streaks of *colour*."""
    turn = easel.pick(((3.0, 22.0), (22.0, 3.0), (5.0, 5.0)))
    easel.canvas.veil(lambda x, y: depth * smooth(-0.3, 1.0, noise.fractal(x * turn[0], y * turn[1], 2)), colour)


def _cloud(easel: Easel, box: tuple[float, float, float, float], colour: Colour, soft: float, strength: float) -> None:
    """A rectangle with breathing edges, thinner here and there."""
    left, top, right, bottom = box
    edge, body = easel.noise(), easel.noise()

    def cover(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        waver = edge.fractal(x * 9, y * 9, 2) * soft * 0.8
        across = smooth(-soft, soft, np.minimum(x - left, right - x) + waver)
        down = smooth(-soft, soft, np.minimum(y - top, bottom - y) + waver)
        return np.asarray(strength * across * down * (0.9 + 0.14 * body.fractal(x * 4, y * 14, 2)))

    easel.canvas.veil(cover, colour)


def _stacked(easel: Easel) -> str:
    """Two to four clouds, one above the other."""
    colours = easel.colours()
    ground = colours.pop().mixed(easel.palette.ground, easel.pick((0.15, 0.3, 0.75)))
    easel.canvas.fill(ground)
    _brushed(easel, easel.noise(), ground.lit(easel.pick((-0.07, 0.06))), 0.7)
    count = easel.whole(2, 3) if easel.chance(0.8) else 4
    heights = easel.rng.dirichlet(np.full(count, 2.2)) * 0.62 + 0.38 / count
    edge, gap = easel.between(0.07, 0.12) * easel.short, easel.between(0.02, 0.045) * easel.high
    room = easel.high - 2 * edge - gap * (count - 1)
    top, soft = edge, easel.between(0.012, 0.035) * easel.short
    colours.sort(key=lambda colour: -abs(colour.lightness - ground.lightness))
    used = [colours[i] for i in easel.rng.permutation(count if count > 2 else 3)[:count].tolist()]
    for colour, height in zip(used, heights, strict=True):
        inset = easel.between(-0.01, 0.015) * easel.short
        box = edge + inset, top, easel.wide - edge - inset, top + height * room
        _cloud(easel, box, colour.mixed(ground, 0.25), soft * 1.5, 0.75)
        _cloud(easel, (box[0] + soft, box[1] + soft, box[2] - soft, box[3] - soft), colour, soft, 0.85)
        top += height * room + gap
    return easel.pick((f"{joined([c.word for c in used])}, breathing on {ground.word}",
                       f"{several(count, 'cloud')} of colour over {ground.word}: {joined([c.word for c in used])}"))


def _zips(easel: Easel) -> str:
    """One great field, cut from edge to edge by stripes of light."""
    colours = easel.colours()
    field, *others = colours
    easel.canvas.fill(field)
    _brushed(easel, easel.noise(), field.lit(easel.pick((-0.06, 0.05))), 0.8)
    upright = easel.chance(0.75)
    side = easel.wide if upright else easel.high
    count = easel.pick((1, 2, 3, 4), (2, 3, 2, 1))
    places = np.sort(easel.rng.choice(np.array([0.13, 0.24, 0.382, 0.5, 0.618, 0.8, 0.9]), count, replace=False))
    contrast = sorted([*others, easel.palette.ground, easel.palette.ink], key=lambda c: -abs(c.lightness - field.lightness))
    used = []
    for place in places:
        colour = contrast[easel.pick((0, 1, 2), (3, 2, 1))]
        width = easel.pick((0.012, 0.025, 0.05, 0.13), (2, 3, 2, 1.2)) * side
        soft = min(easel.pick((0.0, 0.004, 0.02)) * easel.short, width * 0.4) + easel.canvas.pixel / 4
        edge, at = easel.noise(), place * side

        def cover(x: np.ndarray, y: np.ndarray, at: float = at, width: float = width, soft: float = soft,
                  edge: Noise = edge) -> np.ndarray:
            across, along = (x, y) if upright else (y, x)
            near = width / 2 - np.abs(across - at + edge(along * 7, across * 7 + 3) * soft * 0.7)
            return smooth(-soft, soft, near) * 0.97

        easel.canvas.veil(cover, colour)
        used.append(colour.word)
    band = "upright" if upright else "level"
    return easel.pick((f"{a(field.word)} field, {several(count, f'{band} stripe')} of {joined(used)}",
                       f"{joined(used)} divides {field.word}" if count == 1 else f"{joined(used)} divide {field.word}"))


def _veils(easel: Easel) -> str:
    """Thin paint poured from above, layer through layer."""
    palette = easel.palette
    ground = palette.ground
    colours = easel.colours()
    count = easel.whole(4, 6)
    sideways = easel.chance(0.25)
    used = []
    for i in range(count):
        edge, body = easel.noise(), easel.noise()
        middle, half = easel.between(0.28, 0.72), easel.between(0.12, 0.28)
        lean, end = easel.between(-0.25, 0.25), easel.between(0.66, 0.93)
        colour = colours[i % len(colours)]
        used.append(colour.word)

        def cover(x: np.ndarray, y: np.ndarray, edge: Noise = edge, body: Noise = body, middle: float = middle,
                  half: float = half, lean: float = lean, end: float = end) -> np.ndarray:
            u, v = (y / easel.high, x / easel.wide) if sideways else (x / easel.wide, y / easel.high)
            drift = edge.fractal(u * 2.6 + 5, v * 2.6, 3) * 0.13
            near = half * (0.75 + 0.4 * np.sin(2.6 * v)) - np.abs(u - middle - lean * (v - 0.5) + drift)
            length = end - v + 0.10 * edge(u * 7, v * 0 + 2) + 0.04 * edge(u * 23, v * 0 + 9)
            rim = smooth(0, 0.035, near) * (1 + 0.35 * (1 - smooth(0.0, 0.07, near)))  # pigment gathers where it dries
            return np.asarray(0.62 * rim * smooth(0, 0.03, length) * (0.85 + 0.25 * body.fractal(u * 3, v * 9, 2)))

        easel.canvas.veil(cover, colour)
    return f"{several(count, 'veil')} of {joined(used[:4])} poured over {ground.word}"


def _horizon(easel: Easel) -> str:
    """A sky, a band of light, a dark land: no more."""
    ladder = [*easel.palette.ladder]
    lights = [*easel.palette.colours, easel.palette.accent]
    line = easel.pick((0.3, 0.382, 0.618, 0.7)) * easel.high
    sky, low = easel.pick(ladder[2:]), easel.pick(lights)
    land = ladder[easel.whole(0, 2)]
    noise = easel.noise()
    easel.canvas.fill(sky)
    easel.canvas.veil(lambda x, y: smooth(0, line, y + noise.fractal(x * 2, y * 9, 3) * 0.1) ** 2 * (y < line), low)
    glow = easel.between(0.2, 0.8) * easel.wide
    sun = easel.chance(0.45)
    radius = easel.between(0.04, 0.11) * easel.short
    if sun:
        at = line - radius * easel.between(0.2, 2.4)
        light = max(ladder, key=lambda c: abs(c.lightness - sky.mixed(low, 0.6).lightness))
        if light.lightness > sky.lightness:
            easel.canvas.veil(lambda x, y: smooth(radius * 3.5, 0, np.hypot(x - glow, y - at)) ** 2 * 0.5, light)
        easel.canvas.disc(glow, at, radius, light)
    easel.canvas.veil(lambda x, y: smooth(-0.004, 0.006, y - line + noise(x * 6, y * 0) * 0.006), land)
    easel.canvas.veil(lambda x, y: smooth(line, easel.high, y) * (0.5 + 0.3 * noise.fractal(x * 2, y * 26, 2)) * (y > line),
                      easel.pick(ladder[:3]))
    band = easel.between(0.01, 0.05) * easel.high
    easel.canvas.veil(lambda x, y: 0.6 * smooth(band, 0, np.abs(y - line - band) + noise(x * 4, y * 20) * band * 0.4), low)
    scene = f"{low.word} light on the horizon between {sky.word} and {land.word}"
    return f"{scene}, and a sun" if sun else scene


def paint(easel: Easel) -> str:
    """One of four kinds of field."""
    return sentence(easel.pick((_stacked, _zips, _veils, _horizon), (3, 2, 2, 2))(easel))
