"""Pictures in a size other than the one that was learnt, by a good resampler.

Axes: C channels (grey 1, RGB 3, RGBA 4 premultiplied), H rows, W columns.
"""

from __future__ import annotations

import numpy as np
from PIL import Image as Pillow

from artengine.errors import ArtengineError
from artengine.pictures.fitting import size_of

LONGEST, LARGEST = 16384, 80_000_000  # pixels a side and in all: what artengine reads back


def asked(text: str) -> tuple[int, int]:
    """(W, H) of ``512x512``.

    :raises ArtengineError: where it is no size, or too large a one.
    """
    try:
        wide, high = size_of(text)
    except ValueError:
        raise ArtengineError(f'--size "{text}" is not a size.',
                             "Write width and height in pixels, for example 3840x2160.") from None
    if max(wide, high) > LONGEST or wide * high > LARGEST:
        raise ArtengineError(f"A picture of {wide}x{high} pixels is too large.",
                             f"Let no side be over {LONGEST} pixels, and the whole not over {LARGEST // 10**6} million.")
    return wide, high


def enlarged(pixels: np.ndarray, size: str, how: str) -> np.ndarray:
    """A picture of another size, its middle cut out where the shape is another.  uint8 (H, W, C) -> (H', W', C)

    :param how: ``smooth`` (Lanczos, three lobes) or ``pixels`` (each pixel a square).
    """
    wide, high = asked(size)
    h, w = pixels.shape[:2]
    share = min(w / wide, h / high)  # of a pixel learnt in one asked for
    box = ((w - wide * share) / 2, (h - high * share) / 2, (w + wide * share) / 2, (h + high * share) / 2)
    resampling = Pillow.Resampling.LANCZOS if how == "smooth" else Pillow.Resampling.NEAREST
    planes = [np.asarray(Pillow.fromarray(np.ascontiguousarray(pixels[..., c])).resize((wide, high), resampling, box))
              for c in range(pixels.shape[2])]  # plane by plane: Pillow would multiply the colours of RGBA once more
    made = np.stack(planes, 2)
    if made.shape[2] == 4:
        made[..., :3] = np.minimum(made[..., :3], made[..., 3:])  # lobes overshoot
    return made
