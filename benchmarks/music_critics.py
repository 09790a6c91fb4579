"""How well each critic of music tells real tunes from damaged ones: ``python benchmarks/music_critics.py``.

For every critic and every kind of damage, the AUC: how often a real tune gets a better score than a damaged one (0.5 is
chance). The tunes are the odd-numbered ones of the folk corpus; the critics' ranges were read off the even-numbered ones.
``likelihood`` and ``originality`` measure by the model that ships, so ``likelihood`` is shown only tunes that it did not
learn from, and ``originality`` is asked whether it tells copies of what the model learnt from tunes it never saw. To reach:
0.9 for the damage that a critic is about, marked ``*``.

``--tunes N`` uses N tunes (300), ``--seed S`` draws the damage, ``--model FILE`` measures by another melody-rnn.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from bisect import bisect_right
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np

from artengine.errors import ArtengineError
from artengine.models import Model
from artengine.plugins import load
from artengine.runs import LocalRun
from artengine.works import Note, Score
from artengine_corpora.folk import Folk
from artengine_music.critics.likelihood import Likelihood
from artengine_music.critics.melody import Melody
from artengine_music.critics.originality import Originality
from artengine_music.critics.rhythm import Rhythm
from artengine_music.critics.tonality import Tonality

Damage = Callable[[Score, random.Random], Score]
LENGTHS = [Fraction(n, 4) for n in (1, 2, 3, 4, 6, 8)]


def changed(score: Score, pitches: list[int] | None = None, lengths: list[Fraction] | None = None,
            onset: Fraction = Fraction(0)) -> Score:
    """*score* with other pitches, other lengths laid end to end, or everything later."""
    at, notes = Fraction(0), []
    for i, n in enumerate(score):
        length = lengths[i] if lengths else n.duration
        notes.append(Note(at if lengths else n.onset + onset, length, pitches[i] if pitches else n.pitch))
        at += length
    return Score(tuple(notes), score.meters, score.keys, score.tempos, score.pickup, title=score.title)


def shuffle_notes(score: Score, rng: random.Random) -> Score:
    """The same pitches in another order."""
    return changed(score, rng.sample([n.pitch for n in score], len(score)))


def random_pitches(score: Score, rng: random.Random) -> Score:
    """Any pitch of the tune's range."""
    low, high = min(n.pitch for n in score), max(n.pitch for n in score)
    return changed(score, [rng.randint(low, high) for _ in score])


def random_walk(score: Score, rng: random.Random) -> Score:
    """A drunkard's walk in half and whole tones."""
    pitches = [67]
    while len(pitches) < len(score):
        pitches.append(min(84, max(55, pitches[-1] + rng.choice((-2, -1, 1, 2)))))
    return changed(score, pitches)


def detune(score: Score, rng: random.Random) -> Score:
    """Every other note a semitone off."""
    return changed(score, [n.pitch + rng.choice((-1, 0, 0, 1)) for n in score])


def transpose_bars(score: Score, rng: random.Random) -> Score:
    """Each bar in a key of its own."""
    shifts = [rng.randint(-5, 6) for _ in score.barlines]
    return changed(score, [n.pitch + shifts[bisect_right(score.barlines, n.onset) - 1] for n in score])


def loop(score: Score, rng: random.Random) -> Score:
    """One bar over and over."""
    lines = score.barlines[1 if score.pickup else 0:]
    bars = [[n for n in score if a <= n.onset < a + score.meter.bar] for a in lines]
    bar = max(bars, key=len)
    begin = lines[bars.index(bar)]
    return Score(tuple(n._replace(onset=n.onset - begin + i * score.meter.bar) for i in range(len(lines)) for n in bar),
                 score.meters, score.keys, score.tempos)


def shuffle_lengths(score: Score, rng: random.Random) -> Score:
    """The same lengths in another order."""
    return changed(score, lengths=rng.sample([n.duration for n in score], len(score)))


def random_lengths(score: Score, rng: random.Random) -> Score:
    """Any length from a sixteenth to a half."""
    return changed(score, lengths=[rng.choice(LENGTHS) for _ in score])


def off_beat(score: Score, rng: random.Random) -> Score:
    """Everything half a beat late."""
    return changed(score, onset=score.meter.beat / 2)


DAMAGES: dict[str, Damage] = {f.__name__: f for f in (
    shuffle_notes, random_pitches, random_walk, detune, transpose_bars, loop, shuffle_lengths, random_lengths, off_beat)}
ABOUT = {"tonality": {"random_pitches", "random_walk", "detune", "transpose_bars"},
         "melody": {"shuffle_notes", "random_pitches", "random_walk", "loop"},
         "rhythm": {"shuffle_lengths", "random_lengths", "off_beat"},
         "likelihood": {"shuffle_notes", "random_pitches", "random_walk", "detune", "shuffle_lengths", "random_lengths"}}


def auc(good: list[float], bad: list[float]) -> float:
    """How often a good one scores higher, ties counting half."""
    a, b = np.array(good)[:, None], np.array(bad)
    return float((a > b).mean() + 0.5 * (a == b).mean())


def unseen(originality: Originality, tunes: list[Score]) -> list[Score]:
    """Tunes that the model did not learn from: none of which it knows more than four bars."""
    return [t for t in tunes if originality.corpus.overlap(t).bars <= 4]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tunes", type=int, default=300)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--model", type=Path)
    asked = parser.parse_args()
    run = LocalRun()
    folk = [t for t in Folk(None, None, run) if len(t) >= 24]
    held_out = folk[1::2]
    tunes = held_out[:: max(1, len(held_out) // asked.tunes)][: asked.tunes]
    model = Model.load(asked.model, load("melody-rnn", "generator")) if asked.model else None
    critics = {"tonality": Tonality(None, run), "melody": Melody(None, run), "rhythm": Rhythm(None, run)}
    originality = None
    try:
        originality = Originality(None, run, model)
        critics["likelihood"] = Likelihood(None, run, model)
    except ArtengineError as error:
        print(f"Without likelihood and originality: {error}")
    fresh = unseen(originality, folk)[: asked.tunes] if originality else []
    print(f"{'AUC':18}" + "".join(f"{name:>14}" for name in critics))
    failed = False
    scores = {name: [j.score for j in critic.judge(fresh if name == "likelihood" else tunes)]
              for name, critic in critics.items()}
    for damage, function in DAMAGES.items():
        rng = random.Random(f"{asked.seed} {damage}")
        broken = {False: [function(t, rng) for t in tunes], True: [function(t, rng) for t in fresh]}
        line = f"{damage:18}"
        for name, critic in critics.items():
            value = auc(scores[name], [j.score for j in critic.judge(broken[name == "likelihood"])])
            about = damage in ABOUT[name]
            failed |= about and value < 0.9
            line += f"{value:13.3f}{'*' if about else ' '}"
        print(line)
    print(f"{'median, real':18}" + "".join(f"{np.median(s):13.2f} " for s in scores.values()))
    if originality:
        # Copies: tunes that stand in the fingerprint whole.
        known = [t for t in folk if originality.corpus.overlap(t).bars > 0.95 * float(t.length / t.meter.bar)][: asked.tunes]
        value = auc([j.score for j in originality.judge(fresh)], [j.score for j in originality.judge(known)])
        failed |= value < 0.9
        print(f"originality: {len(known)} copies told from {len(fresh)} tunes the model never saw, AUC {value:.3f}*")
    for name, critic in {**critics, **({"originality": originality} if originality else {})}.items():
        start = time.process_time()
        critic.judge(tunes[:100])
        print(f"{name}: {1000 * (time.process_time() - start) / len(tunes[:100]):.1f} ms a tune")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
