"""Transformer sequence model, parallel form: torch, for training and scoring whole sequences.

It reads what :class:`artengine.nn.recurrent.Recurrent` reads: at every step the last symbol and any number of *fields*
(small integers that are known before the next symbol), whose embeddings are added up. Its other form,
:mod:`artengine.nn.transformer_step`, decodes one step at a time without torch; a test holds them together.

The parts are chosen for their held-out loss, and among equals for what decodes quickly: root-mean-square norms before each
block (Zhang and Sennrich 2019) whose gains the next matrix can hold, rotary positions (Su et al. 2021), squared ReLU
(So et al. 2021), no biases, and keys and values that all heads share (Shazeer 2019), which makes the memory of the past a
fraction of the size.

Axes: B works, T steps, M steps remembered, F fields (the last symbol first), W width, H heads, D = W / H, V symbols.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

BASE = 10000.0  # the slowest rotation takes about 2 pi times as many steps
Memory = list[tuple[Tensor, Tensor]]  # by layer: keys (not yet rotated) and values, (B, groups, M, D) each


class Transformer(nn.Module):
    """Causal attention and feed-forward blocks over summed embeddings, with a linear head.

    :param sizes: number of values of each field, the symbols' own (V) first.
    :param width: size of embeddings and between blocks, W; a multiple of twice *heads*.
    :param context: steps that attention sees, the present one included; memory and sequences may be longer.
    :param dropout: share of the activations left out in training, after the embedding and after each block.
    :param blind: share of the fields that a step does not see in training: with many fields about little data, none of them
        can then be learnt by heart.
    :param groups: sets of keys and values; 1 is shared by all heads, *heads* gives each its own.
    :param hidden: units of each feed-forward block; 4 W unless given.
    :param tied: let the head use the symbols' embeddings, which saves V W weights.
    :param outputs: values of a head that is not tied, by default one a symbol (V).
    """

    offsets: Tensor

    def __init__(self, sizes: Sequence[int], *, width: int, layers: int, heads: int, context: int, dropout: float = 0.0,
                 blind: float = 0.0, groups: int = 1, hidden: int | None = None, tied: bool = False,
                 outputs: int | None = None) -> None:
        super().__init__()
        if width % (2 * heads) or heads % groups:
            raise ValueError(f"width {width} must be a multiple of twice the {heads} heads, and these of {groups} groups")
        self.symbols, self.heads, self.groups, self.context, self.dropout = sizes[0], heads, groups, context, dropout
        self.blind, self.each = blind, width // heads  # D
        hidden = hidden or 4 * width
        self.register_buffer("offsets", torch.tensor(np.cumsum([0, *sizes[:-1]])), persistent=False)  # (F,)
        self.table = nn.Embedding(sum(sizes), width)
        nn.init.normal_(self.table.weight, std=1 / len(sizes) ** 0.5)
        self.attention = nn.ModuleList(_linear(width, (heads + 2 * groups) * self.each) for _ in range(layers))
        # the sum of all blocks has the variance of the embeddings, whatever the number of layers
        self.mixing = nn.ModuleList(_linear(width, width, layers) for _ in range(layers))
        self.inward = nn.ModuleList(_linear(width, hidden) for _ in range(layers))
        self.outward = nn.ModuleList(_linear(hidden, width, layers) for _ in range(layers))
        self.head = None if tied else _linear(width, outputs or sizes[0])
        if self.head is not None:
            nn.init.zeros_(self.head.weight)  # every symbol equally likely, to begin with

    def forward(self, fields: Tensor, memory: Memory | None = None) -> Tensor:
        """Logits of the next symbol after every step.  (B, T, F) -> (B, T, V)"""
        return self.carried(fields, memory)[0]

    def carried(self, fields: Tensor, memory: Memory | None = None) -> tuple[Tensor, Memory]:
        """Logits, and what to remember of these steps for the next ones: Dai et al., "Transformer-XL", 2019.

        No gradient flows into the memory, whose length is *context* - 1 at the most.

        :param memory: what the same works' steps before these left.
        """
        b, t, _ = fields.shape
        flat = (fields + self.offsets).reshape(b * t, -1)  # (B*T, F)
        told = None
        if self.training and self.blind:
            told = (torch.rand(flat.shape, device=flat.device) >= self.blind).to(self.table.weight.dtype) / (1 - self.blind)
        x = functional.embedding_bag(flat, self.table.weight, mode="sum", per_sample_weights=told).view(b, t, -1)  # (B,T,W)
        x = self._drop(x)
        past = 0 if memory is None else memory[0][0].shape[2]
        turn, seen = self._rotation(past + t, x), self._seen(past, t, x.device)
        kept: Memory = []
        for i, (attention, mixing, inward, outward) in enumerate(
                zip(self.attention, self.mixing, self.inward, self.outward, strict=True)):
            heads = attention(_norm(x)).view(b, t, -1, self.each).transpose(1, 2)  # (B, H + 2 groups, T, D)
            q, k, v = heads.split((self.heads, self.groups, self.groups), 1)
            if memory is not None:
                k, v = torch.cat((memory[i][0], k), 2), torch.cat((memory[i][1], v), 2)
            kept.append((k[:, :, 1 - self.context:].detach(), v[:, :, 1 - self.context:].detach()))
            x = x + self._drop(mixing(self._attend(q, k, v, turn, seen)))
            x = x + self._drop(outward(functional.relu(inward(_norm(x))).square()))
        x = _norm(x)
        if self.head is None:  # embeddings are larger than a head's rows should be
            return functional.linear(x * x.shape[-1] ** -0.5, self.table.weight[:self.symbols]), kept
        return self.head(x), kept

    def _attend(self, q: Tensor, k: Tensor, v: Tensor, turn: tuple[Tensor, Tensor], seen: Tensor | None) -> Tensor:
        """(B, H, T, D), (B, groups, M + T, D) twice -> (B, T, W)"""
        t, each = q.shape[2], self.heads // self.groups
        q, k = _rotated(q, turn[0][-t:], turn[1][-t:]), _rotated(k, *turn)
        if each > 1:
            k, v = k.repeat_interleave(each, 1), v.repeat_interleave(each, 1)
        if q.device.type == "cpu":  # where attention in bfloat16 takes several times as long
            q, k, v = q.float(), k.float(), v.float()
        with torch.autocast(q.device.type, enabled=False):
            q, k = q.to(v.dtype), k.to(v.dtype)
            found = functional.scaled_dot_product_attention(q, k, v, attn_mask=seen, is_causal=seen is None)
        return found.transpose(1, 2).flatten(2)

    def _drop(self, x: Tensor) -> Tensor:
        return functional.dropout(x, self.dropout, self.training)

    def _rotation(self, steps: int, like: Tensor) -> tuple[Tensor, Tensor]:
        """Cosines and sines of the angles by which each half pair turns.  (steps, D / 2) each"""
        angles = torch.arange(steps, device=like.device)[:, None] * torch.from_numpy(frequencies(self.each)).to(like.device)
        return angles.cos().to(like.dtype), angles.sin().to(like.dtype)

    def _seen(self, past: int, steps: int, device: torch.device) -> Tensor | None:
        """What each step sees of all, or ``None`` where that is just what came before it.  (T, M + T) bool"""
        if past == 0 and steps <= self.context:
            return None
        back = torch.arange(past, past + steps, device=device)[:, None] - torch.arange(past + steps, device=device)
        return (back >= 0) & (back < self.context)

    def arrays(self) -> Mapping[str, np.ndarray]:
        """The weights as the step form takes them, by torch's own names."""
        return {name: value.detach().cpu().float().numpy() for name, value in self.state_dict().items()}


def frequencies(size: int) -> np.ndarray:
    """Radians a step by which each pair of a head of *size* turns, float64.  (size / 2,)"""
    return np.asarray(BASE ** (-2 * np.arange(size // 2) / size))


def _linear(inputs: int, outputs: int, layers: int = 0) -> nn.Linear:
    """A matrix without biases; one that adds to the residual stream is smaller, by the blocks that do so."""
    linear = nn.Linear(inputs, outputs, bias=False)
    nn.init.normal_(linear.weight, std=(inputs * max(1, 2 * layers)) ** -0.5)
    return linear


def _norm(x: Tensor) -> Tensor:
    return functional.rms_norm(x, x.shape[-1:], eps=1e-6)


def _rotated(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """The first half of each head holds the pairs' first parts.  (B, heads, T, D), (T, D / 2) twice -> (B, heads, T, D)"""
    a, b = x.chunk(2, -1)
    return torch.cat((a * cos - b * sin, b * cos + a * sin), -1)
