"""The generator: renders with numpy alone; torch comes in only with training."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from artengine.api import Run
from artengine.nn.recurrent_step import RecurrentStep
from artengine_music.melody.writing import MelodyWriter, surprise
from artengine_music.melody_rnn.settings import Options

if TYPE_CHECKING:
    from artengine_music.melody.learning import MelodyLearner

SCORED_AT_ONCE = 64


class MelodyRNN(MelodyWriter):
    """A recurrent network that writes melodies bar by bar."""

    def network(self, sizes: Sequence[int]) -> RecurrentStep:
        """The step form of the model's weights."""
        return RecurrentStep(self.model.weights, sizes, self.options.cell)

    def losses(self, pieces: Sequence[tuple[np.ndarray, Sequence[int]]]) -> list[float]:
        """Nats of the symbols of each piece, many pieces at once.  (T, 1 + F), (T,) each"""
        legal = self.vocabulary.legal()
        found = [0.0] * len(pieces)
        order = sorted(range(len(pieces)), key=lambda i: -len(pieces[i][1]))
        for first in range(0, len(order), SCORED_AT_ONCE):
            tile = order[first:first + SCORED_AT_ONCE]
            state = self.step.start(len(tile))
            for t in range(len(pieces[tile[0]][1])):
                alive = [i for i in tile if len(pieces[i][1]) > t]
                state = [s[:, :len(alive)] for s in state]
                now = np.array([pieces[i][0][t] for i in alive])
                logits = self.step.step(now, state).T  # (B, V)
                nats = surprise(logits, legal[now[:, 1]], [pieces[i][1][t] for i in alive])
                for i, loss in zip(alive, nats.tolist(), strict=True):
                    found[i] += loss
        return found

    def learner(self, arrays: Mapping[str, np.ndarray], run: Run) -> MelodyLearner:
        """A training over *arrays*."""
        from artengine.nn.recurrent import Recurrent  # torch: seconds that a rendering must not pay
        from artengine_music.melody.learning import MelodyLearner

        o: Options = self.options
        return MelodyLearner(o, arrays, run, json.loads(bytes(arrays["header"]).decode()), lambda sizes: Recurrent(
            sizes, units=o.units, layers=o.layers, embedding=o.embedding, dropout=o.dropout, cell=o.cell))
