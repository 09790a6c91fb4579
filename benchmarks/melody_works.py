"""Works of the shipped melody-rnn beside real tunes: do they return to their bars as tunes do, and whose notes are they?

Likeness: for several temperatures and min-p, 16-bar works against the 16-bar tunes of ``folk``: nats a note under the model
(real ones: the held-out tunes), share of bars that stood before, distinct bars, and share of bars 9 to 16 that only repeat
the bar four before (a loop). The defaults of the controls were chosen by this table.

Originality: the longest stretch that each of 200 works shares with one training tune, transposition apart.

    python benchmarks/melody_works.py [--model FILE] [--works 200]
"""

from __future__ import annotations

import argparse
import os
from contextlib import suppress

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
from folk_arrays import shipped

from artengine import corpus
from artengine.errors import ArtengineError
from artengine.runs import LocalRun
from artengine_music.fingerprint import Fingerprint
from artengine_music.melody.melodies import melodies
from artengine_music.melody_rnn.settings import Controls

SETTINGS = [(0.8, 0.0), (0.9, 0.0), (0.9, 0.01), (0.9, 0.02), (1.0, 0.0), (1.0, 0.01), (1.0, 0.02), (1.1, 0.02)]


def bars(melody):
    """The bars of a melody as comparable values."""
    found, at = {}, -melody.pickup
    for ticks, pitch in melody.events:
        found.setdefault(at // melody.frame.ticks, []).append((at % melody.frame.ticks, ticks, pitch))
        at += ticks
    return [tuple(found.get(i, ())) for i in range(at // melody.frame.ticks)]


def habits(all_bars):
    """How melodies of 16 bars return to theirs."""
    returning = [np.mean([b in piece[:i] for i, b in enumerate(piece)]) for piece in all_bars]
    distinct = [len(set(piece)) for piece in all_bars]
    loops = [np.mean([piece[i] == piece[i - 4] for i in range(8, 16)]) for piece in all_bars]
    low, high = np.quantile(distinct, [0.1, 0.9])
    return f"{np.mean(returning):9.2f} {np.mean(distinct):9.1f} ({low:2.0f}..{high:2.0f}) {np.mean(loops):8.2f}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", help="model file; by default the one that ships")
    parser.add_argument("--works", type=int, default=200)
    args = parser.parse_args()
    generator = shipped(args.model)
    real = []
    for score in corpus.open("folk", "music", LocalRun()):
        with suppress(ArtengineError):
            real += [bars(m) for m in melodies(score) if m.frame.bars == 16]
    held_out = generator.model.header["held_out_quantiles"]
    print(f"{'':24} nats a note (10%..90%)   returning distinct (10%..90%) loops")
    print(f"{'real tunes':24} {held_out[10]:8.2f} ({held_out[2]:.2f}..{held_out[18]:.2f})   {habits(real)}")
    for temperature, min_p in SETTINGS:
        works = list(generator.render(Controls(temperature=temperature, min_p=min_p), range(args.works)))
        nats = np.array([n / notes for n, notes in generator.score(works)])
        low, median, high = np.quantile(nats, [0.1, 0.5, 0.9])
        every = [bars(m) for work in works for m in melodies(work)]
        print(f"temperature {temperature:.1f}, min-p {min_p:.3f} {median:6.2f} ({low:.2f}..{high:.2f})   {habits(every)}")

    prefix = "fingerprint."
    index = Fingerprint({k.removeprefix(prefix): a for k, a in generator.model.weights.items() if k.startswith(prefix)})
    found = [index.overlap(work) for work in generator.render(Controls(), range(args.works))]
    longest = np.array([o.bars for o in found])
    worst = found[int(longest.argmax())]
    print(f"\n{args.works} works with default controls, longest stretch shared with one training tune, in bars: "
          f"median {np.median(longest):.1f}, 95% {np.quantile(longest, 0.95):.1f}, most {longest.max():.1f} "
          f"({worst.notes} notes of \"{worst.title}\"; to reach: 8)")


if __name__ == "__main__":
    main()
