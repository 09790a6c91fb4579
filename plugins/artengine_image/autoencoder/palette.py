"""Pictures in a few colours of their own: a decoder says which of them a place has, and the latent which colours they are.

Where a decoder is not sure of an edge, a mean of colours would be drawn, a blur. Here it is the chances that are blurred,
and they can be made as sharp as one likes: the edge runs where two colours are as likely.

Axes: B pictures, K colours of the palette, C channels, H rows, W columns, d latent numbers.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn


class Palette(nn.Module):
    """Colours, before the tanh, of chances and latents."""

    def __init__(self, latent: int, channels: int, colours: int) -> None:
        super().__init__()
        self.colours = colours
        self.paints = nn.Linear(latent, colours * channels)
        nn.init.normal_(self.paints.weight, std=0.5 / latent ** 0.5)
        nn.init.normal_(self.paints.bias, std=0.7)

    def forward(self, logits: Tensor, z: Tensor) -> Tensor:
        """(B, K, H, W), (B, d) -> (B, C, H, W)"""
        paints = self.paints(z).float().view(len(z), self.colours, -1)
        return torch.einsum("bkhw,bkc->bchw", logits.float().softmax(1), paints)
