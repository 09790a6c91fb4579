"""Many melodies at once: what :class:`.encoding.State` and :class:`.lines.MelodyLine` do for one, on arrays.

It is the same bookkeeping without the interpreter's time for each work; a test walks both side by side.

Axes: B melodies, L lookbacks, R ticks that are remembered.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from artengine_music.melody.encoding import (
    BARS,
    FIRST_DURATION,
    LONGEST_BAR,
    LOOKBACK,
    METERS,
    MODE_NAMES,
    PAD,
    REST,
    RUN,
    START,
    TIE,
    Frame,
)
from artengine_music.melody.lines import Plan

_RING = max(LOOKBACK) * LONGEST_BAR + 1
_NEVER = -(10**6)


class Decoded(NamedTuple):
    """A finished melody."""

    symbols: list[int]
    frame: Frame


class MelodyLines:
    """Melodies being decoded side by side; an ``artengine.nn.decoding.Lines``."""

    def __init__(self, plan: Plan, seeds: Sequence[int]) -> None:
        v, b = plan.vocabulary, len(seeds)
        self._plan = plan
        self._ticks = np.zeros(v.size, int)
        self._ticks[FIRST_DURATION:v.first_pitch] = v.durations
        self._relative = np.arange(v.size) - v.first_pitch + v.low  # semitones of a pitch symbol above the tonic
        self._given = np.array(plan.given, int)
        self._back = np.array(LOOKBACK)  # (L,)
        self._rows = np.arange(b)
        self._frames: list[Frame] = [plan.frame(seed) for seed in seeds]
        self._symbols: list[list[int]] = [[] for _ in seeds]
        self._count = np.zeros(b, int)
        self._line = np.zeros(b, int)  # ticks of a bar
        self._bars = np.zeros(b, int)
        self._fixed = np.zeros((b, 3), int)  # metre, mode, tonic
        self._masks = np.zeros((b, 2, 2, v.size), bool)
        self._now = np.zeros(b, int)
        self._next = np.zeros(b, int)
        self._bar = np.zeros(b, int)
        self._last = np.zeros(b, int)  # last pitch
        self._symbol = np.zeros(b, int)  # last symbol
        self._duration = np.zeros(b, int)
        self._bare = np.zeros(b, bool)
        self._at = np.zeros((b, len(LOOKBACK)), int)
        self._agree = np.zeros((b, len(LOOKBACK)), int)
        self._when = np.zeros((b, _RING), int)  # the tick that each place of the memory now holds
        self._seen = np.zeros((b, _RING, 2), np.int16)  # duration and pitch symbols that began then
        for column, frame in enumerate(self._frames):
            self._begin(column, frame)

    def begin(self, column: int, seed: int) -> None:
        """The empty melody of *seed* takes the place of the one in *column*."""
        self._frames[column] = self._plan.frame(seed)
        self._symbols[column] = []
        self._begin(column, self._frames[column])

    def _begin(self, column: int, frame: Frame) -> None:
        name = str(frame.meter)
        self._masks[column] = self._plan.masks(frame)
        self._fixed[column] = (METERS.index(name) if name in METERS else len(METERS), MODE_NAMES.index(frame.key.mode),
                               frame.key.pitch_class)
        self._line[column], self._bars[column] = frame.ticks, frame.bars
        self._symbol[column], self._last[column], self._next[column], self._bare[column] = START, PAD, 1, True
        for array in (self._now, self._bar, self._duration, self._count, self._at, self._agree):
            array[column] = 0
        self._when[column] = _NEVER

    def keep(self, columns: Sequence[int]) -> None:
        """Drop all other melodies."""
        for name, value in vars(self).items():
            if name in ("_frames", "_symbols"):
                setattr(self, name, [value[c] for c in columns])
            elif isinstance(value, np.ndarray) and name not in ("_ticks", "_relative", "_given", "_back", "_rows"):
                setattr(self, name, value[columns])
        self._rows = self._rows[:len(columns)]

    def line(self, column: int) -> Decoded:
        """The finished melody in *column*."""
        return Decoded(self._symbols[column], self._frames[column])

    def fields(self) -> np.ndarray:
        """(B, 1 + F), the last symbol first; as ``MelodyLine.fields``."""
        table = np.empty((len(self._rows), 9 + 2 * len(LOOKBACK)), int)
        table[:, 0] = self._symbol
        table[:, 1] = self._next
        table[:, 2] = self._now % self._line
        table[:, 3:6] = self._fixed
        table[:, 6] = np.clip(self._bars - self._bar, 0, BARS)
        table[:, 7] = np.minimum(self._bar, BARS)
        table[:, 8] = self._last
        table[:, 9:9 + len(LOOKBACK)] = self._at
        table[:, 9 + len(LOOKBACK):] = self._agree
        return table

    def allowed(self) -> np.ndarray:
        """(B, V) bool; as ``MelodyLine.allowed``."""
        closes = self._now + self._duration == self._bars * self._line  # meant only where a pitch is next
        tie = ~self._bare
        if self._plan.controls.ending:
            tie &= ~closes | (self._relative[self._last] % 12 == 0)
        pitches = self._masks[self._rows, tie.astype(int), closes.astype(int)]
        mask = np.where((self._next == 0)[:, None], pitches, self._plan.legal[self._next])
        for column in np.flatnonzero(self._next == 1):
            mask[column] = self._plan.pickups(self._frames[column])
        primed = np.flatnonzero(self._count < len(self._given))
        mask[primed] = False
        mask[primed, self._given[self._count[primed]]] = True
        return mask

    def push(self, symbols: np.ndarray) -> np.ndarray:
        """Take a symbol for each melody; which of them are done.  (B,) -> (B,) bool"""
        first, pitch = self._next == 1, self._next == 0
        ticks = self._ticks[symbols]
        follows = ~first[:, None] & (self._at == symbols[:, None])
        self._agree = np.where(follows, np.minimum(self._agree + 1, RUN), 0)
        place = self._now % _RING
        begun = np.flatnonzero(~first & ~pitch)  # durations: something begins
        self._when[begun, place[begun]] = self._now[begun]
        self._seen[begun, place[begun], 0] = symbols[begun]
        self._seen[begun, place[begun], 1] = PAD
        self._duration[begun] = ticks[begun]
        whole = np.flatnonzero(pitch)
        self._seen[whole, place[whole], 1] = symbols[whole]
        self._bare = np.where(pitch, (symbols == REST) | ((symbols == TIE) & self._bare), self._bare)
        self._last = np.where(pitch & (symbols != TIE), symbols, self._last)
        self._now = np.where(first, -ticks, self._now + np.where(pitch, self._duration, 0))
        self._bar = np.maximum(self._now, 0) // self._line
        self._next = np.where(first | pitch, 2 + self._line - self._now % self._line, 0)
        then = self._now[:, None] - self._back * self._line[:, None]  # (B, L)
        at = then % _RING
        kind = (self._next == 0).astype(int)[:, None]
        known = self._when[self._rows[:, None], at] == then
        self._at = np.where(known, self._seen[self._rows[:, None], at, kind], PAD)
        self._symbol = symbols
        self._count += 1
        for line, symbol in zip(self._symbols, symbols.tolist(), strict=True):
            line.append(symbol)
        return (self._next > 1) & (self._bar >= self._bars)
