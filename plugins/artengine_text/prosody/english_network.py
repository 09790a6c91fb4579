"""The network of ``english_sounds`` as it is trained, with torch, and its weights as that reads them."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from artengine.models import quantised
from artengine_text.prosody.english_sounds import ALPHABET

READING, SAYING, EMBEDDED = 160, 128, 48  # units of each way of the reading layers, of the saying one, of embeddings
DROPOUT = 0.25
UNTOLD = 0.15  # share of the letters of which the saying layer is not told what it said before
_PARTS = {"in": "weight_ih", "again": "weight_hh"}


class Speaker(nn.Module):
    """Reads the letters of words, last letter first, both ways; then says which chunk of sounds each of them has.

    :param chunks: how many chunks there are (C).
    """

    def __init__(self, chunks: int, reading: int = READING, saying: int = SAYING, embedded: int = EMBEDDED) -> None:
        super().__init__()
        self.chunks = chunks
        self.letters = nn.Embedding(len(ALPHABET) + 1, embedded)
        self.said = nn.Embedding(chunks + 1, embedded)  # the last stands for nothing yet
        self.below = nn.LSTM(embedded, reading, bidirectional=True, batch_first=True)
        self.above = nn.LSTM(2 * reading, reading, bidirectional=True, batch_first=True)
        self.saying = nn.LSTM(2 * reading + embedded, saying, batch_first=True)
        self.out = nn.Linear(2 * reading + saying, chunks)
        self.drop = nn.Dropout(DROPOUT)
        for name, parameter in self.named_parameters():
            if "bias_ih" in name:  # remember, to begin with
                nn.init.ones_(parameter.data[len(parameter) // 4 : len(parameter) // 2])

    def forward(self, letters: Tensor, said: Tensor) -> Tensor:
        """Logits of each letter's chunk, told those of the letters after it.  (W, L) twice -> (W, L, C)"""
        read = self.drop(self.above(self.drop(self.below(self.letters(letters))[0]))[0])
        last = self.said(torch.cat([torch.full_like(said[:, :1], self.chunks), said[:, :-1]], 1))
        if self.training:
            last = last * (torch.rand(last.shape[:2]) >= UNTOLD).unsqueeze(-1)
        spoken = self.drop(self.saying(torch.cat([read, last], 2))[0])
        scores: Tensor = self.out(torch.cat([read, spoken], 2))
        return scores


def arrays(state: dict[str, Any]) -> dict[str, Any]:
    """Weights of a :class:`Speaker` as ``english_sounds`` reads them, the matrices in bytes.

    ``letters``, ``said`` and ``out`` with ``out.bias``; of the layers ``below``, ``above``, both also ``.back``, and
    ``saying``: ``in``, ``again`` and ``bias`` (1, 4 U), the gates as input, forget, output, new, the first three halved.
    """
    weights = {name: value.detach().float().numpy() for name, value in state.items()}

    def gates(array: Any) -> Any:
        first, forget, new, last = np.split(array, 4)
        return np.concatenate([first / 2, forget / 2, last / 2, new])

    found = {"letters": weights["letters.weight"], "said": weights["said.weight"], "out": weights["out.weight"]}
    small = {"out.bias": weights["out.bias"]}
    for layer in ("below", "above", "saying"):
        for ours, theirs in (("", ""), (".back", "_reverse"))[: 1 if layer == "saying" else 2]:
            found |= {f"{layer}{ours}.{part}": gates(weights[f"{layer}.{name}_l0{theirs}"]) for part, name in _PARTS.items()}
            bias = sum(weights[f"{layer}.bias_{end}_l0{theirs}"] for end in ("ih", "hh"))
            small[f"{layer}{ours}.bias"] = gates(bias)
    packed = {name: array for matrix, values in found.items() for name, array in quantised(matrix, values).items()}
    return packed | {name: array.astype("f2") for name, array in small.items()}
