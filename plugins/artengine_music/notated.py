"""A voice of a Score as it stands on paper: bars filled with notes, chords and rests, cut and tied at the bar lines."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import NamedTuple

from artengine.works.score import Note, Score


class Piece(NamedTuple):
    """A note, chord or rest within one bar."""

    onset: Fraction
    """Quarter notes from the start of the piece."""
    duration: Fraction
    notes: tuple[Note, ...]
    """The notes it is part of; empty for a rest."""
    tied: bool = False
    """Tied to what follows."""
    held: bool = False
    """Tied to what went before."""


class Symbol(NamedTuple):
    """A written value: type, dots and tuplet."""

    quarters: Fraction
    """Length of the undotted value, before the tuplet shortens it: 1/2 is an eighth."""
    dots: int
    actual: int
    normal: int
    """*actual* in the time of *normal*; 1 and 1 for none."""
    duration: Fraction
    """What it lasts."""


def bars(score: Score) -> list[tuple[Fraction, Fraction]]:
    """Start and end of every bar as it is written; the last may be short."""
    lines = score.barlines
    end = max(score.length, lines[-1]) if score.length else score.meter.bar
    return [(a, b) for a, b in zip(lines, [*lines[1:], end], strict=True) if b > a]


def lanes(notes: Sequence[Note]) -> list[list[list[Note]]]:
    """The notes of a voice as lanes of chords, none overlapping in its lane; mostly there is one lane."""
    chords: dict[tuple[Fraction, Fraction], list[Note]] = {}
    for note in notes:
        chords.setdefault((note.onset, note.duration), []).append(note)
    out: list[list[list[Note]]] = []
    ends: list[Fraction] = []
    for (onset, duration), chord in sorted(chords.items()):
        different = list({n.pitch: n for n in reversed(chord)}.values())[::-1]
        for i, end in enumerate(ends):
            if end <= onset:
                out[i].append(different)
                ends[i] = onset + duration
                break
        else:
            out.append([different])
            ends.append(onset + duration)
    return out or [[]]


def pieces(lane: Iterable[Sequence[Note]], spans: Sequence[tuple[Fraction, Fraction]],
           cuts: Iterable[Fraction] = ()) -> list[list[Piece]]:
    """A lane, bar by bar, with rests between; also cut where *cuts* says."""
    inner = sorted(cuts)
    out: list[list[Piece]] = [[] for _ in spans]
    bar = 0

    def put(start: Fraction, end: Fraction, notes: tuple[Note, ...]) -> None:
        nonlocal bar
        at = start
        while at < end:
            while bar + 1 < len(spans) and spans[bar][1] <= at:
                bar += 1
            stop = min(end, spans[bar][1] if at < spans[bar][1] else end)
            stop = next((t for t in inner if at < t < stop), stop)
            out[bar].append(Piece(at, stop - at, notes, bool(notes) and stop < end, bool(notes) and at > start))
            at = stop

    at = spans[0][0]
    for chord in lane:
        onset, duration = chord[0].onset, chord[0].duration
        put(at, onset, ())
        put(onset, onset + duration, tuple(chord))
        at = onset + duration
    put(at, spans[-1][1], ())
    return out


_TUPLETS = {1: (1, 1), 3: (3, 2), 5: (5, 4), 7: (7, 4), 9: (9, 8), 11: (11, 8), 13: (13, 8), 15: (15, 8)}
_LONGEST, _SHORTEST = Fraction(8), Fraction(1, 256)  # breve, 1024th


def symbols(duration: Fraction) -> list[Symbol]:
    """The values that, tied, last *duration*, longest first; empty where no usual values do."""
    odd = duration.denominator
    while odd % 2 == 0:
        odd //= 2
    if odd not in _TUPLETS:
        return []
    actual, normal = _TUPLETS[odd]
    left = duration * actual / normal
    out: list[Symbol] = []
    while left:
        value = _LONGEST
        while value > left:
            value /= 2
        if value < _SHORTEST or len(out) > 64:
            return []
        dots = 2 if left == value * 7 / 4 else 1 if left >= value * 3 / 2 and _binary(left - value * 3 / 2) else 0
        written = value * (2 - Fraction(1, 2**dots))
        out.append(Symbol(value, dots, actual, normal, written * normal / actual))
        left -= written
    return out


def _binary(rest: Fraction) -> bool:
    return rest == 0 or rest >= _SHORTEST
