"""Critic ``composition``: how a picture is laid out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from artengine.api import Judgement, Run
from artengine.marks import Usual, score_of
from artengine.models import Model
from artengine.works import Image
from artengine_image.critics.seeing import blurred, colours, order

LEVELS = 24  # of lightness, in which detail is counted

# Fitted to the pictures of benchmarks/image_critics.py: paintings, a photograph, pixel art, Fashion-MNIST and atelier.
USUAL = {
    "balance": Usual(0.75, 1.0, 1.0, 0.12, 1.0),
    "order": Usual(0.45, 0.85, 1.0, 0.15, 1.0),
    "complexity": Usual(0.08, 0.4, 0.75, 0.1, 1.0),
    "focus": Usual(0.03, 0.3, 0.8, 0.03, 0.5),
}


def figures(lab: np.ndarray) -> dict[str, float]:
    """The figures of a picture in OKLab.  (h, w, 3)"""
    high, wide = lab.shape[:2]
    eye = attention(lab)
    y, x = np.mgrid[0:high, 0:wide]
    x, y = (x + 0.5) / wide, (y + 0.5) / high
    aside, below = float((eye * x).sum() - 0.5), float((eye * y).sum() - 0.5)
    # What lies low is at rest, and weighs less. 1 is the middle of an edge.
    off = float(np.hypot(aside, 0.6 * below if below > 0 else below)) / 0.5
    light = lab[..., 0]
    return {"balance": max(0.0, 1 - off), "symmetry": symmetry(light), "thirds": thirds(eye, x, y), "order": order(lab),
            "complexity": complexity(light), "focus": focus(eye)}


def attention(lab: np.ndarray) -> np.ndarray:
    """Where the eye goes: places that differ from the picture as a whole; sums to 1.  (h, w)"""
    away = np.linalg.norm(lab - np.median(lab.reshape(-1, 3), axis=0), axis=2)
    edge = np.zeros_like(away)
    edge[:, 1:] += np.linalg.norm(np.diff(lab, axis=1), axis=2)
    edge[1:] += np.linalg.norm(np.diff(lab, axis=0), axis=2)
    drawn = blurred(away + 2 * edge, max(1, min(lab.shape[:2]) // 16))
    return drawn / drawn.sum() if drawn.sum() > 1e-9 else np.full(drawn.shape, 1 / drawn.size)


def symmetry(light: np.ndarray) -> float:
    """The best correlation with its mirror image across, down, or turned round, from -1 to 1."""
    plane = blurred(light, 1)
    plane = plane - plane.mean()
    power = float((plane**2).sum())
    if power < 1e-9:
        return 1.0
    return max(float((plane * other).sum()) / power for other in (plane[:, ::-1], plane[::-1], plane[::-1, ::-1]))


def thirds(eye: np.ndarray, x: np.ndarray, y: np.ndarray) -> float:
    """How much more the eye rests near the lines of thirds' crossings than it would on an even field: 1 for as much."""
    near = sum(np.exp(-((x - a) ** 2 + (y - b) ** 2) / (2 * 0.1**2)) for a in (1 / 3, 2 / 3) for b in (1 / 3, 2 / 3))
    return float((eye * near).sum() / near.mean())


def complexity(light: np.ndarray) -> float:
    """Surprise of a pixel to whoever knows those above and to the left: 0 for a flat field, 1 for noise."""
    if min(light.shape) < 2:
        return 0.0
    level = np.round(light * LEVELS).astype(int)
    left, above, both = level[1:, :-1], level[:-1, 1:], level[:-1, :-1]
    guess = np.clip(left + above - both, np.minimum(left, above), np.maximum(left, above))
    share = np.unique(level[1:, 1:] - guess, return_counts=True)[1] / guess.size
    return float(min(1.0, -(share * np.log2(share)).sum() / np.log2(LEVELS)))


def focus(eye: np.ndarray) -> float:
    """How unevenly attention lies, from 0 (everywhere alike) to 1 (one spot)."""
    share = eye.ravel()
    return float(1 - np.exp(-(share[share > 0] * np.log(share[share > 0])).sum()) / share.size)


class Composition:
    """Judges balance, order of large forms, complexity and focus; symmetry and thirds are said, and are for taste."""

    def __init__(self, options: Any, run: Run, model: Model | None = None) -> None:
        pass

    def judge(self, works: Sequence[Image]) -> list[Judgement]:
        """One judgement per picture."""
        return [self._one(work) for work in works]

    def _one(self, work: Image) -> Judgement:
        found = figures(colours(work))
        score, marks = score_of(found, USUAL)
        return Judgement(score, found, tuple(_remarks(found, marks)))


def _remarks(found: dict[str, float], marks: dict[str, float]) -> list[str]:
    said = []
    if marks["balance"] < 0.5:
        said.append(f"It is out of balance: its weight lies {1 - found['balance']:.0%} of the way to the edge.")
    if marks["order"] < 0.5:
        said.append("No large forms hold it together; it falls apart into specks.")
    if marks["complexity"] < 0.5:
        said.append("There is very little to look at." if found["complexity"] < 0.2 else
                    "It is so busy that nothing stands out: leave some of it quiet.")
    if marks["focus"] < 0.5 and marks["complexity"] >= 0.5:
        said.append("Nothing draws the eye: every place is like the next." if found["focus"] < 0.2 else
                    "All of it happens in one small place.")
    if found["symmetry"] > 0.8:
        said.append(f"It is nearly symmetrical (correlation {found['symmetry']:.2f}).")
    elif found["thirds"] > 1.15:
        said.append(f"The eye rests near the thirds, {found['thirds']:.2f} times as much as on an even field.")
    return said or ["It is balanced, with forms of several sizes."]
