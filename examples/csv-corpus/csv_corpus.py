"""A corpus for artengine that reads melodies from spreadsheets: one note a row, saved as CSV.

``tune,onset,duration,pitch`` are the columns it needs; ``meter`` and ``key``, read from the first row of a tune, may be
left out. A first line ``# licence: CC0-1.0`` travels into every model that is trained on the file.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path

from artengine.api import Part, Run, hookimpl
from artengine.corpus import fingerprint_files, walk
from artengine.errors import ArtengineError
from artengine.works import Key, Meter, Note, Score

NEEDED = ("tune", "onset", "duration", "pitch")
LONGEST = 100_000  # quarter notes; more is a slip of the keyboard
STEPS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}


class CsvCorpus:
    """The tunes of a CSV file, or of every CSV file in a folder.

    ``pieces`` and ``read`` make it *splittable*: the engine reads a folder of many files on all cores.
    """

    def __init__(self, source: Path | None, options: None, run: Run) -> None:
        if source is None:
            raise ArtengineError("This corpus needs a file.", "Name a CSV file or a folder, such as --corpus ./tunes.csv.")
        self.files, self.run = {str(path): path for path in walk(source, ("csv",))}, run

    @property
    def licence(self) -> str:
        """What the files say of it themselves; several answers are joined."""
        said = set()
        for path in self.files.values():
            with path.open(encoding="utf-8-sig", errors="replace") as file:
                if found := re.match(r"#\s*licen[cs]e:\s*(.+)", file.readline(200)):
                    said.add(found[1].strip())
        return "; ".join(sorted(said)) or "as the file's owner states"

    def pieces(self) -> Sequence[str]:
        """The files."""
        return list(self.files)

    def __iter__(self) -> Iterator[Score]:
        for piece in self.pieces():
            try:
                yield from self.read(piece)
            except ArtengineError as error:
                self.run.skip(piece, error.wrong)

    def fingerprint(self) -> str:
        """Digest of what is in the files."""
        return fingerprint_files(self.files.values())

    def read(self, piece: str) -> Iterable[Score]:
        """The tunes of one file; a row that makes no sense is skipped, and the run is told which and why.

        :raises ArtengineError: where the file is not a table of notes at all.
        """
        path = self.files[piece]
        try:
            lines = path.read_text("utf-8-sig").splitlines()  # spreadsheets like to begin with a byte-order mark
        except (OSError, UnicodeDecodeError) as error:
            raise ArtengineError(f"it cannot be read as UTF-8 text ({error}).") from error
        first = next((i for i, line in enumerate(lines) if line.strip() and not line.startswith("#")), len(lines))
        table = csv.DictReader(lines[first:])
        if missing := [name for name in NEEDED if name not in (table.fieldnames or ())]:
            raise ArtengineError(f"it has no column {' or '.join(missing)}.")
        tunes: dict[str, list[Note]] = {}
        heads: dict[str, tuple[Meter, Key | None]] = {}
        for row in table:
            name = row["tune"] or ""
            try:
                if name not in heads:
                    heads[name] = meter(row.get("meter") or "4/4"), Key.parse(row["key"]) if row.get("key") else None
                tunes.setdefault(name, []).append(note(row))
            except (ValueError, ZeroDivisionError) as error:
                self.run.skip(f"{path.name} line {first + table.line_num}", str(error))
        for name, notes in tunes.items():
            beat, key = heads[name]
            yield Score(tuple(notes), (beat,), (key,) if key else (), title=name, labels={"source": path.name})


def note(row: dict[str, str]) -> Note:
    """The note of one row; ``ValueError`` says what is wrong with it, without the value, so that the engine can count."""
    try:
        onset, duration = Fraction(row["onset"].strip()), Fraction(row["duration"].strip())
    except (ValueError, AttributeError, ZeroDivisionError):
        raise ValueError('a time that is no number, such as 1.5 or "3/2"') from None
    if onset < 0 or not 0 < duration <= LONGEST or onset > LONGEST:
        raise ValueError("a time out of range")
    return Note(onset, duration, pitch((row["pitch"] or "").strip()))


def pitch(text: str) -> int:
    """``60``, ``C4`` and ``B#3`` are all middle C."""
    named = re.fullmatch(r"([A-Ga-g])(#{0,2}|b{0,2})(-?\d)", text)
    if named:
        number = 12 * (int(named[3]) + 1) + STEPS[named[1].upper()] + named[2].count("#") - named[2].count("b")
    elif re.fullmatch(r"\d{1,3}", text):
        number = int(text)
    else:
        raise ValueError('a pitch that is neither a MIDI number nor a name such as "F#4"')
    if not 0 <= number <= 127:
        raise ValueError("a pitch out of range")
    return number


def meter(text: str) -> Meter:
    """``6/8`` as a metre."""
    found = re.fullmatch(r"\s*([1-9]\d?)/(1|2|4|8|16|32)\s*", text)
    if not found:
        raise ValueError('a metre that does not read like "6/8"')
    return Meter(Fraction(0), int(found[1]), int(found[2]))


@hookimpl
def artengine_parts() -> Iterable[Part]:
    """What this package offers."""
    yield Part(kind="corpus", name="csv-corpus", medium="music", summary="Melodies from CSV files, one note a row.",
               target="csv_corpus:CsvCorpus", formats=("csv",))
