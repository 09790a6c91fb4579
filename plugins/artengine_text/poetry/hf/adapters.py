"""Adapters: a base that stays as it is, and small matrices beside its own that learn the poems.

Every linear layer W of the base gives W x + (alpha / rank) B A x, of which only A and B are trained: Hu et al., "LoRA:
low-rank adaptation of large language models", 2021. They are hung on the base by hooks, and the base itself is kept out of
the module: its weights are in no optimiser, average, checkpoint or model file.

Axes: B poems, T symbols, V values that the base puts out and rows of our own, D width, R rank.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from artengine.errors import ArtengineError
from artengine_text.poetry.hf.symbols import BaseTokens
from artengine_text.poetry.settings import TransformerOptions

_START = "adapters."


class Adapted(nn.Module):
    """A base with its adapters.

    :param network: the base, frozen, in evaluation mode; its own dropout stays out.
    :param options: rank, alpha, dropout, and which layers get adapters.
    """

    def __init__(self, network: Any, tokens: BaseTokens, options: TransformerOptions) -> None:
        super().__init__()
        self._base = (network,)  # in a tuple, so that it is no part of this module
        self.table: Tensor
        self.register_buffer("table", torch.from_numpy(tokens.table), persistent=False)
        self.size, self._dropout = tokens.size, options.dropout
        head = network.get_output_embeddings()
        layers = _layers(network, head, options.adapt)
        self.down, self.up = nn.ParameterDict(), nn.ParameterDict()
        for name, (layer, width, outputs) in layers.items():
            key = name.replace(".", "/")
            self.down[key] = nn.Parameter(torch.randn(options.rank, width) / width**0.5)
            self.up[key] = nn.Parameter(torch.zeros(outputs, options.rank))
            layer.register_forward_hook(self._beside(key, options.alpha / options.rank))
        self.rows = nn.ParameterDict()
        if tokens.own:
            embeddings = network.get_input_embeddings().weight
            # like the end of a line, or where that is missing too no token more than another
            like = [tokens.line] if tokens.line < tokens.size else slice(None)
            self.rows["in"] = nn.Parameter(embeddings[like].float().mean(0, keepdim=True).repeat(tokens.own, 1))
            self.rows["out"] = nn.Parameter(head.weight[like].float().mean(0, keepdim=True).repeat(tokens.own, 1))
            head.register_forward_hook(self._longer)

    def to_device(self, device: str) -> Adapted:
        """This, with its base, on *device*."""
        self._base[0].to(device)
        return self.to(device)

    def _beside(self, key: str, scale: float) -> Callable[..., Tensor]:
        def hook(_: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> Tensor:
            down, up = self.down[key], self.up[key]
            x = functional.dropout(inputs[0].to(down.dtype), self._dropout, self.training)
            return output + (scale * functional.linear(functional.linear(x, down), up)).to(output.dtype)

        return hook

    def _longer(self, _: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> Tensor:
        rows = self.rows["out"]
        return torch.cat((output, functional.linear(inputs[0].to(rows.dtype), rows).to(output.dtype)), -1)

    def forward(self, symbols: Tensor) -> Tensor:
        """Logits of the base's tokens and our rows after each symbol.  (B, T) -> (B, T, V)"""
        return self.run(self.table[symbols]).logits  # type: ignore[no-any-return]

    def run(self, tokens: Tensor, past: Any = None, keep: bool = False) -> Any:
        """The base's own answer to some tokens and rows.  (B, T)

        :param past: of an answer before, for tokens that go on with it.
        :param keep: the answer is to have a past.
        """
        (network,) = self._base
        if not len(self.rows):
            return network(input_ids=tokens, past_key_values=past, use_cache=keep)
        ours = tokens >= self.size
        embedded = network.get_input_embeddings()(tokens.masked_fill(ours, 0))
        rows = functional.embedding((tokens - self.size).clamp(min=0), self.rows["in"]).to(embedded.dtype)
        return network(inputs_embeds=torch.where(ours[..., None], rows, embedded), past_key_values=past, use_cache=keep)

    def arrays(self) -> dict[str, np.ndarray]:
        """The adapters for a model file."""
        return {f"{_START}{name.replace('/', '.')}": p.detach().float().cpu().numpy() for name, p in self.named_parameters()}

    def load(self, arrays: Mapping[str, np.ndarray]) -> None:
        """What :meth:`arrays` gave.

        :raises KeyError: where one is missing.
        :raises ValueError: where one is of another shape.
        """
        for name, p in self.named_parameters():
            array = arrays[f"{_START}{name.replace('/', '.')}"]
            if array.shape != p.shape:
                raise ValueError(f"{name} is {array.shape}, and should be {tuple(p.shape)}")
            p.data.copy_(torch.from_numpy(np.asarray(array, np.float32)))


def _layers(network: Any, head: Any, kind: str) -> dict[str, tuple[nn.Module, int, int]]:
    """The linear layers that get adapters, by name, with their inputs and outputs; the last one, to the tokens, never."""
    from transformers.pytorch_utils import Conv1D  # what GPT-2 calls its linear layers

    found: dict[str, tuple[nn.Module, int, int]] = {}
    for name, layer in network.named_modules():
        attention = any(part in name.lower() for part in ("attn", "attention"))
        if layer is head or kind not in {"all", "attention" if attention else "mlp"}:
            continue
        if isinstance(layer, nn.Linear):
            found[name] = layer, layer.in_features, layer.out_features
        elif isinstance(layer, Conv1D):
            found[name] = layer, *layer.weight.shape
    if not found or head is None:
        raise ArtengineError(f"The base has no linear layers for adapters{f' of its {kind}' if kind != 'all' else ''}.",
                             "Take another base, or adapt=all.")
    return found
