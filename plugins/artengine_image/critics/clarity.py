"""Critic ``clarity``: is there anything in the picture, or has something gone wrong with it?"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

import numpy as np

from artengine.api import Judgement, Run
from artengine.marks import Usual
from artengine.models import Model
from artengine.works import Image
from artengine_image.critics.seeing import blurred, opaque, order

LOOKED_AT = 512  # pixels a side from the middle of a large picture: faults of single pixels are lost in a smaller copy
BUSY = 3 / 255  # a texture below which nobody sees one
STRONG = 30 / 255
_WELL = ("It is clear: it has lights and darks, and its detail belongs to its forms.",)

# Fitted to the pictures of benchmarks/image_critics.py: paintings, a photograph, pixel art, Fashion-MNIST and atelier.
USUAL = {
    "contrast": Usual(0.06, 0.3, 0.5, 0.02),
    "noise": Usual(0.0, 0.0, 0.18, 0.12),
    "coloured noise": Usual(0.0, 0.0, 0.05, 0.06),
    "checkerboard": Usual(0.0, 0.0, 0.01, 0.07),
}


def figures(rgb: np.ndarray) -> dict[str, float]:
    """The figures of a picture.  (h, w, 3) uint8"""
    red, green, blue = (rgb[..., i] / 255 for i in range(3))
    light = 0.299 * red + 0.587 * green + 0.114 * blue
    low, high = np.percentile(light, (1, 99))
    # A few lines on an empty ground are a picture too: their range counts where the spread is small.
    return {"contrast": max(float(light.std()), float(high - low) / 4), "noise": noise(light),
            "coloured noise": max(grain(red - green), grain(blue - green)), "checkerboard": checkerboard(light)}


def noise(light: np.ndarray) -> float:
    """Grain against the spread of the picture, less where large forms stand behind it: 0 to 1."""
    spread = float(light.std())
    return min(1.0, grain(light) / spread) * (1 - order(light[..., None])) if spread > 1e-6 else 0.0


def grain(plane: np.ndarray) -> float:
    """Standard deviation of the noise in a plane, whatever it shows.  (h, w)

    The second difference across and down at once is nought on slopes and straight edges; its median passes over corners
    (Immerkær's estimate, robustly).
    """
    if min(plane.shape) < 3:
        return 0.0
    across = plane[:, :-2] - 2 * plane[:, 1:-1] + plane[:, 2:]
    both = across[:-2] - 2 * across[1:-1] + across[2:]
    return float(np.median(np.abs(both)) / (6 * 0.6745))


def checkerboard(light: np.ndarray) -> float:
    """How far a grid of 2 or 4 pixels lies over the picture, from 0 to 1: what transposed convolutions leave behind.

    Fine detail is compared with waves of two and four pixels' length, cell by cell. In a picture the agreement is now of one
    sign, now of the other; where a network left its grid, it is the same almost everywhere.
    """
    detail = light - blurred(light, 2)
    worst = 0.0
    for period in (2, 4):
        high, wide = (n // period * period for n in light.shape)
        if min(high, wide) < 2 * period:
            continue
        cells = detail[:high, :wide].reshape(high // period, period, wide // period, period).transpose(0, 2, 1, 3)
        turn = np.arange(period) * 2 * np.pi / period
        lines = [np.cos(turn)] if period == 2 else [np.cos(turn), np.sin(turn)]
        flat = np.ones(period)
        across, down, both = (max(_agreement(cells, a, b) for a, b in pairs) for pairs in (
            [(flat, line) for line in lines], [(line, flat) for line in lines], [(a, b) for a in lines for b in lines]))
        worst = max(worst, both, min(across, down))  # one way alone makes stripes, which are drawn
    return worst


def _agreement(cells: np.ndarray, down: np.ndarray, across: np.ndarray) -> float:
    """Share of the cells (rows, columns, period, period) in which a wave has one sign, beyond what chance would give."""
    wave = np.outer(down, across)
    value = np.tensordot(cells, wave / np.abs(wave).sum(), 2)
    found = 0.0
    for most in (STRONG, 1.0):  # what is stronger is more likely drawn than left over, if not all of it is
        seen = (np.abs(value) > BUSY) & (np.abs(value) < most)
        plus, minus = int((value[seen] > 0).sum()), int((value[seen] < 0).sum())
        if plus + minus:
            more = max(0.0, abs(plus - minus) - 2 * (plus + minus) ** 0.5)
            found = max(found, (more / (plus + minus)) ** 2 * min(1.0, 4 * more / value.size))
    return found


class Clarity:
    """Judges whether a picture is blank, noise, or covered by a grid that a network left."""

    def __init__(self, options: Any, run: Run, model: Model | None = None) -> None:
        pass

    def judge(self, works: Sequence[Image]) -> list[Judgement]:
        """One judgement per picture."""
        return [self._one(work) for work in works]

    def _one(self, work: Image) -> Judgement:
        rgb = opaque(work)
        top, left = (max(0, (n - LOOKED_AT) // 2) for n in rgb.shape[:2])
        found = figures(rgb[top:top + LOOKED_AT, left:left + LOOKED_AT])
        marks = {name: usual.mark(found[name]) for name, usual in USUAL.items()}
        score = prod(marks.values())  # one fault is enough: nothing else makes up for it
        remarks = []
        if marks["contrast"] < 0.5:
            remarks.append("It is all but blank." if found["contrast"] < 0.02 else
                           f"Everything lies within a few tones (spread {found['contrast']:.0%} of black to white).")
        if marks["noise"] < 0.5:
            remarks.append(f"It is grainy: {found['noise']:.0%} of what differs from pixel to pixel looks like noise.")
        elif marks["coloured noise"] < 0.5:
            remarks.append("Specks of colour lie over it that follow none of its forms.")
        if marks["checkerboard"] < 0.5:
            remarks.append("A fine regular grid lies over it, as upsampling in a network leaves.")
        return Judgement(score, found, tuple(remarks) or _WELL)
