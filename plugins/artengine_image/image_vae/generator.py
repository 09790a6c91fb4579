"""``image-vae``: pictures from latents by convolutions, at the size that was learnt."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from artengine_image import convolutions
from artengine_image.autoencoder.coder import PictureCoder
from artengine_image.image_vae.pixels import one_by_one
from artengine_image.image_vae.settings import Controls

if TYPE_CHECKING:
    from artengine_image.autoencoder.network import AutoEncoder


class ImageVAE(PictureCoder):
    """A convolutional variational autoencoder with a density fitted to its latents."""

    def draw(self, z: np.ndarray, controls: Any) -> np.ndarray:
        """The picture of a latent.  (d,) -> uint8 (H, W, C)"""
        fine = convolutions.leaky(convolutions.shuffled(convolutions.decoder(self.arrays, "decoder.body.", z)))
        if "decoder.fine.before.weight" in self.arrays:
            return one_by_one(self.arrays, fine, controls.grain if controls else 0.0, self.run.stopped)
        drawn = convolutions.convolution(self.arrays, "decoder.fine", fine)
        paints = convolutions.palette(self.arrays, "decoder.palette", z, len(drawn))
        if paints is not None:
            edges = controls.edges if controls else Controls().edges
            drawn = (convolutions.chances(np.moveaxis(drawn, 0, 2), edges) @ paints).transpose(2, 0, 1)
        drawn = np.tanh(drawn)
        return np.round((drawn + 1) * np.float32(127.5)).astype(np.uint8).transpose(1, 2, 0)

    def network(self, facts: Mapping[str, Any]) -> AutoEncoder:
        """The network to train."""
        from artengine_image.autoencoder.network import AutoEncoder, PictureDecoder  # torch
        from artengine_image.preparing import MODES

        size, channels, classes = facts["size"][::-1], MODES[facts["mode"]], len(facts["classes"])
        decoder = PictureDecoder(self.options.latent + classes, size, channels, self.options)
        return AutoEncoder(size, channels, classes, self.options, decoder)
