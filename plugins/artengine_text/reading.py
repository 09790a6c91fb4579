"""Readers: a file of text becomes works, one a poem, however long the file and whatever its encoding."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from artengine.errors import ArtengineError
from artengine.works import Text
from artengine_text import decoding, markdown, records, splitting
from artengine_text.languages import COMMON, guess

FORMATS = ("txt", "md", "json", "jsonl", "csv", "text", "markdown", "ndjson", "tsv", "html")
PIECE = 1 << 20  # bytes of a long file that are read at a time
_RANGE = re.compile(r"^(.*) \[bytes (\d+)-(\d+)\]$", re.DOTALL)
_CUTS = {"eos": rb"\n", "rule": rb"\n(?=[ \t]*(?:[*][ \t]*){3,}\n|[ \t]*(?:[-_=~][ \t]*){3,}\n|\f|%\n)",
         "number": rb"\n[ \t]*\r?\n(?=[ \t]*[IVXLCDM\d]+\.?[ \t]*\r?\n)", "gap": rb"\n[ \t]*\r?\n[ \t]*\r?\n",
         "md": rb"\n(?=#{1,6} )"}
_DATA = re.compile(r'<script type="application/json" id="artengine">(.*?)</script>', re.DOTALL)  # in pages of our own
_BLANK = re.compile(rb"\n[ \t]*\r?\n")
_LINE = re.compile(rb"\n")


class Nature(NamedTuple):
    """What the beginning of a file says about all of it."""

    encoding: str
    style: str
    """How plain text is split into poems; see :mod:`artengine_text.splitting`."""
    language: str = ""
    separator: str = ""
    """Between the cells of a table."""
    columns: tuple[str, ...] = ()


def read(path: Path, start: int = 0, end: int | None = None, split: str = "") -> Iterator[Text]:
    """The poems in a file, or in its bytes *start* to *end* as :func:`pieces` gave them.

    :param split: a style of :mod:`artengine_text.splitting`, where the file's own is not to be guessed.
    :raises ArtengineError: where it is empty, is not text, or is not what its ending says.
    """
    try:
        nature = _nature(path, path.stat().st_mtime_ns, split)
        yield from _read(path, start, end, nature)
    except ArtengineError as error:
        wrong = f'"{path.name}" cannot be read: {error.wrong[0].lower()}{error.wrong[1:]}'
        raise ArtengineError(wrong, error.advice) from error
    except (OSError, UnicodeError) as error:
        raise ArtengineError(f'"{path.name}" cannot be read: {error}.', "Check the file.") from error


def _read(path: Path, start: int, end: int | None, nature: Nature) -> Iterator[Text]:
    kind = _kind(path)
    if kind in {"txt", "md", "html"}:
        with path.open("rb") as file:
            file.seek(start)
            text = decoding.decode(file.read() if end is None else file.read(end - start), nature.encoding)
        if kind in {"md", "html"}:
            yield from markdown.read(text) if kind == "md" else _page(text)
            return
        for title, body, author in splitting.poems(text, nature.style):
            language = guess(body)
            if _latin(language) and _latin(nature.language):
                language = nature.language or language  # a short poem shows its script, not always its language
            yield Text(body, title, language, {"author": author} if author else {})
        return
    with _opened(path, start, end, nature.encoding) as stream:
        if kind == "json":
            yield from records.from_json(stream)
        elif kind == "jsonl":
            yield from records.from_json_lines(stream)
        else:
            yield from records.from_csv(stream, nature.separator, nature.columns)


def _page(text: str) -> Iterator[Text]:
    found = _DATA.search(text)
    if not found:
        raise ArtengineError("It is a page that artengine did not write.", "Save the verse on it as .txt or .md.")
    yield from records.from_json(io.StringIO(found[1]))


def pieces(path: Path, split: str = "") -> list[tuple[int, int | None]]:
    """Ranges of bytes, about :data:`PIECE` long and cut between poems, that :func:`read` takes; one for a short file.

    A long file is never in memory whole, with the exception of UTF-16 and of JSON that is not an array.
    """
    size = path.stat().st_size
    if size <= 2 * PIECE or _kind(path) in {"json", "html"}:
        return [(0, None)]
    try:
        nature = _nature(path, path.stat().st_mtime_ns, split)
    except (ArtengineError, OSError):
        return [(0, None)]  # reading it will say what is wrong
    if nature.encoding.startswith(("utf-16", "utf-32")):
        return [(0, None)]
    cuts = list(_table_cuts(path) if _kind(path) == "csv" else _cuts(path, size, _pattern(path, nature)))
    return list(zip([0, *cuts], [*cuts, size], strict=True))


def named(name: str, span: tuple[int, int | None]) -> str:
    """The name of a piece: the file's own, with the range where there are several."""
    return name if span[1] is None else f"{name} [bytes {span[0]}-{span[1]}]"


def located(piece: str) -> tuple[str, int, int | None]:
    """File and range of a piece that :func:`named` has named."""
    found = _RANGE.match(piece)
    return (found[1], int(found[2]), int(found[3])) if found else (piece, 0, None)


def _latin(language: str) -> bool:
    return language in {"", *COMMON}


def _kind(path: Path) -> str:
    ending = path.suffix.lower().lstrip(".")
    return {"md": "md", "markdown": "md", "json": "json", "jsonl": "jsonl", "ndjson": "jsonl", "csv": "csv",
            "tsv": "csv", "html": "html"}.get(ending, "txt")


@lru_cache(maxsize=4096)
def _nature(path: Path, changed: int, split: str) -> Nature:
    with path.open("rb") as file:
        head = file.read(decoding.SAMPLE)
    encoding = decoding.detect(head)
    text = decoding.decode(head, encoding)
    if not text.strip() and len(head) < decoding.SAMPLE:
        raise ArtengineError("It is empty.", "Put a poem into it, or take it out of the corpus.")
    if _kind(path) == "csv":
        separator, columns = records.dialect(text)
        return Nature(encoding, "", "", separator, tuple(columns))
    if _kind(path) == "txt" and not split:
        whole = len(head) < decoding.SAMPLE
        split = splitting.style_of(text if whole else text[:text.rstrip().rfind("\n\n") if "\n\n" in text else len(text)])
    return Nature(encoding, split, guess(text))


def _pattern(path: Path, nature: Nature) -> re.Pattern[bytes]:
    if _kind(path) == "jsonl":
        return _LINE
    return re.compile(_CUTS.get("md" if _kind(path) == "md" else nature.style, _BLANK.pattern))


def _cuts(path: Path, size: int, pattern: re.Pattern[bytes]) -> Iterator[int]:
    """Places between poems, where there are any; else between stanzas, lines or bytes."""
    with path.open("rb") as file:
        at = 0
        while size - at > 2 * PIECE:
            file.seek(at + PIECE)
            block = file.read(PIECE)
            found = pattern.search(block) or _BLANK.search(block) or _LINE.search(block) or re.search(rb"[ .,;]", block)
            at += PIECE + (found.end() if found else 0)
            yield at


def _table_cuts(path: Path) -> Iterator[int]:
    """Ends of rows about :data:`PIECE` apart: where as many quotes as not have gone by."""
    quotes = at = last = 0
    with path.open("rb") as file:
        for line in file:
            at += len(line)
            quotes += line.count(b'"')
            if quotes % 2 == 0 and at - last >= PIECE:
                last = at
                yield at


class _Window(io.RawIOBase):
    """A range of a file's bytes, read as they are asked for."""

    def __init__(self, file: io.BufferedReader, start: int, end: int | None) -> None:
        self.file, self.left = file, float("inf") if end is None else end - start
        file.seek(start)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        block = self.file.read(int(min(len(buffer), self.left)))
        buffer[:len(block)] = block
        self.left -= len(block)
        return len(block)


@contextmanager
def _opened(path: Path, start: int, end: int | None, encoding: str) -> Iterator[io.TextIOWrapper]:
    with path.open("rb") as file, io.BufferedReader(_Window(file, start, end)) as window:
        yield io.TextIOWrapper(window, encoding, errors="replace", newline="")
