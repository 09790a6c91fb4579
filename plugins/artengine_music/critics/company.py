"""Which model a critic measures by: the one that made the works, or the one that ships."""

from __future__ import annotations

from collections.abc import Callable

from artengine.errors import ArtengineError
from artengine.models import Model


def model_with(model: Model | None, suits: Callable[[Model], bool], critic: str) -> Model:
    """*model* where it has what the critic needs, else the model that ships with ``melody-rnn``.

    :raises ArtengineError: where neither has.
    """
    if model is not None and suits(model):
        return model
    from artengine import models, plugins  # the engine's finders, needed only without a model

    part = plugins.load("melody-rnn", "generator")
    for path in models.shipped(part).values():
        if path.exists():
            default = Model.load(path, part)
            if suits(default):
                return default
    raise ArtengineError(f'The critic "{critic}" has no model to measure by.',
                         "Name one that melody-rnn was trained to with --model, or leave the critic out.")
