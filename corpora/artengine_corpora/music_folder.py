"""Any folder or file of MIDI, ABC or MusicXML, by its path."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from artengine.api import Run
from artengine.corpus import fingerprint_files, walk
from artengine.errors import ArtengineError
from artengine.works import Score
from artengine_corpora import licence
from artengine_music import files


class MusicFolder:
    """The music in a folder and the folders below it, in the order of the paths; hidden files are passed over."""

    def __init__(self, source: Path | None, options: Any, run: Run) -> None:
        if source is None:
            raise ArtengineError("This corpus needs a folder.",
                                 "Name a folder or a file of music, for example --corpus ./my-tunes.")
        if not source.exists():
            raise ArtengineError(f"{source} does not exist.", "Check the path.")
        self.source = source
        self.folder = source if source.is_dir() else source.parent
        self.run = run

    @property
    def licence(self) -> str:
        """What a licence file in the folder says, else that it is for the owner to say."""
        return licence.stated(self.folder)

    def pieces(self) -> Sequence[str]:
        """The files, as paths below the folder."""
        return [path.relative_to(self.folder).as_posix() for path in walk(self.source, files.FORMATS)]

    def read(self, piece: str) -> Iterable[Score]:
        """The music of one file.

        :raises ArtengineError: where there is none.
        """
        scores = files.read(self.folder / piece)
        for score in scores:
            score.labels.setdefault("source", piece)
        return scores

    def __iter__(self) -> Iterator[Score]:
        for piece in self.pieces():
            try:
                yield from self.read(piece)
            except ArtengineError as error:
                self.run.skip(piece, error.wrong)

    def fingerprint(self) -> str:
        """Digest of the files' content."""
        return fingerprint_files(self.folder / piece for piece in self.pieces())
