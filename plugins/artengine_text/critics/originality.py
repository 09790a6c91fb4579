"""Critic ``text-originality``: does a work quote the verse its model learnt from?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from artengine.api import Judgement, Run
from artengine.models import Model
from artengine.works import Text
from artengine_text.critics.company import Company
from artengine_text.fingerprint import WINDOW, Fingerprint, Overlap

FREE, COPY = 1.0, 4.0  # windows shared with one poem: up to the first it is common stock, from the second on a copy


class Originality:
    """Looks for the longest span that a work shares with one training poem, case, punctuation and line breaks aside."""

    def __init__(self, options: Any, run: Run, model: Model | None = None) -> None:
        self.company = Company(model, lambda m: "fingerprint.symbols" in m.weights, "text-originality")
        self._ready: dict[int, Fingerprint] = {}

    def judge(self, works: Sequence[Text]) -> list[Judgement]:
        """One judgement per text."""
        return [self._one(work) for work in works]

    def corpus(self, work: Text) -> Fingerprint:
        """The fingerprint that a work is held against."""
        model = self.company.of(work)
        if id(model) not in self._ready:
            self._ready[id(model)] = Fingerprint.from_arrays(model.weights)
        return self._ready[id(model)]

    def _one(self, work: Text) -> Judgement:
        corpus = self.corpus(work)
        found = corpus.overlap(work)
        longest = found.longest
        span = longest.characters if longest else 0
        aspects = {"longest_characters": float(span), "windows_found": found.share}
        if not found.characters:
            return Judgement(0.0, aspects, ("There are no words in it.",))
        score = (1 - _quoted(found)) * (1 - 0.3 * found.share)
        if longest is None:
            few = "words" if found.window == WINDOW else "characters"
            return Judgement(score, aspects, (f"No {corpus.least} {few} in a row stand in the training corpus.",))
        remark = f"Its longest span that is also in the training corpus, {span} characters from line {longest.line} on, " \
                 f"stands in {longest.where()}: “{longest.quoted()}”."
        stock = f"{found.share:.0%} of its windows of {found.window} characters stand there."
        return Judgement(score, aspects, (remark, stock))


def _quoted(found: Overlap) -> float:
    """0 for common stock, 1 for a copy: a short work is one when all of it is found, a long one when four windows are."""
    span = found.longest.characters / found.window if found.longest else 0.0
    limit = max(0.75, min(COPY, found.characters / found.window))
    free = min(FREE, 0.5 * limit)
    return min(1.0, max(0.0, (span - free) / (limit - free)))
