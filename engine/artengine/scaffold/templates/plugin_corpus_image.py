"""What my-part offers: described here, imported when it runs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated

from artengine.api import Opt, Part, hookimpl


@dataclass(frozen=True)
class CorpusOptions:
    """What can be set for my-part."""

    enlarge: Annotated[int, Opt("Make every letter a square of this many pixels.", min=1, max=64)] = 4


@hookimpl
def artengine_parts() -> Iterable[Part]:
    """The parts of this plugin."""
    yield Part(kind="corpus", name="my-part", medium="image",
               summary="Pictures drawn with letters, in plain text.",
               target="my_part.corpus:MyPart", options=CorpusOptions, formats=("pix",))
