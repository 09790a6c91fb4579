"""Pixels that look at those drawn before them: what a latent cannot say of the edge of a stroke, its neighbours can.

A decoder that draws each pixel for itself spends its latent on where every edge runs. Here a masked convolution (van den
Oord et al. 2016, "Pixel recurrent neural networks") sees a few rows above a pixel and a few pixels to its left, and two thin
layers join that with what the decoder drew. The latent is left with what the picture is of (Chen et al. 2017, "Variational
lossy autoencoder": the window must be small).

Axes: B pictures, C colours, H rows, W columns, F features of the decoder, N neurons.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import conv2d, leaky_relu, pad

from artengine.nn.images import SLOPE

NEURONS = 32


class Context(nn.Module):
    """Logits of pixels, of the decoder's features and the pixels before.

    :param far: rows above and columns to both sides that are seen.
    """

    mask: Tensor

    def __init__(self, features: int, channels: int, far: int) -> None:
        super().__init__()
        self.far = far
        self.drawn = nn.Conv2d(features, NEURONS, 1)
        self.before = nn.Conv2d(channels, NEURONS, (far + 1, 2 * far + 1), bias=False)
        self.joined = nn.Conv2d(NEURONS, NEURONS, 1)
        self.colours = nn.Conv2d(NEURONS, channels, 1)
        mask = torch.ones(far + 1, 2 * far + 1)
        mask[-1, far:] = 0  # the pixel itself, and what comes after it
        self.register_buffer("mask", mask, persistent=False)

    def forward(self, features: Tensor, x: Tensor) -> Tensor:
        """(B, F, H, W), pictures (B, C, H, W) -> (B, C, H, W)"""
        seen = pad(x, (self.far, self.far, self.far, 0))
        h = self.drawn(features) + conv2d(seen, self.before.weight * self.mask)
        h = leaky_relu(h, SLOPE)
        h = h + leaky_relu(self.joined(h), SLOPE)
        logits: Tensor = self.colours(h)
        return logits
