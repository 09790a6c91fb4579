"""About 4,300 melodies of the British Isles and North America: the folk tune books that come with music21.

Ryan's Mammoth Collection (1883), O'Neill's Music of Ireland (1850 tunes, 1903), Aird's Airs (1778–1801), and two smaller
books. Read by our own ABC reader, without importing music21: only its data files are used.
"""

from __future__ import annotations

import hashlib
import importlib.util
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, cast

from artengine.api import Run
from artengine.corpus import fingerprint_files
from artengine.errors import ArtengineError
from artengine.works import Score
from artengine_music import abc

BOOKS = {"airdsAirs": "Aird's Airs", "miscFolk": "miscellaneous", "oneills1850": "O'Neill's Music of Ireland",
         "ryansMammoth": "Ryan's Mammoth Collection"}
_TWICE = Path(__file__).with_name("folk_twice.txt")  # made by "python -m artengine_corpora.folk"


def music21_folder() -> Path:
    """Where music21 keeps its corpus, found without the 250 ms that importing music21 costs.

    :raises ArtengineError: where music21, or its corpus, is not installed.
    """
    spec = importlib.util.find_spec("music21")
    folder = Path(spec.origin).parent / "corpus" if spec and spec.origin else None
    if folder is None or not folder.is_dir():
        raise ArtengineError("This corpus lives inside the package music21, which is not installed.",
                             'Install it with "pip install music21".')
    return folder


class Folk:
    """The tunes of the four books, one Score each, those printed twice left out."""

    licence = ("Melodies in the public domain; encodings by volunteers, distributed with music21 by their permission "
               "(see music21/corpus/license.txt)")

    def __init__(self, source: Path | None, options: Any, run: Run) -> None:
        self.folder = music21_folder()
        self.run = run

    def pieces(self) -> Sequence[str]:
        """The files, as paths below music21's corpus folder."""
        return [f"{book}/{path.name}" for book in BOOKS for path in sorted((self.folder / book).glob("*.abc"))]

    def read(self, piece: str) -> Iterable[Score]:
        """The tunes of one file."""
        book = BOOKS[piece.split("/", maxsplit=1)[0]]
        for text in self.texts(piece):
            if mark(piece, text) not in self._twice:
                score = abc.read_tune(text)
                if score is not None:
                    score.labels["collection"] = book
                    yield score

    def __iter__(self) -> Iterator[Score]:
        for piece in self.pieces():
            yield from self.read(piece)

    def fingerprint(self) -> str:
        """Digest of the files' bytes."""
        return fingerprint_files(self.folder / piece for piece in self.pieces())

    def texts(self, piece: str) -> list[str]:
        """The ABC of each tune of one file."""
        return abc.tunes(abc.decode((self.folder / piece).read_bytes()))

    @cached_property
    def _twice(self) -> frozenset[str]:
        return frozenset(_TWICE.read_text(encoding="ascii").split())


def mark(piece: str, text: str) -> str:
    """What a tune is known by in the list of those printed twice."""
    return hashlib.blake2b(f"{piece}\n{text}".encode(), digest_size=8).hexdigest()


def find_twice() -> list[str]:
    """Marks of the tunes whose notes and metres all stand in an earlier place: how the list that ships was made.

    A list, because a process that reads only some of the files cannot know what stands in the others.
    """
    corpus = Folk(None, None, cast(Run, None))
    seen: set[tuple[Any, ...]] = set()
    marks = []
    for piece in corpus.pieces():
        for text in corpus.texts(piece):
            score = abc.read_tune(text)
            if score is not None:
                music = (score.notes, score.meters)
                if music in seen:
                    marks.append(mark(piece, text))
                seen.add(music)
    return marks


if __name__ == "__main__":
    _TWICE.write_text("\n".join(find_twice()) + "\n", encoding="ascii")
