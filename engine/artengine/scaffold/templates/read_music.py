"""How my-part reads a tune book.

A line a tune, its title before a colon: ``Up and down: C4 D4 E4/2 D4/2 C4*2``. See ``artengine.works.notation`` for how
notes are written. Empty lines and those that begin with # are passed over.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from artengine.errors import ArtengineError
from artengine.scaffold.templates.plugin_corpus_music import CorpusOptions
from artengine.works import Score
from artengine.works.notation import parse

FORMATS = ("notes",)


def read_file(path: Path, options: CorpusOptions) -> list[Score]:
    """The tunes in a file."""
    scores = []
    try:
        lines = path.read_text("utf-8").splitlines()
    except UnicodeDecodeError as error:
        raise ArtengineError("it is no text.", "Save it as UTF-8.") from error
    for number, line in enumerate(lines, 1):
        title, colon, notes = line.partition(":")
        if not line.strip() or line.startswith("#"):
            continue
        if not colon:
            raise ArtengineError(f"line {number} has no colon after a title.", "Write `Title: C4 D4 E4`.")
        score = parse(" ".join([notes] * options.repeat))
        scores.append(replace(score, title=title.strip(), labels={"source": f"{path.name}, line {number}"}))
    return scores
