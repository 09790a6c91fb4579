"""What can be asked of ``image-cppn``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from artengine.api import Opt
from artengine_image.autoencoder import settings


@dataclass(frozen=True)
class Options(settings.Options):
    """Fixed when a model is trained."""

    features: Annotated[int, Opt("Features of the grid that are blended at a place.", min=2, max=256)] = 24
    neurons: Annotated[int, Opt("Width of the layers of sines.", min=4, max=1024)] = 64
    layers: Annotated[int, Opt("Layers of sines.", min=1, max=8)] = 3


@dataclass(frozen=True)
class Controls(settings.Controls):
    """Asked of one rendering."""

    size: Annotated[str, Opt("Width and height in pixels, such as 3840x2160; by default as learnt.", metavar="WxH")] = ""
    frame: Annotated[str, Opt("How another shape is filled: by a cut from the picture, stretched, or mirrored at its edges.",
                              choices=("crop", "stretch", "mirror"))] = "crop"
