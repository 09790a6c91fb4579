"""Critic ``palette``: do the colours belong together, are there lights and darks, is it warm or cool?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from artengine.api import Judgement, Run
from artengine.marks import Usual, score_of
from artengine.models import Model
from artengine.pictures.colours import oklab
from artengine.works import Image
from artengine_image.critics.seeing import SIDE

# Ways in which hues go together (after Matsuda's templates): sectors of the wheel as (middle, width) in degrees, which may
# turn as one.
TEMPLATES = {
    "one hue": ((0, 40),),
    "neighbouring hues": ((0, 100),),
    "a hue and its complement": ((0, 50), (180, 50)),
    "neighbours and their complement": ((0, 100), (180, 40)),
    "three hues a third apart": ((0, 36), (120, 36), (240, 36)),
}
BINS = 72  # of the wheel of hues, five degrees each
NAMED = 0.03  # chroma in OKLab below which nobody would name a hue
WARM = np.radians(60)  # hue of the warmest colour, orange; the coolest lies opposite
HUES = ("pink", "red", "orange", "yellow", "green", "teal", "cyan", "blue", "violet", "magenta")
_AT = (0, 25, 55, 105, 140, 175, 205, 255, 295, 330)  # degrees in OKLab

# Fitted to the pictures of benchmarks/image_critics.py: paintings, a photograph, pixel art, Fashion-MNIST and atelier.
USUAL = {
    "harmony": Usual(0.8, 1.0, 1.0, 0.25, 1.0),
    "contrast": Usual(0.25, 0.7, 1.0, 0.08, 1.5),
    "saturation": Usual(0.0, 0.05, 0.1, 0.06, 0.7),
    "economy": Usual(0.6, 0.95, 1.0, 0.25, 0.7),
}


def seen(work: Image) -> tuple[np.ndarray, np.ndarray]:
    """Some of the pixels in OKLab and how much each is seen.  (N, 3), (N,) that sums to 1"""
    step = max(1, -(-max(work.height, work.width) // SIDE))
    pixels = np.atleast_3d(work.pixels[::step, ::step])
    pixels = pixels.reshape(-1, pixels.shape[2])
    rgb = pixels[:, :3] if pixels.shape[1] > 1 else np.repeat(pixels, 3, 1)
    alpha = pixels[:, 3].astype(float) if pixels.shape[1] == 4 else np.ones(len(pixels))
    return oklab(rgb), alpha / alpha.sum() if alpha.any() else np.full(len(alpha), 1 / len(alpha))


def figures(lab: np.ndarray, weight: np.ndarray) -> tuple[dict[str, float], str, float]:
    """The figures of colours in OKLab, the template their hues come nearest to, and the hue (radians) that weighs most."""
    low, high = _percentiles(lab[:, 0], weight, (0.05, 0.95))
    chroma, hue = np.hypot(lab[:, 1], lab[:, 2]), np.arctan2(lab[:, 2], lab[:, 1])
    coloured = weight * chroma * (chroma > NAMED)
    found = {"contrast": high - low, "saturation": float(weight @ chroma), "economy": economy(lab, weight),
             "temperature": float(weight @ (chroma * np.cos(hue - WARM)) / max(float(weight @ chroma), 1e-9))}
    if weight[chroma > NAMED].sum() < 0.03:
        found["temperature"] = 0.0
        return found, "", 0.0
    wheel = np.bincount((hue / (2 * np.pi) * BINS).astype(int) % BINS, coloured, BINS)
    wheel = (wheel + 0.5 * (np.roll(wheel, 1) + np.roll(wheel, -1))) / (2 * wheel.sum())
    found["harmony"], name = harmony(wheel)
    return found, name, float(wheel.argmax() + 0.5) * 2 * np.pi / BINS


def harmony(wheel: np.ndarray) -> tuple[float, str]:
    """How well a wheel of hues fits the best template: 1 for wholly, 0 for no better than all hues alike; and which."""
    best, chosen = -1.0, ""
    angle = np.arange(BINS) * 360 / BINS
    for name, sectors in TEMPLATES.items():
        off = np.min([np.maximum(0, np.abs((angle - at + 180) % 360 - 180) - width / 2) for at, width in sectors], axis=0)
        turned = np.stack([np.roll(off, turn) for turn in range(BINS)]) @ wheel
        fit = 1 - float(turned.min()) / float(off.mean())
        if fit > best + 0.05:  # the plainer template, unless another is clearly better
            best, chosen = fit, name
    return max(0.0, best), chosen


def economy(lab: np.ndarray, weight: np.ndarray) -> float:
    """Share of the picture that its eight chief colours hold (cells of OKLab a tenth wide)."""
    _, cell = np.unique(np.round(lab * 10).astype(int), axis=0, return_inverse=True)
    return float(np.sort(np.bincount(cell.ravel(), weight))[::-1][:8].sum())


def _percentiles(values: np.ndarray, weight: np.ndarray, at: Sequence[float]) -> list[float]:
    rank = np.argsort(values, kind="stable")
    share = np.cumsum(weight[rank])
    return [float(values[rank[min(int(np.searchsorted(share, a)), len(rank) - 1)]]) for a in at]


class Palette:
    """Judges harmony, contrast, saturation and economy of colours, and says whether they are warm or cool."""

    def __init__(self, options: Any, run: Run, model: Model | None = None) -> None:
        pass

    def judge(self, works: Sequence[Image]) -> list[Judgement]:
        """One judgement per picture."""
        return [self._one(work) for work in works]

    def _one(self, work: Image) -> Judgement:
        found, template, hue = figures(*seen(work))
        score, marks = score_of(found, USUAL)
        return Judgement(score, found, tuple(_remarks(found, marks, template, hue)))


def _remarks(found: dict[str, float], marks: dict[str, float], template: str, hue: float) -> list[str]:
    said = []
    if not template:
        said.append("There is hardly a hue in it: it lives by light and dark.")
    elif marks["harmony"] < 0.5:
        said.append("Its hues go in all directions; let one or two lead, and mute the rest.")
    else:
        said.append(f"Its hues keep to {template}, {_name(hue)} first.")
    if marks["contrast"] < 0.5:
        said.append(f"Lights and darks are close together ({found['contrast']:.0%} of the range): part them.")
    if marks["saturation"] < 0.5:
        said.append("Nearly everything is as bright as can be, so nothing is.")
    if marks["economy"] < 0.5:
        said.append("So many colours share it that none is remembered.")
    if abs(found["temperature"]) > 0.3:
        said.append(f"It is {'warm' if found['temperature'] > 0 else 'cool'} ({found['temperature']:+.2f} of -1 to 1).")
    return said


def _name(hue: float) -> str:
    degrees = np.degrees(hue) % 360
    return HUES[int(np.argmin([abs((degrees - at + 180) % 360 - 180) for at in _AT]))]
