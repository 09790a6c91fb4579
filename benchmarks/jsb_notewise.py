"""JSB chorales, note-wise protocol: nats per cell on the 16th grid, soprano, alto, tenor, bass, one sixteenth after another.

Every cell is predicted from the cells before it in that order and nothing else: no metre, key, length or chord is told, and
every cell is paid for. What each position in the piece shares (sixteenths since the start, modulo 48) is open to all models.
Splits of Boulanger-Lewandowski (229, 76, 77 pieces). The figures of peers are validation figures of Huang et al., "Music
Transformer", 2018, and of Coconet, as its authors cite it there.

Counted models are re-run here: order 1 (the voice's last pitch), and with the position; both Laplace-smoothed by the best of
several weights. Ours is the network of melody-transformer over the same fields, trained on the training pieces in all keys.

    python benchmarks/jsb_notewise.py FOLDER [--minutes 10] [--steps N] [--weights FILE]

FOLDER holds Jsb16thSeparated.json of czhuang/JSB-Chorales-dataset. ``--minutes`` is time of one core.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import numpy as np
import torch
from torch.nn import functional

from artengine.nn.learning import fallen, warmed_up
from artengine.nn.transformer import Transformer
from artengine_music.melody_transformer.cells import ABSOLUTE, GIVEN, SILENT, SIZES, VOICES, Frame
from artengine_music.melody_transformer.preparing import encode

PEERS = (("LSTM of 0.74 M weights, 263 CPU-s", 0.464), ("Coconet, chronological", 0.436), ("Transformer", 0.417),
         ("Transformer, relative attention", 0.357), ("the same, relative pitch and time", 0.335))
PARTS = ("train", "valid", "test")
STRETCH = 256  # cells
ROWS = 16


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


class Cells:
    """One split as arrays."""

    def __init__(self, pieces):
        coded = [symbols_and_fields(piece) for piece in pieces]
        self.symbols = [s.astype(np.int64) for s, _ in coded]
        self.fields = [f.astype(np.int64) for _, f in coded]
        for fields in self.fields:
            assert not fields[:, GIVEN:].any()  # nothing is given
        self.lengths = np.array([len(s) for s in self.symbols])

    def stretches(self, draw):
        """Inputs and targets of a batch.  (B, T, F), (B, T)"""
        which = draw.choice(len(self.lengths), ROWS, p=self.lengths / self.lengths.sum())
        inputs = np.zeros((ROWS, STRETCH, len(SIZES)), np.int64)
        targets = np.full((ROWS, STRETCH), -100)
        for row, piece in enumerate(which):
            first = int(draw.random() * max(1, self.lengths[piece] - STRETCH // 2)) // VOICES * VOICES
            part = self.fields[piece][first:first + STRETCH]
            inputs[row, :len(part)], targets[row, :len(part)] = part, self.symbols[piece][first:first + STRETCH]
        shifts = np.where(draw.random(ROWS) < 0.3, 0, draw.integers(-5, 7, ROWS))[:, None]
        absolute = inputs[:, :, ABSOLUTE] % 128
        inputs[:, :, ABSOLUTE] += (absolute + shifts).clip(0, 127) - absolute
        return torch.from_numpy(inputs), torch.from_numpy(targets)


def nats(net, cells):
    """Nats per cell."""
    net.eval()
    total = 0.0
    with torch.inference_mode():
        for symbols, fields in zip(cells.symbols, cells.fields, strict=True):
            logits = net(torch.from_numpy(fields)[None])[0]
            total += functional.cross_entropy(logits, torch.from_numpy(symbols), reduction="sum").item()
    net.train()
    return total / cells.lengths.sum()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--steps", type=int, default=0, help="in place of --minutes")
    parser.add_argument("--layers", type=int, default=2)
    parser.add_argument("--width", type=int, default=128)
    parser.add_argument("--dropout", type=float, default=0.2)
    parser.add_argument("--rate", type=float, default=0.003)
    parser.add_argument("--decay", type=float, default=0.1)
    parser.add_argument("--weights", type=Path, help="where to keep the best average of weights")
    args = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    pieces = json.loads((args.folder / "Jsb16thSeparated.json").read_text())
    print(f"{'nats per cell':44} {'validation':>10} {'test':>8}")
    for name, with_place in (("order 1, counted", False), ("order 1 with the place in sixteen, counted", True)):
        valid, test = counted(pieces, with_place)
        print(f"{name:44} {valid:10.3f} {test:8.3f}")
    for name, figure in PEERS:
        print(f"{name + ' (as published)':44} {figure:10.3f}")
    cells = {part: Cells(pieces[part]) for part in PARTS}
    net = Transformer(SIZES, width=args.width, layers=args.layers, heads=4, context=STRETCH, dropout=args.dropout)
    print(f"ours: {sum(p.numel() for p in net.parameters()) / 1e6:.2f} M weights", flush=True)
    average = {name: value.clone() for name, value in net.state_dict().items()}
    shadow = Transformer(SIZES, width=args.width, layers=args.layers, heads=4, context=STRETCH)
    optimizer = torch.optim.AdamW(net.parameters(), lr=args.rate, betas=(0.9, 0.99), weight_decay=args.decay)
    draw = np.random.default_rng(0)
    spent, step, share, shown, best = 0.0, 0, 0.0, 0.0, (9.0, {})
    while share < 1:
        began = time.process_time()
        for group in optimizer.param_groups:
            group["lr"] = args.rate * warmed_up(step) * (fallen(step, args.steps) if args.steps else 1 - share)
        inputs, targets = cells["train"].stretches(draw)
        loss = functional.cross_entropy(net(inputs).transpose(1, 2), targets)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimizer.step()
        step += 1
        keep = min(0.999, step / (step + 9))
        with torch.no_grad():
            for name, value in net.state_dict().items():
                average[name].lerp_(value, 1 - keep)
        spent += time.process_time() - began
        share = step / args.steps if args.steps else spent / (60 * args.minutes)
        if share >= 1 or share > shown + 1 / 12:
            shown = share
            shadow.load_state_dict(average)
            valid = nats(shadow, cells["valid"])
            print(f"  step {step}, {spent:.0f} CPU-s: training {loss.item():.3f}, validation {valid:.4f}", flush=True)
            if valid < best[0]:
                best = valid, {name: value.clone() for name, value in average.items()}
    shadow.load_state_dict(best[1])
    print(f"{f'ours, {spent:.0f} CPU-s':44} {best[0]:10.3f} {nats(shadow, cells['test']):8.3f}")
    if args.weights:
        torch.save(best[1], args.weights)


if __name__ == "__main__":
    main()
