"""A stranger's plugin with latent spaces: a disc whose place, size and shade follow from four numbers, unevenly."""

import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np

from artengine.api import Judgement, Opt, Part, hookimpl
from artengine.nn.walks import normal
from artengine.works import Image, Text

SIDE = 48
GROUND = np.array([235, 228, 214])


@dataclass(frozen=True)
class Controls:
    shift: Annotated[float, Opt("Moves every disc to the right.")] = 0.0
    wait: Annotated[float, Opt("Seconds to take over each picture.", min=0)] = 0.0
    interrupt: Annotated[int, Opt("Press Ctrl-C after so many pictures.", min=0)] = 0
    loop: Annotated[int, Opt("Shares its name with a flag of the engine.", min=0)] = 0


def disc(z, shift=0.0):
    """Place follows tanh(3 z0), so that most of the way is crossed near zero; shade and size are gentler."""
    y, x = np.mgrid[0:SIDE, 0:SIDE] + 0.5
    across, down = SIDE * (0.5 + 0.3 * np.tanh(3 * z[0]) + shift), SIDE * (0.5 + 0.2 * np.tanh(z[1]))
    radius = SIDE * (0.16 + 0.05 * np.tanh(z[2]))
    ink = np.clip(radius + 0.5 - np.hypot(x - across, y - down), 0, 1)[..., None]
    shade = 0.5 + 0.5 * np.tanh(z[3])
    colour = shade * np.array([220, 80, 30]) + (1 - shade) * np.array([30, 60, 170])
    return np.round(ink * colour + (1 - ink) * GROUND).astype(np.uint8)


class Discs:
    latent_dim = 4
    made = 0

    def __init__(self, model, run):
        self.run, self.model = run, model

    def latents(self, seeds, controls):
        return normal(seeds, 4)

    def render(self, controls, seeds):
        yield from self.decode(self.latents(seeds, controls), controls)

    def decode(self, z, controls):
        return list(self._each(z, controls))

    def _each(self, z, controls):
        for row in z:
            time.sleep(controls.wait)
            self.made += 1
            if controls.interrupt == self.made:
                os.kill(os.getpid(), signal.SIGINT)
            yield Image(disc(row, controls.shift), "Disc")

    def encode(self, works):
        """From where the ink is, how much of it there is, and its colour."""
        found = []
        for work in works:
            ink = np.abs(work.pixels[..., :3] - GROUND).sum(2)
            y, x = np.mgrid[0:work.height, 0:work.width] + 0.5
            across, down = (ink * x).sum() / ink.sum() / SIDE, (ink * y).sum() / ink.sum() / SIDE
            red = float(work.pixels[ink > 100][:, 0].mean())
            parts = ((across - 0.5) / 0.3, (down - 0.5) / 0.2,
                     (np.sqrt((ink > 60).sum() / np.pi) / SIDE - 0.16) / 0.05, (red - 30) / 95 - 1)
            z = np.arctanh(np.clip(parts, -0.999, 0.999))
            found.append([z[0] / 3, *z[1:]])
        return np.array(found, np.float32)


@dataclass(frozen=True)
class Ways:
    way: Annotated[str, Opt("What is wrong with it.", choices=("copy", "mirror", "collapse", "noise", "fine"))] = "fine"
    amount: Annotated[float, Opt("Noise in the pixels, of 255.", min=0)] = 0.0
    interrupt: Annotated[int, Opt("Press Ctrl-C after so many pictures.", min=0)] = 0


class Forger:
    """Discs made badly: the corpus' own, all alike, or with noise on them."""

    def __init__(self, model, run):
        self.run = run

    def render(self, controls, seeds):
        for i, seed in enumerate(seeds):
            z = normal([10_000 + seed % 120 if controls.way in ("copy", "mirror") else seed], 4)[0]
            pixels = disc(0.15 * z if controls.way == "collapse" else z)
            if controls.way == "mirror":
                pixels = pixels[:, ::-1]
            noise = np.random.Generator(np.random.Philox(seed)).normal(0, controls.amount + 1e-9, pixels.shape)
            if controls.interrupt and i == controls.interrupt:
                os.kill(os.getpid(), signal.SIGINT)
            if self.run.stopped():
                return
            yield Image(np.clip(np.round(pixels + noise), 0, 255).astype(np.uint8))


class Words:
    """One without controls, without ``latents``, and of another medium."""

    latent_dim = 3

    def __init__(self, model, run):
        pass

    def render(self, controls, seeds):
        yield from self.decode(normal(seeds, 3))

    def encode(self, works):
        return np.array([[w.body.count("a") - 5, w.body.count("b") - 5, 0] for w in works], np.float32)

    def decode(self, z):
        return [Text("a" * max(0, round(5 + 2 * r[0])) + " " + "b" * max(0, round(5 + 2 * r[1]))) for r in z]


class Plain:
    def __init__(self, model, run):
        pass

    def render(self, controls, seeds):
        yield from (Text(f"plain {seed % 7}") for seed in seeds)

    def score(self, works):
        return [(2.0 * len(w.body), len(w.body)) if w.body.isascii() else (float("nan"), 0) for w in works]


class DiscFiles:
    """Discs painted here, with labels: which side, and what shade."""

    licence = "CC0-1.0"

    def __init__(self, source, options, run):
        self.count = options.discs

    def __iter__(self):
        for z in normal(range(10_000, 10_000 + self.count), 4):
            yield Image(disc(z), labels={"side": "right" if z[0] > 0 else "left", "shade": "red" if z[3] > 0 else "blue"})

    def fingerprint(self):
        return f"discs-{self.count}"


@dataclass(frozen=True)
class Reading:
    discs: Annotated[int, Opt("Discs to paint.", min=1)] = 100


class Shade:
    """A critic whose aspect is how red a picture is."""

    def __init__(self, options, run, model=None):
        pass

    def judge(self, works):
        figures = [float(np.mean(w.pixels[..., 0] - w.pixels[..., 2].astype(float))) / 255 for w in works]
        return [Judgement(0.5, {"redness": f, "nothing": 0.0}, ("Red or blue.",)) for f in figures]


@hookimpl
def artengine_parts():
    me = "walkers"
    yield Part(kind="generator", name="discs", medium="image", summary="Discs.", target=f"{me}:Discs", controls=Controls,
               formats=("png",))
    yield Part(kind="generator", name="forger", medium="image", summary="Bad discs.", target=f"{me}:Forger", controls=Ways,
               formats=("png",))
    yield Part(kind="generator", name="words", medium="text", summary="Letters.", target=f"{me}:Words", formats=("txt",))
    yield Part(kind="generator", name="plain", medium="text", summary="No latent space.", target=f"{me}:Plain")
    yield Part(kind="corpus", name="disc-files", medium="image", summary="Discs.", target=f"{me}:DiscFiles", options=Reading)
    yield Part(kind="critic", name="shade", medium="image", summary="How red.", target=f"{me}:Shade")


HERE = Path(__file__).parent
