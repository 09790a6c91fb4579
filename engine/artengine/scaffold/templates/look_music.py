"""What my-part looks at in a score."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

from artengine.works import Score

REMARKS = {"line": ("it leaps about", "it goes by step and sings"),
           "memory": ("hardly any figure comes back", "its figures come back"),
           "breath": ("its notes are all of one length", "long and short notes take turns")}
"""What a low and what a high figure mean."""


def look(work: Score) -> dict[str, float]:
    """Figures from 0 to 1 by name; none for a score too short to tell."""
    notes = work.voice(0)
    if len(notes) < 4:
        return {}
    steps = [b.pitch - a.pitch for a, b in pairwise(notes)]
    figures = Counter(pairwise(steps))
    again = sum(n for n in figures.values() if n > 1) / max(1, len(steps) - 1)
    lengths = Counter(note.duration for note in notes)
    return {"line": sum(abs(step) <= 4 for step in steps) / len(steps),
            "memory": min(1.0, again * 1.25),
            "breath": 1 - max(0.0, lengths.most_common(1)[0][1] / len(notes) - 0.5) * 2}
