"""A corpus of pictures as arrays: one size, one mode, labels by number, and which pictures are held out.

Pictures go to a file as they come, so that memory stays small however many there are.

Axes: N pictures, C channels (grey 1, RGB 3, RGBA 4, its colours premultiplied), H rows, W columns.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import chain, islice
from pathlib import Path
from typing import IO, Any

import numpy as np

from artengine.api import Run
from artengine.errors import ArtengineError
from artengine.pictures.fitting import fit, size_of
from artengine.works import Image
from artengine_image.settings import Learnt

TRAIN, VALIDATION = range(2)
HELD_OUT = 0.05  # share of the corpus; one in ten of fewer than 200
LOOKED_AT = 64  # pictures by which a size is chosen
LARGEST, UNIT, USUAL = 512, 4, 64  # pixels a side: most, what sides are multiples of, and most unless more is asked for
QUICK = 8  # what sides are made multiples of where they are chosen here: networks can then halve them once more
MOST_LABELS = 512
MODES = {"grey": 1, "rgb": 3, "rgba": 4}
_CHUNK = 1024


def version(options: Learnt) -> str:
    """What :func:`prepare` makes depends on this and the corpus alone."""
    return f"pictures-3 {options.size} {options.fit} {options.mode} {options.label}"


@dataclass
class _Kept:
    """Pictures written so far, as premultiplied RGBA, and what was noticed of them."""

    file: IO[bytes]
    size: tuple[int, int]
    fit: str
    digests: dict[bytes, int] = field(default_factory=dict)
    labels: list[dict[str, str]] = field(default_factory=list)
    colour: bool = False
    clear: bool = False
    varied: bool = False

    def add(self, work: Image) -> str:
        """Keep a picture; returns why not, if not."""
        rgba = rgba_of(fit(work, *self.size, self.fit).pixels)
        digest = hashlib.blake2b(rgba.tobytes(), digest_size=16).digest()
        if digest in self.digests:
            return "the same picture was there before"
        self.digests[digest] = len(self.digests)
        self.labels.append(work.labels)
        self.clear |= bool((rgba[..., 3] < 255).any())
        self.colour |= bool((rgba[..., :2] != rgba[..., 1:3]).any())
        self.varied |= bool((rgba != rgba[0, 0]).any())
        self.file.write(rgba.tobytes())
        return ""

    @property
    def mode(self) -> str:
        return "rgba" if self.clear else "rgb" if self.colour else "grey"


def prepare(works: Iterable[Image], run: Run, options: Learnt) -> Mapping[str, np.ndarray]:
    """Arrays of a corpus: ``pictures`` uint8 (N, C, H, W), ``labels`` int32 (N,) with -1 for none, ``split`` uint8 (N,), and
    ``header``, JSON as bytes: ``size`` (W, H), ``mode``, ``label`` (the name of what is learnt, or empty) and ``classes``;
    and ``fingerprint.*`` of the pictures to train on, for the model's file.

    :raises ArtengineError: where fewer than two different pictures can be used, or nothing is to be seen in any.
    """
    works = iter(works)
    first = list(islice(works, LOOKED_AT))
    if not first:
        raise _too_few(0, 0)
    size = _size(options.size, first)
    path = run.folder / "pictures.raw"
    with path.open("wb") as file:
        kept = _Kept(file, size, options.fit)
        given = 0
        for i, work in enumerate(chain(first, works)):
            given += 1
            if why := kept.add(work):
                run.skip(work.labels.get("source") or work.title or f"picture {i + 1}", why)
    try:
        if (n := len(kept.labels)) < 2:
            raise _too_few(n, given)
        if not kept.varied:
            raise ArtengineError(f"Nothing is to be seen in the pictures: each of the {n} is of one colour.",
                                 "Look at them in another program; perhaps they were saved wrongly.")
        mode = kept.mode if options.mode == "auto" else options.mode
        name, classes, labels = _labelled(kept.labels, options.label)
        raw = np.memmap(path, np.uint8, "r", shape=(n, size[1], size[0], 4))
        pictures = _in_mode(raw, mode, run)
    finally:
        _drop(path)
    header = {"size": list(size), "mode": mode, "label": name, "classes": classes}
    arrays = {"pictures": pictures, "labels": labels, "split": hold_out(list(kept.digests)),
              "header": np.frombuffer(json.dumps(header).encode(), np.uint8)}
    from artengine_image import fingerprint  # which reads what is made here

    return arrays | fingerprint.of_prepared(arrays)


def rgba_of(pixels: np.ndarray) -> np.ndarray:
    """A work's pixels as premultiplied RGBA, so that what cannot be seen is not learnt.  (H, W[, 3|4]) -> (H, W, 4)"""
    if pixels.ndim == 2:
        pixels = np.repeat(pixels[..., None], 3, 2)
    alpha = pixels[..., 3:] if pixels.shape[2] == 4 else np.full((*pixels.shape[:2], 1), 255, np.uint8)
    colours = pixels[..., :3] if pixels.shape[2] == 3 else np.round(pixels[..., :3] * (alpha / 255.0)).astype(np.uint8)
    return np.concatenate((colours, alpha), 2)


def as_learnt(rgba: np.ndarray, mode: str) -> np.ndarray:
    """Premultiplied RGBA in a model's mode: transparency becomes white where it has none.  (..., 4) -> (..., C)"""
    if mode == "rgba":
        return rgba
    solid = rgba[..., :3] + (255 - rgba[..., 3:])
    if mode == "rgb":
        return solid
    return np.round(solid @ np.array([0.299, 0.587, 0.114]))[..., None].astype(np.uint8)


def from_learnt(pixels: np.ndarray) -> np.ndarray:
    """A work's pixels from a model's, colours no longer premultiplied.  uint8 (H, W, C) -> (H, W[, C])"""
    if pixels.shape[2] == 1:
        return np.ascontiguousarray(pixels[..., 0])
    if pixels.shape[2] == 4:
        alpha = pixels[..., 3:]
        colours = np.clip(np.round(pixels[..., :3] * (255.0 / np.maximum(alpha, 1))), 0, 255)
        pixels = np.concatenate((np.where(alpha, colours, 0).astype(np.uint8), alpha), 2)
    return np.ascontiguousarray(pixels)


def to_size(text: str) -> tuple[int, int]:
    """(W, H) of ``96x64``, as something that can be learnt.

    :raises ArtengineError: where it is no size, or one that is too large or no multiple of 4.
    """
    try:
        size = size_of(text)
    except ValueError:
        raise ArtengineError(f'size "{text}" is not a size.', "Write width and height in pixels, such as 96x64.") from None
    if max(size) > LARGEST or any(side % UNIT for side in size):
        raise ArtengineError(f"Pictures of {size[0]}x{size[1]} pixels cannot be learnt.",
                             f"Give sides that are multiples of {UNIT}, and {LARGEST} at most.")
    return size


def hold_out(digests: list[bytes]) -> np.ndarray:
    """Which pictures train and which validate: by their own content, so that they stay where they are as a corpus grows."""
    rank = np.array([int.from_bytes(digest[:4], "little") / 2**32 for digest in digests])
    if len(rank) < 200:
        split = np.full(len(rank), TRAIN, np.uint8)
        split[np.argsort(rank)[:max(1, len(rank) // 10)]] = VALIDATION
        return split
    return np.where(rank <= max(HELD_OUT, rank.min()), VALIDATION, TRAIN).astype(np.uint8)


def _too_few(n: int, given: int) -> ArtengineError:
    what = f"one picture, {given} times" if given > 1 else f"{'one' if n else 'no'} usable picture"
    return ArtengineError(f"The corpus has {what}; two are the least, one to learn from and one to test on.",
                          "Add more pictures; a hundred begin to work, thousands work well.")


def _size(asked: str, works: list[Image]) -> tuple[int, int]:
    """The size asked for, else the commonest of some works, made small enough; if need be, a multiple of 8."""
    if asked:
        return to_size(asked)
    (width, height), _ = Counter((work.width, work.height) for work in works).most_common(1)[0]
    if max(width, height) <= USUAL and not (width % UNIT or height % UNIT):
        return width, height
    share = min(1.0, USUAL / max(width, height))
    wide, high = (max(QUICK, round(side * share / QUICK) * QUICK) for side in (width, height))
    return wide, high


def _in_mode(raw: np.ndarray, mode: str, run: Run) -> np.ndarray:
    """The pictures as they are learnt, in a file that is gone when nobody uses it."""
    n, h, w, _ = raw.shape
    path = run.folder / "pictures.learnt"
    pictures = np.memmap(path, np.uint8, "w+", shape=(n, MODES[mode], h, w))
    try:
        for first in range(0, n, _CHUNK):
            pictures[first:first + _CHUNK] = as_learnt(raw[first:first + _CHUNK], mode).transpose(0, 3, 1, 2)
    finally:
        _drop(path)
    return pictures


def _drop(path: Path) -> None:
    """Remove a file that is mapped: its bytes stay until the map is let go. Where a system will not, the run's end does."""
    with suppress(OSError):
        path.unlink()


def _labelled(labels: list[dict[str, str]], asked: str) -> tuple[str, list[str], np.ndarray]:
    """(name, classes, class of each) of the label asked for, else of the first that tells pictures apart in few ways."""
    none = np.full(len(labels), -1, np.int32)
    names = list(dict.fromkeys(chain.from_iterable(labels)))
    for name in [asked] if asked else [name for name in names if name not in ("source", "frame")]:
        counts = Counter(one[name] for one in labels if one.get(name))
        fits = 2 <= len(counts) <= MOST_LABELS and (asked or 2 * len(counts) <= sum(counts.values()))
        if name != "none" and fits:
            classes = sorted(counts)
            number = {label: i for i, label in enumerate(classes)}
            return name, classes, np.array([number.get(one.get(name, ""), -1) for one in labels], np.int32)
        if asked and asked != "none":
            have = f"There are {', '.join(names)}." if names else "They have none at all."
            said = f"has {len(counts)} different values" if counts else "is on none of them"
            raise ArtengineError(f'The label "{asked}" {said}; the pictures cannot be told apart by it.',
                                 f"{have} Or leave it out.")
    return "", [], none


def header_of(arrays: Mapping[str, np.ndarray]) -> dict[str, Any]:
    """The header that :func:`prepare` wrote."""
    found: dict[str, Any] = json.loads(bytes(arrays["header"]).decode())
    return found


def batches(n: int) -> Iterator[slice]:
    """Slices of 64 over n pictures."""
    return (slice(first, first + 64) for first in range(0, n, 64))
