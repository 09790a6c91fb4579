"""Melodies as symbols: a duration, then the pitch that lasts it, bar by bar.

A melody is one symbol stream: the length of the pick-up, then for every note its duration and its pitch relative to the
tonic. Bars need no symbol of their own: a duration never crosses a bar line (a longer note goes on with ``TIE``), so the
place in the bar follows from what was written, and a mask (:meth:`Vocabulary.legal`) keeps every bar exactly full.

What the network is told beside the last symbol are the *fields* of :class:`State`: the place in the bar and in the piece,
metre, mode and tonic, and what stood at the same place 1, 2, 4 and 8 bars before, with how long the melody has been
following it: folk tunes live on bars that come back. (``benchmarks/melody_encodings.py`` has the figures behind this.)
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from artengine.works.score import MODES, Key, Meter

if TYPE_CHECKING:
    import numpy as np

QUARTER = 24  # ticks: thirty-second notes (3) and triplets of sixteenths (4) both fit
LONGEST_BAR = 8 * QUARTER
BARS = 32  # bars are told apart up to here
LOOKBACK = (1, 2, 4, 8)  # bars
RUN = 7  # symbols in a row that agreed with a lookback, counted up to here
METERS = ("4/4", "2/2", "2/4", "6/8", "3/4", "9/8", "12/8", "3/8", "6/4", "3/2")  # the rest share one entry
MODE_NAMES = tuple(MODES)
LEAST_NOTES = 12
TONIC_OCTAVE = 60  # the tonic that pitches are counted from is the one in the octave above middle C

PAD, START, NO_PICKUP, REST, TIE = range(5)
FIRST_DURATION = 5


@dataclass(frozen=True)
class Vocabulary:
    """What the symbols of one model mean: five marks, then durations, then pitches."""

    durations: tuple[int, ...]
    """Ticks, ascending."""
    low: int
    """Lowest pitch, semitones from the tonic."""
    high: int
    """Highest pitch, semitones from the tonic."""

    @property
    def first_pitch(self) -> int:
        """Symbol of the lowest pitch."""
        return FIRST_DURATION + len(self.durations)

    @property
    def size(self) -> int:
        """Number of symbols *V*."""
        return self.first_pitch + self.high - self.low + 1

    @cached_property
    def of_duration(self) -> dict[int, int]:
        """Symbol of a duration in ticks."""
        return {ticks: FIRST_DURATION + i for i, ticks in enumerate(self.durations)}

    @cached_property
    def splits(self) -> dict[int, tuple[int, ...]]:
        """How each length in ticks, up to the longest bar, is written with the fewest durations; some cannot be."""
        best: dict[int, tuple[int, ...]] = {0: ()}
        for length in range(1, LONGEST_BAR + 1):
            options = [(d, *best[length - d]) for d in self.durations if d <= length and length - d in best]
            if options:
                best[length] = min(options, key=lambda s: (len(s), [-d for d in s]))
        return best

    def legal(self) -> np.ndarray:
        """Which symbols may follow, by the first field of a state.  (3 + longest bar, V) bool

        A duration is legal where the rest of the bar can still be filled, so a bar never dead-ends.
        """
        import numpy as np

        table = np.zeros((FIELD_STATES, self.size), bool)
        table[0, self.first_pitch:] = True
        table[0, [REST, TIE]] = True
        table[1, NO_PICKUP] = True
        table[1, FIRST_DURATION:self.first_pitch] = True
        for remaining in range(1, LONGEST_BAR + 1):
            for ticks, symbol in self.of_duration.items():
                table[2 + remaining, symbol] = ticks <= remaining and remaining - ticks in self.splits
        return table

    def fields(self) -> tuple[int, ...]:
        """Number of values of each field of :class:`State`, in its order."""
        v = self.size
        return (FIELD_STATES, LONGEST_BAR + 1, len(METERS) + 1, len(MODE_NAMES), 12, BARS + 2, BARS + 1, v,
                *([v] * len(LOOKBACK)), *([RUN + 1] * len(LOOKBACK)))

    def to_data(self) -> dict[str, Any]:
        """Plain data for a model's header."""
        return {"durations": list(self.durations), "low": self.low, "high": self.high}

    @classmethod
    def from_data(cls, data: dict[str, Any]) -> Vocabulary:
        """What :meth:`to_data` gave."""
        return cls(tuple(data["durations"]), data["low"], data["high"])


FIELD_STATES = 3 + LONGEST_BAR  # a pitch is next, the pick-up is next, or a duration with so many ticks left in the bar


@dataclass(frozen=True)
class Frame:
    """What is fixed for a whole melody."""

    meter: Meter
    key: Key
    bars: int | None
    """Full bars in all; ``None`` where the melody is cut from a longer piece, so that its end is no ending."""

    @property
    def ticks(self) -> int:
        """Length of a bar."""
        return int(self.meter.bar * QUARTER)

    @property
    def tonic(self) -> int:
        """MIDI pitch that the pitches are counted from."""
        return TONIC_OCTAVE + self.key.pitch_class


class State:
    """Where a melody stands after the symbols so far; :meth:`push` takes one more."""

    __slots__ = ("_agree", "_at", "_bars", "_duration", "_fixed", "_now", "_offsets", "_seen", "bar", "last", "line", "next",
                 "vocabulary")

    def __init__(self, vocabulary: Vocabulary, frame: Frame) -> None:
        self.vocabulary = vocabulary
        name = str(frame.meter)
        meter = METERS.index(name) if name in METERS else len(METERS)
        self._fixed = (meter, MODE_NAMES.index(frame.key.mode), frame.key.pitch_class)
        self._bars = frame.bars
        self.line = frame.ticks
        self.bar = 0  # full bars finished
        self._now = 0  # ticks from the start of the first full bar; negative in the pick-up
        self.next = 1  # the first field: what comes next
        self.last = PAD  # last pitch or REST
        self._duration = 0
        self._seen: dict[int, tuple[int, int]] = {}  # what began when: duration and pitch symbols
        self._agree = [0] * len(LOOKBACK)
        self._at = [PAD] * len(LOOKBACK)

    @property
    def done(self) -> bool:
        """All bars asked for are full."""
        return self.next > 1 and self._bars is not None and self.bar >= self._bars

    @property
    def closing(self) -> bool:
        """The duration just pushed reaches the end of the last bar."""
        return self._bars is not None and self.next == 0 and self._now + self._duration == self._bars * self.line

    def fields(self) -> tuple[int, ...]:
        """The fields for the step that predicts the next symbol; sizes as in :meth:`Vocabulary.fields`."""
        if self._bars is None:
            left = BARS + 1
        else:
            left = self._bars - self.bar
            left = 0 if left < 0 else BARS if left > BARS else left
        return (self.next, self._now % self.line, *self._fixed, left, self.bar if self.bar < BARS else BARS, self.last,
                *self._at, *self._agree)

    def push(self, symbol: int) -> None:
        """Take *symbol*; it must be legal."""
        v = self.vocabulary
        if self.next == 1:  # the pick-up
            if symbol != NO_PICKUP:
                self._now = -v.durations[symbol - FIRST_DURATION]
            self.next = 2 + self.line - self._now % self.line
        else:
            at, agree = self._at, self._agree
            for i in range(len(at)):
                agree[i] = min(agree[i] + 1, RUN) if at[i] == symbol else 0
            if self.next:  # a duration
                self._duration = v.durations[symbol - FIRST_DURATION]
                self._seen[self._now] = (symbol, PAD)
                self.next = 0
            else:
                self._seen[self._now] = (self._seen[self._now][0], symbol)
                self._now += self._duration
                if symbol != TIE:
                    self.last = symbol
                if self._now >= 0:
                    self.bar = self._now // self.line
                self.next = 2 + self.line - self._now % self.line
        kind = 1 if self.next == 0 else 0
        for i, bars in enumerate(LOOKBACK):
            before = self._seen.get(self._now - bars * self.line)
            self._at[i] = before[kind] if before else PAD
