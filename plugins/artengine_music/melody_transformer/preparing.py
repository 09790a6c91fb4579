"""A corpus of chorales as arrays: every cell's symbol and fields, and which chorales are held out."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping

import numpy as np

from artengine.api import Run
from artengine.errors import ArtengineError
from artengine.works import Score
from artengine_music import fingerprint
from artengine_music.melody.preparing import TEST, TRAIN, VALIDATION
from artengine_music.melody_transformer.cells import (
    FIRST_STEP,
    HOLD,
    REST,
    SILENT,
    SIZE,
    VOICES,
    WIDEST,
    Frame,
    State,
)
from artengine_music.melody_transformer.grids import frame, grids

HELD_OUT = 0.06  # share of the corpus for validation, and again for test
_TUNE = 10  # notes by which two settings of one tune are known


def encode(voices: np.ndarray, of: Frame) -> tuple[np.ndarray, np.ndarray]:
    """Symbols of all cells, and the fields before each.  (VOICES, T, 2) -> (N,), (N, F) with N = T VOICES

    :raises ArtengineError: where a voice leaps farther than the symbols reach.
    """
    state = State(of)
    symbols: list[int] = []
    fields: list[list[int]] = []
    for t in range(voices.shape[1]):
        for v in range(VOICES):
            fields.append(state.fields())
            symbols.append(symbol(state, *voices[v, t].tolist()))
            state.push(symbols[-1])
    return np.array(symbols, np.int16), np.array(fields, np.int16)


def symbol(state: State, pitch: int, begins: int) -> int:
    """The symbol that says what a grid does in the cell that is next."""
    v = state.voice
    if pitch == SILENT:
        return REST if state.sounds[v] or not state.time else HOLD
    if state.sounds[v] and state.pitch[v] == pitch and not begins:
        return HOLD
    step = FIRST_STEP + WIDEST + pitch - state.reference
    if not FIRST_STEP <= step < SIZE:
        raise ArtengineError(f"a leap of more than {WIDEST} semitones")
    return step


def prepare(works: Iterable[Score], run: Run) -> Mapping[str, np.ndarray]:
    """Arrays of a corpus of N chorales with C cells in all and F fields.

    ``symbols`` (C,) and ``fields`` (C, F, the last symbol first) int16, as if all voices were given; ``lengths``,
    ``notes`` (N,) int32; ``split`` (N,) uint8; ``header`` JSON as bytes; and the training chorales' fingerprint under
    ``fingerprint.*``.

    :raises ArtengineError: where fewer than two chorales can be used.
    """
    coded, scores, tunes, kinds = [], [], [], []
    sung = np.zeros((VOICES, 128), int)
    for score in works:
        try:
            voices = grids(score)
            of = frame(score, dict(enumerate(voices)))
            symbols, fields = encode(voices, of)
        except ArtengineError as error:
            run.skip(score.title or score.labels.get("source", "untitled"), error.wrong)
            continue
        coded.append((symbols, fields))
        scores.append(score)
        begun = voices[0, voices[0, :, 1] == 1, 0]
        tunes.append(np.diff(begun[:_TUNE + 1]).tolist())
        kinds.append((of.meter, of.mode, of.tonic, int(score.pickup * 4)))
        for v in range(VOICES):
            pitches = voices[v, :, 0]
            sung[v] += np.bincount(pitches[pitches != SILENT], minlength=128)
    if len(coded) < 2:
        raise ArtengineError(
            f"The corpus has {len(coded) or 'no'} usable chorale{'' if len(coded) == 1 else 's'}; two are the least, "
            "one to learn from and one to test on.",
            "Add pieces of exactly four voices, each a line of its own; fifty begin to work.")
    split = hold_out(tunes)
    learnt = [i for i in range(len(coded)) if split[i] == TRAIN]
    header = {"voices": VOICES, "ranges": ranges(sung),
              "frames": [[*kind, n] for kind, n in sorted(Counter(kinds[i] for i in learnt).items())],
              "chorales": [int(n) for n in np.bincount(split, minlength=3)]}
    return {
        "symbols": np.concatenate([symbols for symbols, _ in coded]),
        "fields": np.concatenate([fields for _, fields in coded]),
        "lengths": np.array([len(symbols) for symbols, _ in coded], np.int32),
        "notes": np.array([len(score.notes) for score in scores], np.int32),
        "split": split,
        "header": np.frombuffer(json.dumps(header).encode(), np.uint8),
        **{f"fingerprint.{name}": array for name, array in fingerprint.build([scores[i] for i in learnt]).items()},
    }


def ranges(sung: np.ndarray) -> list[list[int]]:
    """The lowest and highest pitch of each voice, the rarest (one sixteenth in 2,000) left out.  (VOICES, 128)"""
    shares = np.cumsum(sung, 1) / sung.sum(1, keepdims=True)
    return [[int(np.searchsorted(row, 0.0005, "right")), int(np.searchsorted(row, 0.9995))] for row in shares]


def hold_out(tunes: list[list[int]]) -> np.ndarray:
    """Which chorales train, validate and test: by how their tunes begin, so that settings of one tune stay together.

    :returns: (N,) uint8
    """
    digests = (hashlib.blake2b(repr(tune).encode(), digest_size=4).digest() for tune in tunes)
    rank = [int.from_bytes(d, "big") / 2**32 for d in digests]
    if len(tunes) < 50:  # too few for a test set of its own
        held = sorted(range(len(tunes)), key=lambda i: rank[i])[:max(1, len(tunes) // 10)]
        return np.array([VALIDATION if i in held else TRAIN for i in range(len(tunes))], np.uint8)
    return np.array([VALIDATION if r < HELD_OUT else TEST if r < 2 * HELD_OUT else TRAIN for r in rank], np.uint8)
