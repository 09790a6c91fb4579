"""The networks of :mod:`artengine.nn.images` in numpy, one picture at a time: they render without importing torch.

One at a time, since then the work of a seed cannot depend on those beside it. Arrays are under torch's names.

Axes: C channels, H rows, W columns.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

Array = np.ndarray
Arrays = Mapping[str, Array]
SLOPE = 0.2


def decoder(arrays: Arrays, prefix: str, z: Array) -> Array:
    """What ``Decoder`` gives before its tanh.  (Z,) -> (C, H, W)

    Its smallest grid is taken from ``PREFIXgrid``, (C, H, W).
    """
    start = arrays[f"{prefix}start.weight"] @ z + arrays[f"{prefix}start.bias"]
    x: Array = start.reshape([int(n) for n in arrays[f"{prefix}grid"]])
    i = 0
    while f"{prefix}ups.{i}.bent.3.weight" in arrays:
        x = _residual(arrays, f"{prefix}ups.{i}.", x, up=True)
        i += 1
    return convolution(arrays, f"{prefix}colours.2", leaky(group_norm(arrays, f"{prefix}colours.0", x)))


def encoder(arrays: Arrays, prefix: str, x: Array) -> Array:
    """What ``Encoder`` with group norm gives.  (C, H, W) -> (F,)"""
    x = convolution(arrays, f"{prefix}colours", x)
    i = 0
    while f"{prefix}downs.{i}.bent.3.weight" in arrays:
        x = _residual(arrays, f"{prefix}downs.{i}.", x, up=False)
        i += 1
    x = leaky(group_norm(arrays, f"{prefix}downs.{i}", x))
    features: Array = arrays[f"{prefix}head.weight"] @ x.reshape(-1) + arrays[f"{prefix}head.bias"]
    return features


def _residual(arrays: Arrays, name: str, x: Array, up: bool) -> Array:
    """A block that doubles or halves."""
    straight = x if up else _halved(x)
    if f"{name}straight.1.weight" in arrays:
        straight = convolution(arrays, f"{name}straight.1", straight)
    bent = leaky(group_norm(arrays, f"{name}bent.0", x))
    bent = convolution(arrays, f"{name}bent.3", _doubled(bent) if up else bent)
    bent = convolution(arrays, f"{name}bent.6", leaky(group_norm(arrays, f"{name}bent.4", bent)))
    total: Array = ((_doubled(straight) + bent) if up else (straight + _halved(bent))) * np.float32(2 ** -0.5)
    return total


def convolution(arrays: Arrays, name: str, x: Array) -> Array:
    """With as many rows and columns as before.  (C, H, W) -> (C', H, W)"""
    weight, bias = arrays[f"{name}.weight"], arrays[f"{name}.bias"]
    (c, h, w), k = x.shape, weight.shape[2]
    padded = np.pad(x, ((0, 0), (k // 2, k // 2), (k // 2, k // 2)))
    shifted = np.empty((c, k, k, h, w), np.float32)
    for i in range(k):
        for j in range(k):
            shifted[:, i, j] = padded[:, i:i + h, j:j + w]
    made: Array = (weight.reshape(len(weight), -1) @ shifted.reshape(-1, h * w)).reshape(-1, h, w) + bias[:, None, None]
    return made


def group_norm(arrays: Arrays, name: str, x: Array) -> Array:
    """Over up to 8 groups of at least 4 channels, as ``Norm`` "group".  (C, H, W) -> the same"""
    c, h, w = x.shape
    groups = max(g for g in (1, 2, 4, 8) if g == 1 or c % (4 * g) == 0)
    parts = x.reshape(groups, -1)
    parts = (parts - parts.mean(1, keepdims=True)) / np.sqrt(parts.var(1, keepdims=True) + np.float32(1e-5))
    normal: Array = parts.reshape(c, h, w) * arrays[f"{name}.weight"][:, None, None] + arrays[f"{name}.bias"][:, None, None]
    return normal


def palette(arrays: Arrays, prefix: str, z: Array, colours: int) -> Array | None:
    """The paints of a latent, before the tanh, of a model that has a palette.  (d,) -> (K, C)"""
    if f"{prefix}.paints.weight" not in arrays:
        return None
    made: Array = (arrays[f"{prefix}.paints.weight"] @ z + arrays[f"{prefix}.paints.bias"]).reshape(colours, -1)
    return made


def chances(logits: Array, edges: float) -> Array:
    """Which colour a place has, made so much sharper.  (..., K) -> the same, summing to 1"""
    x = np.float32(edges) * (logits - logits.max(-1, keepdims=True))
    np.exp(x, out=x)
    x /= x.sum(-1, keepdims=True)
    return x


def leaky(x: Array) -> Array:
    """Leaky ReLU."""
    return np.maximum(x, np.float32(SLOPE) * x)


def unshuffled(x: Array, k: int = 2) -> Array:
    """Each k×k of a picture as channels at one place.  (C, kH, kW) -> (k²C, H, W)"""
    c, h, w = x.shape
    return x.reshape(c, h // k, k, w // k, k).transpose(0, 2, 4, 1, 3).reshape(k * k * c, h // k, w // k)


def shuffled(x: Array) -> Array:
    """The way back.  (4C, H, W) -> (C, 2H, 2W)"""
    c, h, w = x.shape
    made: Array = x.reshape(c // 4, 2, 2, h, w).transpose(0, 3, 1, 4, 2).reshape(c // 4, 2 * h, 2 * w)
    return made


def _doubled(x: Array) -> Array:
    return x.repeat(2, 1).repeat(2, 2)


def _halved(x: Array) -> Array:
    c, h, w = x.shape
    halves: Array = x.reshape(c, h // 2, 2, w // 2, 2).mean((2, 4), dtype=np.float32)
    return halves
