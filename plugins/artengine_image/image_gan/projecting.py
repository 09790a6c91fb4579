"""The latent of a picture, found by descent: torch.

Of many latents drawn at random the one whose picture is nearest starts; then each level's is moved, the picture compared at
several sizes, until it is as near as it gets (Karras et al. 2020, "Analyzing and improving the image quality of StyleGAN",
section 5). It is latents that move, and not styles, so that what is found lies where latents are drawn, and walks do too.

Axes: n pictures, K levels, Z latent numbers, L labels.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d

from artengine_image.image_gan.network import Generator

TRIED, STEPS, RATE = 256, 200, 0.08
HOMELY = 1e-3  # weight of keeping a latent as long as those that are drawn


def project(generator: Generator, wanted: Tensor, told: Tensor, stopped: Callable[[], bool]) -> Tensor:
    """Latents of pictures.  (n, C, H, W) from -1 to 1, (n, L) -> (n, K, Z)

    :param told: labels; a row of -1 is found too.
    :param stopped: asked before each step; once it is true, what there is by then is given.
    """
    noise = torch.Generator().manual_seed(0)
    latent, classes = generator.latent, told.shape[1]
    found = []
    for picture, known in zip(wanted, told, strict=True):
        z = torch.randn(TRIED, latent, generator=noise)
        labels = torch.eye(classes)[torch.arange(TRIED) % classes] if classes and known[0] < 0 else known.expand(TRIED, -1)
        with torch.no_grad():
            far = torch.cat([_apart(generator(*some), picture[None])
                             for some in zip(z.split(64), labels.split(64), strict=True)])
        best = int(far.argmin())
        found.append((z[best], labels[best]))
    z = torch.stack([one for one, _ in found])[:, None].repeat(1, generator.levels, 1).requires_grad_()
    told = torch.stack([label for _, label in found])
    optimizer = torch.optim.Adam([z], RATE)
    for step in range(STEPS):
        if stopped():
            break
        optimizer.param_groups[0]["lr"] = RATE * min(1.0, 4 * (1 - step / STEPS))
        made = generator.drawn([generator.style(one, told) for one in z.unbind(1)])
        loss = (_apart(made, wanted) + HOMELY * (z.square().mean((1, 2)) - 1).square()).sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return torch.cat((z.detach().flatten(1), told), 1)


def _apart(made: Tensor, wanted: Tensor) -> Tensor:
    """Mean squared differences, added up over sizes.  (B, C, H, W) twice -> (B,)"""
    difference = made - wanted
    total = difference.square().mean((1, 2, 3))
    while min(difference.shape[2:]) >= 8:
        difference = avg_pool2d(difference, 2)
        total = total + difference.square().mean((1, 2, 3))
    return total
