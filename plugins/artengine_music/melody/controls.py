"""What can be asked of a melody when it is rendered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from artengine.api import Opt
from artengine.works.score import Score

MOST_BARS = 1000
SCALES = {
    "major": (0, 2, 4, 5, 7, 9, 11), "minor": (0, 2, 3, 5, 7, 8, 10), "harmonic-minor": (0, 2, 3, 5, 7, 8, 11),
    "dorian": (0, 2, 3, 5, 7, 9, 10), "phrygian": (0, 1, 3, 5, 7, 8, 10), "lydian": (0, 2, 4, 6, 7, 9, 11),
    "mixolydian": (0, 2, 4, 5, 7, 9, 10), "pentatonic": (0, 2, 4, 7, 9), "minor-pentatonic": (0, 3, 5, 7, 10),
    "blues": (0, 3, 5, 6, 7, 10), "whole-tone": (0, 2, 4, 6, 8, 10),
}


@dataclass(frozen=True)
class Controls:
    """Asked of one rendering."""

    bars: Annotated[int, Opt("Full bars to write, a primer's included.", min=1, max=MOST_BARS)] = 16
    key: Annotated[str, Opt('Key, such as "D", "F# minor" or "A dorian"; by default one it has learnt.', metavar="KEY")] = ""
    meter: Annotated[str, Opt('Metre, such as "6/8"; by default one it has learnt.', metavar="N/D")] = ""
    tempo: Annotated[float, Opt("Beats a minute (dotted ones in 6/8); 0 takes what suits.", min=0, max=600)] = 0.0
    temperature: Annotated[float, Opt("Below 1 plays safe, above 1 takes risks, 0 takes the likeliest.", min=0, max=5)] = 1.0
    top_k: Annotated[int, Opt("Draw from the K likeliest symbols only; 0 for all.", min=0)] = 0
    top_p: Annotated[float, Opt("Draw from the fewest symbols that hold this share of probability.", min=0.01, max=1)] = 1.0
    min_p: Annotated[float, Opt("Leave out symbols less likely than this share of the likeliest.", min=0, max=1)] = 0.02
    primer: Annotated[Score | None, Opt('Music to continue: a file, or notes such as "C4 D4 E4/2".', work="music")] = None
    scale: Annotated[str, Opt("Allow only the notes of this scale on the key's tonic.", choices=("any", *SCALES))] = "any"
    low: Annotated[str, Opt('Lowest note allowed, such as "G3" or 55.', metavar="NOTE")] = ""
    high: Annotated[str, Opt('Highest note allowed, such as "B5" or 83.', metavar="NOTE")] = ""
    ending: Annotated[bool, Opt("Close on the tonic, at a bar line.")] = True
