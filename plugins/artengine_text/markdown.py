"""Verse in Markdown: lines ended by two spaces, headings for titles, the recipe in a comment."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from artengine.works import Text
from artengine_text.languages import guess
from artengine_text.splitting import poems, tidy

_MARK = re.compile(r"^<!-- artengine (\{.*\}) -->\s*$", re.MULTILINE)
_SPECIAL = re.compile(r"([\\`*_\[\]<>&]|(?<=~)~|^(?: *)(?:[#+=|-](?=\s|$|[-=|])|~(?=~)))")
_ORDERED = re.compile(r"^(\s*\d{1,9})([.)])(?=\s|$)")
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")
_HEADING = re.compile(r"^ {0,3}(#{1,6})[ \t]+(.*?)[ \t]*#*[ \t]*$", re.MULTILINE)
_FRONT = re.compile(r"\A---[ \t]*\n(.*?)\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
_SPACE = "\u00a0"  # an indent that Markdown keeps


def write(work: Text, recipe: str) -> str:
    """*work* as Markdown, with *recipe* in a comment at its end."""
    head = f"# {_escaped(work.title)}\n\n" if work.title else ""
    stanzas = [stanza.split("\n") for stanza in work.body.split("\n\n")]
    body = "\n\n".join("  \n".join(_line(line) for line in stanza) for stanza in stanzas)
    # The work itself goes along where the text above would not say it exactly.
    said: dict[str, Any] = {"language": work.language, "labels": dict(sorted(work.labels.items())), "recipe": recipe}
    shown = _one(head + body + "\n")
    if (shown.title, shown.body) != (work.title, work.body):
        said |= {"title": work.title, "body": work.body}
    note = json.dumps(said, ensure_ascii=True, sort_keys=True).replace(">", "\\u003e").replace("<", "\\u003c")
    return f"{head}{body}\n\n<!-- artengine {note} -->\n"


def _line(line: str) -> str:
    bare = line.lstrip(" ")
    return _SPACE * (len(line) - len(bare)) + _escaped(bare)


def _escaped(line: str) -> str:
    return _ORDERED.sub(r"\1\\\2", _SPECIAL.sub(lambda m: m[0][:-1] + "\\" + m[0][-1], line))


def note(text: str) -> dict[str, Any]:
    """What the comment in one of our own files says; empty for any other."""
    found = _MARK.findall(text)
    try:
        said = json.loads(found[-1]) if found else {}
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def read(text: str) -> Iterator[Text]:
    """The poems of a Markdown file: one a heading, else as in plain text."""
    said = note(text)
    if said:
        plain = _one(_MARK.sub("", text))
        labels = {str(k): str(v) for k, v in dict(said.get("labels") or {}).items()}
        yield Text(said.get("body", plain.body), said.get("title", plain.title), said.get("language", ""), labels)
        return
    front = _front(text)
    text = re.sub(r"<!--.*?-->", "", _FRONT.sub("", text), flags=re.DOTALL)
    parts = _HEADING.split(text)  # before, then level, title and what follows, over and over
    sections = [("", parts[0]), *((parts[i + 1], parts[i + 2]) for i in range(1, len(parts), 3))]
    filled = [(title, body) for title, body in sections if body.strip()]
    for title, body in filled:
        plain_body = "\n".join(map(_plain, body.strip("\n").split("\n")))
        found = poems(plain_body) if not title else poems(plain_body, "whole")
        for one in found:
            whole = tidy(plain_body) if title else one.body  # below a heading the first line is no title
            name = _plain(title) or one.title or (front.get("title", "") if len(filled) == 1 else "")
            labels = {"author": author} if (author := one.author or front.get("author", "")) else {}
            yield Text(whole, name, front.get("language") or front.get("lang") or guess(whole), labels)


def _one(text: str) -> Text:
    """The one poem that a file of ours shows."""
    heading = _HEADING.match(text)
    body = text[heading.end():] if heading else text
    lines = [_plain(line) for line in body.strip("\n").split("\n")]
    return Text("\n".join(lines), _plain(heading[2]) if heading else "")


def _plain(line: str) -> str:
    """A line without Markdown's signs."""
    bare = re.sub(r"^ {0,3}>[ \t]?", "", line)
    bare = re.sub(r"(?:\\|[ \t]+)$", "", bare) if not bare.endswith("\\\\") else bare
    bare = re.sub(r"(?<!\\)(\*{1,3}|(?<!\w)_{1,3})(?=\S)(.+?)(?<=[^\s\\])\1(?!\w)", r"\2", bare)
    indent = len(bare) - len(bare.lstrip(_SPACE))
    return " " * indent + _ESCAPED.sub(r"\1", bare[indent:])


def _front(text: str) -> dict[str, str]:
    found = _FRONT.match(text)
    pairs = re.findall(r"^(\w+):[ \t]*(.+?)[ \t]*$", found[1], re.MULTILINE) if found else []
    return {key.lower(): value.strip("\"'") for key, value in pairs}
