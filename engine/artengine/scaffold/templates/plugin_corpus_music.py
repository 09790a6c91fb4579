"""What my-part offers: described here, imported when it runs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated

from artengine.api import Opt, Part, hookimpl


@dataclass(frozen=True)
class CorpusOptions:
    """What can be set for my-part."""

    repeat: Annotated[int, Opt("Play every tune this many times over.", min=1, max=16)] = 1


@hookimpl
def artengine_parts() -> Iterable[Part]:
    """The parts of this plugin."""
    yield Part(kind="corpus", name="my-part", medium="music",
               summary="Tune books in plain text, a line a tune.",
               target="my_part.corpus:MyPart", options=CorpusOptions, formats=("notes",))
