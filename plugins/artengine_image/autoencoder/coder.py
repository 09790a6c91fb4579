"""Autoencoders of pictures, whatever draws them: numpy alone; torch comes in with training and bounds.

Axes: n works, C colours, H rows, W columns, Z latent numbers, L labels, d = Z + L.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from artengine.api import Run
from artengine.works import Image
from artengine_image import convolutions
from artengine_image.autoencoder.settings import Controls, Options
from artengine_image.density import Mixture
from artengine_image.making import PictureMaker

if TYPE_CHECKING:
    from artengine_image.autoencoder.learning import Learner
    from artengine_image.autoencoder.network import AutoEncoder

Array = np.ndarray
NARROWEST, WIDEST = -8.0, 4.0  # log variances of a latent, as in training


class PictureCoder(PictureMaker):
    """Encodes, draws latents and judges likelihoods; :meth:`draw` and :meth:`network` are a generator's own."""

    options: Options

    def network(self, facts: Mapping[str, Any]) -> AutoEncoder:
        """The network to train, of what :func:`artengine_image.preparing.prepare` says of the corpus."""
        raise NotImplementedError

    # ---- learning

    def learner(self, arrays: Mapping[str, Array], run: Run) -> Learner:
        """A training over *arrays*."""
        from artengine_image.autoencoder.learning import Learner  # torch: seconds that a rendering must not pay

        return Learner(self.options, arrays, run, self.network)

    # ---- the latent space

    @property
    def latent_dim(self) -> int:
        """d."""
        return self.options.latent + len(self.classes)

    def latents(self, seeds: Sequence[int], controls: Controls) -> Array:
        """What :meth:`render` draws for these seeds: from the density of the corpus, or near a picture.  (n, d)

        :raises ArtengineError: where there is no such label, or the picture cannot be encoded.
        """
        label = self.label_number(controls.label)
        near = self._posterior(controls.reconstruct, label) if controls.reconstruct is not None else None
        found = np.zeros((len(seeds), self.latent_dim), np.float32)
        for row, seed in zip(found, seeds, strict=True):
            generator = np.random.Generator(np.random.Philox(seed))
            if near:
                mean, deviation, chosen = near
                z = mean + controls.temperature * deviation * generator.standard_normal(len(mean), np.float32)
            else:
                chosen = self.label_drawn(generator) if label is None else label
                z = self._mixture.draw(generator, chosen, controls.temperature)
            row[:] = self.with_label(z, chosen)
        return found

    def encode(self, works: Sequence[Image]) -> Array:
        """The middle of what the encoder makes of each, with its label where it has one that was learnt.  (n, d)"""
        rows = [self.with_label(mean, label) for mean, _, label in (self._posterior(work, None) for work in works)]
        return np.stack(rows) if rows else np.empty((0, self.latent_dim), np.float32)

    # ---- likelihood

    def bound(self, works: Sequence[Image], samples: int = 64) -> Array:
        """Lower bounds of log p(work), nats, importance-weighted over so many *samples* (IWAE: Burda et al. 2016).  (n,)

        For ``gaussian`` of the work's bytes at the size that was learnt, for ``bernoulli`` of a black and white picture in
        which each pixel is white by the chance that its grey says. The more samples, the nearer.
        """
        import torch  # seconds, for whoever asks

        from artengine_image.autoencoder.learning import measured

        net = self._trained
        x = torch.from_numpy(np.stack([self.seen(work) for work in works]))
        if self.options.likelihood == "bernoulli":
            x = 2 * torch.bernoulli((x + 1) / 2, generator=torch.Generator().manual_seed(0)) - 1
        labels = torch.tensor([self.label_of(work) for work in works])
        found: Array = np.concatenate([measured(net, x[i:i + 16], labels[i:i + 16], samples)[:, 2]
                                       for i in range(0, len(x), 16)])
        return found

    def score(self, works: Sequence[Image]) -> list[tuple[float, int]]:
        """How surprised the model is by each work: (nats, values of its pixels)."""
        if not works:
            return []
        values = int(np.prod(self.seen(works[0]).shape))
        return [(-float(nats), values) for nats in self.bound(works, 16)]

    @cached_property
    def _trained(self) -> AutoEncoder:
        import torch

        net = self.network(self.model.header)
        own = net.state_dict()
        net.load_state_dict({name: torch.from_numpy(np.array(self.arrays[name], np.float32)) for name in own})
        return net.eval()

    # ---- parts

    @cached_property
    def _mixture(self) -> Mixture:
        return self.sound(lambda: Mixture.of(self.arrays))

    def _posterior(self, work: Image, label: int | None) -> tuple[Array, Array, int]:
        """Mean and standard deviation of a work's latent, and the label it was told.  (Z,) twice"""
        label = self.label_of(work) if label is None else label
        seen = self.seen(work)
        features = self.sound(lambda: self._features(seen))
        if label >= 0:
            features = features + self.arrays["labels.weight"][:, label]
        mean, spread = np.split(features, 2)
        return mean, np.exp(np.clip(spread, NARROWEST, WIDEST) / 2), label

    def _features(self, x: Array) -> Array:
        patch = round((self.arrays["encoder.colours.weight"].shape[1] / len(x)) ** 0.5)
        return convolutions.encoder(self.arrays, "encoder.", convolutions.unshuffled(x, patch))
