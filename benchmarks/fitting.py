"""What the benchmarks of chorales share: fit a transformer to sequences of symbols and fields within a time of one core."""

from __future__ import annotations

import time

import numpy as np
import torch
from torch.nn import functional

from artengine.nn.learning import fallen, warmed_up
from artengine.nn.transformer import Transformer

STRETCH = 64  # symbols of a row
ROWS = 64
IGNORE = -100


class Pieces:
    """One split: symbols (T,) and fields (T, F) of each piece, the last symbol first; IGNORE is not counted.

    :param absolute: column of the field that a transposition moves, of 128 values times something.
    """

    def __init__(self, coded, absolute):
        self.symbols = [np.asarray(s, np.int64) for s, _ in coded]
        self.fields = [np.asarray(f, np.int32) for _, f in coded]
        self.lengths = np.array([len(s) for s in self.symbols])
        self.absolute = absolute

    def stretches(self, draw):
        """Inputs and targets of a batch, in any key.  (B, T, F), (B, T)"""
        which = draw.choice(len(self.lengths), ROWS, p=self.lengths / self.lengths.sum())
        inputs = np.zeros((ROWS, STRETCH, self.fields[0].shape[1]), np.int64)
        targets = np.full((ROWS, STRETCH), IGNORE)
        for row, piece in enumerate(which):
            first = int(draw.random() * max(1, self.lengths[piece] - STRETCH // 2)) // 4 * 4
            part = self.fields[piece][first:first + STRETCH]
            inputs[row, :len(part)], targets[row, :len(part)] = part, self.symbols[piece][first:first + STRETCH]
        shifts = np.where(draw.random(ROWS) < 0.3, 0, draw.integers(-5, 7, ROWS))[:, None]
        pitch = inputs[:, :, self.absolute] % 128
        inputs[:, :, self.absolute] += (pitch + shifts).clip(0, 127) - pitch
        return torch.from_numpy(inputs), torch.from_numpy(targets)


def nats(net, pieces):
    """Nats of all that is counted."""
    net.eval()
    total = 0.0
    with torch.inference_mode():
        for symbols, fields in zip(pieces.symbols, pieces.fields, strict=True):
            logits = net(torch.from_numpy(fields.astype(np.int64))[None])[0]
            total += functional.cross_entropy(logits, torch.from_numpy(symbols), ignore_index=IGNORE, reduction="sum").item()
    net.train()
    return total


def add_arguments(parser, minutes):
    parser.add_argument("--minutes", type=float, default=minutes, help="of one core")
    parser.add_argument("--steps", type=int, default=0, help="in place of --minutes")
    parser.add_argument("--layers", type=int, default=2)
    parser.add_argument("--width", type=int, default=128)
    parser.add_argument("--dropout", type=float, default=0.3)
    parser.add_argument("--blind", type=float, default=0.15)
    parser.add_argument("--rate", type=float, default=0.003)
    parser.add_argument("--decay", type=float, default=0.1)
    parser.add_argument("--weights", help="where to keep the best average of weights")


def fit(args, sizes, train, valid, per, make=Transformer):
    """Train as *args* say; the network with the average of weights that validated best, and the CPU seconds it took.

    :param per: what nats are divided by in what is printed.
    :param make: the network from *sizes* and a transformer's options.
    """
    torch.set_num_threads(1)
    torch.manual_seed(0)
    net, shadow = (make(sizes, width=args.width, layers=args.layers, heads=4, context=STRETCH, dropout=args.dropout,
                        blind=args.blind)
                   for _ in range(2))
    print(f"  {sum(p.numel() for p in net.parameters()) / 1e6:.2f} M weights", flush=True)
    average = {name: value.clone() for name, value in net.state_dict().items()}
    optimizer = torch.optim.AdamW(net.parameters(), lr=args.rate, betas=(0.9, 0.99), weight_decay=args.decay)
    draw = np.random.default_rng(0)
    spent, step, share, shown, best = 0.0, 0, 0.0, 0.0, (float("inf"), {})
    while share < 1:
        began = time.process_time()
        for group in optimizer.param_groups:
            group["lr"] = args.rate * warmed_up(step) * (fallen(step, args.steps) if args.steps else 1 - share)
        inputs, targets = train.stretches(draw)
        with torch.autocast("cpu", torch.bfloat16):  # validated and tested in full precision
            logits = net(inputs)
        loss = functional.cross_entropy(logits.float().transpose(1, 2), targets, ignore_index=IGNORE)
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
        if share >= 1 or share > shown + 1 / 4:
            shown = share
            shadow.load_state_dict(average)
            found = nats(shadow, valid) / per
            print(f"  step {step}, {spent:.0f} CPU-s: validation {found:.4f}", flush=True)
            if found < best[0]:
                best = found, {name: value.clone() for name, value in average.items()}
    shadow.load_state_dict(best[1])
    if args.weights:
        torch.save(best[1], args.weights)
    return shadow, spent
