"""What nearest neighbours tell: how good the made works are, how much of the corpus they cover, and whether they are copies.

Axes: n real, m made, f features.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

Array = np.ndarray
NEAR = 1 / 3  # of the usual distance, within which a work is called a copy
BLOCK = 512  # rows compared at once: memory holds BLOCK × n distances


def squared(a: Array, b: Array) -> Array:
    """Squared distances of all rows to all others.  (n, f), (m, f) -> (n, m)"""
    found: Array = np.maximum((a**2).sum(1)[:, None] + (b**2).sum(1) - 2 * (a @ b.T), 0)
    return found


def radii(a: Array, k: int) -> Array:
    """Squared distance of each row to its *k*-th nearest other.  (n, f) -> (n,)"""
    found = np.empty(len(a))
    for first in range(0, len(a), BLOCK):
        far = squared(a[first:first + BLOCK], a)
        rows = np.arange(len(far))
        far[rows, first + rows] = np.inf
        found[first:first + BLOCK] = np.partition(far, k - 1, axis=1)[:, k - 1]
    return found


def _within(centres: Array, reach: Array, points: Array) -> tuple[Array, Array]:
    """How many balls hold each point, and whether each ball holds any.  (n, f), (n,), (m, f) -> (m,), (n,)"""
    held, any_ = np.zeros(len(points)), np.zeros(len(centres), bool)
    for first in range(0, len(points), BLOCK):
        inside = squared(points[first:first + BLOCK], centres) <= reach
        held[first:first + BLOCK] = inside.sum(1)
        any_ |= inside.any(0)
    return held, any_


def precision_recall(real: Array, made: Array, k: int = 3) -> tuple[float, float]:
    """Share of the made among the real, and of the real among the made: is one within reach of the other's *k* nearest?

    Kynkäänniemi et al., "Improved precision and recall metric for assessing generative models", 2019.
    """
    k = min(k, len(real) - 1, len(made) - 1)
    precision, _ = _within(real, radii(real, k), made)
    recall, _ = _within(made, radii(made, k), real)
    return float((precision > 0).mean()), float((recall > 0).mean())


def density_coverage(real: Array, made: Array, k: int = 5) -> tuple[float, float]:
    """How thickly the made lie where the real do (about 1 at best, more where they crowd), and the share of the real that
    have one of the made within reach of their *k* nearest.

    Naeem et al., "Reliable fidelity and diversity metrics for generative models", 2020: unlike precision and recall they
    are not fooled by outliers.
    """
    k = min(k, len(real) - 1)
    held, covered = _within(real, radii(real, k), made)
    return float(held.mean() / k), float(covered.mean())


class Memory(NamedTuple):
    """How near the made works are to those learnt from, against how near works not learnt from are."""

    ratio: float
    """Median distance of the made to the nearest learnt, over that of the others: about 1 where nothing is copied."""
    copies: float
    """Share of the made that are nearer to one learnt than :data:`NEAR` of the others' median."""
    copies_elsewhere: float
    """The same share of the others: what chance and repeated works give."""
    sureness: float
    """Standard score of the made being nearer than the others (Mann-Whitney): above 3 it is hardly chance."""
    nearest: Array
    """(m,) index of the learnt work nearest to each made one."""
    distance: Array
    """(m,) its distance, in medians of the others."""


def nearest(variants: Array, learnt: Array, own: Array | None = None) -> tuple[Array, Array]:
    """The nearest row of *learnt* to each work, over all its variants (flips).  (v, m, f), (n, f) -> (m,), (m,)

    :param own: where the works are some of the *learnt*, their rows, so that none finds itself.  (m,)
    :returns: squared distances, and indices.
    """
    far, at = np.full(variants.shape[1], np.inf), np.zeros(variants.shape[1], int)
    for variant in variants:
        for first in range(0, len(variant), BLOCK):
            here = slice(first, first + BLOCK)
            found = squared(variant[here], learnt)
            rows = np.arange(len(found))
            if own is not None:
                found[rows, own[here]] = np.inf
            best = found.argmin(1)
            at[here] = np.where(found[rows, best] < far[here], best, at[here])
            far[here] = np.minimum(found[rows, best], far[here])
    return far, at


def memory(made: Array, learnt: Array, others: Array | None = None, most: int = 1000) -> Memory:
    """Compare the made with what was learnt; see :class:`Memory`. Every work comes in all its variants, itself first.

    :param made: (v, m, f)
    :param learnt: (v, n, f)
    :param others: works not learnt from, (v, h, f); without them some of the learnt are held against the rest, which is as
        far from them as from new ones, where works are drawn alike.
    :param most: how many of the learnt are.
    """
    far, at = nearest(made, learnt[0])
    if others is None:
        some = np.random.Generator(np.random.Philox(0)).permutation(learnt.shape[1])[:most]
        elsewhere = np.sqrt(nearest(learnt[:, some], learnt[0], own=some)[0])
    else:
        elsewhere = np.sqrt(nearest(others, learnt[0])[0])
    far, usual = np.sqrt(far), float(np.median(elsewhere)) or 1e-12
    copies, by_chance = (float((one < NEAR * usual).mean()) for one in (far, elsewhere))
    return Memory(float(np.median(far)) / usual, copies, by_chance, _nearer(far, elsewhere), at, far / usual)


def _nearer(far: Array, elsewhere: Array) -> float:
    """Standard score of the rank sum: how surely one lot of distances is shorter than another.  (m,), (h,)"""
    m, h = len(far), len(elsewhere)
    ranks = np.concatenate((far, elsewhere)).argsort(kind="stable").argsort(kind="stable")
    above = float(ranks[:m].sum()) - m * (m - 1) / 2  # pairs in which the made one is farther
    return (m * h / 2 - above) / float(np.sqrt(m * h * (m + h + 1) / 12))
