"""The frames of a film, one after another."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from artengine.errors import ArtengineError

if TYPE_CHECKING:
    import numpy as np


def frames(path: Path) -> Iterator[np.ndarray]:
    """The frames of a film that :func:`artengine.pictures.film` wrote, as RGBA.  (H, W, 4) uint8

    :raises ArtengineError: where it cannot be read.
    """
    try:
        if path.suffix.lower() == ".mp4":
            yield from _mp4(path)
        else:
            yield from _pictures(sorted(path.glob("*.png")) if path.is_dir() else [path])
    except (OSError, ValueError, EOFError, SyntaxError) as error:
        raise ArtengineError(f'The film "{path}" cannot be read: {error}.', "Copy it again from where it came.") from error


def _mp4(path: Path) -> Iterator[np.ndarray]:
    from artengine.pictures.mp4 import library

    av = library()
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            yield frame.to_ndarray(format="rgba")


def _pictures(paths: list[Path]) -> Iterator[np.ndarray]:
    import numpy as np  # as Pillow, only where there is a film
    from PIL import Image, ImageSequence

    for one in paths:
        with Image.open(one, formats=["PNG", "GIF", "WEBP"]) as picture:
            for frame in ImageSequence.Iterator(picture):
                yield np.asarray(frame.convert("RGBA"))
