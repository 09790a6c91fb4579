"""Any folder or file of pictures, by its path."""

from __future__ import annotations

import csv
import hashlib
import json
import os
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

from artengine.api import Opt, Run
from artengine.corpus import digests, fingerprint_files, walk
from artengine.errors import ArtengineError
from artengine_corpora import licence

if TYPE_CHECKING:
    from artengine.works import Image
    from artengine_image.stacks import Stack

PICTURES = ("png", "jpg", "jpeg", "webp", "gif", "tif", "tiff", "bmp")
STACKS = ("npz", "gz", "idx")
TABLES = ("labels.csv", "metadata.csv")
PIECE = 1 << 20  # bytes of pictures of one array that are read, and sent between processes, at once
LONGEST = 16384  # pixels a side
AGAIN = "the same picture again"


@dataclass(frozen=True)
class Options:
    """How the pictures are read."""

    size: Annotated[str, Opt("Make every picture this many pixels wide and high; by default each keeps its own size.",
                             metavar="WxH")] = ""
    fit: Annotated[str, Opt("How a picture of another shape comes to that size.",
                            choices=("crop", "pad", "stretch"))] = "crop"
    labels: Annotated[str, Opt("Where labels come from: a labels.csv if there is one, else the names of folders.",
                               choices=("auto", "folder", "csv", "none"))] = "auto"
    frames: Annotated[bool, Opt("Take every frame of animated files, and not only the first.")] = False
    duplicates: Annotated[bool, Opt("Keep pictures that are there more than once.")] = False


class _Piece(NamedTuple):
    path: Path
    first: int = -1
    """First picture of an array; -1 for a file of one picture."""
    last: int = -1


class ImageFolder:
    """The pictures in a folder and the folders below it, in the order of the paths; hidden files are passed over.

    A picture that is there twice, by its content, is given once. Labels are columns of ``labels.csv`` (the first column
    names the file, from the folder or by its bare name), or ``label``: the folders that the file is in.
    """

    def __init__(self, source: Path | None, options: Options | None, run: Run) -> None:
        from artengine.pictures.fitting import size_of  # Pillow and numpy are for those who read

        if source is None:
            raise ArtengineError("This corpus needs a folder.",
                                 "Name a folder or a file of pictures, for example --corpus ./my-pictures.")
        if not source.exists():
            raise ArtengineError(f"{source} does not exist.", "Check the path.")
        self.source, self.options, self.run = source, options or Options(), run
        self.folder = source if source.is_dir() else source.parent
        self.size: tuple[int, int] | None = None
        self._stack: tuple[Path, Stack, dict[int, int]] | None = None  # the array read last, and its repeated pictures
        self._told = False
        if self.options.size:
            try:
                self.size = size_of(self.options.size)
            except ValueError as error:
                raise ArtengineError(f'--size "{self.options.size}" is no size of a picture.',
                                     "Give width and height in pixels, such as 96x64, or one side of a square.") from error
            if max(self.size) > LONGEST:
                raise ArtengineError(f"--size {self.options.size} is too large.", f"A side has at most {LONGEST} pixels.")

    @property
    def licence(self) -> str:
        """What a licence file in the folder says, else that it is for the owner to say."""
        return licence.stated(self.folder)

    @cached_property
    def _files(self) -> list[Path]:
        from artengine_image import stacks  # as above

        return [path for path in walk(self.source, PICTURES + STACKS) if not stacks.is_labels(path)]

    @cached_property
    def _repeated(self) -> dict[Path, Path]:
        """Files whose content was there before: path → that of the first like it."""
        if self.options.duplicates or len(self._files) == 1:
            return {}
        whole = [path for path in self._files if _readable(path)]
        first: dict[str, Path] = {}
        return {path: same for path, digest in zip(whole, digests(whole), strict=True)
                if (same := first.setdefault(digest, path)) != path}

    def pieces(self) -> Sequence[str]:
        """The files, as paths below the folder; of an array ``PATH#FIRST-LAST``, about a megabyte at a time."""
        if not self._told:
            self._told = True
            for path, same in self._repeated.items():
                self.run.skip(f"{self._name(path)} (as {self._name(same)})", AGAIN)
            self._check_table()
        return [piece for path in self._files if path not in self._repeated for piece in self._pieces(path)]

    def _name(self, path: Path) -> str:
        return path.relative_to(self.folder).as_posix()

    def _pieces(self, path: Path) -> list[str]:
        name = self._name(path)
        if path.suffix.lower().lstrip(".") not in STACKS:
            return [name]
        try:
            stack, _ = self._opened(path)
        except ArtengineError:
            return [f"{name}#0-0"]  # whose reading will say why
        step = max(1, PIECE // stack.pixels[0].nbytes)
        return [f"{name}#{i}-{min(i + step, len(stack))}" for i in range(0, len(stack), step)]

    def _opened(self, path: Path) -> tuple[Stack, dict[int, int]]:
        from artengine_image import stacks  # as above

        if self._stack is None or self._stack[0] != path:
            stack = stacks.read(path)
            self._stack = path, stack, {} if self.options.duplicates else stack.repeats()
        return self._stack[1:]

    def read(self, piece: str) -> Iterable[Image]:
        """The pictures of one piece.

        :raises ArtengineError: where there are none.
        """
        name, _, place = piece.rpartition("#")
        if name and Path(name).suffix.lower().lstrip(".") in STACKS:
            return self._of_stack(name, *map(int, place.split("-")))
        from artengine_image import reading  # as above

        works = reading.read(self.folder / piece, frames=self.options.frames, size=self.size, how=self.options.fit)
        return [self._labelled(work, piece, Path(piece).stem) for work in works]

    def _of_stack(self, name: str, first: int, last: int) -> Iterator[Image]:
        from artengine.pictures import fit  # as above

        stack, repeated = self._opened(self.folder / name)
        for i in range(first, last):
            if i in repeated:
                self.run.skip(f"{name}#{i} (as #{repeated[i]})", AGAIN)
                continue
            work = stack.work(i)
            if self.size:
                work = fit(work, *self.size, self.options.fit)
            yield self._labelled(work, f"{name}#{i}", work.title)

    def _labelled(self, work: Image, source: str, title: str) -> Image:
        from artengine.works import Image  # as above

        labels = dict(work.labels) | self._labels(source, work.title) | {"source": source}
        return Image(work.pixels, work.title or title, labels)

    def _labels(self, name: str, title: str = "") -> dict[str, str]:
        if self.options.labels != "none" and self._table:
            bare = Path(name)
            return next((self._table[key] for key in (name, title, bare.name, bare.stem) if key in self._table), {})
        folders = Path(name).parent.as_posix()
        return {"label": folders} if folders != "." and self.options.labels in ("auto", "folder") else {}

    @cached_property
    def _table(self) -> dict[str, dict[str, str]]:
        """Labels by file, from the CSV file."""
        if self.options.labels not in ("auto", "csv"):
            return {}
        path = next((self.folder / name for name in TABLES if (self.folder / name).is_file()), None)
        if path is None:
            if self.options.labels == "csv":
                raise ArtengineError(f'There is no labels.csv in "{self.folder}".',
                                     "Write one: a first column with the names of files, and a column for every label.")
            return {}
        try:
            with path.open(newline="", encoding="utf-8-sig", errors="replace") as file:
                rows = [row for row in csv.reader(file) if any(cell.strip() for cell in row)]
        except (OSError, csv.Error) as error:
            raise ArtengineError(f'"{path}" cannot be read: {error}.', "Save it as CSV in UTF-8.") from error
        if len(rows) < 2 or len(rows[0]) < 2:
            raise ArtengineError(f'"{path}" has no labels.',
                                 "Its first line names the columns: the file's name, then one or more labels.")
        keys = [key.strip() for key in rows[0][1:]]
        return {row[0].strip().replace("\\", "/"): {
            key: cell.strip() for key, cell in zip(keys, row[1:], strict=False) if key and cell.strip()} for row in rows[1:]}

    def _check_table(self) -> None:
        """Tell of lines that name no picture; where none does, the table is for other pictures."""
        if not self._table or not self._files or any(p.suffix.lower().lstrip(".") in STACKS for p in self._files):
            return
        names = [self._name(path) for path in self._files]
        known = {key for name in names for key in (name, Path(name).name, Path(name).stem)}
        lost = [key for key in self._table if key not in known]
        if len(lost) == len(self._table):
            raise ArtengineError(f'No line of the labels in "{self.folder}" names a picture (the first is "{lost[0]}").',
                                 "Give the files' names as they are below that folder, or --labels folder.")
        for key in lost:
            self.run.skip(f"{key} (a line of the labels)", "no such picture")

    def __iter__(self) -> Iterator[Image]:
        for piece in self.pieces():
            try:
                yield from self.read(piece)
            except ArtengineError as error:
                self.run.skip(piece, error.wrong)

    def fingerprint(self) -> str:
        """Digest of the files' content, each with its labels."""
        from artengine_image import stacks  # as above

        groups: defaultdict[str, list[Path]] = defaultdict(list)
        for path in self._files:
            labels = json.dumps(self._labels(self._name(path)), sort_keys=True)
            groups[labels] += [one for one in (path, *stacks.beside(path)) if _readable(one)]
        table = json.dumps(self._table, sort_keys=True) if any(p.suffix.lower()[1:] in STACKS for p in self._files) else ""
        said = [table, *(f"{labels} {fingerprint_files(groups[labels])}" for labels in sorted(groups))]
        return hashlib.blake2b("\n".join(said).encode(), digest_size=16).hexdigest()


def _readable(path: Path) -> bool:
    """It can be opened and has something in it; what cannot is named when it is read."""
    return os.access(path, os.R_OK) and path.stat().st_size > 0
