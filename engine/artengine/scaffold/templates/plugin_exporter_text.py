"""What my-part offers: described here, imported when it runs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated

from artengine.api import Opt, Part, hookimpl


@dataclass(frozen=True)
class ExporterOptions:
    """What can be set for my-part, under [export.my-part] in artengine.toml."""

    title: Annotated[bool, Opt("Write the title above the text.")] = True
    indent: Annotated[int, Opt("Spaces before every line.", min=0, max=40)] = 0


@hookimpl
def artengine_parts() -> Iterable[Part]:
    """The parts of this plugin."""
    yield Part(kind="exporter", name="my-part", medium="text",
               summary="Plain text, with the recipe in a file beside it.",
               target="my_part.exporter:MyPart", options=ExporterOptions, formats=("txt",))
