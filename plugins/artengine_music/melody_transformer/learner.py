"""Training on chorales: stretches of them, often with some voices given, the loss in nats per note."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from artengine.api import Run
from artengine.nn.learning import chance, cut, fallen, warmed_up
from artengine.nn.transformer import Transformer
from artengine_music.melody.preparing import TEST, TRAIN, VALIDATION
from artengine_music.melody_transformer.cells import ABSOLUTE, GIVEN, GIVEN_EACH, SIZES, VOICES
from artengine_music.melody_transformer.settings import Options

IGNORE = -100


class ChoraleLearner:
    """One training of ``melody-transformer`` in four voices; an ``artengine.api.Learner``."""

    ema = 0.999
    patience = 6
    unit = "notes"

    def __init__(self, options: Options, arrays: Mapping[str, np.ndarray], run: Run, header: dict[str, Any]) -> None:
        self.options, self.arrays, self.seed, self._header = options, arrays, run.seed, header
        self.module: nn.Module = ChoraleLoss(network(options))
        self.optimizers: dict[str, torch.optim.Optimizer] = {
            "adamw": torch.optim.AdamW(self.module.parameters(), lr=options.rate, betas=(0.9, 0.99), weight_decay=0.05)}
        self._cut = 1.0
        self._starts = np.concatenate(([0], np.cumsum(arrays["lengths"])))
        self._ids = {part: np.flatnonzero(arrays["split"] == part) for part in (TRAIN, VALIDATION, TEST)}
        cells = int(arrays["lengths"][self._ids[TRAIN]].sum())
        self._each = arrays["notes"].sum() / arrays["lengths"].sum()  # notes a cell
        self._stretch = max(1, options.context // VOICES) * VOICES  # cells of a row of a batch
        self.epoch = max(1, cells // (self._stretch * options.batch_size))
        if options.fall:
            self.steps = options.fall

    def batch(self, step: int, rank: int, world: int) -> tuple[Tensor, Tensor]:
        """Stretches drawn at random; process *rank* takes every *world*-th.  (B, T, F) and (B, T) int64"""
        draw = chance(self.seed, step)
        ids = draw.choice(self._ids[TRAIN], self.options.batch_size, p=self._weights())
        starts = (draw.random(len(ids)) * np.maximum(self.arrays["lengths"][ids] - self._stretch // 2, 1)).astype(int)
        starts -= starts % VOICES
        given = hidden(draw, len(ids))
        shifts = np.where(draw.random(len(ids)) < 0.3, 0, draw.integers(-5, 7, len(ids)))
        mine = slice(rank, None, world) if len(ids) >= world else slice(None)
        inputs, targets = self._rows(ids[mine], starts[mine], self._stretch)
        if self.options.transpose:
            moved = inputs[:, :, ABSOLUTE] % 128 + shifts[mine, None]
            inputs[:, :, ABSOLUTE] += moved.clip(0, 127) - inputs[:, :, ABSOLUTE] % 128
        blind(inputs, targets, given[mine])
        return torch.from_numpy(inputs), torch.from_numpy(targets)

    def _weights(self) -> np.ndarray:
        lengths = self.arrays["lengths"][self._ids[TRAIN]].astype(float)
        return lengths / lengths.sum()

    def step(self, step: int, batch: tuple[Tensor, Tensor], backward: Any) -> Mapping[str, float]:
        """One update."""
        optimizer = self.optimizers["adamw"]
        for group in optimizer.param_groups:
            group["lr"] = self.options.rate * self._cut * warmed_up(step) * fallen(step, self.options.fall)
        inputs, targets = batch
        counted = (targets != IGNORE).sum()
        loss = self.module(inputs, targets).sum() / counted
        optimizer.zero_grad(set_to_none=True)
        backward(loss)
        nn.utils.clip_grad_norm_(self.module.parameters(), 1.0)
        optimizer.step()
        return {"loss": loss.item() / self._each, "items": counted.item() * self._each}

    def validate(self) -> Mapping[str, float]:
        """Held-out loss with no voice given, nats per note."""
        ids = self._ids[VALIDATION]
        return {"loss": float(self._losses(ids).sum() / self.arrays["notes"][ids].sum())}

    def schedule(self, step: int, history: Sequence[float]) -> None:
        """A rate that does not fall is cut to a third when three validations gain less than a hundredth, thrice at most."""
        self._cut = 1.0 if self.options.fall else cut(history)

    def weights(self) -> Mapping[str, np.ndarray]:
        """The network in half precision, and the corpus' fingerprint."""
        module = getattr(self.module, "module", self.module)  # as the engine wrapped it
        return {**{name: array.astype(np.float16) for name, array in module.net.arrays().items()},
                **{name: np.asarray(array) for name, array in self.arrays.items() if name.startswith("fingerprint.")}}

    def header(self) -> Mapping[str, Any]:
        """Ranges and frames of the corpus, and how the held-out chorales fared."""
        facts: dict[str, Any] = {**self._header, "loss_unit": "nats per note"}
        for name, part in (("validation", VALIDATION), ("test", TEST)):
            if len(ids := self._ids[part]):
                losses, notes = self._losses(ids), self.arrays["notes"][ids]
                facts[f"{name}_nats_per_cell"] = round(float(losses.sum() / self.arrays["lengths"][ids].sum()), 4)
                free = self._losses(ids, (0,)).sum() / (self.arrays["lengths"][ids].sum() * (VOICES - 1) / VOICES)
                facts[f"{name}_nats_per_cell_below_a_soprano"] = round(float(free), 4)
                if part == TEST:
                    facts["test_loss"] = round(float(losses.sum() / notes.sum()), 4)
                else:
                    quantiles = np.quantile(losses / notes, np.linspace(0, 1, 21))
                    facts["held_out_quantiles"] = [round(float(q), 4) for q in quantiles]
        return facts

    def state(self) -> Mapping[str, Tensor]:
        """Nothing beyond what the engine keeps."""
        return {}

    def load_state(self, state: Mapping[str, Tensor]) -> None:
        """Nothing to take back."""

    def _rows(self, ids: np.ndarray, starts: np.ndarray, most: int) -> tuple[np.ndarray, np.ndarray]:
        lengths = np.minimum(self.arrays["lengths"][ids] - starts, most)
        inputs = np.zeros((len(ids), lengths.max(), len(SIZES)), np.int64)
        targets = np.full(inputs.shape[:2], IGNORE, np.int64)
        for row, (first, length) in enumerate(zip(self._starts[ids] + starts, lengths, strict=True)):
            inputs[row, :length] = self.arrays["fields"][first:first + length]
            targets[row, :length] = self.arrays["symbols"][first:first + length]
        return inputs, targets

    def _losses(self, ids: np.ndarray, given: Sequence[int] = ()) -> np.ndarray:
        """Nats of each chorale.  (n,)"""
        self.module.eval()
        total = np.zeros(len(self.arrays["lengths"]))
        device = next(self.module.parameters()).device
        known = np.isin(np.arange(VOICES), given)[None]
        with torch.inference_mode():
            for i in ids:
                inputs, targets = self._rows(np.array([i]), np.array([0]), int(self.arrays["lengths"][i]))
                blind(inputs, targets, known)
                rows = (torch.from_numpy(array).to(device) for array in (inputs, targets))
                total[i] = self.module(*rows).sum().item()
        self.module.train()
        return total[ids]


class ChoraleLoss(nn.Module):
    """The network and its loss, as one module that several processes can share."""

    def __init__(self, net: Transformer) -> None:
        super().__init__()
        self.net = net

    def forward(self, inputs: Tensor, targets: Tensor) -> Tensor:
        """Nats of every symbol, 0 where padded or given.  (B, T, F), (B, T) -> (B, T)"""
        logits = self.net(inputs).float()
        return functional.cross_entropy(logits.transpose(1, 2), targets, ignore_index=IGNORE, reduction="none")


def network(options: Options) -> Transformer:
    """A fresh network."""
    return Transformer(SIZES, width=options.width, layers=options.layers, heads=options.heads, context=options.context,
                       dropout=options.dropout, blind=options.blind)


def hidden(draw: np.random.Generator, rows: int) -> np.ndarray:
    """Which voices are given, row by row: none in half of them, the soprano alone in a quarter, any others in the rest.

    :returns: (rows, VOICES) bool
    """
    given = np.zeros((rows, VOICES), bool)
    kind = draw.random(rows)
    given[(kind >= 0.5) & (kind < 0.75), 0] = True
    some = kind >= 0.75
    given[some] = (draw.random((rows, VOICES)) < 0.4)[some]
    given[given.all(1)] = False
    return given


def blind(inputs: np.ndarray, targets: np.ndarray, given: np.ndarray) -> None:
    """Take away what is known of voices that are not *given*, and the loss of those that are.  (B, VOICES)"""
    for u in range(VOICES):
        first = GIVEN + u * GIVEN_EACH
        inputs[~given[:, u], :, first:first + GIVEN_EACH] = 0
        targets[given[:, u], u::VOICES] = IGNORE
