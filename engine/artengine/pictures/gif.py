"""Animated GIF, written frame by frame: each has a palette of its own, and none is kept in memory."""

from __future__ import annotations

import io
import struct
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

    from artengine.pictures.films import Setting

_MARK = b"artengine "  # begins the comment that holds the recipe


class Gif:
    """Writes an animated GIF. Pillow finds the colours and packs each frame; the file is put together here."""

    def __init__(self, path: Path, setting: Setting) -> None:
        self.setting, self.count = setting, 0
        self.file = path.open("wb")
        self.file.write(b"GIF89a" + struct.pack("<HHBBB", setting.width, setting.height, 0x70, 0, 0))
        if setting.loop:
            self.file.write(b"\x21\xff\x0bNETSCAPE2.0\x03\x01\x00\x00\x00")
        if setting.recipe:
            raw = _MARK + setting.recipe.encode()
            self.file.write(b"\x21\xfe" + b"".join(
                bytes((len(raw[i:i + 255]),)) + raw[i:i + 255] for i in range(0, len(raw), 255)) + b"\0")

    def prepare(self, pixels: np.ndarray) -> tuple[bytes, bool]:
        """The frame's image block with its palette, and whether index 255 is transparent."""
        indexed, clear = _indexed(pixels)
        made = io.BytesIO()
        indexed.save(made, "GIF", optimize=False, interlace=False)
        return _image_block(made.getvalue()), clear

    def put(self, prepared: tuple[bytes, bool]) -> None:
        """Write the next frame."""
        block, clear = prepared
        at, following = (round(100 * n / self.setting.fps) for n in (self.count, self.count + 1))
        self.count += 1
        # A transparent frame is wiped away before the next (disposal 2), any other is drawn over.
        flags = (2 if clear else 1) << 2 | clear
        self.file.write(b"\x21\xf9\x04" + struct.pack("<BHBB", flags, following - at, 255 if clear else 0, 0) + block)

    def close(self) -> None:
        """End the file."""
        self.file.write(b";")
        self.file.close()

    @staticmethod
    def recipe(path: Path) -> str | None:
        """The recipe in the comment of a GIF file."""
        from PIL import Image as Pillow  # 50 ms that only those who ask pay

        with Pillow.open(path, formats=["GIF"]) as picture:
            comment = picture.info.get("comment", b"")
        return str(comment[len(_MARK):], "utf-8") if comment.startswith(_MARK) else None


def _indexed(pixels: np.ndarray) -> tuple[Any, bool]:
    """A Pillow picture with a palette, and whether index 255 of it is transparent; half-transparent is one or the other."""
    import numpy as np  # as below
    from PIL import Image as Pillow  # 50 ms that only those who ask pay

    if pixels.ndim == 2:
        grey = Pillow.fromarray(pixels)
        grey = grey.convert("P")  # 256 greys, exactly
        return grey, False
    clear = pixels[..., 3] < 128 if pixels.shape[2] == 4 else np.zeros(pixels.shape[:2], bool)
    picture = Pillow.fromarray(np.ascontiguousarray(pixels[..., :3]))
    most = 255 if clear.any() else 256
    if clear.any():  # what nobody sees takes no place in the palette
        seen = pixels[~clear, :3]
        pixels = pixels[..., :3].copy()
        pixels[clear] = seen[0] if len(seen) else 0
        picture = Pillow.fromarray(pixels)
    found = picture.getcolors(most)
    if found is not None:  # few enough to keep every one of them
        palette = Pillow.new("P", (1, 1))
        palette.putpalette([v for _, colour in found for v in colour])  # type: ignore[union-attr]
        indexed = picture.quantize(palette=palette, dither=Pillow.Dither.NONE)
    else:
        indexed = picture.quantize(palette=picture.quantize(most, Pillow.Quantize.MEDIANCUT, kmeans=1))
    if clear.any():
        index = np.array(indexed)
        index[clear] = 255
        made = Pillow.fromarray(index, "L")
        colours = (indexed.getpalette() or [])[:765]
        made.putpalette(colours + [0] * (768 - len(colours)))
        indexed = made
    return indexed, bool(clear.any())


def _image_block(data: bytes) -> bytes:
    """The one image of a GIF file as a block with its palette inside, to stand in a longer file."""
    flags = data[10]
    bits = flags & 7
    at = 13 + (3 << (bits + 1) if flags & 0x80 else 0)
    palette = data[13:at]
    while data[at] == 0x21:  # extensions: a label, then pieces that begin with their length, the last of length 0
        at += 2
        while data[at]:
            at += data[at] + 1
        at += 1
    # Image descriptor: separator, left, top, width, height, flags; a palette of its own is not what Pillow writes here.
    return data[at:at + 9] + bytes((0x80 | bits,)) + palette + data[at + 10:].removesuffix(b";")
