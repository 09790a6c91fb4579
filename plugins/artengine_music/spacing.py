"""Where things stand along a line of music: columns within bars, bars within systems.

All widths are in staff spaces.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise

from artengine_music.pen import WIDTHS
from artengine_music.written import Bar, Event, Head

HEAD = WIDTHS["black"]
BAR_LEFT, BAR_RIGHT = 1.1, 0.5  # clear space after and before a barline


@dataclass
class Placed:
    """A bar with its columns."""

    bar: Bar
    times: list[Fraction]
    """Start of each column."""
    left: list[float]
    """Room each column needs before its heads, for accidentals."""
    right: list[float]
    """Room it needs after its heads' left edge."""
    springs: list[float]
    """Distance wanted from each column to the next (the last: to the barline)."""
    head: float
    """Width of what stands before the first column: barline space, changes of key and metre."""
    shifts: dict[tuple[int, int, Fraction], float] = field(default_factory=dict)
    """Displacement of a whole chord, by (staff, layer, start)."""

    @property
    def rods(self) -> list[float]:
        """Least distance from each column to the next."""
        out: list[float] = []
        for i, r in enumerate(self.right):
            following = self.left[i + 1] + 0.3 if i + 1 < len(self.right) else BAR_RIGHT
            out.append(r + following)
        return out

    def distances(self, stretch: float) -> list[float]:
        """Distances between columns with the springs drawn out by *stretch*."""
        return [max(rod, spring * stretch) for rod, spring in zip(self.rods, self.springs, strict=True)]

    def width(self, stretch: float) -> float:
        """Width from barline to barline."""
        return self.head + self.left[0] + sum(self.distances(stretch))


def spring(length: Fraction) -> float:
    """Distance a duration of *length* quarters takes: twice as long takes 1.4 times the room, as engravers do."""
    return float(3.05 * float(2 * length) ** 0.48)


def head_glyph(event: Event) -> str:
    """Glyph of the note heads of a chord."""
    return "breve" if event.value >= 8 else "whole" if event.value >= 4 else "half" if event.value >= 2 else "black"


def accidental_columns(heads: Sequence[Head]) -> list[tuple[Head, float]]:
    """(head, offset of the accidental's left edge from the heads), stacked leftwards where they would touch."""
    names = {-2: "double flat", -1: "flat", 0: "natural", 1: "sharp", 2: "double sharp"}
    columns: list[list[Head]] = []
    for h in sorted((h for h in heads if h.accidental is not None), key=lambda h: -h.step):
        free = next((c for c in columns if c[-1].step - h.step >= 6), None)
        if free is None:
            columns.append([h])
        else:
            free.append(h)
    # Heads a second apart may stand on the left of a stem.
    out, x = [], -0.22 - (HEAD if seconds(heads, False) else 0.0)
    for column in columns:
        width = max(WIDTHS[names[h.accidental or 0]] for h in column)
        out += [(h, x - WIDTHS[names[h.accidental or 0]]) for h in column]
        x -= width + 0.18
    return out


def seconds(heads: Sequence[Head], up: bool) -> set[int]:
    """Steps of the heads that go to the other side of the stem because their neighbour is in the way."""
    moved: set[int] = set()
    ordered = sorted((h.step for h in heads), reverse=not up)
    for a, b in pairwise(ordered):
        if abs(a - b) <= 1 and a not in moved:
            moved.add(b)
    return moved


def place(bar: Bar, head: float) -> Placed:
    """The columns of *bar*, *head* spaces after its barline."""
    voices = [events for layers in bar.staves for _, events in layers]
    times = sorted({e.start for events in voices for e in events if not e.whole_bar}) or [bar.start]
    index = {t: i for i, t in enumerate(times)}
    left, right = [0.0] * len(times), [HEAD] * len(times)
    placed = Placed(bar, times, left, right, [], head)
    for s, layers in enumerate(bar.staves):
        chords: dict[Fraction, list[tuple[int, Event]]] = {}
        for number, (_, events) in enumerate(layers):
            for e in events:
                if not e.whole_bar:
                    chords.setdefault(e.start, []).append((number, e))
        for start, found in chords.items():
            i = index[start]
            every = [h for _, e in found for h in e.heads]
            left[i] = max([left[i], *(-x for _, x in accidental_columns(every))])
            moved = 0.0
            if len(found) == 2 and all(e.heads for _, e in found):
                moved = _shift(found[0][1], found[1][1])
                if moved:
                    placed.shifts[s, found[1][0], start] = moved
            for _, e in found:
                room = WIDTHS[head_glyph(e)] if e.heads else 1.1
                if e.heads and seconds(e.heads, True):
                    room += HEAD
                if e.dots:
                    room += 0.75 * e.dots
                if e.heads and e.beam < 0 and e.value < 1:
                    room = max(room, HEAD + 1.0 * (len(layers) == 1 or found[0][1] is e))
                right[i] = max(right[i], room + moved)
    ends = [*times[1:], bar.start + bar.length]
    placed.springs = [spring(b - a) for a, b in zip(times, ends, strict=True)]
    return placed


def _shift(upper: Event, lower: Event) -> float:
    """How far the lower of two voices' chords moves right so that its heads do not cover the upper's."""
    gap = min(h.step for h in upper.heads) - max(h.step for h in lower.heads)
    if gap > 1:
        return 0.0
    single = len(upper.heads) == len(lower.heads) == 1
    if gap == 0 and single and head_glyph(upper) == head_glyph(lower) and upper.dots == lower.dots:
        return 0.0  # a unison: one head, two stems
    return HEAD + (0.15 if gap <= 0 else 0.0)


def systems(bars: Sequence[Placed], first: float, later: float, available: float) -> list[tuple[int, int, float]]:
    """Break *bars* into systems: (from, to, stretch), the line breaks chosen together so that no system is crowded or loose.

    *first* and *later* are the widths of clef and signatures on the first and the other systems.
    """
    n = len(bars)
    pickup = 1 if bars and bars[0].bar.number == 0 else 0
    best: list[tuple[float, int]] = [(0.0, 0)] + [(float("inf"), 0)] * n
    for start in range(n):
        if best[start][0] == float("inf"):
            continue
        rods = springs = first if start == 0 else later
        for end in range(start + 1, n + 1):
            rods += bars[end - 1].width(0.0)
            springs += bars[end - 1].width(1.0)
            if rods > available and end > start + 1:
                break
            slack = (available - springs) / available
            cost = 6 * (slack * 2.2) ** 2 if slack < 0 else (slack * 1.6) ** 2
            if end == n and start > 0:
                cost = cost * 0.5 if slack > 0 else cost
            count = end - start - (pickup if start == 0 else 0)
            # Phrases come in fours: lines of four or two bars let the eye see the form.
            cost += 0.0 if count % 4 == 0 else 0.4 if count % 2 == 0 else 0.7
            if best[start][0] + cost < best[end][0]:
                best[end] = (best[start][0] + cost, start)
    out: list[tuple[int, int, float]] = []
    end = n
    while end:
        start = best[end][1]
        room = available - (first if start == 0 else later)
        stretch = _stretch(bars[start:end], room)
        out.append((start, end, stretch))
        end = start
    out.reverse()
    # A last line much emptier than the one before it is spaced like that one, and ends where its music ends.
    like = max(1.35, 1.08 * out[-2][2]) if len(out) > 1 else 1.6
    if out[-1][2] > like:
        out[-1] = (*out[-1][:2], min(1.35, out[-2][2]) if len(out) > 1 else like)
    return out


def _stretch(bars: Sequence[Placed], room: float) -> float:
    low, high = 0.0, 12.0
    for _ in range(40):
        middle = (low + high) / 2
        if sum(b.width(middle) for b in bars) > room:
            high = middle
        else:
            low = middle
    return low
