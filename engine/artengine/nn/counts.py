"""Counts of what followed each context: the memory of a corpus that a small network lacks, for seconds of CPU. Numpy only.

A context of order k is the last k symbols. Every order's prediction falls back on that of the order below, with modified
absolute discounts (Chen and Goodman, "An empirical study of smoothing techniques for language modeling", 1999); a network
mixes the orders (:mod:`artengine.nn.mixing`). It must learn how far to trust them from predictions as honest as they will be
on new sequences, so the corpus is counted in parts too, and in training the counts of a sequence's own part are taken out of
what it is told (deleted estimation: Jelinek and Mercer 1980).

Axes: B works or sequences, T steps, K orders, V symbols, C contexts, E pairs of a context and a symbol seen after it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from zlib import compress, decompress

import numpy as np

Array = np.ndarray
NONE = -1
"""Stands for a symbol before the first one."""
FACTS = 3
"""What is known of a context beside its prediction: logarithms of its times and of its symbols, and whether it was seen."""
_ODD, _MIX = 0x9E3779B97F4A7C15, 0xD6E8FEB86659FD93
_BITS = 29  # of a context's hash; the three above tell its order
_HASH = 2**_BITS - 1
_OFTEN = 255
"""Times from which on a pair is written down apart: the others fit in a byte."""


class Counts:
    """How often each symbol followed each context.

    Contexts of an order are told apart by 29 bits of a hash: where 500,000 were seen, one new context in 1,000 is taken for
    one of them, provided that the shorter context was seen too.

    :param arrays: as from :meth:`arrays`.
    :param size: number of symbols (V), 65,535 at the most.
    :param orders: rising, from 1 on; eight at the most.
    """

    def __init__(self, arrays: Mapping[str, Array], size: int, orders: Sequence[int]) -> None:
        self.size, self.orders = size, tuple(orders)
        arrays = _unpacked(arrays) if "packed" in arrays else arrays
        self.keys = np.asarray(arrays["keys"], np.uint32)  # (C,) ascending
        self.firsts = np.concatenate(([0], np.cumsum(arrays["lengths"], dtype=np.int64)))  # (C + 1,)
        self.symbols = np.asarray(arrays["symbols"]).astype(np.int64)  # (E,)
        self.times = np.asarray(arrays["times"], np.float32)  # (E,)
        if len(arrays.get("often", ())):
            self.times[self.times == _OFTEN] = arrays["often"]
        self.discounts = np.asarray(arrays["discounts"], np.float32)  # (K, 4) by times: 0, 1, 2, more
        self.base = np.asarray(arrays["base"], np.float32)  # (V,) shares whatever the context
        self._powers = np.cumprod(np.full(self.longest, _ODD, np.uint64), dtype=np.uint64)
        self._salts = np.array(self.orders, np.uint64) * np.uint64(0x100000001B3)
        self._order = np.arange(len(self.orders)) << _BITS
        self._last = np.array(self.orders) - 1
        self._derived: tuple[Array, Array, Array] | None = None

    @property
    def longest(self) -> int:
        """Symbols that the longest context has."""
        return self.orders[-1]

    @classmethod
    def of(cls, sequences: Sequence[Array], size: int, orders: Sequence[int] = (1, 2, 3, 4, 5, 6),
           parts: Sequence[int] | None = None, least: int = 1) -> Counts:
        """Count what follows what in *sequences*, the first symbol of each being given.

        :param sequences: symbols of each, (T,).
        :param parts: part of the corpus each sequence belongs to; the contexts of different parts are different ones then.
        :param least: contexts of an order above 1 that were seen fewer times are forgotten, which halves what is kept.
        """
        empty = cls({"keys": np.zeros(0, np.uint32), "lengths": np.zeros(0), "symbols": np.zeros(0), "times": np.zeros(0),
                     "discounts": np.zeros((0, 4)), "base": np.zeros(size)}, size, orders)
        hashes = [empty.contexts(empty.recent(s[None])[0, :-1]) for s in sequences]  # (T - 1, K)
        part = None if parts is None else np.repeat(np.asarray(parts), [len(h) for h in hashes])
        context = np.concatenate([np.zeros((0, len(orders)), np.int64), *hashes])
        following = np.concatenate([np.zeros(0, np.int64), *(s[1:] for s in sequences)]).astype(np.uint64)
        pairs, numbers, discounts = [], [], []
        for k in range(len(orders)):
            known = context[:, k] >= 0
            key = context[known, k] if part is None else _in_part(context[known, k], part[known])
            pair, times = np.unique(key.astype(np.uint64) << np.uint64(16) | following[known], return_counts=True)
            discounts.append(_discounts(times))
            if least > 1 and orders[k] > 1:
                _, each = np.unique(pair >> np.uint64(16), return_inverse=True)
                kept = np.bincount(each, times)[each] >= least
                pair, times = pair[kept], times[kept]
            pairs.append(pair)
            numbers.append(times)
        pair, times = np.concatenate(pairs), np.concatenate(numbers)  # ascending, as the order is in the uppermost bits
        keys, first = np.unique((pair >> np.uint64(16)).astype(np.uint32), return_index=True)
        base = np.bincount(following.astype(np.int64), minlength=size) + 0.5
        return cls({"keys": keys, "lengths": np.diff(first, append=len(pair)), "symbols": pair & np.uint64(0xFFFF),
                    "times": times, "discounts": np.array(discounts), "base": base / base.sum()}, size, orders)

    def arrays(self) -> dict[str, Array]:
        """All there is to save, in some 12 bits a pair and 20 a context."""
        return {"discounts": self.discounts, "base": self.base,
                "often": self.times[self.times >= _OFTEN].astype(np.uint32), "packed": _packed(
                    self.keys, np.diff(self.firsts), self.symbols, np.minimum(self.times, _OFTEN))}

    def recent(self, symbols: Array, before: Array | None = None) -> Array:
        """The last symbols at each step, its own and the latest first, as :meth:`contexts` takes them.

        (B, T) -> (B, T, longest)

        :param before: what came before the first step, the latest last, ``NONE`` where nothing did.  (B, longest - 1)
        """
        past = np.full((len(symbols), self.longest - 1), NONE) if before is None else before
        line = np.concatenate((past, symbols), 1).astype(np.int64)
        return np.lib.stride_tricks.sliding_window_view(line, self.longest, 1)[:, :, ::-1]

    def contexts(self, recent: Array) -> Array:
        """Hash of each order's context, ``NONE`` where the symbols are too few.  (..., longest) -> (..., K) int64"""
        total = np.cumsum((recent + 1).view(np.uint64) * self._powers, -1, np.uint64)[..., self._last]
        keys = _scramble(total ^ self._salts)
        keys &= _HASH
        keys |= self._order
        return np.where(recent[..., self._last] == NONE, NONE, keys)

    def rows(self, contexts: Array, parts: Array | None = None) -> Array:
        """Place of each context among those counted, ``NONE`` for one never seen.  (..., K) -> (..., K)

        :param parts: whose contexts are meant, where counted by parts; any shape that broadcasts.
        """
        flat = contexts.reshape(-1)
        hashes = (flat if parts is None else _in_part(contexts, parts).reshape(-1)).astype(np.uint32)
        if not len(self.keys):
            return np.full(contexts.shape, NONE)
        if len(flat) > 256:  # in order, so that the search stays in the cache
            order = np.argsort(hashes)
            place = np.empty(len(flat), np.int64)
            place[order] = np.searchsorted(self.keys, hashes[order])
        else:
            place = np.searchsorted(self.keys, hashes)
        np.minimum(place, len(self.keys) - 1, out=place)
        found = ((self.keys[place] == hashes) & (flat >= 0)).reshape(contexts.shape)
        # a context cannot have been seen without the shorter ones
        rows: Array = np.where(np.logical_and.accumulate(found, -1), place.reshape(contexts.shape), NONE)
        return rows

    def predictions(self, rows: Array, without: tuple[Counts, Array] | None = None) -> tuple[Array, Array]:
        """Shares of each symbol by each order, and facts about the contexts.  (n, K) -> (n, K, V), (n, K, FACTS)

        :param without: counts by parts and the rows there, (n, K): they are taken out first.
        """
        n, k = rows.shape
        p = np.empty((n, k, self.size), np.float32)
        facts = np.zeros((n, k, FACTS), np.float32)
        lower: Array = np.broadcast_to(self.base, (n, self.size))
        share, rest, known = self._shares()
        scratch = np.zeros(n * self.size if without else 0, np.float32)
        for i in range(k):
            here = p[:, i]
            work, pair = self._pairs(rows[:, i])
            symbol = self.symbols[pair]
            if without is None:
                seen = rows[:, i] >= 0
                facts[:, i] = known[rows[:, i]] * seen[:, None]
                np.multiply(lower, np.where(seen, rest[rows[:, i]], np.float32(1))[:, None], out=here)
                here[work, symbol] += share[pair]
            else:
                part, (whose, own) = without[0], without[0]._pairs(without[1][:, i])
                at, own_at = work * self.size + symbol, whose * self.size + part.symbols[own]
                scratch[own_at] = part.times[own]
                times = np.maximum(self.times[pair] - scratch[at], 0)
                scratch[own_at] = 0
                cut = self.discounts[i].take(np.minimum(times, 3).astype(np.intp))
                total = np.bincount(work, times, n).astype(np.float32)
                left = np.where(total > 0, np.bincount(work, cut, n) / np.maximum(total, 1), 1).astype(np.float32)
                np.multiply(lower, left[:, None], out=here)
                here[work, symbol] += (times - cut) / np.maximum(total, 1).take(work)
                facts[:, i] = _facts(total, np.bincount(work, times > 0, n))
            lower = here
        return p, facts

    def one(self, rows: Array) -> tuple[Array, Array]:
        """What :meth:`predictions` gives for one work, in few steps.  (K,) -> (K, V), (K, FACTS)"""
        share, rest, known = self._shares()
        p = np.empty((len(rows), self.size), np.float32)
        facts = np.zeros((len(rows), FACTS), np.float32)
        lower = self.base
        for i, row in enumerate(rows.tolist()):
            if row < 0:
                p[i:] = lower  # nor was any longer context seen
                break
            here, first, last = p[i], self.firsts[row], self.firsts[row + 1]
            np.multiply(lower, rest[row], out=here)
            here[self.symbols[first:last]] += share[first:last]
            facts[i] = known[row]
            lower = here
        return p, facts

    def _pairs(self, rows: Array) -> tuple[Array, Array]:
        """The pairs of these contexts, and which of the *rows* each is of.  (n,) -> (m,), (m,)"""
        found = np.flatnonzero(rows >= 0)
        first = self.firsts[rows[found]]
        length = self.firsts[rows[found] + 1] - first
        ends = np.cumsum(length)
        pair = np.arange(ends[-1] if len(ends) else 0) + np.repeat(first - ends + length, length)
        return np.repeat(found, length), pair

    def _shares(self) -> tuple[Array, Array, Array]:
        """Each pair's own share, each context's share left to the order below, and its facts.  (E,), (C,), (C, FACTS)

        One more context, never seen, stands at the end, where ``NONE`` finds it.
        """
        if self._derived is None:
            lengths = np.diff(self.firsts)
            order = np.repeat(self.keys >> np.uint32(_BITS), lengths)
            cut = self.discounts[order, np.minimum(self.times, 3).astype(np.intp)]
            context = np.repeat(np.arange(len(lengths)), lengths)
            total = np.bincount(context, self.times, len(lengths) + 1).astype(np.float32)
            rest = (np.bincount(context, cut, len(lengths) + 1) / np.maximum(total, 1)).astype(np.float32)
            share = (self.times - cut) / total.take(context)
            self._derived = share, rest, _facts(total, np.append(lengths, 0))
        return self._derived


def _facts(times: Array, symbols: Array) -> Array:
    return np.stack((np.log1p(times), np.log1p(symbols), times > 0), -1).astype(np.float32)


def _packed(keys: Array, lengths: Array, symbols: Array, times: Array) -> Array:
    """Rising numbers as their steps, byte by byte, deflated; after the numbers of contexts and pairs."""
    planes = [np.array([len(keys), len(symbols)], "<u4").view(np.uint8)]
    for numbers, width in ((np.diff(keys.astype(np.int64), prepend=0), 4), (lengths, 2),
                           (np.diff(symbols, prepend=0), 2), (times, 1)):
        planes.extend((numbers.astype(np.int64).astype("<u4").view(np.uint8)).reshape(-1, 4)[:, :width].T)
    return np.frombuffer(compress(np.concatenate(planes).tobytes(), 9), np.uint8)


def _unpacked(arrays: Mapping[str, Array]) -> dict[str, Array]:
    """What :func:`_packed` was given, beside the other arrays."""
    flat = np.frombuffer(decompress(arrays["packed"].tobytes()), np.uint8)
    contexts, pairs = flat[:8].view("<u4").tolist()
    at, found = 8, []
    for count, width in ((contexts, 4), (contexts, 2), (pairs, 2), (pairs, 1)):
        whole = np.zeros((count, 4), np.uint8)
        whole[:, :width] = flat[at:at + count * width].reshape(width, count).T
        found.append(whole.view("<u4")[:, 0])
        at += count * width
    keys, lengths, symbols, times = found
    return {**arrays, "keys": np.cumsum(keys, dtype=np.uint32), "lengths": lengths,
            "symbols": np.cumsum(symbols, dtype=np.uint32) & 0xFFFF, "times": times}


def _scramble(x: Array) -> Array:
    """32 well-mixed bits of 64."""
    x = x * np.uint64(_MIX)
    x ^= x >> np.uint64(32)
    return (x * np.uint64(_MIX) >> np.uint64(32)).astype(np.int64)


def _spread(parts: Array) -> Array:
    return (np.atleast_1d(parts) + 1).astype(np.uint64) * np.uint64(_ODD)


def _in_part(contexts: Array, parts: Array) -> Array:
    """The same contexts as those of a part, each of its order."""
    mixed: Array = _scramble(contexts.astype(np.uint64) ^ _spread(parts))
    mixed = mixed & _HASH | contexts & ~_HASH
    return mixed


def _discounts(times: Array) -> Array:
    """Chen and Goodman's estimates for pairs seen once, twice, more often; bounded, for corpora too small for them.  (4,)"""
    n = [float((times == i).sum()) + 0.5 for i in (1, 2, 3, 4)]
    y = n[0] / (n[0] + 2 * n[1])
    some = [i - (i + 1) * y * n[i] / n[i - 1] for i in (1, 2, 3)]
    return np.array([0.0, *(min(max(d, 0.3), i - 0.1) for i, d in enumerate(some, 1))])
