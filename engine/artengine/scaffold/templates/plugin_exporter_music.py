"""What my-part offers: described here, imported when it runs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated

from artengine.api import Opt, Part, hookimpl


@dataclass(frozen=True)
class ExporterOptions:
    """What can be set for my-part, under [export.my-part] in artengine.toml."""

    quarter: Annotated[int, Opt("Width of a quarter note in pixels.", min=2, max=500)] = 24
    dark: Annotated[bool, Opt("Draw on black.")] = True


@hookimpl
def artengine_parts() -> Iterable[Part]:
    """The parts of this plugin."""
    yield Part(kind="exporter", name="my-part", medium="music",
               summary="SVG piano rolls, coloured by pitch.",
               target="my_part.exporter:MyPart", options=ExporterOptions, formats=("svg",), embeds=True)
