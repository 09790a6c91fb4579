"""What my-part offers: described here, imported when it runs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated

from artengine.api import Opt, Part, hookimpl


@dataclass(frozen=True)
class CriticOptions:
    """What can be set for my-part, under [critique.my-part] in artengine.toml."""

    strict: Annotated[float, Opt("Above 1 is harder to please, below 1 easier.", min=0.1, max=10)] = 1.0


@hookimpl
def artengine_parts() -> Iterable[Part]:
    """The parts of this plugin."""
    yield Part(kind="critic", name="my-part", medium="music",
               summary="SUMMARY",
               target="my_part.critic:MyPart", options=CriticOptions)
