"""From a seed to a picture."""

from __future__ import annotations

import importlib
from typing import Protocol, cast

from artengine.errors import ArtengineError, nearest
from artengine.works import Image
from artengine_corpora.atelier.easel import Easel
from artengine_corpora.atelier.options import SCHOOLS

VERSION = 1  # of the painting code: raise it whenever a seed gives another picture
MOST = 50_000_000  # pixels of one picture
LONGEST = 20_000  # pixels of one side
_FEWEST = 4


class School(Protocol):
    """What the module of a school offers."""

    GRAIN: float

    def paint(self, easel: Easel) -> str:
        """Paint, and say in a line what was painted."""


def paint(seed: int, school: str | None = None, width: int = 64, height: int = 64) -> Image:
    """Paint the picture of a seed: the same at every size of one aspect but for its fineness.

    :param seed: from 0 to 2⁶³; every seed is another picture.
    :param school: one of :data:`SCHOOLS`; by default the schools take turns.
    :param width: in pixels, 4 or more.
    :param height: in pixels, 4 or more.
    :returns: RGB, with labels ``school``, ``palette``, ``mood`` and ``caption``.
    :raises ArtengineError: for an unknown school, or a size that cannot be painted.
    """
    if school is None or school == "all":
        school = SCHOOLS[seed % len(SCHOOLS)]
    if school not in SCHOOLS:
        raise ArtengineError(f'The atelier has no school "{school}".', f"{nearest(school, SCHOOLS)} There are "
                             f"{', '.join(SCHOOLS)}.".strip())
    check_size(width, height)
    if not 0 <= seed < 2**63:
        raise ArtengineError(f"The atelier cannot paint from seed {seed}.", "Give one from 0 to 9223372036854775807.")
    easel = Easel(seed, SCHOOLS.index(school), width, height)
    master = cast(School, importlib.import_module(f"artengine_corpora.atelier.schools.{school.replace('-', '_')}"))
    caption = master.paint(easel)
    labels = {"school": school, "palette": easel.palette.name, "mood": easel.palette.mood, "caption": caption}
    return Image(easel.finished(master.GRAIN), title=f"{school.capitalize()} no. {seed}", labels=labels)


def check_size(width: int, height: int) -> None:
    """Raise unless a picture of *width* × *height* pixels can be painted.

    :raises ArtengineError: where a side is too short or too long, or the area too large.
    """
    if min(width, height) < _FEWEST:
        raise ArtengineError(f"A picture of {width}x{height} pixels is too small to paint.",
                             f"Let both sides be {_FEWEST} pixels or more.")
    if max(width, height) > LONGEST or width * height > MOST:
        raise ArtengineError(f"A picture of {width}x{height} pixels is too large to paint.",
                             f"Let no side be over {LONGEST} pixels, and the whole not over {MOST // 1_000_000} megapixels.")
