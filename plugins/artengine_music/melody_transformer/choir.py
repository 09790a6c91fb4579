"""What a person asks of a chorale, turned into the frame and the masks that its voices are decoded under.

Rules, the strictest first; one gives way where it would leave a voice nothing to sing, so that there is never a dead end:

1. A voice stays in its range, and between its neighbours.
2. It sings the notes of ``--scale``.
3. The first and the last chord are the tonic's triad, the last with its root in the bass, unless ``--no-ending`` is asked
   for. (Not where the voices given begin, or end, on another note.)
4. No two voices move from a fifth, an octave or a unison to another one.

Where even the first cannot be kept, the voice is silent.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from artengine.errors import ArtengineError
from artengine.works.score import Key, Meter, Note, Score, Tempo
from artengine_music.melody.controls import SCALES
from artengine_music.melody.lines import key_asked, meter_asked, pitch_asked
from artengine_music.melody_transformer.cells import (
    CELL,
    FIRST_STEP,
    HOLD,
    PLACES,
    REST,
    SILENT,
    SIZE,
    VOICES,
    WIDEST,
    Frame,
    State,
)
from artengine_music.melody_transformer.given import Given, triad
from artengine_music.melody_transformer.grids import CHOIR, programs, voiced
from artengine_music.melody_transformer.settings import Controls

_TEMPO = 80.0  # quarters a minute
_PERFECT = (0, 7)


class Plan:
    """Everything about one rendering that does not change while a chorale is decoded.

    :param frames: what the corpus was like: ``[metre, mode, tonic's pitch class, sixteenths of pick-up, chorales]`` each.
    :param ranges: lowest and highest pitch of each voice in the corpus.
    :raises ArtengineError: where what is asked for cannot be.
    """

    def __init__(self, controls: Controls, ranges: Sequence[Sequence[int]], frames: Sequence[Sequence[Any]]) -> None:
        self.controls, self._frames = controls, frames
        if controls.primer is not None:
            raise ArtengineError("A chorale takes no primer.", "Give the tune as --soprano, or ask for --voices 1.")
        self._key = key_asked(controls.key)
        self._meter = meter_asked(controls.meter, lambda m: (m.bar * CELL).denominator == 1 and m.bar * CELL <= PLACES)
        self.given = Given(controls.given, ranges) if controls.given else None
        if self.given and self._meter and str(self._meter) != str(self.given.score.meter):
            raise ArtengineError(f"The {self.given.names} given is in {self.given.score.meter}, not in {self._meter}.",
                                 "Leave out --meter.")
        low, high = pitch_asked(controls.low, "low", 0), pitch_asked(controls.high, "high", 127)
        lows = np.minimum.accumulate([r[0] for r in ranges])  # so that who can sing below a voice is sure of a note
        self._low, self._high = np.maximum(lows, low), np.minimum([r[1] for r in ranges], high)
        self._bounds: dict[int, tuple[np.ndarray, np.ndarray]] = {}

    def key(self, seed: int) -> Key:
        """The key of the work of *seed*."""
        if self.given:
            return self._key or self.given.key()
        _, mode, tonic, _ = self._drawn(seed)
        return self._key or Key.of(tonic, mode)

    def frame(self, seed: int) -> Frame:
        """Bars and key of the work of *seed*: as given, as asked, else drawn from what the corpus was like."""
        key = self.key(seed)
        mode = "major" if triad(key.mode) == triad("major") else "minor"
        if self.given:
            return Frame(self.given.places, str(self.given.score.meter), key.pitch_class, mode, True, self.given.grids)
        meter, pickup = self.barred(seed)
        bar = int(meter.bar * CELL)
        return Frame(tuple((t - pickup) % bar for t in range(bar * self.controls.bars)), str(meter), key.pitch_class, mode)

    def barred(self, seed: int) -> tuple[Meter, int]:
        """Metre, and sixteenths of the pick-up, which the last bar lacks, of the work of *seed*."""
        signature, _, _, pickup = self._drawn(seed)
        meter = self._meter or Meter(Fraction(0), *map(int, signature.split("/")))
        return meter, pickup if pickup < meter.bar * CELL else 0

    def _drawn(self, seed: int) -> tuple[str, str, int, int]:
        draw = np.random.Generator(np.random.Philox(key=[seed, 1])).random()  # a stream of its own beside the symbols' noise
        fits = [f for f in self._frames if self._meter is None or f[0] == str(self._meter)]
        mode = None if self._key is None else "major" if triad(self._key.mode) == triad("major") else "minor"
        fits = [f for f in fits if mode in (None, f[1])] or fits or [[str(self._meter or "4/4"), "major", 7, 0, 1]]
        counts = np.cumsum([f[4] for f in fits])
        signature, mode, tonic, pickup, _ = fits[int(np.searchsorted(counts, draw * counts[-1], "right"))]
        return str(signature), str(mode), int(tonic), int(pickup)

    def line(self, seed: int) -> ChoirLine:
        """The empty chorale of *seed*."""
        return ChoirLine(self, self.frame(seed))

    def bounds(self, steps: int) -> tuple[np.ndarray, np.ndarray]:
        """The lowest and highest pitch of each voice in each sixteenth, as the ranges and the voices given allow.

        (VOICES, T) twice

        :raises ArtengineError: where a voice that is not given is left no room.
        """
        if steps not in self._bounds:
            low, high = np.tile(self._low[:, None], (1, steps)), np.tile(self._high[:, None], (1, steps))
            if self.given:
                for u in self.given.notes:
                    high[u + 1:] = np.minimum(high[u + 1:], self.given.least[u])
                    low[:u] = np.maximum(low[:u], self.given.most[u])
            for v in range(VOICES):
                narrow = np.flatnonzero(low[v] > high[v])
                if len(narrow) and not (self.given and v in self.given.notes):
                    raise self._no_room(v, int(narrow[0]))
            self._bounds[steps] = low, high
        return self._bounds[steps]

    def _no_room(self, voice: int, step: int) -> ArtengineError:
        if self._low[voice] > self._high[voice]:
            low, high = self.controls.low or "the lowest note", self.controls.high or "the highest"
            return ArtengineError(f"Between {low} and {high} the {CHOIR[voice].lower()} has no note to sing.",
                                  "Widen --low and --high.")
        assert self.given is not None
        return ArtengineError(
            f"In {self.given.bar(step)} the {self.given.names} given leaves no room for the {CHOIR[voice].lower()}, "
            f"who sings from MIDI note {self._low[voice]} to {self._high[voice]}.",
            "Transpose what is given, or give it to another voice.")

    def score(self, line: ChoirLine, seed: int) -> Score:
        """The finished chorale."""
        key = self.key(seed)
        if self.given:
            asked, whole = self.controls.tempo, self.given.score
            tempos = (Tempo(Fraction(0), asked * float(whole.meter.beat)),) if asked else self.given.first.tempos
            kept: list[Note] = [n for notes in self.given.notes.values() for n in notes]
            sung = [n for v in range(VOICES) if v not in self.given.notes for n in voiced(line.sung[v], v, self.given.end)]
            title = f"Setting of {self.given.first.title}" if self.given.first.title else f"Setting in {key}"
            return Score((*kept, *sung), whole.meters, self.given.first.keys or (key,), tempos, whole.pickup, whole.length,
                         title, CHOIR, programs())
        meter, pickup = self.barred(seed)
        tempo = Tempo(Fraction(0), self.controls.tempo * float(meter.beat) or _TEMPO)
        length = Fraction(len(line.frame.places), CELL)
        return Score(tuple(n for v in range(VOICES) for n in voiced(line.sung[v], v, length)), (meter,), (key,), (tempo,),
                     Fraction(pickup, CELL), length, f"Chorale in {key}", CHOIR, programs())


def closing(frame: Frame) -> int:
    """The sixteenth from which the last chord of a chorale sounds, as Bach's mostly do: the middle of the last bar, or its
    start where it has no middle beat."""
    steps = len(frame.places)
    start = steps - 1 - frame.places[-1]
    numerator, denominator = map(int, frame.meter.split("/"))
    middle = start + (0 if numerator % 2 else 2 * CELL * numerator // denominator)
    return max(0, middle if middle < steps else start)


class ChoirLine(State):
    """One chorale being decoded; an ``artengine.nn.decoding.Line``."""

    def __init__(self, plan: Plan, frame: Frame) -> None:
        super().__init__(frame)
        self._plan = plan
        steps = len(frame.places)
        self._low, self._high = plan.bounds(steps)
        self.sung = np.full((VOICES, steps, 2), (SILENT, 0))
        scale = SCALES.get(plan.controls.scale)
        assert frame.tonic is not None  # a plan knows the key
        self._scale = None if scale is None else np.isin((np.arange(128) - frame.tonic) % 12, scale)
        key = Key.of(frame.tonic, frame.mode)
        self._opens = plan.controls.ending and (plan.given is None or plan.given.fits(key, first=True))
        self._closes = steps
        if plan.controls.ending and (plan.given is None or plan.given.fits(key)):
            self._closes = plan.given.closes if plan.given else closing(frame)

    def allowed(self) -> np.ndarray:
        """What may come next.  (V,) bool"""
        v, t = self.voice, self.time
        mask = np.zeros(SIZE, bool)
        if v in self.frame.given:
            mask[self._symbol(*self.frame.given[v][t].tolist())] = True
            return mask
        above = [self.pitch[u] for u in range(v) if self.sounds[u]]
        low, high = int(self._low[v, t]), min([int(self._high[v, t]), *above])
        ref = self.reference
        low, high = max(low, ref - WIDEST), min(high, ref + WIDEST)
        fits = np.zeros(128, bool)
        fits[low:high + 1] = True
        if self._scale is not None and (fits & self._scale).any():
            fits &= self._scale
        if t >= self._closes or (self._opens and not t):
            chord = fits & self._triad()
            fits = chord if chord.any() else fits
        hold = self.sounds[v] and fits[self.pitch[v]]
        moving = fits & ~self._parallel()
        if hold or moving.any():
            fits = moving
        first = FIRST_STEP + WIDEST - ref  # symbol of pitch 0
        mask[first + low:first + high + 1] = fits[low:high + 1]
        mask[HOLD] = hold
        silent = self.frame.given and not any(self.frame.given[u][t, 0] != SILENT for u in self.frame.given)
        if silent or not mask.any():
            mask[self._symbol(SILENT, 0)] = True
        return mask

    def _triad(self) -> np.ndarray:
        """Pitches of the first or last chord, for the voice that is next: one third only.  (128,) bool"""
        tonic = self.frame.tonic or 0
        classes = {0} if self.voice == VOICES - 1 and self.time else set(triad(self.frame.mode, not self.time))
        voices = [u for u in range(VOICES) if u < self.voice or u in self.frame.given]
        known = {(self._known_pitch(u) - tonic) % 12 for u in voices if self._known_pitch(u) != SILENT}
        if 3 in known:
            classes.discard(4)
        if 4 in known:
            classes.discard(3)
        return np.isin((np.arange(128) - tonic) % 12, sorted(classes))

    def _known_pitch(self, voice: int) -> int:
        """What a voice that is given, or has its cell filled, sings now."""
        if voice in self.frame.given:
            return int(self.frame.given[voice][self.time, 0])
        return self.pitch[voice] if self.sounds[voice] else SILENT

    def _parallel(self) -> np.ndarray:
        """Pitches that would make parallels with a voice that moves now.  (128,) bool"""
        wrong = np.zeros(128, bool)
        v = self.voice
        mine = self.pitch[v]
        if not self.sounds[v] or not self.time:
            return wrong
        for u in range(VOICES):
            if u == v or not (u < v or u in self.frame.given):
                continue
            now, then = self._known_pitch(u), self.before[u]
            if SILENT in (now, then) or now == then:
                continue
            interval = abs(then - mine) % 12
            if interval in _PERFECT:
                wrong |= np.abs(np.arange(128) - now) % 12 == interval
        wrong[mine] = False  # a repeated note does not move
        return wrong

    def _symbol(self, pitch: int, begins: int) -> int:
        """The symbol of a pitch; a leap wider than the symbols is the widest of them."""
        v = self.voice
        if pitch == SILENT:
            return REST if self.sounds[v] or not self.time else HOLD
        if self.sounds[v] and self.pitch[v] == pitch and not begins:
            return HOLD
        return FIRST_STEP + WIDEST + min(max(pitch - self.reference, -WIDEST), WIDEST)

    def push(self, symbol: int, pitch: int | None = None) -> None:
        """Take *symbol*."""
        v, t = self.voice, self.time
        if v in self.frame.given and symbol >= FIRST_STEP:
            pitch = int(self.frame.given[v][t, 0])
        super().push(symbol, pitch)
        self.sung[v, t] = self.pitch[v] if self.sounds[v] else SILENT, int(symbol >= FIRST_STEP)
