"""A network that mixes counted contexts, step form: numpy, for decoding; what :class:`artengine.nn.mixing.Mixed` learnt.

Axes: B works, F fields, K orders, V symbols.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from artengine.nn.counts import NONE, Counts
from artengine.nn.decoding import StepModel

Array = np.ndarray


class MixedStep:
    """A step model that adds counts to another.

    :param step: the network's step form, which may be another of this class; gives V + K values, or more to be handed on.
    :param weights: arrays as from ``Mixed.arrays``; float16 is widened.
    :param size: number of symbols (V).
    :param orders: those counted.
    :param name: as ``Mixed`` had it.
    """

    def __init__(self, step: StepModel, weights: Mapping[str, Array], size: int, orders: Sequence[int],
                 name: str = "counts") -> None:
        self.inner, self.size = step, size
        start = f"{name}."
        ours = {key.removeprefix(start): array for key, array in weights.items() if key.startswith(start)}
        self.counts = Counts(ours, size, orders)
        self.trust = np.asarray(ours["trust.weight"], np.float32)  # (K, K * FACTS)
        self.bias = np.asarray(ours["trust.bias"], np.float32)  # (K,)

    def start(self, works: int | None = None) -> list[Any]:
        """The network's state, and the last symbols, the latest first, (longest,) or (longest, B)."""
        tail = () if works is None else (works,)
        return [self.inner.start(works), np.full((self.counts.longest, *tail), NONE)]

    def clear(self, state: list[Any], column: int) -> None:
        """Begin a new work in *column*."""
        self.inner.clear(state[0], column)
        state[1][:, column] = NONE

    def keep(self, state: list[Any], columns: Sequence[int]) -> list[Any]:
        """The state of some works only."""
        return [self.inner.keep(state[0], columns), np.ascontiguousarray(state[1][:, columns])]

    def prime(self, fields: Array, state: list[Any]) -> Array:
        """Logits after the last of many steps of one work; *state* as after :meth:`step`.  (T, F) -> (V,)"""
        for symbol in fields[-self.counts.longest:, 0]:
            _remember(symbol, state[1])
        return self._mixed(self.inner.prime(fields, state[0]), state[1])

    def score(self, fields: Array) -> Array:
        """Natural logarithms of the probabilities of every symbol after each step of one work.  (T, F) -> (T, V)"""
        state = self.start()
        logits = np.stack([self.step(now, state) for now in fields])
        logits -= logits.max(1, keepdims=True)
        logits -= np.log(np.exp(logits).sum(1, keepdims=True))
        return logits

    def step(self, fields: Array, state: list[Any]) -> Array:
        """Logits of the next symbol; *state* is changed in place.  (F,) -> (V,), or (B, F) -> (V, B)"""
        _remember(fields[..., 0], state[1])
        return self._mixed(self.inner.step(fields, state[0]), state[1])

    def _mixed(self, values: Array, recent: Array) -> Array:
        """(V + K,), (longest,) -> (V,), or with works as the last axis"""
        rows = self.counts.rows(self.counts.contexts(recent.T))
        own, weights, others = np.split(values, (self.size, self.size + len(self.bias)))
        if recent.ndim == 1:
            shares, facts = self.counts.one(rows)  # (K, V), (K, FACTS)
            weights = weights + self.bias
            weights += np.dot(self.trust, facts.ravel())
            logits: Array = np.dot(weights, np.log(shares, out=shares))
        else:
            shares, facts = self.counts.predictions(rows)  # (B, K, V), (B, K, FACTS)
            weights = weights.T + self.bias + np.dot(facts.reshape(len(rows), -1), self.trust.T)  # (B, K)
            logits = np.matmul(weights[:, None], np.log(shares, out=shares))[:, 0].T
        logits = logits + own
        return np.concatenate((logits, others)) if len(others) else logits


def _remember(symbol: Array, recent: Array) -> None:
    recent[1:] = recent[:-1]
    recent[0] = symbol
