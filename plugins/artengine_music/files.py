"""Reads a file of music, whatever its format."""

from __future__ import annotations

from pathlib import Path

from artengine.errors import ArtengineError
from artengine.works import Score

FORMATS = ("mid", "midi", "abc", "musicxml", "xml", "mxl")
LARGEST = 64 << 20  # bytes


def read(path: Path) -> list[Score]:
    """The pieces in a file: one, but for the tune books that ABC allows.

    :raises ArtengineError: where the file cannot be read, or holds no music; whoever asked knows which file it was.
    """
    ending = path.suffix.lower().lstrip(".")
    if ending not in FORMATS:
        raise ArtengineError("It is in no format of music known here.", f"Use one of {', '.join(FORMATS)}.")
    try:
        if path.stat().st_size > LARGEST:
            raise ArtengineError(f"It is larger than {LARGEST >> 20} MB.", "Cut it into pieces.")
        data = path.read_bytes()
    except OSError as error:
        raise ArtengineError(f"It cannot be read: {error.strerror or error}.",
                             "Check its name and its permissions.") from error
    if not data:
        raise ArtengineError("It is empty.", "Export it again from the program it came from.")
    return read_data(data, ending)


def read_data(data: bytes, ending: str) -> list[Score]:
    """The pieces in the bytes of a file of the format *ending*.

    :raises ArtengineError: where there are none, or the bytes are not of that format.
    """
    # Each reader is imported only when a file needs it.
    try:
        if ending in ("mid", "midi"):
            from artengine_music import midi_read

            return [midi_read.read(data)]
        if ending == "abc":
            from artengine_music import abc

            scores = abc.read(abc.decode(data))
            if not scores:
                raise ArtengineError("There is no tune in it.", "An ABC tune has an X: line, a K: line and notes.")
            return scores
        from artengine_music import musicxml_read

        return [musicxml_read.read(data)]
    except (ValueError, IndexError, KeyError, ArithmeticError, RecursionError, MemoryError) as error:
        # What no reader foresaw in a broken file must not stop the reading of a thousand good ones.
        raise ArtengineError(f"It cannot be understood ({type(error).__name__}: {error}).",
                             "Export it again from the program it came from.") from error
