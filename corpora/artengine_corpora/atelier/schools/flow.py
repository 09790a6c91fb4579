"""Flow fields: ribbons that follow a current, each stopping where another already runs."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from artengine_corpora.atelier.colour import Colour
from artengine_corpora.atelier.easel import Easel
from artengine_corpora.atelier.words import joined, sentence, several

GRAIN = 0.014
_STEPS = 48
_CELLS = 150  # of the map of what is taken, along the frame unit
Field = Callable[[np.ndarray, np.ndarray], np.ndarray]


def _current(easel: Easel) -> tuple[str, Field]:
    """A field of angles in radians, and what it is called."""
    noise, size, turn = easel.noise(), easel.between(1.0, 2.4), easel.between(0.9, 2.2)
    lean = easel.between(0, 2 * math.pi)
    x0, y0 = easel.between(0.25, 0.75) * easel.wide, easel.between(0.25, 0.75) * easel.high
    kind = easel.pick(("current", "whirl", "folds", "delta", "tide"), (4, 2, 2, 1.5, 2))
    sharp = easel.pick((4, 6, 8))
    sway = easel.between(0.5, 1.1)

    def drift(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        return noise.fractal(x * size + 3, y * size + 5, 2) * turn

    fields: dict[str, Field] = {
        "current": lambda x, y: lean + drift(x, y) * 1.6,
        "whirl": lambda x, y: np.arctan2(y - y0, x - x0) + math.pi / 2 - 0.5 * sway + drift(x, y) * 0.35,
        "folds": lambda x, y: np.round((lean + drift(x, y) * 2.0) * sharp / math.pi) * math.pi / sharp,
        "delta": lambda x, y: np.arctan2(y - y0 * 0.3, x + 0.35) * 1.5 + drift(x, y) * 0.5,
        "tide": lambda x, y: lean + sway * np.sin(y * 7 * size / 2 + x * 2) + drift(x, y) * 0.5,
    }
    return kind, fields[kind]


class _Water:
    """The frame cut in small cells: which way the field runs in each, and which are taken by a ribbon."""

    def __init__(self, easel: Easel, field: Field, margin: float) -> None:
        self.size = np.array([easel.wide, easel.high])
        self.margin, self.pad = margin, 12
        wide, high = (np.ceil(self.size * _CELLS).astype(int) + 2 * self.pad).tolist()
        x = ((np.arange(wide) - self.pad + 0.5) / _CELLS).astype(np.float32)[None]
        y = ((np.arange(high) - self.pad + 0.5) / _CELLS).astype(np.float32)[:, None]
        angle = field(x, y)
        self.way = np.stack([np.cos(angle), np.sin(angle)], -1).reshape(-1, 2)
        self.marks = bytearray(high * wide)  # the same memory twice: single cells are read far quicker from bytes
        self.taken = np.frombuffer(self.marks, bool)
        self.wide, self.most = wide, high * wide - 1

    def cell(self, points: np.ndarray) -> np.ndarray:
        """Number of the cell of each point (..., 2)."""
        at = (points * _CELLS).astype(np.int32) + self.pad
        column = np.minimum(np.maximum(at[..., 0], 0), self.wide - 1)
        return np.asarray(np.minimum(np.maximum(at[..., 1] * self.wide + column, 0), self.most))

    def open(self, starts: np.ndarray, half: float) -> np.ndarray:
        """Those of *starts* about which nothing runs yet, *half* to each side."""
        cells, clear = self.cell(starts), np.ones(len(starts), bool)
        for probe in self.probes(half):
            clear &= ~self.taken[np.minimum(np.maximum(cells + probe, 0), self.most)]
        return np.asarray(starts[clear])

    def probes(self, half: float) -> tuple[int, ...]:
        """From a cell to itself and four others, *half* away."""
        reach = round(half * _CELLS)
        return 0, reach, -reach, reach * self.wide, -reach * self.wide

    def traced(self, starts: np.ndarray, step: float) -> np.ndarray:
        """Walk from every start both ways along the field.  (starts, 2 × _STEPS - 1, 2)"""
        halves = []
        for way in (-step, step):
            at, path = starts, []
            for _ in range(_STEPS):
                path.append(at)
                at = at + self.way[self.cell(at)] * way
            halves.append(np.array(path))
        return np.concatenate([halves[0][:0:-1], halves[1]]).transpose(1, 0, 2)

    def inside(self, paths: np.ndarray, half: float) -> np.ndarray:
        """Which points of *paths* (..., 2) leave the margin free."""
        room = self.margin + half
        return np.asarray(((paths > room) & (paths < self.size - room)).all(-1))

    def free(self, cells: np.ndarray, inside: np.ndarray, half: float) -> slice:
        """The longest stretch of a path about its middle with room for a ribbon, *half* as wide to each side."""
        middle, probes = len(cells) // 2, self.probes(half)
        start = int(cells[middle])
        for probe in probes:
            if self.marks[min(max(start + probe, 0), self.most)]:
                return slice(0, 0)  # soon told, for most that come late
        if not inside[middle]:
            return slice(0, 0)
        bad = ~inside
        for probe in probes:
            bad |= self.taken[np.minimum(np.maximum(cells + probe, 0), self.most)]
        blocked = np.flatnonzero(bad)
        place = int(np.searchsorted(blocked, middle))
        first = int(blocked[place - 1]) + 1 if place else 0
        return slice(first, int(blocked[place]) if place < len(blocked) else len(cells))

    def take(self, cells: np.ndarray, half: float) -> None:
        """Mark the cells under a ribbon."""
        reach = math.ceil(half * _CELLS)
        dx, dy = np.mgrid[-reach:reach + 1, -reach:reach + 1]
        under = (dx + dy * self.wide)[dx * dx + dy * dy <= (half * _CELLS + 0.4) ** 2]
        self.taken[np.clip(cells[:, None] + under, 0, self.most)] = True


def _tinter(easel: Easel) -> Callable[[float, float], Colour]:
    """How a ribbon's colour follows from where it starts: in regions, across the picture, or one for most and an accent."""
    colours = easel.colours()
    noise, way = easel.noise(), easel.pick(("regions", "across", "few"))
    main = [*colours[:2], easel.palette.ink]

    def tint(x: float, y: float) -> Colour:
        if way == "few":
            return colours[2] if easel.chance(0.07) else easel.pick(main, (4, 2, 1))
        if way == "across":
            place = (x / easel.wide) * len(colours) + float(easel.rng.normal(0, 0.6))
        else:
            place = (float(noise(x * 2.2, y * 2.2)) * 0.9 + 0.5) * len(colours)
            place += float(easel.rng.normal(0, 0.45))
        return colours[int(min(max(place, 0), len(colours) - 1))]

    return tint


def paint(easel: Easel) -> str:
    """Some hundreds of ribbons; broad ones first, thin ones where there is still room."""
    kind, field = _current(easel)
    style = easel.pick(("broad", "mixed", "fine", "beads"), (2, 3, 2, 1.2))
    widths = {"broad": (0.05, 0.032, 0.02), "mixed": (0.042, 0.018, 0.008), "fine": (0.011, 0.008),
              "beads": (0.03, 0.018)}[style]
    margin = easel.pick((-0.06, 0.07, 0.07)) * easel.short
    gap = easel.between(0.003, 0.008) if style != "fine" else easel.between(0.005, 0.010)
    scale = min(1.0, easel.short * 1.6)
    water, tint = _Water(easel, field, margin), _tinter(easel)
    drawn, colours = 0, []
    reach = easel.pick((0.35, 0.7, 1.0))
    for width in widths:
        width *= scale  # noqa: PLW2901 - narrow frames, narrow ribbons
        side = max(width * 1.4, 0.034 if style != "fine" else 0.03)
        columns, rows = max(1, int(easel.wide / side)), max(1, int(easel.high / side))
        grid = np.stack(np.meshgrid((np.arange(columns) + 0.5) / columns * easel.wide,
                                    (np.arange(rows) + 0.5) / rows * easel.high), -1).reshape(-1, 2)
        starts = easel.rng.permutation(grid + easel.rng.uniform(-0.5, 0.5, grid.shape) * side)
        paths = water.traced(water.open(starts, width / 2 + gap).astype(np.float32), reach / _STEPS)
        for path, cells, inside in zip(paths, water.cell(paths), water.inside(paths, width / 2), strict=True):
            half = width / 2
            part = water.free(cells, inside, half + gap)
            stretch = path[part]
            if len(stretch) * reach / _STEPS < max(2.5 * width, 0.03):
                continue
            colour = tint(float(stretch[0, 0]), float(stretch[0, 1]))
            water.take(cells[part], half)
            if style == "beads":
                pace = max(1, round(width * 1.15 / (reach / _STEPS)))
                for bx, by in stretch[::pace].tolist():
                    easel.canvas.disc(bx, by, half * 0.96, colour)
            else:
                easel.canvas.ribbon(stretch, width, colour)
            colours.append(colour.word)
            drawn += 1
    named = joined(sorted(set(colours), key=lambda word: -colours.count(word))[:3])
    thing = {"broad": "broad ribbon", "mixed": "ribbon", "fine": "thread", "beads": "string of beads"}[style]
    count = several(drawn, thing) if thing != "string of beads" else f"{several(drawn, 'string')} of beads"
    where = {"current": "in one current", "whirl": "turning about a still point", "folds": "folding at sharp angles",
             "delta": "spreading like a delta", "tide": "rolling in like a tide"}[kind]
    return sentence(f"{count} of {named}, {where}" if style != "beads" else f"{count} in {named}, {where}")
