"""What learners share: batches of like length, and a learning rate that falls as progress slows. For ``api.Learner``s.

Everything here is a function of its arguments alone, as a learner needs that is to resume to the bit.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def chance(seed: int, stream: int) -> np.random.Generator:
    """A generator of its own for every (seed, stream); give a step or an epoch its own stream."""
    return np.random.Generator(np.random.Philox(key=[seed, stream]))


def batches_of_like_length(ids: np.ndarray, lengths: np.ndarray, size: int, generator: np.random.Generator,
                           pool: int = 8) -> list[np.ndarray]:
    """One pass over *ids* in chance order, in batches whose sequences are about as long, so that little is padding.

    *pool* batches are sorted by length together. What is left over after the last whole batch waits for another pass; where
    there is not even one, all make one.

    :param ids: (N,) the sequences to use.
    :param lengths: length of every sequence, by id.
    :returns: floor(N / size) arrays of ids, at least one.  (size,)
    """
    order = generator.permutation(ids)
    if len(order) < size:
        return [order]
    batches = []
    for first in range(0, len(order), size * pool):
        some = order[first:first + size * pool]
        some = some[np.argsort(lengths[some], kind="stable")]
        batches += [some[i:i + size] for i in range(0, len(some) - size + 1, size)]
    return [batches[i] for i in generator.permutation(len(batches))]


def warmed_up(step: int, steps: int = 100) -> float:
    """Factor of the learning rate that rises from 1 / *steps* to 1 over the first *steps* (from 0 on)."""
    return min(1.0, (step + 1) / steps)


def fallen(step: int, steps: int) -> float:
    """Factor of the learning rate that falls from 1 at step 0 to 0 after so many *steps*; 1 throughout where they are 0."""
    return max(0.0, 1 - step / steps) if steps else 1.0


def cut(losses: Sequence[float], *, gain: float = 0.01, patience: int = 3, by: float = 3.0, most: int = 3) -> float:
    """Factor of the learning rate after these held-out losses: cut *by* so much when *patience* of them gained too little.

    :param gain: least share by which the best loss must have fallen over *patience* validations.
    :param most: cuts at the most.
    """
    cuts = since = 0
    for i in range(len(losses)):
        since += 1
        if since > patience and min(losses[:i + 1]) > (1 - gain) * min(losses[:i + 1 - patience]):
            cuts, since = cuts + 1, 0
    return float(by ** -min(cuts, most))
