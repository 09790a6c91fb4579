"""A Markov chain for artengine that learns melodies: which bar of rhythm follows which, and which note the last few notes.

This module describes the plugin and imports next to nothing, for every listing of plugins reads it. The work is done in
:mod:`.generator` (tunes to symbols), :mod:`.counting` (learning), :mod:`.chain` (what may follow what) and :mod:`.tune`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated

from artengine.api import Opt, Part, hookimpl


@dataclass(frozen=True)
class Options:
    """Fixed when a model is trained."""

    order: Annotated[int, Opt("Notes that the chain remembers at most.", min=1, max=6)] = 4


@dataclass(frozen=True)
class Controls:
    """Asked of one rendering."""

    bars: Annotated[int, Opt("Bars to write.", min=2, max=400)] = 16
    order: Annotated[int, Opt("Notes to remember: 1 wanders, 4 quotes; no more than the model learnt.", min=1, max=6)] = 3
    temperature: Annotated[float, Opt("Below 1 plays safe, above 1 takes risks.", min=0, max=5)] = 0.9
    form: Annotated[str, Opt("Phrases of four bars; the same letter is the same phrase.", metavar="LETTERS")] = "aaba"


@hookimpl
def artengine_parts() -> Iterable[Part]:
    """What this package offers."""
    yield Part(kind="generator", name="melody-markov", medium="music", target="melody_markov.generator:MarkovMelody",
               summary="Melodies from a Markov chain, trained in seconds.", options=Options, controls=Controls,
               tiny={"order": 2}, formats=("mid",))
