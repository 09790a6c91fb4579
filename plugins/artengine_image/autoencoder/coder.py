"""A generator of pictures with a latent space, whatever draws them: numpy alone; torch comes in with training and bounds.

A latent has the Z numbers of the picture and one for each label (1 for the label it has): a walk may lead from one label to
another.

Axes: n works, C colours, H rows, W columns, Z latent numbers, L labels, d = Z + L.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from artengine.api import Run
from artengine.errors import ArtengineError, Interrupted, nearest
from artengine.models import Model
from artengine.works import Image
from artengine_image import convolutions
from artengine_image.autoencoder.settings import Controls, Options
from artengine_image.density import Mixture

if TYPE_CHECKING:
    from artengine_image.autoencoder.learning import Learner
    from artengine_image.autoencoder.network import AutoEncoder

Array = np.ndarray
NARROWEST, WIDEST = -8.0, 4.0  # log variances of a latent, as in training


class PictureCoder:
    """Encodes, draws latents and judges likelihoods; :meth:`draw` and :meth:`network` are a generator's own."""

    def __init__(self, model: Model, run: Run) -> None:
        self.model, self.run = model, run
        self.options: Options = model.options

    def draw(self, z: Array, controls: Any) -> Array:
        """The picture of a latent.  (d,) -> uint8 (H, W, C)

        :raises Interrupted: where the run was asked to stop meanwhile.
        """
        raise NotImplementedError

    def network(self, facts: Mapping[str, Any]) -> AutoEncoder:
        """The network to train, of what :func:`artengine_image.preparing.prepare` says of the corpus."""
        raise NotImplementedError

    # ---- learning

    @property
    def encoder(self) -> str:
        """Version of :meth:`prepare`."""
        from artengine_image.preparing import version  # only training needs it

        return version(self.options)

    def prepare(self, works: Iterable[Image]) -> Mapping[str, Array]:
        """See :func:`artengine_image.preparing.prepare`."""
        from artengine_image.preparing import prepare  # as above

        return prepare(works, self.run, self.options)

    def learner(self, arrays: Mapping[str, Array], run: Run) -> Learner:
        """A training over *arrays*."""
        from artengine_image.autoencoder.learning import Learner  # torch: seconds that a rendering must not pay

        return Learner(self.options, arrays, run, self.network)

    # ---- the latent space

    @property
    def latent_dim(self) -> int:
        """d."""
        return self.options.latent + len(self.classes)

    @property
    def classes(self) -> list[str]:
        """The labels it has learnt."""
        return list(self.model.header.get("classes", []))

    @property
    def size(self) -> tuple[int, int]:
        """(W, H) that was learnt."""
        width, height = self.model.header["size"]
        return width, height

    @cached_property
    def arrays(self) -> dict[str, Array]:
        """The model's weights, all read.

        :raises ArtengineError: where the model is damaged.
        """
        arrays = {name: self.model.weights[name] for name in self.model.weights}
        if not arrays or not all(np.isfinite(array).all() for array in arrays.values()):
            raise self._damaged("some of its weights are not numbers" if arrays else "it has no weights")
        return arrays

    def render(self, controls: Controls, seeds: Sequence[int]) -> Iterator[Image]:
        """Yield one picture per seed."""
        for seed in seeds:
            if self.run.stopped():
                return
            try:
                made = self.decode(self.latents([seed], controls), controls)
            except Interrupted:
                return
            yield from made

    def latents(self, seeds: Sequence[int], controls: Controls) -> Array:
        """What :meth:`render` draws for these seeds: from the density of the corpus, or near a picture.  (n, d)

        :raises ArtengineError: where there is no such label, or the picture cannot be encoded.
        """
        label = self._number(controls.label)
        near = self._posterior(controls.reconstruct, label) if controls.reconstruct is not None else None
        found = np.zeros((len(seeds), self.latent_dim), np.float32)
        for row, seed in zip(found, seeds, strict=True):
            generator = np.random.Generator(np.random.Philox(seed))
            if near:
                mean, deviation, chosen = near
                z = mean + controls.temperature * deviation * generator.standard_normal(len(mean), np.float32)
            else:
                chosen = self._drawn(generator) if label is None else label
                z = self._mixture.draw(generator, chosen, controls.temperature)
            row[:] = self._with_label(z, chosen)
        return found

    def encode(self, works: Sequence[Image]) -> Array:
        """The middle of what the encoder makes of each, with its label where it has one that was learnt.  (n, d)"""
        rows = [self._with_label(mean, label) for mean, _, label in (self._posterior(work, None) for work in works)]
        return np.stack(rows) if rows else np.empty((0, self.latent_dim), np.float32)

    def decode(self, z: Array, controls: Any = None) -> list[Image]:
        """Pictures of latents.  (n, d)"""
        from artengine_image.preparing import from_learnt  # with Pillow's neighbours, once there is a picture

        works = []
        for given in np.asarray(z, np.float32):
            told = np.clip(given[self.options.latent:], 0, 1)  # a walk round a loop goes below nought
            row = np.concatenate((given[:self.options.latent], told))
            best = int(told.argmax()) if told.size and told.max() > 0.5 else -1
            labels = {self.model.header["label"]: self.classes[best]} if best >= 0 else {}
            title = self.classes[best].replace("-", " ").capitalize() if best >= 0 else "Picture"
            works.append(Image(from_learnt(self._sound(lambda row=row: self.draw(row, controls))), title, labels))
        return works

    # ---- likelihood

    def bound(self, works: Sequence[Image], samples: int = 64) -> Array:
        """Lower bounds of log p(work), nats, importance-weighted over so many *samples* (IWAE: Burda et al. 2016).  (n,)

        For ``gaussian`` of the work's bytes at the size that was learnt, for ``bernoulli`` of a black and white picture in
        which each pixel is white by the chance that its grey says. The more samples, the nearer.
        """
        import torch  # seconds, for whoever asks

        from artengine_image.autoencoder.learning import measured

        net = self._trained
        x = torch.from_numpy(np.stack([self._seen(work) for work in works]))
        if self.options.likelihood == "bernoulli":
            x = 2 * torch.bernoulli((x + 1) / 2, generator=torch.Generator().manual_seed(0)) - 1
        labels = torch.tensor([self._label_of(work) for work in works])
        found: Array = np.concatenate([measured(net, x[i:i + 16], labels[i:i + 16], samples)[:, 2]
                                       for i in range(0, len(x), 16)])
        return found

    def score(self, works: Sequence[Image]) -> list[tuple[float, int]]:
        """How surprised the model is by each work: (nats, values of its pixels)."""
        if not works:
            return []
        values = int(np.prod(self._seen(works[0]).shape))
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
        return self._sound(lambda: Mixture.of(self.arrays))

    def _drawn(self, generator: np.random.Generator) -> int:
        """A label as often as the corpus has it."""
        shares = self.model.header.get("shares", [])
        if not shares:
            return -1
        ends = np.cumsum(shares)
        return min(int(np.searchsorted(ends, generator.random() * ends[-1], side="right")), len(shares) - 1)

    def _number(self, label: str) -> int | None:
        if not label:
            return None
        if label not in self.classes:
            have = f"It knows {', '.join(self.classes[:40])}." if self.classes else "It was learnt without any."
            raise ArtengineError(f'The model {self.model.name} has no label "{label}".',
                                 f"{nearest(label, self.classes)} {have}".strip())
        return self.classes.index(label)

    def _label_of(self, work: Image) -> int:
        name = work.labels.get(self.model.header.get("label", ""), "")
        return self.classes.index(name) if name in self.classes else -1

    def _with_label(self, z: Array, label: int) -> Array:
        told = np.zeros(len(self.classes), np.float32)
        if label >= 0:
            told[label] = 1
        return np.concatenate((z, told)).astype(np.float32)

    def _seen(self, work: Image) -> Array:
        """A work as the network sees it.  (C, H, W) from -1 to 1"""
        from artengine.pictures.fitting import fit  # as above
        from artengine_image.preparing import as_learnt, rgba_of

        learnt = as_learnt(rgba_of(fit(work, *self.size, self.options.fit).pixels), self.model.header["mode"])
        return np.ascontiguousarray(learnt.transpose(2, 0, 1).astype(np.float32) / np.float32(127.5) - 1)

    def _posterior(self, work: Image, label: int | None) -> tuple[Array, Array, int]:
        """Mean and standard deviation of a work's latent, and the label it was told.  (Z,) twice"""
        label = self._label_of(work) if label is None else label
        seen = self._seen(work)
        features = self._sound(lambda: self._features(seen))
        if label >= 0:
            features = features + self.arrays["labels.weight"][:, label]
        mean, spread = np.split(features, 2)
        return mean, np.exp(np.clip(spread, NARROWEST, WIDEST) / 2), label

    def _features(self, x: Array) -> Array:
        patch = round((self.arrays["encoder.colours.weight"].shape[1] / len(x)) ** 0.5)
        return convolutions.encoder(self.arrays, "encoder.", convolutions.unshuffled(x, patch))

    def _sound(self, make: Any) -> Any:
        try:
            return make()
        except (KeyError, ValueError, IndexError) as error:
            raise self._damaged(f"its weights do not fit together: {error}") from error

    def _damaged(self, how: str) -> ArtengineError:
        return ArtengineError(f"The model {self.model.name or self.model.part} is damaged: {how}.",
                              "Take another with --model, or train it again; `artengine models` lists those there are.")
