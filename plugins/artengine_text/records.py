"""Poems in records: JSON of whatever shape collections come in, lines of JSON, and tables."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from artengine.errors import ArtengineError
from artengine.works import Text
from artengine_text.languages import guess
from artengine_text.splitting import tidy

RECIPE = "recipe"  # the key under which our own files keep it
_BODY = ("body", "paragraphs", "lines", "poem", "verses", "strophes", "stanzas", "text", "poem_text", "poem content",
         "content", "strains", "诗", "正文", "内容")
_TITLE = ("title", "chapter", "rhythmic", "poem_title", "poem name", "poem title", "heading", "name", "题目", "標題", "标题")
_AUTHOR = ("author", "poet", "poet_name", "poet name", "by", "writer", "作者")
_LANGUAGE = ("language", "lang")
_LABELS = ("form", "theme", "collection", "licence", "license", "rhyme", "meter", "metre")
_BLOCK = 1 << 20  # characters read at a time


def text_of(record: Mapping[str, Any]) -> Text | None:
    """The poem that *record* holds, ``None`` where it holds none."""
    if record.get("medium") == "text" and isinstance(record.get("body"), str):
        labels = {str(k): str(v) for k, v in dict(record.get("labels") or {}).items()}
        return Text(record["body"], str(record.get("title") or ""), str(record.get("language") or ""), labels)
    keys = {str(key).strip().lower(): value for key, value in record.items() if key is not None}
    body = next((joined for key in _BODY if (joined := _joined(keys.get(key)))), "")
    if not body:
        return None
    title = _string(keys, _TITLE)
    labels = {"author": _string(keys, _AUTHOR)} | {key: _string(keys, (key,)) for key in _LABELS}
    return Text(body, title, _string(keys, _LANGUAGE) or guess(body), {k: v for k, v in labels.items() if v})


def texts(value: Any) -> Iterator[Text]:
    """All poems in a JSON *value*, however deep; strings that are not inside a poem are poems themselves."""
    if isinstance(value, str):
        if value.strip():
            body = tidy(value)
            yield Text(body, language=guess(body))
    elif isinstance(value, Mapping):
        below = [item for item in value.values() if isinstance(item, Mapping | list)]
        shelf = any(isinstance(item, list) and any(isinstance(x, Mapping) for x in item) for item in below)
        own = text_of(value) if not shelf else None  # a list of records is a book, whatever else is said of it
        if own:
            yield own
            return
        for item in below:
            yield from texts(item)
    elif isinstance(value, Sequence):
        if value and all(isinstance(line, str) for line in value) and not any("\n" in line for line in value):
            yield from texts("\n".join(value))
            return
        for item in value:
            yield from texts(item)


def _joined(value: Any) -> str:
    """Lines given as a string, a list of them, or a list of stanzas."""
    if isinstance(value, str):
        return tidy(value.replace("\r\n", "\n"))
    if isinstance(value, Sequence) and value:
        if all(isinstance(line, str) for line in value):
            return tidy("\n".join(value))
        if all(isinstance(stanza, list) and all(isinstance(line, str) for line in stanza) for stanza in value):
            return tidy("\n\n".join("\n".join(stanza) for stanza in value))
    return ""


def _string(record: Mapping[str, Any], names: Iterable[str]) -> str:
    for name in names:
        value = record.get(name)
        if isinstance(value, str) and value.strip():
            return " ".join(value.split())
    return ""


def from_json(stream: io.TextIOBase) -> Iterator[Text]:
    """The poems of a JSON file; an array is read an item at a time, so that its length does not matter.

    :raises ArtengineError: where it is not JSON.
    """
    try:
        for value in _items(stream):
            yield from texts(value)
    except (ValueError, RecursionError) as error:
        raise ArtengineError(f"It is not JSON: {error}.", "Mend the file, or save it as .txt.") from error


def _items(stream: io.TextIOBase) -> Iterator[Any]:
    """The items of an array, or the one value that is there."""
    decoder = json.JSONDecoder()
    buffer = stream.read(_BLOCK).lstrip("\ufeff \t\r\n")
    if not buffer.startswith("[") or len(buffer) < _BLOCK:
        buffer += stream.read()
        if buffer.strip():
            yield from _each(json.loads(buffer))
        return
    at, grow = 1, True
    while True:
        at = _skip(buffer, at)
        if at < len(buffer) and buffer[at] == "]":
            return
        try:
            item, end = decoder.raw_decode(buffer, at)
            complete = _skip(buffer, end) < len(buffer)  # a number may go on in the next block
        except ValueError:
            if not grow:
                raise
            complete = False
        if complete:
            yield item
            at = end
            continue
        more = stream.read(max(_BLOCK, len(buffer) - at))
        grow = bool(more)
        buffer, at = buffer[at:] + more, 0


def _skip(buffer: str, at: int) -> int:
    while at < len(buffer) and buffer[at] in " \t\r\n,":
        at += 1
    return at


def _each(value: Any) -> Iterator[Any]:
    lines = isinstance(value, list) and all(isinstance(item, str) for item in value)
    yield from value if isinstance(value, list) and not lines else [value]


def from_json_lines(lines: Iterable[str]) -> Iterator[Text]:
    """The poems of a file with one JSON value a line.

    :raises ArtengineError: at the first line that is none.
    """
    for n, line in enumerate(lines, 1):
        if line.strip():
            try:
                value = json.loads(line)
            except (ValueError, RecursionError) as error:
                raise ArtengineError(f"Line {n} is not JSON: {error}.", "Mend or remove that line.") from error
            yield from texts(value)


def dialect(sample: str) -> tuple[str, list[str]]:
    """The separator of a table and its column names (none where the first row is data), from its beginning."""
    line = next(iter(csv.reader(io.StringIO(sample))), [])
    first = sample.split("\n", 1)[0]
    separator = max(",;\t|", key=lambda c: (first.count(c), c == ","))
    row = next(csv.reader(io.StringIO(sample), delimiter=separator), line)
    names = [re.sub(r"\s+", " ", cell.strip().lower().lstrip("\ufeff")) for cell in row]
    known = {*_BODY, *_TITLE, *_AUTHOR}
    return separator, names if known & set(names) and all(len(name) < 40 for name in names) else []


def from_csv(stream: Iterable[str], separator: str, names: Sequence[str]) -> Iterator[Text]:
    """The poems of a table, one a row; without column names, the longest cell of a row is the poem.

    :raises ArtengineError: where it is no table.
    """
    csv.field_size_limit(1 << 26)
    try:
        for row in csv.reader(stream, delimiter=separator):
            if [re.sub(r"\s+", " ", cell.strip().lower()) for cell in row] == list(names) or not any(row):
                continue
            if names:
                text = text_of(dict(zip(names, row, strict=False)))
            else:
                body = tidy(max(row, key=len).replace("\r\n", "\n"))
                title = row[0].strip() if len(row) > 1 and len(row[0]) < 100 and row[0] != max(row, key=len) else ""
                text = Text(body, "" if title.isdigit() else title, guess(body)) if body else None
            if text:
                yield text
    except csv.Error as error:
        raise ArtengineError(f"It is not a table: {error}.", "Save it as CSV with quotes around the poems.") from error
