"""What my-part offers: described here, imported when it runs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated

from artengine.api import Opt, Part, hookimpl


@dataclass(frozen=True)
class Options:
    """Fixed when a model is trained."""

    units: Annotated[int, Opt("Units of the network.", min=4, max=1024)] = 128
    length: Annotated[int, Opt("Symbols that are learnt from at once.", min=4, max=1024)] = 64
    batch_size: Annotated[int, Opt("Stretches of that length in a step.", min=1, max=1024)] = 32
    rate: Annotated[float, Opt("Learning rate.", min=1e-6, max=1)] = 0.003


@dataclass(frozen=True)
class Controls:
    """Asked of one rendering."""

    bars: Annotated[int, Opt("Bars to write.", min=1, max=200)] = 8
    meter: Annotated[str, Opt("Metre.", choices=("4/4", "3/4", "6/8"))] = "4/4"
    temperature: Annotated[float, Opt("Below 1 plays safe, above 1 takes risks.", min=0, max=3)] = 0.9


@hookimpl
def artengine_parts() -> Iterable[Part]:
    """The parts of this plugin."""
    yield Part(kind="generator", name="my-part", medium="music",
               summary="Tunes, note by note, by a small recurrent network.",
               target="my_part.generator:MyPart", options=Options, controls=Controls,
               tiny={"units": 12, "length": 16, "batch_size": 4}, formats=("mid",))
