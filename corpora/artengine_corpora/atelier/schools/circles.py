"""Circles and arcs: halved and quartered rings, arcs from tile to tile, overlapping glass, discs packed tight, orbits."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np

from artengine_corpora.atelier.colour import Colour
from artengine_corpora.atelier.easel import Easel
from artengine_corpora.atelier.words import a, joined, sentence, several

GRAIN = 0.014


def _target(easel: Easel, x: float, y: float, radius: float, rings: int, parts: int, turn: float) -> None:
    """Rings round one middle, cut into halves or quarters whose colours change over."""
    tones = [*easel.palette.colours, easel.palette.ink, easel.palette.ground]
    edges = np.linspace(radius, 0, rings + 1)
    last: list[Colour] = []
    for outer, inner in pairwise(edges.tolist()):
        now: list[Colour] = []
        for part in range(parts):
            barred = {*last[part:part + 1], *now[-1:], *(now[:1] if part == parts - 1 else ())}
            if not last:
                barred.add(easel.palette.ground)  # the rim must close the figure
            tone = easel.pick([c for c in tones if c not in barred])
            now.append(tone)
            start = turn + part * 2 * math.pi / parts
            easel.canvas.sector(x, y, outer, inner, start, start + 2 * math.pi / parts, tone)
        last = now


def _rhythm(easel: Easel) -> str:
    """One great quartered target, and lesser ones that answer it."""
    s = easel.short
    count = easel.whole(2, 5)
    radius = easel.between(0.27, 0.38) * s
    x, y = easel.between(0.36, 0.64) * easel.wide, easel.between(0.36, 0.64) * easel.high
    placed = [(x, y, radius)]
    for _ in range(200):
        if len(placed) > count:
            break
        r = easel.between(0.05, 0.17) * s
        room = r + 0.06 * s
        px, py = easel.between(room, easel.wide - room), easel.between(room, easel.high - room)
        if all(math.hypot(px - ox, py - oy) > r + o * 1.02 for ox, oy, o in placed):
            placed.append((px, py, r))
    parts = easel.pick((1, 2, 4))
    for i, (px, py, r) in enumerate(placed):
        _target(easel, px, py, r, easel.whole(5, 8) if not i else easel.whole(2, 4), parts, easel.pick((0, math.pi / 4)))
    cut = {1: "whole", 2: "halved", 4: "quartered"}[parts]
    return f"{several(len(placed), f'{cut} target')} on {easel.palette.ground.word}, the largest of them leading"


def _tiles(easel: Easel) -> str:
    """Quarter rings from the corners of square tiles, joining into wandering bands."""
    count = easel.whole(4, 7)
    side = max(easel.wide, easel.high) / max(1, round(count * max(easel.wide, easel.high)))
    columns, rows = math.ceil(easel.wide / side - 1e-9), math.ceil(easel.high / side - 1e-9)
    left, top = (easel.wide - columns * side) / 2, (easel.high - rows * side) / 2
    bands = easel.whole(2, 4)
    tones = easel.colours(bands)
    ground = easel.palette.ground
    easel.canvas.fill(ground)
    for row in range(rows):
        for column in range(columns):
            x, y = left + column * side, top + row * side
            flip = easel.chance(0.5)
            corners = ((0, 0), (1, 1)) if flip else ((1, 0), (0, 1))
            if easel.chance(0.3):
                corners = corners[::-1]
            for cx, cy in corners:
                px, py = x + cx * side, y + cy * side
                start = {(0, 0): 0.0, (1, 0): 0.5, (1, 1): 1.0, (0, 1): 1.5}[cx, cy] * math.pi
                for band in range(bands):
                    width = side / (2 * bands + 1)
                    outer = side - width * (band * 2 + 1) + width * 0.5
                    tone = tones[min(band, bands - 1 - band)]  # alike from both sides, so that bands meet across the tiles
                    stop = start + math.pi / 2
                    easel.canvas.sector(px, py, outer + width * 0.5, outer - width * 0.62, start, stop, tone)
                    easel.canvas.sector(px, py, outer - width * 0.62, 0, start, stop, ground)
    return f"bands of {joined([t.word for t in tones])} wander through quarter circles"


def _glass(easel: Easel) -> str:
    """Discs of coloured glass that deepen where they overlap."""
    count = easel.whole(4, 9)
    s = easel.short
    easel.canvas.fill(easel.palette.ground)
    angle, spread = easel.between(0, math.pi), easel.between(0.16, 0.3)
    used = []
    for i in range(count):
        along = (i / max(1, count - 1) - 0.5) * 1.5 * spread * 2
        aside = float(easel.rng.normal(0, 0.09))
        x = easel.wide / 2 + (math.cos(angle) * along - math.sin(angle) * aside) * easel.wide
        y = easel.high / 2 + (math.sin(angle) * along + math.cos(angle) * aside) * easel.high
        radius = easel.pick((easel.between(0.06, 0.12), easel.between(0.13, 0.2), easel.between(0.22, 0.32))) * s
        x, y = float(np.clip(x, radius + 0.04 * s, easel.wide - radius - 0.04 * s)), float(
            np.clip(y, radius + 0.04 * s, easel.high - radius - 0.04 * s))
        tone = easel.palette.colours[i % len(easel.palette.colours)]
        used.append(tone.word)
        if easel.chance(0.22):
            easel.canvas.sector(x, y, radius, radius * 0.82, 0, 2 * math.pi, easel.palette.ink, 0.9)
        else:
            easel.canvas.disc(x, y, radius, tone, 0.72)
    easel.canvas.disc(easel.wide / 2 + easel.between(-0.2, 0.2) * s, easel.high / 2 + easel.between(-0.2, 0.2) * s,
                      easel.between(0.015, 0.035) * s, easel.palette.ink)
    return f"{several(count, 'disc')} of glass, {joined(used[:3])}, deepen where they cross"


def _packed(easel: Easel) -> str:
    """Discs of every size, packed until there is no room, some of them rings."""
    s, tones = easel.short, [*easel.palette.colours, easel.palette.ink]
    weights = [4, 3, 2, 2, 1, 1][:len(tones)]
    order = [tones[i] for i in easel.rng.permutation(len(tones))]
    tries = easel.rng.random((900, 2)) * (easel.wide, easel.high)
    round_frame = easel.chance(0.4) and easel.wide / easel.high < 1.6 and easel.high / easel.wide < 1.6
    largest, margin = easel.between(0.1, 0.2) * s, 0.06 * s
    gap = easel.between(0.003, 0.009) * s
    placed = np.zeros((0, 3))
    for x, y in tries.tolist():
        edge = min(x, y, easel.wide - x, easel.high - y) - margin
        if round_frame:
            edge = 0.44 * s - math.hypot(x - easel.wide / 2, y - easel.high / 2)
        near = float((np.hypot(placed[:, 0] - x, placed[:, 1] - y) - placed[:, 2]).min()) - gap if len(placed) else 1.0
        room = min(edge, near, largest)
        if room > 0.008 * s:
            placed = np.vstack([placed, (x, y, room)])
    for x, y, r in placed.tolist():
        tone = easel.pick(order, weights)
        easel.canvas.disc(x, y, r, tone)
        if r > 0.03 * s:
            style = easel.whole(0, 4)
            other = easel.pick([c for c in [*tones, easel.palette.ground] if c != tone])
            if style == 0:
                easel.canvas.disc(x, y, r * 0.62, other)
            elif style == 1:
                for part in (0.76, 0.5, 0.25):
                    easel.canvas.disc(x, y, r * part, other if part != 0.5 else tone)
            elif style == 2:
                turn = easel.whole(0, 3) * math.pi / 2 + math.pi / 4
                easel.canvas.sector(x, y, r, 0, turn, turn + math.pi, other)
    where = "within a greater circle" if round_frame else f"on {easel.palette.ground.word}"
    return f"{several(len(placed), 'disc')} packed {where}, mostly {joined([order[0].word, order[1].word])}"


def _orbits(easel: Easel) -> str:
    """Thin arcs round one middle, each carrying a small body."""
    s = easel.short
    x, y = easel.pick((0.382, 0.5, 0.618)) * easel.wide, easel.pick((0.382, 0.5, 0.618)) * easel.high
    count = easel.whole(5, 12)
    colours = easel.colours()
    reach = easel.between(0.55, 0.8)
    for i in range(count):
        radius = (0.1 + reach * (i / count) ** easel.pick((1.0, 1.15))) * s
        start, sweep = easel.between(0, 2 * math.pi), easel.pick((easel.between(0.6, 1.6), easel.between(2, 5), 2 * math.pi))
        tone = easel.palette.ink if easel.chance(0.35) else easel.pick(colours)
        broad = easel.pick((0.004, 0.01, 0.03), (3, 2, 1.3)) * s
        easel.canvas.sector(x, y, radius + broad / 2, radius - broad / 2, start, start + sweep, tone)
        for _ in range(easel.pick((0, 1, 2), (1, 2, 0.7))):
            at = start + easel.between(0, 1) * sweep
            easel.canvas.disc(x + radius * math.cos(at), y + radius * math.sin(at), easel.between(0.012, 0.04) * s,
                              easel.pick([*colours, easel.palette.ink]))
    core = easel.between(0.045, 0.085) * s
    easel.canvas.disc(x, y, core, colours[0])
    return f"{several(count, 'orbit')} about {a(f'{colours[0].word} body')} on {easel.palette.ground.word}"


def paint(easel: Easel) -> str:
    """One of five ways with a compass."""
    return sentence(easel.pick((_rhythm, _tiles, _glass, _packed, _orbits), (2.2, 1.6, 2, 2, 2))(easel))
