"""Directions of a latent space along which works gain something: warmth, a school, a critic's liking.

Learnt by ridge regression from latents to what is wanted: labels (has it, has it not) or a critic's figures. How strong the
ridge is, and how well the direction tells works apart that it was not learnt from, comes from leaving each one out in turn.

Axes: n works, d latent dimensions.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from artengine.errors import ArtengineError, nearest

if TYPE_CHECKING:
    from artengine.api import Critic, Judgement
    from artengine.spaces import Space
    from artengine.studio import Studio
    from artengine.works import Work

DRAWS = 256  # works that critics are asked about
LABELLED = 128  # works of a corpus, with the label and without, each
READ = 20_000  # works of a corpus that are looked through for them
FEWEST = 8
FAINT = 0.2  # correlation under which a direction is chance
WEIGHT = "attribute."  # of directions that a model holds


class Direction(NamedTuple):
    """A direction, as long as one standard deviation of latents along it."""

    vector: np.ndarray  # (d,)
    correlation: float
    """Of what it foretells with what is so, over works it was not learnt from; 1 where the model holds it."""
    told: str
    """Where it comes from, in words."""


def ridge(z: np.ndarray, wanted: np.ndarray) -> tuple[np.ndarray, float]:
    """The unit direction along which *wanted* grows, and the correlation of left-out predictions with it.  (n, d), (n,)"""
    centred = z - z.mean(0)
    y = (wanted - wanted.mean()) / (wanted.std() or 1.0)
    u, s, v = np.linalg.svd(centred, full_matrices=False)
    best, chosen, left_out = np.inf, np.zeros(z.shape[1]), np.zeros(len(y))
    for strength in float(s[0]) ** 2 * np.logspace(-6, 1, 22):
        kept = s**2 / (s**2 + strength)
        fitted, leverage = u @ (kept * (u.T @ y)), (u**2 @ kept) + 1 / len(y)
        predicted = y - (y - fitted) / np.maximum(1 - leverage, 1e-9)  # of each from all the others
        error = float(((y - predicted) ** 2).mean())
        if error < best:
            best, left_out, chosen = error, predicted, v.T @ (s / (s**2 + strength) * (u.T @ y))
    length = float(np.linalg.norm(chosen))
    spread = left_out.std() * y.std()
    correlation = float(((left_out - left_out.mean()) * (y - y.mean())).mean() / spread) if spread > 0 else 0.0
    return chosen / (length or 1.0), correlation


def direction(name: str, space: Space, studio: Studio, labelled: Iterable[Work] | None = None) -> Direction:
    """The direction of *name*: one that the model holds, a label of the *labelled* works, or what a critic measures.

    :param name: for labels a value, or ``key=value``; for critics a critic's name, an aspect, or ``critic.aspect``.
    :raises ArtengineError: where there is no such thing, or the latent space knows nothing of it.
    """
    held = {key[len(WEIGHT):] for key in space.model.weights if key.startswith(WEIGHT)}
    if name in held:
        return Direction(np.asarray(space.model.weights[WEIGHT + name], np.float32), 1.0, "as the model holds it")
    if labelled is not None:
        works, wanted = _labelled(name, labelled)
        z, many = space.encode(works), int(wanted.sum())
        told = f"learnt from {many} works with the label and {len(works) - many} without"
    else:
        z = space.latents(range(DRAWS))
        wanted = _measured(name, list(space.decode(z)), space, studio, held)
        told = f"learnt from {DRAWS} draws"
    if not wanted.std() > 0:
        raise ArtengineError(f'All works are alike in "{name}".', "Give another --attribute.")
    unit, correlation = ridge(z.astype(float), wanted)
    if correlation < FAINT:
        raise ArtengineError(f'Nothing in the latent space goes with "{name}" (correlation {correlation:.2f}, {told}).',
                             "Give another --attribute; this one would change at random.")
    return Direction((unit * (z @ unit).std()).astype(np.float32), correlation, told)


def _labelled(name: str, works: Iterable[Work]) -> tuple[list[Work], np.ndarray]:
    """Works with a label and works without, and which are which (1 or 0)."""
    key, equals, value = name.partition("=")
    found: tuple[list[Work], list[Work]] = ([], [])
    known: Counter[str] = Counter()
    for work in islice(works, READ):
        labels = work.labels
        known.update(labels.values() if len(known) < 10_000 else ())
        has = labels.get(key) == value if equals else name in labels.values()
        if len(found[has]) < LABELLED:
            found[has].append(work)
        elif len(found[not has]) >= LABELLED:
            break
    without, having = found
    if not having:
        common = [label for label, count in known.most_common(8) if count >= FEWEST]
        there = f"Labels of many are {', '.join(common)}." if common else "Its works have no labels that many share."
        raise ArtengineError(f'No work of the corpus has the label "{name}".', nearest(name, known) or there)
    if min(map(len, found)) < FEWEST:
        raise ArtengineError(f'Only {min(map(len, found))} works of the corpus are {"" if len(having) < FEWEST else "not "}'
                             f'labelled "{name}".', f"At least {FEWEST} with the label and {FEWEST} without are needed.")
    return having + without, np.repeat([1.0, 0.0], [len(having), len(without)])


def _measured(name: str, works: Sequence[Work], space: Space, studio: Studio, held: Iterable[str]) -> np.ndarray:
    """What critics make of works: the score of the critic *name*, or the aspect of that name.  (n,)"""
    from artengine import critics as judging  # only where they are asked
    from artengine import plugins

    medium = space.part.medium
    critic, dot, aspect = name.partition(".")
    known: list[str] = []
    for one in ([critic] if critic in plugins.find("critic", medium=medium) else plugins.find("critic", medium=medium)):
        try:
            loaded = judging.load([one], medium, space.run, studio, space.model)
        except ArtengineError:
            if one == critic:
                raise
            continue  # one that needs a model of another kind, say
        first = judging.judge(loaded, works[:1])[0][one]
        known += [one, *first.aspects]
        if one == name:
            return np.array([j[one].score for j in _judged(loaded, works, space)])
        wanted = aspect if dot else name
        if wanted in first.aspects and (not dot or one == critic):
            return np.array([j[one].aspects.get(wanted, 0.0) for j in _judged(loaded, works, space)])
    have = [*held, *dict.fromkeys(known)]
    raise ArtengineError(f'"{name}" is no critic of {medium}, no aspect that one measures, and no direction of the model.',
                         f"{nearest(name, have)} There are {', '.join(have) or 'none'}; for a label give --corpus.".strip())


def _judged(critics: dict[str, Critic], works: Sequence[Work], space: Space) -> Iterator[dict[str, Judgement]]:
    from artengine import critics as judging  # as above

    for first in range(0, len(works), 16):
        space.look_up()
        yield from judging.judge(critics, works[first:first + 16])
