"""When each frame of a walk is taken, so that each differs from the last by as much as is seen.

Equal steps in the latent are not equal steps to the eye: a network crosses some stretches at a leap and lingers in others.
So the walk is looked at, and its times are moved until the steps that are seen are alike.

Axes: T frames, f figures of what is seen.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from artengine.nn.walks import eased

Array = np.ndarray
Look = Callable[[Array], Array]
"""What is seen at these times of the walk.  (T,) -> (T, f)"""

ROUNDS = 4  # looks at most after the first
ENOUGH = 0.03  # unevenness that nobody sees


class Timing(NamedTuple):
    """The times of the frames, and how uneven the steps seen were before and are now (see :func:`unevenness`)."""

    times: Array  # (T,) from 0 to 1
    before: float
    after: float


def clock(frames: int, loop: bool) -> Array:
    """Equal times: from 0 to 1, or up to the last before 1 of a loop.  (T,)"""
    return np.linspace(0, 1, frames, endpoint=not loop)


def steps(figures: Array, loop: bool) -> Array:
    """How far each frame is from the last; of a loop also the first from the last.  (T, f) -> (T - 1,) or (T,)"""
    way = np.concatenate((figures, figures[:1])) if loop else figures
    far: Array = np.linalg.norm(np.diff(way.astype(float), axis=0), axis=1)
    return far


def unevenness(far: Array) -> float:
    """The coefficient of variation of steps: standard deviation over mean, 0 where all are alike (or none is seen)."""
    mean = float(far.mean()) if len(far) else 0.0
    return float(far.std()) / mean if mean > 0 else 0.0


def even(look: Look, frames: int, loop: bool = False) -> Timing:
    """Times at which the steps seen are as alike as can be found in a few looks: 2 T pictures, then T for each round."""
    ends = [1.0] if loop else []
    fine = clock(2 * frames if loop else 2 * frames - 1, loop)
    figures = look(fine)
    plain = fine[::2]
    before = unevenness(steps(figures[::2], loop))
    best = Timing(plain, before, before)
    times = _moved(np.append(fine, ends), steps(figures, loop), frames, loop)
    for _ in range(ROUNDS if frames > 2 and before > ENOUGH else 0):
        far = steps(look(times), loop)
        now = unevenness(far)
        if now < best.after:
            best = Timing(times, before, now)
        if now <= ENOUGH:
            break
        times = _moved(np.append(times, ends), far, frames, loop)
    return best


def _moved(times: Array, far: Array, frames: int, loop: bool) -> Array:
    """The times that part the way seen into equal steps, were it straight between *times*.  (N,), (N - 1,) -> (T,)"""
    way = np.concatenate(([0.0], np.cumsum(far)))
    way += np.linspace(0, 1e-6 * (way[-1] or 1.0), len(way))  # where nothing changes, time still goes on
    moved: Array = np.interp(np.linspace(0, way[-1], frames, endpoint=not loop), way, times)
    return moved


def slowed(times: Array, legs: int, loop: bool) -> Array:
    """The same way, slow at each of its *legs'* ends.  (T,) -> (T,)"""
    share = clock(len(times), loop)
    at = np.append(times, 1.0) if loop else times
    stops = np.interp(np.arange(legs + 1) / legs, at, np.append(share, 1.0) if loop else share)  # when each point is passed
    leg = np.clip(np.searchsorted(stops, share, "right") - 1, 0, legs - 1)
    length = np.maximum(stops[leg + 1] - stops[leg], 1e-12)
    paced = stops[leg] + eased(np.clip((share - stops[leg]) / length, 0, 1)) * length
    slow: Array = np.interp(paced, np.append(share, 1.0) if loop else share, at)
    return slow
