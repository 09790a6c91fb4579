"""The sheet of a broadside: its paper, and which way the verse runs on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from PIL import Image as Pillow

from artengine.errors import ArtengineError
from artengine_text.languages import guess

if TYPE_CHECKING:
    from artengine.works import Text
    from artengine_text.broadside import BroadsideOptions

LONG = 2**0.5  # the longer side of a sheet over the shorter


class Inks(NamedTuple):
    """The colours of a sheet."""

    paper: str
    ink: str
    quiet: str
    red: str


PAPERS = {"ivory": Inks("#f8f4e9", "#221d19", "#75695c", "#96301f"),
          "white": Inks("#ffffff", "#111111", "#666666", "#a02a1a"),
          "night": Inks("#191714", "#ece5d6", "#958b7d", "#d0745f")}
def sheet(work: Text, options: BroadsideOptions, colophon: str) -> Any:
    """The printed sheet, a Pillow picture.

    :raises ArtengineError: see :meth:`artengine_text.broadside.Broadside.write`.
    """
    from artengine_text import across, down  # the one that is needed

    if not work.lines:
        raise ArtengineError("This text has no lines to print.", "Render another, or write it as .txt.")
    language = work.language or guess(work.body)
    han = language.startswith(("zh", "ja", "lzh"))
    columns = options.direction == "down" or (options.direction == "auto" and han)
    inks = PAPERS[options.paper]
    if columns:
        return down.set_down(work, language, options, inks, colophon)
    return across.set_across(work, language, options, inks, colophon)


def blank(width: int, height: int, inks: Inks) -> Any:
    """A sheet of paper."""
    return Pillow.new("RGB", (width, height), inks.paper)
