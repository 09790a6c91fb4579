"""Poems written for this project: twelve forms in English and classical Chinese, each labelled with form and theme.

They stand in ``verses/*.txt``, one file a form, to be read and amended by people: a poem is a heading and its lines,

    # Title / theme / ...

and what follows the theme depends on the form (``_FORMS``). ``verses/CARD.md`` says who
wrote them, and how they were checked.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from artengine.api import Run
from artengine.corpus import fingerprint_files
from artengine.works import Text

_FOLDER = Path(__file__).with_name("verses")
_FORMS: dict[str, tuple[str, str, tuple[str, ...]]] = {  # file: form as --form names it, language, labels after the theme
    "haiku": ("haiku", "en", ()),
    "tanka": ("tanka", "en", ()),
    "couplets": ("couplet", "en", ("rhyme", "metre")),
    "quatrains": ("quatrain", "en", ("rhyme", "metre")),
    "limericks": ("limerick", "en", ("rhyme", "metre")),
    "sonnets": ("sonnet", "en", ("rhyme", "metre")),
    "acrostics": ("acrostic", "en", ("word",)),
    "free": ("free", "en", ()),
    "jueju-5": ("五绝", "zh-Hant", ("rhyme", "pattern")),
    "jueju-7": ("七绝", "zh-Hant", ("rhyme", "pattern")),
    "lushi-5": ("五律", "zh-Hant", ("rhyme", "pattern")),
    "lushi-7": ("七律", "zh-Hant", ("rhyme", "pattern")),
}


class Verses:
    """The poems, one Text each, labelled ``form``, ``theme`` and, by form, ``rhyme``, ``metre``, ``word`` and ``pattern``.

    ``metre`` is a foot and the feet of each line, repeating (``iambic 4343``); ``rhyme`` is a scheme in letters, or for
    Chinese the class of the 106 平水韻; ``pattern`` says on which tone the first line begins and whether it rhymes.
    """

    licence = "CC0-1.0"

    def __init__(self, source: Path | None, options: Any, run: Run) -> None:
        self.run = run

    def __iter__(self) -> Iterator[Text]:
        for name, (form, language, more) in _FORMS.items():
            text = "\n" + (_FOLDER / f"{name}.txt").read_text(encoding="utf-8")
            for poem in text.split("\n# ")[1:]:
                heading, body = poem.split("\n", 1)
                title, theme, *values = heading.split(" / ")
                labels = {"form": form, "theme": theme, **dict(zip(more, values, strict=True))}
                yield Text(body.strip("\n"), title, language, labels)

    def fingerprint(self) -> str:
        """Digest of the files' bytes."""
        return fingerprint_files(_FOLDER / f"{name}.txt" for name in _FORMS)
