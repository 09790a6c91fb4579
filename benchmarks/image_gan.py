"""``image-gan`` against the DCGAN of the tutorials, in equal CPU time on one thread.

    python benchmarks/image_gan.py all FASHION           # Fashion-MNIST, 60,000 pictures, 650 CPU-s each
    python benchmarks/image_gan.py thousand FASHION      # the first 1,000 of them, 600 CPU-s each
    python benchmarks/image_gan.py hundred FASHION       # 100 of them, 300 CPU-s each; the DCGAN with DiffAugment too
    python benchmarks/image_gan.py modes MNIST           # Stacked-MNIST: of 1,000 modes, how many 26,000 samples cover
    python benchmarks/image_gan.py throughput FASHION    # pictures a CPU-second, 32 and 64 pixels, against the plain loop
    python benchmarks/image_gan.py rendering             # of the shipped model: stills a second, a cold start, a film

FASHION and MNIST are folders with the four IDX .gz files. The DCGAN is that of the PyTorch examples, written anew at 32
pixels (generator 0.37 M weights, discriminator 0.17 M; non-saturating, Adam at 0.0002 and 0.5, batches of 64).
Ours trains without labels, as it does; `--labels` gives them to it. Figures are those of ``fashion_features``, 10,000
made pictures against the 10,000 of the test set. ``--seconds`` changes the time, ``--only ours|peer`` leaves the other out.

Measured on a busy machine, one after the other; real pictures against real ones have an FID of 0.42:

    60,000 pictures, 650 CPU-s    DCGAN      390,464 seen  FID 7.06  precision 0.62  recall 0.80
                                  image-gan  635,840 seen  FID 2.31  precision 0.81  recall 0.57   0.33 x
    throughput, 32 px grey / 64 px RGB    plain loop 535 / 109 pictures a CPU-second, ours 1,054 / 214: 1.97 x each

    rendering 64 px, one at a time or 64    DCGAN (width 64) 3.4 CPU ms, ours 2.0: 1.7 x; a cold render 0.16 x import torch

What was tried, 60 CPU-s each without labels, by another network of the same kind, to which the DCGAN has 136 after 90:

    66 (90 CPU-s)  thin first and last convolutions at half the size; 102 with sixteen features at the full size
    61             styles of variance 1, not torch's usual smaller ones; 36 at twice the rate (0.002), 110 at four times
    70, 82         half the rate; a tenth of the gradient penalty. 64 with six times the penalty
    57             averages that forget ten times as soon
    158 (90 CPU-s) kernels of 3 x 3 in the discriminator
    23             with labels, at a rate of 0.002; 133 where a label had two thirds of the style's first layer

Augmentation by the mean sign of the logits alone (to 0.6) copied 100 pictures (nearest learnt 0.77, FID 23); by held-out
pictures alone it lost the schools of the atelier.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before torch is imported
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import fashion_features
import numpy as np
import torch
from dcgan import LATENT, Pictures, dcgan, plain_made, plain_steps
from torch import Tensor, nn
from torch.nn.functional import conv2d, cross_entropy, max_pool2d, relu, softplus

from artengine import models, plugins
from artengine.models import Model
from artengine.nn.augmentation import augment
from artengine.runs import LocalRun
from artengine.studio import Studio
from artengine_image.image_gan.generator import ImageGAN
from artengine_image.image_gan.learning import Learner
from artengine_image.image_gan.settings import Controls, Options

MADE = 10_000


# ---- ours

def arrays_of(pictures: Pictures, labels: np.ndarray | None) -> dict[str, np.ndarray]:
    """As ``prepare`` gives them; every twentieth is held out, or every tenth of a few, by which augmentation is steered."""
    n, h, w, c = pictures.shape
    classes = [str(i) for i in range(int(labels.max()) + 1)] if labels is not None else []
    header = {"size": [w, h], "mode": {1: "grey", 3: "rgb"}[c], "label": "class" if classes else "", "classes": classes}
    told = labels.astype(np.int32) if labels is not None else np.full(n, -1, np.int32)
    held = np.arange(n) % (10 if n < 200 else 20) == 0
    return {"pictures": np.ascontiguousarray(pictures.transpose(0, 3, 1, 2)), "labels": told,
            "split": held.astype(np.uint8), "header": np.frombuffer(json.dumps(header).encode(), np.uint8)}


class Ours:
    """The learner of ``image-gan``, with the averaged weights that the engine keeps."""

    def __init__(self, pictures: Pictures, labels: np.ndarray | None, **options: Any) -> None:
        torch.manual_seed(0)
        self.learner = Learner(Options(**options), arrays_of(pictures, labels), LocalRun())
        self.average = [p.detach().clone() for p in self.learner.module.parameters()]

    def steps(self) -> Iterator[int]:
        """Yields the pictures seen after each step."""
        step = 0
        while True:
            torch.manual_seed(step)
            self.learner.step(step, self.learner.batch(step, 0, 1), lambda loss: loss.backward())
            decay = min(self.learner.ema, (1 + step) / (10 + step))
            with torch.no_grad():
                torch._foreach_lerp_(self.average, [p.detach() for p in self.learner.module.parameters()], 1 - decay)
            step += 1
            yield step * self.learner._size

    def made(self, n: int) -> Pictures:
        """Rendered by the part itself, from the weights that a model file would hold."""
        now = [p.detach().clone() for p in self.learner.module.parameters()]
        with torch.no_grad():
            for p, mean in zip(self.learner.module.parameters(), self.average, strict=True):
                p.copy_(mean)
            weights = {name: a.astype(np.float32) for name, a in self.learner.weights().items()}
            for p, own in zip(self.learner.module.parameters(), now, strict=True):
                p.copy_(own)
        part = ImageGAN(Model("image-gan", self.learner.options, weights, dict(self.learner.header())), LocalRun())
        made = np.stack([work.pixels for work in part.render(Controls(), range(n))])
        return made.reshape(*made.shape[:3], -1)


def run_for(steps: Iterator[int], seconds: float, ours: Ours | None = None) -> int:
    """Step for so many CPU-seconds; our rate falls to nothing over them. Returns the pictures seen."""
    began = time.process_time()
    for n, seen in enumerate(steps, 1):
        spent = time.process_time() - began
        if spent >= seconds:
            return seen
        if ours and spent > seconds / 20 and n % 50 == 0:  # by the pace so far
            ours.learner.options = replace(ours.learner.options, fall=max(n + 1, round(n * seconds / spent)))
    raise AssertionError


# ---- Fashion-MNIST

def fashion(directory: str, n: int, seconds: float, only: str, told: bool, options: dict[str, Any]) -> None:
    """FID, precision, recall, and whether training pictures were copied."""
    eye = fashion_features.network(directory)
    everything = fashion_features.pictures(directory)
    chosen = np.random.Generator(np.random.Philox(1)).permutation(len(everything))[:n]
    pictures, labels = everything[chosen], fashion_features.labels(directory)[chosen]
    real, known = (eye.features(some) for some in (fashion_features.pictures(directory, "t10k"), pictures))
    contestants: list[tuple[str, Callable[[], tuple[int, Pictures]]]] = []

    def peer(change: Callable[[Tensor], Tensor]) -> tuple[int, Pictures]:
        torch.manual_seed(0)
        players = dcgan(32, 1, 32)
        seen = run_for(plain_steps(players, pictures, 64, change), seconds)
        return seen, plain_made(players, MADE)

    def ours() -> tuple[int, Pictures]:
        one = Ours(pictures, labels if told else None, **options)
        seen = run_for(one.steps(), seconds, one)
        print(f"    strength of the augmentation at the end: {float(one.learner.strength):.2f}")
        return seen, one.made(MADE)

    if only != "ours":
        contestants.append(("DCGAN", lambda: peer(lambda x: x)))
        if n <= 100:
            contestants.append(("DCGAN with DiffAugment", lambda: peer(lambda x: augment(x, 1, ("translation", "cutout")))))
    if only != "peer":
        contestants.append(("image-gan, labels" if told else "image-gan", ours))
    print(f"Fashion-MNIST, {n:,} pictures, {seconds:.0f} CPU-s each")
    best = np.inf
    for name, train in contestants:
        seen, made = train()
        own = eye.features(made)
        figure = fashion_features.fid(own, real)
        precision, recall = fashion_features.precision_recall(own, real)
        ratio = fashion_features.memorisation(own, known, real)
        against = f"  {figure / best:5.2f} x the best before" if best < np.inf else ""
        print(f"  {name:24} {seen:9,} seen  FID {figure:7.2f}  precision {precision:.2f}  recall {recall:.2f}  "
              f"nearest learnt {ratio:.2f}{against}", flush=True)
        best = min(best, figure)
        sheet(made[:100], f"image_gan_{n}_{name.replace(' ', '_')}.png")


def sheet(pictures: Pictures, name: str) -> None:
    """A sheet of 10 × 10, beside where the benchmark is run, if IMAGE_GAN_SHEETS names a folder."""
    folder = os.environ.get("IMAGE_GAN_SHEETS")
    if folder:
        from PIL import Image

        _, h, w, c = pictures.shape
        whole = pictures.reshape(10, 10, h, w, c).transpose(0, 2, 1, 3, 4).reshape(10 * h, 10 * w, c)
        Image.fromarray(whole.squeeze()).save(os.path.join(folder, name))


# ---- Stacked-MNIST

def stacked(directory: str, seconds: float, only: str, options: dict[str, Any]) -> None:
    """Three digits as the three colours of a picture: 1,000 modes, all alike likely (Srivastava et al. 2017)."""
    digits, labels = fashion_features.pictures(directory), fashion_features.labels(directory)
    tell = _digits(digits, labels, directory)
    pick = np.random.Generator(np.random.Philox(2)).integers(0, len(digits), (60_000, 3))
    pictures = np.ascontiguousarray(digits[pick][..., 0].transpose(0, 2, 3, 1))
    print(f"Stacked-MNIST, {seconds:.0f} CPU-s each, 26,000 samples")

    def said(name: str, seen: int, made: Pictures) -> None:
        modes = sum(tell(made[..., c]) * 10 ** c for c in range(3))
        shares = np.bincount(modes, minlength=1000) / len(modes)
        held = shares > 0
        divergence = (shares[held] * np.log(shares[held] * 1000)).sum()
        print(f"  {name:24} {seen:9,} seen  {held.sum():5} modes  KL {divergence:.3f}", flush=True)
        sheet(made[:100], f"stacked_{name.replace(' ', '_')}.png")

    if only != "ours":
        torch.manual_seed(0)
        players = dcgan(32, 3, 32)
        said("DCGAN", run_for(plain_steps(players, pictures, 64), seconds), plain_made(players, 26_000))
    if only != "peer":
        one = Ours(pictures, None, **{"pack": 2, **options})
        said("image-gan, pack=2", run_for(one.steps(), seconds, one), one.made(26_000))


def _digits(digits: Pictures, labels: np.ndarray, directory: str) -> Callable[[np.ndarray], np.ndarray]:
    """A classifier of digits, trained for one pass: about 98.5 % of the test set."""
    torch.manual_seed(0)
    shapes = ((32, 1, 5, 5), (64, 32, 5, 5), (64 * 25, 128), (128, 10))
    weights = [nn.Parameter(torch.randn(s) * (2 / np.prod(s[1:] if len(s) == 4 else s[:1])) ** 0.5) for s in shapes]

    def logits(x: Tensor) -> Tensor:
        for kernel in weights[:2]:
            x = max_pool2d(relu(conv2d(x, kernel)), 2)
        return relu(x.flatten(1) @ weights[2]) @ weights[3]

    x, y = torch.from_numpy(digits.transpose(0, 3, 1, 2)), torch.from_numpy(labels.astype(np.int64))
    optimizer = torch.optim.Adam(weights, 1e-3)
    for some in torch.randperm(len(x)).split(100):
        optimizer.zero_grad()
        cross_entropy(logits(x[some].float() / 255), y[some]).backward()
        optimizer.step()

    def told(some: np.ndarray) -> np.ndarray:
        with torch.no_grad():
            parts = [logits(part[:, None].float() / 255).argmax(1) for part in torch.from_numpy(some.copy()).split(500)]
        return torch.cat(parts).numpy()

    test = fashion_features.pictures(directory, "t10k")[..., 0]
    print(f"a classifier tells {(told(test) == fashion_features.labels(directory, 't10k')).mean():.1%} of the test digits")
    return told


# ---- throughput

def throughput(directory: str, rounds: int = 3) -> None:
    """The same players and batch: ours as it trains against the plain loop in 32 bits, turn by turn."""
    digits = fashion_features.pictures(directory)[:4096]
    large = np.repeat(digits.repeat(2, 1).repeat(2, 2), 3, 3)
    for name, pictures in (("32 px grey", digits), ("64 px RGB", large)):
        quick, plain = Ours(pictures, None, augment="none"), Ours(pictures, None, augment="none", bf16=False)
        learner = plain.learner

        def plainly(learner: Learner = learner) -> Iterator[int]:
            """Both players in turn, in 32 bits, rows of pixels apart by channel: what a loop usually does."""
            players = learner._players.to(memory_format=torch.contiguous_format)
            step = 0
            while True:
                optimizers = list(learner.optimizers.values())
                real = learner.batch(step, 0, 1)[0].float() / 127.5 - 1
                none, z = torch.zeros(len(real), 0), torch.randn(len(real), 64)
                made = players.generator(z, none)
                optimizers[1].zero_grad()
                (softplus(-players.discriminator(real, none)).mean()
                 + softplus(players.discriminator(made.detach(), none)).mean()).backward()
                if step % 16 == 0:
                    players.penalty(real, none, 0, 0.5).backward()
                optimizers[1].step()
                optimizers[0].zero_grad()
                softplus(-players.discriminator(made, none)).mean().backward()
                optimizers[0].step()
                step += 1
                yield step * len(real)

        each = {"plain loop, 32 bits": plainly(), "ours": quick.steps()}
        paces: dict[str, list[float]] = {one: [] for one in each}
        for _ in range(rounds):
            for one, steps in each.items():
                first, began = next(steps), time.process_time()
                while time.process_time() - began < 4:
                    last = next(steps)
                paces[one].append((last - first) / (time.process_time() - began))
        usual, own = (float(np.median(found)) for found in paces.values())
        print(f"{name}: plain loop {usual:6.0f} pictures/CPU-s, ours {own:6.0f}: {own / usual:.2f} x", flush=True)


# ---- rendering

def rendering(rounds: int = 5) -> None:
    """The shipped model in numpy against the tutorial's generator of 64 pixels in torch, turn by turn on one thread."""
    part = plugins.load("image-gan", "generator")
    ours = plugins.target(part)(models.find(part, "gan-atelier", Studio.find()), LocalRun())
    peer = dcgan(64, 3, 64)[0].eval()
    z, noise = ours.latents(range(64), Controls()), torch.randn(64, LATENT, 1, 1)

    def torch_draws(some: Tensor) -> None:
        with torch.no_grad():
            ((peer(some) + 1) * 127.5).round().byte().numpy()

    each = {"DCGAN, batch 64": (64, lambda: torch_draws(noise)),
            "image-gan, 64 works": (64, lambda: ours.decode(z)),
            "DCGAN, batch 1": (1, lambda: torch_draws(noise[:1])), "image-gan, 1 work": (1, lambda: ours.decode(z[:1]))}
    times: dict[str, list[float]] = {name: [] for name in each}
    for _ in range(rounds):
        for name, (n, make) in each.items():
            make()
            began = time.process_time()
            for _ in range(max(1, 32 // n)):
                make()
            times[name].append((time.process_time() - began) / n / max(1, 32 // n))
    for name, found in times.items():
        took = float(np.median(found))
        print(f"  {name:20} {1e3 * took:6.2f} CPU ms a picture {1 / took:7.0f} pictures/s", flush=True)

    def wall(*command: str) -> float:
        began = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)
        return time.perf_counter() - began

    with tempfile.TemporaryDirectory() as folder:
        here = ("-m", "artengine", "--studio", folder)
        cold = [(wall(sys.executable, "-c", "import torch"),
                 wall(sys.executable, *here, "render", "--plugin", "image-gan", "--output", f"{folder}/{i}.png"))
                for i in range(rounds)]
        torch_, render = np.median(cold, 0)
        print(f"  a cold render {render:.2f} s, import torch {torch_:.2f} s: {render / torch_:.2f} x")
        film = wall(sys.executable, *here, "interpolate", "--plugin", "image-gan", "--from", "1", "--to", "2",
                    "--frames", "60", "--size", "512x512", "--output", f"{folder}/walk.mp4")
        print(f"  a walk of 60 frames of 512 pixels to MP4: {film:.1f} s")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("all", "thousand", "hundred", "modes", "throughput", "rendering"))
    parser.add_argument("directory", nargs="?")
    parser.add_argument("--seconds", type=float)
    parser.add_argument("--only", choices=("ours", "peer"), default="")
    parser.add_argument("--labels", action="store_true")
    parser.add_argument("--set", action="append", default=[], metavar="OPTION=VALUE", help="of image-gan")
    args = parser.parse_args()
    torch.set_num_threads(1)
    chosen = {name: json.loads(value) for name, _, value in (one.partition("=") for one in args.set)}
    if args.what == "rendering":
        return rendering()
    if not args.directory:
        parser.error("name the folder of the pictures")
    if args.what == "throughput":
        return throughput(args.directory)
    if args.what == "modes":
        return stacked(args.directory, args.seconds or 900, args.only, chosen)
    n, seconds = {"all": (60_000, 650), "thousand": (1000, 600), "hundred": (100, 300)}[args.what]
    return fashion(args.directory, n, args.seconds or seconds, args.only, args.labels, chosen)


if __name__ == "__main__":
    main()
