"""What may be asked of the atelier; imports nothing heavy, for listings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from artengine.api import Opt

SCHOOLS = ("suprematism", "grids", "colour-fields", "flow", "mosaic", "circles", "op-art", "ink", "cut-outs", "weaving",
           "contours", "constellations")


@dataclass(frozen=True, slots=True)
class Options:
    """What to paint. ``seed`` and ``count`` are the engine's own words, so here they are ``first`` and ``pictures``."""

    school: Annotated[str, Opt("School to paint in; all lets them take turns.", choices=("all", *SCHOOLS))] = "all"
    pictures: Annotated[int, Opt("Pictures to paint.", min=1, max=10_000_000)] = 2000
    size: Annotated[str, Opt("Width and height in pixels.", metavar="WxH")] = "64x64"
    first: Annotated[int, Opt("Seed of the first picture; the next has the next.", min=0, max=2**62)] = 0
