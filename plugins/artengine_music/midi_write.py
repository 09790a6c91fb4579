"""Writes a Score as a MIDI file.

Format 1: a track of tempo, metre and key, then a track for each voice. A pick-up is a short first bar with a time signature
of its own. What MIDI has no words for (church modes, the metre of a pick-up, odd tempos) stands in text events that begin
``artengine:``, so that our reader gives the same Score back. Not kept: two notes of one voice sounding the same pitch at
once (the earlier ends where the later begins), and time finer than 32,767 parts of a quarter note.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fractions import Fraction
from math import lcm

from artengine.works.score import Note, Score, Tempo
from artengine_music import smf
from artengine_music.smf import Event, meta

FACT = "artengine:"
RECIPE = "artengine-recipe:"
_TICKS = 480
At = Callable[[Fraction], int]  # quarter notes to ticks


def division(score: Score) -> int:
    """Ticks of a quarter note fine enough for every time in the score, where a MIDI file can say so."""
    times = [t for n in score.notes for t in (n.onset, n.duration)] + [score.length, score.pickup]
    times += [m.onset for m in score.meters] + [k.onset for k in score.keys] + [t.onset for t in score.tempos]
    exact = lcm(_TICKS, *{t.denominator for t in times})
    return exact if exact <= 0x7FFF else 20160  # of 2, 3, 5 and 7


def write(score: Score, recipe: str = "") -> bytes:
    """The bytes of the MIDI file, with *recipe* as a text event where it is not empty."""
    ticks = division(score)

    def at(time: Fraction) -> int:
        return round(time * ticks)

    voices = max((n.voice for n in score.notes), default=0) + 1
    tracks = [_conductor(score, at, voices, recipe)]
    for voice in range(voices):
        tracks.append(_voice(score, at, voice))
    return smf.build(ticks, tracks, at(score.length))


def quarters(micros: int) -> float:
    """Quarter notes a minute of a tempo event: the roundest number that is written as *micros*."""
    exact = 60e6 / micros
    return next((q for digits in range(4) if round(60e6 / (q := round(exact, digits) or exact)) == micros), exact)


def _micros(tempo: Tempo) -> int:
    return min(max(round(60e6 / tempo.quarters), 1), 0xFFFFFF)


def _conductor(score: Score, at: At, voices: int, recipe: str) -> list[Event]:
    facts: list[tuple[Fraction, str]] = [(Fraction(0), f"voices {voices}")]
    events: list[Event] = []
    meters = [(m.onset, m.numerator, m.denominator) for m in score.meters]
    if score.pickup:
        facts.append((Fraction(0), f"pickup {score.pickup} {score.meter}"))
        short = score.pickup / 4
        power = 4
        while short * power != int(short * power) and power < 1 << 10:
            power *= 2
        meters[0] = (Fraction(0), max(round(short * power), 1), power)
        if len(meters) == 1 or meters[1][0] != score.pickup:
            meters.insert(1, (score.pickup, score.meter.numerator, score.meter.denominator))
    for onset, numerator, denominator in meters:
        power = (denominator - 1).bit_length()
        events.append(meta(at(onset), smf.METER, bytes((min(numerator, 255), power, 24, 8))))
        if denominator != 1 << power or numerator > 255:
            facts.append((onset, f"meter {numerator}/{denominator}"))
    for key in score.keys:
        sharps = min(max(key.sharps, -7), 7)
        minor = key.mode in ("minor", "dorian", "phrygian", "locrian")
        events.append(meta(at(key.onset), smf.KEY, bytes((sharps & 0xFF, minor))))
        if key.mode not in ("major", "minor") or sharps != key.sharps:
            facts.append((key.onset, f"key {key}"))
    for tempo in score.tempos:
        micros = _micros(tempo)
        events.append(meta(at(tempo.onset), smf.TEMPO, micros.to_bytes(3, "big")))
        if quarters(micros) != tempo.quarters:
            facts.append((tempo.onset, f"tempo {tempo.quarters!r}"))
    texts = [meta(at(onset), smf.TEXT, f"{FACT} {fact}".encode()) for onset, fact in facts]
    if recipe:
        texts.insert(0, meta(0, smf.TEXT, (RECIPE + recipe).encode()))
    name = [meta(0, smf.NAME, score.title.encode())] if score.title else []
    return name + sorted(texts + events, key=lambda e: e.tick)


def _voice(score: Score, at: At, voice: int) -> list[Event]:
    channel = voice % 15 + (voice % 15 > 8)  # the tenth channel is for drums
    name = score.voices[voice] if voice < len(score.voices) else ""
    name = name or ("Melody" if voice == 0 else f"Voice {voice + 1}")
    events = [meta(0, smf.NAME, name.encode())]
    program = score.programs[voice] if voice < len(score.programs) else 0
    events.append(Event(0, 0xC0 | channel, bytes((min(max(program, 0), 127),))))
    timed: list[tuple[int, int, bytes]] = []
    for pitch, start, end, velocity in _sounding(score.voice(voice), at):
        timed.append((start, 0x90 | channel, bytes((pitch, min(max(velocity, 1), 127)))))
        timed.append((end, 0x80 | channel, bytes((pitch, 0))))
    timed.sort(key=lambda e: (e[0], e[1]))  # off before on
    return events + [Event(*e) for e in timed]


def _sounding(notes: Iterable[Note], at: At) -> list[tuple[int, int, int, int]]:
    """Pitch, start, end (ticks) and velocity of notes, no two of one pitch overlapping, none empty."""
    last: dict[int, int] = {}
    out: list[tuple[int, int, int, int]] = []
    for note in notes:
        start, end = at(note.onset), max(at(note.onset + note.duration), at(note.onset) + 1)
        i = last.get(note.pitch)
        if i is not None and out[i][2] > start:
            pitch, begun, until, velocity = out[i]
            if begun == start:
                out[i] = (pitch, begun, max(until, end), max(velocity, note.velocity))
                continue
            out[i] = (pitch, begun, start, velocity)
        last[note.pitch] = len(out)
        out.append((note.pitch, start, end, note.velocity))
    return out
