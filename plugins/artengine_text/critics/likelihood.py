"""Critic ``text-likelihood``: how far a work surprises a model that has learnt its kind of verse."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite
from typing import Any

from artengine.api import Judgement, Run
from artengine.marks import HeldOut
from artengine.models import Model
from artengine.works import Text
from artengine_text.critics.company import Company

QUANTILES = "held_out_quantiles"  # nats a character of the poems the model was tested on, from the least to the greatest


class Likelihood:
    """Measures the mean surprise a character, in nats, against the poems that were held out when the model was trained."""

    def __init__(self, options: Any, run: Run, model: Model | None = None) -> None:
        from artengine import plugins  # the engine's finder

        def suits(candidate: Model) -> bool:
            return QUANTILES in candidate.header and callable(
                getattr(plugins.target(plugins.load(candidate.part, "generator")), "score", None))

        self.company = Company(model, suits, "text-likelihood")
        self.run = run

    def judge(self, works: Sequence[Text]) -> list[Judgement]:
        """One judgement per text."""
        from artengine import plugins  # as above

        by_model: dict[int, tuple[Model, list[int]]] = {}
        for i, work in enumerate(works):
            model = self.company.of(work)
            by_model.setdefault(id(model), (model, []))[1].append(i)
        judged: dict[int, Judgement] = {}
        for model, places in by_model.values():
            scorer = plugins.target(plugins.load(model.part, "generator"))(model, self.run)
            for i, found in zip(places, scorer.score([works[i] for i in places]), strict=True):
                judged[i] = verdict(model, *found)
        return [judged[i] for i in range(len(works))]


def verdict(model: Model, nats: float, characters: int) -> Judgement:
    """What a surprise of so many nats says of a text of so many characters."""
    name = model.name or model.part
    if not characters or not isfinite(nats):
        return Judgement(0.0, {}, (f"The model {name} cannot read it: it holds next to nothing that the model knows.",))
    surprise, held_out = nats / characters, HeldOut(model.header[QUANTILES])
    more = held_out.above(surprise)
    remark = f"{surprise:.2f} nats a character: {more:.0%} of real poems surprise the model {name} more."
    aspects = {"nats_per_character": surprise, "held_out_above": more}
    if surprise < held_out.quantiles[0]:
        return Judgement(held_out.score(surprise), aspects, (remark, "It is more predictable than any of them."))
    if surprise > held_out.quantiles[-1]:
        return Judgement(held_out.score(surprise), aspects, (remark, "It is stranger to the model than any of them."))
    return Judgement(held_out.score(surprise), aspects, (remark,))
