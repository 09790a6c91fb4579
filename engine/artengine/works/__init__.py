"""Works: finished pieces as values. numpy and plain Python, never torch.

Every work can be turned into plain data and back (:meth:`to_data`, ``from_data``), which is how a recipe keeps a primer.
"""

from __future__ import annotations

from typing import Any

from artengine.errors import ArtengineError
from artengine.works.image import Image
from artengine.works.score import Key, Meter, Note, Score, Tempo
from artengine.works.text import Text

Work = Image | Score | Text

_TYPES: dict[str, type[Image] | type[Score] | type[Text]] = {t.medium: t for t in (Image, Score, Text)}


def from_data(data: dict[str, Any]) -> Work:
    """The work that ``work.to_data()`` described.

    :raises ArtengineError: where *data* describes no work this version knows.
    """
    try:
        return _TYPES[data["medium"]].from_data(data)
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise ArtengineError(f"This does not describe a work: {error!r}.", "Render it again from its seed.") from error


__all__ = ["Image", "Key", "Meter", "Note", "Score", "Tempo", "Text", "Work", "from_data"]
