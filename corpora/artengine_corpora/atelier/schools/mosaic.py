"""Mosaics: tesserae laid in courses, leaded glass of broken panes, fans of scales."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from artengine_corpora.atelier.colour import Colour, varied
from artengine_corpora.atelier.easel import Easel
from artengine_corpora.atelier.noise import smooth
from artengine_corpora.atelier.words import a, joined, sentence

GRAIN = 0.016
Design = Callable[[np.ndarray, np.ndarray], np.ndarray]  # index of the colour at each point, x and y in frame units


def _design(easel: Easel, count: int) -> tuple[str, Design]:
    """A cartoon for the tiles: what to show, and the index (below *count*) of the colour at each place."""
    noise, size = easel.noise(), easel.between(0.8, 1.6)
    x0, y0 = easel.between(0.3, 0.7) * easel.wide, easel.between(0.28, 0.62) * easel.high
    radius = easel.between(0.13, 0.22) * easel.short
    petals = easel.whole(5, 9)
    rings, bands = easel.between(5, 9), easel.between(4, 8)
    horizon = easel.between(0.5, 0.7) * easel.high

    def rose(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        return np.asarray(np.hypot(x - easel.wide / 2, y - easel.high / 2) / easel.short * rings)

    def sun(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        far = np.hypot(x - x0, y - y0)
        sea = y > horizon + 0.02 * np.sin(x * 13)
        waves = ((y - horizon) * 22 + np.sin(x * 11 + y * 20) * 0.8).astype(int) % 2
        return np.where(sea & (far > radius), 1 + waves, np.where(far < radius, 4, np.where(far < radius * 1.9, 3, 0)))

    def flower(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        turn = np.arctan2(y - easel.high / 2, x - easel.wide / 2)
        return np.asarray((rose(x, y) * (1 + 0.28 * np.cos(petals * turn))).astype(int))

    designs: dict[str, Design] = {
        "a sun over the sea": sun,
        "rings": lambda x, y: rose(x, y).astype(int),
        "waves": lambda x, y: (y * bands / easel.high + 0.35 * np.sin(x * 6.5 * size) + noise(x * 2, y * 2) * 0.5 + 9
                               ).astype(int),
        "islands": lambda x, y: ((noise.fractal(x * 2.2 * size, y * 2.2 * size, 2) + 1) * count * 0.62).astype(int),
        "slanting bands": lambda x, y: ((x + y) * bands / 1.4 + noise(x * 3, y * 3) * 0.4 + 9).astype(int),
        "a flower": flower,
    }
    name = easel.pick(list(designs))
    return name, lambda x, y: np.clip(designs[name](x, y), 0, None) % count


def _tinted(easel: Easel, colours: list[Colour], index: np.ndarray, spread: float) -> np.ndarray:
    """A colour a tile: now and then a stray one, each a little lighter or darker than its neighbours.  (n, 3) uint8"""
    stray = easel.rng.random(index.size) < 0.05
    index = np.where(stray, easel.rng.integers(0, len(colours), index.size), index.ravel())
    return varied(colours, index, easel.rng.normal(0, spread, index.size))


def _courses(easel: Easel, colours: list[Colour], design: Design) -> str:
    """Square stones in rows that bend round a centre or ride a wave."""
    side = max(0.018, easel.between(0.024, 0.042) * min(1.0, easel.short * 2))
    corners, middles = [], []
    if easel.chance(0.5) and easel.short > 0.4:  # on a long strip the rings would be all arcs beyond it
        how = "in rings"
        x0, y0 = easel.between(0.35, 0.65) * easel.wide, easel.between(0.35, 1.1) * easel.high
        reach = math.hypot(max(x0, easel.wide - x0), max(y0, easel.high - y0))
        for ring in range(int(reach / side) + 1):
            around = max(3, round(2 * math.pi * (ring + 0.5) / 1.05))
            start = easel.between(0, 1)
            turn = (np.arange(around) + start) * 2 * math.pi / around
            half = math.pi / around * 0.88
            inner, outer = (ring + 0.07) * side, (ring + 0.93) * side
            quad = [(r, turn + s * half) for r, s in ((inner, -1), (outer, -1), (outer, 1), (inner, 1))]
            corners.append(np.stack([np.stack([x0 + r * np.cos(t), y0 + r * np.sin(t)], -1) for r, t in quad], 1))
            middles.append(np.stack([x0 + (ring + 0.5) * side * np.cos(turn), y0 + (ring + 0.5) * side * np.sin(turn)], -1))
    else:
        how = "in waves"
        rise, pace, shift = easel.between(0.0, 0.06), easel.between(4, 9), easel.between(0, 6)
        for row in range(-3, int(easel.high / side) + 4):
            xs = (np.arange(-1, int(easel.wide / side) + 2) + easel.between(0, 1)) * side
            half = side * 0.43

            def wave(x: np.ndarray, y: float) -> np.ndarray:
                return np.stack([x, y + rise * np.sin(x * pace + shift) + 0.4 * rise * np.sin(x * pace * 2.3)], -1)

            mid = (row + 0.5) * side
            corners.append(np.stack([wave(xs + dx, mid + dy) for dx, dy in ((-half, -half), (half, -half), (half, half),
                                                                            (-half, half))], 1))
            middles.append(wave(xs, mid))
    quads, at = np.concatenate(corners), np.concatenate(middles)
    quads = quads + easel.rng.normal(0, side * 0.035, quads.shape)
    seen = ((at > -side) & (at < (easel.wide + side, easel.high + side))).all(1)
    quads, at = quads[seen], at[seen]
    easel.canvas.tiles(quads, _tinted(easel, colours, design(at[:, 0], at[:, 1]), 0.028))
    return f"tesserae laid {how}"


def _leaded(easel: Easel, colours: list[Colour], design: Design) -> str:
    """Panes of broken glass between dark leads: the cells nearest to scattered points."""
    side = max(0.018, easel.between(0.055, 0.1) * min(1.0, easel.short * 2))
    columns, rows = max(1, round(easel.wide / side)) + 2, max(1, round(easel.high / side)) + 2
    loose = easel.between(0.28, 0.46)
    sx, sy = easel.wide / (columns - 2), easel.high / (rows - 2)
    px = ((np.arange(columns) - 0.5)[None] + easel.rng.uniform(-loose, loose, (rows, columns))) * sx
    py = ((np.arange(rows) - 0.5)[:, None] + easel.rng.uniform(-loose, loose, (rows, columns))) * sy
    px, py = px.astype(np.float32), py.astype(np.float32)
    tints = _tinted(easel, colours, design(px.ravel(), py.ravel()), 0.045).astype(np.float32)
    lead = np.array(easel.palette.ground.rgb if easel.palette.dark else easel.palette.ink.rgb, np.float32)
    width = easel.between(0.06, 0.13) * side
    soft = easel.canvas.pixel * 0.3
    glow = easel.noise()

    def panes(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        i, j = (x / sx + 1).astype(int).clip(1, columns - 2), (y / sy + 1).astype(int).clip(1, rows - 2)
        shape = np.broadcast(x, y).shape
        first, second = np.full(shape, 9, np.float32), np.full(shape, 9, np.float32)
        owner = np.zeros(shape, np.int32)
        for dj in (-1, 0, 1):
            for di in (-1, 0, 1):
                cell = (j + dj) * columns + i + di
                far = np.square(x - px.ravel()[cell]) + np.square(y - py.ravel()[cell])
                nearer = far < first
                second = np.where(nearer, first, np.minimum(second, far))
                first = np.where(nearer, far, first)
                owner = np.where(nearer, cell, owner)
        edge = smooth(width / 2 - soft, width / 2 + soft, (np.sqrt(second) - np.sqrt(first)) / 2)[..., None]
        light = 1 + 0.09 * glow(x * 9, y * 9)[..., None]
        return np.asarray(np.clip(lead + (tints[owner] * light - lead) * edge, 0, 255).astype(np.uint8))

    easel.canvas.shade(panes)
    return "panes of leaded glass"


def _scales(easel: Easel, colours: list[Colour], design: Design) -> str:
    """Overlapping fans of two to four stripes, row upon row."""
    across = easel.whole(5, 10)
    radius = easel.wide / across / 2 if easel.wide > 0.3 else 0.02
    radius = max(radius, 0.02) if easel.wide < 2 else 0.06
    stripes = easel.whole(2, 4)
    columns, rows = int(easel.wide / radius / 2) + 2, int(easel.high / radius) + 4
    lights = [[colour.lit(by) for by in (-0.04, -0.02, 0, 0.02, 0.04)] for colour in colours]
    for row in range(rows):
        xs = (np.arange(columns) + (row % 2) / 2) * 2 * radius
        y = (row - 0.5) * radius
        for x, i in zip(xs.tolist(), design(xs, np.full(columns, y)).tolist(), strict=True):
            tone = easel.pick(lights[i])
            others = [tone, easel.palette.ground, colours[(i + 1) % len(colours)], easel.palette.ground]
            easel.canvas.disc(x, y, radius, easel.palette.ground)
            for stripe in range(stripes * 2 - 1):
                easel.canvas.disc(x, y, radius * 0.985 * (1 - stripe / (stripes * 2 - 1)), others[stripe % 4])
    return "overlapping scales"


def paint(easel: Easel) -> str:
    """A design, laid in one of three ways."""
    colours = easel.colours()
    name, design = _design(easel, len(colours))
    way = easel.pick((_courses, _leaded, _scales), (3, 3, 1.2))
    if way is _courses:
        easel.canvas.fill(easel.palette.ground.mixed(easel.palette.ink, easel.pick((0.0, 0.75))))
    laid = way(easel, colours, design)
    shown = joined([colour.word for colour in colours[:3]])
    return sentence(easel.pick((f"{name} in {laid}, {shown}", f"{laid} show {name}, {shown} on {easel.palette.ground.word}",
                                f"{a('mosaic')} of {name}: {laid} of {shown}")))
