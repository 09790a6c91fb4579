"""Paper cut-outs: leaves, seaweed, pebbles, birds and suns, scissored from painted sheets and laid on others."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from artengine_corpora.atelier.canvas import arc, outline, spline, turned
from artengine_corpora.atelier.colour import Colour
from artengine_corpora.atelier.easel import Easel
from artengine_corpora.atelier.words import joined, number, sentence, several

GRAIN = 0.02
Pieces = list[np.ndarray]  # closed outlines about the origin, reaching about 1 from it; one colour


def _finger(path: np.ndarray, widths: np.ndarray) -> np.ndarray:
    """A tongue of paper with a round tip."""
    tip, last = path[-1], path[-1] - path[-2]
    turn = math.atan2(last[1], last[0])
    cap = arc(tip[0], tip[1], float(widths[-1]) / 2, turn + math.pi / 2, turn - math.pi / 2, 12)
    edge = outline(path, widths / 2)
    return np.concatenate([edge[:len(path)], cap, edge[len(path):]])


def _seaweed(easel: Easel) -> Pieces:
    """A spine with fingers to both sides, longest below the middle."""
    bend, pairs = easel.between(-0.25, 0.25), easel.whole(3, 6)
    spine = spline([(0, 1), (bend, 0.2), (-bend * 0.6, -0.5), (bend * 0.3, -0.86)], 14)
    pieces = [_finger(spine, np.linspace(0.2, 0.15, len(spine)))]
    for k in range(pairs):
        t = (k + 0.6) / pairs
        at = spine[int((len(spine) - 1) * t * 0.94)]
        reach = (0.36 + 0.34 * math.sin(math.pi * (0.25 + 0.72 * t))) * easel.between(0.85, 1.1)
        for side in (-1, 1):
            lift = easel.between(0.3, 0.6)
            bow = np.array([(0, 0), (side * 0.6, -lift * 0.2), (side, -lift - 0.35)]) * reach
            path = spline(at + bow, 9)
            pieces.append(_finger(path, np.interp(np.linspace(0, 1, len(path)), [0, 0.6, 1], [0.13, 0.15, 0.19])))
    return pieces


def _leaf(easel: Easel) -> Pieces:
    """Two arcs that meet, with notches cut towards the vein."""
    wide, notches = easel.between(0.32, 0.5), easel.whole(3, 6)
    t = np.linspace(0, 1, 60)
    bite = 1 - 0.5 * np.clip(np.sin(t * notches * 2 * math.pi) ** 15, 0, 1) * (easel.chance(0.7))
    side = wide * np.sin(math.pi * t) ** 0.8 * bite
    y = 1 - 2 * t
    return [np.concatenate([np.stack([side, y], -1), np.stack([-side, y], -1)[::-1]])]


def _pebble(easel: Easel) -> Pieces:
    """A soft shape without corners."""
    angle = np.linspace(0, 2 * math.pi, 90, endpoint=False)
    far = np.ones(90)
    for k in (2, 3, 4, 5):
        far += easel.between(0.03, 0.34) / (k - 0.6) * np.sin(k * angle + easel.between(0, 6))
    return [np.stack([np.cos(angle), np.sin(angle)], -1) * (far / far.max())[:, None]]


def _sun(easel: Easel) -> Pieces:
    """A disc with wavering rays."""
    rays = easel.whole(7, 14)
    angle = np.linspace(0, 2 * math.pi, rays * 10, endpoint=False)
    wave = np.sin(rays * angle / 1.0) * 0.5 + 0.5
    far = easel.between(0.5, 0.66) + (1 - 0.6) * wave ** easel.between(0.6, 1.6)
    return [np.stack([np.cos(angle), np.sin(angle)], -1) * (far / far.max())[:, None]]


def _bird(easel: Easel) -> Pieces:
    """A bird in flight: body and two wings, of three curves."""
    lift, spread = easel.between(0.35, 0.75), easel.between(0.8, 1.0)
    body = spline([(-0.85, 0.25), (-0.3, 0.02), (0.4, -0.06), (0.92, -0.3)], 10)
    t = np.linspace(0, 1, len(body))
    pieces = [outline(body, (0.03 + 0.16 * np.sin(math.pi * t) ** 0.8))]
    for way, size in ((-1, 1.0), (-0.55, 0.9)):
        wing = spline([(0.22, 0.0), (0.0 + way * 0.1, -lift * size * 0.6), (way * spread * 0.8, -lift * size - 0.22)], 10)
        w = np.linspace(0, 1, len(wing))
        pieces.append(outline(wing, 0.19 * (1 - w) ** 0.6 + 0.01))
    return pieces


def _tulip(easel: Easel) -> Pieces:
    """A flower head of three points on its stem, with two leaves."""
    wide = easel.between(0.34, 0.46)
    cup = np.concatenate([spline([(-wide, -0.95), (-wide * 1.02, -0.5), (0, -0.12)], 10),
                          spline([(0, -0.12), (wide * 1.02, -0.5), (wide, -0.95)], 10),
                          [(wide * 0.48, -0.66), (0, -1.0), (-wide * 0.48, -0.66)]])
    stem = _finger(spline([(0, -0.15), (0.04, 0.4), (0, 0.95)], 8), np.full(17, 0.075))
    leaves = []
    for side in (-1, 1):
        path = spline([(0, 0.85), (side * 0.3, 0.4), (side * 0.42, -0.1)], 8)
        leaves.append(outline(path, 0.12 * np.sin(math.pi * np.linspace(0.1, 1, len(path))) ** 0.8))
    return [cup, stem, *leaves]


def _vase(easel: Easel) -> Pieces:
    """A vase, thrown on the wheel: one profile, twice."""
    neck, belly, foot = easel.between(0.16, 0.3), easel.between(0.45, 0.7), easel.between(0.22, 0.36)
    high = easel.between(0.1, 0.45)
    side = spline([(neck * 1.25, -1), (neck, -0.72), (belly, high), (foot, 1)], 12)
    return [np.concatenate([side, (side * (-1, 1))[::-1]])]


_SHAPES: dict[str, Callable[[Easel], Pieces]] = {
    "seaweed": _seaweed, "leaf": _leaf, "pebble": _pebble, "sun": _sun, "bird": _bird, "tulip": _tulip, "vase": _vase}
_PLURALS = {"seaweed": "seaweeds", "leaf": "leaves"}


def _place(easel: Easel, pieces: Pieces, x: float, y: float, size: float, turn: float, colour: Colour) -> None:
    """Lay the pieces down: first their shadow, then the paper, its edge a little uneven from the scissors."""
    lift = 0.006 * easel.short
    laid = [turned(piece * size + easel.rng.normal(0, 0.004, piece.shape) * size, turn, x, y) for piece in pieces]
    for piece in laid:
        easel.canvas.polygon(piece + lift, Colour(0.15, 0.02, 260), 0.16)
    for piece in laid:
        easel.canvas.polygon(piece, colour)


def _contrast(easel: Easel, ground: Colour) -> Colour:
    """A sheet that stands out from *ground*."""
    sheets = [*easel.palette.colours, easel.palette.ink, easel.palette.ground]
    sheets.sort(key=lambda c: -abs(c.lightness - ground.lightness) - float(np.hypot(*(c.lab - ground.lab)[1:])))
    return easel.pick(sheets[:3], (3, 2, 2))


def _panels(easel: Easel) -> str:
    """Painted sheets side by side, one motif on each."""
    edge = 0.055 * easel.short
    cell = easel.pick((0.33, 0.45, 0.5)) * min(1.0, max(easel.short, 0.1) * 1.2)
    columns, rows = max(1, min(30, round(easel.wide / cell))), max(1, min(30, round(easel.high / cell)))
    w, h = (easel.wide - 2 * edge) / columns, (easel.high - 2 * edge) / rows
    kinds = [easel.pick(list(_SHAPES)) for _ in range(easel.whole(1, 3))]
    last: Colour | None = None
    shown = []
    for row in range(rows):
        for column in range(columns):
            sheet = easel.pick([c for c in [*easel.palette.colours, easel.palette.ink] if c != last])
            last = sheet
            x, y = edge + column * w, edge + row * h
            sway = easel.rng.normal(0, 0.004, (4, 2)) * easel.short
            easel.canvas.polygon(np.array([(x, y), (x + w, y), (x + w, y + h), (x, y + h)]) + sway, sheet)
            kind = easel.pick(kinds)
            shown.append(kind)
            tilt = easel.between(-0.35, 0.35) + (math.pi if kind == "seaweed" and easel.chance(0.2) else 0)
            _place(easel, _SHAPES[kind](easel), x + w / 2, y + h / 2, min(w, h) * easel.between(0.34, 0.42), tilt,
                   _contrast(easel, sheet))
    named = joined([_PLURALS.get(kind, f"{kind}s") for kind in shown])
    return f"{named} on {several(rows * columns, 'painted sheet')}"


def _scattered(easel: Easel) -> str:
    """One great field, shapes drifting over it."""
    sheet = easel.pick([*easel.palette.colours, easel.palette.ground, easel.palette.ground])
    if easel.chance(0.6):
        edge = 0.055 * easel.short
        easel.canvas.rectangle(edge, edge, easel.wide - 2 * edge, easel.high - 2 * edge, sheet)
    else:
        easel.canvas.fill(sheet)
    kinds = [easel.pick(("seaweed", "leaf", "pebble", "bird", "sun")) for _ in range(easel.pick((1, 2, 2)))]
    wanted = easel.whole(4, 14)
    tones = [_contrast(easel, sheet) for _ in range(3)]
    placed: list[tuple[float, float, float]] = []
    largest = 0.28 * easel.short * min(1.0, 2.6 / math.sqrt(wanted))
    for _ in range(400):
        if len(placed) >= wanted:
            break
        size = largest * easel.pick((1.0, 0.72, 0.5)) * (1.25 if not placed else 1)
        room = size + 0.06 * easel.short
        if 2 * room > easel.short:
            continue
        x, y = easel.between(room, easel.wide - room), easel.between(room, easel.high - room)
        if all(math.hypot(x - ox, y - oy) > 0.9 * (size + other) for ox, oy, other in placed):
            kind = easel.pick(kinds)
            turn = easel.between(-0.7, 0.7) if kind != "leaf" else easel.between(0, 6.3)
            _place(easel, _SHAPES[kind](easel), x, y, size, turn, easel.pick(tones, (3, 2, 1)))
            placed.append((x, y, size))
    named = joined([_PLURALS.get(kind, f"{kind}s") for kind in kinds])
    return easel.pick((f"{named}, {number(len(placed))} in all, adrift on {sheet.word}",
                       f"{several(len(placed), 'shape')}, {named}, on {sheet.word}"))


def _still(easel: Easel) -> str:
    """A still life: a wall, a table, a vase and what it holds, fruit beside it."""
    s = easel.short
    wall, table_, *others = easel.colours()
    easel.canvas.fill(wall)
    line = easel.between(0.62, 0.72) * easel.high
    easel.canvas.rectangle(0, line, easel.wide, easel.high - line, table_)
    x, base = easel.between(0.36, 0.64) * easel.wide, line + easel.between(0.09, 0.16) * easel.high
    size = easel.between(0.17, 0.22) * s
    stems = easel.whole(1, 4)
    kind = easel.pick(("seaweed", "leaf", "tulip"))
    held_tones: list[Colour] = []
    for k in range(stems):
        lean = (k - (stems - 1) / 2) * 0.55 + easel.between(-0.1, 0.1)
        reach = easel.between(0.13, 0.17) * s
        foot = np.array([x, base - 1.85 * size])
        at = foot + np.array([math.sin(lean), -math.cos(lean)]) * reach * 0.8
        held_tones.append(_contrast(easel, wall))
        _place(easel, _SHAPES[kind](easel), float(at[0]), float(at[1]), reach, lean, held_tones[-1])
    clay = easel.pick([c for c in [*others, easel.palette.ink, easel.palette.ground] if c not in held_tones])
    _place(easel, _vase(easel), x, base - size, size, 0, clay)
    fruit = easel.whole(1, 3)
    for k in range(fruit):
        r = easel.between(0.05, 0.075) * s
        fx = x + (0.26 + 0.13 * k) * s * (1 if x < easel.wide / 2 else -1)
        _place(easel, _pebble(easel), fx, base - r * 0.4 + 0.03 * s * (k % 2), r, easel.between(0, 6), easel.pick(others))
    held = _PLURALS.get(kind, f"{kind}s") if stems > 1 else f"one {kind}"
    return f"a vase with {held} and {several(fruit, 'fruit')} on {table_.word}, before {wall.word}"


def paint(easel: Easel) -> str:
    """Sheets with a motif each, shapes adrift, or a still life."""
    return sentence(easel.pick((_panels, _scattered, _still), (2.5, 2.5, 1.8))(easel))
