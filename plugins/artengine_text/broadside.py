"""Exporter ``broadside``: a poem as one printed sheet."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from artengine.api import Opt

if TYPE_CHECKING:
    from artengine.api import Run
    from artengine.works import Text

KEYWORD = "artengine"  # of the text chunk that holds the recipe


@dataclass(frozen=True)
class BroadsideOptions:
    """How the sheet is set."""

    width: Annotated[int, Opt("Shorter side of the sheet in pixels; 2480 is A4 at 300 dots an inch.",
                              min=400, max=10000)] = 2480
    paper: Annotated[str, Opt("Colour of the paper.", choices=("ivory", "white", "night"))] = "ivory"
    direction: Annotated[str, Opt("How lines run: Chinese and Japanese in columns, or all verse across the sheet.",
                                  choices=("auto", "across", "down"))] = "auto"
    font: Annotated[str, Opt("Font file to set the verse in, in place of EB Garamond or Noto Serif.")] = ""
    colophon: Annotated[str, Opt("Line at the foot; by default what made the poem and the seed.")] = ""


class Broadside:
    """Draws a sheet; the recipe travels in a text chunk."""

    def __init__(self, options: BroadsideOptions, run: Run) -> None:
        self.options = options

    def write(self, work: Text, path: Path, recipe: str) -> None:
        """Write *work* to *path*.

        :raises ArtengineError: for a text with nothing in it or too long for a sheet, and where no font has a character.
        """
        from PIL import PngImagePlugin  # Pillow's 50 ms belong to the drawing, not to the listing of options

        from artengine_text import sheet

        picture: Any = sheet.sheet(work, self.options, self.options.colophon or made_by(recipe))
        text = PngImagePlugin.PngInfo()
        text.add_itxt("Title", work.title or "Untitled")
        text.add_itxt("Software", "artengine")
        if recipe:
            text.add_itxt(KEYWORD, recipe)
        dots = self.options.width / 8.27  # the sheet is A4
        picture.save(path, "PNG", pnginfo=text, compress_level=6, dpi=(dots, dots))

    def recipe(self, path: Path) -> str | None:
        """The recipe in the text chunk of *path*, ``None`` where there is none."""
        from PIL import Image

        try:
            with Image.open(path) as picture:
                picture.load()  # text may stand after the pixels
                found = getattr(picture, "text", {}).get(KEYWORD)
        except (OSError, SyntaxError, ValueError):
            return None
        return str(found) if found else None


def made_by(recipe: str) -> str:
    """``poetry-rnn, seed 7``: what a recipe says in a line."""
    try:
        said = json.loads(recipe)
        return f"{said['plugin']}, seed {said['seed']}"
    except (ValueError, KeyError, TypeError):
        return ""
