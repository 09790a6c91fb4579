"""Critic ``discriminator``: would the player that was trained against a generator take the picture for one of the corpus?"""

from __future__ import annotations

from collections.abc import Sequence
from math import exp
from typing import TYPE_CHECKING, Any

from artengine.api import Judgement, Run
from artengine.errors import ArtengineError
from artengine.marks import HeldOut
from artengine.works import Image
from artengine_image.critics.company import shipped

if TYPE_CHECKING:
    from artengine.models import Model

QUANTILES = "held_out_logits"  # of pictures that were not trained on, from the least to the greatest
GENERATOR = "image-gan"


class Discriminator:
    """Compares a picture's logit with those of the pictures that were held out when the model was trained.

    :raises ArtengineError: where neither the model that made the works nor any that ships has a discriminator.
    """

    def __init__(self, options: Any, run: Run, model: Model | None = None) -> None:
        from artengine import plugins  # the engine's finder

        def suits(one: Model) -> bool:
            return one.part == GENERATOR and QUANTILES in one.header

        found = model if model is not None and suits(model) else next(shipped(suits), None)
        if found is None:
            raise ArtengineError('The critic "discriminator" has no model to measure by.',
                                 f"Name one of {GENERATOR} with --model, or leave the critic out.")
        self.generator = plugins.target(plugins.load(GENERATOR, "generator"))(found, run)
        self.name = found.name or found.part
        self.held_out = HeldOut([-logit for logit in found.header[QUANTILES][::-1]])

    def judge(self, works: Sequence[Image]) -> list[Judgement]:
        """One judgement per picture."""
        return [self._judged(float(self.generator.logit(work))) for work in works]

    def _judged(self, logit: float) -> Judgement:
        q = self.held_out.quantiles
        middle, odd = q[len(q) // 2], q[round(0.9 * (len(q) - 1))]
        # 0.88 for what looks as real as the median, 0.5 for what looks less so than nine of ten.
        score = 1 / (1 + exp(max(-50.0, min(50.0, 2 * (-logit - odd) / max(odd - middle, 1e-3)))))
        less = self.held_out.above(-logit)
        remarks = [f"To the discriminator of {self.name}, {less:.0%} of the pictures it was tested on look less real."]
        if less == 0:
            remarks.append("It knows no picture that looks so little like the corpus.")
        return Judgement(score, {"logit": logit, "held_out_below": less}, tuple(remarks))
