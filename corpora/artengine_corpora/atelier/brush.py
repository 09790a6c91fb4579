"""A brush of many hairs: wet where it lands, dry where it lifts."""

from __future__ import annotations

import numpy as np

from artengine_corpora.atelier.colour import Colour
from artengine_corpora.atelier.easel import Easel
from artengine_corpora.atelier.noise import smooth


def stroke(easel: Easel, path: np.ndarray, width: np.ndarray, load: float = 1.0, dryness: float = 0.5,
           colour: Colour | None = None) -> None:
    """Pull a brush along *path* (n, 2).

    :param width: of the brush at each point of the path, in frame units.  (n,)
    :param load: how dark the ink is: 1 is black ink, 0.3 a grey wash.
    :param dryness: from 0, where the ink lasts, to 1, where the hairs part and leave paper between.
    :param colour: of the ink; by default the palette's.
    """
    canvas, hair, blot = easel.canvas, easel.noise(), easel.noise()
    fine = float(width.max()) * canvas.scale
    hairs = int(np.clip(fine / 3, 3, 40))  # as many as can be told apart at this size: the noise is the same for all
    run = float(np.hypot(*np.diff(path, axis=0).T).sum())
    steps = int(np.clip(run * canvas.scale / 8, 8, 500))
    at = np.linspace(0, len(path) - 1, steps + 1)
    index = np.arange(len(path))
    line = np.stack([np.interp(at, index, path[:, i]) for i in (0, 1)], -1)
    half = np.interp(at, index, width) / 2
    along = np.gradient(line, axis=0)
    along /= np.maximum(np.hypot(along[:, 0], along[:, 1]), 1e-9)[:, None]
    aside = np.stack([-along[:, 1], along[:, 0]], -1) * half[:, None]
    mask = canvas.mask(line, float(half.max()) * 1.1)
    across = np.linspace(-1, 1, hairs + 1)
    grid = mask.placed(line[:, None] + aside[:, None] * across[None, :, None])  # (steps + 1, hairs + 1, 2)

    t = ((at[:-1] + at[1:]) / 2 / (len(path) - 1))[:, None]
    u = ((across[:-1] + across[1:]) / 2)[None]
    length = run / max(float(width.max()), 1e-6)
    parted = hair(u * 9 + 20, t * length * 0.45) * 0.6 + hair(u * 23 + 3, t * length * 0.3 + 31) * 0.4  # streaks
    spent = dryness * (0.25 + 1.1 * t**1.5)
    wet = smooth(-0.25, 0.12, parted + 0.85 - spent * 1.35 - 0.25 * spent * u**2)
    tip = (0.06 + 0.22 * (hair(u * 6 + 40, u * 0) + 1) + 0.5 * u**2) / max(length, 2)  # hairs land and lift one by one
    ends = smooth(0, 0.008, t - tip * 0.55) * smooth(0, 0.02, 1 - t - tip * (0.3 + dryness))
    depth = load * (0.93 + 0.12 * blot(u * 2, t * length * 0.6)) * (1 - 0.16 * t)
    cover = (np.clip(wet * ends * depth, 0, 1) * 255).astype(np.int32)

    quads = np.concatenate([grid[:-1, :-1], grid[1:, :-1], grid[1:, 1:], grid[:-1, 1:]], -1)
    draw = mask.pen.polygon
    for row, shades in zip(quads.tolist(), cover.tolist(), strict=True):
        for quad, shade in zip(row, shades, strict=True):
            if shade > 3:
                draw(quad, shade)
    canvas.lay(mask, colour or easel.palette.ink)
