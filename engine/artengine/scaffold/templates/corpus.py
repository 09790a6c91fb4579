"""my-part: the works in a file, or in the files of a folder and those below it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from artengine.api import Run
from artengine.corpus import fingerprint_files, walk
from artengine.errors import ArtengineError
from artengine.scaffold.templates.plugin_corpus_music import CorpusOptions
from artengine.scaffold.templates.read_music import FORMATS, read_file
from artengine.works import Score


class MyPart:
    """Reads files, in the order of their paths. The engine reads the *pieces* on all cores."""

    licence = "as the files' owner states"

    def __init__(self, source: Path | None, options: CorpusOptions, run: Run) -> None:
        if source is None or not source.exists():
            raise ArtengineError(f'There is nothing at "{source or ""}".', "Name a file or folder, as in --corpus ./mine.")
        self.source, self.options, self.run = source, options, run
        self.folder = source if source.is_dir() else source.parent

    def pieces(self) -> Sequence[str]:
        """The files, as paths below the folder."""
        return [path.relative_to(self.folder).as_posix() for path in walk(self.source, FORMATS)]

    def read(self, piece: str) -> list[Score]:
        """The works of one file; raises ArtengineError where it cannot be read."""
        return read_file(self.folder / piece, self.options)

    def __iter__(self) -> Iterator[Score]:
        for piece in self.pieces():
            try:
                yield from self.read(piece)
            except ArtengineError as error:
                self.run.skip(piece, error.wrong)

    def fingerprint(self) -> str:
        """Digest of the files' content."""
        return fingerprint_files(self.folder / piece for piece in self.pieces())
