"""How my-part writes a picture."""

from __future__ import annotations

from io import BytesIO

from PIL import Image as Pillow
from PIL.PngImagePlugin import PngInfo

from artengine.scaffold.templates.plugin_exporter_image import ExporterOptions
from artengine.works import Image

KEY = "artengine"


def encode(work: Image, recipe: str, options: ExporterOptions) -> bytes:
    """*work* as a PNG file with *recipe* as a text chunk."""
    n = options.enlarge
    info = PngInfo()
    info.add_text(KEY, recipe)
    file = BytesIO()
    Pillow.fromarray(work.pixels.repeat(n, 0).repeat(n, 1)).save(file, "png", pnginfo=info)
    return file.getvalue()


def find_recipe(content: bytes) -> str | None:
    """The text chunk that ``encode`` wrote, ``None`` where there is none."""
    try:
        with Pillow.open(BytesIO(content), formats=("png",)) as image:
            return image.info.get(KEY)
    except (OSError, SyntaxError):  # what Pillow says of files that are no pictures
        return None
