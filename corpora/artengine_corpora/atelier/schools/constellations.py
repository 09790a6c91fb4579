"""Constellations: a night of stars, some joined by fine lines, on a chart's circles or over a dark land."""

from __future__ import annotations

import math

import numpy as np

from artengine_corpora.atelier.canvas import arc, turned
from artengine_corpora.atelier.colour import Colour
from artengine_corpora.atelier.easel import Easel
from artengine_corpora.atelier.noise import Noise, smooth
from artengine_corpora.atelier.palettes import PALETTES
from artengine_corpora.atelier.words import joined, number, sentence, several

GRAIN = 0.018
_DARK = [p for p in PALETTES if p.dark]
_CHARTS = [p for p in PALETTES if p.name in {"rice paper", "ochre and umber", "linen and sage", "north sea", "faded fresco",
                                             "dune", "graphite", "poster", "constructor"}]


def _tree(points: np.ndarray) -> list[tuple[int, int]]:
    """The shortest lines that join all points (Prim's minimum spanning tree)."""
    far = np.hypot(*(points[:, None] - points[None]).transpose(2, 0, 1))
    joined_, edges = [0], []
    while len(joined_) < len(points):
        rest = [i for i in range(len(points)) if i not in joined_]
        block = far[np.ix_(joined_, rest)]
        i, j = divmod(int(block.argmin()), len(rest))
        edges.append((joined_[i], rest[j]))
        joined_.append(rest[j])
    return edges


def _star(easel: Easel, x: float, y: float, size: float, rays: int) -> None:
    """A bright star: a small disc, with rays where it is of the first order."""
    tone = easel.palette.ink if easel.chance(0.75) else easel.palette.accent
    if rays:
        for k in range(rays):
            turn = k * math.pi * 2 / rays + math.pi / 2
            reach = size * (2.6 if k % 2 == 0 or rays == 4 else 1.5)
            side = size * 0.32
            tip = (x + reach * math.cos(turn), y + reach * math.sin(turn))
            dx, dy = -math.sin(turn) * side, math.cos(turn) * side
            easel.canvas.polygon([(x + dx, y + dy), tip, (x - dx, y - dy)], tone)
    easel.canvas.disc(x, y, size * (0.55 if rays else 0.8), tone)


def _figures(easel: Easel, count: int, chart: float) -> int:
    """Draw *count* constellations well apart; returns how many found room."""
    s = easel.short
    placed: list[tuple[np.ndarray, float]] = []
    middle = np.array([easel.wide, easel.high]) / 2
    for _ in range(count * 14):
        if len(placed) >= count:
            break
        size = easel.between(0.16, 0.3) * s * (1.25 if count < 3 else 1)
        room = size * 0.9 + 0.04 * s
        centre = np.array([easel.between(room, easel.wide - room), easel.between(room, easel.high - room)])
        if chart and np.hypot(*(centre - middle)) + size > chart:
            continue
        if all(np.hypot(*(centre - other)) > size + reach for other, reach in placed):
            placed.append((centre, size))
            _figure(easel, centre, size)
    return len(placed)


def _figure(easel: Easel, centre: np.ndarray, size: float) -> None:
    wanted, points = easel.whole(4, 9), np.zeros((0, 2))
    turn, flat = easel.between(0, math.pi), easel.between(0.45, 1.0)
    for p in easel.rng.uniform(-1, 1, (60, 2)):
        if len(points) < wanted and np.hypot(*p) < 1 and (not len(points) or np.hypot(*(points - p).T).min() > 0.42):
            points = np.vstack([points, p])
    c, s = math.cos(turn), math.sin(turn)
    points = (points * (1, flat)) @ np.array([[c, s], [-s, c]]) * size + centre
    edges = _tree(points)
    if len(points) > 4 and easel.chance(0.45):
        edges.append((0, len(points) - 1))
    fine = 0.0036 * easel.short
    tone = easel.palette.ink.mixed(easel.palette.ground, 0.35)
    for i, j in edges:
        way = points[j] - points[i]
        gap = way / max(float(np.hypot(*way)), 1e-9) * 0.016 * easel.short
        easel.canvas.ribbon([points[i] + gap, points[j] - gap], fine, tone)
    first = easel.whole(0, len(points) - 1)
    for k, (x, y) in enumerate(points.tolist()):
        size_ = (0.016 if k == first else easel.between(0.006, 0.011)) * easel.short
        _star(easel, x, y, size_, easel.pick((4, 8)) if k == first else 0)


def _sky(easel: Easel, dim: list[Colour]) -> int:
    """The night's gradient, a river of haze across it, and stars without a name; returns how many."""
    palette, canvas, s = easel.palette, easel.canvas, easel.short
    haze, fine = easel.noise(), easel.noise()
    lean, offset, band = easel.between(-1.2, 1.2), easel.between(-0.15, 0.15), easel.between(0.10, 0.2)
    strength = easel.between(0.35, 0.65) if palette.dark else 0.2

    def river(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        aside = ((y - easel.high / 2) * math.cos(lean) - (x - easel.wide / 2) * math.sin(lean)) / max(s, 0.3) - offset
        cloud = haze.fractal(x * 3, y * 3, 3)
        return strength * np.exp(-((aside + cloud * 0.12) / band) ** 2) * (0.75 + 0.5 * fine.fractal(x * 8, y * 8, 2))

    canvas.veil(lambda x, y: 0.5 * smooth(0, easel.high, y + 0 * x), dim[0], 4)
    canvas.veil(river, dim[1].mixed(palette.ink, 0.12), 4)
    count = easel.whole(160, 420)
    places = easel.rng.random((count, 2)) * (easel.wide, easel.high)
    sizes = np.clip(0.0012 / easel.rng.power(2.2, count), 0.0012, 0.0052) * s
    lights = [palette.ink.mixed(palette.ground, part) for part in (0, 0.14, 0.28, 0.42, 0.56)]
    for (x, y), size, k in zip(places.tolist(), sizes.tolist(), easel.rng.integers(0, 5, count).tolist(), strict=True):
        canvas.disc(x, y, size, lights[k])
    return count


def _chart(easel: Easel) -> float:
    """The circles of a star chart, divided at the rim; returns their radius."""
    canvas, s = easel.canvas, easel.short
    radius, x, y = 0.42 * s, easel.wide / 2, easel.high / 2
    tone = easel.palette.ink.mixed(easel.palette.ground, 0.5)
    for ring in (radius, radius * 1.04, radius * easel.between(0.5, 0.62)):
        canvas.ribbon(arc(x, y, ring, 0, 2 * math.pi, 160), 0.003 * s, tone)
    ticks = easel.pick((24, 36, 48))
    for k in range(ticks):
        inner = radius * (0.96 if k % 6 else 0.93)
        canvas.ribbon(turned([(inner, 0), (radius, 0)], k * 2 * math.pi / ticks, x, y), 0.003 * s, tone)
    off = easel.between(-0.25, 0.25) * s
    reach = math.sqrt(radius**2 - off**2)
    canvas.ribbon(turned([(-reach, off), (reach, off)], easel.between(0, math.pi), x, y), 0.0025 * s, tone)
    return radius


def _moon(easel: Easel) -> None:
    """Full or sickle, in its own light."""
    palette, canvas = easel.palette, easel.canvas
    x0, y0 = easel.between(0.18, 0.82) * easel.wide, easel.between(0.14, 0.4) * easel.high
    radius = easel.between(0.05, 0.1) * easel.short
    tone = palette.accent if easel.chance(0.6) else palette.ink
    if palette.dark:
        canvas.veil(lambda x, y: 0.3 * smooth(radius * 3.2, radius * 0.8, np.hypot(x - x0, y - y0)) ** 2, tone, 4)
    if easel.chance(0.45):
        canvas.disc(x0, y0, radius, tone)
        return
    inner = arc(0, 0, 1, math.pi / 2, -math.pi / 2, 40) * (easel.between(0.1, 0.75) * radius, radius)
    sickle = np.concatenate([arc(0, 0, radius, -math.pi / 2, math.pi / 2, 40), inner])
    canvas.polygon(turned(sickle, easel.between(-0.7, 0.7) + easel.pick((0, math.pi)), x0, y0), tone)


def _land(easel: Easel, dim: list[Colour]) -> None:
    """Two dark ridges along the foot."""
    palette = easel.palette
    near = palette.ground.lit(-0.05) if palette.dark else palette.ink
    for k, tone in enumerate((palette.ground.mixed(dim[0], 0.75), near)):
        ridge, base, pace = easel.noise(), easel.high * (0.8 + 0.09 * k), easel.between(1.8, 4)
        rough = easel.between(0.02, 0.07) * easel.high

        def cover(x: np.ndarray, y: np.ndarray, ridge: Noise = ridge, base: float = base, pace: float = pace,
                  rough: float = rough) -> np.ndarray:
            line = ridge(x * pace, y * 0 + 2) + 0.35 * ridge(x * pace * 4, y * 0 + 5) + 0.15 * ridge(x * 22, y * 0)
            return smooth(-0.001, 0.0016, y - base + rough * line)

        easel.canvas.veil(cover, tone, 1)


def paint(easel: Easel) -> str:
    """Sky, haze, small stars, figures; a chart, a horizon, or neither."""
    easel.choose(_DARK if easel.chance(0.72) else _CHARTS)
    palette = easel.palette
    kind = easel.pick(("chart", "land", "deep"))
    dim = sorted(palette.colours, key=lambda c: abs(c.lightness - palette.ground.lightness))
    stars = _sky(easel, dim)
    chart = _chart(easel) if kind == "chart" else 0.0
    moon = kind != "chart" and easel.chance(0.4)
    if moon:
        _moon(easel)
    found = _figures(easel, easel.whole(1, 4) if kind == "land" else easel.whole(2, 6), chart)
    if kind == "land":
        _land(easel, dim)
    parts = [several(found, "constellation") if found else "a field of stars", *(["a moon"] if moon else [])]
    land = easel.pick(("dark", "sleeping", "low"))
    where = {"chart": "on a star chart", "land": f"over a {land} land", "deep": "in deep sky"}[kind]
    told, sky = f"{joined(parts)} {where}", f"{palette.ground.word} {'night' if palette.dark else 'sky'}"
    return sentence(easel.pick((f"{told}, {palette.ink.word} on {palette.ground.word}",
                                f"{told}, among {number(stars)} lesser stars",
                                f"{number(stars)} stars of {sky}, and {told}")))
