"""A critic of colour for artengine. This module describes it and imports next to nothing; :mod:`.critic` does the work."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated

from artengine.api import Opt, Part, hookimpl


@dataclass(frozen=True)
class Options:
    """What the critic is asked for."""

    colours: Annotated[int, Opt("Colours that a good palette has at most.", min=2, max=64)] = 8


@hookimpl
def artengine_parts() -> Iterable[Part]:
    """What this package offers."""
    yield Part(kind="critic", name="palette-critic", medium="image", summary="Harmony, contrast and economy of colours.",
               target="palette_critic.critic:PaletteCritic", options=Options)
