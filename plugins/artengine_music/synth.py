"""From a score to sound: a few instruments built from damped sines, placed in a small room.

A plucked or struck string is a sum of partials that each ring at their own rate. Such a sum over *n* samples is one matrix
product: write the sample index as ``a * BLOCK + b`` and ``exp(s * index)`` parts into ``exp(s * a * BLOCK)``, one row per
block, times ``exp(s * b)``, one column per sample of a block. A tune of sixteen bars takes a few hundredths of a second.

Nothing is drawn at random that does not come from a fixed seed: the same score gives the same samples.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from artengine.errors import ArtengineError
from artengine.works import Note, Score

Samples = np.ndarray[Any, np.dtype[np.float32]]
BLOCK = 256
TAIL = 1.0  # seconds of room after the last note has been released
LONGEST = 3600.0  # seconds; an hour of stereo sound is 1.3 GB in memory
LAYERS = 8  # loudness changes the colour of a tone in this many grades


@dataclass(frozen=True, slots=True)
class Instrument:
    """How one instrument speaks."""

    tone: Callable[[float, float, int, int], Samples]
    """(frequency in Hz, loudness 0..1, samples, sample rate) -> a tone without its release.  (n,)"""
    attack: float
    """Seconds until it has fully spoken."""
    release: float
    """Seconds it goes on after the note's end."""
    room: float
    """Share of reverberation, linear, against the dry sound."""


def ring(freqs: Any, decays: Any, amps: Any, n: int, rate: int) -> Samples:
    """Sum of *k* sines of *freqs* Hz that start at phase 0 with *amps* and die at *decays* nepers a second.  (n,)"""
    s = (2j * np.pi * np.asarray(freqs) - np.asarray(decays)) / rate  # (k,)
    rows = np.arange(0, n + BLOCK - 1, BLOCK)  # first sample of each block
    coarse = np.exp(np.outer(rows, s)) * np.asarray(amps)  # (blocks, k)
    fine = np.exp(np.outer(s, np.arange(BLOCK)))  # (k, BLOCK)
    left = np.concatenate([coarse.imag, coarse.real], axis=1).astype(np.float32)
    right = np.concatenate([fine.real, fine.imag]).astype(np.float32)
    flat: Samples = (left @ right).ravel()[:n]
    return flat


def _partials(f0: float, stiffness: float, top: float) -> tuple[Any, Any]:
    """Numbers and frequencies in Hz of the partials of a stiff string below *top* Hz."""
    k = np.arange(1, max(2, min(60, int(top / f0) + 1)))
    # Normalised to the first partial, so that stiffness does not put the note out of tune.
    return k, f0 * k * np.sqrt((1 + stiffness * k**2) / (1 + stiffness))


def _pluck(f0: float, loud: float, n: int, rate: int) -> Samples:
    """A nylon string, plucked a fifth of its length from the bridge, on a light wooden body."""
    k, freqs = _partials(f0, 4e-5, min(10_000.0, 0.45 * rate))
    colour = 1 / (1 + (freqs / (900 + 2600 * loud)) ** 2)
    amps = np.abs(np.sin(np.pi * k * 0.19)) / k * (0.05 + colour)
    decays = 1.25 * (f0 / 262) ** 0.55 * (1 + 0.28 * (k - 1) ** 1.25)
    # The body answers the pluck: two wood modes that are gone after a tenth of a second.
    body = np.array([104.0, 211.0])
    return ring(np.r_[freqs, body], np.r_[decays, 38.0, 52.0], np.r_[amps, 0.16 * loud, 0.12 * loud], n, rate)


def _piano(f0: float, loud: float, n: int, rate: int) -> Samples:
    """A felted piano: soft hammer, three strings a hair apart, each partial dying quickly first and slowly after."""
    k, freqs = _partials(f0, 2.2e-4 * (f0 / 262) ** 0.9, min(9_000.0, 0.45 * rate))
    amps = np.exp(-freqs / (500 + 1500 * loud)) * (0.35 + np.abs(np.sin(np.pi * k / 8))) / k**0.55
    decays = 0.75 * (f0 / 262) ** 0.6 * (1 + 0.2 * (k - 1))
    spread = np.exp2(np.array([-0.35, 0.0, 0.35]) / 1200)  # cents; symmetrical, so that the note stays in tune
    strings = np.concatenate([freqs * x for x in spread])
    quick = ring(freqs, decays * 4 + 2, amps * 0.9, n, rate)
    slow = ring(strings, np.tile(decays, 3), np.tile(amps * 0.3, 3), n, rate)
    knock = ring([87.0, 163.0], [55.0, 70.0], [0.22 * loud, 0.16 * loud], n, rate)
    whole: Samples = quick + slow + knock
    return whole


def _organ(f0: float, loud: float, n: int, rate: int) -> Samples:
    """Flute stops of an organ: eight, four, two and two thirds and two foot, a little out of step with one another."""
    stops = np.array([1.0, 2.0008, 3.0, 3.9985, 5.0, 6.0])
    amps = np.array([1.0, 0.5, 0.12, 0.2 * (0.5 + loud), 0.03, 0.05 * loud])
    heard = f0 * stops < 0.45 * rate
    return ring(f0 * stops[heard], np.zeros(heard.sum()), amps[heard], n, rate)


def _flute(f0: float, loud: float, n: int, rate: int) -> Samples:
    """A wooden flute: few harmonics, breath, and a vibrato that arrives late."""
    t = np.arange(n) / rate
    swell = np.clip((t - 0.25) / 0.5, 0, 1)
    beat = np.sin(2 * np.pi * 4.9 * t) * swell
    depth = 5 / 1200 * np.log(2)  # five cents either way
    z = np.exp(2j * np.pi * f0 * t - 1j * depth * f0 / 4.9 * np.cos(2 * np.pi * 4.9 * t) * swell).astype(np.complex64)
    out, power = np.zeros(n, np.float32), np.ones(n, np.complex64)
    for k, amp in enumerate((1.0, 0.32 + 0.3 * loud, 0.16 * loud + 0.05, 0.06 * loud, 0.035 * loud, 0.02 * loud), start=1):
        if f0 * k > 0.45 * rate:
            break
        power *= z
        out += amp * power.imag
    breath = np.random.Generator(np.random.Philox(17)).standard_normal(n, np.float32)
    breath = np.convolve(breath, np.hanning(9).astype(np.float32) / 4.0, "same")  # the hiss above 8 kHz taken off
    out *= (1 + 0.06 * beat).astype(np.float32)
    flow: Samples = out + np.float32(0.003 + 0.006 * loud) * breath
    return flow


INSTRUMENTS: dict[str, Instrument] = {
    "pluck": Instrument(_pluck, attack=0.0025, release=0.22, room=0.20),
    "piano": Instrument(_piano, attack=0.0035, release=0.16, room=0.22),
    "flute": Instrument(_flute, attack=0.045, release=0.07, room=0.30),
    "organ": Instrument(_organ, attack=0.018, release=0.09, room=0.34),
}


def instrument_of(score: Score, voice: int) -> str:
    """The instrument nearest to the General MIDI program of *voice*; a plucked string, or a piano for several voices."""
    program = score.programs[voice] if voice < len(score.programs) else -1
    families = {range(8): "piano", range(16, 24): "organ", range(24, 32): "pluck", range(52, 55): "organ",
                range(72, 80): "flute"}
    for programs, name in families.items():
        # A single line on program 0 has most likely never been given one.
        if program in programs and (program or len(score.programs) > 1):
            return name
    return "piano" if len({n.voice for n in score}) > 1 else "pluck"


def clock(score: Score) -> Callable[[Any], Any]:
    """A function from score time (quarters, array) to seconds, over the whole tempo map."""
    at = np.array([0.0, *(float(t.onset) for t in score.tempos[1:])])
    speed = np.maximum([score.tempo, *(t.quarters for t in score.tempos[1:])], 1.0) / 60  # quarters a second
    starts = np.r_[0.0, np.cumsum(np.diff(at) / speed[:-1])]

    def seconds(quarters: Any) -> Any:
        i = np.clip(np.searchsorted(at, quarters, "right") - 1, 0, None)
        return starts[i] + (np.asarray(quarters) - at[i]) / speed[i]

    return seconds


def loudness(score: Score) -> list[float]:
    """Loudness 0..1 of each note: its velocity, leaning on bars and beats and rising with the line."""
    out: list[float] = []
    last: dict[int, int] = {}
    bars, beat, bar = score.barlines, score.meter.beat, 0
    for n in score:
        while bar + 1 < len(bars) and bars[bar + 1] <= n.onset:
            bar += 1
        inside = n.onset - bars[bar] if bar or not score.pickup else n.onset - score.pickup
        accent = 1.0 if inside == 0 else 0.93 if inside % beat == 0 else 0.85
        rise = np.clip((n.pitch - last.get(n.voice, n.pitch)) / 12, -1, 1) * 0.06
        last[n.voice] = n.pitch
        out.append(float(np.clip((n.velocity / 100) * (accent + rise), 0.05, 1.2)))
    return out


def perform(score: Score, rate: int, instrument: str = "auto") -> Samples:
    """The dry sound of *score*, before the room, by voices panned across the stage.  (2, n)

    :raises ArtengineError: for a score longer than an hour.
    """
    time = clock(score)
    notes: list[Note] = list(score)
    starts = time(np.array([float(n.onset) for n in notes])) + 0.02
    ends = time(np.array([float(n.onset + n.duration) for n in notes])) + 0.02
    total = float(max([*ends, float(time(np.array(float(score.length)))), 0.0]))
    if total > LONGEST:
        raise ArtengineError(f"This score lasts {total / 60:.0f} minutes; sound can be at most an hour long.",
                             "Export it as mid, or ask for fewer bars.")
    voices = sorted({n.voice for n in notes})
    names = {v: instrument if instrument != "auto" else instrument_of(score, v) for v in voices}
    longest = max((INSTRUMENTS[name].release for name in names.values()), default=0.0)
    out = np.zeros((2, int((total + longest + TAIL) * rate)), np.float32)
    louds = loudness(score)
    grades = [min(LAYERS, max(1, round(x * LAYERS))) for x in louds]
    needed: dict[tuple[str, int, int], int] = {}  # how long a tone of each kind is wanted at most
    jobs = []
    for i, (n, start, end, loud, grade) in enumerate(zip(notes, starts, ends, louds, grades, strict=True)):
        # Hands are never quite together: up to 3 ms late, by the golden ratio, so by the note's place and not by chance.
        begin = int((start + 0.003 * (i * 0.618034 % 1)) * rate)
        length = max(1, int((end - start + INSTRUMENTS[names[n.voice]].release) * rate))
        kind = (names[n.voice], n.pitch, grade)
        needed[kind] = max(needed.get(kind, 0), length)
        jobs.append((kind, begin, length, loud, n.voice))
    tones: dict[tuple[str, int, int], Samples] = {}
    places = np.linspace(-0.5, 0.5, len(voices)) if len(voices) > 1 else np.zeros(1)
    for kind, begin, length, loud, voice in jobs:
        sound = INSTRUMENTS[kind[0]]
        if kind not in tones:
            f0 = 440.0 * 2 ** ((kind[1] - 69) / 12)
            tone = sound.tone(f0, kind[2] / LAYERS, needed[kind], rate)
            tones[kind] = tone / np.float32(np.sqrt(np.mean(np.square(tone[: rate // 4]))) + 1e-9)
        tone = tones[kind][:length].copy()
        rise = min(length, max(1, int(sound.attack * rate)))
        tone[:rise] *= (0.5 - 0.5 * np.cos(np.pi * np.arange(rise) / rise)).astype(np.float32)
        fall = min(length, max(1, int(sound.release * rate)))
        tone[-fall:] *= (0.5 + 0.5 * np.cos(np.pi * np.arange(1, fall + 1) / fall)).astype(np.float32)
        angle = (places[voices.index(voice)] + 1) * np.pi / 4
        room = out[:, begin : begin + length]
        tone = tone[: room.shape[1]] * np.float32(loud**1.3)
        room[0] += np.float32(np.cos(angle)) * tone
        room[1] += np.float32(np.sin(angle)) * tone
    return out
