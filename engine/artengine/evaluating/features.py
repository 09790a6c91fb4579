"""Features: what distributions of pictures are compared by.

A set of features is any object that is :class:`Features`. ``eye`` are those of the network that ships; ``pixels`` needs no
weights; a TorchScript file brings a network of one's own (the Inception of the literature, say, where its weights are on the
disk); ``module:attribute`` names a class that another package brings.

Axes: n works, f features.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from functools import cached_property
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, cast

import numpy as np

from artengine.errors import ArtengineError
from artengine.pictures.eye import eye, opaque

if TYPE_CHECKING:
    from artengine.works import Image

BATCH = 64  # pictures given to a network at once
MANY = 1000  # pictures for which importing torch is worth while
SIDE = 299  # pixels a side that a network is given, as Inception takes them


class Features(Protocol):
    """Figures of pictures, such that like pictures have like figures."""

    name: str
    """Name and version: what a report must say for its numbers to mean anything."""
    standardised: bool
    """Each feature is to be brought to mean 0 and deviation 1 over the corpus before FID too, and not only before KID."""

    def of(self, works: Sequence[Image]) -> np.ndarray:
        """Features of pictures, each depending on that picture alone.  (n, f) float32"""


class Seen:
    """What the network that ships sees: it was taught to tell schools, palettes, things, damage and copies apart.

    Its features have mean 0 and deviation 1 over what it was taught on, always the same, so that distances of different
    corpora are of one scale. They are brought to those of the corpus before KID alone.
    """

    name = "eye-1"
    standardised = False

    def of(self, works: Sequence[Image]) -> np.ndarray:
        """Features of pictures.  (n, 128) float32"""
        return eye().see((work.pixels for work in works), quick=len(works) >= MANY)


class Pixels:
    """Colours by place, and how strongly random filters answer at three scales: quick, the same everywhere, no weights.

    At 32, 16 and 8 pixels a side, in OKLab, sixteen fixed filters of 5 × 5 pixels; the root mean square of each answer in
    each quarter of the picture, with the mean colours of 4 × 4 cells. It sees palette, composition, grain and texture, and
    knows nothing of what is shown.
    """

    name = "pixels-1"
    standardised = True
    filters = 16

    @cached_property
    def _bank(self) -> np.ndarray:
        """The filters, of mean 0 and length 1.  (5 * 5 * 3, filters)"""
        bank = np.random.Generator(np.random.Philox(0xF117E5)).standard_normal((5, 5, 3, self.filters))
        bank *= np.hanning(7)[1:-1, None, None, None] * np.hanning(7)[None, 1:-1, None, None]
        bank -= bank.mean((0, 1))
        flat = bank.reshape(-1, self.filters)
        found: np.ndarray = (flat / np.linalg.norm(flat, axis=0)).astype(np.float32)
        return found

    def of(self, works: Sequence[Image]) -> np.ndarray:
        """Features of pictures.  (n, 240) float32"""
        from artengine.pictures.colours import oklab

        rows = []
        for work in works:
            plane = oklab(shrunk(opaque(work.pixels), 32)).astype(np.float32)
            cells = plane.reshape(4, 8, 4, 8, 3).mean((1, 3)).reshape(-1)
            parts = [cells]
            for _ in range(3):
                parts.append(self._texture(plane))
                half = plane.shape[0] // 2
                plane = plane.reshape(half, 2, half, 2, 3).mean((1, 3))
            rows.append(np.concatenate(parts))
        return np.stack(rows).astype(np.float32)

    def _texture(self, plane: np.ndarray) -> np.ndarray:
        """How strong each filter is in each quarter.  (s, s, 3) -> (4 * filters,)"""
        side = plane.shape[0]
        padded = np.pad(plane, ((2, 2), (2, 2), (0, 0)), mode="reflect")
        windows = np.empty((side, side, 25, 3), np.float32)
        for i in range(25):  # quicker than strides, since each slice is long
            windows[:, :, i] = padded[i // 5:i // 5 + side, i % 5:i % 5 + side]
        answers = windows.reshape(side * side, -1) @ self._bank
        quarters = (answers**2).reshape(2, side // 2, 2, side // 2, -1).mean((1, 3))
        found: np.ndarray = np.sqrt(quarters).reshape(-1)
        return found


class Scripted:
    """A network in a TorchScript file: (n, 3, 299, 299) uint8 to (n, f), as exported Inceptions take them."""

    standardised = False  # FID on Inception is by custom of the features as they are

    def __init__(self, path: Path) -> None:
        import torch  # seconds, for those who bring a network

        try:
            content = path.read_bytes()
            with warnings.catch_warnings(action="ignore"):  # of TorchScript's age, which the files there are do not mind
                self.network = torch.jit.load(str(path), map_location="cpu").eval()  # type: ignore[no-untyped-call]
        except (OSError, RuntimeError, ValueError) as error:
            said = str(error).strip().splitlines()[0][:100] if str(error).strip() else type(error).__name__
            raise ArtengineError(f'--features: "{path}" is no network in TorchScript: {said}.',
                                 "Save one with torch.jit.save, or leave --features out.") from error
        self.name = f"{path.stem}-{sha256(content).hexdigest()[:12]}"

    def of(self, works: Sequence[Image]) -> np.ndarray:
        """Features of pictures.  (n, f) float32"""
        import torch  # here already

        found = []
        for first in range(0, len(works), BATCH):
            pixels = np.stack([shrunk(opaque(work.pixels), SIDE, smooth=True) for work in works[first:first + BATCH]])
            with torch.inference_mode():
                batch = torch.from_numpy(np.ascontiguousarray(pixels.transpose(0, 3, 1, 2)))
                out = self.network(batch).float().flatten(1)
            if len(out) != len(pixels) or not bool(out.isfinite().all()):
                raise ArtengineError(f"--features: the network of {self.name} gives {tuple(out.shape)} for {len(pixels)} "
                                     "pictures, or numbers that are not finite.", "It must give one finite row for each.")
            found.append(out.numpy())
        return np.concatenate(found).astype(np.float32)


def load(name: str) -> Features:
    """``eye``, ``pixels``, the path of a TorchScript file, or ``module:attribute`` of a class without arguments.

    :raises ArtengineError: where there is no such thing.
    """
    if name in ("eye", "pixels"):
        return Seen() if name == "eye" else Pixels()
    if (path := Path(name).expanduser()).suffix in (".pt", ".pth", ".ts") or path.is_file():
        return Scripted(path)
    module, colon, attribute = name.partition(":")
    if not colon:
        raise ArtengineError(f'There are no features "{name}".',
                             "Give eye, pixels, the path of a network in TorchScript (.pt), or module:attribute.")
    try:
        made: Any = getattr(import_module(module), attribute)()
    except Exception as error:  # a stranger's code may fail in any way
        raise ArtengineError(f"--features {name} cannot be used: {type(error).__name__}: {error}.",
                             "Check its name, and that its package is installed.") from error
    return cast(Features, made)


def shrunk(rgb: np.ndarray, side: int, smooth: bool = False) -> np.ndarray:
    """A picture at *side* × *side* pixels, whatever its shape was: the mean of what falls on each.  (side, side, 3) uint8

    :param smooth: by a bicubic filter, for those that may become larger.
    """
    from PIL import Image as Pillow  # 50 ms, once there is a picture

    if rgb.shape[:2] == (side, side):
        return rgb
    how = Pillow.Resampling.BICUBIC if smooth else Pillow.Resampling.BOX
    return np.asarray(Pillow.fromarray(rgb).resize((side, side), how))
