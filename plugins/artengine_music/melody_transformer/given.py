"""Voices that are given: checked, and what they leave the others.

Axes: T sixteenths, VOICES voices.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from itertools import pairwise

import numpy as np

from artengine.errors import ArtengineError
from artengine.works.score import Key, Note, Score
from artengine_music.melody_transformer.cells import CELL, PLACES, VOICES
from artengine_music.melody_transformer.grids import CHOIR, grid, places, steps
from artengine_music.theory import estimate_key

_BEYOND = 3  # semitones by which a given voice may go beyond the range of those the model learnt from
LONGEST = 4096  # sixteenths
_MAJOR, _MINOR, _EITHER = (0, 4, 7), (0, 3, 7), (0, 3, 4, 7)


class Given:
    """The voices that are kept note for note.

    :param scores: by voice, each of one line.
    :param ranges: lowest and highest pitch of each voice.
    :raises ArtengineError: for one that is no line, out of the voice's range, or crosses another.
    """

    def __init__(self, scores: Mapping[int, Score], ranges: Sequence[Sequence[int]]) -> None:
        self.notes = {v: line(score, v) for v, score in scores.items()}
        self.first = scores[min(scores)]
        self.score = max(scores.values(), key=lambda s: s.length)
        for v, notes in self.notes.items():
            _within(notes, v, ranges[v])
        self.end = max(notes[-1].onset + notes[-1].duration for notes in self.notes.values())
        length = -int(-self.end * CELL // 1)
        if length > LONGEST:
            raise ArtengineError(f"The {self.names} given is longer than {LONGEST // 16} bars of 4/4.",
                                 "Give it in shorter pieces.")
        self.places = places(self.score)[:length]
        if max(self.places) >= PLACES:
            raise ArtengineError(f"The {self.names} given has bars longer than {PLACES // 4} quarter notes.",
                                 "Write it with shorter bars.")
        self.grids = {v: grid(notes, length) for v, notes in self.notes.items()}
        self.least, self.most = np.full((VOICES, length), 128), np.full((VOICES, length), -1)  # pitch, within a sixteenth
        for v, notes in self.notes.items():
            for note in notes:
                during = slice(int(note.onset * CELL // 1), -int(-(note.onset + note.duration) * CELL // 1))
                self.least[v, during] = np.minimum(self.least[v, during], note.pitch)
                self.most[v, during] = np.maximum(self.most[v, during], note.pitch)
        self._uncrossed()
        last = max(notes[-1].onset for notes in self.notes.values())
        self.closes = max(int(last * CELL // 1), length - 16)
        """The sixteenth from which the last chord sounds."""

    @property
    def names(self) -> str:
        """Such as ``soprano and bass``."""
        return " and ".join(CHOIR[v].lower() for v in sorted(self.notes))

    def _uncrossed(self) -> None:
        for upper, lower in pairwise(sorted(self.notes)):
            crossed = np.flatnonzero(self.least[upper] < self.most[lower])
            if len(crossed):
                raise ArtengineError(f"The {CHOIR[lower].lower()} given goes above the {CHOIR[upper].lower()} in "
                                     f"{self.bar(int(crossed[0]))}.",
                                     "Give voices that do not cross, or one of them only.")

    def bar(self, step: int) -> str:
        """Where a sixteenth is, in words."""
        lines = [b for b in self.score.barlines if b * CELL <= step]
        number = len(lines) - bool(self.score.pickup)
        return f"bar {number}" if number else "the pick-up"

    def key(self) -> Key:
        """The key on whose triad the voices end: the one written, its relative, or the one heard."""
        heard = estimate_key([n for notes in self.notes.values() for n in notes])
        written = self.first.key
        candidates = [heard]
        if written is not None:
            relative = {"major": (9, "minor"), "minor": (3, "major")}.get(written.mode)
            near = [Key.of(written.pitch_class + relative[0], relative[1])] if relative else []
            candidates = [written._replace(onset=Fraction(0)), *near, heard]
        return next((key for key in candidates if self.fits(key)), candidates[0])

    def fits(self, key: Key, first: bool = False) -> bool:
        """All voices given end on a note of the key's triad, the bass on its root; or begin together on its notes."""
        if first:
            return all(notes[0].onset == 0 and (notes[0].pitch - key.pitch_class) % 12 in triad(key.mode, first)
                       for notes in self.notes.values())
        return all((notes[-1].pitch - key.pitch_class) % 12 in ((0,) if v == VOICES - 1 else triad(key.mode))
                   for v, notes in self.notes.items())


def triad(mode: str, first: bool = False) -> tuple[int, ...]:
    """Semitones above the tonic in the first chord or the last: a minor piece may close on the major triad."""
    return _MAJOR if mode in ("major", "lydian", "mixolydian") else _MINOR if first else _EITHER


def line(score: Score, voice: int) -> list[Note]:
    """The notes of a score that is one line, in order.

    :raises ArtengineError: where it is none, or several.
    """
    name = CHOIR[voice].lower()
    notes = sorted(score.notes)
    if not notes:
        raise ArtengineError(f"The {name} given has no notes.",
                             f'Give a file with a tune, or notes such as --{name} "C5 D5 E5/2".')
    if any(b.onset < a.onset + a.duration for a, b in pairwise(notes)):
        several = len({n.voice for n in notes})
        what = f"has {several} voices" if several > 1 else "has chords, or notes that overlap"
        raise ArtengineError(f"The {name} given {what}; a voice sings one note at a time.",
                             "Give a file of that one line.")
    if steps(score) > LONGEST * 4:
        raise ArtengineError(f"The {name} given is too long.", "Give it in shorter pieces.")
    return [n._replace(voice=voice) for n in notes]


def _within(notes: Sequence[Note], voice: int, sung: Sequence[int]) -> None:
    low, high = min(n.pitch for n in notes), max(n.pitch for n in notes)
    least, most = sung[0] - _BEYOND, sung[1] + _BEYOND
    if least <= low and high <= most:
        return
    by = next((12 * o for o in (1, -1, 2, -2, 3, -3) if least <= low + 12 * o and high + 12 * o <= most), None)
    name = CHOIR[voice].lower()
    if by:
        advice = f"Transpose it by {abs(by) // 12} octave{'s' if abs(by) > 12 else ''} {'up' if by > 0 else 'down'} first."
    elif high - low <= most - least:
        advice = f"Transpose it by {least - low if low < least else most - high:+d} semitones first."
    else:
        advice = "Its own range is wider than the voice's: move some notes by an octave."
    raise ArtengineError(f"The {name} given reaches from MIDI note {low} to {high}; a {name} sings from {least} to {most}.",
                         advice)
