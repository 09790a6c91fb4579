"""Woven textiles: real drafts (threading, treadling, tie-up) in twill, plaid and diamonds; stepped tapestry; ikat."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from artengine_corpora.atelier.colour import Colour, table
from artengine_corpora.atelier.easel import Easel
from artengine_corpora.atelier.words import joined, sentence, several

GRAIN = 0.014


def _stripes(easel: Easel, count: int, colours: list[Colour], mirrored: bool) -> np.ndarray:
    """Which colour each of *count* threads has: a sett of bands, repeated, mirrored as in a plaid.  (count,)"""
    wanted = easel.whole(14, 30)
    sett: list[int] = []
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
        arms = np.where((bx < 1 + (by < 2)) & (by < 4) & (bx < 4), 1, 2)
        cells = np.where((bx < 2) | (by < 2), arms, np.where(bx + by > size - 4, 3, 0))
    return name, np.asarray(np.broadcast_to(cells, (rows, columns))).astype(int)


class _Cloth(NamedTuple):
    """What is to be woven: where the warp lies above, and the colour of warp and weft in each crossing.  (rows, columns)"""

    up: np.ndarray
    warp: np.ndarray
    weft: np.ndarray
    colours: list[Colour]
    caption: str


def _plaid(easel: Easel, rows: int, columns: int, colours: list[Colour]) -> _Cloth:
    """One sett of stripes both ways, in twill."""
    i, j = np.arange(columns)[None], np.arange(rows)[:, None]
    if max(colours[:4]).lightness - min(colours[:4]).lightness < 0.3:
        colours = [easel.palette.ink, *(colour for colour in colours if colour != easel.palette.ink)]
    sett = _stripes(easel, max(rows, columns), colours[:4], True)
    over = (i + j) % 4 < 2
    shown = joined([colours[k].word for k in np.unique(sett)])
    return _Cloth(over, np.broadcast_to(sett[:columns], over.shape), np.broadcast_to(sett[:rows, None], over.shape), colours,
                  f"plaid of {shown}, woven in twill")


def _draft(easel: Easel, rows: int, columns: int, colours: list[Colour]) -> _Cloth:
    """One warp, one weft (and now and then a band of another), their crossings drafted."""
    shafts = easel.pick((4, 8, 8))
    (threaded, threading), (trodden, treadling) = _order(easel, columns, shafts), _order(easel, rows, shafts)
    over = _tie(easel, shafts)[treadling][:, threading]
    first, *others = colours
    others.sort(key=lambda c: -abs(c.lightness - first.lightness))
    others.insert(0, others.pop(easel.whole(0, 1)))
    size = easel.whole(7, 16)
    bands = np.arange(rows)[:, None] // size % 4 == 3 if easel.chance(0.45) else np.zeros((rows, 1), bool)
    weft = np.broadcast_to(np.where(bands, 2, 1), over.shape)
    return _Cloth(over, np.zeros(over.shape, int), weft, [first, *others],
                  f"{several(shafts, 'shaft')}, {threaded} threading, {trodden} treadling: {first.word} warp, "
                  f"{others[0].word} weft")


def _tapestry(easel: Easel, rows: int, columns: int, colours: list[Colour]) -> _Cloth:
    """Weft alone is seen, turning back wherever the colour changes."""
    name, cells = _motif(easel, rows, columns)
    shown = joined([colours[k].word for k in np.unique(cells)])
    return _Cloth(np.zeros(cells.shape, bool), cells, cells, colours, f"tapestry of {name} in {shown}")


def _ikat(easel: Easel, rows: int, columns: int, colours: list[Colour]) -> _Cloth:
    """A warp dyed before it was strung, so that every thread has slipped a little."""
    name, cells = _motif(easel, rows, columns)
    slip = np.cumsum(easel.rng.integers(-1, 2, columns)) // 3 + easel.rng.integers(0, 2, columns)
    i, j = np.arange(columns)[None], np.arange(rows)[:, None]
    cells = np.take_along_axis(cells, (j + slip) % rows, 0)
    shown = joined([colours[k].word for k in np.unique(cells)])
    return _Cloth((i + j) % 4 > 0, cells, np.full(cells.shape, 5), colours, f"ikat, {name} in {shown}, its edges trembling")


def _fringe(easel: Easel, cloth: _Cloth, box: tuple[float, float, float, float], length: float) -> None:
    """The ends of the warp, at head and foot."""
    left, top, right, bottom = box
    space = (right - left) / cloth.warp.shape[1]
    for k, index in enumerate(cloth.warp[0].tolist()):
        x = left + (k + 0.5) * space
        for y, way in ((top, -1), (bottom, 1)):
            end = x + easel.between(-0.3, 0.3) * space, y + way * length * easel.between(0.45, 0.62)
            easel.canvas.ribbon([(x, y), end], 0.45 * space, cloth.colours[index])


def paint(easel: Easel) -> str:
    """A cloth of some fifty threads a side, laid on the paper or filling it."""
    palette, short = easel.palette, easel.short
    laid = easel.chance(0.6) and short > 0.3
    inset, head = (0.085 * short, 0.106 * short) if laid else (-0.02, -0.02)
    left, top, right, bottom = inset, head, easel.wide - inset, easel.high - head
    tones = [palette.ink, *easel.colours(), palette.ground.lit(0.05 if palette.dark else -0.05)]
    tones = [tones[k] for k in easel.rng.permutation(len(tones)).tolist()]
    weave = easel.pick((_plaid, _draft, _tapestry, _ikat), (2, 3, 2.5, 1.5))
    fine = easel.pick((36, 44, 52) if weave is _tapestry else (40, 52, 64))
    if short < 0.3:
        fine = min(400, round(12 / short))
    columns, rows = max(2, round((right - left) * fine)), max(2, round((bottom - top) * fine))
    cloth = weave(easel, rows, columns, tones)
    dyed = table([colour.lit(0.02) for colour in cloth.colours]).astype(np.float32)
    warped, wefted = dyed[cloth.warp], dyed[cloth.weft]
    spun = easel.rng.normal(0, 0.035, (2, max(rows, columns)))
    ground = np.array(palette.ground.rgb, np.float32)
    edge = easel.canvas.pixel * 0.4

    def shown(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        u, v = (x - left) / (right - left) * columns, (y - top) / (bottom - top) * rows
        c, r = np.clip(u.astype(int), 0, columns - 1), np.clip(v.astype(int), 0, rows - 1)
        fu, fv = u - np.floor(u) - 0.5, v - np.floor(v) - 0.5
        over = cloth.up[r, c]
        across, along = np.where(over, fu, fv), np.where(over, fv, fu)  # each thread is round, and dives at its ends
        shade = 1.04 - 0.75 * across**2 - 0.32 * along**2 + np.where(over, spun[0][c], spun[1][r])
        tone = np.where(over[..., None], warped[r, c], wefted[r, c]) * shade[..., None].astype(np.float32)
        if laid:
            outside = np.maximum(np.maximum(left - x, x - right), np.maximum(top - y, y - bottom))
            tone = ground + (tone - ground) * np.clip(0.5 - outside / edge, 0, 1)[..., None]
        return np.asarray(np.clip(tone, 0, 255).astype(np.uint8))

    easel.canvas.shade(shown)
    if laid:
        _fringe(easel, cloth, (left, top, right, bottom), inset)
    return sentence(f"{cloth.caption}{', with fringes' if laid else ''}")
