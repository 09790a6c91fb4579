"""Random changes to pictures that a GAN learns through, so that few pictures are enough: torch.

Axes: B pictures, C channels (all changed alike, an alpha channel too), H rows, W columns.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional

Change = Literal["colour", "translation", "cutout"]
CHANGES: tuple[Change, ...] = ("colour", "translation", "cutout")


def augment(x: Tensor, strength: float = 1.0, changes: Sequence[Change] = CHANGES) -> Tensor:
    """Change pictures at random and differentiably: DiffAugment (Zhao et al. 2020).  (B, C, H, W) -> (B, C, H, W)

    Show the discriminator nothing else, real or made, in its own step and in the generator's. ``colour``: brightness ± 0.5,
    saturation × 0 to 2, contrast × 0.5 to 1.5; values may leave -1 to 1. ``translation``: by up to an eighth of each side.
    ``cutout``: a box of half of each side, at random, perhaps partly outside. What moves in or is cut out is 0.

    :param strength: the chance, 0 to 1, that a picture undergoes any one of the changes; 0 leaves all as they are, 1 is the
        paper's. Raise it as the discriminator overfits (Karras et al. 2020, "Training GANs with limited data"). The noise
        is torch's own, on the device of *x*.
    """
    if not 0 <= strength <= 1:
        raise ValueError(f"strength is from 0 to 1, not {strength}")
    for change in changes if strength else ():
        changed = {"colour": _recolour, "translation": _translate, "cutout": _cut_out}[change](x)
        x = torch.where(_chance(x) < strength, changed, x)
    return x


def _chance(x: Tensor) -> Tensor:
    return torch.rand(len(x), 1, 1, 1, device=x.device)


def _recolour(x: Tensor) -> Tensor:
    x = x + (_chance(x) - 0.5).to(x.dtype)
    grey = x.mean(1, keepdim=True)
    x = grey + (x - grey) * (2 * _chance(x)).to(x.dtype)
    mean = x.mean((1, 2, 3), keepdim=True)
    return mean + (x - mean) * (0.5 + _chance(x)).to(x.dtype)


def _translate(x: Tensor) -> Tensor:
    b, _, h, w = x.shape
    up, left = (round(side / 8) for side in (h, w))
    padded = functional.pad(x, (left, left, up, up))
    rows, columns = (torch.arange(side, device=x.device) + torch.randint(0, 2 * most + 1, (b, 1), device=x.device)
                     for side, most in ((h, up), (w, left)))  # (B, H), (B, W)
    which = torch.arange(b, device=x.device)[:, None, None]
    return padded[which, :, rows[:, :, None], columns[:, None, :]].movedim(-1, 1)


def _cut_out(x: Tensor) -> Tensor:
    b, _, h, w = x.shape
    inside = []
    for side in (h, w):
        start = torch.randint(-(side // 4), side - side // 4 + 1, (b, 1), device=x.device)  # its middle lies in the picture
        places = torch.arange(side, device=x.device)
        inside.append((places >= start) & (places < start + side // 2))
    return x * ~(inside[0][:, None, :, None] & inside[1][:, None, None, :])
