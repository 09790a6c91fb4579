"""Recurrent sequence model, step form: numpy, one symbol at a time, for decoding on the CPU without importing torch.

Works are columns: for one work every array is a vector and the products are matrix-vector; for many they are matrix-matrix.
The two round differently in the last bit, so whoever needs the same symbols from both must watch how close each draw was to
falling the other way (:mod:`artengine.nn.decoding` does).

Axes: B works, F fields (the last symbol first), E embedding, H units, V symbols.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

Array = np.ndarray


class RecurrentStep:
    """Decodes what :class:`artengine.nn.recurrent.Recurrent` learnt.

    :param weights: arrays under torch's names, as from ``Recurrent.arrays``; float16 is widened.
    :param sizes: number of values of each field, the symbols' own (V) first.
    :param cell: ``lstm`` or ``gru``.
    """

    def __init__(self, weights: Mapping[str, Array], sizes: Sequence[int], cell: str = "lstm") -> None:
        def weight(name: str) -> Array:
            return np.asarray(weights[name], np.float32)

        self.cell = cell
        self.offsets = np.cumsum([0, *sizes[:-1]])  # (F,)
        self.table = weight("table.weight")  # (sum of sizes, E)
        self.layers: list[tuple[Array, ...]] = []
        layer, scale = (_lstm, 0.5) if cell == "lstm" else (_gru, 1.0)
        while f"layers.{len(self.layers)}.weight_ih_l0" in weights:
            names = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
            w, *rest = (weight(f"layers.{len(self.layers)}.{name}_l0") for name in names)
            self.layers.append(layer(w * scale if self.layers else w, *rest))
        head = weight("head.weight")
        self.units = h = head.shape[1] - self.table.shape[1]
        # over (output of the last layer, 1, embedding)
        self.head = np.concatenate((head[:, :h] * scale, weight("head.bias")[:, None], head[:, h:]), 1)

    def start(self, works: int | None = None) -> list[Array]:
        """The state before the first symbol: for one work (``None``) or several.

        Per layer an array of its output, a one (it carries the biases) and its input, (H + 1 + in,) or (H + 1 + in, B), and
        for an LSTM its cell, (H,) or (H, B).
        """
        tail = () if works is None else (works,)
        state = []
        width = self.table.shape[1]
        for _ in self.layers:
            state.append(np.zeros((self.units + 1 + width, *tail), np.float32))
            state[-1][self.units] = 1.0
            if self.cell == "lstm":
                state.append(np.zeros((self.units, *tail), np.float32))
            width = self.units
        return state

    def clear(self, state: list[Array], column: int) -> None:
        """Begin a new work in *column*."""
        for array, empty in zip(state, self.start(), strict=True):
            array[:, column] = empty

    def keep(self, state: list[Array], columns: Sequence[int]) -> list[Array]:
        """The state of some works only."""
        return [np.ascontiguousarray(array[:, columns]) for array in state]

    def prime(self, fields: Array, state: list[Array]) -> Array:
        """Logits after the last of many steps of one work; *state* as after :meth:`step`.  (T, F) -> (V,)"""
        logits: Array = np.zeros(len(self.head), np.float32)
        for now in fields:
            logits = self.step(now, state)
        return logits

    def score(self, fields: Array) -> Array:
        """Natural logarithms of the probabilities of every symbol after each step of one work.  (T, F) -> (T, V)"""
        state = self.start()
        logits = np.stack([self.step(now, state) for now in fields])
        logits -= logits.max(1, keepdims=True)
        logits -= np.log(np.exp(logits).sum(1, keepdims=True))
        return logits

    def step(self, fields: Array, state: list[Array]) -> Array:
        """Logits of the next symbol; *state* is changed in place.  (F,) -> (V,), or (B, F) -> (V, B)"""
        x = self.table.take(fields + self.offsets, 0)  # (F, E) or (B, F, E)
        x = np.add.reduce(x, 0) if fields.ndim == 1 else np.add.reduce(x, 1).T  # (E,) or (E, B)
        below = x
        advance, each = (self._lstm, 2) if self.cell == "lstm" else (self._gru, 1)
        for i, layer in enumerate(self.layers):
            state[each * i][self.units + 1:] = below
            below = advance(layer, state[each * i:each * i + each])
        logits: Array = np.dot(self.head, np.concatenate((state[-each][:self.units + 1], x)))  # (V,) or (V, B)
        return logits

    def _lstm(self, layer: tuple[Array, ...], state: list[Array]) -> Array:
        """tanh(x / 2) = 2 sigmoid(x) - 1, so one tanh serves all gates; the halves are in the matrices."""
        both, cell = state
        h = self.units
        gates = np.dot(layer[0], both)  # (4H,) or (4H, B), in the order i, f, o, g
        np.tanh(gates, out=gates)
        opened = gates[:3 * h]
        opened += 1.0
        new = opened[:h]
        new *= gates[3 * h:]
        cell *= opened[h:2 * h]
        cell += new
        cell *= 0.5
        np.tanh(cell, out=new)
        np.multiply(opened[2 * h:], new, out=both[:h])
        return both[:h]

    def _gru(self, layer: tuple[Array, ...], state: list[Array]) -> Array:
        """h' = n + z (h - n) and n = tanh(W x + r U h), as torch has it; the half of r is in U."""
        both, h = state[0], self.units
        old = both[:h]
        gates = np.dot(layer[0], both)  # r and z, (2H,) or (2H, B)
        np.tanh(gates, out=gates)
        gates += 1.0
        past = np.dot(layer[1], both[:h + 1])  # (H,) or (H, B)
        past *= gates[:h]
        n: Array = np.dot(layer[2], both[h:])
        n += past
        np.tanh(n, out=n)
        z = gates[h:]
        z *= 0.5
        old -= n
        old *= z
        old += n
        return old


def _lstm(w: Array, u: Array, b: Array, c: Array) -> tuple[Array, ...]:
    """One matrix over (output, 1, input).  (4H, H + 1 + in)

    An output is kept doubled, so its columns are halved; rows are halved where a sigmoid comes from a tanh.
    """
    h = u.shape[1]
    matrix = np.concatenate((u / 2, (b + c)[:, None], w), 1)
    matrix = matrix[np.r_[0:2 * h, 3 * h:4 * h, 2 * h:3 * h]]
    matrix[:3 * h] /= 2
    return (np.ascontiguousarray(matrix),)


def _gru(w: Array, u: Array, b: Array, c: Array) -> tuple[Array, ...]:
    """Matrices for both gates over (output, 1, input), and for the candidate over (output, 1) and over (1, input)."""
    h = u.shape[1]
    gates = np.concatenate((u, (b + c)[:, None], w), 1)[:2 * h] / 2
    past = np.concatenate((u[2 * h:], c[2 * h:, None]), 1) / 2
    return gates, past, np.ascontiguousarray(np.concatenate((b[2 * h:, None], w[2 * h:]), 1))
