"""Which model a critic measures by: the one that made the works, or one that ships and speaks their language."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property

from artengine.errors import ArtengineError
from artengine.models import Model
from artengine.works import Text
from artengine_text.languages import guess


def language_of(text: Text) -> str:
    """The language of a text without script and region: as it says, else a guess; empty where it does not show."""
    return (text.language or guess(text.body)).partition("-")[0].lower()


class Company:
    """The models that a critic has to measure by.

    :param model: the one that made the works, where it is known.
    :param suits: whether a model has what the critic needs.
    :raises ArtengineError: where neither *model* nor any that ships has.
    """

    def __init__(self, model: Model | None, suits: Callable[[Model], bool], critic: str) -> None:
        self.given = model if model is not None and suits(model) else None
        self.suits = suits
        if self.given is None and not self.shipped:
            raise ArtengineError(f'The critic "{critic}" has no model to measure by.',
                                 "Name one that was trained on verse with --model, or leave the critic out.")

    def of(self, text: Text) -> Model:
        """The given model, else a shipped one of the text's language, else the first."""
        if self.given is not None:
            return self.given
        wanted = language_of(text)
        return next((m for m in self.shipped if m.header.get("language") == wanted), self.shipped[0])

    @cached_property
    def shipped(self) -> Sequence[Model]:
        """What ships with generators of text and has what is needed, in a fixed order."""
        from artengine import models, plugins  # the engine's finders, needed only without a model

        found = []
        for name in plugins.find("generator", medium="text"):
            part = plugins.load(name, "generator")
            for path in models.shipped(part).values():
                if path.exists():
                    model = Model.load(path, part)
                    if self.suits(model):
                        found.append(model)
        return found
