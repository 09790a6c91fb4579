"""What my-part offers: described here, imported when it runs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated

from artengine.api import Opt, Part, hookimpl


@dataclass(frozen=True)
class CorpusOptions:
    """What can be set for my-part."""

    least: Annotated[int, Opt("Leave out texts with fewer lines.", min=1, max=1000)] = 1


@hookimpl
def artengine_parts() -> Iterable[Part]:
    """The parts of this plugin."""
    yield Part(kind="corpus", name="my-part", medium="text",
               summary="Collections of short texts, parted by lines with a % sign.",
               target="my_part.corpus:MyPart", options=CorpusOptions, formats=("fortune",))
