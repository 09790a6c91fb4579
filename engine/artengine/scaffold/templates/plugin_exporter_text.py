"""What my-part offers: described here, imported when it runs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated

from artengine.api import Opt, Part, hookimpl


@dataclass(frozen=True)
class ExporterOptions:
    """What can be set for my-part, under [export.my-part] in artengine.toml."""

    size: Annotated[int, Opt("Height of the letters in pixels.", min=4, max=400)] = 24
    dark: Annotated[bool, Opt("Write on black.")] = False


@hookimpl
def artengine_parts() -> Iterable[Part]:
    """The parts of this plugin."""
    yield Part(kind="exporter", name="my-part", medium="text",
               summary="SVG sheets, a line a line.",
               target="my_part.exporter:MyPart", options=ExporterOptions, formats=("svg",), embeds=True)
