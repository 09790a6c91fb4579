"""Choirs that know nothing, tunes for them, and what is asked of what they sing."""

import random
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np

from artengine.models import Model
from artengine.works.score import Key, Meter, Note, Score
from artengine_music.melody_transformer.cells import SIZES, VOICES
from artengine_music.melody_transformer.settings import Options

RANGES = [[60, 81], [55, 74], [50, 69], [36, 62]]
FRAMES = [["4/4", "major", 7, 4, 3], ["3/4", "minor", 2, 0, 1]]


class Host:
    seed, device, folder = 0, "cpu", Path()

    def __init__(self):
        self.skipped = []

    def report(self, *_, **__): ...

    def skip(self, source, reason):
        self.skipped.append((source, reason))

    def stopped(self):
        return False


def random_model(width=16, layers=2, heads=2, context=48, sharp=2.0):
    """A model that knows nothing: every rule is up to the masks."""
    rng = np.random.default_rng(0)

    def weight(*shape, scale=0.3):
        return (rng.normal(size=shape) * scale).astype(np.float32)

    weights = {"table.weight": weight(sum(SIZES), width), "head.weight": weight(SIZES[0], width, scale=sharp)}
    for i in range(layers):
        weights |= {f"attention.{i}.weight": weight((heads + 2) * width // heads, width), f"mixing.{i}.weight": weight(width, width),
                    f"inward.{i}.weight": weight(4 * width, width), f"outward.{i}.weight": weight(width, 4 * width)}
    options = Options(voices=4, width=width, layers=layers, heads=heads, context=context)
    return Model("melody-transformer", options, weights, {"ranges": RANGES, "frames": FRAMES}, None)


def sung(low, high, seed=0, *, quarters=8, meter="4/4", pickup=Fraction(0), rests=True, fine=False, key=None):
    """A tune of wandering notes between two pitches."""
    rng = random.Random(seed)
    lengths = [Fraction(1, 4), Fraction(1, 2), Fraction(1), Fraction(3, 2)] + [Fraction(1, 3), Fraction(1, 8)] * fine
    at, pitch, notes = Fraction(0), (low + high) // 2, []
    while at < quarters:
        length = min(rng.choice(lengths), quarters - at)
        if not rests or rng.random() < 0.9 or not notes:
            pitch = min(max(pitch + rng.choice([-5, -4, -2, -1, 0, 1, 2, 3, 7]), low), high)
            notes.append(Note(at, length, pitch, rng.randint(50, 100)))
        at += length
    return Score(tuple(notes), (Meter(Fraction(0), *map(int, meter.split("/"))),), (Key.parse(key),) if key else (), pickup=pickup,
                 length=at, title=f"tune {seed}")


def same_notes(score, voice, given):
    return [n[:3] for n in score.voice(voice)] == [n[:3] for n in given.notes]


def crossings(score, ends=None):
    """Moments at which a voice sings below the one under it."""
    found = []
    for upper, lower in pairwise(range(VOICES)):
        for a in score.voice(upper):
            found += [(a, b) for b in score.voice(lower) if b.pitch > a.pitch and b.onset < a.onset + a.duration
                      and a.onset < b.onset + b.duration]
    return found


def in_range(score, but=()):
    return all(RANGES[n.voice][0] <= n.pitch <= RANGES[n.voice][1] for n in score.notes if n.voice not in but)


def last_chord(score):
    """Pitch classes that sound at the very end above the tonic, the bass first."""
    end = max(n.onset + n.duration for n in score.notes)
    last = sorted((n for n in score.notes if n.onset + n.duration == end), key=lambda n: -n.voice)
    return [(n.pitch - score.key.pitch_class) % 12 for n in last]


def parallels(score):
    """Pairs of voices that move from a perfect interval to the same one."""
    times = sorted({n.onset for n in score.notes})
    at = {v: {t: next((n.pitch for n in score.voice(v) if n.onset <= t < n.onset + n.duration), None) for t in times} for v in range(VOICES)}
    return [(a, b, t2) for t1, t2 in pairwise(times) for a in range(VOICES) for b in range(a + 1, VOICES)
            if None not in (at[a][t1], at[a][t2], at[b][t1], at[b][t2]) and at[a][t1] != at[a][t2] and at[b][t1] != at[b][t2]
            and (at[a][t1] - at[b][t1]) % 12 == (at[a][t2] - at[b][t2]) % 12 and (at[a][t1] - at[b][t1]) % 12 in (0, 7)]


def chorale(seed):
    """Four voices in whole notes and less, each a line of its own."""
    notes = [n._replace(voice=v, velocity=80) for v, (low, high) in enumerate([(67, 79), (60, 66), (53, 59), (40, 50)])
             for n in sung(low, high, 10 * seed + v, quarters=16, rests=False)]
    return Score(tuple(notes), keys=(Key.parse("G"),), title=f"chorale {seed}")
