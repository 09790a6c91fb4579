"""What the benchmarks of character models share: nanoGPT's small model and a 5-gram as peers, ours, and the measures.

Ours is an LSTM that mixes counted contexts (``artengine.nn.counts`` and ``mixing``), trained on windows of carried streams,
some of them begun cold. Losses are nats a character. A *cold* loss is over windows that do not overlap and begin with no
past, every position counted; the *carried* one keeps the past (in streams, each led in by the characters before it).

Axes: B streams or windows, T steps, V symbols.
"""

from __future__ import annotations

import math
import os
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from itertools import pairwise

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("GOMP_SPINCOUNT", "0")

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from artengine.nn.counts import Counts
from artengine.nn.mixing import Mixed
from artengine.nn.mixing_step import MixedStep
from artengine.nn.recurrent import Recurrent
from artengine.nn.recurrent_step import RecurrentStep

torch.set_num_threads(1)


def encoded(text, symbols):
    """Places of the characters among *symbols*.  (T,) int64"""
    places = {c: i for i, c in enumerate(symbols)}
    return np.array([places[c] for c in text])


class FiveGram:
    """Witten-Bell counts of orders 0 to 4, written plainly: the floor, and a check of the measures."""

    def __init__(self, sequence, size, order=5):
        self.size, self.tables = size, [defaultdict(Counter) for _ in range(order)]
        line = sequence.tolist()
        for k, table in enumerate(self.tables):
            for t in range(k, len(line)):
                table[tuple(line[t - k:t])][line[t]] += 1

    def losses(self, sequence, window=None):
        """Mean loss of every character but the first; with a window, each sees only those before it there."""
        line, nats = sequence.tolist(), 0.0
        last = (len(line) - 1) // window * window if window else len(line) - 1
        for t in range(1, last + 1):
            reach = (t - 1) % window + 1 if window else t
            p = 1 / self.size
            for k, table in enumerate(self.tables[:reach + 1]):
                row = table.get(tuple(line[t - k:t]))
                if row is None:
                    break
                p = (row[line[t]] + len(row) * p) / (row.total() + len(row))
            nats -= math.log(p)
        return nats / last


class PlainGPT(nn.Module):
    """nanoGPT's model, written anew: pre-norm blocks, learnt positions, GELU, tied head, no biases, no dropout."""

    def __init__(self, size, layers=4, heads=4, width=128, block=64):
        super().__init__()
        self.heads, self.block = heads, block
        self.tokens, self.places = nn.Embedding(size, width), nn.Embedding(block, width)
        self.blocks = nn.ModuleList(nn.ModuleDict({
            "norm": nn.LayerNorm(width, bias=False), "qkv": nn.Linear(width, 3 * width, bias=False),
            "out": nn.Linear(width, width, bias=False), "norm2": nn.LayerNorm(width, bias=False),
            "up": nn.Linear(width, 4 * width, bias=False), "down": nn.Linear(4 * width, width, bias=False)})
            for _ in range(layers))
        self.norm = nn.LayerNorm(width, bias=False)
        for name, p in self.named_parameters():
            if p.dim() == 2:
                nn.init.normal_(p, std=0.02 / (math.sqrt(2 * layers) if "out." in name or "down." in name else 1))

    def forward(self, x):
        b, t = x.shape
        h = self.tokens(x) + self.places(torch.arange(t))
        for block in self.blocks:
            q, k, v = block["qkv"](block["norm"](h)).view(b, t, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
            a = functional.scaled_dot_product_attention(q, k, v, is_causal=True).transpose(1, 2).reshape(b, t, -1)
            h = h + block["out"](a)
            h = h + block["down"](functional.gelu(block["up"](block["norm2"](h))))
        return functional.linear(self.norm(h), self.tokens.weight)


def gpt_trainer(model, sequence, seed=0, batch=12, steps=2_000):
    """One step of nanoGPT's recipe for its CPU configuration at each call of what this returns."""
    rng = np.random.default_rng(seed)
    optimizer = torch.optim.AdamW([{"params": [p for p in model.parameters() if p.dim() > 1], "weight_decay": 0.1},
                                   {"params": [p for p in model.parameters() if p.dim() < 2], "weight_decay": 0.0}],
                                  lr=1e-3, betas=(0.9, 0.99))

    def step(i):
        rate = 1e-3 * (i + 1) / 101 if i < 100 else 1e-4 + 0.45e-3 * (1 + math.cos(math.pi * (i - 100) / (steps - 100)))
        for group in optimizer.param_groups:
            group["lr"] = rate
        at = rng.integers(0, len(sequence) - model.block, batch)[:, None] + np.arange(model.block)
        loss = functional.cross_entropy(model(torch.from_numpy(sequence[at])).flatten(0, 1),
                                        torch.from_numpy(sequence[at + 1]).flatten())
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()

    return step


@dataclass(frozen=True)
class Recipe:
    """How ours is built and trained."""

    units: int = 256
    embedding: int = 64
    orders: tuple[int, ...] = (1, 2, 3, 4, 5, 6)
    parts: int = 12
    dropout: float = 0.0
    streams: int = 32
    steps: int = 64
    rate: float = 4e-3
    decay: float = 0.02
    cold: float = 0.3  # share of the windows that begin with no past
    half: bool = True  # bfloat16 in the LSTM, while training


class Ours:
    """An LSTM and counts; the counts of other corpora may be had beside those of the one trained on.

    :param first: a model of another corpus to start from.
    """

    def __init__(self, sequence, size, recipe, seed=0, first=None):
        self.recipe, self.sequence, self.seed = recipe, sequence, seed
        torch.manual_seed(seed)
        orders = len(recipe.orders)
        outputs = size + orders + (len(first.recipe.orders) if first else 0)
        net = Recurrent((size,), units=recipe.units, layers=1, embedding=recipe.embedding, dropout=recipe.dropout,
                        outputs=outputs)
        edges = np.linspace(0, len(sequence), recipe.parts + 1).astype(int)
        self.part = np.searchsorted(edges, np.arange(len(sequence)), "right") - 1
        pieces = [sequence[a:b] for a, b in pairwise(edges)]
        counts = Counts.of([sequence], size, recipe.orders)
        parts = Counts.of(pieces, size, recipe.orders, range(recipe.parts))
        self.counts = [counts]
        if first is None:
            self.model = Mixed(net, counts, parts)
        else:
            inner = Mixed(net, first.counts[0])
            self.model = Mixed(inner, counts, parts, name="own", weight=0.3)
            self.counts = [first.counts[0], counts]
            old = first.model.state_dict()
            for name, value in inner.state_dict().items():
                value.zero_()
                value[tuple(slice(n) for n in old[name].shape)] = old[name]

    def values(self, x, part, before, state, half=False):
        """Logits and what to carry on.  (B, T) -> (B, T, V), state"""
        with torch.autocast("cpu", torch.bfloat16, enabled=half):
            net = self.model.net.net if len(self.counts) > 1 else self.model.net
            out, state = net.carried(torch.from_numpy(x)[..., None], state)
        symbols = torch.from_numpy(x)
        if len(self.counts) > 1:
            out = self.model.net.mix(out, symbols, None, before)
        return self.model.mix(out, symbols, part, before), state

    def train(self, seconds, since=None, say=None):
        """Train until *seconds* of CPU are spent, counted from *since*; the rate rises, then falls along a cosine."""
        r, line, rng = self.recipe, self.sequence, np.random.default_rng(self.seed)
        since = time.process_time() if since is None else since
        optimizer = torch.optim.AdamW(self.model.parameters(), r.rate, (0.9, 0.99), weight_decay=r.decay, fused=True)
        longest = max(c.longest for c in self.counts)
        back, b, t = np.arange(longest - 1, 0, -1), r.streams, r.steps
        start = (np.arange(b) * (len(line) // b) + rng.integers(0, len(line) // b)) % (len(line) - t - 1)
        age, state, steps, losses = np.zeros(b, int), None, 0, []
        self.model.train()
        while (spent := (time.process_time() - since) / seconds) < 1:
            for group in optimizer.param_groups:
                group["lr"] = r.rate * min(1, spent / 0.04 + 0.01) * 0.5 * (1 + math.cos(math.pi * spent))
            over = start + t + 1 >= len(line)
            cold = (rng.random(b) < r.cold) | over
            start[over] = rng.integers(0, min(t, len(line) - t - 1), over.sum())
            age[cold] = 0
            if state is not None:
                keep = torch.from_numpy(~cold)[None, :, None]
                state = [tuple(x.detach() * keep for x in layer) for layer in state]
            at = start[:, None] + np.arange(t)
            before = np.where(back <= age[:, None], line[np.maximum(start[:, None] - back, 0)], -1)
            logits, state = self.values(line[at], self.part[at], before, state, r.half)
            loss = functional.cross_entropy(logits.flatten(0, 1), torch.from_numpy(line[at + 1]).flatten())
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
            optimizer.step()
            losses.append(loss.item())
            steps, start, age = steps + 1, start + t, age + t
            if say and steps % say == 0:
                print(f"    {spent:.2f} of the time, {steps} steps, loss {np.mean(losses[-say:]):.4f}", flush=True)
        return steps * b * t / len(line)

    @torch.inference_mode()
    def cold(self, sequence, window=64):
        """Mean loss in windows that begin cold."""
        self.model.eval()
        at = np.arange((len(sequence) - 1) // window * window).reshape(-1, window)
        total = 0.0
        for some in np.array_split(at, -(-at.size // 4096)):
            logits, _ = self.values(sequence[some], None, None, None)
            total += functional.cross_entropy(logits.flatten(0, 1), torch.from_numpy(sequence[some + 1]).flatten(),
                                              reduction="sum").item()
        return total / at.size

    @torch.inference_mode()
    def carried(self, sequence, streams=16, lead=512):
        """Mean loss with the past carried on, each stream led in by *lead* characters."""
        self.model.eval()
        longest = max(c.longest for c in self.counts)
        length = -(-(len(sequence) - 1) // streams)
        first = np.arange(streams)[:, None] * length
        state, total, counted = None, 0.0, 0
        for begin in range(-lead, length, 128):
            steps = np.arange(begin, min(begin + 128, 0 if begin < 0 else length))
            at = first + steps
            inside = np.clip(at, 0, len(sequence) - 2)
            past = at[:, :1] - np.arange(longest - 1, 0, -1)
            before = np.where(past >= 0, sequence[np.maximum(past, 0)], -1)
            logits, state = self.values(np.where(at >= 0, sequence[inside], 0), None, before, state)
            if begin < 0:  # the first stream has no past
                state = [tuple(x * (torch.arange(streams) > 0)[None, :, None] for x in layer) for layer in state]
                continue
            loss = functional.cross_entropy(logits.flatten(0, 1), torch.from_numpy(sequence[inside + 1]).flatten(),
                                            reduction="none").numpy()
            real = (at < len(sequence) - 1).ravel()
            total, counted = total + float(loss[real].sum()), counted + int(real.sum())
        return total / counted


    def stepped(self, sequence):
        """Mean loss by the step form, one character after another as in decoding: sees nothing but the past."""
        weights, size = self.model.arrays(), self.counts[0].size
        step = RecurrentStep(weights, (size,))
        for counts, name in zip(self.counts, ("counts", "own"), strict=False):
            step = MixedStep(step, weights, size, counts.orders, name)
        scores = step.score(sequence[:-1, None])
        return -float(scores[np.arange(len(scores)), sequence[1:]].mean())


@torch.inference_mode()
def gpt_cold(model, sequence, window=64):
    """Mean loss of the plain GPT in windows that begin cold."""
    at = np.arange((len(sequence) - 1) // window * window).reshape(-1, window)
    losses = [functional.cross_entropy(model(torch.from_numpy(sequence[some])).flatten(0, 1),
                                       torch.from_numpy(sequence[some + 1]).flatten(), reduction="sum").item()
              for some in np.array_split(at, -(-len(at) // 64))]
    return sum(losses) / at.size


__all__ = ["FiveGram", "Ours", "PlainGPT", "Recipe", "encoded", "gpt_cold", "gpt_trainer", "replace"]
