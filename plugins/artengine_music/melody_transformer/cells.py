"""Four voices as symbols: sixteenth by sixteenth, soprano, alto, tenor, bass.

One symbol fills one *cell*, a voice during a sixteenth: ``HOLD`` (what was there goes on), ``REST``, or a new note, written
as its interval from the voice's last one. What the network is told beside the last symbol are the *fields* of
:class:`State`. Nearly all of them are intervals from the voice's own last note, so that what is learnt in one key holds in
all: the other voices now and before, how all of them moved and how long ago, the pitch classes heard so far, where in the
bar we are, what followed when the same was heard earlier in the piece, and, of voices that are given, what comes next.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import log2

import numpy as np

from artengine_music.theory import PROFILES

VOICES = 4
CELL = 4  # cells of a voice in a quarter note
WIDEST = 24  # semitones that a voice moves at most in one step
HOLD, REST, FIRST_STEP = 0, 1, 2
SIZE = FIRST_STEP + 2 * WIDEST + 1  # number of symbols, V
START = HOLD  # stands for the last symbol before the first
SILENT = -1  # in place of a pitch
PLACES = 64  # sixteenths of a bar told apart
METERS = ("", "4/4", "3/4", "2/2", "3/2", "6/8", "2/4")  # the first is unknown; the rest share one entry more
LEFT = 48  # beats before the end told apart, up to here
_MIDDLE = 67  # from which the first note of all is counted
_FAR = 30  # semitones between voices told apart
_AGE = 16
_SPANS = (32, 16, 8)  # cells of a voice that must agree for a place to count as heard before
_MEMORY = 3
_LEVELS = 6
_FADE = 0.985  # of the pitch classes heard, each sixteenth
_REL = 2 * _FAR + 2
_CHORD = 13 ** 3
_PROFILES = np.array([np.roll(np.array(PROFILES[mode]) - np.mean(PROFILES[mode]), tonic) / np.std(PROFILES[mode])
                      for mode in ("major", "minor") for tonic in range(12)])  # (24, 12)


@dataclass(frozen=True)
class Frame:
    """What is fixed for a whole piece of T sixteenths."""

    places: tuple[int, ...]
    """Sixteenths since the bar line, for each sixteenth.  (T,)"""
    meter: str = ""
    """Empty where it is not known."""
    tonic: int | None = None
    """Pitch class; ``None`` where it is not known."""
    mode: str = ""
    """``major``, ``minor`` or not known."""
    ends: bool = True
    """The piece ends after T; otherwise where it ends is not known."""
    given: Mapping[int, np.ndarray] = field(default_factory=dict)
    """By voice, the symbols' notes of voices that are known beforehand: pitch, and 1 where it begins.  (T, 2)"""


class State:
    """Where a piece stands after the cells so far; :meth:`push` takes the symbol of one more."""

    def __init__(self, frame: Frame) -> None:
        self.frame = frame
        self.time = 0  # sixteenths finished
        self.voice = 0  # whose cell is next
        self.last = START
        self.pitch = [SILENT] * VOICES  # what sounds, or sounded last
        self.sounds = [False] * VOICES
        self.before = [SILENT] * VOICES  # as ``pitch``, at the end of the last sixteenth
        self.rows: list[tuple[int, ...]] = []  # symbols of the sixteenths finished
        self._row: list[int] = []
        self._age = [_AGE] * VOICES
        self._moves = [[0] * _MEMORY for _ in range(VOICES)]  # last steps, newest first; 0 none
        self._lengths = [[0] * _MEMORY for _ in range(VOICES)]
        self._chords = [(0, 0), (0, 0)]  # built on the bass, and the bass
        self._heard = np.zeros(12)
        self._levels = [0] * 12
        self._key = 0
        self._known: list[dict[tuple[int, int], int]] = [{} for _ in range(VOICES + 1)]
        self._found: list[tuple[int, int]] = [(0, 0)] * (VOICES + 1)  # how long it agreed, and with where
        self._hashes = [[0] * len(_SPANS) for _ in range(VOICES + 1)]
        self._ahead = {u: ahead(notes) for u, notes in frame.given.items()}

    @property
    def done(self) -> bool:
        """All cells are filled."""
        return self.time >= len(self.frame.places)

    @property
    def reference(self) -> int:
        """The pitch that this voice's steps are counted from: its last note, else that of the voice above."""
        for u in range(self.voice, -1, -1):
            if self.pitch[u] != SILENT:
                return self.pitch[u]
        return _MIDDLE

    def fields(self) -> list[int]:
        """The fields for the step that predicts the next symbol, the last symbol first; sizes as :data:`SIZES`."""
        v, t, frame, ref = self.voice, self.time, self.frame, self.reference
        place = frame.places[t]
        meter = METERS.index(frame.meter) if frame.meter in METERS else len(METERS)
        left = min((len(frame.places) - 1 - t) // CELL, LEFT - 1) if frame.ends else LEFT
        known = 0 if frame.tonic is None else 1 + (ref - frame.tonic) % 12 + 12 * (frame.mode == "minor")
        out = [self.last, v * PLACES + min(place, PLACES - 1), v * (len(METERS) + 1) + meter, v * (LEFT + 1) + left,
               min(t // 8, 31), v * 25 + known, v * 128 + ref, (2 * v + self.sounds[v]) * (_AGE + 1) + self._age[v]]
        for u in range(VOICES):
            now = 0 if self.pitch[u] == SILENT else min(max(self.pitch[u] - ref, -_FAR), _FAR) + _FAR + 1
            out.append(v * 2 * _REL + self.sounds[u] * _REL + now)
        for u in range(VOICES):
            moved = self._row[u] if u < v else SIZE + self._age[u]
            out.append(v * (SIZE + _AGE + 1) + moved)
        out += [v * (SIZE + 1) + m for m in self._moves[v]]
        out += self._lengths[v]
        out += [u * (SIZE + 1) + self._moves[u][0 if u >= v or self._row[u] < FIRST_STEP else 1] for u in range(VOICES)]
        out += [_chord([self.pitch[u] for u in range(VOICES) if u != v], ref),
                _chord([self.before[u] for u in range(VOICES) if u != v], ref),
                *self._from(self._chords[0], ref), *self._from(self._chords[1], ref)]
        out += [self._levels[(ref + i) % 12] for i in range(12)]
        out.append(v * 24 + (self._key - ref) % 12 + 12 * (self._key >= 12))
        for line in (VOICES, v):
            span, at = self._found[line]
            agrees = bool(span) and all(a == b for a, b in zip(self._row, self.rows[at], strict=False))
            out.append((2 * span - agrees) * SIZE + self.rows[at][v] if span else 0)
        for u in range(VOICES):
            if u == v or u not in self._ahead:
                out += [0, 0, 0]
            else:
                notes, ahead_ = frame.given[u], self._ahead[u]
                now, then = int(notes[t, 0]), int(notes[min(t + CELL, len(notes) - 1), 0])
                out += [v * _REL + _rel(now, ref) + 1, v * _REL + _rel(then, ref) + 1,
                        1 + int(ahead_[t, 0]) * _REL + _rel(int(ahead_[t, 1]), ref)]
        return out

    @staticmethod
    def _from(chord: tuple[int, int], ref: int) -> tuple[int, int]:
        """A chord, and its bass seen from *ref*."""
        return chord[0], 1 + (chord[1] - ref) % 12 if chord[0] else 0

    def push(self, symbol: int, pitch: int | None = None) -> None:
        """Take *symbol*; *pitch* is what it begins, where its leap is wider than symbols say."""
        v = self.voice
        self.last = symbol
        if symbol >= FIRST_STEP:
            new = self.reference + symbol - FIRST_STEP - WIDEST if pitch is None else pitch
            self._moves[v] = [symbol - FIRST_STEP + 1, *self._moves[v][:-1]]
            self._lengths[v] = [self._age[v], *self._lengths[v][:-1]]
            self.pitch[v], self.sounds[v], self._age[v] = new, True, 0
        elif symbol == REST:
            self.sounds[v], self._age[v] = False, 0
        else:
            self._age[v] = min(self._age[v] + 1, _AGE)
        self._row.append(symbol)
        self.voice += 1
        if self.voice == VOICES:
            self._finish()

    def _finish(self) -> None:
        """A sixteenth is full."""
        row = tuple(self._row)
        if any(s != HOLD for s in row):
            low = self.pitch[VOICES - 1]
            self._chords = [(1 + _chord(self.pitch[:-1], low), low), self._chords[0]]
        self.rows.append(row)
        self.before = list(self.pitch)
        self.time += 1
        self.voice, self._row = 0, []
        self._heard *= _FADE
        for u in range(VOICES):
            if self.sounds[u]:
                self._heard[self.pitch[u] % 12] += 1
        total = self._heard.sum()
        self._levels = [_level(x) for x in (self._heard / total).tolist()] if total else [0] * 12
        self._key = int((_PROFILES @ self._heard).argmax())
        for line in range(VOICES + 1):
            self._find(line)

    def _find(self, line: int) -> None:
        """Where the last cells of *line* (a voice, or all of them) were heard before, at the same place of a beat."""
        beat = self.time % CELL
        recent = [row if line == VOICES else row[line] for row in self.rows[-_SPANS[0]:]]
        self._found[line] = 0, 0
        keys = [hash((beat, span, tuple(recent[-span:]))) for span in _SPANS if len(recent) >= span]
        if len(keys) < len(_SPANS):
            keys = [0] * (len(_SPANS) - len(keys)) + keys
        for i, key in enumerate(keys):
            if key and (i, key) in self._known[line]:
                self._found[line] = len(_SPANS) - i, self._known[line][i, key]
                break
        for i, key in enumerate(keys):
            if key:
                self._known[line][i, key] = self.time


def ahead(notes: np.ndarray) -> np.ndarray:
    """How soon the next note of a given voice begins, in sixteenths (16 at most), and what it is.  (T, 2) -> (T, 2)"""
    out = np.full((len(notes), 2), (_AGE, SILENT))
    soon, pitch = _AGE, SILENT
    for t in range(len(notes) - 1, -1, -1):
        out[t] = soon, pitch
        soon = min(soon + 1, _AGE)
        if notes[t, 1]:
            soon, pitch = 1, notes[t, 0]
    return out


def _rel(pitch: int, ref: int) -> int:
    return 0 if pitch == SILENT else min(max(pitch - ref, -_FAR), _FAR) + _FAR + 1


def _chord(pitches: Sequence[int], ref: int) -> int:
    """Three pitch classes seen from *ref* as one number."""
    out = 0
    for pitch in pitches:
        out = 13 * out + (12 if pitch == SILENT else (pitch - ref) % 12)
    return out


def _level(share: float) -> int:
    return 0 if share < 0.004 else min(_LEVELS - 1, max(1, int(log2(share) + 7.5) ))


_MATCH = (2 * len(_SPANS) + 1) * SIZE
SIZES = (SIZE, VOICES * PLACES, VOICES * (len(METERS) + 1), VOICES * (LEFT + 1), 32, VOICES * 25, VOICES * 128,
         VOICES * 2 * (_AGE + 1), *[VOICES * 2 * _REL] * VOICES, *[VOICES * (SIZE + _AGE + 1)] * VOICES,
         *[VOICES * (SIZE + 1)] * _MEMORY, *[_AGE + 1] * _MEMORY, *[VOICES * (SIZE + 1)] * VOICES,
         _CHORD, _CHORD, 1 + _CHORD, 13, 1 + _CHORD, 13, *[_LEVELS] * 12, VOICES * 24, _MATCH, _MATCH,
         *[VOICES * _REL + 1, VOICES * _REL + 1, 1 + (_AGE + 1) * _REL] * VOICES)
ABSOLUTE = 6  # column of the one field that a transposition changes
GIVEN_EACH = 3  # columns about each given voice, the last of all
GIVEN = len(SIZES) - VOICES * GIVEN_EACH
