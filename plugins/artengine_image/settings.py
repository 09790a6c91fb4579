"""What can be asked of any generator that learns pictures. Imports nothing heavy, for listings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from artengine.api import Opt


@dataclass(frozen=True)
class Learnt:
    """How the pictures of a corpus are to be learnt: what :mod:`artengine_image.preparing` goes by."""

    size: Annotated[str, Opt("Width and height to learn at, multiples of 4; by default the corpus' commonest, 64 at most.",
                             metavar="WxH")] = ""
    fit: Annotated[str, Opt("How a picture of another shape comes to that size.",
                            choices=("crop", "pad", "stretch"))] = "crop"
    mode: Annotated[str, Opt("Colours to learn; auto takes what the corpus has.",
                             choices=("auto", "grey", "rgb", "rgba"))] = "auto"
    label: Annotated[str, Opt("Label to learn with, such as school; none for none. By default the first that sorts the "
                              "pictures into groups.", metavar="NAME")] = ""
