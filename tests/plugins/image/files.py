"""Files of pictures to read, good and bad, made here."""

from __future__ import annotations

import gzip
import struct
import zlib
from pathlib import Path

import numpy as np
from PIL import Image as Pillow


def drawn(width: int = 24, height: int = 16, channels: int = 3, seed: int = 0) -> np.ndarray:
    """A picture in which no quarter is like another."""
    y, x = np.mgrid[0:height, 0:width] / max(width, height)
    planes = [0.5 + 0.5 * np.cos(6 * ((k + 1) * x + y * (seed + 1)) + k + seed) for k in range(channels)]
    pixels = np.round(255 * np.stack(planes, 2)).astype(np.uint8)
    if channels == 4:
        pixels[..., 3] = np.where(x + y < 0.7, 255, 0)
    return pixels[..., 0] if channels == 1 else pixels


def png(path: Path, **how: int) -> np.ndarray:
    """Write a drawn picture; returns its pixels."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = drawn(**how)
    Pillow.fromarray(pixels).save(path)
    return pixels


def huge_png(path: Path, width: int, height: int) -> None:
    """A valid PNG of a few hundred kilobytes that unpacks to *width* × *height* grey pixels."""
    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    packer = zlib.compressobj(1)
    row = bytes(width + 1)
    data = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
                     + chunk(b"IDAT", data) + chunk(b"IEND", b""))


def idx(path: Path, values: np.ndarray) -> None:
    """An IDX file, gzipped."""
    head = bytes((0, 0, 8, values.ndim)) + b"".join(struct.pack(">I", n) for n in values.shape)
    path.write_bytes(gzip.compress(head + values.tobytes()))
