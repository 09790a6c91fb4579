"""Networks over pictures: torch, for training and for drawing whole pictures at once.

A :class:`Decoder` makes pictures of latent vectors; an :class:`Encoder` makes features of pictures, and serves as the
discriminator of a GAN (one feature, a logit) or the first half of a VAE (means and log variances). Pictures are floats from
-1 (none of a colour) to 1 (all of it); :func:`from_pixels` and :func:`to_pixels` go from and to bytes.
:func:`artengine.nn.augmentation.augment` stands here as well.

Axes: B pictures, C channels (colours of a picture, or features at a place), H rows, W columns, Z latent numbers, F features.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import gcd, sqrt
from typing import Literal

import numpy as np
import torch
from torch import Tensor, nn

from artengine.errors import ArtengineError
from artengine.nn.augmentation import augment

__all__ = ["Decoder", "Down", "Encoder", "Norm", "Up", "augment", "from_pixels", "minibatch_deviation", "to_pixels"]

Norm = Literal["group", "batch", "pixel", "none"]
SLOPE = 0.2
GAIN = sqrt(2 / (1 + SLOPE ** 2))  # keeps the variance through a leaky ReLU and the layer after it: He et al. 2015


class _PixelNorm(nn.Module):
    """Features of each place over their root mean square (Karras et al. 2018, section 4.2).  (B, C, H, W) -> the same"""

    def forward(self, x: Tensor) -> Tensor:
        scale = (x.float().square().mean(1, keepdim=True) + 1e-8).rsqrt()  # in 16 bits, 1e-8 would be 0
        return x * scale.to(x.dtype)


class _Residual(nn.Module):
    """Two convolutions, each after norm and leaky ReLU, beside a straight way (pre-activation: He et al. 2016)."""

    def __init__(self, inside: int, outside: int, norm: Norm, before: nn.Module, after: nn.Module) -> None:
        super().__init__()
        match = nn.Identity() if inside == outside else _conv(inside, outside, 1)
        self.straight = nn.Sequential(after, match, before)  # 1×1 commutes with both: cheapest on the small side
        self.bent = nn.Sequential(_norm(norm, inside), nn.LeakyReLU(SLOPE), before, _conv(inside, outside, 3, GAIN),
                                  _norm(norm, outside), nn.LeakyReLU(SLOPE), _conv(outside, outside, 3, GAIN), after)

    def forward(self, x: Tensor) -> Tensor:
        total: Tensor = self.straight(x) + self.bent(x)
        return total / sqrt(2)  # two branches of variance 1 are again one of variance 1


class Up(_Residual):
    """A residual block that doubles the height and the width.  (B, *inside*, H, W) -> (B, *outside*, 2H, 2W)

    :param norm: ``group`` (up to 8 groups of at least 4 channels), ``batch`` (pictures of a batch then depend on each other
        while training), ``pixel``, or ``none`` (for discriminators under a gradient penalty).
    """

    def __init__(self, inside: int, outside: int, norm: Norm = "group") -> None:
        super().__init__(inside, outside, norm, nn.Upsample(scale_factor=2), nn.Identity())


class Down(_Residual):
    """A residual block that averages over 2×2; H and W are even.  (B, *inside*, H, W) -> (B, *outside*, H/2, W/2)

    *norm* is as for :class:`Up`.
    """

    def __init__(self, inside: int, outside: int, norm: Norm = "none") -> None:
        super().__init__(inside, outside, norm, nn.Identity(), nn.AvgPool2d(2))


class Decoder(nn.Module):
    """Pictures of latent vectors: a linear layer to the smallest grid, then one :class:`Up` for each doubling.

    :param latent: Z, the length of a latent vector.
    :param size: (H, W) of a picture, multiples of 2^levels, where levels = len(*widths*) - 1; 64×64 with five widths starts
        from the usual 4×4, and 32×96 from 2×6.
    :param channels: C of a picture: 1 (grey), 3 (RGB), 4 (RGBA), or any other number.
    :param widths: channels of the features, on the smallest grid first.
    :raises ArtengineError: the size is not such a multiple.
    """

    def __init__(self, latent: int, size: tuple[int, int], channels: int = 3, widths: Sequence[int] = (256, 128, 64, 32, 32),
                 norm: Norm = "group") -> None:
        super().__init__()
        self.grid = (widths[0], *_smallest(size, len(widths) - 1))
        self.start = nn.Linear(latent, int(np.prod(self.grid)))
        self.ups = nn.Sequential(*(Up(a, b, norm) for a, b in pairwise(widths)))
        self.colours = nn.Sequential(_norm(norm, widths[-1]), nn.LeakyReLU(SLOPE), _conv(widths[-1], channels, 3), nn.Tanh())

    def forward(self, z: Tensor) -> Tensor:
        """(B, Z) -> (B, C, H, W), from -1 to 1"""
        pictures: Tensor = self.colours(self.ups(self.start(z).view(-1, *self.grid)))
        return pictures


class Encoder(nn.Module):
    """Features of pictures: one :class:`Down` for each halving, then a linear layer over the smallest grid.

    *size* and *channels* are as for :class:`Decoder`.

    :param features: F: 1 for a discriminator, 2Z for the means and log variances of a VAE.
    :param widths: channels of the features, at the full size first.
    :param deviation: whether the last layer sees :func:`minibatch_deviation`, so that a discriminator notices a generator
        whose pictures are all alike.
    """

    def __init__(self, size: tuple[int, int], features: int, channels: int = 3,
                 widths: Sequence[int] = (32, 32, 64, 128, 256), norm: Norm = "none", deviation: bool = False) -> None:
        super().__init__()
        h, w = _smallest(size, len(widths) - 1)
        self.deviation = deviation
        self.colours = _conv(channels, widths[0], 3)
        downs = (Down(a, b, norm) for a, b in pairwise(widths))
        self.downs = nn.Sequential(*downs, _norm(norm, widths[-1]), nn.LeakyReLU(SLOPE))
        self.head = nn.Linear((widths[-1] + deviation) * h * w, features)

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) -> (B, F)"""
        h = self.downs(self.colours(x))
        out: Tensor = self.head((minibatch_deviation(h) if self.deviation else h).flatten(1))
        return out


def minibatch_deviation(x: Tensor, group: int = 4) -> Tensor:
    """Append one channel: how much pictures that follow each other differ (Karras et al. 2018, section 3).

    The standard deviation over groups of *group* pictures (of their greatest common divisor with B, where *group* does not
    divide B), averaged over channels and places.  (B, C, H, W) -> (B, C+1, H, W)
    """
    b, _, h, w = x.shape
    group = gcd(b, group)
    variance = x.float().view(b // group, group, -1, h, w).var(1, correction=0)  # (B/group, C, H, W)
    spread = (variance + 1e-8).sqrt().mean((1, 2, 3)).repeat_interleave(group)  # (B,)
    return torch.cat((x, spread.to(x.dtype).view(b, 1, 1, 1).expand(b, 1, h, w)), 1)


def from_pixels(pixels: np.ndarray | Tensor) -> Tensor:
    """Bytes as the networks see them, on the device where they are.  uint8 (B, H, W, C) -> float32 (B, C, H, W), -1 to 1"""
    bytes_ = pixels if isinstance(pixels, Tensor) else torch.from_numpy(np.array(pixels))  # a copy: arrays may be read-only
    return bytes_.movedim(-1, 1).float().div(127.5).sub(1).contiguous()


def to_pixels(x: Tensor) -> np.ndarray:
    """Bytes of pictures, rounded, with what lies outside -1 to 1 clipped.  (B, C, H, W) -> uint8 (B, H, W, C)"""
    bytes_ = x.detach().float().add(1).mul(127.5).round().clamp(0, 255).byte()
    return bytes_.movedim(1, -1).contiguous().cpu().numpy()


def _smallest(size: tuple[int, int], levels: int) -> tuple[int, int]:
    h, w, unit = *size, 2 ** levels
    if h < 1 or w < 1 or h % unit or w % unit:
        raise ArtengineError(f"Pictures of {w}×{h} cannot be halved {levels} times.",
                             f"Give a width and a height that are multiples of {unit}.")
    return h // unit, w // unit


def _conv(inside: int, outside: int, kernel: int, gain: float = 1.0) -> nn.Conv2d:
    conv = nn.Conv2d(inside, outside, kernel, padding="same")
    nn.init.normal_(conv.weight, std=gain / sqrt(inside * kernel ** 2))
    nn.init.zeros_(conv.bias)  # type: ignore[arg-type]
    return conv


def _norm(kind: Norm, channels: int) -> nn.Module:
    if kind == "group":
        return nn.GroupNorm(max(g for g in (1, 2, 4, 8) if g == 1 or channels % (4 * g) == 0), channels)
    return {"batch": nn.BatchNorm2d(channels), "pixel": _PixelNorm(), "none": nn.Identity()}[kind]
