"""A picture at the size that is wanted, whatever its shape was."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from artengine.works import Image

if TYPE_CHECKING:
    import numpy as np

FITS = ("crop", "pad", "stretch")


def size_of(text: str) -> tuple[int, int]:
    """(width, height) of ``96x64``, or of ``64`` for a square.

    :raises ValueError: for anything else.
    """
    sides = text.lower().replace("×", "x").split("x")
    width, height = (int(side) for side in (sides * 2 if len(sides) == 1 else sides))
    if min(width, height) < 1:
        raise ValueError(text)
    return width, height


def fit(work: Image, width: int, height: int, how: str = "crop") -> Image:
    """*work* at *width* × *height* pixels, by a Lanczos filter; title and labels stay.

    :param how: ``crop`` fills the frame and cuts off what stands over, evenly on both sides; ``pad`` shows the whole and
        fills the rest with the colour of the picture's edge, or with transparency where it has any; ``stretch`` gives up
        its shape.
    :raises ValueError: for another *how*.
    """
    if how not in FITS:
        raise ValueError(f"fit is {', '.join(FITS)}, not {how!r}")
    if (work.width, work.height) == (width, height):
        return work
    from PIL import Image as Pillow  # 50 ms that only those who ask pay

    picture = Pillow.fromarray(work.pixels)
    return Image(fitted(picture, width, height, how), work.title, dict(work.labels))


def fitted(picture: Any, width: int, height: int, how: str = "crop") -> np.ndarray:
    """The pixels of a Pillow picture (mode L, RGB or RGBA) at another size, as :func:`fit` does.  (height, width[, 3|4])"""
    import numpy as np  # as above
    from PIL import Image as Pillow

    wide, high = picture.size
    box = None
    target = (width, height)
    if how == "crop":
        across, down = min(wide, high * width / height), min(high, wide * height / width)
        box = ((wide - across) / 2, (high - down) / 2, (wide + across) / 2, (high + down) / 2)
    elif how == "pad":
        share = min(width / wide, height / high)
        target = max(1, round(wide * share)), max(1, round(high * share))
    # Lanczos is sharp and without moiré; a first reduction by whole numbers makes large photographs quick.
    pixels = np.asarray(picture.resize(target, Pillow.Resampling.LANCZOS, box, reducing_gap=3.0))
    if target == (width, height):
        return pixels
    ground = np.empty((height, width, *pixels.shape[2:]), np.uint8)
    ground[:] = _ground(pixels)
    x, y = (width - target[0]) // 2, (height - target[1]) // 2
    ground[y:y + target[1], x:x + target[0]] = pixels
    return ground


def _ground(pixels: np.ndarray) -> Any:
    """What to pad with: the middle colour of the edge, so that a drawing on white stays on white."""
    import numpy as np  # as above

    if pixels.ndim == 3 and pixels.shape[2] == 4 and (pixels[..., 3] < 255).any():
        return 0
    edge = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
    return np.median(edge, axis=0).astype(np.uint8)
