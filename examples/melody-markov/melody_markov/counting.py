"""Learning: counting the grams of a corpus, as a training that the engine can save, resume and stop."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch

from melody_markov.chain import PITCHES, Chain

BATCH = 4096


class Counting:
    """The learner. Counting is gradient descent: where the loss is minus the sum of the counts met, each step adds one."""

    ema, unit = 0.0, "grams"

    def __init__(self, arrays: Mapping[str, np.ndarray]) -> None:
        self.arrays = arrays
        self.module = torch.nn.Embedding(len(arrays["grams"]), 1)  # one count a gram
        torch.nn.init.zeros_(self.module.weight)
        self.optimizers = {"counts": torch.optim.SGD(self.module.parameters(), lr=1.0)}
        self.counts = self.module.weight
        self.steps = self.epoch = -(-len(arrays["hits"]) // BATCH)  # every gram once

    def batch(self, step: int, rank: int, world: int) -> Any:
        """The next grams of the corpus."""
        at = step % self.steps * BATCH
        return torch.from_numpy(self.arrays["hits"][at:at + BATCH][rank::world].astype(np.int64))

    def step(self, step: int, batch: Any, backward: Any) -> Mapping[str, float]:
        """Count them; the loss is how rare they still are among all that was met."""
        self.optimizers["counts"].zero_grad()
        backward(-self.module(batch).sum())
        self.optimizers["counts"].step()
        rare = -(self.counts.detach()[batch] / self.counts.detach().sum()).log().mean()
        return {"loss": float(rare), "items": len(batch)}

    def validate(self) -> Mapping[str, float]:
        """How surprising the next note of a held-out tune is.  nats"""
        chain = Chain(self.arrays["grams"], self.counts.detach().cpu().numpy()[:, 0])
        losses = [-chain.logits(int(row[0]), row[2:].tolist(), PITCHES)[row[1]] for row in self.arrays["held"]]
        return {"loss": float(np.mean(losses))}

    def weights(self) -> Mapping[str, np.ndarray]:
        """The grams that were met, and how often."""
        return {"grams": np.array(self.arrays["grams"]), "counts": self.counts.detach().cpu().numpy()[:, 0].copy()}

    def header(self) -> Mapping[str, Any]:
        """Bars by number, and the metres and keys of the tunes."""
        return dict(json.loads(bytes(self.arrays["header"])))

    def state(self) -> Mapping[str, Any]:
        """Nothing but the counts."""
        return {}

    def load_state(self, state: Mapping[str, Any]) -> None:
        """Nothing to take back."""
