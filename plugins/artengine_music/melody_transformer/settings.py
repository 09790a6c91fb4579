"""What can be asked of ``melody-transformer``: options when it is trained, controls when it renders."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from artengine.api import Opt
from artengine.works.score import Score
from artengine_music.melody import controls

VOICES = ("soprano", "alto", "tenor", "bass")


@dataclass(frozen=True)
class Options:
    """Fixed when a model is trained."""

    voices: Annotated[int, Opt("Voices it writes: 1 for melodies, 4 for chorales.", min=1, max=4)] = 1
    layers: Annotated[int, Opt("Layers of attention.", min=1, max=12)] = 4
    width: Annotated[int, Opt("Width of embeddings and layers; a multiple of twice the heads.", min=8, max=1024)] = 128
    heads: Annotated[int, Opt("Heads of attention.", min=1, max=16)] = 4
    context: Annotated[int, Opt("Symbols that attention looks back on.", min=8, max=4096)] = 256
    dropout: Annotated[float, Opt("Share of activations dropped in training; more for few works.", min=0, max=0.9)] = 0.2
    blind: Annotated[float, Opt("Share of what a step is told that it does not see in training; more for few works.",
                                min=0, max=0.9)] = 0.05
    transpose: Annotated[bool, Opt("Train every piece in all twelve keys.")] = True
    batch_size: Annotated[int, Opt("Melodies, or stretches of chorales, a step.", min=1, max=1024)] = 32
    rate: Annotated[float, Opt("Learning rate to start with.", min=1e-6, max=1)] = 0.002
    fall: Annotated[int, Opt("Steps in which the rate falls to nothing, where the training ends; 0 for as long as it helps.",
                             min=0)] = 0


@dataclass(frozen=True)
class Controls(controls.Controls):
    """Asked of one rendering."""

    voices: Annotated[int, Opt("Voices to write: 1, a melody, or 4, a chorale; by default what the model writes, "
                               "or 4 where a voice is given.", min=0, max=4)] = 0
    soprano: Annotated[Score | None, Opt("Tune to harmonise, kept note for note: a file or notes.", work="music")] = None
    alto: Annotated[Score | None, Opt("Alto to keep note for note: a file or notes.", work="music")] = None
    tenor: Annotated[Score | None, Opt("Tenor to keep note for note: a file or notes.", work="music")] = None
    bass: Annotated[Score | None, Opt("Bass to keep note for note: a file or notes.", work="music")] = None

    @property
    def given(self) -> dict[int, Score]:
        """The voices that are given, by number from the soprano's 0."""
        return {i: score for i, name in enumerate(VOICES) if (score := getattr(self, name)) is not None}

    @property
    def wants(self) -> Mapping[str, Any]:
        """Options that the model has to have, so that the engine takes one that suits by default."""
        voices = self.voices or (4 if self.given else 0)
        return {"voices": voices} if voices else {}
