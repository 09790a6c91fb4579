"""Critic ``image-originality``: is a picture one that its model learnt from, whole or in part?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from artengine.api import Judgement, Run
from artengine.errors import ArtengineError
from artengine.models import Model
from artengine.works import Image
from artengine_image.critics.company import shipped
from artengine_image.fingerprint import PREFIX, Fingerprint, Found

COPY, FREE = 0.4, 0.75  # of the usual distance of neighbours: nearer than the first is a copy, farther than the second new
_HOW = {"the same": "", "mirrored": ", mirrored", "upside down": ", upside down", "turned round": ", turned round",
        "in part": ", cut or changed"}


class Originality:
    """Looks for the nearest picture that its model learnt from, turned over, cut or recoloured."""

    def __init__(self, options: Any, run: Run, model: Model | None = None) -> None:
        def suits(one: Model) -> bool:
            return f"{PREFIX}hash" in one.weights

        if model is None:
            model = next(shipped(suits), None)
        if model is None or not suits(model):
            raise ArtengineError('The critic "image-originality" has no pictures to look for copies of.',
                                 "Name a model that was trained on pictures with --model, or leave the critic out.")
        self.corpus = Fingerprint(model.weights)
        self.classes = list(model.header.get("classes") or ())

    def judge(self, works: Sequence[Image]) -> list[Judgement]:
        """One judgement per picture."""
        return [self._one(work) for work in works]

    def _one(self, work: Image) -> Judgement:
        found = self.corpus.nearest(work.pixels)
        score = float(np.clip((found.apart - COPY) / (FREE - COPY), 0, 1))
        return Judgement(score, {"distance": found.apart}, tuple(self._remarks(found)))

    def _remarks(self, found: Found) -> list[str]:
        label = f" ({self.classes[found.label]})" if 0 <= found.label < len(self.classes) else ""
        which = f"picture {found.number:,} of the training corpus{label}{_HOW[found.how]}{', in a frame' * found.framed}"
        if found.apart < COPY:
            said = f"It is all but {which}."
        else:
            near = "nearer than" if found.apart < FREE else "as far as"
            said = f"The nearest is {which}: {near} neighbours of the corpus usually lie ({found.apart:.2f} times)."
        looked = len(self.corpus.numbers)
        few = [f"Only {looked:,} of the {self.corpus.of:,} pictures were looked through."] if looked < self.corpus.of else []
        return [said, *few]
