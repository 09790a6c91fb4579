"""The fonts that ship, those of the system for what they lack, and setting a line of text in them."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Any

from PIL import ImageFont, features

from artengine.errors import ArtengineError

REGULAR, ITALIC, HAN = "EBGaramond12-Regular.otf", "EBGaramond12-Italic.otf", "NotoSerifCJKtc-Verse.otf"
_SYSTEM = ("NotoSerifCJK", "SourceHanSerif", "NotoSerifTC", "NotoSerifSC", "NotoSerifJP", "Songti", "simsun", "mingliu",
           "msmincho", "batang", "HiraMin", "NotoSansCJK", "wqy-", "uming", "DejaVuSerif",
           "NotoSerif-Regular", "FreeSerif", "times",
           "DejaVuSans.", "Arial Unicode", "NotoSans-Regular", "seguisym", "Symbola")
SMALL = 0.8  # height of capitals that stand in for small ones
shaping = features.check("raqm")  # kerning, ligatures, small capitals and regional forms; without it text is set plainly


@lru_cache(maxsize=1)
def _folder() -> Path:
    return Path(str(resources.files("artengine_text") / "fonts"))


@lru_cache(maxsize=256)
def load(name: str, size: int) -> Any:
    """The font *name*, one that ships or a path, at *size* pixels to the em.

    :raises ArtengineError: where it is no font.
    """
    try:
        return ImageFont.truetype(name if os.path.isabs(name) else str(_folder() / name), size)
    except OSError as error:
        raise ArtengineError(f'"{name}" cannot be used as a font: {error}.',
                             "Give the path of a .ttf, .otf or .ttc file.") from error


@lru_cache(maxsize=1)
def _system() -> tuple[str, ...]:
    """Fonts of the system that may have what ours lack, best first."""
    home = Path.home()
    places = {"darwin": [Path("/System/Library/Fonts"), Path("/Library/Fonts"), home / "Library/Fonts"],
              "win32": [Path(os.environ.get("WINDIR", "C:/Windows")) / "Fonts"]}.get(sys.platform, [
                  Path("/usr/share/fonts"), Path("/usr/local/share/fonts"), home / ".local/share/fonts", home / ".fonts"])
    found = [str(path) for place in places if place.is_dir() for path in sorted(place.rglob("*"))
             if path.suffix.lower() in {".ttf", ".otf", ".ttc"}]
    rank = {path: next((i for i, name in enumerate(_SYSTEM) if Path(path).name.lower().startswith(name.lower())), -1)
            for path in found}
    return tuple(sorted((path for path in found if rank[path] >= 0 and "Bold" not in path and "Oblique" not in path),
                        key=lambda path: (rank[path], path)))


@lru_cache(maxsize=1 << 15)
def _has(name: str, c: str) -> bool:
    """Whether a font has a character, rather than a box in its place."""
    font = load(name, 32)
    glyph, box = font.getmask(c), font.getmask("\uffff")
    return c.isspace() or glyph.size != box.size or bytes(glyph) != bytes(box)


@lru_cache(maxsize=1 << 15)
def font_for(c: str, first: str) -> str:
    """The font to set a character in: *first* if that has it.

    :raises ArtengineError: where no font has it.
    """
    for name in (first, REGULAR, HAN):
        if _has(name, c):
            return name
    for name in _system():
        try:
            if _has(name, c):
                return name
        except ArtengineError:
            continue
    raise ArtengineError(f'No font on this machine has the character "{c}" (U+{ord(c):04X}).',
                         "Install one that has it, for Chinese Noto Serif CJK, or write the poem as --format html.")


def runs(text: str, first: str) -> Iterator[tuple[str, str]]:
    """*text* in stretches of one font each, as (font, stretch)."""
    start, current = 0, ""
    for i, c in enumerate(text):
        name = current if c in " \u200d\ufe0f" and current else font_for(c, first)
        if current and name != current:
            yield current, text[start:i]
            start = i
        current = name
    if text:
        yield current, text[start:]


def keywords(name: str, caps: bool, language: str) -> dict[str, Any]:
    """What Pillow is to be told of the features of a font."""
    if not shaping:
        return {}
    han = name == HAN
    wanted = [] if han else ["kern", "liga", "onum"] + (["smcp", "c2sc"] if caps else [])
    return {"features": wanted, "language": language} if han and language else {"features": wanted}


def width(text: str, size: int, first: str = REGULAR, caps: bool = False, tracking: float = 0.0,
          language: str = "") -> float:
    """Pixels that :func:`draw` will take for *text*."""
    return draw(None, 0, 0, text, size, "", first, caps, tracking, language)


def draw(pen: Any, x: float, y: float, text: str, size: int, ink: str, first: str = REGULAR, caps: bool = False,
         tracking: float = 0.0, language: str = "") -> float:
    """Set *text* with its baseline at *y*, from *x* on; returns its width.

    :param pen: a Pillow ``ImageDraw``, or ``None`` to measure only.
    :param caps: in small capitals.
    :param tracking: space between letters, in ems.
    """
    start = x
    if caps and not shaping:
        text, size = text.upper(), round(size * SMALL)
    for name, stretch in runs(text, first):
        font, more = load(name, size), keywords(name, caps, language)
        for part in (stretch if tracking else [stretch]):
            if pen is not None:
                pen.text((x, y), part, fill=ink, font=font, anchor="ls", **more)
            x += font.getlength(part, **more) + tracking * size
    return x - start - (tracking * size if text else 0)
