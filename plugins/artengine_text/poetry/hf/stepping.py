"""A base symbol by symbol: an ``artengine.nn.decoding.StepModel`` over transformers' cache of keys and values.

Works are decoded one beside the other, never as one batch: a base of other people's making may round otherwise in a batch by
more than a draw can bear.

Axes: B works, F fields, T steps, V symbols.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from artengine_text.poetry.hf.adapters import Adapted
from artengine_text.poetry.hf.symbols import BaseTokens

Array = np.ndarray


class Past:
    """What one work has been fed: the base's tokens, and its cache of them."""

    def __init__(self) -> None:
        self.tokens: list[int] = []
        self.cache: Any = None


class BaseStep:
    """The step form of a base with adapters.

    :param context: tokens it looks back; when they are full it goes on with the first one and the later half.
    """

    def __init__(self, net: Adapted, tokens: BaseTokens, context: int) -> None:
        self.net, self.context = net.eval(), context
        self._table, self._twice = tokens.table, tokens.twice

    def start(self, works: int | None = None) -> Any:
        """State before the first symbol, for one work (``None``) or several."""
        return Past() if works is None else [Past() for _ in range(works)]

    def step(self, fields: Array, state: Any) -> Array:
        """Logits of the next symbol; changes *state* in place.  (F,) -> (V,), or (B, F) -> (V, B)"""
        if isinstance(state, Past):
            return self._after(fields[None], state)
        return np.stack([self._after(now[None], past) for now, past in zip(fields, state, strict=True)], 1)

    def prime(self, fields: Array, state: Past) -> Array:
        """Logits after the last of many steps of one work.  (T, F) -> (V,)"""
        return self._after(fields, state)

    def clear(self, state: Any, column: int) -> None:
        """Begin a new work in *column*."""
        state[column] = Past()

    def keep(self, state: Any, columns: Sequence[int]) -> Any:
        """The state of some works only."""
        return [state[column] for column in columns]

    def _after(self, fields: Array, past: Past) -> Array:
        """(T, F) -> (V,)"""
        new = self._table[fields[:, 0]].tolist()
        past.tokens += new
        if len(past.tokens) > self.context:
            past.tokens = new = past.tokens[:1] + past.tokens[-(self.context // 2):]
            past.cache = None
        with torch.inference_mode():
            answer = self.net.run(torch.tensor([new], device=self.net.table.device), past.cache, keep=True)
        past.cache = answer.past_key_values
        logits: Array = answer.logits[0, -1].float().cpu().numpy()[self._table]
        logits[self._twice] = -np.inf
        return logits
