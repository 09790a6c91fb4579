"""Verse set across the sheet: title, initial, stanzas, ornament, colophon.

A verse is never broken to fill a line. The whole poem is set smaller until its longest verse fits; only where that would
be too small to read with pleasure is a verse turned over, indented, at the best place near its end.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from PIL import ImageDraw

from artengine.errors import ArtengineError
from artengine_text.fonts import ITALIC, REGULAR, draw, font_for, load, shaping, width
from artengine_text.printing import printed
from artengine_text.sheet import LONG, Inks, blank

if TYPE_CHECKING:
    from artengine.works import Text
    from artengine_text.broadside import BroadsideOptions

# Shares of the sheet's width, then ems.
SIDE, TOP, FOOT, GUTTER = 0.125, 0.145, 0.125, 0.05
LARGEST, COMFORT, SMALLEST = 0.0385, 0.0165, 0.0085
LEADING, STANZA, INDENT, TURN = 1.38, 0.62, 0.34, 2.0
CAPITAL = 0.65  # height of EB Garamond's capitals
TALLEST = 4  # times its usual height that a sheet may grow
STRETCH = 0.9  # of a column that one more stanza may leave empty


class Line(NamedTuple):
    """A line as set."""

    text: str
    indent: float
    """In pixels."""
    wide: float


class Setting(NamedTuple):
    """A poem at one size."""

    size: int
    columns: list[list[list[Line]]]
    """Columns of stanzas of lines."""
    turned: int
    """Verses that had to be turned over."""
    height: float
    """Of the tallest column, in pixels."""


def set_across(work: Text, language: str, options: BroadsideOptions, inks: Inks, colophon: str) -> Any:
    """The sheet, with verse running from left to right.

    :raises ArtengineError: for a poem too long for a sheet.
    """
    face = options.font or REGULAR
    stanzas = [stanza.split("\n") for stanza in printed(work.body, language).strip("\n").split("\n\n") if stanza.strip()]
    title, author = printed(work.title, language), printed(work.labels.get("author", ""), language)
    across = options.width
    for grown in (1, 1.3, 1.7, 2.2, 2.8, 3.4, TALLEST):
        tall = round(across * LONG * grown)
        heading = _Heading(title, author, across, face)
        room = tall - across * (TOP + FOOT) - heading.height - across * 0.05
        setting = fit(stanzas, face, across, room, language)
        if setting is not None:
            break
    else:
        raise ArtengineError(f"This text of {len(work.lines)} lines is too long for one sheet.",
                             "Write it with --format html, which prints on as many pages as it needs.")
    picture = blank(across, tall, inks)
    pen = ImageDraw.Draw(picture)
    heading = _Heading(title, author, across, face, setting.size)
    ornament = setting.size * 1.5
    spare = tall - across * (TOP + FOOT) - heading.height - setting.height - 1.7 * ornament
    y = across * TOP + max(0.0, spare) * 0.4  # the optical centre stands above the true one
    y = heading.draw(pen, y, inks)
    bottom = _body(pen, setting, y, across, face, inks, language)
    mark = "❦" if shaping or font_for("❦", REGULAR) else ""
    draw(pen, (across - width(mark, round(ornament))) / 2, bottom + 1.5 * ornament, mark, round(ornament), inks.red)
    if colophon:
        size = round(min(across * 0.0135, max(setting.size, across * 0.009)))
        said = printed(colophon, "en")
        draw(pen, (across - width(said, size, ITALIC)) / 2, tall - across * FOOT * 0.52, said, size, inks.quiet, ITALIC)
    return picture


class _Heading:
    """Title and author, centred above the verse; an ornament where there is neither."""

    def __init__(self, title: str, author: str, across: int, face: str, body: float = 0.0) -> None:
        self.across, self.author, self.face = across, author, face
        self.size = round(min(across * 0.058, max(across * 0.03, (body or across * LARGEST) * 1.7)))
        room = across * (1 - 2 * SIDE)
        self.lines = [title] if title else []
        while self.lines and max(width(line, self.size, face) for line in self.lines) > room:
            self.lines = _halved(title, self.size, face)
            if max(width(line, self.size, face) for line in self.lines) <= room or self.size < across * 0.012:
                break
            self.size = round(self.size * 0.92)
        self.small = max(round(self.size * 0.44), round(across * 0.0125))
        self.gap = max(self.size * 0.9, 2.0 * (body or 0.0))
        self.gap *= bool(title or author)
        self.height = len(self.lines) * self.size * 1.2 + (self.small * 2.1 if author else 0) + self.gap

    def draw(self, pen: Any, y: float, inks: Inks) -> float:
        """Draw from *y* down; returns where the verse begins."""
        for line in self.lines:
            y += self.size * 1.2
            x = (self.across - width(line, self.size, self.face)) / 2
            draw(pen, x, y - 0.3 * self.size, line, self.size, inks.ink, self.face)
        if self.author:
            y += self.small * 2.1
            x = (self.across - width(self.author, self.small, caps=True, tracking=0.09)) / 2
            draw(pen, x, y - 0.5 * self.small, self.author, self.small, inks.quiet, caps=True, tracking=0.09)
        return y + self.gap


def _halved(title: str, size: int, face: str) -> list[str]:
    """A long title in two lines of nearly the same length."""
    words = title.split(" ")
    if len(words) < 2:
        return [title]
    ways = [(" ".join(words[:i]), " ".join(words[i:])) for i in range(1, len(words))]
    return list(min(ways, key=lambda way: max(width(way[0], size, face), width(way[1], size, face))))


def fit(stanzas: Sequence[Sequence[str]], face: str, across: int, room: float, language: str = "") -> Setting | None:
    """The poem at the largest size at which it fits, in as few columns as can be; ``None`` where it does not fit.

    :param room: height in pixels.
    """
    best = None
    if _height(stanzas) * across * SMALLEST > 3 * room:
        return None
    for columns in (1, 2, 3):
        inner = across * (1 - 2 * SIDE * (1 if columns == 1 else 0.72))
        measure = (inner - (columns - 1) * across * GUTTER) / columns
        setting = _largest(stanzas, face, across, measure, room, columns, language)
        if setting is not None and (best is None or setting.size > 1.12 * best.size):
            best = setting
        if best is not None and best.size >= across * COMFORT:
            break
    return best


def _largest(stanzas: Sequence[Sequence[str]], face: str, across: int, measure: float, room: float, columns: int,
             language: str) -> Setting | None:
    few = sum(map(len, stanzas)) <= 8
    size = across * (LARGEST if few else LARGEST * 0.8)
    lines = sum(map(len, stanzas)) + STANZA * len(stanzas)
    size = min(size, 1.3 * columns * room / lines / LEADING)  # no use in trying what is far too large
    while size >= across * SMALLEST:
        setting = _set(stanzas, face, round(size), measure, columns, language)
        if setting.height <= room and (not setting.turned or size <= across * COMFORT * 1.02):
            return setting
        size = min(size * 0.96, max(across * COMFORT, size * 0.9) if setting.height <= room else size * 0.96)
    return None


def _set(stanzas: Sequence[Sequence[str]], face: str, size: int, measure: float, columns: int, language: str) -> Setting:
    turned = 0
    made = []
    for stanza in stanzas:
        lines: list[Line] = []
        for verse in stanza:
            parts = _turn(verse, face, size, measure, language)
            turned += len(parts) > 1
            lines += parts
        made.append(lines)
    filled = _filled(made, columns)
    return Setting(size, filled, turned, max(_height(column) for column in filled) * size)


def _height(column: Sequence[Sequence[Any]]) -> float:
    """In ems."""
    return LEADING * (sum(map(len, column)) + STANZA * (len(column) - 1))


def _filled(stanzas: list[list[Line]], columns: int) -> list[list[list[Line]]]:
    """Stanzas dealt into columns as even as can be, whole ones where that leaves no great gap."""
    if columns == 1:
        return [stanzas]
    filled: list[list[list[Line]]] = [[]]
    left = [list(stanza) for stanza in stanzas]
    target = 0.0
    while left:
        target = _height(left) / (columns - len(filled) + 1) if not filled[-1] else target
        stanza = left.pop(0)
        now, more = _height(filled[-1]) if filled[-1] else 0.0, _height([*filled[-1], stanza])
        if len(filled) == columns or more <= target * 1.02 or (not filled[-1] and len(stanza) < 12):
            filled[-1].append(stanza)
            continue
        if now > STRETCH * target or (len(stanza) <= 8 and more - target > target - now):
            filled.append([])
            left.insert(0, stanza)
        elif len(stanza) <= 8:
            filled[-1].append(stanza)
            filled.append([])
        else:
            cut = max(2, min(len(stanza) - 2, round((target - now) / LEADING)))
            filled[-1].append(stanza[:cut])
            filled.append([])
            left.insert(0, stanza[cut:])
    return [column for column in filled if column]


@lru_cache(maxsize=1 << 14)
def _ems(verse: str, face: str, language: str) -> float:
    """Width of a verse in ems: measured once, since dozens of sizes are tried."""
    return width(verse, 200, face, language=language) / 200


def _turn(verse: str, face: str, size: int, measure: float, language: str) -> list[Line]:
    """A verse as one line, or turned over as often as it must be."""
    bare = verse.lstrip(" ")
    indent = min((len(verse) - len(bare)) * INDENT * size, 0.4 * measure)
    bare = bare.rstrip()
    wide = _ems(bare, face, language) * size
    if indent + wide <= measure:
        return [Line(bare, indent, wide)]
    lines, room = [], measure - indent
    units = bare.split(" ") if " " in bare else list(bare)
    glue = " " if " " in bare else ""
    while units:
        n = len(units)
        while n > 1 and _ems(glue.join(units[:n]), face, language) * size > room:
            n -= 1
        if n == len(units) - 1 and n > 2 and len(units[-1]) < 8:
            n -= 1  # one short word alone below looks like a slip
        part = glue.join(units[:n])
        if n == 1 and len(part) > 1 and _ems(part, face, language) * size > room:
            keep = next(k for k in range(len(part) - 1, 0, -1) if k == 1 or _ems(part[:k], face, language) * size <= room)
            units[:1] = [part[:keep], part[keep:]]  # a word longer than the measure
            part = part[:keep]
        lines.append(Line(part, indent, width(part, size, face, language=language)))
        units = units[n:]
        if len(lines) == 1:
            indent += TURN * size
            room = measure - indent
    return lines


def _body(pen: Any, setting: Setting, y: float, across: int, face: str, inks: Inks, language: str) -> float:
    """Draw the verse from *y* down; returns where it ends."""
    size, columns = setting.size, setting.columns
    initial = _Initial(columns, size, face) if len(columns) == 1 else None
    widths = [max(line.indent + line.wide for stanza in column for line in stanza) for column in columns]
    if initial is not None and initial.letter:
        widths[0] = max(widths[0], *(initial.shift(i) + line.wide for i, line in enumerate(columns[0][0][:2])))
    gutter = across * GUTTER * 1.25
    x = (across - sum(widths) - gutter * (len(columns) - 1)) / 2
    if len(columns) == 1:
        every = [line.indent + line.wide for stanza in columns[0] for line in stanza]
        optical = 0.62 * widths[0] + 0.38 * sum(every) / len(every)  # a few long verses must not pull all to the left
        x = min((across - optical) / 2, across * (1 - 0.6 * SIDE) - widths[0])
    bottom = y
    for column, wide in zip(columns, widths, strict=True):
        at = y + LEADING * size * 0.78
        for s, stanza in enumerate(column):
            for i, line in enumerate(stanza):
                shift = 0.0
                text = line.text
                if initial is not None and initial.letter and s == 0 and i < 2:
                    shift = initial.shift(i)
                    if i == 0:
                        text = initial.draw(pen, x, at, inks, text)
                        shift += draw(pen, x + shift, at, initial.word, size, inks.ink, face, caps=True, tracking=0.04)
                        shift += 0.04 * size * bool(initial.word)
                hang = width(text[0], size, face) if text[:1] in "‘“«" and not shift else 0.0
                draw(pen, x + line.indent + shift - hang, at, text, size, inks.ink, face, language=language)
                bottom = max(bottom, at)
                at += LEADING * size
            at += LEADING * STANZA * size
        x += wide + gutter
    return bottom


class _Initial:
    """The letter of two lines' height that begins a poem of some length."""

    def __init__(self, columns: Sequence[Sequence[Sequence[Line]]], size: int, face: str) -> None:
        first = columns[0][0]
        text = first[0].text
        fits = (len(first) > 2 and sum(map(len, columns[0])) > 5 and text[0].isalpha() and text[0] < "\u0250"
                and face == REGULAR and not first[0].indent and not first[1].indent)
        self.letter = text[0].upper() if fits else ""
        word = text.split(" ")[0]
        self.word = word[1:]
        self.body, self.size = size, round(size * (LEADING + CAPITAL) / CAPITAL)

    def shift(self, line: int) -> float:
        """How far line 0 or 1 stands in."""
        box = load(REGULAR, self.size).getbbox(self.letter, anchor="ls")
        close = 0.06 if line == 0 and len(self.word) and self.letter not in "LA" else 0.2
        return float(box[2] - min(box[0], 0)) + close * self.body

    def draw(self, pen: Any, x: float, y: float, inks: Inks, text: str) -> str:
        """Draw the letter for the line with its baseline at *y*; returns what follows the first word."""
        box = load(REGULAR, self.size).getbbox(self.letter, anchor="ls")
        draw(pen, x - box[0], y + LEADING * self.body, self.letter, self.size, inks.red)
        return text[1 + len(self.word):]
