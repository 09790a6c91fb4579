"""Critic ``originality``: does a work quote the tunes its model learnt from?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from artengine.api import Judgement, Run
from artengine.models import Model
from artengine.works import Score
from artengine_music.critics.company import model_with

PREFIX = "fingerprint."
FREE, COPY = 2.0, 8.0  # bars shared with one tune: up to the first it is common stock, from the second on a copy


class Originality:
    """Looks for the longest run of notes that a work shares with one training tune, in any key and tempo."""

    def __init__(self, options: Any, run: Run, model: Model | None = None) -> None:
        from artengine_music.fingerprint import Fingerprint

        self.model = model_with(model, lambda m: PREFIX + "steps" in m.weights, "originality")
        self.corpus = Fingerprint({name: self.model.weights[PREFIX + name] for name in ("steps", "starts", "titles")})

    def judge(self, works: Sequence[Score]) -> list[Judgement]:
        """One judgement per score."""
        return [self._one(work) for work in works]

    def _one(self, work: Score) -> Judgement:
        found = self.corpus.overlap(work)
        length = max(float(work.length / work.meter.bar), 1.0)
        # A short work is a copy when all of it is found, a long one when eight bars are.
        limit = min(COPY, max(length, FREE + 1))
        quoted = min(1.0, max(0.0, (found.bars - FREE) / (limit - FREE)))
        score = (1 - quoted) * (1 - 0.3 * found.share)
        aspects = {"longest_bars": found.bars, "longest_notes": float(found.notes), "share": found.share}
        if not found.notes:
            return Judgement(score, aspects, ("No nine notes in a row stand in any tune of the training corpus.",))
        where = f"from bar {found.start}" if found.start > 0 else "from its first notes"
        remark = f'At most {found.notes} notes in a row ({found.bars:.1f} bars, {where}) are also in "{found.title}".'
        stock = f"{found.share:.0%} of its nine-note figures occur somewhere in the training corpus."
        return Judgement(score, aspects, (remark, stock))
