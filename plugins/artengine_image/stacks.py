"""Files that hold many pictures as one array: ``.npz`` of numpy, and IDX, the format of MNIST (``.gz`` or not)."""

from __future__ import annotations

import gzip
import hashlib
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from artengine.errors import ArtengineError
from artengine.works import Image

if TYPE_CHECKING:
    from collections.abc import Mapping

LARGEST = 2 << 30  # bytes of one array
_NAMES = ("names", "name", "titles", "files")


@dataclass
class Stack:
    """Pictures of one size with their names and labels, as a file holds them."""

    pixels: np.ndarray  # uint8 (N, H, W) or (N, H, W, 3 or 4)
    names: list[str] = field(default_factory=list)
    labels: dict[str, list[str]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.pixels)

    def work(self, i: int) -> Image:
        """Picture *i*, a copy."""
        labels = {key: values[i] for key, values in self.labels.items()}
        return Image(np.array(self.pixels[i]), self.names[i] if self.names else "", labels)

    def repeats(self) -> dict[int, int]:
        """Pictures that were there before: index → that of the first like it."""
        first: dict[bytes, int] = {}
        found = {}
        for i, one in enumerate(self.pixels):
            same = first.setdefault(hashlib.blake2b(np.ascontiguousarray(one), digest_size=16).digest(), i)
            if same != i:
                found[i] = same
        return found


def read(path: Path) -> Stack:
    """The pictures in an ``.npz`` file (an array ``images``, or the only one there is) or an IDX file.

    An ``.npz`` may have ``names``, and arrays of labels of the same length (``category``, say); beside an IDX file
    ``…images-idx3-ubyte…`` its labels are looked for as ``…labels-idx1-ubyte…``.

    :raises ArtengineError: where there are none; the reason is short and does not name the file.
    """
    try:
        if path.stat().st_size == 0:
            raise ArtengineError("The file is empty.", "Copy or save it again.")
        return _npz(path) if path.suffix.lower() == ".npz" else _idx(path)
    except ArtengineError:
        raise
    except OSError as error:
        if isinstance(error, gzip.BadGzipFile) and "Not a gzipped" in str(error):
            raise ArtengineError("It is no gzip file, whatever its name says.", "Fetch it again.") from error
        if isinstance(error, gzip.BadGzipFile):
            raise ArtengineError("The file is damaged.", "Fetch it again.") from error
        raise ArtengineError(f"It cannot be opened: {(error.strerror or str(error)).lower()}.",
                             "Check its name and its permissions.") from error
    except (EOFError, zlib.error) as error:
        raise ArtengineError("The file ends too early or is damaged.", "Fetch it again.") from error
    except Exception as error:  # zipfile and numpy raise anything on hostile bytes, and one file must not cost the others
        raise ArtengineError(f"It is no {path.suffix.lstrip('.')} file, or damaged.",
                             "Save it again with numpy.savez.") from error


def _npz(path: Path) -> Stack:
    with np.load(path, allow_pickle=False) as file:
        if not isinstance(file, np.lib.npyio.NpzFile):
            raise ArtengineError("It is a single array, not an .npz file.", "Save it with numpy.savez(path, images=…).")
        claimed = sum(info.file_size for info in file.zip.infolist())
        if claimed > LARGEST:
            raise ArtengineError(f"It unpacks to {claimed >> 20:,} MB; at most {LARGEST >> 20:,} are read.", "Split it.")
        pictures = "images" if "images" in file.files else next(
            (name for name in file.files if file[name].ndim in (3, 4)), None)
        if pictures is None:
            raise ArtengineError("There is no array of pictures in it.", "Name it images: (N, height, width[, 3 or 4]).")
        pixels = bytes_of(file[pictures])
        rest = {name: file[name] for name in file.files if name != pictures}
    return _labelled(pixels, rest)


def _labelled(pixels: np.ndarray, rest: Mapping[str, np.ndarray]) -> Stack:
    stack = Stack(pixels)
    for name, values in rest.items():
        if values.ndim == 1 and len(values) == len(pixels) and values.dtype.kind in "USiub":
            texts = [v.decode("utf-8", "replace") if isinstance(v, bytes) else str(v) for v in values.tolist()]
            if name in _NAMES:
                stack.names = texts
            else:
                stack.labels["label" if name in ("label", "labels", "y", "category") else name] = texts
    return stack


def bytes_of(values: np.ndarray) -> np.ndarray:
    """Pictures of other types as bytes: 16 bits lose their lower half, floats from 0 to 1 are spread over 0 to 255.

    :raises ArtengineError: for values or a shape that can be no pictures.
    """
    shape = " × ".join(map(str, values.shape))
    if values.ndim == 4 and values.shape[1] in (1, 3, 4) and values.shape[3] not in (1, 3, 4):
        values = np.moveaxis(values, 1, 3)  # colours first, as networks have them
    if values.ndim == 4 and values.shape[3] == 1:
        values = values[..., 0]
    if values.ndim not in (3, 4) or 0 in values.shape or (values.ndim == 4 and values.shape[3] not in (3, 4)):
        raise ArtengineError(f"An array of {shape} holds no pictures.",
                             "Give (N, height, width) or (N, height, width, 3 or 4).")
    if values.dtype == np.uint8:
        return values
    if values.dtype == np.uint16:
        return (values >> 8).astype(np.uint8)
    if values.dtype == np.bool_:
        return values.astype(np.uint8) * np.uint8(255)
    low, high = float(values.min()), float(values.max())
    if values.dtype.kind == "f" and 0 <= low <= high <= 1:
        return np.round(values * 255).astype(np.uint8)
    if values.dtype.kind in "iu" and 0 <= low <= high <= 255:
        return values.astype(np.uint8)
    raise ArtengineError(f"Its numbers are {values.dtype} from {low:g} to {high:g}.", "Give bytes, or floats from 0 to 1.")


def _idx(path: Path) -> Stack:
    pixels = _array(path)
    if pixels.ndim != 3:
        raise ArtengineError("It holds labels or other numbers, not pictures.", "Give the file of the images.")
    stack = Stack(pixels)
    for labelled in beside(path):
        labels = _array(labelled)
        if labels.shape != pixels.shape[:1]:
            raise ArtengineError(f"There are {len(pixels):,} pictures and {labels.size:,} labels in {labelled.name}.",
                                 "Fetch both files again.")
        stack.labels["label"] = [str(v) for v in labels.tolist()]
    return stack


def _array(path: Path) -> np.ndarray:
    with path.open("rb") as raw:
        packed = raw.read(2) == b"\x1f\x8b"
    if path.suffix == ".gz" and not packed:
        raise gzip.BadGzipFile("Not a gzipped file")
    opened: Any = gzip.open if packed else open
    with opened(path, "rb") as file:
        head = file.read(4)
        if len(head) < 4 or head[:3] != b"\0\0\x08" or not 1 <= head[3] <= 4:
            raise ArtengineError("It is not an IDX file of bytes.", "MNIST and its kin are: …-idx3-ubyte.gz.")
        shape = tuple(np.frombuffer(file.read(4 * head[3]), ">u4").tolist())
        count = int(np.prod(shape, dtype=object))
        if len(shape) != head[3] or not 0 < count <= LARGEST:
            raise ArtengineError(f"It says that it holds {count:,} bytes.", "Fetch it again.")
        data = file.read(count + 1)[:count]  # to the end, where gzip keeps its check
    if len(data) < count:
        raise ArtengineError("The file ends too early.", "Fetch it again.")
    return np.frombuffer(data, np.uint8).reshape(shape)


def beside(path: Path) -> list[Path]:
    """The IDX file of labels that belongs to one of pictures, where there is one."""
    labels = path.with_name(path.name.replace("images", "labels").replace("idx3", "idx1"))
    return [labels] if labels != path and path.suffix.lower() != ".npz" and labels.is_file() else []


def is_labels(path: Path) -> bool:
    """It is the IDX file of labels that belongs to one of pictures beside it."""
    pictures = path.with_name(path.name.replace("labels", "images").replace("idx1", "idx3"))
    return pictures != path and beside(pictures) == [path]
