"""Critic ``likelihood``: how far a work surprises a model that has learnt its style."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite
from typing import Any

from artengine.api import Judgement, Run
from artengine.marks import HeldOut
from artengine.models import Model
from artengine.works import Score
from artengine_music.critics.company import model_with

QUANTILES = "held_out_quantiles"  # nats a note of the tunes the model was tested on, from the least to the greatest


class Likelihood:
    """Measures the mean surprise a note, in nats, against the tunes that were held out when the model was trained."""

    def __init__(self, options: Any, run: Run, model: Model | None = None) -> None:
        from artengine import plugins  # the engine's finder

        def suits(candidate: Model) -> bool:
            return QUANTILES in candidate.header and callable(
                getattr(plugins.target(plugins.load(candidate.part, "generator")), "score", None))

        self.model = model_with(model, suits, "likelihood")
        self.scorer = plugins.target(plugins.load(self.model.part, "generator"))(self.model, run)
        self.quantiles: list[float] = self.model.header[QUANTILES]

    def judge(self, works: Sequence[Score]) -> list[Judgement]:
        """One judgement per score."""
        return [self._one(*found) for found in self.scorer.score(works)]

    def _one(self, nats: float, notes: int) -> Judgement:
        if not notes or not isfinite(nats):
            name = self.model.name or self.model.part
            reason = f"The model {name} cannot read it: too few notes, or lengths and pitches that it never met."
            return Judgement(0.0, {}, (reason,))
        surprise, held_out = nats / notes, HeldOut(self.quantiles)
        score = held_out.score(surprise)
        more = held_out.above(surprise)
        aspects = {"nats_per_note": surprise, "held_out_above": more}
        remark = f"{surprise:.2f} nats a note: {more:.0%} of real tunes surprise the model more."
        if surprise < self.quantiles[0]:
            return Judgement(score, aspects, (remark, "It is more predictable than any of them."))
        if surprise > self.quantiles[-1]:
            return Judgement(score, aspects, (remark, "It is stranger to the model than any of them."))
        return Judgement(score, aspects, (remark,))
