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
        layer = _lstm if cell == "lstm" else _gru
        while f"layers.{len(self.layers)}.weight_ih_l0" in weights:
            p = f"layers.{len(self.layers)}."
            self.layers.append(layer(*(weight(p + n) for n in ("weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0"))))
        self.head, self.bias = weight("head.weight"), weight("head.bias")  # (V, H + E), (V,)
        self.units = self.head.shape[1] - self.table.shape[1]

    def start(self, works: int | None = None) -> list[Array]:
        """The state before the first symbol: for one work (``None``) or several.

        Per layer an array of its input above its output, (in + H,) or (in + H, B), and for an LSTM its cell, (H,) or (H, B).
        """
        tail = () if works is None else (works,)
        state = []
        width = self.table.shape[1]
        for _ in self.layers:
            state.append(np.zeros((width + self.units, *tail), np.float32))
            if self.cell == "lstm":
                state.append(np.zeros((self.units, *tail), np.float32))
            width = self.units
        return state

    def step(self, fields: Array, state: list[Array]) -> Array:
        """Logits of the next symbol; *state* is changed in place.  (F,) -> (V,), or (B, F) -> (V, B)"""
        one = fields.ndim == 1
        x = self.table.take(fields + self.offsets, 0)  # (F, E) or (B, F, E)
        x = np.add.reduce(x, 0) if one else np.add.reduce(x, 1).T  # (E,) or (E, B)
        below = x
        advance, each = (self._lstm, 2) if self.cell == "lstm" else (self._gru, 1)
        for i, layer in enumerate(self.layers):
            below = advance(layer, below, state[each * i:each * i + each])
        logits: Array = np.dot(self.head, np.concatenate((below, x)))  # (V,) or (V, B)
        logits += self.bias if one else self.bias[:, None]
        return logits

    def _lstm(self, layer: tuple[Array, ...], below: Array, state: list[Array]) -> Array:
        matrix, bias = layer
        both, cell = state
        h = self.units
        both[:-h] = below
        gates = np.dot(matrix, both)  # (4H,) or (4H, B)
        gates += bias if gates.ndim == 1 else bias[:, None]
        np.tanh(gates, out=gates)
        opened = gates[:3 * h]  # tanh(x / 2) = 2 sigmoid(x) - 1; the halves are in the matrices
        opened += 1.0
        opened *= 0.5
        cell *= opened[h:2 * h]
        new = opened[:h]
        new *= gates[3 * h:]
        cell += new
        np.tanh(cell, out=new)
        np.multiply(opened[2 * h:], new, out=both[-h:])
        return both[-h:]

    def _gru(self, layer: tuple[Array, ...], below: Array, state: list[Array]) -> Array:
        w, u, b, c = layer
        both, h = state[0], self.units
        old = both[-h:]
        column = (slice(None),) if below.ndim == 1 else (slice(None), None)
        a = np.dot(w, below)
        a += b[column]
        r = np.dot(u, old)
        r += c[column]
        a[:2 * h] += r[:2 * h]
        np.tanh(a[:2 * h], out=a[:2 * h])
        gate = a[:2 * h]
        gate += 1.0
        gate *= 0.5
        n = a[2 * h:]
        n += gate[:h] * r[2 * h:]
        np.tanh(n, out=n)
        # h' = n + z (h - n), as torch has it
        old -= n
        old *= gate[h:]
        old += n
        return old


def _lstm(w: Array, u: Array, b: Array, c: Array) -> tuple[Array, ...]:
    """One matrix over (input, output), its gates in the order i, f, o, g, halved where a sigmoid comes from a tanh."""
    h = u.shape[1]
    order = np.r_[0:2 * h, 3 * h:4 * h, 2 * h:3 * h]
    matrix, bias = np.concatenate((w, u), 1)[order], (b + c)[order]
    matrix[:3 * h] *= 0.5
    bias[:3 * h] *= 0.5
    return np.ascontiguousarray(matrix), bias


def _gru(w: Array, u: Array, b: Array, c: Array) -> tuple[Array, ...]:
    """Reset and update gates halved where a sigmoid comes from a tanh."""
    h = u.shape[1]
    w, u, b, c = (a.copy() for a in (w, u, b, c))
    for a in (w, u, b, c):
        a[:2 * h] *= 0.5
    return w, u, b, c
