"""my-part: one small network that knows for every place, and every picture it has learnt, the colour there.

A picture is a row of *traits*, learnt with the network; new pictures are blends of such rows. A place is two coordinates, so
a picture comes in any size. Rendering needs numpy alone: torch is imported for training only.

Axes: N pictures, P points, D traits, U units.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from artengine.api import Run
from artengine.errors import ArtengineError
from artengine.models import Model
from artengine.scaffold.templates.plugin_generator_image import Controls
from artengine.works import Image

if TYPE_CHECKING:
    from artengine.scaffold.templates.learner_image import ImageLearner

ROWS = 32  # rows of a picture between two looks at whether to stop


class MyPart:
    """A generator that can be trained; see the protocols Generator and Trainable in artengine.api."""

    def __init__(self, model: Model, run: Run) -> None:
        self.model, self.run = model, run

    @property
    def encoder(self) -> str:
        """Raise the number whenever prepare() gives other arrays."""
        return f"1, {self.model.options.side} pixels"

    def render(self, controls: Controls, seeds: Sequence[int]) -> Iterator[Image]:
        """Yield one picture per seed, in order."""
        traits = self.model.weights["traits.weight"]  # (N, D)
        for seed in seeds:
            draw = np.random.Generator(np.random.Philox(seed))
            chosen = draw.integers(0, len(traits), controls.mix)
            shares = draw.dirichlet(np.ones(controls.mix))
            blend = shares @ traits[chosen] + controls.drift * draw.standard_normal(traits.shape[1]) * traits.std(0)
            pixels = self._draw(blend.astype(np.float32), controls.size)
            if pixels is None:
                return  # asked to stop
            yield Image(pixels, title="Picture")

    def _draw(self, traits: np.ndarray, size: int) -> np.ndarray | None:
        """The picture of *traits*, ``None`` when asked to stop.  (D,) -> (size, size, 3) uint8"""
        w = self.model.weights
        along = ((np.arange(size, dtype=np.float32) + 0.5) / size) * 2 - 1
        first, second = w["trait1.weight"] @ traits, w["trait2.weight"] @ traits  # (U,)
        rows = []
        for top in range(0, size, ROWS):
            if self.run.stopped():
                return None
            y, x = np.meshgrid(along[top:top + ROWS], along, indexing="ij")
            places = np.stack((x.ravel(), y.ravel()), 1)  # (P, 2)
            h = np.sin(places @ w["layer1.weight"].T + w["layer1.bias"] + first)
            h = np.sin(h @ w["layer2.weight"].T + w["layer2.bias"] + second)
            h = np.sin(h @ w["layer3.weight"].T + w["layer3.bias"])
            colour = 1 / (1 + np.exp(-(h @ w["colour.weight"].T + w["colour.bias"])))  # (P, 3)
            rows.append(np.round(colour * 255).astype(np.uint8).reshape(-1, size, 3))
        return np.concatenate(rows)

    def prepare(self, works: Iterable[Image]) -> Mapping[str, np.ndarray]:
        """Every picture as a square.  ``pictures`` (N, side, side, 3) uint8"""
        from PIL import Image as Pillow  # only training needs it

        side = self.model.options.side
        squares = []
        for work in works:
            picture = Pillow.fromarray(work.pixels).convert("RGB")
            edge = min(picture.size)
            left, top = (picture.width - edge) // 2, (picture.height - edge) // 2
            square = picture.crop((left, top, left + edge, top + edge)).resize((side, side), Pillow.Resampling.LANCZOS)
            squares.append(np.asarray(square))
        if not squares:
            raise ArtengineError("There is no picture in the corpus.", "Give a folder with some; ten or more begin to work.")
        return {"pictures": np.stack(squares)}

    def learner(self, arrays: Mapping[str, np.ndarray], run: Run) -> ImageLearner:
        """A training over *arrays*."""
        from artengine.scaffold.templates.learner_image import ImageLearner  # with torch, a second

        return ImageLearner(self.model.options, arrays, run)
