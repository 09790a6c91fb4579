"""Training on melodies: whole ones in batches of like length, the loss in nats per note; whatever the network."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from artengine.api import Run
from artengine.nn.learning import batches_of_like_length, chance, cut, fallen, warmed_up
from artengine_music.melody.encoding import Vocabulary
from artengine_music.melody.preparing import TEST, TRAIN, VALIDATION

LONGEST = 448  # symbols of a melody that are trained on (99 in 100 are shorter): bounds what autograd keeps of a batch
IGNORE = -100
TONIC = 5  # column of the tonic among the inputs


class Options(Protocol):
    """What a generator's options must say of its training."""

    @property
    def batch_size(self) -> int:
        """Melodies a step."""
    @property
    def rate(self) -> float:
        """Learning rate to start with."""
    @property
    def transpose(self) -> bool:
        """Train every melody in all twelve keys."""


class MelodyLoss(nn.Module):
    """The network with its mask and its loss, as one module that several processes can share."""

    blocked: Tensor

    def __init__(self, net: nn.Module, legal: np.ndarray) -> None:
        super().__init__()
        self.net = net
        self.register_buffer("blocked", torch.where(torch.from_numpy(legal), 0.0, -1e9), persistent=False)  # (states, V)

    def forward(self, inputs: Tensor, targets: Tensor) -> Tensor:
        """Nats of every symbol, 0 where padded.  (B, T, 1 + F), (B, T) -> (B, T)"""
        logits = self.net(inputs).float() + self.blocked[inputs[..., 1]]  # (B, T, V)
        return functional.cross_entropy(logits.transpose(1, 2), targets, ignore_index=IGNORE, reduction="none")


class MelodyLearner:
    """One training of a network over melodies; an ``artengine.api.Learner``.

    :param network: makes the network, given the number of values of each field: (B, T, 1 + F) -> (B, T, V), with ``arrays``.
    """

    ema = 0.999
    patience = 5
    unit = "notes"

    def __init__(self, options: Options, arrays: Mapping[str, np.ndarray], run: Run, header: dict[str, Any],
                 network: Callable[[Sequence[int]], nn.Module]) -> None:
        self.options, self.arrays, self.seed = options, arrays, run.seed
        self.vocabulary = Vocabulary.from_data(header["vocabulary"])
        self._header = header
        sizes = (self.vocabulary.size, *self.vocabulary.fields())
        self.module: nn.Module = MelodyLoss(network(sizes), self.vocabulary.legal())
        self.optimizers: dict[str, torch.optim.Optimizer] = {
            "adamw": torch.optim.AdamW(self.module.parameters(), lr=options.rate, betas=(0.9, 0.99), weight_decay=0.02)}
        self._cut = 1.0
        self._starts = np.concatenate(([0], np.cumsum(arrays["lengths"])))
        self._ids = {part: np.flatnonzero(arrays["split"] == part) for part in (TRAIN, VALIDATION, TEST)}
        self.epoch = max(1, len(self._ids[TRAIN]) // options.batch_size)  # steps for one pass
        if fall := getattr(options, "fall", 0):
            self.steps = fall
        self._order: tuple[int, list[np.ndarray]] = (-1, [])

    def batch(self, step: int, rank: int, world: int) -> tuple[Tensor, Tensor]:
        """Melodies of like length; process *rank* takes every *world*-th.  (B, T, 1 + F) and (B, T) int64"""
        epoch, index = divmod(step, self.epoch)
        if self._order[0] != epoch:
            self._order = epoch, batches_of_like_length(
                self._ids[TRAIN], self.arrays["lengths"], self.options.batch_size, chance(self.seed, 2**32 + epoch))
        ids = self._order[1][index]
        inputs, targets = self._padded(ids[rank::world] if len(ids) >= world else ids, LONGEST)
        if self.options.transpose:
            shifts = chance(self.seed, 2 * step + 1).integers(-5, 7, len(inputs))
            keep = chance(self.seed, 2 * step + 2).random(len(inputs)) < 0.5
            inputs[:, :, TONIC] = (inputs[:, :, TONIC] + np.where(keep, 0, shifts)[:, None]) % 12
        return torch.from_numpy(inputs), torch.from_numpy(targets)

    def step(self, step: int, batch: tuple[Tensor, Tensor], backward: Any) -> Mapping[str, float]:
        """One update."""
        optimizer = self.optimizers["adamw"]
        for group in optimizer.param_groups:
            group["lr"] = self.options.rate * self._cut * warmed_up(step) * fallen(step, getattr(self.options, "fall", 0))
        inputs, targets = batch
        counted = targets != IGNORE
        loss = self.module(inputs, targets).sum() / counted.sum()
        optimizer.zero_grad(set_to_none=True)
        backward(loss)
        nn.utils.clip_grad_norm_(self.module.parameters(), 1.0)
        optimizer.step()
        return {"loss": 2 * loss.item(), "items": counted.sum().item() / 2}  # two symbols make a note

    def validate(self) -> Mapping[str, float]:
        """Held-out loss, nats per note."""
        losses = self._losses(self._ids[VALIDATION])
        return {"loss": float(losses.sum() / self.arrays["notes"][self._ids[VALIDATION]].sum())}

    def schedule(self, step: int, history: Sequence[float]) -> None:
        """A rate that does not fall is cut to a third when three validations gain less than a hundredth, thrice at most."""
        self._cut = 1.0 if getattr(self.options, "fall", 0) else cut(history)

    def weights(self) -> Mapping[str, np.ndarray]:
        """The network in half precision, and the corpus' fingerprint."""
        module = getattr(self.module, "module", self.module)  # as the engine wrapped it
        return {**{name: array.astype(np.float16) for name, array in module.net.arrays().items()},
                **{name: np.asarray(array) for name, array in self.arrays.items() if name.startswith("fingerprint.")}}

    def header(self) -> Mapping[str, Any]:
        """Vocabulary, the frames of the corpus, and how the held-out melodies fared."""
        ids = self._ids[VALIDATION]
        each = self._losses(ids) / self.arrays["notes"][ids]
        quantiles = [round(float(q), 4) for q in np.quantile(each, np.linspace(0, 1, 21))]
        facts: dict[str, Any] = {**self._header, "loss_unit": "nats per note", "held_out_quantiles": quantiles}
        test = self._ids[TEST]
        if len(test):
            facts["test_loss"] = round(float(self._losses(test).sum() / self.arrays["notes"][test].sum()), 4)
        return facts

    def state(self) -> Mapping[str, Tensor]:
        """Nothing beyond what the engine keeps."""
        return {}

    def load_state(self, state: Mapping[str, Tensor]) -> None:
        """Nothing to take back."""

    def _padded(self, ids: np.ndarray, longest: int | None = None) -> tuple[np.ndarray, np.ndarray]:
        lengths = self.arrays["lengths"][ids].clip(max=longest)
        inputs = np.zeros((len(ids), lengths.max(), self.arrays["fields"].shape[1]), np.int64)
        targets = np.full(inputs.shape[:2], IGNORE, np.int64)
        for row, (start, length) in enumerate(zip(self._starts[ids], lengths, strict=True)):
            inputs[row, :length] = self.arrays["fields"][start:start + length]
            targets[row, :length] = self.arrays["symbols"][start:start + length]
        return inputs, targets

    def _losses(self, ids: np.ndarray) -> np.ndarray:
        """Nats of each melody.  (n,)"""
        self.module.eval()
        order = ids[np.argsort(self.arrays["lengths"][ids], kind="stable")]
        total = np.zeros(len(self.arrays["lengths"]))
        device = next(self.module.parameters()).device
        with torch.inference_mode():
            for first in range(0, len(order), 64):
                part = order[first:first + 64]
                inputs, targets = (torch.from_numpy(a).to(device) for a in self._padded(part))
                total[part] = self.module(inputs, targets).sum(1).double().cpu().numpy()
        self.module.train()
        return total[ids]
