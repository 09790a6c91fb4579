"""Ink on paper: strokes collected in staff spaces, drawn large and reduced, so that every edge is smooth.

Glyphs are Bravura's (SMuFL code points), words are set in EB Garamond; both fonts ship under the SIL Open Font Licence.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from itertools import groupby
from pathlib import Path
from typing import Any

from PIL import Image as Pillow
from PIL import ImageDraw, ImageFont, features

FONTS = Path(__file__).parent / "fonts"
FINE = 3  # pictures are drawn this many times larger, then reduced
PAPER = (251, 248, 241)
INK = (28, 27, 25)
GREY = (132, 126, 116)

GLYPHS = {
    "treble": 0xE050, "bass": 0xE062, "brace": 0xE000, "common": 0xE08A, "cut": 0xE08B,
    "black": 0xE0A4, "half": 0xE0A3, "whole": 0xE0A2, "breve": 0xE0A0, "dot": 0xE1E7,
    "flat": 0xE260, "natural": 0xE261, "sharp": 0xE262, "double sharp": 0xE263, "double flat": 0xE264,
    "rest 8": 0xE4E2, "rest 4": 0xE4E3, "rest 2": 0xE4E4, "rest 1": 0xE4E5, "rest 1/2": 0xE4E6, "rest 1/4": 0xE4E7,
    "rest 1/8": 0xE4E8, "rest 1/16": 0xE4E9, "rest 1/32": 0xE4EA,
    "flag up 1": 0xE240, "flag down 1": 0xE241, "flag up 2": 0xE242, "flag down 2": 0xE243, "flag up 3": 0xE244,
    "flag down 3": 0xE245, "flag up 4": 0xE246, "flag down 4": 0xE247, "flag up 5": 0xE248, "flag down 5": 0xE249,
    "met half": 0xECA3, "met quarter": 0xECA5, "met eighth": 0xECA7, "met dot": 0xECB7,
    **{f"time {d}": 0xE080 + d for d in range(10)}, **{f"tuplet {d}": 0xE880 + d for d in range(10)},
}
WIDTHS = {"black": 1.18, "half": 1.18, "whole": 1.688, "breve": 2.396, "flat": 0.904, "natural": 0.672, "sharp": 0.996,
          "double sharp": 0.988, "double flat": 1.644, "dot": 0.4}
_SIGNS = {"♯": chr(0xE262), "♭": chr(0xE260), "♮": chr(0xE261)}
ACCIDENTALS = {-2: "double flat", -1: "flat", 0: "natural", 1: "sharp", 2: "double sharp"}


@lru_cache(maxsize=64)
def font(name: str, size: int) -> Any:
    """A font of ours at *size* pixels; words are kerned where Pillow has Raqm, as its wheels do."""
    words = name.endswith(".ttf") and features.check("raqm")
    engine = ImageFont.Layout.RAQM if words else ImageFont.Layout.BASIC
    return ImageFont.truetype(str(FONTS / name), size, layout_engine=engine)


def face(style: str) -> str:
    """The file of a text style: ``regular`` or ``italic``."""
    return "EBGaramond-Italic.ttf" if style == "italic" else "EBGaramond-Regular.ttf"


def text_width(text: str, size: float, style: str = "regular") -> float:
    """Width of *text* in the unit of *size*."""
    return sum(_advance(run, f, rise) for run, f, rise in _runs(text, 200, style)) * size / 200


def _advance(run: str, typeface: Any, rise: float) -> float:
    """Width of a run; signs, which alone are raised, keep a little air on both sides."""
    return float(typeface.getlength(run)) + 0.5 * rise


def _runs(text: str, size: int, style: str) -> list[tuple[str, Any, float]]:
    """*text* parted into (characters, font, rise above the baseline): sharps and flats are Bravura's, Garamond has none."""
    out = []
    for sign, group in groupby(text, key=lambda c: c in _SIGNS):
        run = "".join(_SIGNS.get(c, c) for c in group)
        typeface = font("Bravura.otf", round(size * 0.92)) if sign else font(face(style), size)
        out.append((run, typeface, 0.24 * size if sign else 0.0))
    return out


class Ink:
    """Strokes in staff spaces; y grows downwards."""

    def __init__(self) -> None:
        self.strokes: list[tuple[Any, ...]] = []
        self.top, self.bottom = 0.0, 4.0
        """Extent of what has been drawn; a staff itself lies between 0 and 4."""

    def _reach(self, *ys: float) -> None:
        self.top, self.bottom = min(self.top, *ys), max(self.bottom, *ys)

    def glyph(self, name: str, x: float, y: float, scale: float = 1.0, up: float = 0.6, down: float = 0.6) -> None:
        """A Bravura glyph with its origin at (x, y); *up* and *down* say how far it reaches."""
        self._reach(y - up, y + down)
        self.strokes.append(("glyph", chr(GLYPHS[name]), x, y, scale, INK))

    def rect(self, x0: float, y0: float, x1: float, y1: float, colour: tuple[int, ...] = INK) -> None:
        """A filled rectangle."""
        self._reach(y0, y1)
        self.strokes.append(("rect", x0, y0, x1, y1, colour))

    def rounded(self, x0: float, y0: float, x1: float, y1: float, radius: float, colour: tuple[int, ...]) -> None:
        """A filled rectangle with round corners."""
        self._reach(y0, y1)
        self.strokes.append(("rounded", x0, y0, x1, y1, radius, colour))

    def shape(self, points: Iterable[tuple[float, float]]) -> None:
        """A filled polygon."""
        points = list(points)
        self._reach(*(y for _, y in points))
        self.strokes.append(("shape", points, INK))

    def text(self, x: float, y: float, text: str, size: float, style: str = "regular", anchor: str = "ls",
             colour: tuple[int, ...] = INK) -> None:
        """Words on the baseline *y*, *size* spaces to the em."""
        self._reach(y - size * 0.7, y + size * 0.25)
        self.strokes.append(("text", text, x, y, size, style, anchor, colour))

    def curve(self, x0: float, x1: float, y: float, height: float) -> None:
        """A tie from x0 to x1 at *y*, bulging by *height* (negative: upwards), thin at its ends."""
        def side(bulge: float, n: int = 24) -> list[tuple[float, float]]:
            pull = (x1 - x0) * 0.22
            return [(_bezier(i / n, x0, x0 + pull, x1 - pull, x1), _bezier(i / n, y, y + bulge, y + bulge, y))
                    for i in range(n + 1)]

        thick = 0.28 if height > 0 else -0.28
        edge = 0.05 if height > 0 else -0.05
        outer = [(x, v + edge) for x, v in side(height + thick * 0.5)]
        self.shape([*outer, *reversed(side(height - thick * 0.5))])

    def draw(self, picture: Any, space: float, dx: float = 0.0, dy: float = 0.0) -> None:
        """Draw everything on *picture*, *space* pixels to the staff space, moved by (dx, dy) spaces."""
        pen = ImageDraw.Draw(picture)

        def px(v: float) -> float:
            return v * space

        for kind, *s in self.strokes:
            if kind == "rect":
                x0, y0, x1, y1, colour = s
                left, right = _edges(px(x0 + dx), px(x1 + dx))
                upper, lower = _edges(px(y0 + dy), px(y1 + dy))
                pen.rectangle((left, upper, right, lower), fill=colour)
            elif kind == "rounded":
                x0, y0, x1, y1, radius, colour = s
                box = (px(x0 + dx), px(y0 + dy), max(px(x1 + dx), px(x0 + dx) + 1), px(y1 + dy))
                pen.rounded_rectangle(box, px(radius), fill=colour)
            elif kind == "shape":
                points, colour = s
                pen.polygon([(px(x + dx), px(y + dy)) for x, y in points], fill=colour)
            elif kind == "glyph":
                character, x, y, scale, colour = s
                typeface = font("Bravura.otf", round(4 * space * scale))
                pen.text((px(x + dx), px(y + dy)), character, colour, typeface, anchor="ls")
            else:
                text, x, y, size, style, anchor, colour = s
                runs = _runs(text, round(size * space), style)
                at = px(x + dx) - sum(_advance(*run) for run in runs) * {"l": 0.0, "m": 0.5, "r": 1.0}[anchor[0]]
                for run, typeface, rise in runs:
                    pen.text((at + 0.25 * rise, px(y + dy) - rise), run, colour, typeface, anchor="ls")
                    at += _advance(run, typeface, rise)


def _edges(a: float, b: float) -> tuple[int, int]:
    """First and last pixel of a stroke; a thin one starts on a pixel of the reduced picture, so that all look alike."""
    first = round(a)
    size = max(1, round(b - a))
    if size < 3 * FINE:
        first = FINE * round(a / FINE)
    return first, first + size - 1


def _bezier(t: float, a: float, b: float, c: float, d: float) -> float:
    u = 1 - t
    return u * u * u * a + 3 * u * u * t * b + 3 * u * t * t * c + t * t * t * d


def strip(width: int, height: int, draw: Any) -> Any:
    """A band of paper of *width* x *height* pixels with what ``draw(picture)`` puts on it at ``FINE`` times the size."""
    large = Pillow.new("RGB", (width * FINE, height * FINE), PAPER)
    draw(large)
    return large.reduce(FINE)
