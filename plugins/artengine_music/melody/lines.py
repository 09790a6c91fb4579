"""What a person asks for, turned into the frame and the masks that a melody is decoded under."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from artengine.errors import ArtengineError
from artengine.works.score import Key, Meter, Score
from artengine_music.melody.controls import MOST_BARS, SCALES, Controls
from artengine_music.melody.encoding import (
    LONGEST_BAR,
    METERS,
    NO_PICKUP,
    QUARTER,
    REST,
    START,
    TIE,
    Frame,
    State,
    Vocabulary,
)
from artengine_music.theory import estimate_key, skyline

_LETTERS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
# Beats a minute that suit a metre, where none are asked for.
_TEMPOS = {"2/2": 96.0, "4/4": 112.0, "2/4": 108.0, "3/4": 116.0, "6/8": 108.0, "9/8": 108.0, "12/8": 104.0, "3/8": 152.0}


class Plan:
    """Everything about one rendering that does not change while a melody is decoded.

    :param frames: what the corpus was like: ``[metre, mode, tonic's pitch class, bars, melodies]`` each.
    :raises ArtengineError: where what is asked for cannot be.
    """

    def __init__(self, controls: Controls, vocabulary: Vocabulary, frames: Sequence[Sequence[Any]]) -> None:
        self.vocabulary = vocabulary
        self.controls = controls
        self._key = key_asked(controls.key)
        self._meter = _meter(controls.meter, vocabulary)
        self._low, self._high = pitch_asked(controls.low, "low", 0), pitch_asked(controls.high, "high", 127)
        self._frames = frames
        self.legal = vocabulary.legal()
        self.given: tuple[int, ...] = ()
        self._masks: dict[int, np.ndarray] = {}
        if controls.primer is not None:
            self._take_primer(controls.primer)

    def frame(self, seed: int) -> Frame:
        """Metre and key of the work of *seed*: as asked, else drawn from what the corpus was like."""
        draw = np.random.Generator(np.random.Philox(key=[seed, 1])).random()  # a stream of its own beside the symbols' noise
        fits = [f for f in self._frames if (self._meter is None or f[0] == str(self._meter))
                and (self._key is None or (f[1], f[2]) == (self._key.mode, self._key.pitch_class))]
        same_bars = [f for f in fits if f[3] == self.controls.bars]
        fits = same_bars or fits or [[str(self._meter or "4/4"), "major", 0, 16, 1]]
        counts = np.cumsum([f[4] for f in fits])
        signature, mode, tonic = fits[int(np.searchsorted(counts, draw * counts[-1], "right"))][:3]
        numerator, denominator = map(int, signature.split("/"))
        meter = self._meter or Meter(Fraction(0), numerator, denominator)
        return Frame(meter, self._key or Key.of(tonic, mode), self.controls.bars)

    def tempo(self, frame: Frame) -> float:
        """Quarter notes a minute."""
        beats = self.controls.tempo or _TEMPOS.get(str(frame.meter), 108.0)
        return beats * float(frame.meter.beat)

    def pickups(self, frame: Frame) -> np.ndarray:
        """Pick-ups allowed: those shorter than a bar.  (V,) bool"""
        mask: np.ndarray = self.legal[1].copy()
        for ticks, symbol in self.vocabulary.of_duration.items():
            mask[symbol] &= ticks < frame.ticks
        return mask

    def line(self, seed: int) -> MelodyLine:
        """The empty melody of *seed*."""
        return MelodyLine(self, self.frame(seed))

    def masks(self, frame: Frame) -> np.ndarray:
        """Pitches allowed, by (may be tied, closes the piece).  (2, 2, V) bool

        :raises ArtengineError: where the range or the scale leaves no pitch, or no tonic to end on.
        """
        v, c = self.vocabulary, self.controls
        if (found := self._masks.get(frame.tonic)) is not None:
            return found
        pitches = frame.tonic + v.low + np.arange(v.high - v.low + 1)
        fits = (pitches >= self._low) & (pitches <= self._high)
        if c.scale != "any":
            fits &= np.isin((pitches - frame.tonic) % 12, SCALES[c.scale])
        closing = fits & (pitches % 12 == frame.key.pitch_class) if c.ending else fits
        if not closing.any():
            wanted = f"no {frame.key.tonic} to end on" if fits.any() else "no note at all"
            raise ArtengineError(
                f"Between {c.low or 'the lowest note'} and {c.high or 'the highest'} this model has {wanted} "
                f"(it reaches from MIDI note {pitches[0]} to {pitches[-1]} in {frame.key}).",
                "Widen --low and --high" + (", or leave out the ending with --no-ending." if fits.any() else "."))
        masks = np.zeros((2, 2, v.size), bool)
        masks[:, 0, v.first_pitch:] = fits
        masks[:, 1, v.first_pitch:] = closing
        masks[1, :, TIE] = True
        masks[:, 0, REST] = True
        masks[:, 1, REST] = not c.ending
        self._masks[frame.tonic] = masks
        return masks

    def _take_primer(self, primer: Score) -> None:
        """Take over a primer's key and metre (unless others are asked for), and its notes as symbols to begin with."""
        v, notes = self.vocabulary, skyline(primer.notes)
        if not notes:
            raise ArtengineError("The primer has no notes.",
                                 'Give a file with a melody, or notes such as --primer "C4 D4 E4/2".')
        self._key = self._key or primer.key or estimate_key(notes)
        self._meter = self._meter or _meter(str(primer.meter), v)
        frame = Frame(self._meter._replace(onset=Fraction(0)), self._key._replace(onset=Fraction(0)), self.controls.bars)
        state, symbols = State(v, frame), []

        def push(symbol: int) -> None:
            symbols.append(symbol)
            state.push(symbol)

        pickup = round(primer.pickup * QUARTER)
        if pickup and pickup not in v.of_duration:
            raise ArtengineError(f"The primer's pick-up of {primer.pickup} quarter notes is not one this model knows.",
                                 "Give the primer without its pick-up.")
        push(v.of_duration[pickup] if pickup else NO_PICKUP)
        at = 0
        for note in notes:
            onset, end = round(note.onset * QUARTER), round((note.onset + note.duration) * QUARTER)
            symbol = v.first_pitch + note.pitch - frame.tonic - v.low
            if not v.first_pitch <= symbol < v.size:
                raise ArtengineError(
                    f"The primer's note {note.pitch} is outside this model's range, MIDI notes {frame.tonic + v.low} to "
                    f"{frame.tonic + v.high} in {frame.key}.",
                    "Transpose the primer by octaves, or train a model on music in its range.")
            for until, wanted in ((onset, REST), (end, symbol)):
                first = True
                while at < until:
                    if state.done:
                        raise ArtengineError(f"The primer is longer than the {self.controls.bars} bars asked for.",
                                             _longer_than(primer))
                    room = min(until - at, state.next - 2)
                    if room not in v.splits:
                        raise ArtengineError(
                            f"The primer has a length of {Fraction(room, QUARTER)} quarters, which this model cannot write.",
                            "Use notes and triplets down to a thirty-second.")
                    for part in v.splits[room]:
                        push(v.of_duration[part])
                        push(wanted if first or wanted == REST else TIE)
                        first = False
                    at += room
        if state.done:
            raise ArtengineError(f"The primer fills all the {self.controls.bars} bars asked for.", _longer_than(primer))
        if not self.legal[state.next].any():
            raise ArtengineError("The primer ends at a place from which its bar cannot be filled.",
                                 "End it on a simple beat.")
        self.given = tuple(symbols)


class MelodyLine(State):
    """One melody being decoded."""

    __slots__ = ("_bare", "_given", "_masks", "_plan", "frame", "symbols")

    def __init__(self, plan: Plan, frame: Frame) -> None:
        super().__init__(plan.vocabulary, frame)
        self.frame = frame
        self.symbols: list[int] = []
        self._plan = plan
        self._masks = plan.masks(frame)
        self._given = plan.given
        self._bare = True  # nothing sounds that a TIE could prolong

    def fields(self) -> tuple[int, ...]:
        """The last symbol, then the fields of :class:`State`."""
        return (self.symbols[-1] if self.symbols else START, *super().fields())

    def allowed(self) -> np.ndarray:
        """What may come next.  (V,) bool"""
        if len(self.symbols) < len(self._given):
            only = np.zeros(self.vocabulary.size, bool)
            only[self._given[len(self.symbols)]] = True
            return only
        if self.next == 1:
            return self._plan.pickups(self.frame)
        if self.next:
            return self._plan.legal[self.next]
        closes = self.closing
        tie = not self._bare and not (closes and self._plan.controls.ending and self._away)
        return self._masks[int(tie), int(closes)]

    @property
    def _away(self) -> bool:
        """What sounds is not the tonic."""
        return (self.last - self.vocabulary.first_pitch + self.vocabulary.low) % 12 != 0

    def push(self, symbol: int) -> None:
        """Take *symbol*."""
        if not self.next:
            self._bare = symbol == REST or (symbol == TIE and self._bare)
        self.symbols.append(symbol)
        super().push(symbol)


def _longer_than(primer: Score) -> str:
    if primer.bars >= MOST_BARS:
        return f"A melody has {MOST_BARS} bars at the most: give a shorter primer, its last bars say."
    return f"Ask for more with --bars (at least {primer.bars + 1})."


def key_asked(text: str) -> Key | None:
    """The key that ``--key`` names; ``None`` for no text."""
    if not text:
        return None
    try:
        return Key.parse(text)
    except ValueError:
        raise ArtengineError(f'--key "{text}" is not a key.', 'Write it like "D", "F# minor", "Bb" or "A dorian".') from None


def meter_asked(text: str, fits: Callable[[Meter], bool]) -> Meter | None:
    """The metre that ``--meter`` names; ``None`` for no text."""
    if not text:
        return None
    found = re.fullmatch(r"(\d{1,2})/(1|2|4|8|16|32)", text.strip())
    meter = Meter(Fraction(0), int(found[1]), int(found[2])) if found and int(found[1]) else None
    if meter is None or not fits(meter):
        raise ArtengineError(f'--meter "{text}" is not a metre this model can write.',
                             f"Use one such as {', '.join(METERS[:6])}, with bars no longer than 4/2.")
    return meter


def _meter(text: str, vocabulary: Vocabulary) -> Meter | None:
    def fits(meter: Meter) -> bool:
        ticks = meter.bar * QUARTER
        return ticks <= LONGEST_BAR and int(ticks) in vocabulary.splits and ticks.denominator == 1

    return meter_asked(text, fits)


def pitch_asked(text: str, flag: str, default: int) -> int:
    """The MIDI number of the note that *flag* names; *default* for no text."""
    if not text:
        return default
    if text.isdigit() and int(text) <= 127:
        return int(text)
    found = re.fullmatch(r"([A-Ga-g])(#{0,2}|b{0,2})(-?\d)", text.strip().replace("♯", "#").replace("♭", "b"))
    if not found:
        raise ArtengineError(f'--{flag} "{text}" is not a note.',
                             'Write it like "G3", "F#4" or as a MIDI number from 0 to 127.')
    return _LETTERS[found[1].upper()] + found[2].count("#") - found[2].count("b") + 12 * (int(found[3]) + 1)
