"""Writing a work passage by passage, each drafted several times, and going on from the draft that reads best.

Between drawing a work once and searching for its likeliest form (:mod:`artengine.nn.beam`): drafts are drawn, so works stay
various, but a passage that went astray is not gone on from.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy
from math import log
from typing import Any, Protocol, Self, TypeVar

import numpy as np

from artengine.nn.decoding import Line, StepModel, one_blas_thread
from artengine.nn.sampling import Sampler, uniforms


class Passages(Line, Protocol):
    """A line whose work is made of passages (verses, bars), and that can be copied."""

    @property
    def passages(self) -> int:
        """Passages finished."""
    def copy(self) -> Self:
        """A line with the same past, which goes its own way from here."""


L = TypeVar("L", bound=Passages)


def drafted(model: StepModel, line: L, seed: int, sampler: Sampler, drafts: int, *,
            judge: Callable[[L], float] = lambda line: 0.0, stopped: Callable[[], bool] = bool) -> L | None:
    """The work of *seed*, each passage the best of so many drafts; ``None`` if stopped.

    A draft's score is the mean natural logarithm of its symbols' probabilities under the model (temperature and filters
    aside, mask or no mask), and what *judge* adds for the line that ends with it.
    """
    state, noise = model.start(), uniforms(seed)
    with one_blas_thread():
        while not line.done:
            best: tuple[float, L, Any] | None = None
            for _ in range(drafts):
                draft = line.copy()
                ours = deepcopy(state)
                nats, symbols = _passage(model, draft, ours, sampler, noise, stopped)
                if not symbols:
                    return None
                score = judge(draft) - nats / symbols
                if best is None or score > best[0]:
                    best = score, draft, ours
            assert best is not None
            _, line, state = best
    return line


def _passage(model: StepModel, line: L, state: Any, sampler: Sampler, noise: Iterator[float],
             stopped: Callable[[], bool]) -> tuple[float, int]:
    """Go on to the end of the passage; nats and number of its symbols, 0 if stopped."""
    before, nats, symbols = line.passages, 0.0, 0
    leaning = getattr(line, "leaning", None)
    while not line.done and line.passages == before:
        if stopped():
            return 0.0, 0
        logits = model.step(np.array(line.fields()), state)
        allowed = line.allowed()
        added = leaning() if leaning else None
        symbol = sampler.pick(logits if added is None else logits + added, allowed, next(noise))
        top = float(np.maximum.reduce(logits))
        nats += log(float(np.add.reduce(np.exp(logits - top)))) + top - float(logits[symbol])
        line.push(symbol)
        symbols += 1
    return nats, symbols
