"""How my-part reads a picture."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image as Pillow

from artengine.errors import ArtengineError
from artengine.scaffold.templates.plugin_corpus_image import CorpusOptions
from artengine.works import Image

FORMATS = ("png", "jpg", "jpeg", "webp", "gif", "bmp")


def read_file(path: Path, options: CorpusOptions) -> list[Image]:
    """The picture in a file, in RGB, no larger than the options say."""
    try:
        with Pillow.open(path) as file:
            picture = file.convert("RGB")
    except (OSError, ValueError, SyntaxError, Pillow.DecompressionBombError) as error:
        raise ArtengineError("it is no picture.", "Open it in another program and save it as PNG.") from error
    picture.thumbnail((options.side, options.side))
    return [Image(np.asarray(picture), title=path.stem, labels={"source": path.name})]
