"""From scores to melodies and back: one line, one metre, one key, on the grid of :mod:`.encoding`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from artengine.errors import ArtengineError
from artengine.works.score import Meter, Note, Score, Tempo
from artengine_music.melody.encoding import (
    FIRST_DURATION,
    LEAST_NOTES,
    LONGEST_BAR,
    NO_PICKUP,
    QUARTER,
    REST,
    TIE,
    Frame,
    State,
    Vocabulary,
)
from artengine_music.theory import estimate_key, skyline

_SILENCE = 4  # bars of rest that end a phrase


@dataclass(frozen=True)
class Melody:
    """A line of (duration in ticks, MIDI pitch or ``None`` for a rest) without gaps, from the start of the pick-up."""

    frame: Frame
    pickup: int
    """Ticks."""
    events: tuple[tuple[int, int | None], ...]
    title: str = ""

    @property
    def notes(self) -> int:
        """Number of sounding notes."""
        return sum(pitch is not None for _, pitch in self.events)


def melodies(score: Score) -> list[Melody]:
    """The melodies of a score: each voice that is a line of its own, or else its top line; cut where the metre changes.

    :raises ArtengineError: where it has none that can be used, saying why.
    """
    if not score.notes:
        raise ArtengineError("no notes")
    voices = [score.voice(i) for i in sorted({n.voice for n in score.notes})]
    lines = [(notes, skyline(notes)) for notes in voices]
    own = [line for notes, line in lines if len(line) >= 0.8 * len(notes) and len(line) >= LEAST_NOTES]
    found, reason = [], "too few notes"
    for line in own or [skyline(score.notes)]:
        for piece in _pieces(score, line):
            try:
                found.append(_melody(score, *piece))
            except ArtengineError as error:
                reason = error.wrong
    if not found:
        raise ArtengineError(reason)
    return found


def _pieces(score: Score, line: Sequence[Note]) -> Iterator[tuple[list[Note], Meter, Fraction, Fraction, bool]]:
    """Stretches of one metre: (notes, metre, start, pick-up, whether the piece ends there)."""
    starts = [m for m in score.meters if m.onset < score.length]
    for i, meter in enumerate(starts):
        last = i + 1 == len(starts)
        start, end = meter.onset, score.length if last else starts[i + 1].onset
        pickup = score.pickup if i == 0 else Fraction(0)
        notes = [n for n in line if start <= n.onset < end]
        while notes:  # a long silence parts a piece in two
            cut = next((k for k, (a, b) in enumerate(pairwise(notes), 1)
                        if b.onset - a.onset - a.duration >= _SILENCE * meter.bar), len(notes))
            stretch, notes = notes[:cut], notes[cut:]
            before = start + pickup + (stretch[0].onset - start - pickup) // meter.bar * meter.bar
            if before > start:
                start, pickup = before, Fraction(0)
            yield stretch, meter, start, pickup, last and not notes
            if notes:
                start, pickup = start + (notes[0].onset - start) // meter.bar * meter.bar, Fraction(0)


def _melody(score: Score, notes: list[Note], meter: Meter, start: Fraction, pickup: Fraction, closes: bool) -> Melody:
    if len(notes) < LEAST_NOTES:
        raise ArtengineError(f"fewer than {LEAST_NOTES} notes in one metre")
    if meter.bar * QUARTER > LONGEST_BAR or (meter.bar * QUARTER).denominator != 1:
        raise ArtengineError(f"bars of {meter}")
    key = next((k for k in reversed(score.keys) if k.onset <= start), None) or estimate_key(notes)
    times = [(_ticks(n.onset - start), _ticks(n.duration), n.pitch) for n in notes]
    line, lead = int(meter.bar * QUARTER), _ticks(pickup)
    events: list[tuple[int, int | None]] = []
    at = 0
    for onset, length, pitch in times:
        if onset > at:
            events.append((onset - at, None))
        at = max(onset, at)
        if length > 0:
            events.append((length, pitch))
            at += length
    short = -(at - lead) % line  # an incomplete last bar is filled by its last note: the pick-up of the repeat stood there
    if short:
        events[-1] = (events[-1][0] + short, events[-1][1])
        at += short
    bars = (at - lead) // line
    frame = Frame(meter._replace(onset=Fraction(0)), key._replace(onset=Fraction(0)), bars if closes else None)
    return Melody(frame, lead, tuple(events), score.title)


def _ticks(time: Fraction) -> int:
    ticks = time * QUARTER
    if ticks.denominator != 1:
        raise ArtengineError("notes off the grid of 24 to the quarter")
    return int(ticks)


def learn_vocabulary(all_melodies: Iterable[Melody]) -> Vocabulary:
    """The durations and the range that the melodies use, with room to split and to transpose."""
    lengths: Counter[int] = Counter()
    low, high = -12, 24
    for melody in all_melodies:
        for ticks, pitch in melody.events:
            lengths[ticks] += 1
            if pitch is not None:
                low, high = min(low, pitch - melody.frame.tonic), max(high, pitch - melody.frame.tonic)
    total = sum(lengths.values())
    # A length that is hardly ever used is written as two that are, tied. The basic ones fill every bar.
    common = {ticks for ticks, n in lengths.items() if n >= max(3, total // 5000) and ticks <= LONGEST_BAR}
    basic = {3, 6, 12, 24, 48, 96} | ({4, 8} if any(ticks % 3 for ticks in common) else set())
    return Vocabulary(tuple(sorted(common | basic)), low, high)


def encode(melody: Melody, vocabulary: Vocabulary) -> tuple[list[int], list[tuple[int, ...]]]:
    """Symbols of a melody, and the fields of :class:`State` before each.  (T,), (T, F)

    :raises ArtengineError: where a length or a pitch is beyond *vocabulary*.
    """
    state = State(vocabulary, melody.frame)
    symbols: list[int] = []
    fields: list[tuple[int, ...]] = []

    def push(symbol: int) -> None:
        fields.append(state.fields())
        symbols.append(symbol)
        state.push(symbol)

    try:
        push(vocabulary.of_duration[melody.pickup] if melody.pickup else NO_PICKUP)
        for ticks, pitch in melody.events:
            wanted = REST if pitch is None else vocabulary.first_pitch + pitch - melody.frame.tonic - vocabulary.low
            if pitch is not None and not vocabulary.first_pitch <= wanted < vocabulary.size:
                raise ArtengineError("notes out of the model's range")
            rest, first = ticks, True
            while rest:
                room = min(rest, state.next - 2)
                for part in vocabulary.splits[room]:
                    push(vocabulary.of_duration[part])
                    push(wanted if first or pitch is None else TIE)
                    first = False
                rest -= room
    except KeyError as error:
        raise ArtengineError(f"a length of {error.args[0]} ticks that no durations make") from None
    return symbols, fields


def decode(symbols: Sequence[int], vocabulary: Vocabulary, frame: Frame, tempo: float, title: str = "") -> Score:
    """The score of a symbol stream; the inverse of :func:`encode`."""
    pickup = 0 if symbols[0] == NO_PICKUP else vocabulary.durations[symbols[0] - FIRST_DURATION]
    notes: list[Note] = []
    at = Fraction(0)
    for length, pitch in zip(symbols[1::2], symbols[2::2], strict=True):
        duration = Fraction(vocabulary.durations[length - FIRST_DURATION], QUARTER)
        if pitch == TIE and notes and notes[-1].onset + notes[-1].duration == at:
            notes[-1] = notes[-1]._replace(duration=notes[-1].duration + duration)
        elif pitch >= vocabulary.first_pitch:
            notes.append(Note(at, duration, frame.tonic + vocabulary.low + pitch - vocabulary.first_pitch))
        at += duration
    return Score(tuple(notes), meters=(frame.meter,), keys=(frame.key,), tempos=(Tempo(Fraction(0), tempo),),
                 pickup=Fraction(pickup, QUARTER), length=at, title=title)
