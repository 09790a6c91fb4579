"""The latent space of a generator, with the controls of one walk: latents of seeds and files, and works of latents."""

from __future__ import annotations

import base64
import inspect
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from artengine import plugins
from artengine.errors import ArtengineError, Interrupted
from artengine.nn import walks

if TYPE_CHECKING:
    from artengine.api import Part
    from artengine.models import Model
    from artengine.runs import LocalRun
    from artengine.works import Work

TILE = 16  # latents decoded at once: always the same, since other tiles round otherwise
Point = int | str
"""A place in the space: a seed, or a latent as text (see :func:`packed`)."""


def walkable(name: str) -> Part:
    """The generator *name*, if it has a latent space.

    :raises ArtengineError: otherwise, naming those that have one.
    """
    from artengine.planning import generator  # which finds the words for an unknown one

    part = generator(name)
    if not _latent(part):
        others = []
        for other in plugins.find("generator"):
            try:
                if _latent(plugins.load(other, "generator")):
                    others.append(other)
            except ArtengineError:
                continue  # a broken plugin is no candidate
        have = f"These have one: {', '.join(others)}." if others else "None that is installed has one."
        raise ArtengineError(f"{name} has no latent space to walk in.", have)
    return part


def _latent(part: Part) -> bool:
    target = plugins.target(part)
    return hasattr(target, "encode") and hasattr(target, "decode")


def packed(z: np.ndarray) -> str:
    """A latent as text, for a recipe.  (d,)"""
    return base64.b64encode(z.astype("<f4").tobytes()).decode()


class Space:
    """A generator ready to be walked in; whatever breaks the contract becomes an error that names the package."""

    def __init__(self, part: Part, model: Model, controls: Any, run: LocalRun) -> None:
        self.part, self.model, self.controls, self.run = part, model, controls, run
        self.generator: Any = plugins.target(part)(model, run)
        self.steered = "controls" in inspect.signature(self.generator.decode).parameters
        self.done, self.total = 0, 0

    @property
    def takes_controls(self) -> bool:
        """Controls make a difference to a walk."""
        return self.steered or hasattr(self.generator, "latents")

    def latents(self, seeds: Sequence[int]) -> np.ndarray:
        """The latents of seeds, as ``render`` decodes them.  (n, d) float32"""
        if hasattr(self.generator, "latents"):
            return self._sound(self.generator.latents(seeds, self.controls), len(seeds), "latents")
        return walks.normal(seeds, self.generator.latent_dim)

    def encode(self, works: Sequence[Work]) -> np.ndarray:
        """The latents of works.  (n, d) float32"""
        found = []
        for first in range(0, len(works), TILE):
            self.look_up()
            tile = works[first:first + TILE]
            found.append(self._sound(self.generator.encode(tile), len(tile), "encode"))
        return np.concatenate(found)

    def decode(self, z: np.ndarray) -> Iterator[Work]:
        """The works of latents, made a tile at a time.  (n, d)

        :raises Interrupted: where the run was asked to stop.
        """
        for first in range(0, len(z), TILE):
            tile = np.ascontiguousarray(z[first:first + TILE], np.float32)
            self.look_up()
            works = list(self.generator.decode(tile, self.controls) if self.steered else self.generator.decode(tile))
            if len(works) != len(tile):
                raise self._broken(f"decode() of {len(tile)} latents gave {len(works)} works")
            for work in works:
                yield work
                self.done += 1
                self.run.report(self.done, self.total or None)

    def begin(self, total: int) -> None:
        """Count works from here on: *total* are to be decoded."""
        self.done, self.total = 0, total

    def look_up(self) -> None:
        """Leave, where the person asked to stop."""
        if self.run.stopped():
            raise Interrupted("Stopped; nothing was written.", "Start again when you like.")

    def place(self, point: Point) -> np.ndarray:
        """The latent of a point of a recipe.  (d,)"""
        if isinstance(point, int):
            found: np.ndarray = self.latents([point])[0]
            return found
        return np.frombuffer(base64.b64decode(point), "<f4")

    def point(self, given: int | str | Path | Work, flag: str) -> Point:
        """The point that a person named: a seed, a file or a work.

        :raises ArtengineError: where it is neither, or of another medium.
        """
        text = str(given)
        if isinstance(given, int) or (isinstance(given, str) and text.isascii() and text.lstrip("-").isdigit()):
            from artengine.planning import LARGEST_SEED

            if not 0 <= int(text) <= LARGEST_SEED:
                raise ArtengineError(f"{flag} {text} is out of range.", "Give a whole number from 0 up to 2^63.")
            return int(text)
        if not isinstance(given, str | Path):
            return self._encoded(given, flag)
        return self._file(Path(text).expanduser(), flag)

    def _file(self, path: Path, flag: str) -> Point:
        from artengine import critics as judging  # whose reader of files this is
        from artengine import recipe as recipes

        try:
            works = judging.read(path)
        except ArtengineError as error:
            raise ArtengineError(f"{flag}: {error.wrong}", f"{error.advice} Or give a seed, a whole number.") from error
        if len(works) != 1:
            raise ArtengineError(f'{flag}: "{path}" holds {len(works)} works.', "Give a file with one.")
        try:
            _, recipe = recipes.read(path)
        except ArtengineError:
            return self._encoded(works[0], f'{flag} "{path}"')
        ours = recipe.plugin == self.part.name and (recipe.model or {}).get("sha256", "") == self.model.sha256
        # A work of our own is gone back to exactly, unless it was edited since; what encode finds is only near it.
        if ours and not recipe.walk and next(self.decode(self.latents([recipe.seed]))) == works[0]:
            return recipe.seed
        return self._encoded(works[0], f'{flag} "{path}"')

    def _encoded(self, work: Work, flag: str) -> str:
        if work.medium != self.part.medium:
            raise ArtengineError(f"{flag} is {_noun(work.medium)}, and {self.part.name} makes {_noun(self.part.medium)}.",
                                 "Give a file of that medium, or a seed, a whole number.")
        return packed(self.encode([work])[0])

    def _sound(self, z: Any, n: int, method: str) -> np.ndarray:
        found = np.asarray(z, np.float32)
        if found.shape != (n, self.generator.latent_dim):
            raise self._broken(f"{method}() gave {found.shape}, not ({n}, {self.generator.latent_dim})")
        if not np.isfinite(found).all():
            raise self._broken(f"{method}() gave numbers that are not finite")
        return found

    def _broken(self, what: str) -> ArtengineError:
        package, version = plugins.package_of(self.part.name)
        return ArtengineError(f'"{self.part.name}" of {package} {version}: {what}.',
                              f"That is a fault in {package}, or the model is damaged: tell its author.")


def _noun(medium: str) -> str:
    return {"image": "a picture", "music": "a piece of music", "text": "a text"}[medium]
