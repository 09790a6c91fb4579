"""What my-part looks at in a text."""

from __future__ import annotations

import re
from statistics import mean, pstdev

from artengine.works import Text

REMARKS = {"variety": ("it keeps to few words", "hardly a word comes twice"),
           "evenness": ("its lines are of very different lengths", "its lines are of one length"),
           "echo": ("no line ends like another", "its lines end alike")}
"""What a low and what a high figure mean."""


def look(work: Text) -> dict[str, float]:
    """Figures from 0 to 1 by name; none for a text too short to tell."""
    words = re.findall(r"\w+", work.body.lower())
    if len(words) < 3:
        return {}
    lines = work.lines
    lengths = [len(line) for line in lines]
    ends = [re.sub(r"\W", "", line.lower())[-2:] for line in lines]
    return {"variety": len(set(words)) / len(words),
            "evenness": max(0.0, 1 - pstdev(lengths) / mean(lengths)),
            "echo": sum(ends.count(end) > 1 for end in ends) / len(ends)}
