"""Recurrent sequence model, parallel form: torch, for training and scoring whole sequences.

The network reads, at every step, the last symbol and any number of *fields* (small integers that are known before the next
symbol: a place in the bar, say), adds up their embeddings, and predicts the next symbol. Its other form,
:mod:`artengine.nn.recurrent_step`, decodes one step at a time without torch; a test holds them together.

Axes: B works, T steps, F fields (the last symbol first), E embedding, H units, V symbols.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional


class Recurrent(nn.Module):
    """LSTM or GRU layers over summed embeddings, with a linear head that also sees the embeddings.

    :param sizes: number of values of each field, the symbols' own (V) first.
    :param cell: ``lstm`` or ``gru``.
    :param outputs: values of the head, by default one a symbol (V).
    """

    offsets: Tensor

    def __init__(self, sizes: Sequence[int], *, units: int, layers: int, embedding: int, dropout: float = 0.0,
                 cell: str = "lstm", outputs: int | None = None) -> None:
        super().__init__()
        self.cell = cell
        self.register_buffer("offsets", torch.tensor(np.cumsum([0, *sizes[:-1]])), persistent=False)  # (F,)
        self.table = nn.Embedding(sum(sizes), embedding)
        kind = {"lstm": nn.LSTM, "gru": nn.GRU}[cell]
        self.layers = nn.ModuleList(kind(embedding if i == 0 else units, units, batch_first=True) for i in range(layers))
        self.dropout = dropout
        self.head = nn.Linear(units + embedding, outputs or sizes[0])
        nn.init.normal_(self.table.weight, std=1 / len(sizes) ** 0.5)
        for layer in self.layers:
            for name, weight in layer.named_parameters():
                if name.startswith("weight_hh"):
                    for gate in weight.chunk(weight.shape[0] // units):
                        nn.init.orthogonal_(gate)
                elif name.startswith("bias"):
                    nn.init.zeros_(weight)
                    if cell == "lstm" and name.startswith("bias_hh"):
                        weight.data[units:2 * units] = 1.0  # forget gates start open: Jozefowicz et al. 2015

    def forward(self, fields: Tensor, state: list[Any] | None = None) -> Tensor:
        """Logits of the next symbol after every step.  (B, T, F) -> (B, T, V)"""
        return self.carried(fields, state)[0]

    def carried(self, fields: Tensor, state: list[Any] | None = None) -> tuple[Tensor, list[Any]]:
        """Logits, and the state after the last step, for sequences read window by window.  (B, T, F) -> (B, T, V), state

        :param state: as an earlier call gave it, detached; per layer the output, for an LSTM with the cell, (1, B, H) each.
        """
        b, t, _ = fields.shape
        flat = (fields + self.offsets).reshape(b * t, -1)  # (B*T, F)
        x = functional.embedding_bag(flat, self.table.weight, mode="sum").view(b, t, -1)  # (B, T, E)
        x = functional.dropout(x, self.dropout, self.training)
        h, after = x, []
        for i, layer in enumerate(self.layers):
            h, last = layer(h, None if state is None else state[i])  # (B, T, H)
            after.append(last)
            h = functional.dropout(h, self.dropout, self.training)
        logits: Tensor = self.head(torch.cat((h, x), -1))  # (B, T, V)
        return logits, after

    def arrays(self) -> Mapping[str, np.ndarray]:
        """The weights as the step form takes them, by torch's own names."""
        return {name: value.detach().cpu().float().numpy() for name, value in self.state_dict().items()}
