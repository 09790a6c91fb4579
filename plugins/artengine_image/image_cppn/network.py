"""What :mod:`.field` draws, as a network to train: torch.

Axes: B pictures, C colours, H rows, W columns, d latent numbers, F features, N neurons, G cells along a side.
"""

from __future__ import annotations

from math import sqrt

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import grid_sample

from artengine.nn.images import Decoder
from artengine_image.autoencoder.network import widths
from artengine_image.autoencoder.palette import Palette
from artengine_image.image_cppn import field
from artengine_image.image_cppn.settings import Options

SPARSE = 32  # pixels a side from which on a step need not look at all of them


class Field(nn.Module):
    """A latent's picture at the places of its pixels; while it trains, somewhere within them.

    Were it only ever asked at the middle of pixels, it could do as it pleased in between. So each step all places move
    by up to half a pixel, and the pictures with them. Of larger pictures a step takes every second row and column only:
    neighbours say nearly the same, and it is twice as quick.
    """

    def __init__(self, latent: int, size: tuple[int, int], channels: int, options: Options) -> None:
        super().__init__()
        self.size = size
        cells = size[0] // field.CELL, size[1] // field.CELL
        self.grid = Decoder(latent, cells, options.features, widths(cells, options.width))
        self.grid.colours[-1] = nn.Identity()
        waves = 4 * field.octaves(min(size))
        self.first = _linear(options.features + waves, options.neurons)
        self.phase = _linear(latent, options.neurons, 0.3, bias=False)
        self.layers = nn.ModuleList(_linear(options.neurons, options.neurons, sqrt(2)) for _ in range(options.layers - 1))
        self.colours = _linear(options.neurons, options.colours or channels)
        self.palette = Palette(latent, channels, options.colours) if options.colours else None

    def forward(self, z: Tensor, x: Tensor) -> tuple[Tensor, Tensor]:
        """(B, d) and pictures (B, C, H, W) -> what is drawn, before the tanh, and what it should be"""
        if not self.training:
            return self.at(z, (0.0, 0.0)), x
        down, across, first, second = torch.rand(4).tolist()
        down, across, every = down - 0.5, across - 0.5, 2 if min(self.size) >= SPARSE else 1
        some = slice(int(first * every), None, every), slice(int(second * every), None, every)
        return self.at(z, (down, across), some), moved(x, down, across)[:, :, some[0], some[1]]

    def at(self, z: Tensor, shift: tuple[float, float], some: tuple[slice, slice] = (slice(None), slice(None))) -> Tensor:
        """What is drawn at the middles of *some* pixels moved by *shift*, in pixels down and across.

        (B, d) -> (B, C, H, W)
        """
        rows, columns = ((np.arange(side) + 0.5 + by)[part] for side, by, part in zip(self.size, shift, some, strict=True))
        grid = self.grid(z).float()  # (B, F, Gh, Gw)
        with torch.autocast(z.device.type, enabled=False):  # sines of many turns want all digits
            return self._blended(grid, z.float(), rows, columns)

    def _blended(self, grid: Tensor, z: Tensor, rows: np.ndarray, columns: np.ndarray) -> Tensor:
        blend_rows, blend_columns, of_rows, of_columns = (torch.from_numpy(a).to(z.device) for a in (
            field.splines(rows, grid.shape[2]), field.splines(columns, grid.shape[3]),
            field.wave(rows, self.size[0], min(self.size)), field.wave(columns, self.size[1], min(self.size))))
        f, w = grid.shape[1], self.first.weight  # (N, F + of rows + of columns)
        mixed = torch.einsum("nf,bfij->bijn", w[:, :f], grid)  # (B, Gh, Gw, N)
        mixed = torch.einsum("hi,bijn->bhjn", blend_rows, mixed)
        mixed = torch.einsum("wj,bhjn->bhwn", blend_columns, mixed)
        waves = of_rows.shape[1]
        known = (of_rows @ w[:, f:f + waves].T)[:, None] + of_columns @ w[:, f + waves:].T + self.first.bias  # (H, W, N)
        h = (mixed + known + self.phase(z)[:, None, None]).sin()
        for layer in self.layers:
            h = layer(h).sin()
        drawn: Tensor = self.colours(h).movedim(-1, 1)
        return self.palette(drawn, z) if self.palette is not None else drawn

    def shapes(self) -> dict[str, np.ndarray]:
        """What a model file says besides the parameters: the shape of the smallest grid."""
        return {"decoder.grid.grid": np.array(self.grid.grid)}


def moved(x: Tensor, down: float, across: float) -> Tensor:
    """Pictures looked at so many pixels further down and across, linearly between pixels.  (B, C, H, W) -> the same"""
    h, w = x.shape[2:]
    rows = ((torch.arange(h, device=x.device) + 0.5 + down) / h * 2 - 1).view(1, h, 1).expand(len(x), h, w)
    columns = ((torch.arange(w, device=x.device) + 0.5 + across) / w * 2 - 1).view(1, 1, w).expand(len(x), h, w)
    return grid_sample(x, torch.stack((columns, rows), 3).to(x.dtype), padding_mode="border", align_corners=False)


def _linear(inside: int, outside: int, gain: float = 1.0, bias: bool = True) -> nn.Linear:
    """Of variance gain² for inputs of variance 1: sines have about a half, hence sqrt(2)."""
    linear = nn.Linear(inside, outside, bias)
    nn.init.normal_(linear.weight, std=gain / sqrt(inside))
    if bias:
        nn.init.uniform_(linear.bias, -1, 1)  # sines of many phases
    return linear
