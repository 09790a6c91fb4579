"""Checks of a generator that learns: trained for a few steps by the engine's own loop, on works made here."""

from __future__ import annotations

import inspect
import json
import logging
import threading
import uuid
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from artengine.errors import ArtengineError
from artengine.testing import fresh
from artengine.testing.kit import Failed, Subject, check, escaped
from artengine.testing.rendering import OURS, SEEDS, digest, rendered

if TYPE_CHECKING:
    from artengine.works import Work

STEPS = 6
MOST = 200  # works of a corpus that is given
SEED = 3


def corpus(subject: Subject) -> list[Work]:
    """The works to learn from: of the corpus given, or those of the kit."""
    if subject.given is None:
        return subject.works
    from artengine import corpus as corpora

    return list(islice(corpora.open(subject.given, subject.part.medium, subject.run()), MOST))


def trained(subject: Subject) -> Path:
    """The file of a model trained for ``STEPS`` steps without a break; trained once."""
    if "trained" not in subject.shared:
        folder = subject.folder()
        train(subject, folder, STEPS)
        subject.shared["trained"] = folder / "model.safetensors"
    path: Path = subject.shared["trained"]
    return path


def train(subject: Subject, folder: Path, steps: int) -> None:
    """Train up to *steps* in *folder*, going on with what is there; the engine's loop, on the CPU, in this process."""
    from artengine import arrays
    from artengine.processes import launch  # with its torch and Fabric, seconds
    from artengine.stepping import Job
    from artengine.training import versions

    key = f"check-{uuid.uuid4().hex}"  # prepared anew every time: what is under test may have changed
    made = _prepared(subject)
    arrays.keep(key, made, {"works": len(made), "skipped": []})
    try:
        part = subject.part
        header = {"part": part.name, "medium": part.medium, "options": _plain(subject), "seed": SEED,
                  "corpus": {"name": "fixtures", "fingerprint": "0", "licence": "CC0-1.0", "works": len(subject.works)},
                  "versions": versions(part)}
        job = Job(part.name, subject.options, key, SEED, folder, folder / "model.safetensors", header, steps, None, False,
                  True, threading.Event())
        with warnings.catch_warnings(), _one_thread():
            warnings.simplefilter("ignore")
            logging.getLogger("lightning_fabric").setLevel(logging.ERROR)
            launch(job, "cpu", "32", 1)
    finally:
        import shutil

        shutil.rmtree(arrays.cache() / "arrays" / key, ignore_errors=True)


@contextmanager
def _one_thread() -> Iterator[None]:
    """torch on one thread: networks this small took seventy times longer on two, on a busy machine."""
    import torch  # trainings only

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _prepared(subject: Subject) -> Any:
    try:
        return subject.target(_fresh(subject), subject.run(SEED)).prepare(corpus(subject))
    except ArtengineError as error:
        if subject.given is not None:
            raise
        raise Failed(f"It can learn nothing from the kit's own works: {error.wrong}",
                     "Give some that it can learn from: --corpus NAME|PATH, or parametrize_checks(…, corpus=…).") from error


def _fresh(subject: Subject) -> Any:
    from artengine.models import Model

    return Model.fresh(subject.part, subject.options)


def _plain(subject: Subject) -> dict[str, Any]:
    from artengine import options

    return options.to_data(subject.options) if subject.options is not None else {}


@check("trains-on-tiny", "Trains a few steps on its tiny options and leaves a model with finite weights and a loss.",
       "generator", ability="Trainable")
def trains_on_tiny(subject: Subject) -> None:
    """With the engine's own loop, saving and validation."""
    import numpy as np

    from artengine.models import Weights, read_header

    path = trained(subject)
    weights, header = Weights(path), read_header(path)
    if not len(weights):
        raise Failed("learner.weights() gives no arrays.", "Give every array that render() needs, by name.")
    for name, array in weights.items():
        if array.dtype.kind == "f" and not np.isfinite(array).all():
            raise Failed(f'The array "{name}" is not finite after {STEPS} steps.',
                         "Lower the learning rate, clip the gradients, or look for a division by nought.")
    if "held_out" not in header["loss"]:
        raise Failed("validate() gives no finite loss.", 'Return {"loss": number}, measured on held-out works.')


@check("saves-and-loads", "A saved model, loaded by a fresh process, renders the same works.", "generator",
       ability="Trainable")
def saves_and_loads(subject: Subject) -> None:
    """Through the file alone, with another hash seed."""
    path = trained(subject)
    from artengine.models import Model

    here = [digest(work) for work in rendered(subject, SEEDS[:2], model=Model.load(path, subject.part))]
    try:
        there = fresh.ask("render", subject.name, path, *map(str, SEEDS[:2]), env={"PYTHONHASHSEED": "1"})
    except RuntimeError as error:
        raise Failed(f"Rendering from the saved model in a fresh process failed: {error}.",
                     "Whatever render() needs must be in learner.weights() and learner.header().") from error
    if here != there:
        raise Failed("A fresh process renders other works from the saved model.",
                     "Keep everything in weights() and header(); iterate over nothing whose order depends on hashes.")


@check("resume-equals-uninterrupted", "A training stopped and resumed ends in the same weights, bit for bit.",
       "generator", ability="Trainable")
def resume_equals_uninterrupted(subject: Subject) -> None:
    """Half of the steps, then the rest, against all at once."""
    from artengine.models import Weights, read_header

    whole, folder = trained(subject).parent, subject.folder()
    train(subject, folder, STEPS // 2)
    train(subject, folder, STEPS)
    one, two = (Weights(f / "last.safetensors") for f in (whole, folder))
    advice = ("Draw in step() from torch's default generator only, make batch() a function of the step it is given, and put "
              "whatever else a step changes into state().")
    for name in sorted({*one, *two}):
        if name not in one or name not in two or one[name].tobytes() != two[name].tobytes():
            raise Failed(f'After {STEPS // 2} steps and {STEPS - STEPS // 2} more the array "{name}" is another than after '
                         f"{STEPS} at once.", advice)
    heads = [{key: value for key, value in read_header(f / "last.safetensors").items() if key not in ("date", "loss")}
             for f in (whole, folder)]
    if heads[0] != heads[1]:
        keys = [key for key in heads[0] if heads[0][key] != heads[1].get(key)]
        raise Failed(f"The header of a resumed training differs in {', '.join(keys) or 'a key'}.", advice)


@check("learner-keeps-to-protocol", "Batches depend on the step alone, a step learns, and state and header can be kept.",
       "generator", ability="Trainable")
def learner_keeps_to_protocol(subject: Subject) -> None:
    """Looks at a learner of its own, one step into its training."""
    import torch

    made = _prepared(subject)
    torch.manual_seed(SEED)
    learner = subject.target(_fresh(subject), subject.run(SEED)).learner(made, subject.run(SEED))
    for name in ("module", "optimizers", "ema"):
        if not hasattr(learner, name):
            raise Failed(f"The learner has no {name}.", "See the protocol Learner in artengine.api.")
    if not _same(learner.batch(1, 0, 1), learner.batch(1, 0, 1)):
        raise Failed("batch(1, 0, 1) gives another batch every time it is asked.",
                     "Draw it from numpy.random.Generator(numpy.random.Philox(key=[seed, step])).")
    before = [parameter.detach().clone() for parameter in learner.module.parameters()]
    with _one_thread():
        figures = learner.step(0, learner.batch(0, 0, 1), lambda loss: loss.backward())
    if "loss" not in figures:
        raise Failed('step() returns no "loss".', 'Return {"loss": loss.item()}.')
    if all(torch.equal(a, b) for a, b in zip(before, learner.module.parameters(), strict=True)):
        raise Failed("A step changes no parameter.",
                     "Call backward(loss) and the optimisers' step() in step(), and give module the parameters.")
    learner.load_state(learner.state())
    try:
        json.dumps(dict(learner.header()))
    except TypeError as error:
        raise Failed(f"header() is no plain data ({error}).", "Give strings, numbers, lists and dicts of them.") from error


def _same(a: Any, b: Any) -> bool:
    import torch

    if isinstance(a, torch.Tensor):
        return bool(torch.equal(a, b))
    if isinstance(a, dict):
        return all(_same(a[key], b[key]) for key in a)
    if isinstance(a, tuple | list):
        return len(a) == len(b) and all(_same(x, y) for x, y in zip(a, b, strict=True))
    return bool(a == b)


@check("nothing-to-learn", "A corpus with nothing usable in it is an ArtengineError.", "generator", ability="Trainable")
def nothing_to_learn(subject: Subject) -> None:
    """No works at all, and each of the minimal ones."""
    for what, works in (("no works", []), *((what, [work]) for what, work in subject.minimal.items())):
        try:
            made = subject.target(_fresh(subject), subject.run()).prepare(works)
        except ArtengineError:
            continue
        except Exception as error:
            raise Failed(f"prepare() of {what}: {escaped(error)}", OURS) from error
        if not works:
            raise Failed(f"prepare() of no works gives the arrays {', '.join(made) or '(none)'}.", OURS)


@check("encode-decode-shapes", "encode gives (n, d) float32, and decode one work per row.", "generator", ability="Latent")
def encode_decode_shapes(subject: Subject) -> None:
    """With the works of the kit, and again from what was decoded."""
    import numpy as np

    generator = subject.generator()
    d = generator.latent_dim
    if not isinstance(d, int) or d < 1:
        raise Failed(f"latent_dim is {d!r}.", "Give the number of dimensions.")
    works = corpus(subject)[:3]
    z = generator.encode(works)
    if not isinstance(z, np.ndarray) or z.shape != (len(works), d) or z.dtype != np.float32:
        shape = f"{z.dtype} {z.shape}" if isinstance(z, np.ndarray) else type(z).__name__
        raise Failed(f"encode() of {len(works)} works gives {shape}, not float32 ({len(works)}, {d}).",
                     "Give a numpy array with a row for each work.")
    if not np.isfinite(z).all():
        raise Failed("encode() gives numbers that are not finite.", "Look for a logarithm or division of nought.")
    decode = _decoder(subject, generator)
    decoded = list(decode(z))
    if len(decoded) != len(works) or any(getattr(work, "medium", None) != subject.part.medium for work in decoded):
        raise Failed(f"decode() of {len(works)} latents does not give {len(works)} works of its medium.",
                     "Give one work per row, in order.")
    if [digest(work) for work in decode(z)] != [digest(work) for work in decoded]:
        raise Failed("decode() of the same latents gives other works the second time.", "Decode without drawing.")


@check("seeds-are-latents", "What render makes of a seed is what decode makes of its latent.", "generator", ability="Latent")
def seeds_are_latents(subject: Subject) -> None:
    """Or a walk from a seed would begin with another work than the seed's."""
    import numpy as np

    from artengine.nn import walks

    generator, seeds = subject.generator(), SEEDS[:3]
    if hasattr(generator, "latents"):
        z = generator.latents(seeds, subject.controls)
        if not isinstance(z, np.ndarray) or z.shape != (len(seeds), generator.latent_dim) or z.dtype != np.float32:
            raise Failed(f"latents() of {len(seeds)} seeds gives no float32 ({len(seeds)}, {generator.latent_dim}).",
                         "Give a numpy array with a row for each seed.")
    else:
        z = walks.normal(seeds, generator.latent_dim)
    decoded = [digest(work) for work in _decoder(subject, generator)(z)]
    for seed, work, other in zip(seeds, rendered(subject, seeds), decoded, strict=True):
        if digest(work) != other:
            raise Failed(f"render() of seed {seed} gives another work than decode() of its latent.",
                         "In render, decode latents(seeds, controls); without it, walks.normal(seeds, latent_dim) of nn.")


def _decoder(subject: Subject, generator: Any) -> Any:
    """Its decode, with the controls where it takes them."""
    if "controls" in inspect.signature(generator.decode).parameters:
        return partial(generator.decode, controls=subject.controls)
    return generator.decode
