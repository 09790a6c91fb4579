"""A film as a folder of pictures: ``00001.png``, ``00002.png`` and so on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from artengine.pictures import png

if TYPE_CHECKING:
    import numpy as np

    from artengine.pictures.films import Setting


class Frames:
    """Writes one PNG a frame, without loss, for another program to go on with."""

    def __init__(self, path: Path, setting: Setting) -> None:
        self.path, self.recipe_text, self.count = path, setting.recipe, 0
        path.mkdir()

    def prepare(self, pixels: np.ndarray) -> bytes:
        """The frame as PNG."""
        return png.encode(pixels)

    def put(self, prepared: bytes) -> None:
        """Write the next frame."""
        self.count += 1
        if self.count == 1 and self.recipe_text:
            prepared = png.with_text(prepared, {png.KEYWORD: self.recipe_text})
        (self.path / f"{self.count:05d}.png").write_bytes(prepared)

    def close(self) -> None:
        """Nothing is left to write."""

    @staticmethod
    def recipe(path: Path) -> str | None:
        """The recipe inside the first frame."""
        return png.recipe(path / "00001.png")
