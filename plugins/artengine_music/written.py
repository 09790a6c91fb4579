"""From sounding notes to written ones: bars, voices, chords, rests, ties, tuplets, beams, and how pitches are spelt.

A :class:`~artengine.works.Score` says when a note sounds and for how long. On paper one sound may be two tied notes, the
same pitch is spelt by the key, and a third of a beat is a triplet. This module makes those choices and knows nothing of ink.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from math import floor

from artengine.works import Key, Meter, Note, Score
from artengine_music.spelling import spell

F = Fraction
_LETTER_FIFTHS = "FCGDAEB"
_STEP = {"C": 0, "D": 1, "E": 2, "F": 3, "G": 4, "A": 5, "B": 6}
TUPLETS = {3: 2, 5: 4, 7: 4, 9: 8, 11: 8, 13: 8, 15: 8}


@dataclass
class Head:
    """One written note of a chord."""

    pitch: int
    step: int
    """Diatonic steps above C0: letter and octave, 28 for middle C."""
    alter: int
    """-2 to 2."""
    accidental: int | None = None
    """The alteration to print before it, ``None`` for none."""
    tied: bool = False
    """Goes on into the next event of its voice."""


@dataclass
class Event:
    """A chord (or, with no heads, a rest) of one written value."""

    start: Fraction
    length: Fraction
    value: Fraction
    """Undotted written value in quarters: 1 is a quarter note."""
    dots: int
    heads: list[Head] = field(default_factory=list)
    tuplet: tuple[int, int, int] | None = None
    """(number within the bar, notes, in the time of)."""
    beam: int = -1
    """Number of its beam within the layer, -1 for none."""
    whole_bar: bool = False


@dataclass
class Bar:
    """One bar of all staves."""

    start: Fraction
    length: Fraction
    number: int
    """As printed; 0 for the pick-up."""
    meter: Meter
    key: Key | None
    staves: list[list[tuple[int, list[Event]]]]
    """Per staff, its layers: (voice, events)."""
    new_meter: bool = False
    new_key: bool = False


@dataclass(frozen=True)
class Staff:
    """A staff and who is written on it."""

    clef: str
    """``treble`` or ``bass``."""
    voices: tuple[int, ...]
    """Upper first."""

    @property
    def middle(self) -> int:
        """Diatonic steps above C0 of the middle line."""
        return 34 if self.clef == "treble" else 22


def steps(pitch: int, sharps: int) -> tuple[int, int]:
    """(diatonic steps above C0, alteration) of a MIDI pitch in a signature of *sharps*."""
    letter, alter, octave = spell(pitch, sharps)
    return octave * 7 + _STEP[letter], alter


def signature(sharps: int) -> dict[int, int]:
    """Alteration by letter (0 for C) of a key signature."""
    if sharps >= 0:
        return {_STEP[x]: 1 for x in _LETTER_FIFTHS[:sharps]}
    return {_STEP[x]: -1 for x in _LETTER_FIFTHS[sharps:]}


def staves(score: Score) -> list[Staff]:
    """The staves of *score*: one for a melody, two for several voices, one each where two would not hold them."""
    mean: dict[int, float] = {}
    for voice in sorted({n.voice for n in score}):
        notes = score.voice(voice)
        mean[voice] = float(sum(n.pitch * n.duration for n in notes) / sum(n.duration for n in notes))
    by_height = sorted(mean, key=lambda v: (-mean[v], v))
    treble, bass = [v for v in by_height if mean[v] >= 59.5], [v for v in by_height if mean[v] < 59.5]
    if len(mean) <= 4 and len(treble) <= 2 and len(bass) <= 2:
        return [Staff(c, tuple(v)) for c, v in (("treble", treble), ("bass", bass)) if v] or [Staff("treble", (0,))]
    if len(mean) == 4:
        lower = "bass" if mean[by_height[3]] < 59.5 else "treble"
        return [Staff("treble", tuple(by_height[:2])), Staff(lower, tuple(by_height[2:]))]
    return [Staff("treble" if mean[v] >= 59.5 else "bass", (v,)) for v in mean]


def write(score: Score) -> tuple[list[Staff], list[Bar]]:
    """The staves and bars of *score* as written."""
    plan = staves(score)
    lines = score.barlines
    ends = [*lines[1:], max(score.length, lines[-1] + _meter_at(score, lines[-1]).bar)]
    if score.pickup and len(lines) == 1:
        ends = [score.pickup]
    segments = {v: _segments(_snapped(score.voice(v))) for staff in plan for v in staff.voices}
    bars: list[Bar] = []
    at = dict.fromkeys(segments, 0)
    for i, (start, end) in enumerate(zip(lines, ends, strict=True)):
        meter, key = _meter_at(score, start), _key_at(score, start)
        bar = Bar(start, end - start, i + (not score.pickup), meter, key, [])
        bar.new_meter = not bars or bars[-1].meter[1:] != meter[1:]
        bar.new_key = bool(bars) and (bars[-1].key.sharps if bars[-1].key else 0) != (key.sharps if key else 0)
        for staff in plan:
            layers = []
            for voice in staff.voices:
                cut, at[voice] = _cut(segments[voice], start, end, at[voice])
                if any(s[2] for s in cut):
                    layers.append((voice, _events(cut, bar, key.sharps if key else 0)))
            if not layers:
                layers = [(staff.voices[0], [Event(start, end - start, F(4), 0, whole_bar=True)])]
            bar.staves.append(layers)
            _accidentals(layers, key.sharps if key else 0, _arriving(bars, len(bar.staves) - 1))
        bars.append(bar)
    return plan, bars


Segment = tuple[Fraction, Fraction, tuple[tuple[int, bool], ...]]  # start, end, (pitch, goes on) of the chord


def _meter_at(score: Score, at: Fraction) -> Meter:
    return next((m for m in reversed(score.meters) if m.onset <= at), score.meters[0])


def _key_at(score: Score, at: Fraction) -> Key | None:
    return next((k for k in reversed(score.keys) if k.onset <= at), score.keys[0] if score.keys else None)


def _snapped(notes: tuple[Note, ...]) -> list[Note]:
    """*notes* with times that can be written: those of a performance go to the nearer of a binary and a ternary grid."""
    def snap(t: Fraction) -> Fraction:
        if 64 % t.denominator == 0 or t.denominator in (3, 6, 12, 24, 5, 10, 20, 7, 14):
            return t
        return min((F(round(t * g), g) for g in (8, 6)), key=lambda x: abs(x - t))

    out = []
    for n in notes:
        start, end = snap(n.onset), snap(n.onset + n.duration)
        out.append(n._replace(onset=start, duration=max(end - start, F(1, 24 if start.denominator % 3 == 0 else 16))))
    return out


def _segments(notes: list[Note]) -> list[Segment]:
    """One voice as a chain of chords and rests: wherever a note starts or ends, all that sound are cut and tied."""
    times = sorted({t for n in notes for t in (n.onset, n.onset + n.duration)})
    starting: dict[Fraction, list[Note]] = {}
    for n in notes:
        starting.setdefault(n.onset, []).append(n)
    out: list[Segment] = []
    sounding: dict[int, Fraction] = {}
    if times and times[0] > 0:
        out.append((F(0), times[0], ()))
    for a, b in pairwise(times):
        sounding = {p: end for p, end in sounding.items() if end > a}
        for n in starting.get(a, ()):
            sounding[n.pitch] = max(sounding.get(n.pitch, F(0)), n.onset + n.duration)
        again = {n.pitch for n in starting.get(b, ())}
        out.append((a, b, tuple((p, sounding[p] > b and p not in again) for p in sorted(sounding))))
    return out


def _cut(segments: list[Segment], start: Fraction, end: Fraction, at: int) -> tuple[list[Segment], int]:
    """The part of *segments* inside a bar, rests filled in, and the index to look from for the next bar."""
    out: list[Segment] = []
    now = start
    while at < len(segments) and segments[at][1] <= start:
        at += 1
    for begin, finish, chord in segments[at:]:
        if begin >= end:
            break
        a, b = max(begin, start), min(finish, end)
        if a > now:
            out.append((now, a, ()))
        out.append((a, b, tuple((p, on or finish > end) for p, on in chord)))
        now = b
    if now < end:
        out.append((now, end, ()))
    merged: list[Segment] = []
    for s in out:  # neighbouring rests are one
        if merged and not s[2] and not merged[-1][2]:
            merged[-1] = (merged[-1][0], s[1], ())
        else:
            merged.append(s)
    return merged, at


def _odd(t: Fraction) -> int:
    """The odd part of a denominator: 1 for times on a binary grid."""
    d = t.denominator
    while d % 2 == 0:
        d //= 2
    return d


def _events(cut: list[Segment], bar: Bar, sharps: int) -> list[Event]:
    out: list[Event] = []
    # A short first bar is the end of a full one, and counts its beats as that.
    shift = bar.meter.bar - bar.length if bar.number == 0 else F(0)
    i, tuplets = 0, 0
    while i < len(cut):
        a, b, chord = cut[i]
        if _odd(a - bar.start) == 1 and _odd(b - bar.start) == 1:
            out += _split(a, b, chord, bar, shift, sharps)
            i += 1
            continue
        j, odd = _group(cut, i, bar.start - shift)
        normal = TUPLETS.get(odd, 2)
        for a2, b2, chord2 in cut[i:j]:
            length = (b2 - a2) * odd / normal
            at = a2
            pieces = list(_values(length))
            for k, (value, dots) in enumerate(pieces):
                actual = value * (2 - F(1, 2**dots)) * normal / odd
                heads = _heads(chord2, sharps, k < len(pieces) - 1)
                out.append(Event(at, actual, value, dots, heads, (tuplets, odd, normal)))
                at += actual
        tuplets += 1
        i = j
    _beam(out, bar, shift)
    return out


def _group(cut: list[Segment], i: int, origin: Fraction) -> tuple[int, int]:
    """The end of the tuplet that starts at segment *i* and its number: the shortest aligned span that closes it."""
    odd = max(_odd(cut[i][0] - origin), _odd(cut[i][1] - origin))
    for width in (F(1, 4), F(1, 2), F(1), F(2), F(4)):
        begin = cut[i][0]
        end = (floor((begin - origin) / width) + 1) * width + origin
        for j in range(i, len(cut)):
            odd = max(odd, _odd(cut[j][1] - origin))
            if cut[j][1] == end:
                return j + 1, odd
            if cut[j][1] > end:
                break
    for j in range(i, len(cut)):  # no aligned span: up to where the times are binary again
        if _odd(cut[j][1] - origin) == 1:
            return j + 1, odd
    return len(cut), odd


def _heads(chord: tuple[tuple[int, bool], ...], sharps: int, inside: bool) -> list[Head]:
    return [Head(p, *steps(p, sharps), tied=on or inside) for p, on in chord]


def _value(length: Fraction, dots: int = 1) -> tuple[Fraction, int] | None:
    """(undotted value, dots) of a length that one sign can say."""
    for d in range(dots + 1):
        value = length / (2 - F(1, 2**d))
        if F(1, 32) <= value <= 8 and all(x & (x - 1) == 0 for x in value.as_integer_ratio()):
            return value, d
    return None


def _values(length: Fraction) -> Iterator[tuple[Fraction, int]]:
    """Signs that add up to *length*, longest first; what is shorter than a 128th is dropped."""
    while length >= F(1, 32):
        whole = _value(length)
        if whole:
            yield whole
            return
        part = max(F(2) ** k for k in range(-5, 4) if F(2) ** k <= length)
        yield part, 0
        length -= part
    return


def levels(meter: Meter) -> list[Fraction]:
    """Spacings of the metre from the bar down to the 64th: bar, half bar where there is one, beats, their parts."""
    unit = F(4, meter.denominator)
    out = [meter.bar]
    if meter.numerator in (4, 12):
        out.append(meter.bar / 2)
    for step in (meter.beat, unit):
        if step < out[-1]:
            out.append(step)
    while out[-1] > F(1, 16):
        out.append(out[-1] / 2)
    return out


def _split(a: Fraction, b: Fraction, chord: tuple[tuple[int, bool], ...], bar: Bar, shift: Fraction, sharps: int
           ) -> list[Event]:
    """The events of one chord or rest, parted where the beat must stay visible."""
    if not chord and a == bar.start and b == bar.start + bar.length and bar.number:
        return [Event(a, b - a, F(4), 0, whole_bar=True)]
    rungs = levels(bar.meter)
    compound = bar.meter.beat == F(12, bar.meter.denominator)
    x, y = a - bar.start + shift, b - bar.start + shift
    strength = next((i for i, rung in enumerate(rungs) if x % rung == 0), len(rungs))
    inner = len(rungs)
    point = y
    for i, rung in enumerate(rungs):
        p = (floor(x / rung) + 1) * rung
        if p < y:
            inner, point = i, p
            break
    # A note may hide a point one rung stronger than its start (a syncopation), a rest or a compound beat none.
    slack = 0 if not chord or (inner < len(rungs) and compound and rungs[inner] >= bar.meter.beat) else 1
    whole = _value(y - x, dots=1 if chord or compound else 0)
    if whole and (inner >= strength - slack or point == y):
        return [Event(a, b - a, *whole, _heads(chord, sharps, False))]
    if point == y:  # nothing inside to part at, yet no single sign: leave it to the values
        out, at = [], a
        for value, dots in _values(y - x):
            length = value * (2 - F(1, 2**dots))
            out.append(Event(at, length, value, dots, _heads(chord, sharps, at + length < b)))
            at += length
        return out
    middle = bar.start - shift + point
    first = tuple((p, True) for p, _ in chord)
    return _split(a, middle, first, bar, shift, sharps) + _split(middle, b, chord, bar, shift, sharps)


def _beam(events: list[Event], bar: Bar, shift: Fraction) -> None:
    """Number the beams: by beat, and eighths alone by half bar (by bar in two and three)."""
    beat = max(bar.meter.beat, F(1)) if bar.meter != (bar.meter.onset, 3, 8) else F(3, 2)
    wide = bar.meter.bar / 2 if bar.meter.numerator == 4 and bar.meter.bar == 4 else bar.meter.bar
    if wide > 3 or bar.meter.beat == F(12, bar.meter.denominator) or wide % 1:
        wide = beat

    def window(e: Event, size: Fraction) -> int:
        return floor((e.start - bar.start + shift) / size)

    plain: dict[int, bool] = {}
    for e in events:
        even = e.value == F(1, 2) and not e.dots and not e.tuplet and bool(e.heads)
        plain[window(e, wide)] = plain.get(window(e, wide), True) and even
    number, last = -1, None
    for e in events:
        if not e.heads or e.value >= 1:
            last = None
            continue
        by = ("wide", window(e, wide)) if plain[window(e, wide)] else ("beat", window(e, beat))
        if e.tuplet:
            by = ("tuplet", e.tuplet[0])
        number += by != last
        last = by
        e.beam = number
    for n in range(number + 1):
        group = [e for e in events if e.beam == n]
        if len(group) == 1:
            group[0].beam = -1


def _arriving(bars: list[Bar], staff: int) -> set[tuple[int, int]]:
    """(voice, pitch) of the ties that come over the last barline of a staff."""
    if not bars:
        return set()
    last = [(voice, events[-1]) for voice, events in bars[-1].staves[staff] if events]
    return {(voice, h.pitch) for voice, event in last for h in event.heads if h.tied}


def _accidentals(layers: list[tuple[int, list[Event]]], sharps: int, arriving: set[tuple[int, int]]) -> None:
    """Decide which heads of one bar of a staff carry an accidental: those that differ from what holds at their line."""
    normal = signature(sharps)
    holds: dict[int, int] = {}
    tied = {voice: {p for v, p in arriving if v == voice} for voice, _ in layers}
    for event, voice in sorted(((e, v) for v, events in layers for e in events), key=lambda x: x[0].start):
        now = set()
        for head in event.heads:
            if head.pitch not in tied[voice] and holds.get(head.step, normal.get(head.step % 7, 0)) != head.alter:
                head.accidental = head.alter
            if head.pitch not in tied[voice]:
                holds[head.step] = head.alter
            if head.tied:
                now.add(head.pitch)
        tied[voice] = now
