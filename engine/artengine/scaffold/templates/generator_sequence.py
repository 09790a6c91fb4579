"""my-part: learns a corpus symbol by symbol and writes new works the same way.

What a symbol is, and what may follow what, is told by ``symbols``; how the network learns, by ``learner``. Rendering needs
numpy alone: torch is imported for training only.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from artengine.api import Run
from artengine.errors import ArtengineError
from artengine.models import Model
from artengine.nn.decoding import decode
from artengine.nn.recurrent_step import RecurrentStep
from artengine.nn.sampling import Sampler
from artengine.scaffold.templates.plugin_generator_music import Controls
from artengine.scaffold.templates.symbols_music import PLACES, Line, places, spell
from artengine.works import Score

if TYPE_CHECKING:
    from artengine.scaffold.templates.learner_sequence import SequenceLearner

START = ""  # the symbol before the first


class MyPart:
    """A generator that can be trained; see the protocols Generator and Trainable in artengine.api."""

    encoder = "1"  # raise it whenever prepare() gives other arrays

    def __init__(self, model: Model, run: Run) -> None:
        self.model, self.run = model, run

    def render(self, controls: Controls, seeds: Sequence[int]) -> Iterator[Score]:
        """Yield one work per seed, in order."""
        alphabet = self.model.header["alphabet"]
        network = RecurrentStep(self.model.weights, (len(alphabet), PLACES), "gru")
        sampler = Sampler(controls.temperature, min_p=0.02)
        for line in decode(network, lambda seed: Line(alphabet, controls), seeds, sampler, self.run.stopped):
            yield line.work()

    def prepare(self, works: Iterable[Score]) -> Mapping[str, np.ndarray]:
        """All works as one row of symbols, with the place of each; and what the symbols mean.

        ``symbols`` and ``places`` (T,) int32, ``alphabet`` its symbols as UTF-8, parted by NUL.
        """
        spelt: list[str] = []
        at: list[int] = []
        for work in works:
            symbols = spell(work)
            if len(symbols) < 2:
                self.run.skip(work.title or "untitled", "too short")
                continue
            spelt += [START, *symbols]
            at += [0, *places(symbols)]
        if len(spelt) < 40:
            raise ArtengineError(f"The corpus has {len(spelt)} symbols; 40 are the least.", "Add more works to it.")
        alphabet = sorted({START, *spelt, *Line.NEEDS})
        index = {symbol: i for i, symbol in enumerate(alphabet)}
        return {"symbols": np.array([index[symbol] for symbol in spelt], np.int32), "places": np.array(at, np.int32),
                "alphabet": np.frombuffer("\0".join(alphabet).encode(), np.uint8)}

    def learner(self, arrays: Mapping[str, np.ndarray], run: Run) -> SequenceLearner:
        """A training over *arrays*."""
        from artengine.scaffold.templates.learner_sequence import SequenceLearner  # with torch, a second

        return SequenceLearner(self.model.options, arrays, run, PLACES)
