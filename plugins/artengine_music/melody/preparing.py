"""A corpus as arrays: every melody's symbols and fields, and which melodies are held out."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from artengine.api import Run
from artengine.errors import ArtengineError
from artengine.works import Score
from artengine_music import fingerprint
from artengine_music.melody.encoding import METERS, START
from artengine_music.melody.melodies import Melody, encode, learn_vocabulary, melodies

TRAIN, VALIDATION, TEST = range(3)
HELD_OUT = 0.05  # share of the corpus for validation, and again for test
LEAST_BARS = 4
_VERSION = 0.3  # a melody that shares this much of its eight-note turns with a training melody is a version of it


def prepare(works: Iterable[Score], run: Run) -> Mapping[str, np.ndarray]:
    """Arrays of a corpus of N melodies with T symbols in all and F fields a step.

    ``symbols`` (T,) and ``fields`` (T, 1 + F, the last symbol first) int16; ``lengths``, ``notes`` (N,) int32; ``split``
    (N,) uint8; ``header`` JSON as bytes; and the fingerprint of the training melodies under ``fingerprint.*``.

    :raises ArtengineError: where fewer than two melodies can be used.
    """
    scores: list[Score] = []
    found: list[tuple[Melody, int]] = []
    for score in works:
        try:
            pieces = [m for m in melodies(score) if (m.frame.bars or LEAST_BARS) >= LEAST_BARS]
            if not pieces:
                raise ArtengineError(f"shorter than {LEAST_BARS} bars")
        except ArtengineError as error:
            run.skip(score.title or "untitled", error.wrong)
            continue
        found += [(m, len(scores)) for m in pieces]
        scores.append(score)
    vocabulary = learn_vocabulary(m for m, _ in found)
    coded = []
    for melody, origin in found:
        try:
            symbols, fields = encode(melody, vocabulary)
            coded.append((melody, origin, symbols, np.column_stack(([START, *symbols[:-1]], fields)).astype(np.int16)))
        except ArtengineError as error:
            run.skip(melody.title or "untitled", error.wrong)
    if len(coded) < 2:
        raise ArtengineError(
            f"The corpus has {len(coded) or 'no'} usable melod{'y' if len(coded) == 1 else 'ies'}; two are the least, "
            "one to learn from and one to test on.", "Add more tunes; ten or more begin to work, hundreds work well.")
    split = hold_out([symbols for _, _, symbols, _ in coded])
    frames = Counter((str(m.frame.meter), m.frame.key.mode, m.frame.key.pitch_class, m.frame.bars)
                     for (m, *_), part in zip(coded, split, strict=True)
                     if part == TRAIN and m.frame.bars and str(m.frame.meter) in METERS)
    learnt = sorted({origin for (_, origin, *_), part in zip(coded, split, strict=True) if part == TRAIN})
    header = {"vocabulary": vocabulary.to_data(), "frames": [[*frame, n] for frame, n in sorted(frames.items())],
              "melodies": [int(n) for n in np.bincount(split, minlength=3)]}
    return {
        "symbols": np.concatenate([symbols for _, _, symbols, _ in coded]).astype(np.int16),
        "fields": np.concatenate([fields for *_, fields in coded]),
        "lengths": np.array([len(symbols) for _, _, symbols, _ in coded], np.int32),
        "notes": np.array([m.notes for m, *_ in coded], np.int32),
        "split": split,
        "header": np.frombuffer(json.dumps(header).encode(), np.uint8),
        **{f"fingerprint.{name}": array for name, array in fingerprint.build([scores[i] for i in learnt]).items()},
    }


def hold_out(melodies: Sequence[Sequence[int]]) -> np.ndarray:
    """Which melodies train, validate and test: by the melody's own content, so that it stays where it is as a corpus grows.

    Tune books hold the same tune many times; a held-out melody that is a version of a training one goes to training.

    :returns: (N,) uint8
    """
    digests = (hashlib.blake2b(repr(list(m)).encode(), digest_size=4).digest() for m in melodies)
    rank = [int.from_bytes(d, "big") / 2**32 for d in digests]
    if len(melodies) < 100:  # too few for a test set of its own; one in ten, and at least one, validates
        held = sorted(range(len(melodies)), key=lambda i: rank[i])[:max(1, len(melodies) // 10)]
        return np.array([VALIDATION if i in held else TRAIN for i in range(len(melodies))], np.uint8)
    split = np.array([VALIDATION if r < HELD_OUT else TEST if r < 2 * HELD_OUT else TRAIN for r in rank], np.uint8)
    turns = [_turns(m) for m in melodies]
    known: dict[int, list[int]] = {}
    for i in np.flatnonzero(split == TRAIN):
        for turn in turns[i]:
            known.setdefault(turn, []).append(i)
    for i in np.flatnonzero(split != TRAIN):
        shared = Counter(j for turn in turns[i] for j in known.get(turn, ()))
        if shared and shared.most_common(1)[0][1] > _VERSION * len(turns[i]):
            split[i] = TRAIN
    return split


def _turns(symbols: Sequence[int], length: int = 8) -> set[int]:
    """Hashes of all runs of so many notes, each its duration and its step from the note before."""
    steps = [(d, b - a) for d, a, b in zip(symbols[3::2], symbols[2::2], symbols[4::2], strict=False)]
    return {hash(tuple(steps[i:i + length])) for i in range(len(steps) - length + 1)}
