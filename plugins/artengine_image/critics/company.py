"""Which model a critic measures by where the one that made the works is not known: one that ships."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from artengine.models import Model


def shipped(suits: Callable[[Model], bool]) -> Iterator[Model]:
    """The models that ship with generators of pictures and have what is needed, in a fixed order."""
    from artengine import models, plugins  # the engine's finders, needed only without a model

    for generator in plugins.find("generator", medium="image"):
        part = plugins.load(generator, "generator")
        for name, path in models.shipped(part).items():
            if path.exists():
                model = models.Model.load(path, part)
                model.name = name
                if suits(model):
                    yield model
