"""A generator of melodies, whatever its network: renders with numpy alone; torch comes in only with training."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property

import numpy as np

from artengine.api import Run
from artengine.errors import ArtengineError
from artengine.models import Model
from artengine.nn.decoding import StepModel, decode
from artengine.nn.sampling import Sampler
from artengine.works import Score
from artengine_music.melody.controls import Controls
from artengine_music.melody.encoding import START, Vocabulary
from artengine_music.melody.lines import Plan
from artengine_music.melody.many import MelodyLines
from artengine_music.melody.melodies import decode as to_score
from artengine_music.melody.melodies import encode, melodies


class MelodyWriter:
    """Writes melodies bar by bar with a network that :meth:`network` makes."""

    encoder = "melody-2"

    def __init__(self, model: Model, run: Run) -> None:
        self.model, self.run, self.options = model, run, model.options

    def network(self, sizes: Sequence[int]) -> StepModel:
        """The network's step form over fields of these sizes; raises what its weights' faults raise."""
        raise NotImplementedError

    def losses(self, pieces: Sequence[tuple[np.ndarray, Sequence[int]]]) -> list[float]:
        """Nats of the symbols of each piece, given its inputs: (T, 1 + F) and (T,)."""
        raise NotImplementedError

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """What the model's symbols mean."""
        try:
            return Vocabulary.from_data(self.model.header["vocabulary"])
        except (KeyError, TypeError) as error:
            raise damaged(self.model, "its header lacks the vocabulary") from error

    @cached_property
    def step(self) -> StepModel:
        """The network's step form."""
        sizes = (self.vocabulary.size, *self.vocabulary.fields())
        return sound(self.model, lambda: self.network(sizes), len(sizes))

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
        losses = self.losses([(inputs, symbols) for _, symbols, inputs, _ in found])
        for (i, _, _, notes), loss in zip(found, losses, strict=True):
            totals[i][0] += loss
            totals[i][1] += notes
        return [(loss, notes) if notes else (float("nan"), 0) for loss, notes in totals]

    def prepare(self, works: Iterable[Score]) -> Mapping[str, np.ndarray]:
        """Symbols and fields of every melody, held-out ones marked, and the corpus' fingerprint; see :mod:`.preparing`."""
        from artengine_music.melody.preparing import prepare  # only training needs it

        return prepare(works, self.run)


def sound(model: Model, make: Callable[[], StepModel], fields: int) -> StepModel:
    """The step form that *make* makes of a model's weights, once it has taken a step over so many fields.

    :raises ArtengineError: where they are not numbers, or do not fit together.
    """
    try:
        step = make()
        step.step(np.zeros(fields, int), step.start())
    except (KeyError, ValueError, IndexError) as error:
        raise damaged(model, f"its weights do not fit together: {error}") from error
    if not all(np.isfinite(model.weights[name]).all() for name in model.weights if not name.startswith("fingerprint.")):
        raise damaged(model, "some of its weights are not numbers")
    return step


def damaged(model: Model, how: str) -> ArtengineError:
    """What to say of a model file that cannot be used."""
    return ArtengineError(f"The model {model.name or model.part} is damaged: {how}.",
                          "Take another with --model, or train it again; `artengine models` lists those there are.")


def surprise(logits: np.ndarray, legal: np.ndarray, symbols: Sequence[int]) -> np.ndarray:
    """Nats of a symbol in each row, where only what is legal can come.  (R, V), (R, V) bool, (R,) -> (R,)"""
    logits = np.where(legal, logits, -np.inf)
    logits -= logits.max(1, keepdims=True)
    nats: np.ndarray = np.log(np.exp(logits).sum(1)) - logits[np.arange(len(logits)), symbols]
    return nats
