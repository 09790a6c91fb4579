"""Critic ``rhythm``: is the metre felt, do patterns return, and is there enough change to keep listening?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from fractions import Fraction
from math import log2
from typing import Any

from artengine.api import Judgement, Run
from artengine.marks import Usual, score_of
from artengine.models import Model
from artengine.works import Meter, Note, Score
from artengine_music.critics.lines import by_bar, melody

# Ranges that hold nine tenths of the even-numbered folk tunes; benchmarks/music_critics.py measures on the odd ones.
USUAL = {
    "beats": Usual(0.86, 1.0, 1.0, 0.2),
    "downbeats": Usual(0.97, 1.0, 1.0, 0.15),
    "hidden_beats": Usual(0.0, 0.0, 0.03, 0.1),
    "weight": Usual(0.03, 0.4, 2.3, 0.3, 0.7),
    "returning_patterns": Usual(0.5, 0.88, 1.0, 0.3),
    "distinct_patterns": Usual(0.1, 0.31, 0.65, 0.25, 0.7),
    "variety": Usual(0.2, 1.0, 2.1, 0.35, 0.7),
    "odd_values": Usual(0.0, 0.0, 0.1, 0.3, 0.5),
    "rests": Usual(0.0, 0.0, 0.2, 0.3, 0.5),
}


def figures(score: Score, line: Sequence[Note]) -> dict[str, float]:
    """The figures of a line of at least four notes."""
    meter = score.meter
    beat = meter.beat
    bars = [bar for bar in by_bar(score, line) if bar]
    # A beat is clear where a note begins on it, or on an earlier beat and holds: slow music may have a clear metre too.
    clear = sum(min(-(-n.duration // beat), (meter.bar - at) // beat) for bar in bars for at, n in bar if at % beat == 0)
    expected = len(bars) * max(1, meter.bar // beat)
    lengths = [n.duration for n in line]
    on = [float(n.duration / beat) for bar in bars for at, n in bar if at % beat == 0]
    off = [float(n.duration / beat) for bar in bars for at, n in bar if at % beat != 0]
    # A note from off a beat over the next beat, or over a barline, hides it.
    hidden = sum((at % beat) + n.duration > beat for bar in bars for at, n in bar if at % beat) \
        + sum(at + n.duration > meter.bar for bar in bars for at, n in bar if at % beat == 0)
    patterns = [tuple(at for at, _ in bar) for bar in bars]
    counts = Counter(patterns)
    kinds = Counter(lengths)
    entropy = -sum(c / len(lengths) * log2(c / len(lengths)) for c in kinds.values())
    out = {
        "beats": min(1.0, clear / max(1, expected)),
        "downbeats": sum(bar[0][0] == 0 for bar in bars) / max(1, len(bars)),
        "hidden_beats": hidden / len(lengths),
        "weight": (sum(map(log2, on)) / len(on) if on else 0.0) - (sum(map(log2, off)) / len(off) if off else -1.0),
        "variety": entropy,
        "odd_values": sum(d.denominator > 4 for d in lengths) / len(lengths),
        "rests": 1 - float(sum(lengths) / (score.length or Fraction(1))),
    }
    if len(bars) >= 4:
        out["returning_patterns"] = sum(c for c in counts.values() if c > 1) / len(bars)
        out["distinct_patterns"] = len(counts) / len(bars)
    return out


class Rhythm:
    """Judges the rhythm of the leading line against the metre."""

    def __init__(self, options: Any, run: Run, model: Model | None = None) -> None:
        pass

    def judge(self, works: Sequence[Score]) -> list[Judgement]:
        """One judgement per score."""
        return [self._one(work) for work in works]

    def _one(self, work: Score) -> Judgement:
        line = melody(work)
        if len(line) < 4:
            return Judgement(0.0, {}, ("There are too few notes to make a rhythm.",))
        found = figures(work, line)
        score, marks = score_of(found, USUAL)
        return Judgement(score, found, tuple(_remarks(found, marks, work.meter)))


def _remarks(found: dict[str, float], marks: dict[str, float], meter: Meter) -> list[str]:
    out = []
    bad = {name for name, mark in marks.items() if mark < 0.55}
    if {"beats", "downbeats"} & bad:
        out.append(f"The {meter} is hard to feel: {found['downbeats']:.0%} of the bars begin with a note, "
                   f"{found['beats']:.0%} of the beats are clear.")
    if "hidden_beats" in bad:
        out.append(f"{found['hidden_beats']:.0%} of the notes are held over a beat or a barline.")
    if "weight" in bad and found["weight"] < 0:
        out.append("The long notes fall on the weak places.")
    if {"returning_patterns", "distinct_patterns"} & bad:
        out.append(f"Only {found['returning_patterns']:.0%} of the bars have a rhythm that comes back."
                   if found["returning_patterns"] < 0.5 else "All bars have the same rhythm.")
    if "variety" in bad:
        out.append("Nearly all notes are equally long." if found["variety"] < 1 else "The note lengths follow no plan.")
    if "rests" in bad:
        out.append(f"{found['rests']:.0%} of the time is silence.")
    return out or [f"The {meter} is clear, and {found.get('returning_patterns', 1.0):.0%} of the bars share their rhythm."]
