"""Beam search: the likeliest works a model can write under the masks of a line, rather than drawn ones.

For a form whose rules leave one good way out of many, a voice to be harmonised say. As the masks are never empty, every
search ends with finished lines. Where variety is wanted, draw: the likeliest verse is seldom the best.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, Self, TypeVar

import numpy as np

from artengine.nn.decoding import Line, StepModel
from artengine.nn.sampling import Array


class Branching(Line, Protocol):
    """A line that can go on in several ways."""

    def copy(self) -> Self:
        """A line with the same past, which goes its own way from here."""


L = TypeVar("L", bound=Branching)


def beam(model: StepModel, line: L, width: int, *, length: float = 0.0,
         stopped: Callable[[], bool] = bool) -> list[tuple[float, L]]:
    """The likeliest ways to finish *line* that were found, likeliest first: (score, line), at most *width* of them.

    The score is the natural logarithm of the line's probability under the model, mask or no mask, from *line* on; a way
    that the mask forces through what the model finds unlikely pays for it.

    :param line: where to begin; it must be empty, since the model has yet to read what it begins with.
    :param width: ways pursued at once; 1 always takes the likeliest symbol.
    :param length: divide scores by symbols to this power before they are compared, as lines may differ in length: 0 favours
        short ones, 1 is the mean over symbols (Wu et al., "Google's neural machine translation system", 2016).
    :param stopped: asked at every step; once true, what is finished is returned.
    """
    lines, scores, state = [line.copy()], np.zeros(1), model.start(1)
    finished: list[tuple[float, L]] = []
    steps = 0
    while lines and not stopped():
        if steps == 0 and line.done:
            return [(0.0, lines[0])]
        steps += 1
        logits = model.step(np.array([one.fields() for one in lines]), state).T.astype(np.float64)  # (B, V)
        allowed = np.array([one.allowed() for one in lines])
        reached = np.where(allowed, scores[:, None] + _log_softmax(logits), -np.inf).ravel()
        best = np.argsort(-reached, kind="stable")[:width - len(finished)]
        best = best[np.isfinite(reached[best])]
        parents, symbols = np.divmod(best, logits.shape[1])
        branches = [lines[parent].copy() for parent in parents]
        for branch, symbol in zip(branches, symbols.tolist(), strict=True):
            branch.push(symbol)
        done = [branch.done for branch in branches]
        finished += [(float(score) / steps ** length, branch)
                     for branch, score, over in zip(branches, reached[best], done, strict=True) if over]
        going = [i for i, over in enumerate(done) if not over]
        lines, scores = [branches[i] for i in going], reached[best][going]
        if going:
            state = model.keep(state, parents[going].tolist())
    return sorted(finished, key=lambda found: -found[0])


def _log_softmax(logits: Array) -> Array:
    """(B, V) -> (B, V)"""
    logits = logits - logits.max(1, keepdims=True)
    shifted: Array = logits - np.log(np.exp(logits).sum(1, keepdims=True))
    return shifted
