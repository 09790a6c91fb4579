"""Critic ``melody``: does the leading line sing: steps and leaps, range, shape, motifs that come back?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from artengine.api import Judgement, Run
from artengine.marks import Usual, score_of
from artengine.models import Model
from artengine.works import Note, Score
from artengine_music.critics.lines import by_bar, melody

# Ranges that hold nine tenths of the even-numbered folk tunes; benchmarks/music_critics.py measures on the odd ones.
USUAL = {
    "steps": Usual(0.33, 0.53, 0.72, 0.13),
    "repeated_notes": Usual(0.0, 0.08, 0.22, 0.2, 0.5),
    "wide_leaps": Usual(0.0, 0.03, 0.11, 0.1),
    "mean_interval": Usual(1.9, 2.6, 3.6, 1.0),
    "recovery": Usual(0.6, 1.0, 1.0, 0.4, 0.4),
    "range": Usual(9, 17, 24, 6, 0.6),
    "turns": Usual(0.34, 0.49, 0.63, 0.1),
    "motif": Usual(0.17, 0.41, 0.66, 0.12, 1.3),
    "commonest_bar": Usual(0.0, 0.16, 0.3, 0.15),
}


def figures(score: Score, line: Sequence[Note]) -> dict[str, float]:
    """The figures of a line of at least four notes."""
    pitches = [n.pitch for n in line]
    moves = [b - a for a, b in pairwise(pitches)]
    sizes = [abs(m) for m in moves]
    leaps = [i for i, s in enumerate(sizes[:-1]) if s >= 7]
    # A leap is recovered by turning back, by a step, or by staying.
    recovered = sum(moves[i + 1] * moves[i] <= 0 or sizes[i + 1] <= 2 for i in leaps)
    going = [m for m in moves if m]
    turns = sum(a * b < 0 for a, b in pairwise(going))
    cells = [tuple(x) for x in zip(moves, moves[1:], moves[2:], strict=False)]
    bars = [tuple((at, n.pitch - bar[0][1].pitch) for at, n in bar) for bar in by_bar(score, line) if bar]
    counts = Counter(bars)
    common = counts.most_common(1)[0][1] if bars else 0
    out = {
        "steps": sum(1 <= s <= 2 for s in sizes) / len(sizes),
        "repeated_notes": sum(s == 0 for s in sizes) / len(sizes),
        "wide_leaps": sum(s > 7 for s in sizes) / len(sizes),
        "mean_interval": sum(sizes) / len(sizes),
        "recovery": recovered / len(leaps) if leaps else 1.0,
        "range": float(max(pitches) - min(pitches)),
        "turns": turns / max(1, len(going) - 1),
    }
    if len(cells) >= 16:
        out["motif"] = 1 - len(set(cells)) / len(cells)
    if len(bars) >= 4:
        out["returning_bars"] = sum(c for c in counts.values() if c > 1) / len(bars)
        out["commonest_bar"] = common / len(bars)
    return out


class Melody:
    """Judges the leading line: the highest voice."""

    def __init__(self, options: Any, run: Run, model: Model | None = None) -> None:
        pass

    def judge(self, works: Sequence[Score]) -> list[Judgement]:
        """One judgement per score."""
        return [self._one(work) for work in works]

    def _one(self, work: Score) -> Judgement:
        line = melody(work)
        if len(line) < 4:
            return Judgement(0.0, {}, ("There are too few notes to make a melody.",))
        found = figures(work, line)
        score, marks = score_of(found, USUAL)
        return Judgement(score, found, tuple(_remarks(found, marks)))


def _remarks(found: dict[str, float], marks: dict[str, float]) -> list[str]:
    out = []
    bad = {name for name, mark in marks.items() if mark < 0.55}
    if "steps" in bad and found["repeated_notes"] > 0.5:
        out.append(f"It hardly moves: {found['repeated_notes']:.0%} of the notes repeat the one before.")
    elif "steps" in bad and found["steps"] < USUAL["steps"].low:
        out.append(f"Only {found['steps']:.0%} of the moves are steps; tunes that sing have about a half.")
    elif "steps" in bad:
        out.append(f"It moves almost only by step ({found['steps']:.0%}); a leap now and then would give it a face.")
    if "wide_leaps" in bad:
        out.append(f"{found['wide_leaps']:.0%} of the moves are wider than a fifth.")
    if "recovery" in bad:
        out.append(f"Only {found['recovery']:.0%} of the leaps turn back or go on by step.")
    if "range" in bad:
        size = "wide" if found["range"] > USUAL["range"].middle else "narrow"
        out.append(f"Its range of {found['range']:.0f} semitones is {size} for a tune.")
    if "turns" in bad:
        out.append("The line zigzags without going anywhere." if found["turns"] > 0.6 else "The line hardly turns.")
    if "motif" in bad or "commonest_bar" in bad:
        little = found.get("motif", 1.0) < USUAL["motif"].low
        out.append("Hardly any figure comes back, so there is nothing to remember." if little
                   else "It says the same thing over and over.")
    return out or [f"It sings: {found['steps']:.0%} steps, a range of {found['range']:.0f} semitones, figures that return."]
