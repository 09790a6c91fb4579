"""Small autoencoders of pictures, trained here for a few steps."""

from __future__ import annotations

import importlib
from dataclasses import replace
from functools import cache

import numpy as np
import torch

from artengine import options, plugins
from artengine.models import Model
from artengine.runs import LocalRun
from artengine.works import Image

SMALL = {"latent": 6, "width": 8, "batch_size": 16, "rate": 0.01}


def target(name):
    part = plugins.load(name, "generator")
    module, _, attribute = part.target.partition(":")
    return part, getattr(importlib.import_module(module), attribute)


def discs(count, width=16, height=16, channels=3):
    """Discs, light to the left and dark to the right, which is their label too."""
    works = []
    for i in range(count):
        random = np.random.default_rng(i)
        side, (down, across) = ("left", "right")[i % 2], random.uniform(0.3, 0.7, 2)
        y, x = np.mgrid[0:height, 0:width] + 0.5
        ink = np.hypot(x - across * width / 2 - (width / 2 if i % 2 else 0), y - down * height) < 0.22 * min(width, height)
        colours = np.array([[240, 60, 60, 255], [30, 60, 200, 255]][i % 2]) if channels > 1 else np.array([[220], [30]][i % 2])
        ground = np.array([200, 190, 120, 0]) if channels > 1 else np.array([120])
        pixels = np.where(ink[..., None], colours[:channels], ground[:channels]).astype(np.uint8)
        works.append(Image(pixels[..., 0] if channels == 1 else pixels, f"Disc {i}", {"side": side, "caption": f"disc {i}"}))
    return works


def learner_of(name, works, **chosen):
    part, cls = target(name)
    run = LocalRun()
    generator = cls(Model(name, options.make(part.options, {**SMALL, **chosen}), {}), run)
    torch.manual_seed(0)
    return generator.learner(generator.prepare(works), run)


def fitted(learner, steps):
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    losses = [learner.step(step, learner.batch(step, 0, 1), lambda loss: loss.backward())["loss"] for step in range(steps)]
    torch.set_num_threads(threads)
    learner.module.eval()
    return losses


def model_of(name, learner):
    with torch.no_grad():
        weights = {key: a.astype(np.float32) if a.dtype.kind == "f" else a for key, a in learner.weights().items()}
        header = dict(learner.header())
    return Model(name, replace(learner.options), weights, header, None, "small")


@cache
def trained(name, steps=60, count=48, width=16, height=16, channels=3):
    """(model, learner) on discs."""
    learner = learner_of(name, discs(count, width, height, channels), fall=steps,
                         **({"neurons": 24, "features": 8} if name == "image-cppn" else {}))
    learner.losses = fitted(learner, steps)
    return model_of(name, learner), learner


def shelved(folder):
    """A studio in *folder* with a model ``NAME-small`` of each."""
    for name in ("image-vae", "image-cppn"):
        model, _ = trained(name)
        header = {**model.header, "part": name, "medium": "image", "options": options.to_data(model.options),
                  "corpus": {"name": "discs"}, "steps": 60, "loss": {}}
        Model.save(folder / "models" / f"{name}-small.safetensors", model.weights, header)
    return folder


def generator_of(model, run=None):
    return target(model.part)[1](model, run or LocalRun())


def torch_draws(learner, model, z):
    """What the network that was trained draws, with the weights as the model file has them."""
    net = learner._bare
    net.load_state_dict({name: torch.from_numpy(np.array(model.weights[name], np.float32)) for name in net.state_dict()})
    with torch.no_grad():
        drawn, _ = net.decoder(torch.from_numpy(z), torch.zeros(1))
    return np.round((drawn.tanh().numpy() + 1) * 127.5).transpose(0, 2, 3, 1)
