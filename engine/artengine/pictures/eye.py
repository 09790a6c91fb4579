"""The eye: a small network that looks at pictures, by which they are compared, told apart and found again.

It was taught to tell schools, palettes and moods of painted pictures, pixel art and clothes, kinds of damage, and a copy
from any other picture; ``docs/models/eye.md`` says on what, and how well it does. Without torch, unless that is asked for.

>>> import numpy as np
>>> from artengine.pictures.eye import Eye
>>> eye = Eye()
>>> features = eye.see([np.zeros((48, 64, 3), np.uint8), np.full((10, 10), 255, np.uint8)])
>>> features.shape, eye.tell(features, "school").shape, eye.marks(features).shape
((2, 128), (2, 13), (2, 32))

Axes: n pictures, H rows, W columns, C colours or channels.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import cache
from itertools import islice
from pathlib import Path

import numpy as np

Array = np.ndarray
SIDE = 64  # pixels a side that it looks at
BATCH = 64
NONE = "none"  # the first class of every head


class Eye:
    """The network in a file; the one that ships by default.

    Its convolutions halve both sides; what is left is averaged to 2 × 2 places and brought to 128 features, which over the
    pictures that it was taught on have mean 0 and deviation 1. A *head* tells classes from features.
    """

    def __init__(self, path: Path | None = None) -> None:
        from safetensors import safe_open  # later than numpy is needed elsewhere

        with safe_open(path or Path(__file__).with_name("eye.safetensors"), "numpy") as file:
            self.heads: dict[str, list[str]] = json.loads(file.metadata()["heads"])
            self._arrays = {name: file.get_tensor(name).astype(np.float32) for name in file.keys()}  # noqa: SIM118
        self._depth = sum(name.startswith("convolution") for name in self._arrays) // 2

    def see(self, pictures: Iterable[Array], quick: bool = False) -> Array:
        """Features of pictures.  each uint8 (H, W), (H, W, 1), (H, W, 3) or (H, W, 4) -> (n, 128) float32

        :param quick: by torch, three times as fast once it is imported: for thousands. Features differ by rounding.
        """
        each, rows = iter(pictures), []
        while some := [looked(one) for one in islice(each, BATCH)]:
            rows.append((self._quickly if quick else self._see)(np.stack(some)))
        return np.concatenate(rows) if rows else np.empty((0, 128), np.float32)

    def tell(self, features: Array, head: str) -> Array:
        """How likely each class of a head is, the first being that it is none of them.  (n, 128) -> (n, classes)"""
        logits = np.maximum(features, 0) @ self._arrays[f"{head}.weight"].T + self._arrays[f"{head}.bias"]
        shares = np.exp(logits - logits.max(1, keepdims=True))
        found: Array = shares / shares.sum(1, keepdims=True)
        return found

    def marks(self, features: Array) -> Array:
        """What stays in copies: unit vectors, near each other for a picture and its crops, mirror images and recolourings.

        (n, 128) -> (n, 32)
        """
        ways = np.maximum(features, 0) @ self._arrays["copy.weight"].T + self._arrays["copy.bias"]
        found: Array = ways / np.maximum(np.linalg.norm(ways, axis=1, keepdims=True), 1e-9)
        return found

    def _see(self, x: Array) -> Array:
        """(n, 64, 64, 3) uint8 -> (n, 128)"""
        x = x.astype(np.float32) / np.float32(127.5) - 1
        for i in range(self._depth):
            x = np.maximum(_halving(x, self._arrays[f"convolution{i}.weight"], self._arrays[f"convolution{i}.bias"]), 0)
        return self._features(x)

    def _quickly(self, x: Array) -> Array:
        """As :meth:`_see`."""
        import torch  # seconds, for those who ask for it

        y = torch.from_numpy(x).permute(0, 3, 1, 2).float() / 127.5 - 1  # which lies in memory as numpy has it
        with torch.inference_mode():
            for i in range(self._depth):
                weight, bias = (torch.from_numpy(self._arrays[f"convolution{i}.{part}"]) for part in ("weight", "bias"))
                kernel = weight.view(3, 3, -1, len(bias)).permute(3, 2, 0, 1)
                y = torch.nn.functional.conv2d(y, kernel, bias, stride=2, padding=1).relu()
        return self._features(y.permute(0, 2, 3, 1).numpy())

    def _features(self, x: Array) -> Array:
        """Of what the last convolution gave.  (n, H, W, C) -> (n, 128)"""
        n, h, w, c = x.shape
        places = x.reshape(n, 2, h // 2, 2, w // 2, c).mean((2, 4), dtype=np.float32).reshape(n, 4 * c)
        found: Array = places @ self._arrays["features.weight"].T + self._arrays["features.bias"]
        return found


@cache
def eye() -> Eye:
    """The one that ships, read once."""
    return Eye()


def looked(pixels: Array) -> Array:
    """A picture as the eye gets it: over white where it is transparent, 64 × 64 whatever its shape.  (64, 64, 3) uint8

    A picture with no side shorter becomes the means of what falls on each pixel (Pillow's BOX), any other is interpolated
    (BILINEAR).
    """
    from PIL import Image as Pillow  # 50 ms, once there is a picture

    rgb = opaque(pixels)
    if rgb.shape[:2] == (SIDE, SIDE):
        return rgb
    how = Pillow.Resampling.BOX if min(rgb.shape[:2]) >= SIDE else Pillow.Resampling.BILINEAR
    return np.asarray(Pillow.fromarray(rgb).resize((SIDE, SIDE), how))


def opaque(pixels: Array) -> Array:
    """A picture in RGB, over white where it is transparent.  (H, W[, C]) uint8 -> (H, W, 3) uint8"""
    if pixels.ndim == 2 or pixels.shape[2] == 1:
        return np.repeat(pixels.reshape(*pixels.shape[:2], 1), 3, 2)
    if pixels.shape[2] == 3:
        return np.ascontiguousarray(pixels)
    alpha = pixels[..., 3:] / np.float32(255)
    return np.round(pixels[..., :3] * alpha + 255 * (1 - alpha)).astype(np.uint8)


def _halving(x: Array, weight: Array, bias: Array) -> Array:
    """A convolution of 3 × 3 at every other place.  (n, H, W, C), (9 C, O), (O,) -> (n, H/2, W/2, O)"""
    n, h, w, c = x.shape
    padded = np.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)))
    windows = np.empty((n, h // 2, w // 2, 9, c), np.float32)
    for i in range(9):  # quicker than a view with strides, since each slice is long
        windows[:, :, :, i] = padded[:, i // 3:i // 3 + h:2, i % 3:i % 3 + w:2]
    made: Array = windows.reshape(-1, 9 * c) @ weight + bias
    return made.reshape(n, h // 2, w // 2, -1)

