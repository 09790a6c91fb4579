"""Melodies of one voice by a transformer."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from artengine.api import Run
from artengine.nn.transformer_step import TransformerStep
from artengine_music.melody.writing import MelodyWriter, surprise
from artengine_music.melody_transformer.settings import Options

if TYPE_CHECKING:
    from artengine_music.melody.learning import MelodyLearner


class Melodies(MelodyWriter):
    """Writes melodies bar by bar."""

    def network(self, sizes: Sequence[int]) -> TransformerStep:
        """The step form of the model's weights."""
        return TransformerStep(self.model.weights, sizes, self.options.heads, self.options.context)

    def losses(self, pieces: Sequence[tuple[np.ndarray, Sequence[int]]]) -> list[float]:
        """Nats of the symbols of each piece, all its steps at once.  (T, 1 + F), (T,) each"""
        legal = self.vocabulary.legal()
        return [float(surprise(self.step.score(inputs), legal[inputs[:, 1]], symbols).sum()) for inputs, symbols in pieces]

    def learner(self, arrays: Mapping[str, np.ndarray], run: Run) -> MelodyLearner:
        """A training over *arrays*."""
        from artengine.nn.transformer import Transformer  # torch: seconds that a rendering must not pay
        from artengine_music.melody.learning import MelodyLearner

        o: Options = self.options
        return MelodyLearner(o, arrays, run, json.loads(bytes(arrays["header"]).decode()), lambda sizes: Transformer(
            sizes, width=o.width, layers=o.layers, heads=o.heads, context=o.context, dropout=o.dropout, blind=o.blind))
