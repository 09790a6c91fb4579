"""Training: stretches of symbols, each to be guessed from those before it; see the protocol Learner in artengine.api."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from artengine.api import Run
from artengine.nn.recurrent import Recurrent
from artengine.scaffold.templates.plugin_generator_music import Options

HELD_OUT = 0.1  # share of the corpus, at its end, that is never trained on


class Guess(nn.Module):
    """The network with its loss, as one module, so that the engine can share it between processes."""

    def __init__(self, net: Recurrent) -> None:
        super().__init__()
        self.net = net

    def forward(self, inputs: Tensor, targets: Tensor) -> Tensor:
        """Mean loss in nats a symbol.  (B, T, 2), (B, T) -> ()"""
        return functional.cross_entropy(self.net(inputs).transpose(1, 2), targets)


class SequenceLearner:
    """Steps, batches and weights; the engine does all the rest."""

    ema = 0.99
    unit = "symbols"

    def __init__(self, options: Options, arrays: Mapping[str, np.ndarray], run: Run, places: int) -> None:
        self.options, self.seed = options, run.seed
        self.alphabet = bytes(arrays["alphabet"]).decode().split("\0")
        # What is read is the last symbol and the place of the next; what is to be guessed is the next symbol.
        self.inputs = np.stack((arrays["symbols"][:-1], arrays["places"][1:]), 1).astype(np.int64)  # (T, 2)
        self.targets = arrays["symbols"][1:].astype(np.int64)  # (T,)
        self.trained = int(len(self.targets) * (1 - HELD_OUT))
        self.length = max(1, min(options.length, len(self.targets) - self.trained - 1))
        net = Recurrent((len(self.alphabet), places), units=options.units, layers=1, embedding=options.units // 2,
                        dropout=0.1, cell="gru")
        self.module: nn.Module = Guess(net)
        self.optimizers: dict[str, torch.optim.Optimizer] = {
            "adamw": torch.optim.AdamW(self.module.parameters(), lr=options.rate)}
        self.epoch = max(1, self.trained // (self.length * options.batch_size))

    def batch(self, step: int, rank: int, world: int) -> tuple[Tensor, Tensor]:
        """Stretches from anywhere in the corpus: a function of seed and step alone.  (B, T, 2), (B, T)"""
        draw = np.random.Generator(np.random.Philox(key=[self.seed, step]))
        starts = draw.integers(0, self.trained - self.length + 1, self.options.batch_size)
        return self._stretches(starts[rank::world] if len(starts) >= world else starts)

    def step(self, step: int, batch: tuple[Tensor, Tensor], backward: Any) -> Mapping[str, float]:
        """One update."""
        optimizer = self.optimizers["adamw"]
        loss = self.module(*batch)
        optimizer.zero_grad(set_to_none=True)
        backward(loss)
        nn.utils.clip_grad_norm_(self.module.parameters(), 1.0)
        optimizer.step()
        return {"loss": loss.item(), "items": batch[1].numel()}

    def validate(self) -> Mapping[str, float]:
        """Loss on the end of the corpus."""
        starts = np.arange(self.trained, len(self.targets) - self.length + 1, self.length)[:256]
        device = next(self.module.parameters()).device
        self.module.eval()
        with torch.inference_mode():
            loss = self.module(*(part.to(device) for part in self._stretches(starts))).item()
        self.module.train()
        return {"loss": loss}

    def weights(self) -> Mapping[str, np.ndarray]:
        """The network's arrays, in half precision."""
        module: Any = getattr(self.module, "module", self.module)  # as the engine wrapped it
        return {name: array.astype(np.float16) for name, array in module.net.arrays().items()}

    def header(self) -> Mapping[str, Any]:
        """What rendering needs besides the weights."""
        return {"alphabet": self.alphabet, "loss_unit": "nats per symbol"}

    def state(self) -> Mapping[str, Tensor]:
        """Nothing beyond what the engine keeps."""
        return {}

    def load_state(self, state: Mapping[str, Tensor]) -> None:
        """Nothing to take back."""

    def _stretches(self, starts: np.ndarray) -> tuple[Tensor, Tensor]:
        rows = starts[:, None] + np.arange(self.length)  # (B, T)
        return torch.from_numpy(self.inputs[rows]), torch.from_numpy(self.targets[rows])
