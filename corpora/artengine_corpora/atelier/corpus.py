"""The atelier as a corpus: as many pictures as are asked for, painted when they are read."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from artengine.api import Run
from artengine.errors import ArtengineError
from artengine.works import Image
from artengine_corpora.atelier.options import Options
from artengine_corpora.atelier.painting import VERSION, check_size, paint

_BLOCK = 16  # pictures of a piece: a few tenths of a second's work


class Atelier:
    """Procedural pictures in many schools, deterministic by seed, without end and at any size.

    Pieces are blocks of seeds, so that the engine paints on all cores.
    """

    licence = "CC0-1.0"
    paint = staticmethod(paint)

    def __init__(self, source: Path | None = None, options: Options | None = None, run: Run | None = None) -> None:
        self.options = options or Options()
        self.width, self.height = sides(self.options.size)

    def pieces(self) -> Sequence[str]:
        """Blocks of seeds, as ``0-15``: first and last."""
        first, end = self.options.first, self.options.first + self.options.pictures
        return [f"{start}-{min(start + _BLOCK, end) - 1}" for start in range(first, end, _BLOCK)]

    def read(self, piece: str) -> Iterable[Image]:
        """Paint the pictures of one block."""
        first, last = map(int, piece.split("-"))
        for seed in range(first, last + 1):
            yield paint(seed, self.options.school, self.width, self.height)

    def __iter__(self) -> Iterator[Image]:
        for piece in self.pieces():
            yield from self.read(piece)

    def fingerprint(self) -> str:
        """Digest of the options and the version of the painting code, which decide every pixel."""
        chosen = self.options
        said = ("atelier", VERSION, chosen.school, chosen.pictures, self.width, self.height, chosen.first)
        return hashlib.blake2b(repr(said).encode(), digest_size=16).hexdigest()


def sides(size: str) -> tuple[int, int]:
    """Width and height of ``96x64``, or of ``64`` for a square.

    :raises ArtengineError: where it is neither, or a size that cannot be painted.
    """
    found = re.fullmatch(r"\s*(\d{1,7})\s*(?:[x×]\s*(\d{1,7})\s*)?", size, re.IGNORECASE)
    if not found:
        raise ArtengineError(f'--size "{size}" is not a size.', "Write width and height in pixels, for example 96x64.")
    width, height = int(found[1]), int(found[2] or found[1])
    check_size(width, height)
    return width, height
