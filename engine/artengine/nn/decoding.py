"""Decoding works symbol by symbol: a step model, what each work allows next, and a sampler.

The work of a seed must not depend on its neighbours, but matrix products round differently for other batch sizes. Symbols,
though, depend on that rounding only where a draw falls within it: so a batch watches the margin of every draw, and the few
works with a draw too close to call are decoded again alone, which is the form that counts.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Protocol, TypeVar

import numpy as np

from artengine.nn.sampling import Array, Sampler, uniforms

TILE = 32  # works decoded at once by one thread
CLOSE = 4e-6  # well above what rounding moves a probability (a test measures it), far below what a draw usually clears


class StepModel(Protocol):
    """The step form of a sequence model."""

    def start(self, works: int | None = None) -> list[Array]:
        """State before the first symbol; the works are the last axis where *works* is given."""
    def step(self, fields: Array, state: list[Array]) -> Array:
        """Logits of the next symbol; changes *state* in place.  (F,) -> (V,), or (B, F) -> (V, B)"""


class Line(Protocol):
    """One work as it is decoded: it knows its past, and what may come next."""

    @property
    def done(self) -> bool:
        """Nothing more is to be drawn."""
    def fields(self) -> Sequence[int]:
        """What the model is told for the next step, the last symbol first.  (F,)"""
    def allowed(self) -> Array:
        """What may come next, at least one symbol.  (V,) bool"""
    def push(self, symbol: int) -> None:
        """Take the next symbol."""


L = TypeVar("L", bound=Line)
T = TypeVar("T")
R = TypeVar("R")


def decode(model: StepModel, line: Callable[[int], L], seeds: Sequence[int], sampler: Sampler,
           stopped: Callable[[], bool] = bool) -> Iterator[L]:
    """The finished line of each seed, in order, whatever the number of seeds.

    :param line: makes the empty line of a seed.
    :param stopped: asked at every step; once true, decoding ends with the works that are whole.
    """
    tiles = [seeds[first:first + TILE] for first in range(0, len(seeds), TILE)]
    with _one_blas_thread():
        decoded = _on_all_cores(tiles, lambda t: together(model, line, t, sampler, stopped))
        for tile, lines in zip(tiles, decoded, strict=True):
            for seed, sure in zip(tile, lines, strict=True):
                finished = sure if sure is not None else alone(model, line(seed), seed, sampler, stopped)
                if finished is None:
                    return
                yield finished


def _on_all_cores(items: Sequence[T], work: Callable[[T], R]) -> Iterator[R]:
    """``map(work, items)``, on as many threads as there are cores and no further ahead; numpy lets them run side by side."""
    cores = min(os.cpu_count() or 1, len(items))
    if cores == 1:
        yield from map(work, items)
        return
    from concurrent.futures import ThreadPoolExecutor  # 10 ms that a single work need not pay

    with ThreadPoolExecutor(cores) as pool:
        ahead = deque(pool.submit(work, item) for item in items[:cores])
        for following in items[cores:]:
            yield ahead.popleft().result()
            ahead.append(pool.submit(work, following))
        for future in ahead:
            yield future.result()


def _one_blas_thread() -> AbstractContextManager[Any]:
    """Matrices this small only get slower on several threads; the program says so in its environment, a notebook cannot."""
    if os.environ.get("OPENBLAS_NUM_THREADS") == "1":
        return nullcontext()
    from threadpoolctl import threadpool_limits  # 20 ms

    limits: AbstractContextManager[Any] = threadpool_limits(1, "blas")
    return limits


def alone(model: StepModel, line: L, seed: int, sampler: Sampler, stopped: Callable[[], bool] = bool) -> L | None:
    """One work decoded by itself; ``None`` if stopped."""
    state, noise = model.start(), uniforms(seed)
    while not line.done:
        if stopped():
            return None
        logits = model.step(np.array(line.fields()), state)
        line.push(sampler.pick(logits, line.allowed(), next(noise)))
    return line


def together(model: StepModel, line: Callable[[int], L], seeds: Sequence[int], sampler: Sampler,
             stopped: Callable[[], bool] = bool) -> list[L | None]:
    """Several works decoded at once; ``None`` for one that must be decoded alone to be sure."""
    if len(seeds) == 1:
        return [alone(model, line(seeds[0]), seeds[0], sampler, stopped)]
    done: list[L | None] = [None] * len(seeds)
    active = [(i, line(seed), uniforms(seed)) for i, seed in enumerate(seeds)]  # one for each column of the state
    state = model.start(len(seeds))
    close = CLOSE / min(1.0, sampler.temperature or 1.0)
    while active and not stopped():
        logits = model.step(np.array([work.fields() for _, work, _ in active]), state)  # (V, B)
        allowed = np.array([work.allowed() for _, work, _ in active])  # (B, V)
        symbols, margins = sampler.draw(logits.T, allowed, np.array([next(noise) for _, _, noise in active]))
        keep = []
        for c, (symbol, margin, (i, work, _)) in enumerate(zip(symbols.tolist(), margins.tolist(), active, strict=True)):
            if margin < close:
                continue
            work.push(symbol)
            if work.done:
                done[i] = work
            else:
                keep.append(c)
        if len(keep) < len(active):
            active = [active[c] for c in keep]
            state = [np.ascontiguousarray(s[:, keep]) for s in state]
    return done
