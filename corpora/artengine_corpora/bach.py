"""The four-part chorales of Johann Sebastian Bach that come with music21, read by our own MusicXML reader."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from artengine.api import Run
from artengine.corpus import fingerprint_files
from artengine.errors import ArtengineError
from artengine.works import Score
from artengine_corpora.folk import music21_folder
from artengine_music import files

_PARTS = 4


class BachChorales:
    """The chorales in four parts: voices 0 soprano, 1 alto, 2 tenor, 3 bass; those with instruments of their own are left out."""

    licence = ("Compositions in the public domain; encodings by Margaret Greentree, distributed with music21 by permission "
               "(see music21/corpus/license.txt)")

    def __init__(self, source: Path | None, options: Any, run: Run) -> None:
        self.folder = music21_folder() / "bach"
        self.run = run

    def pieces(self) -> Sequence[str]:
        """The files."""
        return sorted(path.name for path in self.folder.glob("bwv*.mxl"))

    def read(self, piece: str) -> Iterable[Score]:
        """The chorale of one file.

        :raises ArtengineError: where it is not in four parts.
        """
        (score,) = files.read(self.folder / piece)
        voices = {note.voice for note in score.notes}
        if voices != set(range(_PARTS)):
            raise ArtengineError(f"{piece} has {len(voices)} parts.", "Only four-part chorales are taken.")
        score.labels.update(collection="Bach chorales", composer="Johann Sebastian Bach", source=piece)
        yield score

    def __iter__(self) -> Iterator[Score]:
        for piece in self.pieces():
            try:
                yield from self.read(piece)
            except ArtengineError as error:
                self.run.skip(piece, error.wrong)

    def fingerprint(self) -> str:
        """Digest of the files' content."""
        return fingerprint_files(self.folder / piece for piece in self.pieces())
