"""Four-part scores as grids of sixteenths, and back.

Axes: T sixteenths, VOICES voices; a grid holds for each cell the pitch that sounds at its start (``SILENT`` for none) and 1
where a note begins there.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise

import numpy as np

from artengine.errors import ArtengineError
from artengine.works.score import Key, Note, Score
from artengine_music.melody_transformer.cells import CELL, SILENT, VOICES, Frame
from artengine_music.theory import PROFILES, correlation, pitch_class_weights

CHOIR = ("Soprano", "Alto", "Tenor", "Bass")
_PROGRAM = 52  # choir, in General MIDI


def steps(score: Score) -> int:
    """Sixteenths of a piece, the last perhaps begun only."""
    return -int(-score.length * CELL // 1)


def grid(notes: Sequence[Note], length: int) -> np.ndarray:
    """One voice.  (T, 2)

    A note shorter than a sixteenth that begins within one is not seen; one that begins within and lasts is seen late.
    """
    out = np.full((length, 2), (SILENT, 0))
    for note in notes:
        first, last = -int(-note.onset * CELL // 1), -int(-(note.onset + note.duration) * CELL // 1)
        out[first:last, 0] = note.pitch
        out[first:min(first + 1, last), 1] = 1
    return out


def grids(score: Score) -> np.ndarray:
    """All four voices.  (VOICES, T, 2)

    :raises ArtengineError: where there are not four, or one of them is silent or no line.
    """
    used = sorted({n.voice for n in score.notes})
    if len(used) != VOICES:
        raise ArtengineError(f"{len(used)} voices and not {VOICES}")
    length = steps(score)
    found = []
    for voice in used:
        notes = score.voice(voice)
        if any(b.onset < a.onset + a.duration for a, b in pairwise(notes)):
            raise ArtengineError("a voice that sings two notes at once")
        found.append(grid(notes, length))
    out = np.array(found)
    if (np.diff(out[..., 0], axis=0) > 0)[(out[1:, :, 0] >= 0) & (out[:-1, :, 0] >= 0)].mean() > 0.5:  # written bass first
        out = out[::-1]
    return out


def places(score: Score) -> tuple[int, ...]:
    """Sixteenths since the bar line, for every sixteenth; a pick-up counts as the end of a bar.  (T,)"""
    lines = [int(line * CELL) for line in score.barlines]
    out, at = [], -1
    pickup = int(score.pickup * CELL)
    for t in range(steps(score)):
        while at + 1 < len(lines) and lines[at + 1] <= t:
            at += 1
        out.append(t - lines[at] + (int(score.meter.bar * CELL) - pickup if t < pickup else 0))
    return tuple(out)


def frame(score: Score, given: dict[int, np.ndarray] | None = None, key: Key | None = None) -> Frame:
    """What is fixed of a score's piece; its key as its last bass note tells, unless another is said."""
    key = key or chorale_key(score)
    return Frame(places(score), str(score.meter), key.pitch_class, "major" if key.mode in ("major", "lydian", "mixolydian")
                 else "minor", True, given or {})


def chorale_key(score: Score) -> Key:
    """The key a chorale ends in: key signatures leave open whether it is the major or the minor one."""
    weights = pitch_class_weights(score.notes)
    last = max(n.onset + n.duration for n in score.notes)
    low = min((n for n in score.notes if n.onset + n.duration == last), key=lambda n: n.pitch)
    turned = [weights[(low.pitch + i) % 12] for i in range(12)]
    mode = max(("major", "minor"), key=lambda m: correlation(turned, list(PROFILES[m])))
    return Key.of(low.pitch % 12, mode)


def voiced(rows: np.ndarray, voice: int, length: Fraction) -> list[Note]:
    """The notes of one voice's grid.  (T, 2)"""
    notes: list[Note] = []
    for t, (pitch, begins) in enumerate(rows.tolist()):
        at = Fraction(t, CELL)
        until = min(at + Fraction(1, CELL), length)
        if pitch == SILENT:
            continue
        if not begins and notes and notes[-1].onset + notes[-1].duration == at and notes[-1].pitch == pitch:
            notes[-1] = notes[-1]._replace(duration=until - notes[-1].onset)
        else:
            notes.append(Note(at, until - at, pitch, voice=voice))
    return notes


def programs() -> tuple[int, ...]:
    """The sound of each voice."""
    return (_PROGRAM,) * VOICES
