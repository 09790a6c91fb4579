"""What my-part offers: described here, imported when it runs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated

from artengine.api import Opt, Part, hookimpl


@dataclass(frozen=True)
class CorpusOptions:
    """What can be set for my-part."""

    side: Annotated[int, Opt("Longest side in pixels; larger pictures are made smaller.", min=8, max=8192)] = 512


@hookimpl
def artengine_parts() -> Iterable[Part]:
    """The parts of this plugin."""
    yield Part(kind="corpus", name="my-part", medium="image",
               summary="A folder of pictures.",
               target="my_part.corpus:MyPart", options=CorpusOptions,
               formats=("png", "jpg", "jpeg", "webp", "gif", "bmp"))
