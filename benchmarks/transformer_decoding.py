"""Decoding speed of the sequence core against its peers, one work at a time and 64 at once.

First table: a transformer of 4 layers x 256 over 130 symbols on one thread, 256 and 900 symbols drawn: Hugging Face's
GPT-2 with its cache, a lean torch loop with preallocated cache (of GPT-2's layers, and of ours), a numpy loop as one would
write it, and ours. Second: an LSTM of 2 x 128 against sampling as nanoGPT does it (4 layers x 128, no cache, every window
of 256 anew) and against numpy by hand. All networks have random weights; every contestant draws each symbol from the softmax
and reads it back. Third, in a process without torch: one work and 64 at once, each the work of its own seed, by wall time
(64 at once use all cores; on a busy machine that tells little) and by CPU time.

Other figures are CPU microseconds a symbol, medians over rounds in which the contestants take turns: other programs' noise
hits all alike, and the ratios count.

    python benchmarks/transformer_decoding.py [--rounds 5] [--table transformer|lstm|together]
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import time

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before numpy is imported: what the program does, too
os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
from melody_decoding import by_hand

from artengine.nn.decoding import alone, decode
from artengine.nn.recurrent_step import RecurrentStep
from artengine.nn.sampling import Sampler
from artengine.nn.transformer_step import TransformerStep

SYMBOLS, LAYERS, WIDTH, HEADS, CONTEXT = 130, 4, 256, 4, 1024


class Plain:
    """A line of so many symbols, anything allowed."""

    every = np.ones(SYMBOLS, bool)
    steps = 256

    def __init__(self, seed=0):
        self.symbols = []

    @property
    def done(self):
        return len(self.symbols) == self.steps

    def fields(self):
        return (self.symbols[-1] if self.symbols else 0,)

    def allowed(self):
        return self.every

    def push(self, symbol):
        self.symbols.append(symbol)


def hugging_face(width, layers):
    import torch
    from transformers import GPT2Config, GPT2LMHeadModel

    config = GPT2Config(vocab_size=SYMBOLS, n_positions=CONTEXT, n_embd=width, n_layer=layers, n_head=HEADS,
                        bos_token_id=0, eos_token_id=None, pad_token_id=0)
    net = GPT2LMHeadModel(config).eval()
    start, mask = torch.zeros(1, 1, dtype=torch.long), torch.ones(1, 1, dtype=torch.long)

    @torch.inference_mode()
    def run(steps):
        return net.generate(start, attention_mask=mask, do_sample=True, top_k=0, max_new_tokens=steps,
                            use_cache=True)

    return run


def lean_torch(width, layers):
    """GPT-2's layers in as few calls as torch allows, keys and values in buffers of the full length."""
    import torch
    from torch.nn import functional

    d = width // HEADS
    w = [{"qkv": torch.randn(3 * width, width) / 16, "out": torch.randn(width, width) / 40,
          "up": torch.randn(4 * width, width) / 16, "down": torch.randn(width, 4 * width) / 80,
          "b": [torch.zeros(n) for n in (3 * width, width, 4 * width, width)],
          "g": [torch.ones(width) for _ in range(2)], "z": [torch.zeros(width) for _ in range(2)]} for _ in range(layers)]
    table, places, head = torch.randn(SYMBOLS, width), torch.randn(CONTEXT, width) / 9, torch.randn(SYMBOLS, width) / 16

    @torch.inference_mode()
    def run(steps):
        keys, values = torch.zeros(2, layers, HEADS, CONTEXT, d)
        symbol, out = torch.zeros(1, dtype=torch.long), []
        for t in range(steps):
            x = table[symbol] + places[t]
            for i, p in enumerate(w):
                n = functional.layer_norm(x, (width,), p["g"][0], p["z"][0])
                q, k, v = torch.addmm(p["b"][0], n, p["qkv"].t()).view(3, HEADS, 1, d)
                keys[i, :, t], values[i, :, t] = k[:, 0], v[:, 0]
                scores = torch.bmm(q, keys[i, :, :t + 1].transpose(1, 2)) * d ** -0.5
                a = torch.bmm(torch.softmax(scores, -1), values[i, :, :t + 1])
                x = x + torch.addmm(p["b"][1], a.view(1, width), p["out"].t())
                n = functional.layer_norm(x, (width,), p["g"][1], p["z"][1])
                n = functional.gelu(torch.addmm(p["b"][2], n, p["up"].t()), approximate="tanh")
                x = x + torch.addmm(p["b"][3], n, p["down"].t())
            logits = functional.layer_norm(x, (width,)) @ head.t()
            symbol = torch.multinomial(torch.softmax(logits, -1), 1)[0]
            out.append(symbol)
        return out

    return run


def lean_torch_of_ours(net):
    """Our network's layers in the same manner."""
    import torch
    from torch.nn import functional

    d, heads = net.each, net.heads
    table, head = net.table.weight, net.head.weight
    turn = net._rotation(CONTEXT, table)
    layers = [[m.weight for m in four] for four in zip(net.attention, net.mixing, net.inward, net.outward, strict=True)]

    def turned(x, t):
        a, b = x.chunk(2, -1)
        return torch.cat((a * turn[0][t] - b * turn[1][t], b * turn[0][t] + a * turn[1][t]), -1)

    @torch.inference_mode()
    def run(steps):
        keys, values = torch.zeros(2, len(layers), CONTEXT, d)
        symbol, out = torch.zeros(1, dtype=torch.long), []
        for t in range(steps):
            x = table[symbol]
            for i, (into, mixing, inward, outward) in enumerate(layers):
                z = functional.linear(functional.rms_norm(x, (WIDTH,)), into).view(heads + 2, d)
                qk = turned(z[:-1], t)
                keys[i, t], values[i, t] = qk[-1], z[-1]
                scores = (qk[:-1] @ keys[i, :t + 1].t()) * d ** -0.5
                x = x + functional.linear((torch.softmax(scores, -1) @ values[i, :t + 1]).view(1, -1), mixing)
                hidden = functional.linear(functional.rms_norm(x, (WIDTH,)), inward)
                x = x + functional.linear(hidden.relu().square(), outward)
            symbol = torch.multinomial(torch.softmax(functional.linear(functional.rms_norm(x, (WIDTH,)), head), -1), 1)[0]
            out.append(symbol)
        return out

    return run


def numpy_by_hand(width, layers):
    """GPT-2's layers as one would write them in numpy, with a cache."""
    r, d = np.random.default_rng(0), width // HEADS

    def matrix(outputs, inputs, small=1.0):
        return (r.normal(size=(outputs, inputs)) * small / inputs ** 0.5).astype(np.float32)

    w = [(matrix(3 * width, width), matrix(width, width, 0.3), matrix(4 * width, width), matrix(width, 4 * width, 0.3))
         for _ in range(layers)]
    table, places, head = matrix(SYMBOLS, width, 16), matrix(CONTEXT, width), matrix(SYMBOLS, width)
    biases = [[np.zeros(len(m), np.float32) for m in four] for four in w]
    gain, shift = np.ones(width, np.float32), np.zeros(width, np.float32)

    def norm(x):
        x = x - x.mean()
        return x / np.sqrt((x * x).mean() + 1e-5) * gain + shift

    def run(steps):
        rng = np.random.default_rng(0)
        keys, values = np.zeros((2, layers, HEADS, CONTEXT, d), np.float32)
        symbol, out = 0, []
        for t in range(steps):
            x = table[symbol] + places[t]
            for i, (qkv, mix, up, down) in enumerate(w):
                q, k, v = (qkv @ norm(x) + biases[i][0]).reshape(3, HEADS, d)
                keys[i, :, t], values[i, :, t] = k, v
                scores = (keys[i, :, :t + 1] @ q[:, :, None])[..., 0] / np.float32(d ** 0.5)
                scores = np.exp(scores - scores.max(1, keepdims=True))
                scores /= scores.sum(1, keepdims=True)
                x = x + mix @ (scores[:, None] @ values[i, :, :t + 1]).reshape(width) + biases[i][1]
                n = up @ norm(x) + biases[i][2]
                n = 0.5 * n * (1 + np.tanh(np.float32(0.7978845608) * (n + np.float32(0.044715) * n ** 3)))
                x = x + down @ n + biases[i][3]
            logits = head @ norm(x)
            p = np.exp(logits - logits.max())
            total = p.cumsum()
            symbol = int(total.searchsorted(rng.random() * total[-1], "right"))
            out.append(symbol)
        return out

    return run


def without_cache(width=128, layers=4, block=256):
    """Sampling as nanoGPT does it: for every symbol the whole window goes through the network again."""
    import torch
    from torch import nn
    from torch.nn import functional

    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.one, self.two = nn.LayerNorm(width), nn.LayerNorm(width)
            self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
            self.up, self.down = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

        def forward(self, x):
            q, k, v = self.qkv(self.one(x)).view(len(x), -1, 3, HEADS, width // HEADS).permute(2, 0, 3, 1, 4)
            a = functional.scaled_dot_product_attention(q, k, v, is_causal=True)
            x = x + self.out(a.transpose(1, 2).flatten(2))
            return x + self.down(functional.gelu(self.up(self.two(x))))

    table, places = nn.Embedding(SYMBOLS, width), nn.Embedding(block, width)
    net = nn.Sequential(*(Block() for _ in range(layers)), nn.LayerNorm(width)).eval()

    @torch.inference_mode()
    def run(steps):
        past = torch.zeros(1, block, dtype=torch.long)  # at full block, as nearly all of a long text is
        for _ in range(steps):
            window = past[:, -block:]
            h = net(table(window) + places.weight[:window.shape[1]])[:, -1]
            symbol = torch.multinomial(torch.softmax(h @ table.weight.t() / width ** 0.5, -1), 1)
            past = torch.cat((past, symbol), 1)
        return past

    return run


def ours(step):
    def run(steps):
        Plain.steps = steps
        return alone(step, Plain(), 0, Sampler())

    return run


def take_turns(contestants, rounds):
    """CPU microseconds a symbol of each, the median of *rounds*; contestants are (name, run, steps)."""
    for _, run, _ in contestants:
        run(8)
    found = {name: [] for name, _, _ in contestants}
    for _ in range(rounds):
        for name, run, steps in contestants:
            start = time.process_time()
            run(steps)
            found[name].append((time.process_time() - start) / steps * 1e6)
    return {name: statistics.median(each) for name, each in found.items()}


def show(found):
    mine = found["ours"]
    for name, each in found.items():
        print(f"  {name:44} {each:9.1f} us {1e6 / each:9.0f} symbols/s   ours is {each / mine:6.2f} x as fast", flush=True)


def network(groups=1):
    import torch

    from artengine.nn.transformer import Transformer

    torch.manual_seed(0)
    net = Transformer((SYMBOLS,), width=WIDTH, layers=LAYERS, heads=HEADS, context=CONTEXT, groups=groups).eval()
    torch.nn.init.normal_(net.head.weight, std=WIDTH ** -0.5)
    return net


def transformers(rounds, lengths=(256, 900)):
    net, each = network(), network(HEADS)
    runs = {
        "Hugging Face GPT-2, generate with cache": hugging_face(WIDTH, LAYERS),
        "torch, lean, preallocated cache": lean_torch(WIDTH, LAYERS),
        "the same with our layers": lean_torch_of_ours(net),
        "numpy by hand": numpy_by_hand(WIDTH, LAYERS),
        "ours, keys for each head": ours(TransformerStep(each.arrays(), (SYMBOLS,), HEADS, CONTEXT)),
        "ours": ours(TransformerStep(net.arrays(), (SYMBOLS,), HEADS, CONTEXT)),
    }
    for steps in lengths:
        print(f"transformer {LAYERS} x {WIDTH}, {SYMBOLS} symbols, {steps} drawn, one work")
        show(take_turns([(name, run, steps) for name, run in runs.items()], rounds))


def lstms(rounds):
    import torch

    from artengine.nn.recurrent import Recurrent

    torch.manual_seed(0)
    net = Recurrent((SYMBOLS,), units=128, layers=2, embedding=64).eval()
    hand = by_hand(net, "lstm", 128)  # draws 400 symbols, always
    print(f"LSTM 2 x 128, {SYMBOLS} symbols, one work")
    show(take_turns([
        ("as nanoGPT samples, 4 x 128, block 256", without_cache(), 40),
        ("numpy by hand", lambda _: hand(), 400),
        ("ours", ours(RecurrentStep(net.arrays(), (SYMBOLS,))), 400),
    ], rounds))


def together(rounds, folder):
    """One work against 64, in this process, which must not import torch."""
    stored = {path: dict(np.load(os.path.join(folder, path))) for path in sorted(os.listdir(folder))}
    models = {
        "transformer 4 x 256": TransformerStep(stored["transformer.npz"], (SYMBOLS,), HEADS, CONTEXT),
        "LSTM 2 x 128": RecurrentStep(stored["lstm.npz"], (SYMBOLS,)),
        "GRU 2 x 256": RecurrentStep(stored["gru.npz"], (SYMBOLS,), "gru"),
    }
    assert "torch" not in sys.modules
    Plain.steps = 256
    print(f"256 symbols a work, by wall time on {os.cpu_count()} cores")
    for name, model in models.items():
        found = {1: [], 64: []}  # (wall, CPU) seconds a symbol
        for round_ in range(rounds):
            for works, each in found.items():
                wall, cpu = time.perf_counter(), sum(os.times()[:4])
                list(decode(model, Plain, range(64 * round_, 64 * round_ + works), Sampler()))
                each.append(((time.perf_counter() - wall) / works / 256, (sum(os.times()[:4]) - cpu) / works / 256))
        one, many = (np.median(each, 0) for each in found.values())
        print(f"  {name:20} one {1 / one[0]:6.0f} symbols/s, 64 at once {1 / many[0]:6.0f}: "
              f"{one[0] / many[0]:5.2f} x by wall, {one[1] / many[1]:5.2f} x by CPU", flush=True)


def all_together(rounds):
    """:func:`together` in a process of its own, with weights made here."""
    import tempfile

    import torch

    from artengine.nn.recurrent import Recurrent

    torch.manual_seed(0)
    nets = {"transformer": network(), "lstm": Recurrent((SYMBOLS,), units=128, layers=2, embedding=64),
            "gru": Recurrent((SYMBOLS,), units=256, layers=2, embedding=128, cell="gru")}
    with tempfile.TemporaryDirectory() as folder:
        for name, net in nets.items():
            np.savez(os.path.join(folder, f"{name}.npz"), **net.arrays())
        subprocess.run([sys.executable, __file__, "--rounds", str(rounds), "--weights", folder], check=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    tables = {"transformer": transformers, "lstm": lstms, "together": all_together}
    parser.add_argument("--table", choices=tables, help="this table only")
    parser.add_argument("--weights", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.weights:
        together(args.rounds, args.weights)
        return
    import torch

    torch.set_num_threads(1)
    for name, table in tables.items():
        if args.table in (None, name):
            table(args.rounds)


if __name__ == "__main__":
    main()
