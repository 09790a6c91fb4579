"""Transformer sequence model, step form: numpy, one symbol at a time, for decoding on the CPU without importing torch.

Keys and values of the past are kept in buffers that grow up to the model's context and are then written in a ring;
positions turn keys and queries, so the order in which a buffer holds them does not matter. Works are rows here, each with a
position of its own. For one work the products are matrix-vector and nearly all the time goes into reading the weights.

Axes: B works, T steps, F fields (the last symbol first), W width, G groups of heads that share keys, E heads in a group,
D size of a head, N steps in the buffers, V symbols.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

Array = np.ndarray
BASE = 10000.0  # as in the parallel form, which this must not import
FIRST_ROOM = 64  # steps that new buffers hold
AT_ONCE = 128  # steps taken in one product by prime
TILE = 256  # keys in one product
EPSILON = 1e-6


class Past:
    """What a transformer remembers of the works it is decoding: by layer keys, turned, and values.  (B, G, N, D)"""

    def __init__(self, layers: int, groups: int, size: int, context: int, works: int) -> None:
        self.context = context
        self.at = np.zeros(works, np.intp)  # steps taken by each work
        shape = works, groups, min(FIRST_ROOM, context), size
        self.keys, self.values = ([np.zeros(shape, np.float32) for _ in range(layers)] for _ in range(2))
        self.grow(0)

    @property
    def room(self) -> int:
        """Steps that the buffers hold."""
        return int(self.keys[0].shape[2])

    def grow(self, steps: int) -> None:
        """Make room for *steps* or the context."""
        room = self.room
        while room < min(steps, self.context):
            room = min(2 * room, self.context)
        if room > self.room:  # what is not yet written is masked, or never read
            for arrays in (self.keys, self.values):
                for i, old in enumerate(arrays):
                    arrays[i] = np.zeros((*old.shape[:2], room, old.shape[3]), np.float32)
                    arrays[i][:, :, :old.shape[2]] = old
        first = (0, 0) if self.keys[0].shape[1] == 1 else (0,)  # no axis where there is but one group: np.dot is quicker
        self.only = [(keys[first], values[first]) for keys, values in zip(self.keys, self.values, strict=True)]  # (G, N, D)


class TransformerStep:
    """Decodes what :class:`artengine.nn.transformer.Transformer` learnt.

    :param weights: arrays under torch's names, as from ``Transformer.arrays``; float16 is widened.
    :param sizes: number of values of each field, the symbols' own (V) first.
    :param context: steps that attention sees.
    """

    def __init__(self, weights: Mapping[str, Array], sizes: Sequence[int], heads: int, context: int) -> None:
        def weight(name: str) -> Array:
            return np.asarray(weights[name], np.float32)

        self.context, self.heads = context, heads
        self.offsets = np.cumsum([0, *sizes[:-1]])  # (F,)
        self.table = weight("table.weight")  # (sum of sizes, W)
        self.width = w = self.table.shape[1]
        self.size = d = w // heads
        self.layers: list[tuple[Array, Array, Array, Array]] = []
        while f"attention.{len(self.layers)}.weight" in weights:
            into, mixing, inward, outward = (
                weight(f"{name}.{len(self.layers)}.weight") for name in ("attention", "mixing", "inward", "outward"))
            self.groups = (len(into) // d - heads) // 2
            turned = (heads + self.groups) * d
            # the two parts of a pair side by side: a turn is then a product of complex numbers
            paired = into[:turned].reshape(-1, 2, d // 2, w).swapaxes(1, 2).reshape(turned, w)
            paired[:w] *= d ** -0.5  # of queries, so that scores need no scaling
            # an axis longer than what it is multiplied with is quicker as the last
            self.layers.append((_columns(np.concatenate((paired, into[turned:]))), mixing, _columns(inward), outward))
        self.head = _columns(weight("head.weight") if "head.weight" in weights else self.table[:sizes[0]] * w ** -0.5)
        self._phases = _phases(np.arange(256), d)

    def start(self, works: int | None = None) -> Past:
        """The state before the first symbol: for one work (``None``) or several."""
        return Past(len(self.layers), self.groups, self.size, self.context, works or 1)

    def clear(self, state: Past, column: int) -> None:
        """Begin a new work in *column*."""
        state.at[column] = 0

    def keep(self, state: Past, columns: Sequence[int]) -> Past:
        """The state of some works only."""
        columns = list(columns)
        state.at = state.at[columns]
        state.keys = [array[columns] for array in state.keys]
        state.values = [array[columns] for array in state.values]
        if columns:
            state.grow(0)
        return state

    def step(self, fields: Array, state: Past) -> Array:
        """Logits of the next symbol; *state* is changed in place.  (F,) -> (V,), or (B, F) -> (V, B)"""
        if fields.ndim == 2:
            return self._together(fields, state)
        at = int(state.at[0])
        if at >= state.room:
            state.grow(at + 1)
        slot, n = at % self.context, min(at + 1, self.context)
        w, d, groups = self.width, self.size, self.groups
        z = np.empty(w + 2 * groups * d, np.float32)
        pairs, phases = z[:-groups * d].view(np.complex64).reshape(-1, d // 2), self._turn(at)[at]
        product: Callable[..., Array]
        q: Array
        if groups == 1:
            q, k, v, product = z[:w].reshape(-1, d), z[w:w + d], z[w + d:], np.dot
        else:
            q, product = z[:w].reshape(groups, -1, d), np.matmul
            k, v = z[w:].reshape(2, groups, d)
        x = np.add.reduce(self.table.take(fields + self.offsets, 0), 0)  # (W,)
        for (into, mixing, inward, outward), (keys, values) in zip(self.layers, state.only, strict=True):
            np.dot(_normed(x), into, out=z)
            np.multiply(pairs, phases, out=pairs)
            keys[..., slot, :], values[..., slot, :] = k, v
            found = _mixed(_scores(q, keys[..., :n, :], product), values[..., :n, :], product)
            x += np.dot(mixing, found.ravel())
            hidden = np.dot(_normed(x), inward)
            np.maximum(hidden, 0.0, out=hidden)
            np.multiply(hidden, hidden, out=hidden)
            x += np.dot(outward, hidden)
        state.at[0] = at + 1
        logits: Array = np.dot(_normed(x), self.head)
        return logits

    def prime(self, fields: Array, state: Past) -> Array:
        """Logits after the last of many steps of one work, taken together; *state* as after :meth:`step`.  (T, F) -> (V,)"""
        logits: Array = np.zeros(self.head.shape[1], np.float32)
        for first in range(0, len(fields), AT_ONCE):
            logits = self._along(fields[first:first + AT_ONCE], state)[-1]
        return logits

    def score(self, fields: Array) -> Array:
        """Natural logarithms of the probabilities of every symbol after each step of one work.  (T, F) -> (T, V)"""
        state = self.start()
        logits = np.concatenate([self._along(fields[i:i + AT_ONCE], state) for i in range(0, len(fields), AT_ONCE)])
        logits -= logits.max(1, keepdims=True)
        logits -= np.log(np.exp(logits).sum(1, keepdims=True))
        return logits

    def _together(self, fields: Array, state: Past) -> Array:
        """A step of many works.  (B, F) -> (V, B)"""
        at = state.at
        longest = int(at.max()) + 1
        state.grow(longest)
        slots, n = at % self.context, min(longest, self.context)
        works = np.arange(len(at))
        phases = self._turn(longest)[at, None]  # (B, 1, D / 2)
        behind = at.min() + 1 < n  # some see less than others
        unseen = np.where(np.arange(n) <= at[:, None], np.float32(0), np.float32(-np.inf))[:, None, None] if behind else None

        def attend(z: Array, i: int) -> Array:
            q, k, v = self._split(z, phases)
            keys, values = state.keys[i], state.values[i]  # (B, G, N, D)
            keys[works, :, slots], values[works, :, slots] = k, v
            scores = _scores(q, keys[:, :, :n])  # (B, G, E, N)
            if unseen is not None:
                scores += unseen
            return _mixed(scores, values[:, :, :n]).reshape(len(at), -1)

        x = np.add.reduce(self.table.take(fields + self.offsets, 0), 1)  # (B, W)
        logits = self._through(x, attend).T
        state.at += 1
        return logits

    def _along(self, fields: Array, state: Past) -> Array:
        """Steps of one work.  (T, F) -> (T, V)"""
        at, t = int(state.at[0]), len(fields)
        state.grow(at + t)
        n = min(at, self.context)
        steps = np.arange(at, at + t)
        held = at - 1 - (at - 1 - np.arange(n)) % self.context  # steps in the buffers, by slot
        back = steps[:, None] - np.concatenate((held, steps))  # (T, N + T)
        unseen = np.where((back >= 0) & (back < self.context), np.float32(0), np.float32(-np.inf))
        phases = self._turn(at + t)[steps, None]  # (T, 1, D / 2)
        last = steps[-self.context:]

        def attend(z: Array, i: int) -> Array:
            q, k, v = self._split(z, phases)  # (T, G, E, D), (T, G, D) twice
            keys, values = state.keys[i][0], state.values[i][0]  # (G, N, D)
            k, v = k.swapaxes(0, 1), v.swapaxes(0, 1)
            seen = np.concatenate((keys[:, :n], k), 1), np.concatenate((values[:, :n], v), 1)
            scores = np.matmul(q.transpose(1, 2, 0, 3), seen[0].swapaxes(1, 2)[:, None])  # (G, E, T, N + T)
            scores += unseen
            keys[:, last % self.context], values[:, last % self.context] = k[:, -len(last):], v[:, -len(last):]
            return _mixed(scores, seen[1][:, None]).transpose(2, 0, 1, 3).reshape(t, -1)

        x = np.add.reduce(self.table.take(fields + self.offsets, 0), 1)  # (T, W)
        logits = self._through(x, attend)
        state.at[0] += t
        return logits

    def _through(self, x: Array, attend: Callable[[Array, int], Array]) -> Array:
        """All layers over rows, which *attend* sees as works or as steps.  (R, W) -> (R, V)"""
        for i, (into, mixing, inward, outward) in enumerate(self.layers):
            x += np.dot(mixing, attend(np.dot(_rows_normed(x), into), i).T).T  # a sixth quicker than the other way round
            hidden = np.dot(_rows_normed(x), inward)
            np.maximum(hidden, 0.0, out=hidden)
            hidden *= hidden
            x += np.dot(outward, hidden.T).T
        logits: Array = np.dot(_rows_normed(x), self.head)
        return logits

    def _split(self, z: Array, phases: Array) -> tuple[Array, Array, Array]:
        """Turned queries and keys, and values.  (R, ...) -> (R, G, E, D), (R, G, D), (R, G, D)"""
        rows, d, groups = len(z), self.size, self.groups
        turned = z[:, :(self.heads + groups) * d].reshape(rows, -1, d).view(np.complex64)
        turned = (turned * phases).view(np.float32)
        return (turned[:, :self.heads].reshape(rows, groups, -1, d), turned[:, self.heads:],
                z[:, (self.heads + groups) * d:].reshape(rows, groups, d))

    def _turn(self, steps: int) -> Array:
        """By how much each pair is turned at each step, at least *steps* + 1 of them.  (steps, D / 2) complex"""
        if steps >= len(self._phases):
            self._phases = _phases(np.arange(2 * steps), self.size)
        return self._phases


def _columns(matrix: Array) -> Array:
    return np.ascontiguousarray(matrix.T)


def _phases(steps: Array, size: int) -> Array:
    angles = steps[:, None] * BASE ** (-2 * np.arange(size // 2) / size)
    return (np.cos(angles) + 1j * np.sin(angles)).astype(np.complex64)


def _normed(x: Array) -> Array:
    """(W,) -> (W,)"""
    normed: Array = x * float(np.dot(x, x) / len(x) + EPSILON) ** -0.5
    return normed


def _rows_normed(x: Array) -> Array:
    """(R, W) -> (R, W)"""
    square = np.einsum("rw,rw->r", x, x)[:, None]
    square /= x.shape[1]
    square += EPSILON
    np.sqrt(square, out=square)
    normed: Array = x / square
    return normed


def _scores(q: Array, keys: Array, product: Callable[..., Array] = np.matmul) -> Array:
    """(..., E, D), (..., N, D) -> (..., E, N); in tiles, for which there is a quicker kernel."""
    n = keys.shape[-2]
    if n <= TILE:
        return product(q, keys.swapaxes(-1, -2))
    return np.concatenate([product(q, keys[..., i:i + TILE, :].swapaxes(-1, -2)) for i in range(0, n, TILE)], -1)


def _mixed(scores: Array, values: Array, product: Callable[..., Array] = np.matmul) -> Array:
    """The mean of *values* by the softmax of *scores*, which is overwritten.  (..., N), (..., N, D) -> (..., D)"""
    scores -= np.maximum.reduce(scores, -1, keepdims=True)
    np.exp(scores, out=scores)
    found = product(scores, values)
    found /= np.add.reduce(scores, -1, keepdims=True)
    return found
