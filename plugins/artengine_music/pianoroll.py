"""A score as a piano roll: pitch upwards, time to the right, colour by degree of the scale or by voice."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction

from artengine.works import Key, Note, Score
from artengine_music.pen import GREY, INK, Ink
from artengine_music.spelling import spell

# Seven quiet inks, one a degree: the tonic darkest, the dominant warmest. What is outside the scale stays grey.
DEGREES = ((38, 61, 102), (104, 148, 176), (74, 134, 108), (164, 166, 92), (204, 142, 60), (178, 84, 62), (134, 88, 130))
OUTSIDE = (150, 143, 134)
VOICES = ((38, 61, 102), (178, 84, 62), (74, 134, 108), (204, 142, 60), (134, 88, 130), (104, 148, 176), (120, 104, 84),
          (96, 96, 110))
_RULE, _BEAT, _SHADE, _EDGE = (214, 207, 194), (234, 228, 217), (246, 241, 231), (190, 182, 168)
LABEL = 4.6  # spaces at the left for the names of pitches


def rolls(score: Score, width: float) -> list[Ink]:
    """One drawing per row of bars, each *width* staff spaces wide, its top at 0."""
    lines = list(score.barlines)
    end = max(score.length, lines[-1] + score.meter.bar if score.bars else score.pickup)
    guest = lines[:1] if score.pickup else []  # the pick-up stands on the first row and is not one of its bars
    full = lines[len(guest):]
    size = _per_row(len(full))
    rows = [full[i : i + size] for i in range(0, len(full), size)] or [[]]
    rows[0] = [*guest, *rows[0]]
    pitches = [n.pitch for n in score] or [60, 72]
    low, high = min(pitches) - 1, max(pitches) + 1
    while high - low < 12:
        low, high = low - 1, high + 1
    starts = [row[0] for row in rows]
    ends = [*starts[1:], end]
    longest = max(b - a for a, b in zip(starts, ends, strict=True))
    scale = (width - LABEL) / float(longest)
    return [_row(score, row, a, b, (low, high), scale) for row, a, b in zip(rows, starts, ends, strict=True)]


def _per_row(bars: int) -> int:
    """Bars a row: all up to sixteen, else the count that leaves the last row fullest, whole phrases before others."""
    if bars <= 16:
        return max(1, bars)
    return min(range(10, 17), key=lambda n: (-bars % n) / n + (0.0 if n % 4 == 0 else 0.15 if n % 2 == 0 else 0.3))


def _row(score: Score, bars: Sequence[Fraction], start: Fraction, end: Fraction, span: tuple[int, int], scale: float) -> Ink:
    low, high = span
    tall = max(0.55, min(1.25, 26 / (high - low + 1)))
    height = tall * (high - low + 1)
    ink = Ink()
    ink.bottom = 0.0

    def x(t: Fraction) -> float:
        return LABEL + float(t - start) * scale

    def y(pitch: int) -> float:
        return (high - pitch) * tall

    right = x(end)
    key = score.key
    for pitch in range(low, high + 1):  # the keyboard's black keys shade their rows
        if pitch % 12 in (1, 3, 6, 8, 10):
            ink.rect(LABEL, y(pitch), right, y(pitch) + tall, _SHADE)
    _time_rules(ink, score, bars, end, x, height)
    ink.rect(right - 0.1, 0, right, height, _EDGE)
    ink.rect(LABEL, -0.05, right, 0.05, _EDGE)
    ink.rect(LABEL, height - 0.05, right, height + 0.05, _EDGE)
    tonic = key.pitch_class if key else 0
    named: list[int] = []
    for degree in (0, 4, 2, 1, 5, 3, 6):  # names a semitone apart would touch: the lesser degree goes without
        pc = (key.scale if key else (0, 2, 4, 5, 7, 9, 11))[degree]
        named += [pc] * (not {(pc + 1) % 12, (pc - 1) % 12} & set(named))
    for pitch in range(low, high + 1):
        if pitch % 12 in (named if tall > 1 else (tonic, (tonic + 7) % 12)):
            ink.rect(LABEL - 0.5, y(pitch) + tall / 2 - 0.05, LABEL, y(pitch) + tall / 2 + 0.05, _EDGE)
            ink.text(LABEL - 0.8, y(pitch) + tall / 2 + 0.42, _name(pitch, key), 1.45, anchor="rs",
                     colour=INK if pitch % 12 == tonic else GREY)
    first = len(score.barlines) and score.pickup and bars[0] == 0
    for i, bar in enumerate(bars):
        number = score.barlines.index(bar) + (0 if score.pickup else 1)
        if number and (i == (1 if first else 0) or (number - 1) % 4 == 0):
            ink.text(x(bar) + 0.15, -0.55, str(number), 1.5, "italic", colour=GREY)
    voices = sorted({n.voice for n in score})
    for n in score:
        if n.onset < end and n.onset + n.duration > start:
            _note(ink, n, x, y, tall, (start, end), colour_of(n, key, voices))
    return ink


def _time_rules(ink: Ink, score: Score, bars: Sequence[Fraction], end: Fraction, x: Callable[[Fraction], float],
                height: float) -> None:
    for bar, after in zip(bars, [*bars[1:], end], strict=True):
        meter = next((m for m in reversed(score.meters) if m.onset <= bar), score.meter)
        t = bar + meter.beat if bar or not score.pickup else score.pickup % meter.beat or meter.beat
        while t < after:
            ink.rect(x(t) - 0.04, 0, x(t) + 0.04, height, _BEAT)
            t += meter.beat
        ink.rect(x(bar) - 0.06, 0, x(bar) + 0.06, height, _RULE if bar != bars[0] else _EDGE)


def _note(ink: Ink, n: Note, x: Callable[[Fraction], float], y: Callable[[int], float], tall: float,
          row: tuple[Fraction, Fraction], colour: tuple[int, ...]) -> None:
    a, b = x(max(n.onset, row[0])) + 0.06, x(min(n.onset + n.duration, row[1])) - 0.12
    soft = 0.30 * (1 - min(1.0, n.velocity / 90))  # quieter notes are paler
    colour = tuple(round(c + (250 - c) * soft) for c in colour)
    ink.rounded(a, y(n.pitch) + 0.06, max(b, a + 0.25), y(n.pitch) + tall - 0.06, min(0.34, max(0.1, (b - a) / 2)), colour)


def colour_of(note: Note, key: Key | None, voices: Sequence[int]) -> tuple[int, ...]:
    """By voice where there are several, else by degree of the scale."""
    if len(voices) > 1:
        return VOICES[voices.index(note.voice) % len(VOICES)]
    scale = key.scale if key else (0, 2, 4, 5, 7, 9, 11)
    return DEGREES[scale.index(note.pitch % 12)] if note.pitch % 12 in scale else OUTSIDE


def _name(pitch: int, key: Key | None) -> str:
    letter, alter, octave = spell(pitch, key.sharps if key else 0)
    return letter + ("♯" * alter if alter > 0 else "♭" * -alter) + str(octave)
