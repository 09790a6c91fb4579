"""The generator: renders with numpy alone; torch comes in only with training."""

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
from artengine.nn.recurrent_step import RecurrentStep
from artengine.nn.sampling import Sampler
from artengine.works import Score
from artengine_music.melody_rnn.encoding import START, Vocabulary
from artengine_music.melody_rnn.lines import Plan
from artengine_music.melody_rnn.many import MelodyLines
from artengine_music.melody_rnn.melodies import decode as to_score
from artengine_music.melody_rnn.melodies import encode, melodies
from artengine_music.melody_rnn.settings import Controls, Options

if TYPE_CHECKING:
    from artengine_music.melody_rnn.learner import MelodyLearner

SCORED_AT_ONCE = 64


class MelodyRNN:
    """A recurrent network that writes melodies bar by bar."""

    encoder = "melody-2"

    def __init__(self, model: Model, run: Run) -> None:
        self.model, self.run = model, run
        self.options: Options = model.options  # type: ignore[assignment]

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """What the model's symbols mean."""
        try:
            return Vocabulary.from_data(self.model.header["vocabulary"])
        except (KeyError, TypeError) as error:
            raise self._damaged("its header lacks the vocabulary") from error

    @cached_property
    def step(self) -> RecurrentStep:
        """The network's step form."""
        try:
            step = RecurrentStep(self.model.weights, (self.vocabulary.size, *self.vocabulary.fields()), self.options.cell)
        except (KeyError, ValueError, IndexError) as error:
            raise self._damaged(f"its weights do not fit together: {error}") from error
        if not all(np.isfinite(array).all() for layer in step.layers for array in (*layer, step.head, step.table)):
            raise self._damaged("some of its weights are not numbers")
        return step

    def _damaged(self, how: str) -> ArtengineError:
        return ArtengineError(f"The model {self.model.name or self.model.part} is damaged: {how}.",
                              "Take another with --model, or train it again; `artengine models` lists those there are.")

    def render(self, controls: Controls, seeds: Sequence[int]) -> Iterator[Score]:
        """Yield one melody per seed."""
        plan = Plan(controls, self.vocabulary, self.model.header.get("frames", []))
        sampler = Sampler(controls.temperature, controls.top_k, controls.top_p, controls.min_p)
        for line in decode(self.step, plan.line, seeds, sampler, self.run.stopped, lambda some: MelodyLines(plan, some)):
            yield to_score(line.symbols, self.vocabulary, line.frame, plan.tempo(line.frame), f"Melody in {line.frame.key}")

    def score(self, scores: Sequence[Score]) -> list[tuple[float, int]]:
        """How surprised the model is by each score's melodies: (nats, notes), or (nan, 0) where it can write none."""
        found: list[tuple[int, list[int], np.ndarray, int]] = []
        totals = [[0.0, 0] for _ in scores]
        for i, score in enumerate(scores):
            try:
                for melody in melodies(score):
                    symbols, fields = encode(melody, self.vocabulary)
                    inputs = np.column_stack(([START, *symbols[:-1]], fields))  # (T, 1 + F)
                    found.append((i, symbols, inputs, melody.notes))
            except ArtengineError:
                continue
        legal = self.vocabulary.legal()
        found.sort(key=lambda f: -len(f[1]))
        for first in range(0, len(found), SCORED_AT_ONCE):
            tile = found[first:first + SCORED_AT_ONCE]
            state = self.step.start(len(tile))
            for t in range(len(tile[0][1])):
                alive = sum(len(symbols) > t for _, symbols, _, _ in tile)
                state = [s[:, :alive] for s in state]
                now = np.array([inputs[t] for _, _, inputs, _ in tile[:alive]])
                logits = self.step.step(now, state).T  # (B, V)
                logits = np.where(legal[now[:, 1]], logits, -np.inf)
                logits -= logits.max(1, keepdims=True)
                actual = logits[np.arange(alive), [symbols[t] for _, symbols, _, _ in tile[:alive]]]
                losses = np.log(np.exp(logits).sum(1)) - actual
                for (i, *_), loss in zip(tile, losses.tolist(), strict=False):
                    totals[i][0] += loss
            for i, _, _, notes in tile:
                totals[i][1] += notes
        return [(loss, notes) if notes else (float("nan"), 0) for loss, notes in totals]

    def prepare(self, works: Iterable[Score]) -> Mapping[str, np.ndarray]:
        """Symbols and fields of every melody, held-out ones marked, and the corpus' fingerprint; see :mod:`.preparing`."""
        from artengine_music.melody_rnn.preparing import prepare  # only training needs it

        return prepare(works, self.run)

    def learner(self, arrays: Mapping[str, np.ndarray], run: Run) -> MelodyLearner:
        """A training over *arrays*."""
        from artengine_music.melody_rnn.learner import MelodyLearner  # torch: seconds that a rendering must not pay

        return MelodyLearner(self.options, arrays, run, json.loads(bytes(arrays["header"]).decode()))
