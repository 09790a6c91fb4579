"""Critic ``clarity``: is there anything in the picture, or has something gone wrong with it?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from artengine.api import Judgement, Run
from artengine.marks import Usual, score_of
from artengine.models import Model
from artengine.works import Image
from artengine_image.critics.seeing import blurred, opaque

LOOKED_AT = 512  # pixels a side from the middle of a large picture: faults of single pixels are lost in a smaller copy
BUSY = 3 / 255  # a texture below which nobody sees one

# Read off the even-numbered pictures of benchmarks/image_critics.py, which measures on the odd ones.
USUAL = {
    "contrast": Usual(0.08, 0.3, 0.5, 0.03, 1.0),
    "noise": Usual(0.0, 0.0, 0.25, 0.2, 1.0),
    "checkerboard": Usual(0.0, 0.0, 0.15, 0.1, 1.0),
}


def figures(light: np.ndarray) -> dict[str, float]:
    """The figures of a plane of light from 0 to 1.  (h, w)"""
    contrast = float(light.std())
    return {"contrast": contrast, "noise": noise(light), "checkerboard": checkerboard(light)}


def noise(light: np.ndarray) -> float:
    """Share of the differences that are grain: 0 for smooth forms and clean edges, about 1 where no pixel knows the next.

    The second difference across and down at once is nought on slopes and straight edges; its median passes over corners
    (Immerkær's estimate, robustly). It is held against the spread of the picture.
    """
    if min(light.shape) < 3 or not light.std():
        return 0.0
    across = light[:, :-2] - 2 * light[:, 1:-1] + light[:, 2:]
    both = across[:-2] - 2 * across[1:-1] + across[2:]
    return float(np.median(np.abs(both)) / (6 * 0.6745) / light.std())


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
        for wave in _waves(period):
            value = np.tensordot(cells, wave, 2)  # (rows, columns) of cells
            seen = np.abs(value) > BUSY
            plus, minus = int((value[seen] > 0).sum()), int((value[seen] < 0).sum())
            if plus + minus:
                agreed = abs(plus - minus) / (plus + minus)
                worst = max(worst, agreed**2 * min(1.0, 2 * abs(plus - minus) / value.size))
    return worst


def _waves(period: int) -> list[np.ndarray]:
    """Waves across, down and both ways that have this period in pixels, each of mean absolute value 1.  (period, period)"""
    turn = np.arange(period) * 2 * np.pi / period
    lines = [np.cos(turn)] if period == 2 else [np.cos(turn), np.sin(turn)]
    flat = np.ones(period)
    found = [np.outer(a, b) for line in lines for a, b in ((line, flat), (flat, line))] + [
        np.outer(a, b) for a in lines for b in lines]
    return [wave / np.abs(wave).sum() for wave in found]


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
        light = rgb[top:top + LOOKED_AT, left:left + LOOKED_AT] @ np.array([0.299, 0.587, 0.114]) / 255
        found = figures(light)
        score, marks = score_of(found, USUAL)
        remarks = []
        if marks["contrast"] < 0.5:
            remarks.append("It is all but blank." if found["contrast"] < 0.02 else
                           f"Everything lies within a few tones (spread {found['contrast']:.0%} of black to white).")
        if marks["noise"] < 0.5:
            remarks.append(f"It is grainy: {min(1, found['noise']):.0%} of the differences between pixels look like noise.")
        if marks["checkerboard"] < 0.5:
            remarks.append("A fine regular grid lies over it, as upsampling in a network leaves: train longer, or on other steps.")
        return Judgement(score, found, tuple(remarks) or ("It is clear: neither blank, nor noise, nor a grid.",))
