"""How my-part writes a picture."""

from __future__ import annotations

from io import BytesIO

from PIL import Image as Pillow

from artengine.scaffold.templates.plugin_exporter_image import ExporterOptions
from artengine.works import Image

DESCRIPTION = 270  # the tag of a TIFF file that says what it shows


def encode(work: Image, recipe: str, options: ExporterOptions) -> bytes:
    """*work* as a TIFF file with *recipe* as its description."""
    n = options.enlarge
    file = BytesIO()
    Pillow.fromarray(work.pixels.repeat(n, 0).repeat(n, 1)).save(
        file, "tiff", compression="tiff_adobe_deflate", dpi=(options.dpi, options.dpi), tiffinfo={DESCRIPTION: recipe})
    return file.getvalue()


def find_recipe(content: bytes) -> str | None:
    """The description that ``encode`` wrote, ``None`` where there is none."""
    try:
        with Pillow.open(BytesIO(content), formats=("tiff",)) as image:
            return image.getexif().get(DESCRIPTION)
    except (OSError, SyntaxError, ValueError):  # what Pillow says of files that are no pictures
        return None
