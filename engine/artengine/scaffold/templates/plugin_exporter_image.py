"""What my-part offers: described here, imported when it runs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated

from artengine.api import Opt, Part, hookimpl


@dataclass(frozen=True)
class ExporterOptions:
    """What can be set for my-part, under [export.my-part] in artengine.toml."""

    dpi: Annotated[int, Opt("Pixels to the inch in print.", min=1, max=9600)] = 300
    enlarge: Annotated[int, Opt("Make every pixel this many wide and high.", min=1, max=16)] = 1


@hookimpl
def artengine_parts() -> Iterable[Part]:
    """The parts of this plugin."""
    yield Part(kind="exporter", name="my-part", medium="image",
               summary="TIFF for print, with the recipe inside.",
               target="my_part.exporter:MyPart", options=ExporterOptions,
               formats=("tif", "tiff"), embeds=True)
