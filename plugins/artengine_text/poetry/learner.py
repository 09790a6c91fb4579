"""Training: whole poems in batches of like length, the loss in nats per character."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from artengine.api import Run
from artengine.models import quantised
from artengine.nn.counts import Counts
from artengine.nn.learning import batches_of_like_length, chance, cut, fallen, warmed_up
from artengine.nn.mixing import Mixed
from artengine_text.poetry.preparing import TEST, TRAIN, VALIDATION
from artengine_text.poetry.tokens import NEWLINE, SPECIAL, STANZA, START

IGNORE = -100
SHARE_TOLD = 0.7
"""Share of lines of which the model is told how many beats are left, and of those whose rhyme it is told; the others teach
it to write freely too."""
PARTS, NEIGHBOURS = 12, 4
"""Parts in which the corpus is counted, and sequences in a row that are of one part: neighbours may repeat one another."""
COUNTED = 6_000_000
"""Symbols counted at the most, the first ones of the corpus."""
IN_BYTES = 100_000
"""Numbers from which on a matrix is kept in bytes."""
LARGE = 300_000
"""Symbols from which on contexts seen only once are not kept."""
BEATS, RHYME, STYLE = 1, 4, 5  # columns of the inputs


class VerseLoss(nn.Module):
    """The network with its loss, as one module that several processes can share."""

    def __init__(self, net: nn.Module) -> None:
        super().__init__()
        self.net = net

    def forward(self, inputs: Tensor, targets: Tensor, parts: Tensor | None = None) -> Tensor:
        """Nats of every symbol, 0 where padded.  (B, T, F), (B, T) -> (B, T)

        :param parts: part of the corpus each poem is of, where it was counted: what was counted there is left out.  (B,)
        """
        logits = (self.net(inputs, parts[:, None].cpu().numpy()) if parts is not None and isinstance(self.net, Mixed)
                  else self.net(inputs)).float()  # (B, T, V)
        return functional.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=IGNORE,
                                        reduction="none").view_as(targets)


class VerseLearner:
    """One training of a generator of verse; an ``artengine.api.Learner``.

    :param network: makes the parallel form, given how many values it is to put out.
    :param arrays: as :func:`artengine_text.poetry.preparing.prepare` gives them.
    """

    ema = 0.999
    patience = 6
    unit = "characters"
    scored_at_once = 64  # poems

    def __init__(self, network: Callable[[int], Any], options: Any, arrays: Mapping[str, np.ndarray], run: Run,
                 header: dict[str, Any]) -> None:
        self.options, self.arrays, self.seed = options, arrays, run.seed
        self._header = header
        self._starts = np.concatenate(([0], np.cumsum(arrays["lengths"], dtype=np.int64)))
        self._ids = {part: np.flatnonzero(arrays["split"] == part) for part in (TRAIN, VALIDATION, TEST)}
        self._part = np.arange(len(arrays["lengths"])) // NEIGHBOURS % PARTS
        self.module: nn.Module = self._made(network)
        matrices = [p for p in self.module.parameters() if p.dim() > 1]
        others = [p for p in self.module.parameters() if p.dim() <= 1]
        self.optimizers: dict[str, torch.optim.Optimizer] = {"adamw": torch.optim.AdamW(
            [{"params": matrices, "weight_decay": 0.05}, {"params": others, "weight_decay": 0.0}], lr=options.rate,
            betas=(0.9, 0.99), fused=True)}
        self._width = float(arrays["characters"].sum() / len(arrays["symbols"]))  # characters a symbol
        self._cut = 1.0
        self.epoch = max(1, len(self._ids[TRAIN]) // options.batch_size)  # steps for one pass
        if options.fall:
            self.steps = options.fall
        self._order: tuple[int, list[np.ndarray]] = (-1, [])

    def _made(self, network: Callable[[int], Any]) -> nn.Module:
        """What is to be trained, with its loss."""
        size = len(self._header["tokens"]["pieces"]) + SPECIAL
        orders = tuple(range(1, self.options.memory + 1))
        return VerseLoss(Mixed(network(size + len(orders)), *self._counts(size, orders)) if orders else network(size))

    def _counts(self, size: int, orders: Sequence[int]) -> tuple[Counts, Counts]:
        """What followed each context in the poems trained on: in all, and in each part of them."""
        ids = self._ids[TRAIN]
        ids = ids[np.cumsum(self.arrays["lengths"][ids], dtype=np.int64) <= COUNTED] if len(ids) > 1 else ids
        sequences = [np.concatenate(([START], self.arrays["symbols"][self._starts[i]:self._starts[i + 1]])).astype(np.int64)
                     for i in ids]
        rare = 2 if sum(map(len, sequences)) > LARGE else 1
        return (Counts.of(sequences, size, orders, least=rare),
                Counts.of(sequences, size, orders, self._part[ids].tolist()))

    def batch(self, step: int, rank: int, world: int) -> tuple[Tensor, Tensor, Tensor]:
        """Poems of like length; process *rank* takes every *world*-th.  (B, T, F), (B, T) and (B,) int64"""
        epoch, index = divmod(step, self.epoch)
        if self._order[0] != epoch:
            self._order = epoch, batches_of_like_length(
                self._ids[TRAIN], self.arrays["lengths"], self.options.batch_size, chance(self.seed, 2**32 + epoch))
        ids = self._order[1][index]
        ids = ids[rank::world] if len(ids) >= world else ids
        inputs, targets = self._padded(ids)
        self._untell(inputs, targets, chance(self.seed, step))
        return torch.from_numpy(inputs), torch.from_numpy(targets), torch.from_numpy(self._part[ids])

    def _untell(self, inputs: np.ndarray, targets: np.ndarray, generator: np.random.Generator) -> None:
        """Keep the beats, the rhyme or the style of some lines and poems from the model, so that it can do without."""
        line = np.zeros(targets.shape, np.int64)
        line[:, 1:] = np.cumsum((targets == NEWLINE) | (targets == STANZA), 1)[:, :-1]
        rows = np.arange(len(line))[:, None]
        for column, share in ((BEATS, SHARE_TOLD), (RHYME, SHARE_TOLD)):
            told = generator.random((len(line), int(line.max()) + 1)) < share
            inputs[:, :, column] *= told[rows, line]
        inputs[:, :, STYLE] *= generator.random(len(line))[:, None] < 0.9

    def step(self, step: int, batch: tuple[Tensor, Tensor, Tensor], backward: Any) -> Mapping[str, float]:
        """One update; the loss shown is nats per symbol."""
        optimizer = self.optimizers["adamw"]
        for group in optimizer.param_groups:
            group["lr"] = self.options.rate * self._cut * warmed_up(step) * fallen(step, self.options.fall)
        inputs, targets, parts = batch
        counted = targets != IGNORE
        loss = self.module(inputs, targets, parts).sum() / counted.sum()
        optimizer.zero_grad(set_to_none=True)
        backward(loss)
        nn.utils.clip_grad_norm_(self.module.parameters(), 1.0)
        optimizer.step()
        return {"loss": loss.item(), "items": float(counted.sum()) * self._width}

    def validate(self) -> Mapping[str, float]:
        """Held-out loss, nats per character."""
        ids = self._ids[VALIDATION]
        return {"loss": float(self._losses(ids).sum() / self.arrays["characters"][ids].sum())}

    def schedule(self, step: int, history: Sequence[float]) -> None:
        """Cut the rate to a third where three validations gained less than a hundredth, thrice at most; or as it falls."""
        self._cut = 1.0 if self.options.fall else cut(history)

    def weights(self) -> Mapping[str, np.ndarray]:
        """The network in half precision, its large matrices in bytes; the lexicon, the theme and the corpus' fingerprint."""
        module = getattr(self.module, "module", self.module)  # as the engine wrapped it
        kept: dict[str, np.ndarray] = {}
        for name, array in module.net.arrays().items():
            if name.startswith("counts.") and "trust" not in name:
                kept[name] = array
            else:
                kept |= quantised(name, array) if array.size >= IN_BYTES else {name: array.astype(np.float16)}
        return kept | {name: np.asarray(array) for name, array in self.arrays.items()
                       if name.startswith(("fingerprint.", "lexicon.", "theme."))}

    def header(self) -> Mapping[str, Any]:
        """Symbols, styles and shapes, and how the held-out poems fared."""
        ids = self._ids[VALIDATION]
        each = self._losses(ids) / self.arrays["characters"][ids]
        quantiles = [round(float(q), 4) for q in np.quantile(each, np.linspace(0, 1, 21))]
        facts: dict[str, Any] = {**self._header, "loss_unit": "nats per character", "held_out_quantiles": quantiles}
        test = self._ids[TEST]
        if len(test):
            facts["test_loss"] = round(float(self._losses(test).sum() / self.arrays["characters"][test].sum()), 4)
        return facts

    def state(self) -> Mapping[str, Tensor]:
        """Nothing beyond what the engine keeps."""
        return {}

    def load_state(self, state: Mapping[str, Tensor]) -> None:
        """Nothing to take back."""

    def _padded(self, ids: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        lengths = self.arrays["lengths"][ids]
        inputs = np.zeros((len(ids), lengths.max(), 1 + self.arrays["fields"].shape[1]), np.int64)
        targets = np.full(inputs.shape[:2], IGNORE, np.int64)
        for row, (start, length) in enumerate(zip(self._starts[ids], lengths, strict=True)):
            targets[row, :length] = self.arrays["symbols"][start:start + length]
            inputs[row, 1:length, 0] = targets[row, :length - 1]  # before the first stands START, which is 0
            inputs[row, :length, 1:] = self.arrays["fields"][start:start + length]
        return inputs, targets

    def _losses(self, ids: np.ndarray) -> np.ndarray:
        """Nats of each sequence, told nothing of its rhymes and beats: what a reader could not know either.  (n,)"""
        self.module.eval()
        order = ids[np.argsort(self.arrays["lengths"][ids], kind="stable")]
        total = np.zeros(len(self.arrays["lengths"]))
        device = next(self.module.parameters()).device
        with torch.inference_mode():
            for first in range(0, len(order), self.scored_at_once):
                part = order[first:first + self.scored_at_once]
                inputs, targets = self._padded(part)
                inputs[:, :, [BEATS, RHYME]] = 0
                total[part] = self.module(torch.from_numpy(inputs).to(device),
                                          torch.from_numpy(targets).to(device)).sum(1).double().cpu().numpy()
        self.module.train()
        return total[ids]
