"""Works on their way into an evaluation: a fair sample of them whole, and of every one a small copy."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from artengine.errors import Interrupted
from artengine.evaluating.features import SIDE, shrunk
from artengine.pictures.eye import opaque
from artengine.works import Image

if TYPE_CHECKING:
    from artengine.api import Run
    from artengine.works import Work

MOST = 20_000  # works of a corpus of which a small copy is kept
SMALL = 16  # pixels a side of the copy by which a copy of a picture is known
THUMB = 64  # pixels a side of the copy that a page shows


@dataclass
class Gathered:
    """Works of one origin."""

    sample: list[Work] = field(default_factory=list)
    """A fair sample, whole (pictures at most 299 pixels a side)."""
    thumbs: list[Image] = field(default_factory=list)
    """Of pictures, each of those kept, small enough to show."""
    small: list[np.ndarray] = field(default_factory=list)
    """The same in OKLab, by which copies are known.  each (16, 16, 3) float32"""
    count: int = 0
    """Works there were in all."""

    def variants(self) -> np.ndarray:
        """The small copies as rows: themselves, flipped across, down, and both.  (4, n, 768) float32"""
        planes = np.stack(self.small)  # (n, 16, 16, 3)
        flipped = (planes, planes[:, :, ::-1], planes[:, ::-1], planes[:, ::-1, ::-1])
        return np.stack([one.reshape(len(planes), -1) for one in flipped])


def gather(works: Iterable[Work], sample: int, run: Run, seed: int = 0) -> Gathered:
    """Take *works* in: a reservoir of *sample* of them whole, and one of :data:`MOST` small copies.

    :raises Interrupted: where the run was asked to stop.
    """
    found = Gathered()
    rng = np.random.Generator(np.random.Philox(seed))
    for work in works:
        if run.stopped():
            raise _stopped()
        if (at := _seat(found.count, sample, rng)) is not None:
            _put(found.sample, at, bounded(work))
        if isinstance(work, Image) and (at := _seat(found.count, MOST, rng)) is not None:
            _put(found.thumbs, at, _thumb(work))
            _put(found.small, at, plane(work))
        found.count += 1
    if run.stopped():  # and so whoever makes them ended
        raise _stopped()
    return found


def _stopped() -> Interrupted:
    return Interrupted("Stopped; nothing was written.", "Start again when you like.")


def _seat(count: int, room: int, rng: np.random.Generator) -> int | None:
    """Where the next of a stream goes in a reservoir, if anywhere, so that each ends in it with the same chance."""
    at = count if count < room else int(rng.integers(count + 1))
    return at if at < room else None


def _put(seats: list[Any], at: int, value: Any) -> None:
    if at == len(seats):
        seats.append(value)
    else:
        seats[at] = value


def plane(work: Image) -> np.ndarray:
    """The small copy by which a copy of a picture is known.  (16, 16, 3) float32"""
    from artengine.pictures.colours import oklab

    return oklab(shrunk(opaque(work.pixels), SMALL)).astype(np.float32)


def bounded(work: Work, side: int = SIDE) -> Work:
    """A picture with at most *side* pixels a side; anything else as it is."""
    if not isinstance(work, Image) or max(work.width, work.height) <= side:
        return work
    from artengine.pictures import fit

    share = side / max(work.width, work.height)
    return fit(work, max(1, round(work.width * share)), max(1, round(work.height * share)), "stretch")


def _thumb(work: Image) -> Image:
    small = bounded(work, THUMB)
    assert isinstance(small, Image)
    return small


def counted(works: Iterable[Any], run: Run, total: int | None) -> Iterator[Any]:
    """The same works, each reported as it passes."""
    for n, work in enumerate(works, 1):
        yield work
        run.report(n, total)
