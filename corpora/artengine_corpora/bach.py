"""The four-part chorales of Johann Sebastian Bach that come with music21, read by our own MusicXML reader."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from artengine.api import Run
from artengine.corpus import fingerprint_files
from artengine.errors import ArtengineError
from artengine.works import Score
from artengine_corpora.folk import music21_folder
from artengine_music import files

_SINGERS = ("soprano", "alto", "tenor", "bass")
_CHOIR = 52  # General MIDI program


class BachChorales:
    """The chorales in four parts: voices 0 soprano, 1 alto, 2 tenor, 3 bass; instruments are left out, and so
    are pieces that have not four singing parts."""

    licence = ("Compositions in the public domain; encodings by Margaret Greentree, distributed with music21 by permission "
               "(see music21/corpus/license.txt)")

    def __init__(self, source: Path | None, options: Any, run: Run) -> None:
        self.folder = music21_folder() / "bach"
        self.run = run

    def pieces(self) -> Sequence[str]:
        """The files."""
        return sorted(path.name for path in self.folder.glob("bwv*.mxl"))

    def read(self, piece: str) -> Iterable[Score]:
        """The chorale of one file: its four singing parts; nothing where it has not four."""
        (score,) = files.read(self.folder / piece)
        sung = [i for i, name in enumerate(score.voices) if name.lower().startswith(_SINGERS)]
        chosen = {voice: i for i, voice in enumerate(sung if len(sung) == len(_SINGERS) else range(len(score.voices)))}
        if len(chosen) != len(_SINGERS):
            return
        notes = tuple(n._replace(voice=chosen[n.voice]) for n in score.notes if n.voice in chosen)
        labels = {"collection": "Bach chorales", "composer": "Johann Sebastian Bach", "source": piece}
        yield replace(score, notes=notes, voices=tuple(name.title() for name in _SINGERS),
                      programs=(_CHOIR,) * len(_SINGERS), title="", labels=labels)

    def __iter__(self) -> Iterator[Score]:
        for piece in self.pieces():
            try:
                yield from self.read(piece)
            except ArtengineError as error:
                self.run.skip(piece, error.wrong)

    def fingerprint(self) -> str:
        """Digest of the files' content."""
        return fingerprint_files(self.folder / piece for piece in self.pieces())
