"""Dynamically binarised MNIST: the importance-weighted bound of ``image-vae`` beside that of a plain autoencoder.

Every time a digit is seen, each pixel is white by the chance that its grey says; the 784 pixels of 28x28 are counted, and no
others. Both learn from the 60,000 training digits for the same CPU time, and are then judged on all 10,000 test digits,
once binarised: nats a digit, less is better. The bound with 5,000 samples of every digit would take hours; so that with 50
samples is taken of all, and what 5,000 samples gain over them of some drawn by chance. The sum of the two means has the
expectation of the bound of all with 5,000 samples, and its standard error (given) is only that of the gain.

The peer is the autoencoder of Burda et al. 2016 (784-200-200-50, tanh), whose published figures after far longer training
are 86.76 (VAE), 85.54 (IWAE, 5 samples) and 84.78 (IWAE, 50); Gated PixelCNN has 81.5. Ours draws a pixel after those before
it (``context``), as they do: another family than the peer, which draws each for itself.

    python benchmarks/binarised_mnist.py FOLDER [--minutes 10] [--subset 100] [--only ours|peer]

FOLDER holds the four IDX files of MNIST, gzipped. ``--minutes`` is CPU time of one core, for each of the two.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import numpy as np
import torch
from torch import nn

from artengine.runs import LocalRun
from artengine_image import stacks
from artengine_image.autoencoder.learning import Learner, measured
from artengine_image.autoencoder.network import AutoEncoder, PictureDecoder
from artengine_image.autoencoder.settings import Options

SIDE = 28
FEW, MANY = 50, 5000  # samples
AT_ONCE = 16  # digits
OURS = {"likelihood": "bernoulli", "size": "28x28", "latent": 32, "width": 32, "context": 4, "batch_size": 128,
        "rate": 0.004}
PEER = {"likelihood": "bernoulli", "size": "28x28", "latent": 50, "batch_size": 100, "rate": 0.001}


class Plain(nn.Module):
    """Latents to pixels by two layers.  (B, Z), pictures -> logits / 2, pictures"""

    def __init__(self, latent, bias):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(latent, 200), nn.Tanh(), nn.Linear(200, 200), nn.Tanh(),
                                    nn.Linear(200, SIDE ** 2))
        with torch.no_grad():
            self.layers[-1].bias.copy_(bias)

    def forward(self, z, x):
        return self.layers(z).view(-1, 1, SIDE, SIDE), x


def plain(options, pictures):
    chance = pictures.mean(0).reshape(-1) / 255 * 0.98 + 0.01
    bias = torch.from_numpy(np.log(chance / (1 - chance)) / 2).float()
    net = AutoEncoder((SIDE, SIDE), 1, 0, options, Plain(options.latent, bias))
    net.encoder = nn.Sequential(nn.Flatten(), nn.Linear(SIDE ** 2, 200), nn.Tanh(), nn.Linear(200, 200), nn.Tanh(),
                                nn.Linear(200, 2 * options.latent))
    return net


def ours(options, pictures):
    return AutoEncoder((SIDE, SIDE), 1, 0, options, PictureDecoder(options.latent, (SIDE, SIDE), 1, options))


def trained(make, settings, pictures, minutes, folder, half):
    """The averaged network after so much CPU time."""
    n = len(pictures)
    arrays = {"pictures": pictures, "labels": np.full(n, -1, np.int32), "split": np.zeros(n, np.uint8),
              "header": np.frombuffer(b'{"size": [28, 28], "mode": "grey", "label": "", "classes": []}', np.uint8)}

    def learner(steps):
        torch.manual_seed(0)
        return Learner(Options(**settings, fall=steps), arrays, LocalRun(0, "cpu", folder),
                       lambda _: make(Options(**settings), pictures))

    def go(one, steps, average):
        began = time.process_time()
        for step in range(steps):
            torch.manual_seed(step)
            with torch.autocast("cpu", torch.bfloat16, enabled=half):  # as `artengine train --precision bf16` does
                figures = one.step(step, one.batch(step, 0, 1), lambda loss: loss.backward())
            now = one.module.state_dict()
            decay = min(one.ema, (1 + step) / (10 + step))
            torch._foreach_lerp_(list(average.values()), [now[name] for name in average], 1 - decay)
            if step % 2000 == 1999:
                print(f"  step {step + 1} of {steps}, {time.process_time() - began:.0f} CPU-s, loss {figures['loss']:.1f}",
                      flush=True)
        return time.process_time() - began

    def start(one):
        return {name: t.detach().clone() for name, t in one.module.state_dict().items() if t.is_floating_point()}

    trial = learner(60)
    go(trial, 10, start(trial))
    steps = int(minutes * 60 / (go(trial, 50, start(trial)) / 50))
    one = learner(steps)
    average = start(one)
    seconds = go(one, steps, average)
    one.module.load_state_dict(average, strict=False)
    return one.module.eval(), steps, seconds


def bounds(net, x, samples):
    none = torch.full((len(x),), -1)
    return np.concatenate([measured(net, x[i:i + AT_ONCE], none[:AT_ONCE][:len(x[i:i + AT_ONCE])], samples, i)
                           for i in range(0, len(x), AT_ONCE)])


def report(name, net, x, subset, steps, seconds):
    began = time.process_time()
    few = bounds(net, x, FEW)
    some = np.random.default_rng(0).choice(len(x), subset, replace=False)
    many = bounds(net, x[some], MANY)
    gain = many[:, 2] - few[some, 2]
    total, error = -(few[:, 2].mean() + gain.mean()), gain.std(ddof=1) / np.sqrt(subset)
    print(f"{name}: {total:.2f} +- {error:.2f} nats with {MANY:,} samples ({-few[:, 2].mean():.2f} with {FEW}; evidence "
          f"lower bound {few[:, 0].mean():.2f}, of which divergence {few[:, 1].mean():.2f}); {steps:,} steps, {seconds:.0f} "
          f"CPU-s, {sum(p.numel() for p in net.parameters()) / 1e6:.2f} M parameters; judged in "
          f"{time.process_time() - began:.0f} CPU-s", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--minutes", type=float, default=10, help="of CPU, for each")
    parser.add_argument("--subset", type=int, default=100, help=f"digits that {MANY:,} samples are taken of")
    parser.add_argument("--only", choices=("ours", "peer"))
    parser.add_argument("--test", type=int, default=10_000, help="test digits")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="another option of ours")
    asked = parser.parse_args()
    torch.set_num_threads(1)
    pictures, test = (np.array(stacks.read(asked.folder / f"{part}-images-idx3-ubyte.gz").pixels).reshape(-1, 1, SIDE, SIDE)
                      for part in ("train", "t10k"))
    chance = torch.from_numpy(test[:asked.test].astype(np.float32) / 255)
    x = 2 * torch.bernoulli(chance, generator=torch.Generator().manual_seed(0)) - 1
    own = OURS | {name: type(OURS.get(name, 0))(value) for name, value in (pair.split("=") for pair in asked.set)}
    for name, make, settings in (("ours", ours, own), ("peer", plain, PEER)):
        if asked.only in (None, name):
            with tempfile.TemporaryDirectory() as folder:
                net, steps, seconds = trained(make, settings, pictures, asked.minutes, Path(folder), name == "ours")
            report(name, net, x, asked.subset, steps, seconds)


if __name__ == "__main__":
    main()
