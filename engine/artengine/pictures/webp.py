"""WebP: stills with a recipe inside, and films written frame by frame."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from xml.sax.saxutils import quoteattr

if TYPE_CHECKING:
    import numpy as np

    from artengine.pictures.films import Setting

LARGEST = 16383  # pixels a side, by the format
_SPACE = "urn:artengine"


def xmp(recipe: str) -> bytes:
    """The XMP packet that holds a recipe."""
    return ('<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
            f'<rdf:Description rdf:about="" xmlns:artengine="{_SPACE}" artengine:recipe={quoteattr(recipe)}/>'
            "</rdf:RDF></x:xmpmeta>").encode()


def from_xmp(packet: bytes) -> str | None:
    """The recipe in an XMP packet, ``None`` where there is none."""
    from xml.etree import ElementTree  # only where a file has such a packet

    if b"<!" in packet:  # a document type, with which a hostile file could swell
        return None
    try:
        root = ElementTree.fromstring(packet)
    except ElementTree.ParseError:
        return None
    return next((found for one in root.iter() if (found := one.get(f"{{{_SPACE}}}recipe"))), None)


def chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The chunks of a WebP file: (name of four letters, content)."""
    at = 12
    while at + 8 <= len(data):
        size, = struct.unpack_from("<I", data, at + 4)
        yield data[at:at + 4], data[at + 8:at + 8 + size]
        at += 8 + size + (size & 1)


def recipe(path: Path) -> str | None:
    """The recipe inside a WebP file, still or film, ``None`` where there is none."""
    data = path.read_bytes()
    if data[:4] != b"RIFF" or data[8:12] != b"WEBP":
        return None
    return next((from_xmp(body) for name, body in chunks(data) if name == b"XMP "), None)


def _chunk(name: bytes, body: bytes) -> bytes:
    return name + struct.pack("<I", len(body)) + body + b"\0" * (len(body) & 1)


def _three(value: int) -> bytes:
    return struct.pack("<I", value)[:3]


class WebP:
    """Writes an animated WebP. libwebp packs each frame by itself, in any thread; the container is put together here."""

    def __init__(self, path: Path, setting: Setting) -> None:
        if max(setting.width, setting.height) > LARGEST:
            from artengine.errors import ArtengineError  # only on this way out

            raise ArtengineError(f"A WebP has at most {LARGEST} pixels a side.", "Make it smaller, or write another format.")
        self.setting, self.count = setting, 0
        self.file = path.open("wb")
        # The features are transparency, XMP and animation; the length of the whole is filled in at the end.
        head = bytes((0x12 | (4 if setting.recipe else 0), 0, 0, 0)) + _three(setting.width - 1) + _three(setting.height - 1)
        self.file.write(b"RIFF\0\0\0\0WEBP" + _chunk(b"VP8X", head)
                        + _chunk(b"ANIM", struct.pack("<IH", 0, 0 if setting.loop else 1)))

    def prepare(self, pixels: np.ndarray) -> bytes:
        """The frame, packed."""
        from PIL import Image as Pillow  # 50 ms that only those who ask pay

        made = io.BytesIO()
        Pillow.fromarray(pixels).save(made, "WEBP", quality=90, method=4)
        return b"".join(_chunk(name, body) for name, body in chunks(made.getvalue()) if name in (b"VP8 ", b"VP8L", b"ALPH"))

    def put(self, prepared: bytes) -> None:
        """Write the next frame."""
        at, following = (round(1000 * n / self.setting.fps) for n in (self.count, self.count + 1))
        self.count += 1
        place = _three(0) * 2 + _three(self.setting.width - 1) + _three(self.setting.height - 1)
        self.file.write(_chunk(b"ANMF", place + _three(following - at) + b"\x02" + prepared))  # 2: not blended with the last

    def close(self) -> None:
        """Write the recipe and the length."""
        if self.setting.recipe:
            self.file.write(_chunk(b"XMP ", xmp(self.setting.recipe)))
        size = self.file.tell() - 8
        self.file.seek(4)
        self.file.write(struct.pack("<I", size))
        self.file.close()

    recipe = staticmethod(recipe)
