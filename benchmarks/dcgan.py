"""The DCGAN of the PyTorch examples (Radford et al. 2016) and its loop, written anew: the peer of ``image_gan``."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import softplus

LATENT = 100
Pictures = np.ndarray  # uint8 (N, H, W, C)


def _initial(module: nn.Module) -> None:
    if isinstance(module, nn.Conv2d | nn.ConvTranspose2d):
        nn.init.normal_(module.weight, 0, 0.02)
    elif isinstance(module, nn.BatchNorm2d):
        nn.init.normal_(module.weight, 1, 0.02)


def dcgan(side: int, channels: int, width: int, pack: int = 1) -> tuple[nn.Module, nn.Module]:
    """Generator and discriminator for pictures of 32 or 64 pixels a side."""
    wide = [width * 2 ** i for i in range({32: 3, 64: 4}[side])]
    made: list[nn.Module] = [nn.ConvTranspose2d(LATENT, wide[-1], 4, 1, 0, bias=False), nn.BatchNorm2d(wide[-1]),
                             nn.ReLU(True)]
    for a, b in pairwise(wide[::-1]):
        made += [nn.ConvTranspose2d(a, b, 4, 2, 1, bias=False), nn.BatchNorm2d(b), nn.ReLU(True)]
    made += [nn.ConvTranspose2d(width, channels, 4, 2, 1, bias=False), nn.Tanh()]
    judged: list[nn.Module] = [nn.Conv2d(channels * pack, width, 4, 2, 1, bias=False), nn.LeakyReLU(0.2)]
    for a, b in pairwise(wide):
        judged += [nn.Conv2d(a, b, 4, 2, 1, bias=False), nn.BatchNorm2d(b), nn.LeakyReLU(0.2)]
    judged.append(nn.Conv2d(wide[-1], 1, 4, 1, 0, bias=False))
    players = nn.Sequential(*made), nn.Sequential(*judged)
    for player in players:
        player.apply(_initial)
    return players


def plain_steps(players: tuple[nn.Module, nn.Module], pictures: Pictures, batch: int,
                change: Callable[[Tensor], Tensor] = lambda x: x) -> Iterator[int]:
    """The tutorial's loop; yields the pictures seen after each step."""
    generator, discriminator = players
    of_g, of_d = (torch.optim.Adam(player.parameters(), 2e-4, (0.5, 0.999)) for player in players)
    seen = 0
    while True:
        chosen = np.random.default_rng(seen).integers(0, len(pictures), batch)
        real = torch.from_numpy(pictures[chosen].transpose(0, 3, 1, 2)).float() / 127.5 - 1
        made = generator(torch.randn(batch, LATENT, 1, 1))
        of_d.zero_grad()
        (softplus(-discriminator(change(real))).mean() + softplus(discriminator(change(made.detach()))).mean()).backward()
        of_d.step()
        of_g.zero_grad()
        softplus(-discriminator(change(made))).mean().backward()
        of_g.step()
        seen += batch
        yield seen


def plain_made(players: tuple[nn.Module, nn.Module], n: int) -> Pictures:
    """What the peer makes."""
    generator = players[0].eval()
    with torch.no_grad():
        made = torch.cat([generator(torch.randn(500, LATENT, 1, 1)) for _ in range(-(-n // 500))])[:n]
    players[0].train()
    return ((made + 1) * 127.5).round().byte().numpy().transpose(0, 2, 3, 1)
