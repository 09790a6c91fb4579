"""The two players of an adversarial game over pictures: torch, to train.

The generator is a DCGAN (Radford et al. 2016) whose blocks are told the latent again at every level: standardised features
are scaled and shifted by a *style* made of it (self-modulation: Chen et al. 2019). So coarse levels and fine ones may be
told different latents (Karras et al. 2019, style mixing), and a label reaches every level. The full size is dear: the last
convolution gives four pixels for each place of the half size, and the discriminator's first takes them so.

The discriminator has no norm, as it trains under a gradient penalty and with pictures judged one by one; a label is compared
with its features (projection: Miyato and Koyama 2018).

Axes: B pictures, C channels, H rows, W columns, Z latent numbers, S numbers of a style, L labels, K levels.
"""

from __future__ import annotations

from itertools import pairwise
from math import sqrt

import torch
from torch import Tensor, nn
from torch.nn.functional import leaky_relu, pixel_shuffle, pixel_unshuffle

SLOPE = 0.2
STYLE = 128  # S
EPSILON = 1e-5


def levels(size: tuple[int, int]) -> int:
    """How often a size is halved until a side is less than 8, or odd."""
    h, w = size
    return 0 if min(h, w) < 8 or h % 2 or w % 2 else 1 + levels((h // 2, w // 2))


def widths(size: tuple[int, int], width: int) -> list[int]:
    """Features of the generator from the smallest grid up to half the size: half as many at twice the size."""
    return [width * min(8, 2 ** i) for i in range(max(1, levels(size)) - 1, -1, -1)]


class Style(nn.Module):
    """What all levels are told, of a latent and a label.  (B, Z), (B, L) -> (B, S)"""

    def __init__(self, latent: int, classes: int) -> None:
        super().__init__()
        self.first = nn.Linear(latent, STYLE)
        self.second = nn.Linear(STYLE, STYLE)
        self.labels = nn.Linear(classes, STYLE, bias=False) if classes else None
        for layer in (self.first, self.second):
            nn.init.kaiming_normal_(layer.weight, SLOPE)
            nn.init.zeros_(layer.bias)
        if self.labels is not None:
            nn.init.normal_(self.labels.weight, std=0.5)  # a quarter of the latent's share, or it would be lost beside it

    def forward(self, z: Tensor, told: Tensor) -> Tensor:
        """(B, Z), (B, L) -> (B, S)"""
        h = self.first(unit(z))
        if self.labels is not None:
            h = h + self.labels(told)
        return leaky_relu(self.second(leaky_relu(h, SLOPE)), SLOPE)


def unit(x: Tensor) -> Tensor:
    """Rows over their root mean square."""
    return x * (x.square().mean(1, keepdim=True) + 1e-8).rsqrt()


class Modulated(nn.Module):
    """Features standardised, then scaled and shifted by a style, and bent.  (B, C, H, W), (B, S) -> (B, C, H, W)

    While training over the batch; else by :attr:`mean` and :attr:`deviation`, which :meth:`Generator.settle` measures.
    """

    mean: Tensor
    deviation: Tensor

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.scale = nn.Linear(STYLE, channels)
        self.shift = nn.Linear(STYLE, channels)
        nn.init.normal_(self.scale.weight, std=0.5 / sqrt(STYLE))
        nn.init.normal_(self.shift.weight, std=0.5 / sqrt(STYLE))
        nn.init.ones_(self.scale.bias)
        nn.init.zeros_(self.shift.bias)
        self.register_buffer("mean", torch.zeros(channels))
        self.register_buffer("deviation", torch.ones(channels))
        self.settling = False

    def forward(self, x: Tensor, style: Tensor) -> Tensor:
        """(B, C, H, W), (B, S) -> (B, C, H, W)"""
        if self.settling:
            self.mean.copy_(x.float().mean((0, 2, 3)))
            self.deviation.copy_((x.float().var((0, 2, 3), correction=0) + EPSILON).sqrt())
        if self.training:
            x = nn.functional.batch_norm(x, None, None, training=True, eps=EPSILON)
        else:
            x = (x - self.mean[:, None, None]) / self.deviation[:, None, None]
        shift, scale = (told(style)[:, :, None, None].to(x.dtype) for told in (self.shift, self.scale))
        return leaky_relu(torch.addcmul(shift, x, scale), SLOPE)


class Generator(nn.Module):
    """Pictures from latents.

    :param size: (H, W), multiples of 4.
    """

    def __init__(self, latent: int, classes: int, size: tuple[int, int], channels: int, width: int) -> None:
        super().__init__()
        self.style = Style(latent, classes)
        wide = widths(size, width)
        self.latent, self.grid = latent, (wide[0], size[0] >> len(wide), size[1] >> len(wide))
        self.start = nn.Linear(STYLE, self.grid[0] * self.grid[1] * self.grid[2])
        self.norms = nn.ModuleList(Modulated(c) for c in wide)
        self.ups = nn.ModuleList(nn.ConvTranspose2d(a, b, 4, 2, 1, bias=False) for a, b in pairwise(wide))
        self.colours = nn.Conv2d(wide[-1], 4 * channels, 3, padding=1)
        nn.init.normal_(self.start.weight, std=1 / sqrt(STYLE))
        for up in self.ups:
            nn.init.normal_(up.weight, std=sqrt(1 / (4 * up.weight.shape[0])))

    @property
    def levels(self) -> int:
        """K: how many styles it takes."""
        return len(self.norms)

    def forward(self, z: Tensor, told: Tensor) -> Tensor:
        """(B, Z), (B, L) -> (B, C, H, W) from -1 to 1"""
        return self.drawn([self.style(z, told)] * self.levels)

    def drawn(self, styles: list[Tensor]) -> Tensor:
        """K times (B, S) -> (B, C, H, W)"""
        x = self.start(styles[0]).view(-1, *self.grid)
        x = self.norms[0](x.contiguous(memory_format=torch.channels_last), styles[0])
        for up, norm, style in zip(self.ups, self.norms[1:], styles[1:], strict=True):
            x = norm(up(x), style)
        return pixel_shuffle(self.colours(x), 2).tanh()

    @torch.no_grad()
    def settle(self, z: Tensor, told: Tensor) -> None:
        """Measure what features are standardised by once it no longer trains, over these latents.  (B, Z), (B, L)"""
        norms = [m for m in self.modules() if isinstance(m, Modulated)]
        was = self.training
        for norm in norms:
            norm.settling = True
        self.train()(z, told)
        for norm in norms:
            norm.settling = False
        self.train(was)


class Discriminator(nn.Module):
    """Logits of pictures, higher for more real.

    :param pack: pictures that are judged together, as channels of one (PacGAN: Lin et al. 2018).
    """

    def __init__(self, classes: int, size: tuple[int, int], channels: int, width: int, pack: int = 1) -> None:
        super().__init__()
        self.pack = pack
        wide = [4 * pack * channels, *widths(size, width)[::-1]]
        self.stem = nn.Conv2d(wide[0], wide[1], 3, padding=1)
        self.downs = nn.ModuleList(nn.Conv2d(a, b, 4, 2, 1) for a, b in pairwise(wide[1:]))
        cells = (size[0] >> len(wide) - 1) * (size[1] >> len(wide) - 1)
        self.head = nn.Linear(wide[-1] * cells, 1)
        self.labels = nn.Linear(classes, wide[-1], bias=False) if classes else None
        for layer in (self.stem, *self.downs):
            nn.init.kaiming_normal_(layer.weight, SLOPE)
            nn.init.zeros_(layer.bias)
        # Divided by the root of how many it adds up, or one step of Adam would move the logits by several nats.
        nn.init.normal_(self.head.weight)
        if self.labels is not None:
            nn.init.normal_(self.labels.weight)

    def forward(self, x: Tensor, told: Tensor) -> Tensor:
        """(B, C, H, W), (B, L) -> (B/pack,)"""
        x = pixel_unshuffle(x.reshape(-1, self.pack * x.shape[1], *x.shape[2:]), 2)
        x = leaky_relu(self.stem(x.contiguous(memory_format=torch.channels_last)), SLOPE)
        for down in self.downs:
            x = leaky_relu(down(x), SLOPE)
        logits = self.head(x.flatten(1))[:, 0] / sqrt(self.head.in_features)
        if self.labels is not None:
            asked = self.labels(told.view(len(x), self.pack, -1).mean(1))
            logits = logits + (x.mean((2, 3)) * asked).sum(1) / sqrt(x.shape[1])
        return logits
