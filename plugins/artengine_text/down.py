"""Verse set in columns from right to left, as a Chinese book sets it: framed, ruled in red, sealed.

A column holds one verse. The title stands in the first column, the author low in the second.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from PIL import Image as Pillow
from PIL import ImageDraw

from artengine.errors import ArtengineError
from artengine_text import fonts
from artengine_text.fonts import HAN, ITALIC, REGULAR, draw, font_for, load, width
from artengine_text.printing import clean, printed
from artengine_text.sheet import LONG, Inks, blank

if TYPE_CHECKING:
    from artengine.works import Text
    from artengine_text.broadside import BroadsideOptions

PITCH, STEP = 1.72, 1.1  # ems from column to column, from character to character
LARGEST, SMALLEST = 0.088, 0.0135  # size of a character as a share of the shorter side
MARGIN = 0.115  # of the sheet, around the frame
COMFORT = 0.04  # size, again of the sheet, below which another row of columns is better than smaller characters
ABOVE = 0.55  # ems between frame and first character
SEAL = 1.25  # ems that the seal takes below the author's name
ASCENT = 0.88  # of a character's square above the baseline
_STOPS = "，。！？；：、,!?;:"
# Signs that look otherwise in columns; fonts have these forms under numbers of their own.
_UPRIGHT = dict(zip("，、。：；！？「」『』（）《》〈〉【】〖〗〔〕—…～",
                    "︐︑︒︓︔︕︖﹁﹂﹃﹄︵︶︽︾︿﹀︻︼︗︘︹︺︱︙︴", strict=True))
_CENTRED = "，、。：；！？"  # which traditional Chinese sets in the middle of their square, as its font has them
_LYING = re.compile(r"[!-~À-ɏ' ’.-]{2,}|[a-zA-ZÀ-ɏ]")  # what lies on its side in a column


class Column(NamedTuple):
    """One column: its characters, or stretches of Latin script, and where it begins."""

    cells: list[str]
    skip: float = 0.0
    """Ems left free at the top."""
    scale: float = 1.0
    low: bool = False
    """It ends at the foot rather than beginning at the head."""


def set_down(work: Text, language: str, options: BroadsideOptions, inks: Inks, colophon: str) -> Any:
    """The sheet, with verse in columns.

    :raises ArtengineError: for a poem too long for a sheet.
    """
    body = [_cells(verse) for verse in verses(clean(work.body))]
    title, author = clean(work.title), clean(work.labels.get("author", ""))
    head = [Column(_cells(title), 0.0)] if title else []
    if author:
        head.append(Column(_cells(author), scale=0.72, low=True))
    tail = [] if author else [Column([])]  # for the seal, which else stands below the author's name
    face = options.font or HAN
    tall_side = options.width * LONG
    ways = []
    for across, tall in ((tall_side, options.width), (options.width, tall_side)):
        for rows in range(1, 7):
            way = _fit(head, body, tail, across, tall, rows, options.width)
            if way:
                fair = way[0] >= options.width * COMFORT
                ways.append(((fair, -rows if fair else way[0], way[0]), across, tall, way))
    if not ways:
        raise ArtengineError(f"This text of {len(work.lines)} lines is too long for one sheet.",
                             "Write it with --format html, which prints on as many pages as it needs.")
    _, across, tall, (size, columns, length, rows) = max(ways, key=lambda way: way[0])
    picture = blank(round(across), round(tall), inks)
    _draw(picture, columns, size, length, rows, face, language, inks)
    if colophon:
        small, said = round(options.width * 0.0135), printed(colophon, "en")
        draw(ImageDraw.Draw(picture), (across - width(said, small, ITALIC)) / 2, tall - options.width * 0.05, said, small,
             inks.quiet, ITALIC)
    return picture


def verses(body: str) -> list[str]:
    """The verses of a poem, each to stand in a column: lines, and where these hold several of one length, their parts."""
    lines = [line.strip(" 　") for line in body.split("\n") if line.strip(" 　")]
    parts = [re.findall(r"[^，。！？；：]+[，。！？；：]*[」』”’]*", line) for line in lines]
    lengths = {len(re.sub(r"\W", "", part)) for line in parts for part in line}
    if len(lengths) == 1 and max(lengths) <= 9:
        return [part for line in parts for part in line]
    return lines


def _cells(text: str) -> list[str]:
    """Characters one below the other; a stretch of Latin script is one cell, and lies."""
    cells, at = [], 0
    for found in _LYING.finditer(text):
        cells += list(text[at:found.start()])
        if found[0].strip():
            cells.append(found[0].strip())
        at = found.end()
    return [c for c in cells + list(text[at:]) if c not in " "]


def _long(cells: Sequence[str]) -> float:
    """Length of a column in ems."""
    return sum(STEP if len(c) == 1 else width(c, 100, REGULAR) / 100 + STEP - 1 + 0.2 for c in cells)


def _fit(head: Sequence[Column], body: Sequence[list[str]], tail: Sequence[Column], across: float, tall: float, rows: int,
         unit: int) -> tuple[int, list[Column], float, int] | None:
    """Size, columns, their length in ems and the rows of them, where a sheet holds the poem in *rows*."""
    size = unit * LARGEST
    frame = unit * MARGIN
    lengths = [_long(cells) for cells in body]
    while size >= unit * SMALLEST:
        room = ((tall - 2 * frame) / rows - ABOVE * size * 2) / size  # ems of a column
        most = int((across - 2 * frame - size) / (size * PITCH)) * rows
        wanted = max([*lengths, *(_long(c.cells) * c.scale + SEAL * c.low for c in head)])
        length = min(room, max(wanted, 4.0))
        if wanted <= room or size < unit * SMALLEST * 2.2:
            columns = list(head)
            for cells in body:
                columns += [Column(part, 0.0 if i == 0 else STEP) for i, part in enumerate(_folded(cells, length))]
            columns += tail
            tallest = max(_long(c.cells) * c.scale + c.skip + SEAL * c.low for c in columns)
            if len(columns) <= most and tallest <= length + 0.01:
                return round(size), columns, length, rows
        size *= 0.97
    return None


def _folded(cells: list[str], length: float) -> list[list[str]]:
    """A verse that is longer than a column goes on in the next, one character lower; a stop begins no column."""
    parts: list[list[str]] = [[]]
    for cell in cells:
        room = length - (STEP if len(parts) > 1 else 0.0)
        if parts[-1] and _long([*parts[-1], cell]) > room + 0.01:
            parts.append([parts[-1].pop()] if cell in _STOPS and len(parts[-1]) > 1 else [])
        parts[-1].append(cell)
    return parts


def _draw(picture: Any, columns: list[Column], size: int, length: float, rows: int, face: str, language: str,
          inks: Inks) -> None:
    pen = ImageDraw.Draw(picture)
    each = -(-len(columns) // rows)
    pitch = size * PITCH
    pad = size * 0.32
    wide, tall = each * pitch + 2 * pad, length * size + 2 * ABOVE * size
    between = size * 0.5 if rows > 1 else 0.0
    left = (picture.width - wide) / 2
    top = (picture.height - rows * tall - (rows - 1) * between) * (0.47 if picture.height > picture.width else 0.46)
    fine, thick = max(1, round(size * 0.014)), max(2, round(size * 0.055))
    for row in range(rows):
        y = top + row * (tall + between)
        outer = size * 0.16
        pen.rectangle((left - outer, y - outer, left + wide + outer, y + tall + outer), outline=inks.red, width=thick)
        pen.rectangle((left, y, left + wide, y + tall), outline=inks.red, width=fine)
        for k in range(1, each):
            x = left + wide - pad - k * pitch
            pen.line((x, y, x, y + tall), fill=_mixed(inks.red, inks.paper, 0.55), width=fine)
        for k, column in enumerate(columns[row * each:(row + 1) * each]):
            x = left + wide - pad - (k + 0.5) * pitch
            free = length - _long(column.cells) * column.scale - SEAL * column.low
            start = y + (ABOVE + (free if column.low else column.skip)) * size
            _column(picture, pen, column, x, start, round(size * column.scale), face, language, inks.ink)
            if column.low or not column.cells:
                _seal(picture, x, y + tall - ABOVE * size, size, inks)


def _column(picture: Any, pen: Any, column: Column, x: float, y: float, size: int, face: str, language: str,
            ink: str) -> None:
    """One column, centred on *x*, from *y* down."""
    for cell in column.cells:
        if len(cell) == 1:
            middle = cell in _CENTRED and language.startswith(("zh-Hant", "lzh"))
            sign = cell if middle else _UPRIGHT.get(cell, cell)
            name = font_for(sign, face)
            more = fonts.keywords(name, False, language)
            if fonts.shaping and name == HAN:
                more["features"] = ["vert"]
            font = load(name, size)
            shift = (font.getlength(sign, **more) - size) / 2  # a letter of another font may be narrower than its square
            pen.text((x - size / 2 - shift, y + ASCENT * size), sign, fill=ink, font=font, anchor="ls", **more)
            y += STEP * size
            continue
        long = width(cell, size, REGULAR)
        strip = Pillow.new("L", (round(long) + 4, round(size * 1.4)), 0)
        draw(ImageDraw.Draw(strip), 2, size, cell, size, "white")
        turned = strip.rotate(-90, expand=True)
        picture.paste(ink, (round(x - turned.width / 2 + size * 0.02), round(y + size * 0.1)), turned)
        y += long + (STEP - 1 + 0.2) * size


def _seal(picture: Any, x: float, foot: float, size: int, inks: Inks) -> None:
    """A red seal, centred on *x* and standing on *foot*."""
    side = round(size * 0.86)
    seal = Pillow.new("L", (side * 4, side * 4), 0)
    pen = ImageDraw.Draw(seal)
    pen.rounded_rectangle((0, 0, side * 4 - 1, side * 4 - 1), radius=side * 0.36, fill=255)
    pen.rounded_rectangle((side * 0.17, side * 0.17, side * 3.83, side * 3.83), radius=side * 0.25, outline=0,
                          width=max(2, round(side * 0.07)))
    pen.text((side * 2, side * 2), "詩", fill=0, font=load(HAN, round(side * 2.9)), anchor="mm")
    seal = seal.resize((side, side), Pillow.Resampling.LANCZOS)
    picture.paste(inks.red, (round(x - side / 2), round(foot - side)), seal)


def _mixed(a: str, b: str, share: float) -> str:
    """A colour between *a* and *b*."""
    one, two = (tuple(int(c[i:i + 2], 16) for i in (1, 3, 5)) for c in (a, b))
    return "#" + "".join(f"{round(p * (1 - share) + q * share):02x}" for p, q in zip(one, two, strict=True))
