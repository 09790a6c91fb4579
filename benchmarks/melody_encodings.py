"""Which symbols to learn melodies from: held-out nats a note on ``folk`` after the same CPU time.

Four ways to write the same melodies, each learnt by a recurrent network on the same training melodies, in the same run:

- *bars*: melody-rnn's own: durations and pitches relative to the tonic, with the bars that came before as fields;
- *no lookback*: the same without the fields that look back at earlier bars;
- *absolute*: the same with absolute pitches, moved to a random key at every step;
- *grid*: what magenta's melody models read: one event for every sixteenth (a pitch, "hold" or "off"), absolute pitches moved
  to C, two LSTM layers of 128 over one-hot events, written from its description. It can only write melodies on the grid of
  sixteenths, so it is measured on those, and so is *bars* beside it.

    python benchmarks/melody_encodings.py [--cpu-seconds 300] [--threads 2]
"""

from __future__ import annotations

import argparse
import json
import time

import numpy as np
import torch
from folk_arrays import folk_arrays, melodies_of
from torch import nn
from torch.nn import functional

from artengine.nn.recurrent import Recurrent
from artengine_music.melody.encoding import (
    FIRST_DURATION,
    LEAST_NOTES,
    LOOKBACK,
    NO_PICKUP,
    REST,
    TIE,
    Vocabulary,
)
from artengine_music.melody.preparing import TRAIN, VALIDATION

BATCH, HOLD, OFF, GRID = 32, 128, 129, 6
FIRST_LOOK, TONIC, LAST = 9, 5, 8  # columns of the inputs


class OneHot(nn.Module):
    """The peer's network: LSTM layers over one-hot events."""

    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(130, 128, 2, batch_first=True, dropout=0.1)
        self.head = nn.Linear(128, 130)

    def forward(self, events):
        return self.head(self.lstm(functional.one_hot(events[..., 0], 130).float())[0])


def grid_events(symbols, vocabulary):
    """One event a sixteenth, or ``None`` where the melody does not fit; pitches from C = 60."""
    if symbols[0] != NO_PICKUP and vocabulary.durations[symbols[0] - FIRST_DURATION] % GRID:
        return None
    events = []
    for length, pitch in zip(symbols[1::2], symbols[2::2], strict=True):
        steps, left = divmod(vocabulary.durations[length - FIRST_DURATION], GRID)
        if left:
            return None
        first = OFF if pitch == REST else HOLD if pitch == TIE else 60 + vocabulary.low + int(pitch) - vocabulary.first_pitch
        events += [first] + [HOLD] * (steps - 1)
    return np.array(events)


class Way:
    """One encoding: arrays to learn from and to be measured on, and a network."""

    def __init__(self, name, net, train, held_out, blocked=None, change=None):
        self.name, self.net, self.train, self.held_out = name, net, train, held_out
        self.blocked, self.change = blocked, change
        self.notes = sum(n for *_, n in held_out)

    def padded(self, rows):
        length = max(len(y) for y, _, _ in rows)
        x = np.zeros((len(rows), length, rows[0][1].shape[1]), np.int64)
        y = np.full((len(rows), length), -100)
        for r, (targets, inputs, _) in enumerate(rows):
            x[r, :len(targets)], y[r, :len(targets)] = inputs, targets
        if self.change:
            self.change(x, y, self.net.training)
        return torch.from_numpy(x), torch.from_numpy(y)

    def nats(self, rows):
        x, y = self.padded(rows)
        with torch.autocast("cpu", torch.bfloat16):
            logits = self.net(x)
        logits = logits.float()
        if self.blocked is not None:
            logits = logits + self.blocked[x[..., 1]]
        return functional.cross_entropy(logits.transpose(1, 2), y, ignore_index=-100, reduction="sum"), (y >= 0).sum()

    def measure(self):
        """Nats a note, held out."""
        self.net.eval()
        rows = sorted(self.held_out, key=lambda r: len(r[0]))
        with torch.inference_mode():
            nats = sum(self.nats(rows[i:i + BATCH])[0].item() for i in range(0, len(rows), BATCH))
        self.net.train()
        return nats / self.notes

    def learn(self, cpu_seconds):
        """Train for so many CPU seconds, the rate falling to nothing along a cosine; the clock counts training alone."""
        rng = np.random.default_rng(0)
        optimizer = torch.optim.AdamW(self.net.parameters(), lr=0.003, betas=(0.9, 0.99), weight_decay=0.02)
        start, step = time.process_time(), 0
        while (spent := time.process_time() - start) < cpu_seconds:
            order = rng.permutation(len(self.train))[:BATCH * 8]
            order = sorted(order, key=lambda i: len(self.train[i][0]))
            for j in rng.permutation(8):
                fall = 0.02 + 0.49 * (1 + np.cos(np.pi * min(1, spent / cpu_seconds)))
                rate = 0.003 * min(1, (step + 1) / 50) * fall
                for group in optimizer.param_groups:
                    group["lr"] = rate
                nats, count = self.nats([self.train[i] for i in order[j * BATCH:(j + 1) * BATCH]])
                optimizer.zero_grad()
                (nats / count).backward()
                nn.utils.clip_grad_norm_(self.net.parameters(), 1.0)
                optimizer.step()
                step += 1
        return step


def ways(arrays):
    """The encodings to compare."""
    vocabulary = Vocabulary.from_data(json.loads(bytes(arrays["header"]))["vocabulary"])
    train, held = melodies_of(arrays, TRAIN), melodies_of(arrays, VALIDATION)
    sizes = (vocabulary.size, *vocabulary.fields())
    blocked = torch.where(torch.from_numpy(vocabulary.legal()), 0.0, -1e9)
    shape = {"units": 256, "layers": 2, "embedding": 128, "dropout": 0.2, "cell": "gru"}

    def blind(x, y, training):
        x[:, :, FIRST_LOOK:FIRST_LOOK + 2 * len(LOOKBACK)] = 0

    more = 24  # symbols that absolute pitches need beyond relative ones
    wide = tuple(s + more if s == vocabulary.size else s for s in sizes)
    open_blocked = torch.cat([blocked, blocked[:, -1:].expand(-1, more)], 1)
    rng = np.random.default_rng(1)

    def absolute(x, y, training):
        shift = rng.integers(-6, 6, len(x)) if training else np.zeros(len(x), int)
        by = (6 + x[:, 0, TONIC] + shift)[:, None]
        x[:, :, TONIC] = (x[:, :, TONIC] + shift[:, None]) % 12
        for column in (x[..., 0], x[..., LAST], *(x[..., FIRST_LOOK + i] for i in range(len(LOOKBACK))), y):
            column[:] = np.where(column >= vocabulary.first_pitch, column + by, column)

    def gridded(rows):
        for symbols, fields, notes in rows:
            events = grid_events(symbols, vocabulary)
            if events is not None and notes >= LEAST_NOTES:
                yield (events, np.concatenate(([OFF], events[:-1]))[:, None], notes), (symbols, fields, notes)

    grid_train, grid_held = list(gridded(train)), list(gridded(held))
    print(f"{len(grid_held)} of {len(held)} held-out melodies fit the grid of sixteenths")
    bars = Way("bars", Recurrent(sizes, **shape), train, held, blocked)
    bars.also = Way("bars, on the grid's melodies", bars.net, train, [b for _, b in grid_held], blocked)
    return [bars, Way("no lookback", Recurrent(sizes, **shape), train, held, blocked, blind),
            Way("absolute", Recurrent(wide, **shape), train, held, open_blocked, absolute),
            Way("grid (magenta's)", OneHot(), [g for g, _ in grid_train], [g for g, _ in grid_held])]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cpu-seconds", type=float, default=300)
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    torch.manual_seed(0)
    found = {}
    for way in ways(folk_arrays()):
        steps = way.learn(args.cpu_seconds)
        found[way.name] = way.measure()
        print(f"{way.name:30} {steps:6} steps  {found[way.name]:.4f} nats a note, held out", flush=True)
        if hasattr(way, "also"):
            found[way.also.name] = way.also.measure()
            print(f"{way.also.name:30} {'':12}  {found[way.also.name]:.4f}")
    ours = found["bars"]
    print(f"\nratio to no lookback {ours / found['no lookback']:.3f}, to absolute {ours / found['absolute']:.3f}, "
          f"to the grid {found['bars, on the grid' + chr(39) + 's melodies'] / found['grid (magenta' + chr(39) + 's)']:.3f}")


if __name__ == "__main__":
    main()
