"""PNG files with a recipe inside."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

KEYWORD = "artengine"  # of the text chunk that holds the recipe
_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_HEAD = len(_SIGNATURE) + 25  # with the first chunk, IHDR, after which text may stand


def encode(pixels: np.ndarray) -> bytes:
    """A picture as PNG.  (H, W), (H, W, 3) or (H, W, 4) uint8"""
    from PIL import Image as Pillow  # 50 ms that only those who ask pay

    made = io.BytesIO()
    Pillow.fromarray(pixels).save(made, "PNG", compress_level=6)
    return made.getvalue()


def with_text(data: bytes, texts: Mapping[str, str]) -> bytes:
    """A PNG file with UTF-8 text chunks (iTXt), long ones compressed, by keyword."""
    chunks = []
    for keyword, text in texts.items():
        raw = text.encode()
        packed = len(raw) > 1000
        body = keyword.encode("latin-1") + bytes((0, packed, 0, 0, 0)) + (zlib.compress(raw, 6) if packed else raw)
        chunks.append(_chunk(b"iTXt", body))
    return data[:_HEAD] + b"".join(chunks) + data[_HEAD:]


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def recipe(path: Path) -> str | None:
    """The recipe in the text chunk of a PNG file, ``None`` where there is none."""
    from PIL import Image as Pillow  # as above

    try:
        with Pillow.open(path, formats=["PNG"]) as picture:
            picture.load()  # text may stand after the pixels, where another program has saved it again
            found = getattr(picture, "text", {}).get(KEYWORD)
    except (OSError, SyntaxError, ValueError, Pillow.DecompressionBombError):
        return None
    return str(found) if found else None
