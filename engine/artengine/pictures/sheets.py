"""Contact sheets: many pictures in one."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, sqrt
from typing import Any

from artengine.errors import ArtengineError
from artengine.works import Image

LARGEST = 80_000_000  # pixels of a sheet


def sheet(images: Sequence[Image], columns: int | None = None, *, gap: int = 8, scale: int = 1,
          captions: Sequence[str] | None = None, background: tuple[int, ...] = (255, 255, 255)) -> Image:
    """*images* in rows of *columns*, each in the middle of a cell as large as the largest of them.

    :param columns: pictures in a row; by default about as many as there are rows.
    :param gap: pixels around and between the cells.
    :param scale: every pixel becomes a square of this many pixels a side, for pictures that were made small.
    :param captions: a line below each picture; what does not fit is cut short.
    :param background: the colour between, and behind what is transparent: red, green, blue, and alpha for a sheet that
        stays transparent; each 0 to 255.
    :raises ArtengineError: where there are no pictures, or the sheet would be too large.
    :raises ValueError: where there are more or fewer captions than pictures, or a number is out of range.
    """
    if not images:
        raise ArtengineError("There are no pictures for a contact sheet.", "Give at least one.")
    if captions is not None and len(captions) != len(images):
        raise ValueError(f"{len(captions)} captions for {len(images)} pictures")
    columns = ceil(sqrt(len(images))) if columns is None else columns
    if columns < 1 or gap < 0 or scale < 1 or len(background) not in (3, 4):
        raise ValueError("columns and scale are 1 or more, gap 0 or more, background three or four numbers")
    columns = min(columns, len(images))
    wide, high = scale * max(i.width for i in images), scale * max(i.height for i in images)
    text = 0 if captions is None else _size(wide) + 6  # pixels of a caption
    rows = ceil(len(images) / columns)
    width, height = columns * (wide + gap) + gap, rows * (high + text + gap) + gap
    if width * height > LARGEST:
        raise ArtengineError(f"A contact sheet of {width:,} × {height:,} pixels is too large.",
                             f"Keep it under {LARGEST:,} pixels: fewer or smaller pictures, or a smaller scale.")
    from PIL import Image as Pillow  # 50 ms that only those who ask pay

    page = Pillow.new("RGBA", (width, height), (*background, 255)[:4])
    for i, image in enumerate(images):
        left, top = gap + i % columns * (wide + gap), gap + i // columns * (high + text + gap)
        picture = Pillow.fromarray(image.pixels).convert("RGBA").resize((image.width * scale, image.height * scale), 0)
        page.alpha_composite(picture, (left + (wide - picture.width) // 2, top + (high - picture.height) // 2))
        if captions is not None:
            _caption(page, captions[i], left, top + high, wide, text, background)
    import numpy as np  # as above

    return Image(np.array(page if len(background) == 4 else page.convert("RGB")), "Contact sheet")


def _size(wide: int) -> int:
    """Height of the captions' letters in pixels, for cells this wide."""
    return max(10, min(20, wide // 10))


def _caption(page: Any, text: str, left: int, top: int, wide: int, high: int, background: tuple[int, ...]) -> None:
    from PIL import ImageDraw, ImageFont  # as above

    font = ImageFont.load_default(_size(wide))
    text = " ".join(text.split())
    shown = text
    while shown and font.getlength(shown if shown == text else f"{shown}…") > wide:
        shown = shown[:-1].rstrip()
    shown = shown if shown == text else f"{shown}…"
    light = sum(background[:3]) > 384
    ink = (60, 60, 60, 255) if light else (200, 200, 200, 255)
    ImageDraw.Draw(page).text((left + wide / 2, top + high / 2), shown, ink, font, "mm")
