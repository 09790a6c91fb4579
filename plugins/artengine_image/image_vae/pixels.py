"""Black and white pictures drawn pixel by pixel, each after those before it: numpy.

What :class:`artengine_image.autoencoder.context.Context` has learnt.

Axes: F features, N neurons, C colours, H rows, W columns.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from artengine.errors import Interrupted
from artengine_image.convolutions import SLOPE

Array = np.ndarray


def one_by_one(arrays: Mapping[str, Array], features: Array, grain: float, stopped: Callable[[], bool]) -> Array:
    """Each pixel black or white, in reading order.  (F, H, W) -> uint8 (H, W, C)

    :param grain: 0 takes what is likelier; 1 lets chance decide as the model does. The chance of a place is the same in
        every picture, so that a walk does not flicker.
    :raises Interrupted: where the run was asked to stop.
    """
    weight = {name: arrays[f"decoder.fine.{name}.weight"] for name in ("drawn", "before", "joined", "colours")}
    bias = {name: arrays[f"decoder.fine.{name}.bias"] for name in ("drawn", "joined", "colours")}
    n, c, high, wide = weight["before"].shape
    far, (h, w) = high - 1, features.shape[1:]
    mask = np.ones((high, wide), np.float32)
    mask[-1, far:] = 0
    before = (weight["before"] * mask).reshape(n, -1)
    joined, colours = weight["joined"][:, :, 0, 0], weight["colours"][:, :, 0, 0]
    drawn = np.tensordot(features, weight["drawn"][:, :, 0, 0], (0, 1)) + bias["drawn"]  # (H, W, N)
    chance = 0.5 + grain * (np.random.Generator(np.random.Philox(0)).random((h, w, c), np.float32) - 0.5)
    chance = np.log(chance / (1 - chance)) / 2  # as the logits are: halved
    seen = np.zeros((c, h + far, w + 2 * far), np.float32)  # 0 beyond the edges
    slope = np.float32(SLOPE)
    for y in range(h):
        if stopped():
            raise Interrupted("Stopped; nothing was written.", "Start again when you like.")
        for x in range(w):
            a = drawn[y, x] + before @ seen[:, y:y + high, x:x + wide].ravel()
            a = np.maximum(a, slope * a)
            b = joined @ a + bias["joined"]
            logits = colours @ (a + np.maximum(b, slope * b)) + bias["colours"]
            seen[:, y + far, x + far] = np.where(logits > chance[y, x], 1, -1)
    pixels: Array = seen[:, far:, far:far + w].transpose(1, 2, 0)
    return ((pixels + 1) * np.float32(127.5)).astype(np.uint8)
