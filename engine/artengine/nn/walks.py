"""Walks through a latent space: from point to point, in loops, and evenly in what is seen.

Plain numpy, for any generator that is ``Latent``: ``generator.decode(walk(points, 60))``.

Axes: P points, T frames, D latent dimensions.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

import numpy as np

Array = np.ndarray
Path = Literal["slerp", "lerp", "spline"]
PATHS: tuple[Path, ...] = ("slerp", "lerp", "spline")


def lerp(a: Array, b: Array, t: Array) -> Array:
    """Straight from *a* to *b*: (1 - t) a + t b.  (D,), (D,), (T,) -> (T, D)"""
    t = np.asarray(t)[:, None]
    line: Array = (1 - t) * a + t * b
    return line


def slerp(a: Array, b: Array, t: Array) -> Array:
    """Along the arc from *a* to *b*, the length going evenly from one's to the other's.  (D,), (D,), (T,) -> (T, D)

    Draws from a Gaussian in many dimensions lie near a sphere, and the straight way between two leaves it: Shoemake,
    "Animating rotation with quaternion curves", 1985; White, "Sampling generative networks", 2016. Straight where the
    points stand in one direction, or one of them is zero.
    """
    long_a, long_b = float(np.linalg.norm(a)), float(np.linalg.norm(b))
    if not long_a or not long_b:
        return lerp(a, b, t)
    cosine = float(np.clip(a @ b / (long_a * long_b), -1, 1))
    angle = np.arccos(cosine)
    if np.sin(angle) < 1e-6:  # one direction, or opposite ones, between which no arc is the shortest
        return lerp(a, b, t)
    t = np.asarray(t)[:, None]
    arc: Array = (np.sin((1 - t) * angle) * a / long_a + np.sin(t * angle) * b / long_b) / np.sin(angle)
    return arc * ((1 - t) * long_a + t * long_b)


def spline(points: Array, t: Array, loop: bool = False) -> Array:
    """Smoothly through all points, by a centripetal Catmull-Rom spline.  (P, D), (T,) with t from 0 to 1 -> (T, D)

    Barry & Goldman, "A recursive evaluation algorithm for a class of Catmull-Rom splines", 1988; centripetal: Yuksel et
    al., "Parameterization and applications of Catmull-Rom curves", 2011.
    """
    p = np.asarray(points, float)
    ends = (p[-1:], p[:2]) if loop else (2 * p[:1] - p[1:2], 2 * p[-1:] - p[-2:-1])
    p = np.concatenate((ends[0], p, ends[1]))
    pieces = len(p) - 3
    at = np.clip(np.asarray(t, float), 0, 1) * pieces
    i = np.minimum(at.astype(int), pieces - 1)
    gaps = np.maximum(np.sqrt(np.linalg.norm(np.diff(p, axis=0), axis=1)), 1e-9)  # (P + 1,) or so
    k = np.concatenate(([0.0], np.cumsum(gaps)))
    u = (k[i + 1] + (at - i) * gaps[i + 1])[:, None]

    def between(left: Array, right: Array, start: Array, end: Array) -> Array:
        point: Array = (left * (end[:, None] - u) + right * (u - start[:, None])) / (end - start)[:, None]
        return point

    rise = [between(p[i + j], p[i + j + 1], k[i + j], k[i + j + 1]) for j in range(3)]
    bend = [between(rise[j], rise[j + 1], k[i + j], k[i + j + 2]) for j in range(2)]
    return between(bend[0], bend[1], k[i + 1], k[i + 2])


def eased(t: Array) -> Array:
    """Slow at both ends: 3 t^2 - 2 t^3.  (T,) -> (T,)"""
    t = np.asarray(t, float)
    slow: Array = t * t * (3 - 2 * t)
    return slow


def along(points: Array, t: Array, path: Path = "slerp", *, loop: bool = False) -> Array:
    """Places on the way through *points*, every leg an equal share of *t* from 0 to 1.  (P, D), (T,) -> (T, D)

    :raises ValueError: for fewer than two points, or a path there is not.
    """
    p, t = np.asarray(points, float), np.clip(np.asarray(t, float), 0, 1)
    if p.ndim != 2 or len(p) < 2:
        raise ValueError("a walk needs two points (P, D) at the least")
    if path not in PATHS:
        raise ValueError(f"there is no path {path!r}; there are {', '.join(PATHS)}")
    if path == "spline":
        return spline(p, t, loop)
    way = slerp if path == "slerp" else lerp
    legs = len(p) if loop else len(p) - 1
    leg = np.minimum((t * legs).astype(int), legs - 1)
    places = np.empty((len(t), p.shape[1]))
    for i in range(legs):
        places[leg == i] = way(p[i], p[(i + 1) % len(p)], (t * legs - leg)[leg == i])
    return places


def walk(points: Array, frames: int, path: Path = "slerp", *, loop: bool = False, ease: bool = False) -> Array:
    """*frames* points on the way through *points*, each leg as long as the others.  (P, D) -> (T, D)

    A loop goes back to the first point without showing it twice, so that it plays on without a stop.

    :raises ValueError: for fewer than two points or one frame, or a path there is not.
    """
    if frames < 1:
        raise ValueError("a walk needs one frame at the least")
    t = np.linspace(0, 1, frames, endpoint=not loop)
    if ease:
        legs = len(points) if loop else max(1, len(points) - 1)
        leg = np.minimum((t * legs).astype(int), legs - 1)
        t = (leg + eased(t * legs - leg)) / legs
    return along(points, t, path, loop=loop)


def noise_loop(dimensions: int, frames: int, seed: int = 0) -> Array:
    """A closed wander through the Gaussian: every frame is by itself a draw from it.  (T, D)

    z(t) = a cos 2 pi t + b sin 2 pi t with a and b drawn, so that cos^2 + sin^2 = 1 keeps the variance at one.
    """
    a, b = np.random.Generator(np.random.Philox(seed)).standard_normal((2, dimensions))
    return turn(a, b, np.arange(frames) / frames)


def turn(a: Array, b: Array, t: Array) -> Array:
    """Round the ellipse through *a* (t = 0) and *b* (a quarter on), as noise_loop goes.  (D,), (D,), (T,) -> (T, D)"""
    angle = 2 * np.pi * np.asarray(t, float)[:, None]
    round_: Array = np.cos(angle) * a + np.sin(angle) * b
    return round_


def grid(corners: Array, columns: int, rows: int, path: Path = "slerp") -> Array:
    """Places between four corners, row after row.  (4, D) -> (rows * columns, D)

    :param corners: top left, top right, bottom left, bottom right.
    """
    down, across = (np.linspace(0, 1, n) if n > 1 else np.zeros(1) for n in (rows, columns))
    left, right = along(corners[[0, 2]], down, path), along(corners[[1, 3]], down, path)
    return np.concatenate([along(np.stack(ends), across, path) for ends in zip(left, right, strict=True)])


def normal(seeds: Sequence[int], dimensions: int) -> Array:
    """The draw from the standard Gaussian of each seed: latents of a generator that says nothing else.  (n, D) float32"""
    rows = [np.random.Generator(np.random.Philox(seed)).standard_normal(dimensions, np.float32) for seed in seeds]
    return np.stack(rows) if rows else np.empty((0, dimensions), np.float32)


def evenly(z: Array, seen: Callable[[Array], Array], frames: int, *, loop: bool = False) -> Array:
    """Points on the way *z*, chosen so that each differs from the last by as much as is seen.  (N, D) -> (T, D)

    :param z: the way, finer than the frames wanted (four times as fine, say).
    :param seen: what is seen at latents: pictures or their features.  (N, D) -> (N, ...)
    """
    way = np.concatenate((z, z[:1])) if loop else np.asarray(z)
    pictures = np.asarray(seen(way), float).reshape(len(way), -1)
    far = np.concatenate(([0.0], np.cumsum(np.linalg.norm(np.diff(pictures, axis=0), axis=1))))
    far += np.linspace(0, 1e-9 * (far[-1] or 1.0), len(far))  # where nothing changes, time still goes on
    wanted = np.linspace(0, far[-1], frames, endpoint=not loop)
    at = np.interp(wanted, far, np.arange(len(way)))
    i = np.minimum(at.astype(int), len(way) - 2)
    even: Array = way[i] + (at - i)[:, None] * (way[i + 1] - way[i])
    return even
