"""What can be asked of ``melody-rnn``: options when it is trained, controls when it renders."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from artengine.api import Opt
from artengine_music.melody.controls import Controls

__all__ = ["Controls", "Options"]


@dataclass(frozen=True)
class Options:
    """Fixed when a model is trained."""

    cell: Annotated[str, Opt("Kind of recurrent cell.", choices=("gru", "lstm"))] = "gru"
    layers: Annotated[int, Opt("Recurrent layers.", min=1, max=4)] = 2
    units: Annotated[int, Opt("Units in each layer.", min=8, max=2048)] = 256
    embedding: Annotated[int, Opt("Width of the embeddings.", min=4, max=1024)] = 128
    dropout: Annotated[float, Opt("Share of activations dropped in training; more for small corpora.", min=0, max=0.9)] = 0.3
    transpose: Annotated[bool, Opt("Train every melody in all twelve keys.")] = True
    batch_size: Annotated[int, Opt("Melodies a step.", min=1, max=1024)] = 32
    rate: Annotated[float, Opt("Learning rate to start with.", min=1e-6, max=1)] = 0.003
