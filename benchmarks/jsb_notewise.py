"""JSB chorales, note-wise protocol: nats per cell on the 16th grid, soprano, alto, tenor, bass, one sixteenth after another.

Every cell is predicted from the cells before it in that order and nothing else: no metre, key, length or chord is told, and
every cell is paid for. What each position in the piece shares (sixteenths since the start, modulo 48) is open to all models.
Splits of Boulanger-Lewandowski (229, 76, 77 pieces). The figures of peers are validation figures of Huang et al., "Music
Transformer", 2018, and of Coconet, as its authors cite it there.

Counted models are re-run here: order 1 (the voice's last pitch), and with the position; both Laplace-smoothed by the best of
several weights. Ours is the network of melody-transformer over the same fields, trained on the training pieces in all keys,
that also weighs what followed seventeen views of these fields in those pieces (``chorale_counts``); ``--plain`` leaves out
the counts.

To reach: 0.335 (validation). Measured, validation / test: the network alone, width 128, dropout 0.3, 0.361 / 0.363. With
counts 0.338 / 0.341 after 270 CPU-s over which the rate falls to nothing; 0.342 / 0.344 where it falls over 540, as the
network begins to know its pieces by heart half way. Of the views alone the best, the chord with the place in the beat, has
0.505 / 0.512.

    python benchmarks/jsb_notewise.py FOLDER [--minutes 10] [--steps N] [--weights FILE]

FOLDER holds Jsb16thSeparated.json of czhuang/JSB-Chorales-dataset. ``--minutes`` is time of one core.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from functools import partial
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import numpy as np
import torch
from chorale_counts import Counted, Tables, views
from fitting import Pieces, add_arguments, fit, nats

from artengine.nn.transformer import Transformer
from artengine_music.melody_transformer.cells import ABSOLUTE, GIVEN, SILENT, SIZES, VOICES, Frame
from artengine_music.melody_transformer.preparing import encode

PEERS = (("LSTM of 0.74 M weights, 263 CPU-s", 0.464), ("Coconet, chronological", 0.436), ("Transformer", 0.417),
         ("Transformer, relative attention", 0.357), ("the same, relative pitch and time", 0.335))
PARTS = ("train", "valid", "test")


def symbols_and_fields(piece):
    """A piece of (T, 4) pitches; a held and a repeated note are the same here."""
    pitches = np.where(np.array(piece) < 0, SILENT, np.array(piece)).T  # (VOICES, T)
    begins = np.concatenate((pitches[:, :1] != SILENT, np.diff(pitches, axis=1) != 0), 1) & (pitches != SILENT)
    frame = Frame(places=tuple(t % 48 for t in range(pitches.shape[1])), ends=False)
    return encode(np.stack((pitches, begins), -1).astype(int), frame)


def counted(pieces, with_place):
    """Nats per cell of a table over (voice, last pitch, and perhaps the place), on validation and test."""
    def contexts(piece):
        pitches = np.array(piece) + 1  # (T, 4); 0 is silence
        before = np.concatenate((np.full((1, VOICES), 128), pitches[:-1]))
        place = np.arange(len(pitches))[:, None] % 16 if with_place else 0
        return ((place * VOICES + np.arange(VOICES)) * 129 + before).ravel(), pitches.ravel()

    table = np.zeros((16 * VOICES * 129, 128))
    for piece in pieces["train"]:
        np.add.at(table, contexts(piece), 1)
    found = {}
    for part in PARTS[1:]:
        where = [np.concatenate(a) for a in zip(*map(contexts, pieces[part]), strict=True)]
        hits, totals = table[where[0], where[1]], table[where[0]].sum(1)
        found[part] = [float(-np.log((hits + a) / (totals + 128 * a)).mean()) for a in (0.001, 0.003, 0.01, 0.03, 0.1)]
    best = int(np.argmin(found["valid"]))
    return [found[part][best] for part in PARTS[1:]]


def with_counts(coded):
    """Pieces whose last field is the number of the cell, and the network that reads them; *coded* by part."""
    contexts = {part: [views(fields) for _, fields in pieces] for part, pieces in coded.items()}
    tables = Tables([symbols for symbols, _ in coded["train"]], contexts["train"])
    found, told, cells = {}, [], 0
    for part, pieces in coded.items():
        found[part] = []
        for (symbols, fields), own in zip(pieces, contexts[part], strict=True):
            told.append(tables.shares(own, symbols if part == "train" else None))
            found[part].append((symbols, np.column_stack((fields, cells + np.arange(len(symbols))))))
            cells += len(symbols)
    shares, facts = (torch.from_numpy(np.concatenate(arrays)) for arrays in zip(*told, strict=True))
    return found, partial(Counted, shares=shares, facts=facts)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    add_arguments(parser, minutes=10)
    parser.set_defaults(width=160, dropout=0.35, blind=0.25)
    parser.add_argument("--plain", action="store_true", help="the network alone, without counts")
    args = parser.parse_args()
    pieces = json.loads((args.folder / "Jsb16thSeparated.json").read_text())
    print(f"{'nats per cell':44} {'validation':>10} {'test':>8}")
    for name, with_place in (("order 1, counted", False), ("order 1 with the place in sixteen, counted", True)):
        valid, test = counted(pieces, with_place)
        print(f"{name:44} {valid:10.3f} {test:8.3f}")
    for name, figure in PEERS:
        print(f"{name + ' (as published)':44} {figure:10.3f}")
    coded = {part: [symbols_and_fields(piece) for piece in pieces[part]] for part in PARTS}
    assert not any(fields[:, GIVEN:].any() for part in coded.values() for _, fields in part)  # no voice is given
    began = time.process_time()
    coded, make = (coded, Transformer) if args.plain else with_counts(coded)
    print(f"  counted in {time.process_time() - began:.0f} CPU-s")
    split = {part: Pieces(found, ABSOLUTE) for part, found in coded.items()}
    cells = {part: found.lengths.sum() for part, found in split.items()}
    net, spent = fit(args, SIZES, split["train"], split["valid"], cells["valid"], make)
    valid, test = (nats(net, split[part]) / cells[part] for part in PARTS[1:])
    print(f"{f'ours, {spent:.0f} CPU-s':44} {valid:10.3f} {test:8.3f}")


if __name__ == "__main__":
    main()
