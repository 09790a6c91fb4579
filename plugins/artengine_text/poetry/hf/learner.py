"""Training of the adapters: the engine's way with poems, on the tokens of a base."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from artengine_text.poetry.hf.adapters import Adapted
from artengine_text.poetry.learner import IGNORE, VerseLearner, VerseLoss


class AdaptedLoss(VerseLoss):
    """A base with its adapters and its loss, of which only the symbols go in."""

    net: Adapted

    def forward(self, inputs: Tensor, targets: Tensor, parts: Tensor | None = None) -> Tensor:
        """Nats of every symbol, 0 where padded.  (B, T, F), (B, T) -> (B, T)"""
        logits = self.net(inputs[..., 0])  # (B, T, V)
        wanted = torch.where(targets == IGNORE, IGNORE, self.net.table[targets.clamp(min=0)])
        return functional.cross_entropy(logits.flatten(0, 1).float(), wanted.flatten(), ignore_index=IGNORE,
                                        reduction="none").view_as(targets)


class BaseLearner(VerseLearner):
    """One training of adapters; beats, rhymes and styles are not told to a base."""

    scored_at_once = 8  # a base's vocabulary is large

    def _made(self, network: Callable[[int], Any]) -> nn.Module:
        return AdaptedLoss(network(0))

    def header(self) -> Mapping[str, Any]:
        """As of any model of verse; no styles, since none can be asked for."""
        return {**super().header(), "styles": []}
