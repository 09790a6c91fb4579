"""Exporter ``png``: a score as a picture, engraved, as a piano roll, or both."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from artengine.api import Opt

if TYPE_CHECKING:
    from artengine.api import Run
    from artengine.works import Score

KEYWORD = "artengine"  # of the text chunk that holds the recipe


@dataclass(frozen=True)
class PngOptions:
    """How a score is drawn."""

    view: Annotated[str, Opt("What to draw: staff notation, a piano roll, or one above the other.",
                             choices=("both", "score", "roll"))] = "both"
    width: Annotated[int, Opt("Width of the picture in pixels.", min=400, max=6000)] = 1600
    page: Annotated[int, Opt("Page to draw, where the score is too long for one picture.", min=1)] = 1


class Png:
    """Draws a score; the recipe travels in a text chunk."""

    def __init__(self, options: PngOptions, run: Run) -> None:
        self.options = options
        self.run = run

    def write(self, work: Score, path: Path, recipe: str) -> None:
        """Write *work* to *path*.

        :raises ArtengineError: for a page the score does not have.
        """
        from PIL import PngImagePlugin  # Pillow's 50 ms belong to the drawing, not to the listing of options

        from artengine_music.sheet import sheet

        text = PngImagePlugin.PngInfo()
        text.add_itxt("Title", work.title or "Untitled")
        text.add_itxt("Software", "artengine")
        if recipe:
            text.add_itxt(KEYWORD, recipe)
        picture: Any = sheet(work, self.options.view, self.options.width, self.options.page)
        picture.save(path, "PNG", pnginfo=text, compress_level=6)

    def recipe(self, path: Path) -> str | None:
        """The recipe in the text chunk of *path*, ``None`` where there is none."""
        from PIL import Image

        try:
            with Image.open(path) as picture:
                with suppress(OSError, SyntaxError, ValueError):  # a recipe is of most use where the pixels are damaged
                    picture.load()  # text may stand after the pixels
                found = picture.info.get(KEYWORD)
        except (OSError, SyntaxError, ValueError):
            return None
        return str(found) if found else None
