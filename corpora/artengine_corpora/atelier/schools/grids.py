"""Grids: rectangles divided and divided again, squares in squares, patchworks and streets seen from above."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from artengine_corpora.atelier.colour import Colour
from artengine_corpora.atelier.easel import Easel
from artengine_corpora.atelier.words import joined, sentence, several

GRAIN = 0.014
Box = tuple[float, float, float, float]  # x, y, width, height


def _divided(easel: Easel, box: Box, depth: int, least: float) -> list[Box]:
    x, y, w, h = box
    if depth == 0 or max(w, h) < 2.2 * least or (depth < 3 and easel.chance(0.16)):
        return [box]
    part = easel.pick((0.28, 0.36, 0.5, 0.618, 0.72))
    if w > h * easel.between(0.7, 1.4):
        return [*_divided(easel, (x, y, w * part, h), depth - 1, least),
                *_divided(easel, (x + w * part, y, w * (1 - part), h), depth - 1, least)]
    return [*_divided(easel, (x, y, w, h * part), depth - 1, least),
            *_divided(easel, (x, y + h * part, w, h * (1 - part)), depth - 1, least)]


def _panes(easel: Easel) -> str:
    """Dark bars between panes, a few of them coloured, the largest colour away from the middle."""
    palette, canvas = easel.palette, easel.canvas
    bar = easel.short * easel.pick((0.012, 0.02, 0.03))
    bleed = bar  # the outermost bars leave by the edge
    boxes = _divided(easel, (-bleed, -bleed, easel.wide + 2 * bleed, easel.high + 2 * bleed), easel.whole(4, 5), 0.1)
    order = sorted(range(len(boxes)), key=lambda i: -boxes[i][2] * boxes[i][3])
    coloured: dict[int, Colour] = {}
    colours = easel.colours()
    wanted = max(2, round(len(boxes) * easel.between(0.25, 0.42)))
    lead = order[easel.whole(0, min(2, len(order) - 1))]
    coloured[lead] = colours[0]
    for i in easel.rng.permutation(len(boxes)).tolist():
        if len(coloured) >= wanted:
            break
        area = boxes[i][2] * boxes[i][3]
        if i not in coloured and area < 0.14:
            coloured[i] = easel.pick([*colours[1:], palette.ink], (1, 1, 1, 1, 0.5))
    for i, (x, y, w, h) in enumerate(boxes):
        tint = palette.ground.mixed(palette.ink, easel.pick((0, 0, 0.05, 0.09)))
        canvas.rectangle(x, y, w, h, coloured.get(i, tint))
    for x, y, w, h in boxes:
        canvas.rectangle(x - bar / 2, y, bar, h, palette.ink)
        canvas.rectangle(x, y - bar / 2, w, bar, palette.ink)
    kept = joined([colour.word for colour in list(coloured.values())[:3]])
    return easel.pick((f"{several(len(boxes), 'pane')} between {palette.ink.word} bars, {kept} among them",
                       f"a window of {several(len(boxes), 'pane')}, the largest light {colours[0].word}",
                       f"{palette.ink.word} bars hold {kept}"))


def _nested(easel: Easel) -> str:
    """Squares within squares, resting low: four tones of one light, or several such windows."""
    canvas, palette = easel.canvas, easel.palette
    single = easel.chance(0.45)
    columns = 1 if single else easel.whole(2, 4)
    edge = easel.short * (0.08 if single else 0.07)
    cell = min((easel.wide - 2 * edge) / columns, easel.high - 2 * edge)
    rows = max(1, int((easel.high - 2 * edge) / cell + 1e-6))
    columns = max(columns, int((easel.wide - 2 * edge) / cell + 1e-6))
    left, top = (easel.wide - columns * cell) / 2, (easel.high - rows * cell) / 2
    steps = easel.whole(3, 4)
    low = easel.between(0.55, 0.75)
    for row in range(rows):
        for column in range(columns):
            tones = easel.colours(steps)
            if single or easel.chance(0.5):
                tones.sort(key=lambda colour: colour.lightness, reverse=easel.chance(0.5))
            gap = 0 if single else cell * 0.05
            for i, tone in enumerate(tones):
                inset = gap + (cell - 2 * gap) * 0.5 * i / steps * 0.95
                side = cell - 2 * inset
                down = (inset - gap) * (2 * low - 1)
                canvas.rectangle(left + column * cell + inset, top + row * cell + inset + down, side, side, tone)
    if single and rows * columns == 1:
        return f"{several(steps, 'square')}, one within the other, on {palette.ground.word}"
    return f"{several(rows * columns, 'window')} of nested squares on {palette.ground.word}"


def _patchwork(easel: Easel) -> str:
    """Hand-cut squares of colour, warm light moving over them, never two alike."""
    canvas, palette = easel.canvas, easel.palette
    count = easel.whole(5, 9)
    edge = 0.07 * easel.short
    columns = max(1, round(count * easel.wide))
    rows = max(1, round(count * easel.high))
    xs = _uneven(easel, columns) * (easel.wide - 2 * edge) + edge
    ys = _uneven(easel, rows) * (easel.high - 2 * edge) + edge
    sway = easel.rng.normal(0, 0.006, (rows + 1, columns + 1, 2)) * easel.short
    light, hue = easel.noise(), easel.noise()
    colours = easel.colours()
    gap = easel.pick((0.0, 0.004)) * easel.short
    split = easel.chance(0.5)
    for row in range(rows):
        for column in range(columns):
            u, v = column * 3.0 / count, row * 3.0 / count
            place = float(hue(u, v)) * 3 + easel.between(-0.9, 0.9) + 2
            tone = colours[int(np.clip(place, 0, len(colours) - 1))]
            tone = tone.lit(float(light(u * 0.7, v * 0.7)) * 0.08 + easel.between(-0.035, 0.035))
            corners = np.array([(xs[column + i] + sway[row + j, column + i, 0] + (gap if not i else -gap),
                                 ys[row + j] + sway[row + j, column + i, 1] + (gap if not j else -gap))
                                for i, j in ((0, 0), (1, 0), (1, 1), (0, 1))])
            canvas.polygon(corners, tone)
            if split and easel.chance(0.22):
                half = corners[[0, 1, 2]] if easel.chance(0.5) else corners[[1, 2, 3]]
                canvas.polygon(half, easel.pick(colours).lit(easel.between(-0.04, 0.04)))
    kind = "squares and triangles" if split else "hand-cut squares"
    return f"a patchwork of {kind} in {joined([colour.word for colour in colours[:3]])} on {palette.ground.word}"


def _uneven(easel: Easel, count: int) -> np.ndarray:
    steps = easel.rng.uniform(0.6, 1.4, count)
    return np.asarray(np.concatenate([[0], np.cumsum(steps)]) / steps.sum())


def _streets(easel: Easel) -> str:
    """Narrow coloured streets, lights where they cross, a few blocks between."""
    canvas, palette = easel.canvas, easel.palette
    count = easel.whole(5, 9)
    width = 0.028 * easel.between(0.7, 1.2)
    xs = np.sort(_uneven(easel, max(2, round(count * easel.wide)))[1:-1] + easel.rng.normal(0, 0.012)) * easel.wide
    ys = np.sort(_uneven(easel, max(2, round(count * easel.high)))[1:-1] + easel.rng.normal(0, 0.012)) * easel.high
    first, second, *others = easel.colours()
    blocks = 0
    for left, right in pairwise(xs.tolist()):
        for top, bottom in pairwise(ys.tolist()):
            if easel.chance(0.16):
                blocks += 1
                tone, inset = easel.pick([second, *others]), width * easel.pick((0.5, 1.2))
                w, h = right - left - 2 * inset, bottom - top - 2 * inset
                if min(w, h) > width / 2:
                    canvas.rectangle(left + inset, top + inset, w, h, tone)
                    if easel.chance(0.4) and min(w, h) > 2 * width:
                        canvas.rectangle(left + inset + w * 0.3, top + inset + h * 0.3, w * 0.4, h * 0.4, first)
    for x in xs:
        canvas.rectangle(x - width / 2, 0, width, easel.high, first)
    for y in ys:
        canvas.rectangle(0, y - width / 2, easel.wide, width, first)
    for along, places, vertical in ((ys, xs, True), (xs, ys, False)):
        side = easel.high if vertical else easel.wide
        for place in places:
            for at in np.concatenate([along, easel.rng.uniform(0, side, len(along) * 2)]):
                tone = easel.pick([*others, palette.ink, second])
                x, y = (place, at) if vertical else (at, place)
                canvas.rectangle(x - width / 2, y - width / 2, width, width, tone)
    streets = several(len(xs) + len(ys), "street")
    return f"{streets} in {first.word}, lit {others[0].word} at the crossings" + (
        f", and {several(blocks, 'block')} between" if blocks else "")


def paint(easel: Easel) -> str:
    """One of four ways to fill a grid."""
    way = easel.pick((_panes, _nested, _patchwork, _streets), (3, 1.5, 2.5, 2))
    return sentence(way(easel))
