"""Woven textiles: real drafts (threading, treadling, tie-up) in twill, plaid and diamonds; stepped tapestry; ikat."""

from __future__ import annotations

import numpy as np

from artengine_corpora.atelier.colour import Colour, table
from artengine_corpora.atelier.easel import Easel
from artengine_corpora.atelier.words import joined, sentence, several

GRAIN = 0.014


def _stripes(easel: Easel, count: int, colours: list[Colour], mirrored: bool) -> np.ndarray:
    """Which colour each of *count* threads has: a sett of bands, repeated, mirrored as in a plaid.  (count,)"""
    wanted, sett = easel.whole(14, 30), []
    while len(sett) < wanted:
        sett += [easel.pick(range(len(colours)), [4, 3, 2, 1, 1][:len(colours)])] * easel.pick((1, 2, 3, 5, 8))
    if mirrored:
        sett = sett + sett[::-1]
    return np.resize(np.array(sett), count)


def _order(easel: Easel, count: int, shafts: int) -> tuple[str, np.ndarray]:
    """A threading (or treadling): straight, pointed, broken into runs, or in blocks."""
    kind = easel.pick(("straight", "pointed", "wandering", "blocks"))
    i = np.arange(count)
    if kind == "straight":
        return kind, i % shafts
    if kind == "pointed":
        run = shafts * easel.whole(1, 4)
        fold = np.abs(i % (2 * run - 2) - (run - 1)) if run > 1 else i
        return kind, fold % shafts
    if kind == "wandering":
        turns = easel.rng.random(count) < 0.08
        return kind, np.cumsum(np.where(np.cumsum(turns) % 2, 1, -1)) % shafts
    size = easel.whole(3, 8)
    return kind, (i % 2) + 2 * ((i // size) % (shafts // 2))


def _tie(easel: Easel, shafts: int) -> np.ndarray:
    """Which shafts each treadle lifts: an even twill, so that no thread floats far.  (shafts, shafts) bool"""
    run = easel.pick(((1, 1), (2, 2), (1, 3), (2, 1, 1, 0), (3, 1))) if shafts == 4 else easel.pick(
        ((2, 2, 2, 2), (3, 1, 1, 3), (4, 4), (1, 1, 3, 3), (2, 1, 2, 3)))
    row = np.concatenate([np.full(n, k % 2 == 0) for k, n in enumerate(run)])
    return np.stack([np.roll(np.resize(row, shafts), k) for k in range(shafts)])


def _motif(easel: Easel, rows: int, columns: int) -> tuple[str, np.ndarray]:
    """A stepped pattern for tapestry, index of the colour in each cell.  (rows, columns)"""
    size = easel.whole(8, 14)
    i, j = np.arange(columns)[None] - columns // 2, np.arange(rows)[:, None] - rows // 2
    bx, by = np.abs((i + size // 2) % size - size // 2), np.abs((j + size // 2) % size - size // 2)
    band = (j + rows) // size
    name = easel.pick(("stepped diamonds", "zigzags", "great diamond", "banded triangles", "crosses"))
    if name == "stepped diamonds":
        cells = ((bx + by) // 2 + band * easel.whole(0, 1)) % 5
    elif name == "zigzags":
        cells = (by // 2 * 0 + (np.abs(i % size - size // 2) + j + rows) // easel.whole(2, 4)) % 5
    elif name == "great diamond":
        cells = (np.abs(i) + np.abs(j)) // easel.whole(2, 5) % 5
    elif name == "banded triangles":
        cells = np.where(np.abs(i % size - size // 2) * 2 < (j + rows) % size, 1 + band % 3, 0 + (band % 2) * 4)
    else:
        cells = np.where((bx < 2) | (by < 2), np.where((bx < 1 + (by < 2)) & (by < 4) & (bx < 4), 1, 2), np.where(bx + by > size - 4, 3, 0))
    return name, np.asarray(np.broadcast_to(cells, (rows, columns))).astype(int)


def paint(easel: Easel) -> str:
    """A cloth of some fifty threads a side, laid on the paper or filling it."""
    palette = easel.palette
    short = easel.short
    laid = easel.chance(0.6) and short > 0.3
    inset = 0.085 * short if laid else -0.02
    left, top, right, bottom = inset, inset * 1.25 if laid else inset, easel.wide - inset, easel.high - (inset * 1.25 if laid else inset)
    colours = [palette.ink, *easel.colours(), palette.ground.lit(-0.05 if not palette.dark else 0.05)]
    rng_order = easel.rng.permutation(len(colours))
    colours = [colours[i] for i in rng_order]
    kind = easel.pick(("plaid", "draft", "tapestry", "ikat"), (2, 3, 2.5, 2))
    fine = easel.pick((40, 52, 64)) if kind != "tapestry" else easel.pick((36, 44, 52))
    if short < 0.3:
        fine = min(400, round(12 / short))
    columns, rows = max(2, round((right - left) * fine)), max(2, round((bottom - top) * fine))
    i, j = np.arange(columns)[None], np.arange(rows)[:, None]
    light = table([c.lit(0.02) for c in colours]).astype(np.float32)
    warp = weft = np.zeros((rows, columns), int)
    if kind == "plaid":
        up = (i + j) % 4 < 2
        sett = _stripes(easel, max(rows, columns), colours[:4], True)
        warp, weft = np.broadcast_to(sett[:columns][None], up.shape), np.broadcast_to(sett[:rows][:, None], up.shape)
        caption = f"plaid of {joined([colours[k].word for k in np.unique(sett)])}, woven in twill"
    elif kind == "draft":
        shafts = easel.pick((4, 8, 8))
        (threaded, threading), (trodden, treadling) = _order(easel, columns, shafts), _order(easel, rows, shafts)
        up = _tie(easel, shafts)[treadling][:, threading]
        a, b = colours[:2]
        others = sorted(colours[1:], key=lambda c: -abs(c.lightness - a.lightness))
        b = others[easel.whole(0, 1)]
        colours[:2] = [a, b]
        colours[2] = others[2]
        light = table([c.lit(0.02) for c in colours]).astype(np.float32)
        weft = np.broadcast_to(np.where((j // easel.whole(7, 16)) % 4 == 3, 2, 1) if easel.chance(0.45) else 1, up.shape)
        warp = np.zeros(up.shape, int)
        caption = f"{several(shafts, 'shaft')}, {threaded} threading, {trodden} treadling: {a.word} warp, {b.word} weft"
    elif kind == "tapestry":
        name, cells = _motif(easel, rows, columns)
        up = np.zeros(cells.shape, bool)
        weft = cells % len(colours)
        warp = weft
        caption = f"tapestry of {name} in {joined([colours[k].word for k in np.unique(weft)])}"
    else:
        name, cells = _motif(easel, rows, columns)
        shift = np.cumsum(easel.rng.integers(-1, 2, columns)) // 2 + easel.rng.integers(-1, 2, columns)
        cells = np.take_along_axis(cells, (j + shift[None]) % rows, 0)
        up = (i + j) % 2 == 0
        warp = cells % len(colours)
        up = np.where(easel.rng.random(up.shape) < 0.0, up, up | (j % 3 > 0))
        weft = np.full(cells.shape, 5 if len(colours) > 5 else 0)
        caption = f"ikat, {name} in {joined([colours[k].word for k in np.unique(warp)])}, its edges trembling"
    thread = easel.rng.normal(0, 0.035, (2, max(rows, columns)))
    ground = np.array(palette.ground.rgb, np.float32)
    edge = easel.canvas.pixel * 0.4

    def cloth(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        u, v = (x - left) / (right - left) * columns, (y - top) / (bottom - top) * rows
        c, r = np.clip(u.astype(int), 0, columns - 1), np.clip(v.astype(int), 0, rows - 1)
        fu, fv = u - np.floor(u) - 0.5, v - np.floor(v) - 0.5
        over = up[r, c]
        across, along = np.where(over, fu, fv), np.where(over, fv, fu)  # each thread is round, and dives at its ends
        shade = 1.04 - 0.75 * across**2 - 0.32 * along**2 + np.where(over, thread[0][c], thread[1][r])
        tone = light[np.where(over, warp[r, c], weft[r, c])] * shade[..., None].astype(np.float32)
        if not laid:
            return np.clip(tone, 0, 255).astype(np.uint8)
        outside = np.maximum(np.maximum(left - x, x - right), np.maximum(top - y, y - bottom))
        cover = np.clip(0.5 - outside / edge, 0, 1)[..., None]
        return np.asarray(np.clip(ground + (tone - ground) * cover, 0, 255).astype(np.uint8))

    easel.canvas.shade(cloth)
    if laid:
        for k in range(columns):
            tone = colours[int(warp[0, k])]
            x = left + (k + 0.5) * (right - left) / columns
            for y, way in ((top, -1), (bottom, 1)):
                end = y + way * inset * easel.between(0.45, 0.62)
                easel.canvas.ribbon([(x, y), (x + easel.between(-0.3, 0.3) / fine, end)], 0.45 / fine, tone)
        caption += ", with fringes"
    return sentence(caption)
