"""A network that mixes counted contexts, parallel form: torch, for training and scoring.

The logits are the network's own plus a weighted sum of the log shares that each order of :class:`artengine.nn.counts.Counts`
gives; the weights are the network's too, and depend on what is known of the contexts (a product of experts with gates, as in
context mixing: Mahoney, "Adaptive weighing of context models for lossless data compression", 2005). The network need only
learn what counts cannot know. The other form is :mod:`artengine.nn.mixing_step`; a test holds them together.

Axes: B works, T steps, F fields, K orders, V symbols.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from artengine.nn.counts import FACTS, Counts


class Mixed(nn.Module):
    """Counts and a network together.

    A model may remember several corpora, the artist's own beside the one it was first trained on: a ``Mixed`` is a network
    that another can take, then with an output for each order of both.

    :param net: gives V + K values a step, (B, T, F) -> (B, T, V + K), by a linear layer ``head``, which is set to zero so
        that training starts from the counts; its ``arrays()`` are saved. ``Recurrent(..., outputs=V + K)`` is one.
    :param counts: of the sequences trained on.
    :param parts: counts of the same sequences by part, for training.
    :param name: what the names of our arrays begin with, after which comes a dot.
    :param weight: of all orders together, to begin with.
    """

    def __init__(self, net: Any, counts: Counts, parts: Counts | None = None, name: str = "counts",
                 weight: float = 1.0) -> None:
        super().__init__()
        self.net, self.counts, self.parts, self.name = net, counts, parts, name
        orders = len(counts.orders)
        self.trust = nn.Linear(FACTS * orders, orders)
        for zero in (self.trust.weight, *self.head.parameters()):
            nn.init.zeros_(zero)
        nn.init.constant_(self.trust.bias, weight / orders)

    @property
    def head(self) -> nn.Linear:
        """The network's."""
        head: nn.Linear = self.net.head
        return head

    def forward(self, fields: Tensor, part: np.ndarray | int | None = None, before: np.ndarray | None = None) -> Tensor:
        """Logits of the next symbol after every step; for the parameters see :meth:`mix`.  (B, T, F) -> (B, T, V)"""
        return self.mix(self.net(fields), fields[..., 0], part, before)

    def mix(self, values: Tensor, symbols: Tensor, part: np.ndarray | int | None = None,
            before: np.ndarray | None = None) -> Tensor:
        """Logits from what the network gave.  (B, T, V + K), (B, T) -> (B, T, V)

        Values beyond these are handed on as they are.

        :param part: part of the corpus the steps belong to, of the shape of *symbols* or one that broadcasts to it: what was
            counted there is left out. ``None`` for sequences that were not counted.
        :param before: symbols before the first step, the latest last, for windows of longer sequences.  (B, longest - 1)
        """
        b, t = symbols.shape
        contexts = self.counts.contexts(self.counts.recent(symbols.cpu().numpy(), before))  # (B, T, K)
        rows, without = self.counts.rows(contexts).reshape(b * t, -1), None
        if part is not None and self.parts is not None:
            whose = np.broadcast_to(part, (b, t))[..., None]
            without = self.parts, self.parts.rows(contexts, whose).reshape(b * t, -1)
        shares, facts = (torch.from_numpy(a).to(values.device) for a in self.counts.predictions(rows, without))
        own, weights, others = torch.tensor_split(
            values.float().reshape(b * t, -1), (self.counts.size, self.counts.size + len(self.counts.orders)), 1)
        weights = weights + self.trust(facts.flatten(1))
        logits = torch.baddbmm(own[:, None], weights[:, None], shares.log_())[:, 0]
        return torch.cat((logits, others), 1).view(b, t, -1)

    def arrays(self) -> Mapping[str, np.ndarray]:
        """The network's weights by their own names, and ours."""
        ours = {f"trust.{name}": value.detach().cpu().float().numpy() for name, value in self.trust.state_dict().items()}
        return {**self.net.arrays(), **{f"{self.name}.{key}": a for key, a in {**ours, **self.counts.arrays()}.items()}}
