"""Decoding speed: ours, a hand-written numpy loop and torch's own layers; then whole melodies one by one and 64 at once.

The first table decodes symbols on one thread with a network of 2 layers that reads only the last symbol: each contestant
draws a symbol from the softmax and feeds it back. The second renders melodies of 16 bars with the shipped model, fields,
masks and all.
Microseconds a symbol, the best of several rounds: of CPU in the first table, of wall time in the second, which
uses all cores.

    python benchmarks/melody_decoding.py [--units 256] [--model FILE]
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before numpy is imported: what the program does, too

import numpy as np
from folk_arrays import shipped

from artengine.nn.decoding import alone, decode
from artengine.nn.recurrent_step import RecurrentStep
from artengine.nn.sampling import Sampler
from artengine_music.melody.lines import Plan
from artengine_music.melody.many import MelodyLines
from artengine_music.melody_rnn.settings import Controls

SYMBOLS, STEPS, EMBEDDING = 70, 400, 128


class Plain:
    """A line of so many symbols, anything allowed."""

    every = np.ones(SYMBOLS, bool)

    def __init__(self):
        self.symbols = []

    @property
    def done(self):
        return len(self.symbols) == STEPS

    def fields(self):
        return (self.symbols[-1] if self.symbols else 0,)

    def allowed(self):
        return self.every

    def push(self, symbol):
        self.symbols.append(symbol)


def by_hand(net, cell, units):
    """The loop one would write: numpy, one matrix-vector product for inputs and one for the state of each layer."""
    w = {name: value.numpy() for name, value in net.state_dict().items()}

    def sigmoid(x):
        return 1 / (1 + np.exp(-x))

    def run():
        rng = np.random.default_rng(0)
        h, c = [np.zeros(units, np.float32) for _ in range(2)], [np.zeros(units, np.float32) for _ in range(2)]
        symbol, out = 0, []
        for _ in range(STEPS):
            x = below = w["table.weight"][symbol]
            for i in range(2):
                p = f"layers.{i}."
                a = w[p + "weight_ih_l0"] @ below + w[p + "bias_ih_l0"]
                b = w[p + "weight_hh_l0"] @ h[i] + w[p + "bias_hh_l0"]
                if cell == "lstm":
                    g = a + b
                    inward, forget, new, outward = (g[k * units:(k + 1) * units] for k in range(4))
                    c[i] = sigmoid(forget) * c[i] + sigmoid(inward) * np.tanh(new)
                    h[i] = sigmoid(outward) * np.tanh(c[i])
                else:
                    r = sigmoid(a[:units] + b[:units])
                    z = sigmoid(a[units:2 * units] + b[units:2 * units])
                    h[i] = (1 - z) * np.tanh(a[2 * units:] + r * b[2 * units:]) + z * h[i]
                below = h[i]
            logits = w["head.weight"] @ np.concatenate((below, x)) + w["head.bias"]
            p = np.exp(logits - logits.max())
            total = p.cumsum()
            symbol = int(total.searchsorted(rng.random() * total[-1], "right"))
            out.append(symbol)
        return out

    return run


def by_torch(net, cell, units):
    """torch's layers, stepped."""
    import torch
    from torch import nn

    layers = (nn.LSTM if cell == "lstm" else nn.GRU)(EMBEDDING, units, 2).eval()

    @torch.inference_mode()
    def run():
        torch.manual_seed(0)
        state, symbol, out = None, torch.zeros((), dtype=torch.long), []
        for _ in range(STEPS):
            x = net.table(symbol)
            h, state = layers(x.view(1, 1, -1), state)
            symbol = torch.multinomial(torch.softmax(net.head(torch.cat((h.view(-1), x))), -1), 1)[0]
            out.append(symbol)
        return out

    return run


def cpu(function, rounds=7):
    """CPU seconds of the quickest round."""
    best = float("inf")
    for _ in range(rounds):
        start = time.process_time()
        function()
        best = min(best, time.process_time() - start)
    return best


def layers(units):
    """The first table."""
    import torch

    from artengine.nn.recurrent import Recurrent

    torch.set_num_threads(1)
    print(f"2 x {units}, one work, us a symbol")
    for cell in ("lstm", "gru"):
        net = Recurrent((SYMBOLS,), units=units, layers=2, embedding=EMBEDDING, cell=cell).eval()
        step = RecurrentStep(net.arrays(), (SYMBOLS,), cell)
        us = {name: cpu(run) / STEPS * 1e6 for name, run in {
            f"torch nn.{cell.upper()}, stepped": by_torch(net, cell, units),
            "numpy by hand": by_hand(net, cell, units),
            "ours": lambda step=step: alone(step, Plain(), 0, Sampler()),
        }.items()}
        for name, each in us.items():
            print(f"  {name:24} {each:8.1f}   ours is {each / us['ours']:5.2f} x as fast")


def whole_melodies(model):
    """The second table: without torch, as the program renders."""
    generator = shipped(model)
    controls = Controls()
    plan = Plan(controls, generator.vocabulary, generator.model.header["frames"])
    sampler = Sampler(controls.temperature, min_p=controls.min_p)
    found = {}
    for works in (1, 64):
        best = float("inf")
        for first in range(6):
            start = time.perf_counter()
            lines = [alone(generator.step, plan.line(s), s, sampler) for s in range(8)] if works == 1 else list(
                decode(generator.step, plan.line, range(64 * first, 64 * first + 64), sampler,
                       lines=lambda some: MelodyLines(plan, some)))
            best = min(best, (time.perf_counter() - start) / sum(len(line.symbols) for line in lines) * 1e6)
        found[works] = best
        print(f"melodies, {works:2} at once: {best:7.1f} us a symbol (wall), {5e5 / best:8.0f} notes/s")
    print(f"  64 at once against one: {found[1] / found[64]:.2f} x by wall (to reach: 5)")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--units", type=int, default=256)
    parser.add_argument("--model", help="model file for the second table; by default the one that ships")
    parser.add_argument("--table", choices=("layers", "melodies"), help="this table only")
    args = parser.parse_args()
    if args.table != "melodies":
        layers(args.units)
    if args.table == "melodies":
        whole_melodies(args.model)
    elif not args.table:  # in a process without torch
        subprocess.run([sys.executable, __file__, "--table", "melodies", *(["--model", args.model] if args.model else [])],
                       check=True)


if __name__ == "__main__":
    main()
