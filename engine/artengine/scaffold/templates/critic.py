"""my-part: looks at a work, gives it a score from 0 to 1, and says why."""

from __future__ import annotations

from collections.abc import Sequence

from artengine.api import Judgement, Run
from artengine.models import Model
from artengine.scaffold.templates.look_music import REMARKS, look
from artengine.scaffold.templates.plugin_critic import CriticOptions
from artengine.works import Score


class MyPart:
    """Scores a work by the mean of the figures that ``look`` finds in it."""

    def __init__(self, options: CriticOptions, run: Run, model: Model | None = None) -> None:
        self.options = options

    def judge(self, works: Sequence[Score]) -> list[Judgement]:
        """One judgement per work, in order."""
        return [self._one(work) for work in works]

    def _one(self, work: Score) -> Judgement:
        figures = look(work)
        if not figures:
            return Judgement(0.0, {}, ("There is too little of it to be judged.",))
        mean = sum(figures.values()) / len(figures)
        best, worst = max(figures, key=lambda n: figures[n]), min(figures, key=lambda n: figures[n])
        remarks = (f"Best is its {best} ({figures[best]:.2f}): {REMARKS[best][1]}.",
                   f"Weakest is its {worst} ({figures[worst]:.2f}): {REMARKS[worst][0]}.")
        return Judgement(mean ** self.options.strict, figures, remarks)
