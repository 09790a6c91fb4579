"""Critic ``style``: which school of the atelier a picture belongs to, how surely, and whether to its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from artengine.api import Judgement, Run
from artengine.models import Model
from artengine.pictures.eye import NONE, eye
from artengine.works import Image

USUAL = "school"  # the head that is asked where neither the work nor its model says another
BETWEEN = 0.7  # of the likeliest, below which the next is named as well


class Style:
    """Asks the eye to which of the classes it has learnt a picture belongs, or to none.

    The score is a probability: of the class that the work is labelled with, where it is one that the eye knows, else of the
    likeliest. Half-way between two schools is half a score; no school at all is none.
    """

    def __init__(self, options: Any, run: Run, model: Model | None = None) -> None:
        learnt = set(model.header.get("classes") or ()) if model is not None else set()
        self.usual = max(eye().heads, key=lambda head: (len(learnt & set(eye().heads[head])), head == USUAL))

    def judge(self, works: Sequence[Image]) -> list[Judgement]:
        """One judgement per picture."""
        features = eye().see(work.pixels for work in works)
        return [self._one(work, row[None]) for work, row in zip(works, features, strict=True)]

    def _one(self, work: Image, features: np.ndarray) -> Judgement:
        head, own = self._asked(work)
        classes = eye().heads[head]
        share = dict(zip(classes, eye().tell(features, head)[0].tolist(), strict=True))
        none = share.pop(NONE)
        first, second = sorted(share, key=lambda name: -share[name])[:2]
        aspects = {f"{head} {first}": share[first], NONE: none}
        what = f"{head} {first}"
        if own:
            aspects["as labelled"] = share[own]
            if own == first and share[own] >= none:
                return Judgement(share[own], aspects, (f"It looks like its own {head}, {own} ({share[own]:.0%}).",))
            instead = f"like {first} ({share[first]:.0%})" if share[first] > none else f"like no {head} ({none:.0%})"
            said = f"It was made as {own}, and looks {instead} rather than like that ({share[own]:.0%})."
            return Judgement(share[own], aspects, (said,))
        if none > share[first]:
            return Judgement(share[first], aspects, (f"It belongs to no {head} that is known ({none:.0%}).",))
        between = f", and something of {second} ({share[second]:.0%})" if share[first] < BETWEEN else ""
        return Judgement(share[first], aspects, (f"It is of the {what} ({share[first]:.0%}){between}.",))

    def _asked(self, work: Image) -> tuple[str, str]:
        """The head to ask of a work, and the class of its that the work should have, if it says."""
        for head, classes in eye().heads.items():
            if (own := work.labels.get(head, "")) in classes[1:]:
                return head, own
        own = next((value for value in work.labels.values() if value in eye().heads[self.usual][1:]), "")
        return self.usual, own
