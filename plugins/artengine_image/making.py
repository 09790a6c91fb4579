"""What generators of pictures with a latent space share: their model, its labels, and rendering seed by seed. numpy alone.

A latent has the numbers of the picture and one for each label (1 for the label it has): a walk may lead from one label to
another.

Axes: n works, C colours, H rows, W columns, L labels, d latent numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, TypeVar

import numpy as np

from artengine.api import Run
from artengine.errors import ArtengineError, Interrupted, nearest
from artengine.models import Model
from artengine.works import Image

Array = np.ndarray
T = TypeVar("T")


class PictureMaker:
    """A generator of pictures; :meth:`draw`, :meth:`latents`, :attr:`latent_dim` and training are its own."""

    def __init__(self, model: Model, run: Run) -> None:
        self.model, self.run = model, run
        self.options: Any = model.options

    def draw(self, z: Array, controls: Any) -> Array:
        """The picture of a latent.  (d,) -> uint8 (H, W, C)

        :raises Interrupted: where the run was asked to stop meanwhile.
        """
        raise NotImplementedError

    def latents(self, seeds: Sequence[int], controls: Any) -> Array:
        """What :meth:`render` draws for these seeds.  (n, d)"""
        raise NotImplementedError

    @property
    def latent_dim(self) -> int:
        """d."""
        raise NotImplementedError

    # ---- preparing

    @property
    def encoder(self) -> str:
        """Version of :meth:`prepare`."""
        from artengine_image.preparing import version  # only training needs it

        return version(self.options)

    def prepare(self, works: Iterable[Image]) -> Mapping[str, Array]:
        """See :func:`artengine_image.preparing.prepare`."""
        from artengine_image.preparing import prepare  # as above

        return prepare(works, self.run, self.options)

    # ---- the model

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
            raise self.damaged("some of its weights are not numbers" if arrays else "it has no weights")
        return arrays

    # ---- making

    def render(self, controls: Any, seeds: Sequence[int]) -> Iterator[Image]:
        """Yield one picture per seed."""
        for seed in seeds:
            if self.run.stopped():
                return
            try:
                made = self.decode(self.latents([seed], controls), controls)
            except Interrupted:
                return
            yield from made

    def decode(self, z: Array, controls: Any = None) -> list[Image]:
        """Pictures of latents.  (n, d)"""
        from artengine_image.preparing import from_learnt  # with Pillow's neighbours, once there is a picture

        works = []
        for given in np.asarray(z, np.float32):
            cut = len(given) - len(self.classes)
            told = np.clip(given[cut:], 0, 1)  # a walk round a loop goes below nought
            row = np.concatenate((given[:cut], told))
            best = int(told.argmax()) if told.size and told.max() > 0.5 else -1
            labels = {self.model.header["label"]: self.classes[best]} if best >= 0 else {}
            title = self.classes[best].replace("-", " ").capitalize() if best >= 0 else "Picture"
            works.append(Image(from_learnt(self.sound(lambda row=row: self.draw(row, controls))), title, labels))
        return works

    # ---- labels

    def label_drawn(self, generator: np.random.Generator) -> int:
        """A label as often as the corpus has it, -1 where it has none."""
        shares = self.model.header.get("shares", [])
        if not shares:
            return -1
        ends = np.cumsum(shares)
        return min(int(np.searchsorted(ends, generator.random() * ends[-1], side="right")), len(shares) - 1)

    def label_number(self, label: str) -> int | None:
        """The number of a label by name, ``None`` for no name.

        :raises ArtengineError: where there is no such label.
        """
        if not label:
            return None
        if label not in self.classes:
            have = f"It knows {', '.join(self.classes[:40])}." if self.classes else "It was learnt without any."
            raise ArtengineError(f'The model {self.model.name} has no label "{label}".',
                                 f"{nearest(label, self.classes)} {have}".strip())
        return self.classes.index(label)

    def label_of(self, work: Image) -> int:
        """The number of a work's own label, -1 where it has none that was learnt."""
        name = work.labels.get(self.model.header.get("label", ""), "")
        return self.classes.index(name) if name in self.classes else -1

    def with_label(self, z: Array, label: int) -> Array:
        """A latent of the numbers of a picture and of its label.  (Z,) -> (d,)"""
        told = np.zeros(len(self.classes), np.float32)
        if label >= 0:
            told[label] = 1
        return np.concatenate((z, told)).astype(np.float32)

    # ---- parts

    def seen(self, work: Image) -> Array:
        """A work as a network sees it.  (C, H, W) from -1 to 1"""
        from artengine.pictures.fitting import fit  # with Pillow's neighbours, 30 ms
        from artengine_image.preparing import as_learnt, rgba_of

        learnt = as_learnt(rgba_of(fit(work, *self.size, self.options.fit).pixels), self.model.header["mode"])
        return np.ascontiguousarray(learnt.transpose(2, 0, 1).astype(np.float32) / np.float32(127.5) - 1)

    def sound(self, make: Callable[[], T]) -> T:
        """What *make* gives, unless the weights do not fit together."""
        try:
            return make()
        except (KeyError, ValueError, IndexError) as error:
            raise self.damaged(f"its weights do not fit together: {error}") from error

    def damaged(self, how: str) -> ArtengineError:
        """What to say of a model that cannot be used."""
        return ArtengineError(f"The model {self.model.name or self.model.part} is damaged: {how}.",
                              "Take another with --model, or train it again; `artengine models` lists those there are.")
