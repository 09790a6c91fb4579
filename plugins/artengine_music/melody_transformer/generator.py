"""The generator: melodies or chorales, as its model was trained; torch comes in only with training."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from artengine.api import Run
from artengine.errors import ArtengineError
from artengine.models import Model
from artengine.works import Score
from artengine_music.melody_transformer.cells import VOICES
from artengine_music.melody_transformer.chorales import Chorales
from artengine_music.melody_transformer.melodies import Melodies
from artengine_music.melody_transformer.settings import Controls, Options

if TYPE_CHECKING:
    from artengine.api import Learner


class MelodyTransformer:
    """A transformer that writes melodies bar by bar, or chorales of four voices sixteenth by sixteenth."""

    def __init__(self, model: Model, run: Run) -> None:
        self.model, self.run = model, run
        self.options: Options = model.options
        if self.options.voices == 1:
            self.writer: Melodies | Chorales = Melodies(model, run)
        elif self.options.voices == VOICES:
            self.writer = Chorales(model, run)
        else:
            raise ArtengineError(f"A model of {self.options.voices} voices cannot be.",
                                 "Train one of 1 voice (--set voices=1) or of 4 (--set voices=4).")

    @property
    def encoder(self) -> str:
        """Of melodies or of chorales."""
        return self.writer.encoder

    def render(self, controls: Controls, seeds: Sequence[int]) -> Iterator[Score]:
        """Yield one melody or chorale per seed."""
        wanted, writes = controls.wants.get("voices", self.options.voices), self.options.voices
        if wanted not in (1, VOICES):
            raise ArtengineError(f"It writes 1 voice or {VOICES}, not {wanted} voices.", f"Ask for --voices 1 or {VOICES}.")
        if controls.given and wanted == 1:
            raise ArtengineError("One voice is asked for, but a voice is given that others are to be set to.",
                                 f"Leave out --voices, or ask for {VOICES}.")
        if wanted != writes:
            has = "one voice" if writes == 1 else f"{writes} voices"
            raise ArtengineError(f"The model {self.model.name or self.model.part} writes {has}, not {wanted}.",
                                 "Leave out --model, or name one that does: `artengine models` lists them.")
        return self.writer.render(controls, seeds)

    def score(self, scores: Sequence[Score]) -> list[tuple[float, int]]:
        """How surprised the model is by each score: (nats, notes), or (nan, 0) where it can write none of it."""
        return self.writer.score(scores)

    def prepare(self, works: Iterable[Score]) -> Mapping[str, np.ndarray]:
        """A corpus as arrays."""
        return self.writer.prepare(works)

    def learner(self, arrays: Mapping[str, np.ndarray], run: Run) -> Learner:
        """A training over *arrays*."""
        return self.writer.learner(arrays, run)
