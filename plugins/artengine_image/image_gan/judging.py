"""The discriminator in numpy, one picture at a time: what the critic ``discriminator`` asks.

Axes: C channels, H rows, W columns, L labels.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import sqrt

import numpy as np

from artengine_image.convolutions import convolution, leaky, unshuffled

Array = np.ndarray
PREFIX = "discriminator."


def logit(arrays: Mapping[str, Array], x: Array, told: Array) -> float:
    """How real a picture looks to it; higher is more so.  (C, H, W) from -1 to 1, (L,)"""
    x = leaky(convolution(arrays, f"{PREFIX}stem", unshuffled(x)))
    i = 0
    while f"{PREFIX}downs.{i}.weight" in arrays:
        x = leaky(_halved(arrays[f"{PREFIX}downs.{i}.weight"], arrays[f"{PREFIX}downs.{i}.bias"], x))
        i += 1
    found = float(arrays[f"{PREFIX}head.weight"][0] @ x.reshape(-1) + arrays[f"{PREFIX}head.bias"][0]) / sqrt(x.size)
    if f"{PREFIX}labels.weight" in arrays:
        found += float(x.mean((1, 2)) @ (arrays[f"{PREFIX}labels.weight"] @ told)) / sqrt(len(x))
    return found


def _halved(weight: Array, bias: Array, x: Array) -> Array:
    """A convolution of 4×4 at every other place.  (C, H, W) -> (C', H/2, W/2)"""
    c, h, w = x.shape
    padded = np.zeros((c, h + 2, w + 2), np.float32)
    padded[:, 1:-1, 1:-1] = x
    near = np.empty((c, 4, 4, h // 2, w // 2), np.float32)
    for i in range(4):
        for j in range(4):
            near[:, i, j] = padded[:, i:i + h - 1:2, j:j + w - 1:2]
    made: Array = weight.reshape(len(weight), -1) @ near.reshape(16 * c, -1) + bias[:, None]
    return made.reshape(-1, h // 2, w // 2)
