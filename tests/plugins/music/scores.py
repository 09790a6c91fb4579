"""Random scores, for the tests of every format."""

import random
from fractions import Fraction as F

from artengine.works import Key, Meter, Note, Score, Tempo
from artengine.works.score import MODES

LENGTHS = [F(1, 4), F(1, 2), F(1, 2), F(1), F(1), F(3, 2), F(2), F(3), F(5), F(3, 4), F(1, 8)]


def random_score(seed: int, *, velocities: bool = True) -> Score:
    """A score of one to four voices: pick-up, triplets, quintuplets, ties over bar lines, rests, chords, changes of everything."""
    r = random.Random(seed)
    n, d = r.choice([(4, 4), (3, 4), (6, 8), (2, 2), (5, 8), (7, 16), (12, 8)])
    meters = [Meter(F(0), n, d)]
    bar = meters[0].bar
    pickup = r.choice([F(0), F(0), bar / 4, bar / 2])
    bars = r.randint(1, 6)
    at = pickup + bar * bars
    length = at
    if r.random() < 0.4:
        meters.append(Meter(at, *r.choice([m for m in [(3, 4), (2, 4), (9, 8)] if m != (n, d)])))
        length += meters[1].bar * 2
    tonics = [f"{letter}{sign}" for letter in "CDEFGAB" for sign in ("", "#", "b")]
    candidates = [Key(F(0), tonic, mode) for tonic in tonics for mode in MODES]
    usable = [k for k in candidates if abs(k.sharps) <= 7]
    keys = [r.choice(usable)] if r.random() < 0.9 else []
    if keys and r.random() < 0.4:
        later = r.choice([k for k in usable if k[1:] != keys[0][1:]])
        keys.append(later._replace(onset=pickup + bar * r.randint(0, bars - 1) + r.choice([F(0), F(1, 2)]) if bars > 1 or pickup else length / 2))
        if keys[1].onset == 0:
            keys.pop()
    tempos = [Tempo(F(0), r.choice([60.0, 100.0, 112.5, 133.7, 90.0]))]
    if r.random() < 0.3:
        tempos.append(Tempo(pickup + F(1, 2), 72.0))
    notes = []
    for voice in range(r.choice([1, 1, 2, 4])):
        at = F(0)
        while at < length:
            kind = r.random()
            if kind < 0.12 and at + 1 <= length:
                for k in range(3):
                    notes.append(Note(at + F(k, 3), F(1, 3), r.randint(48, 84), 80, voice))
                at += 1
                continue
            if kind < 0.16 and at + 1 <= length:
                for k in range(5):
                    notes.append(Note(at + F(k, 5), F(1, 5), r.randint(48, 84), 80, voice))
                at += 1
                continue
            duration = min(r.choice(LENGTHS), length - at)
            if kind < 0.85 or not notes:
                velocity = r.randint(1, 127) if velocities else 80
                for pitch in r.sample(range(36, 96), r.choice([1, 1, 1, 3])):
                    notes.append(Note(at, duration, pitch, velocity, voice))
            at += duration
    return Score(tuple(notes), tuple(meters), tuple(keys), tuple(tempos), pickup, length, "Random & <tune> é",
                 tuple(f"Voice {v}" for v in range(1 + max(x.voice for x in notes))), labels={"composer": "Nobody", "rhythm": "reel"})
