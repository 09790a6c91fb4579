"""What of a work is seen, heard or read, as numbers: how far two works of one medium are apart to a person, roughly.

Axes: n works, f figures.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING
from zlib import crc32

from artengine.works import Image, Score, Text

if TYPE_CHECKING:
    import numpy as np

    from artengine.works import Work

SIDE = 32  # pixels a side of a picture that is looked at: what moves and changes, without grain
CELLS = 256  # sixteenths of a piece that is listened to, sixteen bars of four quarters
GRAMS = 1024  # kinds of three letters in a row that are told apart


def seen(works: Sequence[Work]) -> np.ndarray:
    """Figures of works, of which the Euclidean distance is how different two are.  (n, f) float32

    Pictures in OKLab at 32 pixels a side: the distance is the root of the mean square over them. Music as a piano roll,
    text by its groups of three letters.
    """
    import numpy as np  # a listing or a text need not pay for it

    return np.stack([_picture(work) if isinstance(work, Image) else _music(work) if isinstance(work, Score) else _text(work)
                     for work in works]).astype(np.float32)


def _picture(work: Image) -> np.ndarray:
    import numpy as np
    from PIL import Image as Pillow  # 50 ms, once there is a picture

    from artengine.pictures.colours import oklab

    pixels = work.pixels if work.pixels.ndim == 3 else np.repeat(work.pixels[..., None], 3, 2)
    small = pixels
    if pixels.shape[:2] != (SIDE, SIDE):
        small = np.asarray(Pillow.fromarray(pixels).resize((SIDE, SIDE), Pillow.Resampling.BOX))
    lab = oklab(small[..., :3])
    if small.shape[2] == 4:  # transparency is seen too: it takes the colour with it
        alpha = small[..., 3:] / 255
        lab = np.concatenate((lab * alpha, alpha), 2)
    flat: np.ndarray = lab.reshape(-1) / SIDE
    return flat


def _music(work: Score) -> np.ndarray:
    import numpy as np

    roll = np.zeros((CELLS, 128), np.float32)
    for note in work:
        start = int(4 * note.onset)
        roll[start:max(start + 1, int(4 * (note.onset + note.duration))), note.pitch] = 1
    flat: np.ndarray = roll.reshape(-1) / max(1.0, float(np.sqrt(roll.sum())))
    return flat


def _text(work: Text) -> np.ndarray:
    import numpy as np

    counts = np.zeros(GRAMS, np.float32)
    for i in range(len(work.body)):
        counts[crc32(work.body[i:i + 3].encode()) % GRAMS] += 1
    flat: np.ndarray = counts / max(1.0, float(np.linalg.norm(counts)))
    return flat
