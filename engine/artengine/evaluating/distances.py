"""How far two sets of features are apart, as distributions.

Axes: n real, m made, f features.
"""

from __future__ import annotations

import numpy as np

Array = np.ndarray


def standardised(real: Array, *others: Array) -> tuple[Array, ...]:
    """Every feature with mean 0 and deviation 1 over *real*; one that never changes there only loses its mean.

    :returns: *real* and the *others*, float64.
    """
    mean, spread = real.mean(0, dtype=float), real.std(0, dtype=float)
    spread[spread <= 1e-7 * np.abs(mean)] = 1.0
    return tuple((one - mean) / spread for one in (real, *others))


def frechet(real: Array, made: Array) -> float:
    """Fréchet distance of the Gaussians fitted to both: |m - n|² + tr(A + B - 2 (AB)^½).  (n, f), (m, f)

    Heusel et al., "GANs trained by a two time-scale update rule", 2017. With fewer works than features it comes out too
    large, and alike for all: compare figures of equal counts only.
    """
    apart = real.mean(0, dtype=float) - made.mean(0, dtype=float)
    a, b = (np.cov(one.astype(float), rowvar=False, ddof=1).reshape(one.shape[1], -1) for one in (real, made))
    values, vectors = np.linalg.eigh(a)
    root = (vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T
    # (AB)^½ has the trace of (A^½ B A^½)^½, which is symmetric: no complex numbers, and no need of a general root.
    shared = np.sqrt(np.maximum(np.linalg.eigvalsh(root @ b @ root), 0)).sum()
    return float(max(0.0, apart @ apart + np.trace(a) + np.trace(b) - 2 * shared))


def kernel(real: Array, made: Array, subsets: int = 50, size: int = 1000, seed: int = 0) -> tuple[float, float]:
    """Kernel distance (KID): unbiased squared MMD with the kernel (x·y / f + 1)³; mean over subsets, and its deviation.

    Bińkowski et al., "Demystifying MMD GANs", 2018. Being unbiased it may be a little below 0.  (n, f), (m, f)
    """
    size = min(size, len(real), len(made))
    if size < 2:
        return float("nan"), float("nan")
    rng = np.random.Generator(np.random.Philox(seed))
    if size == len(real) == len(made):
        subsets = 1
    found = [_mmd(real[rng.permutation(len(real))[:size]], made[rng.permutation(len(made))[:size]]) for _ in range(subsets)]
    return float(np.mean(found)), float(np.std(found))


def _mmd(x: Array, y: Array) -> float:
    f, n = x.shape[1], len(x)
    xx, yy, xy = ((a @ b.T / f + 1) ** 3 for a, b in ((x, x), (y, y), (x, y)))
    within = (xx.sum() - np.trace(xx) + yy.sum() - np.trace(yy)) / (n * (n - 1))
    return float(within - 2 * xy.mean())


def sliced_wasserstein(real: Array, made: Array, directions: int = 256, seed: int = 0) -> float:
    """Root mean square, over random directions, of the Wasserstein-2 distance of what is seen along each.  (n, f), (m, f)

    Rabin et al., "Wasserstein barycenter and its application to texture mixing", 2011.
    """
    ways = np.random.Generator(np.random.Philox(seed)).standard_normal((real.shape[1], directions))
    ways /= np.linalg.norm(ways, axis=0)
    shares = (np.arange(max(len(real), len(made))) + 0.5) / max(len(real), len(made))
    a, b = (_quantiles(np.sort(one @ ways, axis=0), shares) for one in (real, made))
    return float(np.sqrt(((a - b) ** 2).mean()))


def _quantiles(ordered: Array, shares: Array) -> Array:
    """Of ordered columns the value below which each share of them lies.  (n, k), (q,) -> (q, k)"""
    found: Array = ordered[np.minimum((shares * len(ordered)).astype(int), len(ordered) - 1)]
    return found
