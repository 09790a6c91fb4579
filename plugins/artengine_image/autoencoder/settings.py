"""What can be asked of any autoencoder of pictures. Imports nothing heavy, for listings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from artengine.api import Opt
from artengine_image.settings import Learnt

if TYPE_CHECKING:
    from artengine.works import Image


@dataclass(frozen=True)
class Options(Learnt):
    """Fixed when a model is trained."""

    latent: Annotated[int, Opt("Dimensions of the latent space, besides one for each label.", min=2, max=1024)] = 64
    width: Annotated[int, Opt("Channels of the finest convolutions; the coarse ones have four times as many.",
                              min=4, max=512)] = 32
    likelihood: Annotated[str, Opt("What a pixel may be: gaussian learns its noise, and paints what is doubtful in the mean "
                                   "of its colours; laplace in the likelier one, with harder edges; bernoulli is for black "
                                   "and white, and takes greys for chances.",
                                   choices=("gaussian", "laplace", "bernoulli"))] = "gaussian"
    context: Annotated[int, Opt("For bernoulli: how many pixels up and to the side a pixel looks back at those drawn before "
                                "it; 0 for none. Edges come out clean, and 3 or 4 are enough.", min=0, max=8)] = 0
    colours: Annotated[int, Opt("Colours of the palette that each picture is painted in; 0 for any colour at any place. Not "
                                "for bernoulli.", min=0, max=64)] = 0
    beta: Annotated[float, Opt("Weight of the divergence from the prior; more is smoother and blurrier.",
                               min=0, max=100)] = 1.0
    samples: Annotated[int, Opt("Latents a picture in training; from 2 on the importance-weighted bound is raised.",
                                min=1, max=100)] = 1
    flip: Annotated[bool, Opt("Learn from mirror images too.")] = False
    batch_size: Annotated[int, Opt("Pictures a step.", min=1, max=4096)] = 32
    rate: Annotated[float, Opt("Learning rate to start with.", min=1e-6, max=1)] = 0.002
    fall: Annotated[int, Opt("Steps over which the learning rate falls to nought, and to train; 0 for until nothing more is "
                             "gained.", min=0)] = 0


@dataclass(frozen=True)
class Controls:
    """Asked of one rendering."""

    temperature: Annotated[float, Opt("Below 1 plays safe, above 1 takes risks; 0 takes the middle of a group.",
                                      min=0, max=5)] = 1.0
    label: Annotated[str, Opt("What to show, of the labels it has learnt; by default each as often as the corpus has it.",
                              metavar="LABEL")] = ""
    edges: Annotated[float, Opt("For models with a palette: how hard edges are; 1 is as learnt, soft where it is unsure.",
                                min=0.1, max=100)] = 4.0
    reconstruct: Annotated[Image | None, Opt("A picture to make variations of; --temperature says how far from it.",
                                             metavar="PICTURE", work="image")] = None
