"""The generator: renders with numpy alone; torch comes in only with training."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from artengine.api import Run
from artengine.nn.recurrent_step import RecurrentStep
from artengine_music.melody.writing import MelodyWriter
from artengine_music.melody_rnn.settings import Options

if TYPE_CHECKING:
    from artengine_music.melody.learning import MelodyLearner


class MelodyRNN(MelodyWriter):
    """A recurrent network that writes melodies bar by bar."""

    def network(self, sizes: Sequence[int]) -> RecurrentStep:
        """The step form of the model's weights."""
        return RecurrentStep(self.model.weights, sizes, self.options.cell)

    def learner(self, arrays: Mapping[str, np.ndarray], run: Run) -> MelodyLearner:
        """A training over *arrays*."""
        from artengine.nn.recurrent import Recurrent  # torch: seconds that a rendering must not pay
        from artengine_music.melody.learning import MelodyLearner

        o: Options = self.options
        return MelodyLearner(o, arrays, run, json.loads(bytes(arrays["header"]).decode()), lambda sizes: Recurrent(
            sizes, units=o.units, layers=o.layers, embedding=o.embedding, dropout=o.dropout, cell=o.cell))
