"""What can be asked of ``image-vae``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from artengine.api import Opt
from artengine_image.autoencoder import settings
from artengine_image.autoencoder.settings import Options

__all__ = ["Controls", "Options"]


@dataclass(frozen=True)
class Controls(settings.Controls):
    """Asked of one rendering."""

    grain: Annotated[float, Opt("For models with context: 0 makes each pixel black or white as is likelier, 1 leaves it to "
                                "chance.", min=0, max=1)] = 0.0
