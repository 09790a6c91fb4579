"""What can be asked of ``image-gan``. Imports nothing heavy, for listings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from artengine.api import Opt
from artengine_image.settings import Learnt


@dataclass(frozen=True)
class Options(Learnt):
    """Fixed when a model is trained."""

    latent: Annotated[int, Opt("Dimensions of the latent at each level.", min=2, max=512)] = 64
    width: Annotated[int, Opt("Features at half the size; the coarse grids have up to eight times as many.",
                              min=4, max=256)] = 32
    penalty: Annotated[float, Opt("Weight of the gradient penalty (R1) that keeps the discriminator gentle; more for larger "
                                  "pictures.", min=0, max=1000)] = 0.5
    pack: Annotated[int, Opt("Pictures that the discriminator judges at once: with 2 it sees when they are alike.",
                             min=1, max=4)] = 1
    augment: Annotated[str, Opt("Change the pictures at random while it judges: auto as strongly as it overfits, with few "
                                "pictures strongly.", choices=("auto", "none"))] = "auto"
    flip: Annotated[bool, Opt("Learn from mirror images too.")] = False
    batch_size: Annotated[int, Opt("Pictures a step.", min=4, max=4096)] = 64
    rate: Annotated[float, Opt("Learning rate to start with.", min=1e-6, max=1)] = 0.002
    fall: Annotated[int, Opt("Steps to train, the learning rate falling to nought over the latter half; 0 for until nothing "
                             "more is gained.", min=0)] = 0
    bf16: Annotated[bool, Opt("Compute in 16 bits on processors that are quicker so.")] = True


@dataclass(frozen=True)
class Controls:
    """Asked of one rendering."""

    label: Annotated[str, Opt("What to show, of the labels it has learnt; by default each as often as the corpus has it.",
                              metavar="LABEL")] = ""
    truncation: Annotated[float, Opt("Below 1 plays safe, towards the usual picture of a label, at 0; above 1 takes risks.",
                                     min=0, max=2)] = 1.0
    mix: Annotated[int | None, Opt("Another seed, whose colours and textures are drawn on this one's composition.",
                                   metavar="SEED", min=0)] = None
    size: Annotated[str, Opt("Width and height in pixels to enlarge to, such as 512x512; by default as learnt.",
                             metavar="WxH")] = ""
    enlarge: Annotated[str, Opt("How: smooth for paintings, pixels for pixel art.", choices=("smooth", "pixels"))] = "smooth"
    transparent: Annotated[bool, Opt("Keep what is transparent, where that was learnt; else it stands on white.")] = True
