"""``image-cppn``: pictures from latents as functions of place, at any size."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from artengine.errors import Interrupted
from artengine_image.autoencoder.coder import PictureCoder
from artengine_image.image_cppn import field
from artengine_image.image_cppn.settings import Controls

if TYPE_CHECKING:
    from artengine_image.autoencoder.network import AutoEncoder


class ImageCPPN(PictureCoder):
    """An autoencoder whose decoder draws at places rather than in pixels."""

    def draw(self, z: np.ndarray, controls: Any) -> np.ndarray:
        """The picture of a latent.  (d,) -> uint8 (H, W, C)"""
        width, height = self.size
        wide, high = self._size(controls.size if controls else "")
        frame = controls.frame if controls else "crop"
        steps = width / wide, height / high
        if frame != "stretch":
            steps = (min(steps) if frame == "crop" else max(steps),) * 2
        columns = field.places(width, wide, steps[0], frame == "mirror")
        rows = field.places(height, high, steps[1], frame == "mirror")
        edges = (controls or Controls()).edges * max(1.0, *(1 / step for step in steps))  # as hard as before at any size
        made = field.drawn(self.arrays, z, rows, columns, (height, width), self.run.stopped, edges)
        if made is None:
            raise Interrupted("Stopped; nothing was written.", "Start again when you like.")
        return made

    def network(self, facts: Mapping[str, Any]) -> AutoEncoder:
        """The network to train."""
        from artengine_image.autoencoder.network import AutoEncoder  # torch
        from artengine_image.image_cppn.network import Field
        from artengine_image.preparing import MODES

        size, channels, classes = facts["size"][::-1], MODES[facts["mode"]], len(facts["classes"])
        return AutoEncoder(size, channels, classes, self.options,
                           Field(self.options.latent + classes, size, channels, self.options))

    def _size(self, text: str) -> tuple[int, int]:
        if not text:
            return self.size
        from artengine_image.enlarging import asked  # with Pillow, 30 ms

        return asked(text)
