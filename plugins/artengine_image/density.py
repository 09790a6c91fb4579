"""A density over latents: a mixture of Gaussians fitted by expectation maximisation, with weights for every label.

A decoder draws best from where the encoder put the corpus, and that is not quite the standard normal it was pulled to (Ghosh
et al. 2020, "From variational to deterministic autoencoders", section 4, fit such a mixture afterwards). Plain numpy.

Axes: N latents, D dimensions, K Gaussians, L labels.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

Array = np.ndarray
STEPS, GAIN = 60, 1e-4  # most steps of EM, and nats a latent below which one more is not worth it
BY_LABEL = 0  # in place of a number of Gaussians
PRIOR = 8.0  # latents' worth of the spherical covariance that is mixed into each, so that few latents make no needle


@dataclass(frozen=True)
class Mixture:
    """``sum_k weights[l, k] N(means[k], factors[k] factors[k]^T)`` for label *l*; the last row is for no label."""

    weights: Array  # (L + 1, K)
    means: Array  # (K, D)
    factors: Array  # (K, D, D) lower triangular

    def arrays(self) -> dict[str, Array]:
        """For a model file."""
        return {f"density.{name}": getattr(self, name).astype(np.float32) for name in ("weights", "means", "factors")}

    @classmethod
    def of(cls, arrays: Mapping[str, Array]) -> Mixture:
        """What :meth:`arrays` gave."""
        return cls(*(np.asarray(arrays[f"density.{name}"], np.float32) for name in ("weights", "means", "factors")))

    def draw(self, generator: np.random.Generator, label: int = -1, temperature: float = 1.0) -> Array:
        """One latent. At *temperature* 0 it is the middle of one of the Gaussians.  (D,) float32"""
        chance, noise = generator.random(), generator.standard_normal(self.means.shape[1], np.float32)
        ends = np.cumsum(self.weights[label])
        k = min(int(np.searchsorted(ends, chance * ends[-1], side="right")), len(ends) - 1)
        z: Array = self.means[k] + temperature * (self.factors[k] @ noise)
        return z.astype(np.float32)

    def log_density(self, z: Array, label: int = -1) -> Array:
        """Nats.  (N, D) -> (N,)"""
        return _sum_of_exponents(_each(z, self.means, self.factors) + np.log(self.weights[label] + 1e-30))


def fit(z: Array, labels: Array, classes: int, seed: int, sizes: Sequence[int] = (1, 3, 10, 20)) -> Mixture:
    """The mixture that foretells every tenth latent best, given its label.  (N, D), (N,) with -1 for none

    Either so many Gaussians as one of *sizes* says, which labels share and weigh each in its own way, or one for each label.
    """
    z, labels = np.asarray(z, np.float64), np.asarray(labels)

    def made(size: int, some: Array) -> Mixture:
        if size == BY_LABEL:
            return _by_label(z[some], labels[some], classes)
        return _weighed(_em(z[some], size, seed), z[some], labels[some], classes)

    held = np.arange(len(z)) % 10 == 9
    best = sizes[0]
    if held.sum() >= 10:
        rest, n = ~held, int((~held).sum())
        candidates = [k for k in sizes if k == 1 or n >= 20 * k]
        if classes and min(np.bincount(labels[rest & (labels >= 0)], minlength=classes)) >= 4:
            candidates.append(BY_LABEL)
        scores = {k: _foretold(made(k, rest), z[held], labels[held]) for k in candidates}
        best = max(scores, key=lambda k: scores[k])
    return made(best, np.ones(len(z), bool))


def _foretold(mixture: Mixture, z: Array, labels: Array) -> float:
    """Mean nats of latents, given their labels."""
    return float(np.concatenate([mixture.log_density(z[labels == label], label) for label in np.unique(labels)]).mean())


def _weighed(mixture: Mixture, z: Array, labels: Array, classes: int) -> Mixture:
    """A mixture of all latents, with weights for each label."""
    share = np.exp(_each(z, mixture.means, mixture.factors) + np.log(mixture.weights[0] + 1e-30))
    share /= share.sum(1, keepdims=True) + 1e-300  # (N, K)
    whole = share.mean(0)
    # A label with few pictures leans on the whole: as if two more of its pictures were like all.
    rows = [(share[labels == label].sum(0) + 2 * whole) / ((labels == label).sum() + 2) for label in range(classes)]
    return Mixture(np.stack([*rows, whole]), mixture.means, mixture.factors)


def _by_label(z: Array, labels: Array, classes: int) -> Mixture:
    """One Gaussian for each label; its covariance leans on that of all, as if D more latents were spread like that."""
    d = z.shape[1]
    groups = [z[labels == label] for label in range(classes)]
    means = np.stack([group.mean(0) for group in groups])
    spreads = [(group - mean).T @ (group - mean) for group, mean in zip(groups, means, strict=True)]
    counts = np.array([len(group) for group in groups])
    pooled = sum(spreads) / counts.sum() + 1e-6 * np.eye(d)
    factors = [np.linalg.cholesky((spread + d * pooled) / (n + d)) for spread, n in zip(spreads, counts, strict=True)]
    return Mixture(np.vstack((np.eye(classes), counts / counts.sum())), means, np.stack(factors))


def _em(z: Array, k: int, seed: int) -> Mixture:
    """Expectation maximisation from k-means++ seeds (Arthur & Vassilvitskii 2007)."""
    n, d = z.shape
    means = _spread(z, k, np.random.Generator(np.random.Philox(key=[seed, k])))
    near = np.argmin(_distances(z, means), 1)
    groups = np.stack([z[near == j].mean(0) if (near == j).any() else means[j] for j in range(k)])
    sphere = np.eye(d) * max(float(((z - groups[near]) ** 2).mean()), 1e-6)  # as wide as a group is
    share = np.eye(k)[near]  # (N, K)
    last = -np.inf
    for _ in range(STEPS):
        counts = share.sum(0) + 1e-9
        means = share.T @ z / counts[:, None]
        factors = np.empty((k, d, d))
        for j in range(k):
            away = z - means[j]
            spread = (away * share[:, j:j + 1]).T @ away
            factors[j] = np.linalg.cholesky((spread + PRIOR * sphere) / (counts[j] + PRIOR))
        logs = _each(z, means, factors) + np.log(counts / n)
        total = _sum_of_exponents(logs)
        share = np.exp(logs - total[:, None])
        now = float(total.mean())
        if now - last < GAIN:
            break
        last = now
    return Mixture((counts / counts.sum())[None], means, factors)


def _spread(z: Array, k: int, generator: np.random.Generator) -> Array:
    """k of the latents, each drawn by the square of its distance from those before."""
    chosen = [z[generator.integers(len(z))]]
    for _ in range(k - 1):
        far = _distances(z, np.stack(chosen)).min(1)
        total = far.sum()
        chosen.append(z[generator.choice(len(z), p=far / total)] if total > 0 else chosen[0])
    return np.stack(chosen)


def _distances(z: Array, means: Array) -> Array:
    """Squared.  (N, D), (K, D) -> (N, K)"""
    found = (z ** 2).sum(1)[:, None] - 2 * z @ means.T + (means ** 2).sum(1)
    return np.maximum(found, 0)


def _each(z: Array, means: Array, factors: Array) -> Array:
    """Log densities.  (N, D) -> (N, K)"""
    found = np.empty((len(z), len(means)))
    for j, (mean, factor) in enumerate(zip(means, factors, strict=True)):
        white = np.linalg.solve(factor.astype(np.float64), (z - mean).T)  # (D, N)
        found[:, j] = -(white ** 2).sum(0) / 2 - np.log(np.diag(factor)).sum() - len(mean) * np.log(2 * np.pi) / 2
    return found


def _sum_of_exponents(logs: Array) -> Array:
    top = logs.max(1, keepdims=True)
    total: Array = (top + np.log(np.exp(logs - top).sum(1, keepdims=True)))[:, 0]
    return total
