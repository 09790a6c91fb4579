"""Where the poems are in a file of plain text.

Nobody marks up verse, so what parts the poems is read off the file itself, once, as one of the :data:`STYLES`:

``line``    one poem a line (never guessed)
``eos``     one poem a line, its verses ended by ``<eos>``
``rule``    lines of asterisks, dashes or the like, a form feed, or ``<|endoftext|>``
``number``  titles that are numbers: ``XVIII``, ``18.``, ``Sonnet 18``, ``其三``
``gap``     two or more empty lines, where one parts the stanzas
``blank``   one empty line
``whole``   the file is one poem, its stanzas parted by an empty line
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

STYLES = ("line", "eos", "rule", "number", "gap", "blank", "whole")
RULE = "* * *"  # as we write it
_RULE = r"[ \t　]*(?:(?:[*＊][ \t]*){3,}|(?:[-–—_~=·•#+][ \t]*){3,}|[⁂❦❧☙%]|<\|endoftext\|>|<eos>)[ \t　]*"
_ROMAN = r"M{0,3}(?:CM|CD|D?C{0,3})(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3})"
_WORDS = r"(?:(?:sonnet|poem|no\.?|number|canto|ode|song|psalm|part|haiku|第|其)[ \t]*)"
_DIGITS = rf"(?:(?=[IVXLCDM]){_ROMAN}|\d{{1,4}}|[一二三四五六七八九十百]{{1,5}})"
_NUMBER = re.compile(rf"[ \t　]*(?:{_WORDS}?{_DIGITS}[首章]?[.)、：:]?|\[\d{{1,4}}\])[ \t　]*", re.IGNORECASE)
_NOTE = re.compile(r"\[(?=[^\]]*(?:publish|print|written|note))[^\]]*\]", re.IGNORECASE)
_GAP = re.compile(r"\n[ \t　]*\n[ \t　]*\n(?:[ \t　]*\n)*")
_EMPTY = re.compile(r"\n(?:[ \t　]*\n)+")
_GUTENBERG = re.compile(r"^\*\*\* ?(START|END) OF (?:THE|THIS) PROJECT GUTENBERG.*$", re.MULTILINE | re.IGNORECASE)
_LINES = 12  # stanzas a poem may have before a file with nothing else to go by is taken for many


class Poem(NamedTuple):
    """What was found: a title, if it has one, the body, and what else is said of it."""

    title: str
    body: str
    author: str = ""


def poems(text: str, style: str = "") -> list[Poem]:
    """The poems in *text*, in order.

    :param style: one of :data:`STYLES`; by default what :func:`style_of` sees.
    """
    text = _unwrapped(text)
    style = style or style_of(text)
    if style == "line":
        found = [Poem("", line.strip()) for line in text.split("\n")]
    elif style == "eos":
        found = [Poem("", "\n".join(part.strip() for part in line.split("<eos>") if part.strip()))
                 for line in text.split("\n")]
    elif style == "rule":
        parts = _ruled(text)
        # A rule that opens the file is our own sign that what follows has no title.
        found = [_titled(part) if i or not bare else Poem("", tidy(part)) for i, (part, bare) in enumerate(parts)]
    elif style == "number":
        found = _numbered(text)
    elif style == "gap":
        found = _merged([_titled(part) for part in _GAP.split(text)])
    elif style == "blank":
        found = _merged([Poem("", tidy(part)) for part in _EMPTY.split(text)])
    else:
        found = [_titled(text)]
    return [poem for poem in found if poem.body]


def style_of(text: str) -> str:
    """Which of :data:`STYLES` a file is in, from its beginning or the whole of it."""
    text = _unwrapped(text).strip("\n")
    lines = text.split("\n")
    if sum("<eos>" in line.strip()[1:] for line in lines) > 0.5 * sum(bool(line.strip()) for line in lines):
        return "eos"
    gaps = [part for part in _GAP.split(text) if part.strip()]
    rules = [i for i in range(len(lines)) if _is_rule(lines, i)]
    # In a book of hundreds of poems a row of dots or two only stands for verses left out; at an end it is always meant.
    if rules and (rules[0] == 0 or rules[-1] == len(lines) - 1 or 3 * len(rules) >= len(gaps)):
        return "rule"
    numbers = sum(_is_number(lines, i) for i in range(len(lines)))
    if numbers > 1 and len(gaps) < 0.8 * numbers:
        return "number"
    blocks = [part for part in _EMPTY.split(text) if part.strip()]
    bodies = [part for part in gaps if "\n" in part.strip()]
    if len(gaps) > 2 or (len(bodies) > 1 and len(blocks) > len(gaps)):
        return "gap"
    return "blank" if _are_poems([block.strip("\n").split("\n") for block in blocks]) else "whole"


def _are_poems(blocks: Sequence[Sequence[str]]) -> bool:
    """Whether blocks of lines parted by an empty line are poems, and not the stanzas of one."""
    bodies = [block for block in blocks if len(block) > 1]
    titles = len(blocks) - len(bodies)
    if len(bodies) < 2:
        return False
    if titles >= 2 and all(len(a) + len(b) > 2 for a, b in pairwise(blocks)):
        return titles >= len(bodies) - 1  # a title before each
    lengths = [len(block) for block in bodies]
    if sorted(lengths)[len(lengths) // 2] >= 8:
        return True  # stanzas are rarely so long, sonnets always
    if set(lengths) == {3} or set(lengths) == {5}:
        return not titles and _short(bodies)
    return len(bodies) > _LINES and not titles


def _short(blocks: Sequence[Sequence[str]]) -> bool:
    """Whether blocks of three or five lines have the length of haiku, tanka and limericks, not of tercets."""
    words = [sum(len(line.split()) for line in block) / len(block) for block in blocks]
    return len(blocks[0]) == 5 or max(words) <= 6.5


def _numbered(text: str) -> list[Poem]:
    lines = text.split("\n")
    starts = [i for i in range(len(lines)) if _is_number(lines, i)]
    found = []
    if not starts:  # an edition without them
        return [Poem("", tidy(part)) for part in _EMPTY.split(text)]
    for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        title, body, author = _titled("\n".join(lines[start + 1:end]), numbered=True)
        number = lines[start].strip(" \t　.")
        found.append(Poem(title or number, body, author))
    return found


def _is_number(lines: Sequence[str], i: int) -> bool:
    line = lines[i].strip()
    return (bool(line) and bool(_NUMBER.fullmatch(line)) and (i == 0 or not lines[i - 1].strip())
            and any(line.strip() for line in lines[i + 1:i + 4]))


def _is_rule(lines: Sequence[str], i: int) -> bool:
    """Whether line *i* parts poems; one below a title only underlines it."""
    line = lines[i]
    if line == "\f":
        return True
    if not line.strip() or not re.fullmatch(_RULE, line):
        return False
    return line.strip()[0] not in "=-~_" or i == 0 or not lines[i - 1].strip()


def _ruled(text: str) -> list[tuple[str, bool]]:
    """What stands between rules, and whether a rule opened the file before it."""
    lines = text.strip("\n").split("\n")
    rules = [i for i in range(len(lines)) if _is_rule(lines, i)]
    parts = ["\n".join(lines[a + 1:b]) for a, b in zip([-1, *rules], [*rules, len(lines)], strict=True)]
    return [(part, rules[0] == 0) for part in parts if part.strip()]


def _titled(part: str, numbered: bool = False) -> Poem:
    """The poem in *part*: its first lines may be a number, a title, an author or a note in brackets."""
    blocks = [block for block in _EMPTY.split(part.strip("\n")) if block.strip()]
    title = author = ""
    while len(blocks) > 1:
        first = blocks[0].strip()
        lines = [line.strip() for line in first.split("\n")]
        if _NUMBER.fullmatch(first) and not numbered and not title:
            if re.match(_WORDS, first, re.IGNORECASE):
                title = first  # "Sonnet 18" says more than 18
            blocks.pop(0)
        elif _NOTE.fullmatch(first):
            blocks.pop(0)
        elif len(lines) == 2 and re.match(r"(?:by |[-–—] ?)(?=\w)", lines[1], re.IGNORECASE) and not title:
            title, author = lines[0], re.sub(r"^(?:by |[-–—] ?)", "", lines[1], flags=re.IGNORECASE)
            blocks.pop(0)
        elif len(lines) == 2 and re.fullmatch(r"[=~-]{3,}", lines[1]) and not title:
            title = lines[0]
            blocks.pop(0)
        elif not title and len(lines) == 1 and _may_be_title(first):
            title = first
            blocks.pop(0)
        else:
            break
    if len(blocks) == 1 and not title:
        found = re.fullmatch(r"([^\n]+)\n[ \t]*[=~-]{3,}[ \t]*\n(.*)", blocks[0], re.DOTALL)
        if found:
            return Poem(found[1].strip(), tidy(found[2]))
    return Poem(title, tidy("\n\n".join(blocks)), author)


def _may_be_title(line: str) -> bool:
    return len(line) <= 80 and line[-1] not in ",;:，；、：-–—"


def _merged(found: Sequence[Poem]) -> list[Poem]:
    """A lone line before a poem without a title is its title."""
    merged: list[Poem] = []
    waiting = ""
    for poem in found:
        if not poem.title and "\n" not in poem.body:
            if waiting:
                merged.append(Poem("", waiting))
            waiting = poem.body.strip()
            continue
        named = bool(waiting) and not poem.title and _may_be_title(waiting)
        merged.append(poem._replace(title=waiting) if named else poem)
        waiting = ""
    if waiting:
        merged.append(Poem("", waiting))
    headings = {poem.body for poem in merged if "\n" not in poem.body and poem.body.isupper()}
    return [poem for poem in merged if poem.body not in headings]


def tidy(body: str) -> str:
    """*body* without trailing spaces, the indent all lines share, and empty lines around it or doubled within."""
    lines = [line.expandtabs(4).rstrip() for line in body.strip("\n").split("\n")]
    indent = min((len(line) - len(line.lstrip(" ")) for line in lines if line), default=0)
    text = "\n".join(line[indent:] for line in lines)
    return re.sub(r"\n{3,}", "\n\n", text).strip("\n")


def _unwrapped(text: str) -> str:
    """*text* without what Project Gutenberg puts before and after a book; a form feed stands on a line of its own."""
    text = text.replace("\f", "\n\f\n")
    if "PROJECT GUTENBERG" not in text.upper():
        return text
    for match in reversed(list(_GUTENBERG.finditer(text))):
        text = text[match.end():] if match[1].upper() == "START" else text[:match.start()]
    return text
