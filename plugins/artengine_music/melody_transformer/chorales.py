"""Chorales of four voices by a transformer, and settings of voices that are given."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from artengine.api import Run
from artengine.errors import ArtengineError
from artengine.models import Model
from artengine.nn.decoding import decode
from artengine.nn.sampling import Sampler
from artengine.nn.transformer_step import TransformerStep
from artengine.works import Score
from artengine_music.melody.writing import damaged, sound
from artengine_music.melody_transformer.cells import SIZES
from artengine_music.melody_transformer.choir import Plan
from artengine_music.melody_transformer.grids import frame, grids
from artengine_music.melody_transformer.preparing import encode
from artengine_music.melody_transformer.settings import Controls, Options

if TYPE_CHECKING:
    from artengine_music.melody_transformer.learner import ChoraleLearner


class Chorales:
    """Writes four voices, sixteenth by sixteenth."""

    encoder = "chorale-1"

    def __init__(self, model: Model, run: Run) -> None:
        self.model, self.run = model, run
        self.options: Options = model.options

    @cached_property
    def step(self) -> TransformerStep:
        """The network's step form."""
        def make() -> TransformerStep:
            step = TransformerStep(self.model.weights, SIZES, self.options.heads, self.options.context)
            if len(step.table) != sum(SIZES):
                raise ValueError(f"{len(step.table)} embeddings and not {sum(SIZES)}")
            return step

        return sound(self.model, make, len(SIZES))

    def render(self, controls: Controls, seeds: Sequence[int]) -> Iterator[Score]:
        """Yield one chorale, or one setting of what is given, per seed."""
        try:
            ranges, frames = self.model.header["ranges"], self.model.header["frames"]
        except KeyError as error:
            raise damaged(self.model, "its header lacks the ranges of the voices") from error
        plan = Plan(controls, ranges, frames)
        sampler = Sampler(controls.temperature, controls.top_k, controls.top_p, controls.min_p)
        for seed, line in zip(seeds, decode(self.step, plan.line, seeds, sampler, self.run.stopped), strict=False):
            yield plan.score(line, seed)

    def score(self, scores: Sequence[Score]) -> list[tuple[float, int]]:
        """How surprised the model is by each score: (nats, notes), or (nan, 0) where it is no chorale of four voices."""
        found = []
        for score in scores:
            try:
                symbols, fields = encode(grids(score), frame(score))
            except ArtengineError:
                found.append((float("nan"), 0))
                continue
            likely = self.step.score(fields.astype(int))  # (N, V)
            found.append((-float(likely[np.arange(len(symbols)), symbols].sum()), len(score.notes)))
        return found

    def prepare(self, works: Iterable[Score]) -> Mapping[str, np.ndarray]:
        """Symbols and fields of every chorale, held-out ones marked, and the corpus' fingerprint; see :mod:`.preparing`."""
        from artengine_music.melody_transformer.preparing import prepare  # only training needs it

        return prepare(works, self.run)

    def learner(self, arrays: Mapping[str, np.ndarray], run: Run) -> ChoraleLearner:
        """A training over *arrays*."""
        from artengine_music.melody_transformer.learner import ChoraleLearner  # torch: seconds that a rendering must not pay

        return ChoraleLearner(self.options, arrays, run, json.loads(bytes(arrays["header"]).decode()))
