"""A picture as a function of place, in numpy: drawn at any size, some rows at a time.

Of a latent, convolutions make a coarse grid of features. At a place, cubic B-splines blend the features around it, so
smoothly that no cell of the grid can be seen; with sines and cosines of the place they go through layers of sines, which
draw the edges. The blending and the first layer are linear, and are done in the order that is cheapest.

Places are in pixels of the size that was learnt, from the top left corner.

Axes: H rows, W columns, C colours, F features, N neurons, G cells of the grid along a side.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from artengine_image import convolutions

Array = np.ndarray
CELL = 4  # pixels learnt that a cell of the grid has on a side
TILE = 1 << 16  # places at once: 16 MB a layer of 64 neurons
BLOCK = 1 << 23  # numbers of what the first layer makes of the grid, for some columns at once: 32 MB


def drawn(arrays: Mapping[str, Array], z: Array, rows: Array, columns: Array, extent: tuple[int, int],
          stopped: Callable[[], bool] = lambda: False, edges: float = 1.0) -> Array | None:
    """The picture of a latent at the places of *rows* × *columns*.  (d,), (H,), (W,) -> uint8 (H, W, C)

    :param extent: (H, W) that was learnt.
    :param edges: for a model with a palette, what chances are sharpened by.
    :param stopped: asked before each tile; once it is true, there is no picture.
    """
    grid = convolutions.decoder(arrays, "decoder.grid.", z)  # (F, Gh, Gw)
    first = arrays["decoder.first.weight"]  # (N, F + of rows + of columns)
    f, waves = len(grid), first.shape[1] - len(grid)
    down, across = first[:, f:f + waves // 2], first[:, f + waves // 2:]
    shift = arrays["decoder.first.bias"] + arrays["decoder.phase.weight"] @ z
    of_rows, blend = wave(rows, extent[0], min(extent)) @ down.T, splines(rows, grid.shape[1])  # (H, N), (H, Gh)
    palette = convolutions.palette(arrays, "decoder.palette", z, len(arrays["decoder.colours.weight"]))
    made = np.empty((len(rows), len(columns), (arrays["decoder.colours.weight"] if palette is None else palette.T).shape[0]),
                    np.uint8)
    wide = max(1, BLOCK // (len(first) * grid.shape[1]))
    for left in range(0, len(columns), wide):
        at = columns[left:left + wide]
        at_columns = np.tensordot(splines(at, grid.shape[2]), grid, (1, 2))  # (W, F, Gh)
        mixed = np.ascontiguousarray(np.tensordot(at_columns, first[:, :f], (1, 1)).transpose(1, 0, 2))  # (Gh, W, N)
        of_columns = wave(at, extent[1], min(extent)) @ across.T + shift  # (W, N)
        high = max(1, TILE // len(at))
        for top in range(0, len(rows), high):
            if stopped():
                return None
            some = slice(top, top + high)
            x = np.tensordot(blend[some], mixed, 1) + of_columns + of_rows[some, None]  # (h, w, N)
            made[some, left:left + wide] = _tile(arrays, x, palette, edges)
    return made


def _tile(arrays: Mapping[str, Array], x: Array, palette: Array | None, edges: float) -> Array:
    """Colours of places, given what the first layer makes of them.  (h, W, N) -> uint8 (h, W, C)"""
    shape, x = x.shape[:2], x.reshape(-1, x.shape[2])
    np.sin(x, out=x)
    i = 0
    while f"decoder.layers.{i}.weight" in arrays:
        x = x @ arrays[f"decoder.layers.{i}.weight"].T + arrays[f"decoder.layers.{i}.bias"]
        np.sin(x, out=x)
        i += 1
    colours = x @ arrays["decoder.colours.weight"].T + arrays["decoder.colours.bias"]
    if palette is not None:
        colours = convolutions.chances(colours, edges) @ palette
    colours = np.tanh(colours)
    return np.round((colours + 1) * np.float32(127.5)).astype(np.uint8).reshape(*shape, -1)


def splines(places: Array, cells: int) -> Array:
    """Weights of the cells of a row at places: uniform cubic B-splines, the last cell going on past the edge.  (P, G)

    They are at least 0, sum to 1, and change smoothly to the second derivative.
    """
    at = np.asarray(places, np.float64) / CELL - 0.5
    before = np.floor(at).astype(int)
    t = at - before
    weights = np.zeros((len(t), cells))
    bases = ((1 - t) ** 3, 3 * t ** 3 - 6 * t ** 2 + 4, -3 * t ** 3 + 3 * t ** 2 + 3 * t + 1, t ** 3)
    for offset, basis in zip((-1, 0, 1, 2), bases, strict=True):
        np.add.at(weights, (np.arange(len(t)), np.clip(before + offset, 0, cells - 1)), basis / 6)
    return weights.astype(np.float32)


def octaves(shorter: int) -> int:
    """Waves of 1, 2, 4… periods over the shorter side of so many pixels, the shortest of 8 pixels."""
    return max(1, int(np.log2(shorter / 8)) + 1)


def wave(places: Array, side: int, shorter: int) -> Array:
    """Sines and cosines of places along a side.  (P,) -> (P, 2 octaves)"""
    turns = (np.asarray(places, np.float64)[:, None] - side / 2) / shorter * 2.0 ** np.arange(octaves(shorter))
    return np.concatenate((np.sin(2 * np.pi * turns), np.cos(2 * np.pi * turns)), 1).astype(np.float32)


def places(learnt: int, wanted: int, step: float, mirror: bool = False) -> Array:
    """Where the *wanted* pixels of a side are looked up, *step* apart round the middle of what was learnt.  (wanted,)

    :param mirror: what lies past the edge is turned back, as by a mirror there.
    """
    at = learnt / 2 + (np.arange(wanted) + 0.5 - wanted / 2) * step
    return learnt - np.abs(np.mod(at, 2 * learnt) - learnt) if mirror else at
