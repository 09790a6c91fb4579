"""What my-part offers: described here, imported when it runs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated

from artengine.api import Opt, Part, hookimpl


@dataclass(frozen=True)
class Options:
    """Fixed when a model is trained."""

    side: Annotated[int, Opt("Side in pixels of the squares that are learnt from.", min=8, max=256)] = 64
    units: Annotated[int, Opt("Units of the network.", min=4, max=512)] = 64
    traits: Annotated[int, Opt("Numbers that tell one picture from another.", min=1, max=128)] = 12
    detail: Annotated[float, Opt("How fine a pattern the network starts from.", min=0.5, max=50)] = 6.0
    batch_size: Annotated[int, Opt("Points in a step.", min=1, max=65536)] = 4096
    rate: Annotated[float, Opt("Learning rate.", min=1e-6, max=1)] = 0.003


@dataclass(frozen=True)
class Controls:
    """Asked of one rendering."""

    size: Annotated[int, Opt("Side of the picture in pixels; any will do, the network knows none.", min=1, max=4096)] = 256
    mix: Annotated[int, Opt("Pictures it has learnt that are blended in one.", min=1, max=16)] = 3
    drift: Annotated[float, Opt("How far to leave them behind.", min=0, max=4)] = 0.3


@hookimpl
def artengine_parts() -> Iterable[Part]:
    """The parts of this plugin."""
    yield Part(kind="generator", name="my-part", medium="image",
               summary="Blends of the pictures it has learnt, at any size.",
               target="my_part.generator:MyPart", options=Options, controls=Controls,
               tiny={"side": 12, "units": 8, "traits": 3, "batch_size": 64}, formats=("png",))
