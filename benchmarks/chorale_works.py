"""Chorales and settings of the shipped melody-transformer beside Bach's: rules, ranges, rhythm, endings, and critics.

Free: works of 8 bars with default controls. Set: the sopranos of held-out chorales harmonised. Bach: those same chorales.
Parallels are pairs of voices that move at one moment from a fifth or an octave (or unison) to the same; crossings are
moments of a sixteenth at which a voice sings below the next; both for 100 quarter notes.

    python benchmarks/chorale_works.py [--model FILE] [--works 40]
"""

from __future__ import annotations

import argparse
import os
from contextlib import suppress
from itertools import combinations, pairwise
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

from artengine import corpus as corpora
from artengine import critics, models, plugins
from artengine.errors import ArtengineError
from artengine.models import Model
from artengine.runs import LocalRun
from artengine.studio import Studio
from artengine.works import Score
from artengine_music.melody.preparing import TRAIN
from artengine_music.melody_transformer.cells import SILENT
from artengine_music.melody_transformer.grids import chorale_key, grids
from artengine_music.melody_transformer.preparing import hold_out
from artengine_music.melody_transformer.settings import Controls


def parallels(pitches):
    """(VOICES, T) -> fifths, octaves"""
    found = {7: 0, 0: 0}
    for a, b in combinations(pitches, 2):
        moved = (a[1:] != a[:-1]) & (b[1:] != b[:-1]) & (np.stack((a[1:], a[:-1], b[1:], b[:-1])) != SILENT).all(0)
        for interval in found:
            found[interval] += int((moved & ((a - b)[1:] % 12 == interval) & ((a - b)[:-1] % 12 == interval)).sum())
    return found[7], found[0]


def facts(scores):
    """Rates of what the rules are about, and of what they are not."""
    beats = fifths = octaves = crossed = notes = home = 0
    for score in scores:
        pitches = grids(score)[:, :, 0]
        beats += float(score.length)
        one, other = parallels(pitches)
        fifths, octaves, notes = fifths + one, octaves + other, notes + len(score.notes)
        crossed += sum(int(((a < b) & (a != SILENT) & (b != SILENT)).sum()) for a, b in pairwise(pitches))
        home += (pitches[-1, pitches[-1] != SILENT][-1] - (score.key or chorale_key(score)).pitch_class) % 12 == 0
    return [100 * fifths / beats, 100 * octaves / beats, 100 * crossed / beats, notes / beats, 100 * home / len(scores)]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", help="model file; by default the one that ships")
    parser.add_argument("--works", type=int, default=40)
    args = parser.parse_args()
    run, part = LocalRun(), plugins.load("melody-transformer", "generator")
    model = Model.load(Path(args.model), part) if args.model else models.find(part, None, Studio.find(), Controls(voices=4))
    generator = plugins.target(part)(model, run)
    bach, tunes = [], []
    for score in corpora.open("bach-chorales", "music", run):
        with suppress(ArtengineError):
            voices = grids(score)
            tunes.append(np.diff(voices[0, voices[0, :, 1] == 1, 0][:11]).tolist())
            bach.append(Score(score.notes, score.meters, (chorale_key(score),), score.tempos, score.pickup, score.length))
    held_out = [score for score, part in zip(bach, hold_out(tunes), strict=True) if part != TRAIN][:args.works]
    settings = {"temperature 1, min-p 0.02": {}, "temperature 0.9, min-p 0.05": {"temperature": 0.9, "min_p": 0.05},
                "temperature 0.7, min-p 0.1": {"temperature": 0.7, "min_p": 0.1}}
    rows = {"Bach, held out": held_out}
    for name, more in settings.items():
        rows[f"free, {name}"] = list(generator.render(Controls(bars=8, **more), range(args.works)))
        sopranos = [Score(score.voice(0), score.meters, score.keys, score.tempos, score.pickup) for score in held_out]
        rows[f"set, {name}"] = [next(generator.render(Controls(soprano=soprano, **more), [i]))
                                for i, soprano in enumerate(sopranos)]
    judges = [critics.critic(name, "music") for name in ("tonality", "melody", "rhythm")]
    print(f"{'':36} fifths octaves crossed notes/beat ends home% nats/note (10%..90%)  tonality melody rhythm")
    for name, scores in rows.items():
        nats = [n / notes for n, notes in generator.score(scores)]
        low, middle, high = np.quantile(nats, [0.1, 0.5, 0.9])
        judged = [np.mean([j.score for j in plugins.target(judge)(judge.options and judge.options(), run).judge(scores)])
                  for judge in judges]
        print(f"{name:36} " + " ".join(f"{x:7.2f}" for x in facts(scores)) + f"  {middle:8.2f} ({low:.2f}..{high:.2f})     "
              + " ".join(f"{x:8.2f}" for x in judged), flush=True)


if __name__ == "__main__":
    main()
