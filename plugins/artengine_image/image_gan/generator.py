"""``image-gan``: pictures that a discriminator could not tell from the corpus.

A latent has Z numbers for every level, coarse to fine, and one for each label. What is rendered of a seed has the same Z
numbers at every level; two seeds are mixed by taking the coarse levels of one and the fine ones of the other, and an encoded
picture has its own at each.

Axes: n works, C colours, H rows, W columns, K levels, Z latent numbers, L labels, d = K Z + L.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from artengine.api import Run
from artengine.works import Image
from artengine_image.image_gan.drawing import Drawing
from artengine_image.image_gan.settings import Controls
from artengine_image.making import PictureMaker

if TYPE_CHECKING:
    from artengine_image.image_gan.learning import Learner
    from artengine_image.image_gan.network import Generator

Array = np.ndarray


class ImageGAN(PictureMaker):
    """An adversarial generator: numpy to render; torch comes in with training and encoding."""

    def learner(self, arrays: Mapping[str, Array], run: Run) -> Learner:
        """A training over *arrays*."""
        from artengine_image.image_gan.learning import Learner  # torch: seconds that a rendering must not pay

        return Learner(self.options, arrays, run)

    # ---- the latent space

    @property
    def latent_dim(self) -> int:
        """d."""
        return self._drawing.levels * self.options.latent + len(self.classes)

    def latents(self, seeds: Sequence[int], controls: Controls) -> Array:
        """What :meth:`render` draws for these seeds.  (n, d)

        :raises ArtengineError: where there is no such label.
        """
        label, levels = self.label_number(controls.label), self._drawing.levels
        rows = []
        for seed in seeds:
            generator = np.random.Generator(np.random.Philox(seed))
            chosen = self.label_drawn(generator) if label is None else label
            z = [self._normal(seed)] * levels
            if controls.mix is not None:
                z[(levels + 1) // 2:] = [self._normal(controls.mix)] * (levels // 2)
            rows.append(self.with_label(np.concatenate(z), chosen))
        return np.stack(rows) if rows else np.empty((0, self.latent_dim), np.float32)

    def encode(self, works: Sequence[Image]) -> Array:
        """Latents whose pictures are as near as descent gets; a label that is not known is found.  (n, d)"""
        if not works:
            return np.empty((0, self.latent_dim), np.float32)
        import torch  # seconds, for whoever walks from a picture

        from artengine_image.image_gan.projecting import project

        told = np.stack([self.with_label(np.empty(0), label) if label >= 0 else np.full(len(self.classes), -1.0)
                         for label in map(self.label_of, works)]).astype(np.float32)
        wanted = torch.from_numpy(np.stack([self.seen(work) for work in works]))
        found: Array = project(self._trained, wanted, torch.from_numpy(told), self.run.stopped).numpy()
        return found

    def draw(self, z: Array, controls: Any) -> Array:
        """The picture of a latent.  (d,) -> uint8 (H, W, C)"""
        drawing, latent = self._drawing, self.options.latent
        told, rows = z[drawing.levels * latent:], z[:drawing.levels * latent].reshape(drawing.levels, latent)
        truncation = controls.truncation if controls else 1.0
        styles: list[Array] = []
        for i, row in enumerate(rows):
            if i and np.array_equal(row, rows[i - 1]):
                styles.append(styles[-1])
                continue
            styles.append(self._towards_usual(drawing.style(row, told), told, truncation))
        drawn = np.tanh(drawing.draw(styles))
        pixels = np.round((drawn + 1) * np.float32(127.5)).astype(np.uint8).transpose(1, 2, 0)
        return self._as_asked(pixels, controls)

    def logit(self, work: Image) -> float:
        """How real a work looks to the discriminator that it was trained against; higher is more so."""
        from artengine_image.image_gan.judging import logit  # for the critic alone

        told = self.with_label(np.empty(0, np.float32), self.label_of(work))
        return self.sound(lambda: logit(self.arrays, self.seen(work), told))

    # ---- parts

    @cached_property
    def _drawing(self) -> Drawing:
        return self.sound(lambda: Drawing(self.arrays))

    def _normal(self, seed: int) -> Array:
        """A stream of its own for every seed, the same whatever label was drawn.  (Z,)"""
        return np.random.Generator(np.random.Philox(key=[seed, 1])).standard_normal(self.options.latent, np.float32)

    def _towards_usual(self, style: Array, told: Array, truncation: float) -> Array:
        """A style nearer to, or further from, the mean of its label's.  (S,)

        The truncation trick: Brock et al. 2019, in the styles as in Karras et al. 2019, section B.
        """
        if truncation == 1:
            return style
        usual = self.arrays["usual"]
        share = min(1.0, float(told.sum()))
        mean = usual[-1]
        if told.any():
            mean = told / told.sum() @ usual[:-1] * share + mean * (1 - share)
        near: Array = (mean + truncation * (style - mean)).astype(np.float32)
        return near

    def _as_asked(self, pixels: Array, controls: Any) -> Array:
        """In the size and with the ground that was asked for.  uint8 (H, W, C) -> the same"""
        if controls is None:
            return pixels
        if not controls.transparent and pixels.shape[2] == 4:
            from artengine_image.preparing import as_learnt  # with Pillow's neighbours

            pixels = as_learnt(pixels, "rgb")
        if controls.size:
            from artengine_image.enlarging import enlarged  # as above

            pixels = enlarged(pixels, controls.size, controls.enlarge)
        return pixels

    @cached_property
    def _trained(self) -> Generator:
        import torch

        from artengine_image.image_gan.network import Generator
        from artengine_image.preparing import MODES

        header = self.model.header
        net = Generator(self.options.latent, len(self.classes), header["size"][::-1], MODES[header["mode"]],
                        self.options.width)
        own = net.state_dict()
        self.sound(lambda: net.load_state_dict({name: torch.from_numpy(np.array(self.arrays[name])) for name in own}))
        for parameter in net.parameters():
            parameter.requires_grad_(False)
        return net.eval()
