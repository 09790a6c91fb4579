"""Decoding works symbol by symbol: a step model, what each work allows next, and a sampler.

The work of a seed must not depend on its neighbours, but matrix products round differently for other batch sizes. Symbols,
though, depend on that rounding only where a draw falls within it: so a batch watches the margin of every draw, and the few
works with a draw too close to call are decoded again alone, which is the form that counts.
"""

from __future__ import annotations

import os
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from itertools import islice
from typing import Any, Generic, Protocol, TypeVar

import numpy as np

from artengine.nn.sampling import Array, Sampler, uniforms

TILE = 64  # works decoded at once by one process
WORTH_A_PROCESS = 32  # works
CLOSE = 4e-6  # well above what rounding moves a probability (a test measures it), far below what a draw usually clears


class StepModel(Protocol):
    """The step form of a sequence model. What its state is, only it knows."""

    def start(self, works: int | None = None) -> Any:
        """State before the first symbol, for one work (``None``) or several."""
    def step(self, fields: Array, state: Any) -> Array:
        """Logits of the next symbol; changes *state* in place.  (F,) -> (V,), or (B, F) -> (V, B)"""
    def prime(self, fields: Array, state: Any) -> Array:
        """Logits after the last of many steps of one work; *state* as after :meth:`step`.  (T, F) -> (V,)"""
    def clear(self, state: Any, column: int) -> None:
        """Begin a new work in *column*."""
    def keep(self, state: Any, columns: Sequence[int]) -> Any:
        """The state of some works only, which takes the place of *state*."""


class Line(Protocol):
    """One work as it is decoded: it knows its past, and what may come next.

    It may have a method ``leaning()`` besides: what is added to the logits, (V,), so that what may come is also more or less
    wished for; ``None`` where nothing is. It is asked after ``allowed``.
    """

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
M_co = TypeVar("M_co", covariant=True)
Numbered = Iterator[tuple[int, int]]  # places and seeds still to be decoded


class Lines(Protocol[M_co]):
    """Several works as they are decoded, for those who can do better than one by one; members are as in Line."""

    def fields(self) -> Array:
        """(B, F)"""
    def allowed(self) -> Array:
        """(B, V) bool"""
    def push(self, symbols: Array) -> Array:
        """Take a symbol for each work; which of them are done.  (B,) -> (B,) bool"""
    def line(self, column: int) -> M_co:
        """What stands for the work in *column* once it is done."""
    def begin(self, column: int, seed: int) -> None:
        """The empty work of *seed* takes the place of the one in *column*."""
    def keep(self, columns: Sequence[int]) -> None:
        """Drop all other works."""


class OneByOne(Generic[L]):
    """Lines made of single ones."""

    def __init__(self, line: Callable[[int], L], seeds: Sequence[int]) -> None:
        self._line = line
        self._works = [line(seed) for seed in seeds]

    def fields(self) -> Array:
        """(B, F)"""
        return np.array([work.fields() for work in self._works])

    def allowed(self) -> Array:
        """(B, V) bool"""
        return np.array([work.allowed() for work in self._works])

    def leaning(self) -> Array | None:
        """(B, V), where any of them leans."""
        each = [work.leaning() if hasattr(work, "leaning") else None for work in self._works]
        size = next((len(lean) for lean in each if lean is not None), 0)
        return np.stack([np.zeros(size) if lean is None else lean for lean in each]) if size else None

    def push(self, symbols: Array) -> Array:
        """(B,) -> (B,) bool"""
        for work, symbol in zip(self._works, symbols.tolist(), strict=True):
            work.push(symbol)
        return np.array([work.done for work in self._works])

    def line(self, column: int) -> L:
        """The line in *column*."""
        return self._works[column]

    def begin(self, column: int, seed: int) -> None:
        """A new line in *column*."""
        self._works[column] = self._line(seed)

    def keep(self, columns: Sequence[int]) -> None:
        """Drop all other lines."""
        self._works = [self._works[c] for c in columns]


def decode(model: StepModel, line: Callable[[int], L], seeds: Sequence[int], sampler: Sampler,
           stopped: Callable[[], bool] = bool, lines: Callable[[Sequence[int]], Lines[Any]] | None = None) -> Iterator[L]:
    """The finished line of each seed, in order, whatever the number of seeds.

    :param line: makes the empty line of a seed.
    :param stopped: asked at every step; once true, decoding ends with the works that are whole.
    :param lines: makes the empty lines of several seeds, choosing as *line* does; what its ``line`` gives is yielded.
    """
    several = lines or (lambda some: OneByOne(line, some))
    with one_blas_thread():
        if len(seeds) == 1:
            works: Iterator[tuple[int, L | None]] = iter([(0, None)])
        else:
            works = _on_all_cores(model, several, seeds, sampler, stopped)
        ready: dict[int, L | None] = {}
        following = 0
        for place, decoded in works:
            ready[place] = decoded
            while following in ready:
                work = ready.pop(following) or alone(model, line(seeds[following]), seeds[following], sampler, stopped)
                if work is None:
                    return
                yield work
                following += 1


def alone(model: StepModel, line: L, seed: int, sampler: Sampler, stopped: Callable[[], bool] = bool) -> L | None:
    """One work decoded by itself; ``None`` if stopped."""
    state, noise, recent, leaning = model.start(), uniforms(seed), _recent(sampler), getattr(line, "leaning", None)
    while not line.done:
        if stopped():
            return None
        logits, allowed = model.step(np.array(line.fields()), state), line.allowed()
        if leaning and (added := leaning()) is not None:
            logits = logits + added
        symbol = sampler.pick(logits, allowed, next(noise), recent)
        recent.append(symbol)
        line.push(symbol)
    return line


def together(model: StepModel, lines: Callable[[Sequence[int]], Lines[M_co]], todo: Numbered, sampler: Sampler,
             stopped: Callable[[], bool] = bool) -> Iterator[tuple[int, M_co | None]]:
    """Several works at once, as they are finished; a column that falls free is taken by the next.

    :param todo: (place, seed) of each work; several callers may share one iterator.
    :returns: (place, line), the line ``None`` for a work that must be decoded alone to be sure.
    """
    first = list(islice(todo, TILE))
    places, noises = [place for place, _ in first], [uniforms(seed) for _, seed in first]  # by column
    recents = [_recent(sampler) for _ in first]
    works = lines([seed for _, seed in first])
    leaning = getattr(works, "leaning", None)
    state = model.start(len(first))
    close = CLOSE / min(1.0, sampler.temperature or 1.0)
    while places and not stopped():
        logits, allowed = model.step(works.fields(), state).T, works.allowed()  # (B, V) each
        if leaning and (added := leaning()) is not None:
            logits = logits + added
        symbols, margins = sampler.draw(logits, allowed, np.array([next(noise) for noise in noises]), recents)
        if sampler.repetition != 1:
            for recent, symbol in zip(recents, symbols.tolist(), strict=True):
                recent.append(symbol)
        unsure = margins < close  # (B,)
        done = works.push(symbols)
        free = []
        for column in np.flatnonzero(done | unsure).tolist():
            yield places[column], None if unsure[column] else works.line(column)
            new = next(todo, None)
            if new is None:
                free.append(column)
                continue
            places[column], noises[column], recents[column] = new[0], uniforms(new[1]), _recent(sampler)
            works.begin(column, new[1])
            model.clear(state, column)
        if free:
            keep = [c for c in range(len(places)) if c not in free]
            places, noises = [places[c] for c in keep], [noises[c] for c in keep]
            recents = [recents[c] for c in keep]
            works.keep(keep)
            state = model.keep(state, keep)


def _recent(sampler: Sampler) -> deque[int]:
    return deque(maxlen=sampler.window if sampler.repetition != 1 else 0)


def _on_all_cores(model: StepModel, lines: Callable[[Sequence[int]], Lines[M_co]], seeds: Sequence[int], sampler: Sampler,
                  stopped: Callable[[], bool]) -> Iterator[tuple[int, M_co | None]]:
    """:func:`together` on all cores where that pays and processes can be forked; threads would wait for one another."""
    todo = list(enumerate(seeds))
    several = min(os.cpu_count() or 1, -(-len(seeds) // WORTH_A_PROCESS))
    # A fork has this thread only, so it must be the only one; torch and its own threads would not survive in it.
    if several == 1 or not hasattr(os, "fork") or threading.active_count() > 1 or "torch" in sys.modules:
        yield from together(model, lines, iter(todo), sampler, stopped)
        return
    from multiprocessing import connection, get_context  # 15 ms that a few works need not pay

    fork = get_context("fork")

    def work(mine: Numbered, out: Any) -> None:
        try:
            for one in together(model, lines, mine, sampler, stopped):
                out.send(one)
        except Exception as error:
            out.send(error)
        out.close()

    pipes: list[Any] = []
    processes = []
    try:
        for share in range(several):
            ours, theirs = fork.Pipe(duplex=False)
            processes.append(fork.Process(target=work, args=(iter(todo[share::several]), theirs), daemon=True))
            processes[-1].start()
            theirs.close()
            pipes.append(ours)
        while pipes and not stopped():
            pipe: Any
            for pipe in connection.wait(pipes, timeout=0.1):
                try:
                    one = pipe.recv()
                except EOFError:
                    pipes.remove(pipe)
                    continue
                if isinstance(one, Exception):
                    raise one
                yield one
    finally:
        for process in processes:
            process.terminate()
            process.join()


def one_blas_thread() -> AbstractContextManager[Any]:
    """Matrices this small only get slower on several threads; the program says so in its environment, a notebook cannot."""
    if os.environ.get("OPENBLAS_NUM_THREADS") == "1":
        return nullcontext()
    from threadpoolctl import threadpool_limits  # 20 ms

    limits: AbstractContextManager[Any] = threadpool_limits(1, "blas")
    return limits
