"""A corpus of pictures by little, small enough to travel in a model's file: is a new picture one of them, or a part of one?

Of each picture that was learnt two things are kept. A *hash* of 64 bits: which of its lowest waves are positive (a
perceptual hash by the cosine transform), for whole copies. And *marks*, 32 small numbers by which the eye
(:mod:`artengine.pictures.eye`) knows a picture again: the mean of those of the picture, of its mirror image and of pieces
of it, so that they lie near those of any piece. How near pictures of the corpus lie to each other is kept beside them: a new
one that is as near as they are is no copy.

The size is bounded: of more than :data:`MOST` pictures so many are kept, spread over them, 46 bytes each (190 kB). A copy of
another one is then not seen.

Axes: n pictures, k kept, H rows, W columns, C colours.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from artengine.pictures.eye import SIDE, eye, looked
from artengine_image.preparing import TRAIN, as_learnt, header_of

Array = np.ndarray
MOST = 4096
MANY = 500  # pictures for which importing torch is worth while
BITS = 64
PREFIX = "fingerprint."
FLIPS = {"the same": (1, 1), "mirrored": (1, -1), "upside down": (-1, 1), "turned round": (-1, -1)}
"""How a copy may be turned, as steps down and across."""
PIECE = 0.75  # of each side
WINDOWS = ((0.0, 0.0), (0.0, 1.0), (1.0, 0.0), (1.0, 1.0), (0.5, 0.5))
"""Where pieces lie, as shares of what is left down and across."""
_ASKED = 512  # kept pictures by which the usual distances are found
_EVEN = 6  # of 255: a frame whose tones vary less is one
_BLOCK = 128  # pictures looked at together
# The lowest waves but the mean, as (down, across) in half periods.
_WAVES = np.array(sorted(np.ndindex(9, 9), key=lambda at: (at[0]**2 + at[1]**2, at))[1:BITS + 1])
_LINES = np.cos(np.pi / SIDE * (np.arange(SIDE) + 0.5) * np.arange(9)[:, None])
_LEAST, _LARGEST = (2 / BITS, 0.1), (0.25, 0.65)  # usual distances: a corpus may be full of repetitions, or of two pictures
_FLAT = 1e-3  # a wave below which there is nothing but rounding


@dataclass(frozen=True, slots=True)
class Found:
    """The nearest of the kept pictures."""

    apart: float
    """How far it is in what is usual between neighbours of the corpus: 0 for a copy, about 1 for a new picture."""
    number: int
    """Of the picture in the corpus, from 1; broken files and repetitions do not count."""
    label: int
    """Its class, -1 for none."""
    how: str
    """A key of :data:`FLIPS`, or ``in part`` where only the marks are near."""
    framed: bool
    """It was found once an even frame was cut from the work."""


def of(pictures: Sequence[Array] | Array, numbers: Array | None = None, labels: Array | None = None) -> dict[str, Array]:
    """The fingerprint of pictures, to be kept in a model's file; a millisecond or a few a picture.

    :param pictures: uint8 (n, H, W, C), or a sequence of n such; colours not premultiplied.
    :param numbers: of the pictures in their corpus, from 0.  (n,)
    :param labels: their classes, -1 for none.  (n,)
    :returns: ``fingerprint.hash`` uint8 (k, 8), ``fingerprint.marks`` int8 (k, 32), ``fingerprint.number`` uint32 (k,),
        ``fingerprint.label`` int16 (k,), ``fingerprint.usual`` float32 (3,): the usual distances of neighbours, and n.
    """
    n = len(pictures)
    kept = np.unique(np.linspace(0, n - 1, min(n, MOST)).round().astype(int))
    blocks = (kept[first:first + _BLOCK] for first in range(0, len(kept), _BLOCK))
    seen = [_kept([pictures[int(i)] for i in block], len(kept) >= MANY) for block in blocks]
    bits, marks, whole = (np.concatenate(part) for part in zip(*seen, strict=True))
    small = np.round(127 * marks).astype(np.int8)
    found = {"hash": np.packbits(bits[:, 0], axis=1), "marks": small,
             "number": (kept if numbers is None else np.asarray(numbers)[kept]).astype(np.uint32),
             "label": (np.full(len(kept), -1) if labels is None else np.asarray(labels)[kept]).astype(np.int16)}
    some = np.unique(np.linspace(0, len(kept) - 1, min(len(kept), _ASKED)).round().astype(int))
    far = (_differing(bits[some], bits[:, 0]).min(1), _apart(whole[some], _lengthened(small)))
    found["usual"] = np.array([*(_usual(one, some, i) for i, one in enumerate(far)), n], np.float32)
    return {f"{PREFIX}{name}": value for name, value in found.items()}


def within(arrays: Mapping[str, Array]) -> dict[str, Array]:
    """The fingerprint among the arrays that ``preparing.prepare`` gave: for a learner's ``weights()``."""
    return {name: np.array(array) for name, array in arrays.items() if name.startswith(PREFIX)}


def of_prepared(arrays: Mapping[str, Array]) -> dict[str, Array]:
    """The fingerprint of the prepared pictures that are trained on."""
    ids = np.flatnonzero(arrays["split"] == TRAIN)
    ids = ids[np.unique(np.linspace(0, len(ids) - 1, min(len(ids), MOST)).round().astype(int))]
    mode = header_of(arrays)["mode"]
    found = of([_plain(arrays["pictures"][i], mode) for i in ids], ids, arrays["labels"][ids])
    found[f"{PREFIX}usual"][2] = np.count_nonzero(arrays["split"] == TRAIN)
    return found


class Fingerprint:
    """The fingerprint inside a model's weights, made ready for questions.

    :raises KeyError: where they have none.
    :raises ValueError: where its tables do not agree.
    """

    def __init__(self, weights: Mapping[str, Array]) -> None:
        kept = {name: np.asarray(weights[f"{PREFIX}{name}"]) for name in ("hash", "marks", "number", "label", "usual")}
        self.bits = np.unpackbits(kept["hash"], axis=1).astype(bool)
        self.marks = _lengthened(kept["marks"])
        self.numbers, self.labels = kept["number"], kept["label"]
        self.usual = kept["usual"][:2].astype(float)
        self.of = int(kept["usual"][2])
        """Pictures that were learnt, of which ``len(numbers)`` are kept."""
        if not len(self.bits) == len(self.marks) == len(self.numbers) == len(self.labels) > 0:
            raise ValueError("the fingerprint's tables do not agree")

    def nearest(self, pixels: Array) -> Found:
        """The nearest picture to a work's, turned over, cut, or in a frame.  uint8 (H, W[, C])"""
        inner = unframed(pixels)
        asked = [looked(pixels)] if inner.shape[:2] == pixels.shape[:2] else [looked(pixels), looked(inner)]
        bits, marks = _turned(asked), _known(asked)
        by_bits = _differing(bits, self.bits) / self.usual[0]  # (1 or 2, 4, k)
        by_marks = _apart(marks, self.marks) / self.usual[1]  # (1 or 2, k)
        frame, flip, i = (int(at) for at in np.unravel_index(by_bits.argmin(), by_bits.shape))
        framed, j = (int(at) for at in np.unravel_index(by_marks.argmin(), by_marks.shape))
        if by_bits[frame, flip, i] <= by_marks[framed, j]:
            return self._found(by_bits[frame, flip, i], i, list(FLIPS)[flip], frame)
        flip = int(by_bits[framed, :, j].argmin())
        how = list(FLIPS)[flip] if by_bits[framed, flip, j] < 1 else "in part"
        return self._found(by_marks[framed, j], j, how, framed)

    def _found(self, apart: float, i: int, how: str, framed: int) -> Found:
        return Found(float(apart), int(self.numbers[i]) + 1, int(self.labels[i]), how, bool(framed))


def unframed(pixels: Array) -> Array:
    """A picture without the even frame around it, if there is one: itself, or what is left of it.  uint8 (H, W[, C])"""
    away = np.abs(pixels.astype(np.int16) - pixels[0, 0]).reshape(*pixels.shape[:2], -1).max(2) > _EVEN
    rows, columns = np.flatnonzero(away.any(1)), np.flatnonzero(away.any(0))
    if not len(rows):
        return pixels
    return pixels[rows[0]:rows[-1] + 1, columns[0]:columns[-1] + 1]


def _plain(picture: Array, mode: str) -> Array:
    """A prepared picture over white.  (C, H, W) -> (H, W, C)"""
    pixels = picture.transpose(1, 2, 0)
    return as_learnt(pixels, "rgb") if mode == "rgba" else pixels


def _kept(pictures: Iterable[Array], quick: bool) -> tuple[Array, Array, Array]:
    """Of pictures the bits under each flip, (n, 4, 64), the marks to keep and those to ask with, (n, 32) each."""
    small = [looked(one) for one in pictures]
    whole = _known(small, quick)
    pieces = eye().marks(eye().see((piece for one in small for piece in _pieces(one)), quick))
    return _turned(small), _lengthened(2 * whole + pieces.reshape(len(small), len(WINDOWS), -1).sum(1)), whole


def _pieces(small: Array) -> list[Array]:
    side = round(SIDE * PIECE)
    tops = ((round((SIDE - side) * down), round((SIDE - side) * across)) for down, across in WINDOWS)
    return [small[top:top + side, left:left + side] for top, left in tops]


def _known(small: Sequence[Array], quick: bool = False) -> Array:
    """Marks of pictures, whichever way round they are.  each (64, 64, 3) -> (n, 32)"""
    both = eye().marks(eye().see([*small, *(np.ascontiguousarray(one[:, ::-1]) for one in small)], quick))
    return _lengthened(both[:len(small)] + both[len(small):])


def _turned(small: Sequence[Array]) -> Array:
    """The hash of each picture under each flip.  each (64, 64, 3) -> bool (n, 4, 64)"""
    light = np.stack(small) @ np.array([0.299, 0.587, 0.114])
    waves = (_LINES @ light @ _LINES.T)[:, _WAVES[:, 0], _WAVES[:, 1]]
    # A wave with an odd number of half periods changes its sign when it is turned over.
    signs = np.stack([np.where(_WAVES[:, 0] % 2, down, 1) * np.where(_WAVES[:, 1] % 2, across, 1)
                      for down, across in FLIPS.values()])
    found: Array = waves[:, None] * signs > _FLAT
    return found


def _lengthened(marks: Array) -> Array:
    """As unit vectors.  (k, 32) -> float32 (k, 32)"""
    found: Array = marks / np.maximum(np.linalg.norm(marks.astype(np.float32), axis=1, keepdims=True), 1e-9)
    return found


def _differing(a: Array, b: Array) -> Array:
    """Share of the bits that differ.  bool (n, 4, 64), (k, 64) -> (n, 4, k)"""
    one, other = (2 * bits.astype(np.float32) - 1 for bits in (a, b))
    found: Array = (1 - one @ other.T / BITS) / 2
    return found


def _apart(a: Array, b: Array) -> Array:
    """Distances of unit vectors.  (n, 32), (k, 32) -> (n, k)"""
    found: Array = np.sqrt(np.maximum(2 - 2 * (a @ b.T), 0))
    return found


def _usual(far: Array, own: Array, which: int) -> float:
    """The median distance of some of the pictures to their nearest other.  (n, k), (n,)"""
    if far.shape[1] < 2:
        return _LARGEST[which]
    far[np.arange(len(own)), own] = np.inf
    return float(np.clip(np.median(far.min(1)), _LEAST[which], _LARGEST[which]))
