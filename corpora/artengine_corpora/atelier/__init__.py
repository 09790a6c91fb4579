"""The atelier: pictures painted by this project's own code, one for every seed, at any size.

>>> from artengine_corpora.atelier import Atelier
>>> picture = Atelier.paint(7, "ink", 96, 64)
>>> picture.width, picture.height, sorted(picture.labels)
(96, 64, ['caption', 'mood', 'palette', 'school'])
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from artengine_corpora.atelier.corpus import Atelier as Atelier
    from artengine_corpora.atelier.options import SCHOOLS as SCHOOLS
    from artengine_corpora.atelier.options import Options as Options
    from artengine_corpora.atelier.painting import VERSION as VERSION
    from artengine_corpora.atelier.painting import paint as paint
    from artengine_corpora.atelier.palettes import MOODS as MOODS
    from artengine_corpora.atelier.palettes import PALETTES as PALETTES

_HOMES = {"Atelier": "corpus", "Options": "options", "SCHOOLS": "options", "VERSION": "painting", "paint": "painting",
          "MOODS": "palettes", "PALETTES": "palettes"}


def __getattr__(name: str) -> Any:
    # Late, so that a listing of the corpora, which asks for the options, does not pay for numpy.
    if name not in _HOMES:
        raise AttributeError(name)
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
