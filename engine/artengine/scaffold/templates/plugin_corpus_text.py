"""What my-part offers: described here, imported when it runs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated

from artengine.api import Opt, Part, hookimpl


@dataclass(frozen=True)
class CorpusOptions:
    """What can be set for my-part."""

    stanzas: Annotated[bool, Opt("Take every stanza for a text of its own.")] = False


@hookimpl
def artengine_parts() -> Iterable[Part]:
    """The parts of this plugin."""
    yield Part(kind="corpus", name="my-part", medium="text",
               summary="A folder of plain text files.",
               target="my_part.corpus:MyPart", options=CorpusOptions, formats=("txt",))
