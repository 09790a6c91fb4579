"""Held-out loss on ``folk``: the shipped melody-rnn against interpolated n-grams of every order.

The n-grams read the same symbols (durations and pitches relative to the tonic, so they need not learn keys), or whole notes
(duration and pitch as one word), are counted on the same training melodies, smoothed by Witten-Bell or by interpolated
Kneser-Ney with one discount an order; the best order and smoothing is chosen on the validation melodies. All losses are
nats a note on the test melodies; the end of a melody is not counted for anyone.

    python benchmarks/melody_ngram.py [--model FILE]
"""

from __future__ import annotations

import argparse
import json
import math
from collections import Counter, defaultdict

from folk_arrays import folk_arrays, melodies_of

from artengine_music.melody.encoding import Vocabulary
from artengine_music.melody.preparing import TEST, TRAIN, VALIDATION

ORDERS = 12


class NGrams:
    """Counts of every order up to ORDERS, and losses under both smoothings."""

    def __init__(self, streams):
        self.counts = [defaultdict(Counter) for _ in range(ORDERS)]  # by context
        self.followers = [defaultdict(Counter) for _ in range(ORDERS)]  # Kneser-Ney: by how many contexts a word continues
        for s in streams:
            s = [None] * (ORDERS - 1) + s
            for t in range(ORDERS - 1, len(s)):
                for k in range(ORDERS):
                    context = tuple(s[t - k:t])
                    if not self.counts[k][context][s[t]] and k:
                        self.followers[k - 1][context[1:]][s[t]] += 1
                    self.counts[k][context][s[t]] += 1
        self.words = len(self.counts[0][()]) + 1  # and one for words never seen
        self.discount = []
        for table in self.counts:
            sizes = Counter(n for row in table.values() for n in row.values())
            self.discount.append(sizes[1] / (sizes[1] + 2 * sizes[2]) if sizes[1] else 0.5)
        self.totals = [{c: sum(r.values()) for c, r in table.items()} for table in self.counts]
        self.follower_totals = [{c: sum(r.values()) for c, r in table.items()} for table in self.followers]

    def losses(self, streams):
        """Nats of all streams by smoothing and order.  {(smoothing, order): nats}"""
        nats = Counter()
        for s in streams:
            s = [None] * (ORDERS - 1) + s
            for t in range(ORDERS - 1, len(s)):
                witten = lower = 1 / self.words
                for k in range(ORDERS):
                    context, word = tuple(s[t - k:t]), s[t]
                    row = self.counts[k].get(context)
                    kneser = lower
                    if row:
                        total, kinds = self.totals[k][context], len(row)
                        witten = (row[word] + kinds * witten) / (total + kinds)
                        d = self.discount[k]
                        kneser = (max(row[word] - d, 0) + d * kinds * lower) / total
                    nats["Witten-Bell", k + 1] -= math.log(witten)
                    nats["Kneser-Ney", k + 1] -= math.log(kneser)
                    fans = self.followers[k].get(context)
                    if fans:  # what the next order falls back on
                        d = self.discount[k]
                        lower = (max(fans[word] - d, 0) + d * len(fans) * lower) / self.follower_totals[k][context]
        return nats


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", help="model file; by default the one that ships")
    args = parser.parse_args()
    arrays = folk_arrays()
    notes = {part: int(arrays["notes"][arrays["split"] == part].sum()) for part in (TRAIN, VALIDATION, TEST)}
    print("melodies {}, notes {}".format(json.loads(bytes(arrays["header"]))["melodies"], list(notes.values())))
    best = {}
    for words in ("symbols", "whole notes"):
        def streams(part, words=words):
            every = (s.tolist() for s, _, _ in melodies_of(arrays, part))
            return [s if words == "symbols" else [s[0], *zip(s[1::2], s[2::2], strict=True)] for s in every]

        model = NGrams(streams(TRAIN))
        validation = model.losses(streams(VALIDATION))
        smoothing, order = min(validation, key=validation.get)
        test = model.losses(streams(TEST))
        for name in ("Witten-Bell", "Kneser-Ney"):
            each = (f"{validation[name, k + 1] / notes[VALIDATION]:.3f}" for k in range(ORDERS))
            print(f"{words}, {name}, by order:", *each)
        best[f"{order}-gram of {words}, {smoothing}"] = test[smoothing, order] / notes[TEST]
    ours = loss_of_model(args.model, arrays, TEST) / notes[TEST]
    print("\ntest loss, nats a note")
    for name, loss in best.items():
        print(f"  {loss:.4f}  best {name}")
    print(f"  {ours:.4f}  melody-rnn   ratio {ours / min(best.values()):.3f} (to reach: 0.85)")


def loss_of_model(path, arrays, part):
    """Nats of all melodies of a part, by the model's step form."""
    import numpy as np
    from folk_arrays import shipped

    generator = shipped(path)
    legal = Vocabulary.from_data(generator.model.header["vocabulary"]).legal()
    total = 0.0
    pool = sorted(melodies_of(arrays, part), key=lambda m: -len(m[0]))
    for first in range(0, len(pool), 64):
        tile = pool[first:first + 64]
        state = generator.step.start(len(tile))
        for t in range(len(tile[0][0])):
            alive = [m for m in tile if len(m[0]) > t]
            state = [s[:, :len(alive)] for s in state]
            now = np.array([fields[t] for _, fields, _ in alive])
            logits = np.where(legal[now[:, 1]], generator.step.step(now.astype(int), state).T, -np.inf)
            top = logits.max(1)
            total += float((np.log(np.exp(logits - top[:, None]).sum(1)) + top
                            - logits[np.arange(len(alive)), [m[0][t] for m in alive]]).sum())
    return total


if __name__ == "__main__":
    main()
