"""The autoencoder as a network: torch, for training and for bounds.

Axes: B pictures, C colours, H rows, W columns, Z latent numbers, L labels, K samples of the latent of a picture.
"""

from __future__ import annotations

from math import log
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits, leaky_relu, one_hot, pixel_shuffle, pixel_unshuffle

from artengine.nn.images import SLOPE, Decoder, Encoder
from artengine.nn.losses import gaussian_kl, gaussian_nll, laplace_nll
from artengine_image.autoencoder.context import Context
from artengine_image.autoencoder.palette import Palette
from artengine_image.autoencoder.settings import Options

FINE = 12  # features at the full size
NARROWEST, WIDEST = -8.0, 4.0  # log variances of a latent
BYTE = log(255 / 2)  # nats that a density on -1 to 1 lacks to be a probability of one of 256 values


class Terms(NamedTuple):
    """What a loss is made of, nats a picture; but for ``bernoulli``, those of its bytes."""

    nll: Tensor
    """-log p(x | z).  (B, K)"""
    kl: Tensor
    """KL(q(z | x) ‖ p(z)).  (B,)"""
    surprise: Tensor
    """log q(z | x) - log p(z) at the samples.  (B, K)"""


def levels(side: tuple[int, int]) -> int:
    """How often a grid can be halved until a side is less than 8, or odd."""
    h, w = side
    return 0 if min(h, w) < 8 or h % 2 or w % 2 else 1 + levels((h // 2, w // 2))


def widths(side: tuple[int, int], width: int) -> list[int]:
    """Channels from the smallest grid to the largest: twice as many at half the size, four times at the most."""
    return [width * min(4, 2 ** i) for i in range(levels(side), -1, -1)]


def patch(size: tuple[int, int]) -> int:
    """Pixels a side that the encoder takes as one place; it need not see as finely as a decoder draws.

    Where that is 2, it has half the decoder's width, if not below 8: or it would take most of the time.
    """
    return 4 if min(size) >= 48 else 2


class PictureDecoder(nn.Module):
    """Pictures from latents: blocks of convolutions at half the size and below, and a single thin one at the full size.

    That is four times quicker than blocks at the full size. The four places that a place of the half size becomes begin
    alike (Aitken et al. 2017), or a checkerboard would have to be unlearnt.
    """

    def __init__(self, latent: int, size: tuple[int, int], channels: int, options: Options) -> None:
        super().__init__()
        half = size[0] // 2, size[1] // 2
        self.body = Decoder(latent, half, 4 * FINE, widths(half, options.width))
        self.body.colours[-1] = nn.Identity()  # the tanh belongs to the likelihood
        spread = self.body.colours[-2]
        assert isinstance(spread, nn.Conv2d)
        with torch.no_grad():
            spread.weight.copy_(spread.weight[::4].repeat_interleave(4, 0))
        see = options.context if options.likelihood == "bernoulli" else 0
        colours = options.colours if options.likelihood != "bernoulli" else 0
        self.palette = Palette(latent, channels, colours) if colours else None
        self.fine = Context(FINE, channels, see) if see else nn.Conv2d(FINE, colours or channels, 3, padding=1)

    def forward(self, z: Tensor, x: Tensor) -> tuple[Tensor, Tensor]:
        """(B, Z + L) and pictures (B, C, H, W) -> what is drawn, before the tanh, and what it should be"""
        features = leaky_relu(pixel_shuffle(self.body(z), 2), SLOPE)
        if isinstance(self.fine, Context):
            return self.fine(features, x), x
        return self.palette(self.fine(features), z) if self.palette is not None else self.fine(features), x

    def shapes(self) -> dict[str, np.ndarray]:
        """What a model file says besides the parameters: the shape of the smallest grid."""
        return {"decoder.body.grid": np.array(self.body.grid)}


class AutoEncoder(nn.Module):
    """Encoder, decoder and likelihood as one module.

    :param size: (H, W), multiples of 8.
    :param decoder: like :class:`PictureDecoder`; what it draws may be a shifted picture, as long as it says so.
    """

    def __init__(self, size: tuple[int, int], channels: int, classes: int, options: Options, decoder: nn.Module) -> None:
        super().__init__()
        self.classes, self.options, self.patch = classes, options, patch(size)
        grid = size[0] // self.patch, size[1] // self.patch
        self.encoder = Encoder(grid, 2 * options.latent, self.patch ** 2 * channels,
                               widths(grid, max(8, options.width * self.patch // 4))[::-1], norm="group")
        self.labels = nn.Linear(classes, 2 * options.latent, bias=False) if classes else None
        self.decoder = decoder
        self.log_sigma = nn.Parameter(torch.tensor(-1.0))

    def told(self, labels: Tensor) -> Tensor:
        """Labels as latent dimensions, zeros for none.  (B,) -> (B, L)"""
        return one_hot(labels.clamp_min(0), max(1, self.classes))[:, :self.classes].float() * (labels >= 0)[:, None]

    def posterior(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        """Means and log variances.  (B, C, H, W), (B, L) -> (B, Z) twice"""
        features = self.encoder(pixel_unshuffle(x, self.patch)).float()
        mean, spread = (features + self.labels(y) if self.labels is not None else features).chunk(2, 1)
        return mean, spread.clamp(NARROWEST, WIDEST)

    def forward(self, x: Tensor, labels: Tensor, noise: Tensor) -> Terms:
        """The terms of the loss.  (B, C, H, W) from -1 to 1, (B,) with -1 for none, (K, B, Z) standard normal"""
        k, b, _ = noise.shape
        y = self.told(labels)
        mean, log_variance = self.posterior(x, y)
        z = mean + noise * (log_variance / 2).exp()  # (K, B, Z)
        drawn, wanted = self.decoder(torch.cat((z, y.expand(k, b, -1)), 2).flatten(0, 1), x.repeat(k, 1, 1, 1))
        surprise = (z.square() - noise.square() - log_variance).sum(2) / 2  # (K, B)
        share = wanted[0].numel() / x[0].numel()  # a decoder may draw some of the pixels, as long as chance says which
        return Terms(self.nll(drawn.float(), wanted).view(k, b).T / share, gaussian_kl(mean, log_variance), surprise.T)

    def nll(self, drawn: Tensor, wanted: Tensor) -> Tensor:
        """-log p(x | z).  (B, C, H, W) twice -> (B,)"""
        if self.options.likelihood == "bernoulli":
            each = binary_cross_entropy_with_logits(2 * drawn, (wanted + 1) / 2, reduction="none")
            return each.flatten(1).sum(1)
        log_sigma, each = self.log_sigma.clamp(-6, 2), BYTE * wanted[0].numel()
        likelihood = laplace_nll if self.options.likelihood == "laplace" else gaussian_nll
        return likelihood(wanted, drawn.tanh(), log_sigma) + each
