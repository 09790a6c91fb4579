"""The exporters of stills: PNG and WebP, each with the recipe inside the file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from artengine.api import Opt
from artengine.errors import ArtengineError

if TYPE_CHECKING:
    from artengine.api import Run
    from artengine.works import Image


class Png:
    """Writes PNG, without loss, in grey, RGB or RGBA as the work is; title and recipe are text chunks."""

    def __init__(self, options: Any, run: Run) -> None:
        """There is nothing to choose."""

    def write(self, work: Image, path: Path, recipe: str) -> None:
        """Write *work* to *path*."""
        from artengine.pictures import png  # only what this file needs

        texts = {"Title": work.title, "Software": "artengine", png.KEYWORD: recipe}
        path.write_bytes(png.with_text(png.encode(work.pixels), {key: text for key, text in texts.items() if text}))

    def recipe(self, path: Path) -> str | None:
        """The recipe inside a file, ``None`` where there is none."""
        from artengine.pictures import png

        return png.recipe(path)


@dataclass(frozen=True)
class WebPOptions:
    """How a picture is packed."""

    quality: Annotated[int, Opt("From 1 (small) to 99 (fine); 100 keeps every pixel as it is.", min=1, max=100)] = 100


class WebP:
    """Writes WebP; the recipe is XMP metadata. The format has no grey: it becomes RGB."""

    def __init__(self, options: WebPOptions | None, run: Run) -> None:
        self.quality = (options or WebPOptions()).quality

    def write(self, work: Image, path: Path, recipe: str) -> None:
        """Write *work* to *path*.

        :raises ArtengineError: where it has more pixels a side than the format allows.
        """
        from PIL import Image as Pillow  # Pillow's 50 ms belong to the writing, not to the listing of options

        from artengine.pictures import webp

        if max(work.width, work.height) > webp.LARGEST:
            raise ArtengineError(f"A picture of {work.width} × {work.height} pixels is too large for WebP.",
                                 f"The format ends at {webp.LARGEST} a side: render it smaller, or as PNG.")
        lossless = self.quality == 100
        inside = {"xmp": webp.xmp(recipe)} if recipe else {}
        Pillow.fromarray(work.pixels).save(path, "WEBP", lossless=lossless, quality=80 if lossless else self.quality,
                                           method=4, exact=True, **inside)

    def recipe(self, path: Path) -> str | None:
        """The recipe inside a file, ``None`` where there is none."""
        from artengine.pictures import webp

        return webp.recipe(path)
