"""Counted contexts of chorales, for benchmarks: what followed each of seventeen views of the fields, in training pieces.

A view is a few fields together (the chord and the place in the beat, the melody's last three steps, all intervals, ...). Its
counts fall back on those of a coarser view by absolute discounting; the network gets the log shares of all views, and weighs
them anew at every cell beside its own logits. Of a piece trained on, its own cells are left out of the counts, so that the
network learns to trust them as far as they can be trusted on new pieces.

Axes: N cells, K views, V symbols, C contexts of one view.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import nn

from artengine.nn.transformer import Transformer
from artengine_music.melody_transformer.cells import HOLD, PLACES, SIZE, VOICES

_FACTS = 3  # told of each context: logarithms of its times and of its symbols, and whether it was seen
_DISCOUNT, _PLAIN = 0.6, 0.02
_LEFT_OUT = 0.1  # share of the views that a sequence does not get in training
_ROWS = SIZE + 17  # what the row so far says of a voice: a symbol, or how old its note is


def views(fields):
    """The contexts of each cell, hashed, the coarser views first.  (N, F) -> (N, K)"""
    f = np.asarray(fields, np.int64).T
    voice, place, age = f[1] // PLACES, f[1] % PLACES, f[7] % 17
    four, sixteen, young, sounds = place % 4, place % 16, np.minimum(age, 5), f[7] // 17 % 2
    key, now, before, steps = f[44], f[26], f[27], f[16:19]
    row = [np.where(voice > u, f[12 + u] % _ROWS, 99) for u in range(VOICES)]
    moved = [np.where(voice > u, f[12 + u] % _ROWS != HOLD, 2) for u in range(VOICES)]
    lasted = np.minimum(f[19:21], 9)
    all_views = (
        (voice, sounds), (voice, sounds, four, *moved), (voice, sounds, sixteen, age), (key, sixteen, young),
        (voice, f[28], f[29], four, young, *moved), (voice, now, four, young, *moved), (voice, now, before, young, *moved),
        (now, key, four, *moved), (*steps, young, four, *moved), (*f[8:12], four, young, *moved),
        (voice, *row, now, steps[0], four), (f[45], f[46], young, *moved), (key, *f[28:32], four, *moved),
        (*row, sixteen, key, young), (f[45], f[46], now, *moved), (steps[0], steps[1], *lasted, young, sixteen),
        (now, steps[0], key, four, young, *moved))
    hashed = np.zeros((len(all_views), f.shape[1]), np.uint64)
    for k, view in enumerate(all_views):
        hashed[k] = k + 1
        for part in view:
            hashed[k] = (hashed[k] ^ part.astype(np.uint64)) * np.uint64(0x9E3779B97F4A7C15)
            hashed[k] ^= hashed[k] >> np.uint64(29)
    return hashed.T


class Tables:
    """Counts of the pieces trained on.

    :param symbols: of each piece.  (N,) each
    :param contexts: of each piece, from :func:`views`.  (N, K) each
    """

    def __init__(self, symbols, contexts):
        self.keys, self.times = [], []
        told, hashed = np.concatenate(symbols), np.concatenate(contexts)
        for column in hashed.T:
            keys, which = np.unique(column, return_inverse=True)
            times = np.zeros((len(keys) + 1, SIZE), np.float32)  # the last row: a context never seen
            np.add.at(times, (which, told), 1)
            self.keys.append(keys)
            self.times.append(times)

    def shares(self, contexts, own=None):
        """Log shares (N, K, V) and facts (N, K, 3), float16, of one piece.

        :param own: the piece's symbols, where it was counted.  (N,)
        """
        shares = np.empty((*contexts.shape, SIZE), np.float32)
        facts = np.empty((*contexts.shape, _FACTS), np.float32)
        for k, (keys, times) in enumerate(zip(self.keys, self.times, strict=True)):
            rows = np.minimum(keys.searchsorted(contexts[:, k]), len(keys) - 1)
            rows = np.where(keys[rows] == contexts[:, k], rows, len(keys))
            seen = times[rows]
            if own is not None:
                each, which = np.unique(rows, return_inverse=True)
                ours = np.zeros((len(each), SIZE), np.float32)
                np.add.at(ours, (which, own), 1)
                seen = seen - ours[which]
            total, kinds = seen.sum(1, keepdims=True), (seen > 0).sum(1, keepdims=True)
            lower = shares[:, min(k, 2) - 1] if k else np.full(SIZE, 1 / SIZE)
            discount = _DISCOUNT if k else _PLAIN
            shares[:, k] = np.where(total > 0, (np.maximum(seen - discount, 0) + discount * kinds * lower)
                                    / np.maximum(total, 1), lower)
            facts[:, k] = np.concatenate((np.log1p(total) / 4, np.log1p(kinds) / 2, total > 0), 1)
        return np.log(np.maximum(shares, 1e-7)).astype(np.float16), facts.astype(np.float16)


class Counted(nn.Module):
    """A transformer that weighs counts; the last field of each step is the number of its cell, all others are the network's.

    :param shares: of all cells, as from :meth:`Tables.shares`, float16.  (N, K, V)
    :param facts: of all cells.  (N, K, 3)
    """

    def __init__(self, sizes, shares, facts, **options):
        super().__init__()
        self.shares, self.facts = shares, facts
        views = shares.shape[1]
        self.net = Transformer(sizes, outputs=SIZE + views, **options)
        self.trust = nn.Linear(_FACTS * views, views)
        nn.init.zeros_(self.trust.weight)
        nn.init.constant_(self.trust.bias, 1 / views)

    def forward(self, fields):
        """Logits of each cell's symbol.  (B, T, F + 1) -> (B, T, V)"""
        cells = fields[..., -1]
        own, weights = self.net(fields[..., :-1]).float().split((SIZE, self.shares.shape[1]), -1)
        weights = weights + self.trust(self.facts[cells].float().flatten(-2))
        if self.training:
            kept = torch.rand(len(weights), 1, weights.shape[-1]) >= _LEFT_OUT
            weights = weights * kept / (1 - _LEFT_OUT)
        return own + (weights[..., None, :] @ self.shares[cells].float())[..., 0, :]
