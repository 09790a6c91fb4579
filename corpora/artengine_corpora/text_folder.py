"""Any folder or file of text, by its path."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from artengine.api import Opt, Run
from artengine.corpus import fingerprint_files, walk
from artengine.errors import ArtengineError
from artengine.works import Text
from artengine_corpora import licence
from artengine_text import reading

_SPLITS = {"auto": "", "line": "line", "rules": "rule", "numbers": "number", "gaps": "gap", "blanks": "blank",
           "files": "whole"}


@dataclass(frozen=True)
class TextOptions:
    """How files are read."""

    split: Annotated[str, Opt("What parts the poems in plain text: found out by itself, every line a poem, rules such as "
                              "***, titles that are numbers, two empty lines, one empty line, or nothing: a file is a poem.",
                              choices=tuple(_SPLITS))] = "auto"
    language: Annotated[str, Opt("Language of all of it, such as en or zh-Hant, where it is not to be guessed.")] = ""


class TextFolder:
    """The texts in a folder and the folders below it, in the order of the paths; hidden files are passed over."""

    def __init__(self, source: Path | None, options: TextOptions | None, run: Run) -> None:
        if source is None:
            raise ArtengineError("This corpus needs a folder.",
                                 "Name a folder or a file of poems, for example --corpus ./my-poems.")
        if not source.exists():
            raise ArtengineError(f"{source} does not exist.", "Check the path.")
        self.source = source
        self.folder = source if source.is_dir() else source.parent
        self.options = options or TextOptions()
        self.run = run

    @property
    def licence(self) -> str:
        """What a licence file in the folder says, else that it is for the owner to say."""
        return licence.stated(self.folder)

    def _files(self) -> list[Path]:
        """All readable files but those that speak of the folder itself."""
        found = walk(self.source, reading.FORMATS)
        about = {"license", "licence", "readme", "copying", "notice"}
        return [p for p in found if p.stem.lower() not in about or p == self.source]

    def pieces(self) -> Sequence[str]:
        """The files, as paths below the folder; a long file in ranges of bytes."""
        split = _SPLITS[self.options.split]
        return [reading.named(path.relative_to(self.folder).as_posix(), span)
                for path in self._files() for span in reading.pieces(path, split)]

    def read(self, piece: str) -> Iterable[Text]:
        """The poems of one piece.

        :raises ArtengineError: where it cannot be read.
        """
        name, start, end = (piece, 0, None) if (self.folder / piece).is_file() else reading.located(piece)
        for text in reading.read(self.folder / name, start, end, _SPLITS[self.options.split]):
            text.labels.setdefault("source", name)
            yield Text(text.body, text.title, self.options.language or text.language, text.labels)

    def __iter__(self) -> Iterator[Text]:
        for piece in self.pieces():
            try:
                yield from self.read(piece)
            except ArtengineError as error:
                self.run.skip(piece, error.wrong)

    def fingerprint(self) -> str:
        """Digest of the files' content."""
        return fingerprint_files(self._files())
