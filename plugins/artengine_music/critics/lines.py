"""What the critics listen to: the leading line of a score, and its bars."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from artengine.works import Note, Score
from artengine_music.theory import skyline


def voice_line(score: Score, voice: int) -> list[Note]:
    """One voice as a single line: the highest note of each chord, cut where the next begins."""
    return skyline(score.voice(voice))


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
