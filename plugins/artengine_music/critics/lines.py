"""What the critics listen to: the leading line of a score, its bars, and how usual a figure is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import exp

from artengine.works import Note, Score


def voice_line(score: Score, voice: int) -> list[Note]:
    """One voice as a single line: the highest note of each chord, cut where the next begins."""
    top: dict[Fraction, Note] = {}
    for n in score.voice(voice):
        if n.onset not in top or n.pitch > top[n.onset].pitch:
            top[n.onset] = n
    notes = [top[t] for t in sorted(top)]
    ends = [*(n.onset for n in notes[1:]), notes[-1].onset + notes[-1].duration] if notes else []
    return [n._replace(duration=min(n.duration, end - n.onset)) for n, end in zip(notes, ends, strict=True)]


def melody(score: Score) -> list[Note]:
    """The leading line: that of the voice which lies highest, weighted by time."""
    heights: dict[int, tuple[float, float]] = {}
    for n in score:
        high, time = heights.get(n.voice, (0.0, 0.0))
        heights[n.voice] = (high + n.pitch * float(n.duration), time + float(n.duration))
    if not heights:
        return []
    return voice_line(score, max(heights, key=lambda v: heights[v][0] / heights[v][1]))


def by_bar(score: Score, line: Sequence[Note]) -> list[list[tuple[Fraction, Note]]]:
    """The notes of *line* by full bar, each with its time after the barline; the pick-up is left out."""
    lines = score.barlines[1 if score.pickup else 0:]
    out: list[list[tuple[Fraction, Note]]] = [[] for _ in lines]
    bar = -1
    for n in line:
        while bar + 1 < len(lines) and lines[bar + 1] <= n.onset:
            bar += 1
        if bar >= 0:
            out[bar].append((n.onset - lines[bar], n))
    return out


@dataclass(frozen=True, slots=True)
class Usual:
    """The range in which a figure lies for most real tunes, and how far outside it is still heard as music."""

    low: float
    middle: float
    """Where most tunes lie; at an end of the range where more (or less) is better."""
    high: float
    soft: float
    """Distance outside the range at which the mark has fallen to a third."""
    weight: float = 1.0

    def mark(self, figure: float) -> float:
        """1 in the middle, 0.9 at the ends of the range, falling smoothly to 0 outside."""
        outside = max(self.low - figure, figure - self.high, 0.0)
        side = self.high - self.middle if figure > self.middle else self.middle - self.low
        inside = min(1.0, abs(figure - self.middle) / side) if side else 0.0
        return (1 - 0.1 * inside**2) * exp(-1.1 * (outside / self.soft) ** 1.5)


def score_of(figures: Mapping[str, float], usual: Mapping[str, Usual]) -> tuple[float, dict[str, float]]:
    """(weighted geometric mean of the marks, marks by name): one bad mark cannot be bought back by many good ones.

    What *figures* leaves out is not asked for: a form of three bars says nothing of what returns.
    """
    marks = {name: u.mark(figures[name]) for name, u in usual.items() if name in figures}
    total = sum(usual[name].weight for name in marks)
    product = 1.0
    for name, mark in marks.items():
        product *= max(mark, 0.01) ** (usual[name].weight / total)
    return min(1.0, product), marks
