"""One process of a training: steps, averages, validates, saves, and goes on as if it had never stopped.

What makes a resumed training equal an uninterrupted one bit for bit: every step starts from a seed made of (seed, step,
rank); whatever decides anything (validation, patience, the best weights) is counted in steps and is in the checkpoint; the
clock decides only when a checkpoint is written and when a session ends, neither of which leaves a trace in the weights.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import Any

import torch

from artengine import arrays, checkpoints, plugins
from artengine.api import Learner
from artengine.diverging import diverged
from artengine.errors import ArtengineError
from artengine.metrics import Display, Means, Metrics, Pace
from artengine.models import Model
from artengine.runs import LocalRun
from artengine.samples import Sampler
from artengine.scaling import LossScale

ROW = 10  # steps between rows of metrics.jsonl
VALIDATE = 200  # steps between validations, for a learner that does not say how many make an epoch
PATIENCE = 10  # validations without a better held-out loss after which a training stops, unless the learner says
SAVE = 30.0  # seconds between checkpoints
GO, INTERRUPTED, TIME = 0.0, 1.0, 2.0  # what rank 0 tells the others after each step


@dataclass
class Job:
    """One session of a training, as plain picklable data: what a process needs to take part in it."""

    part: str
    options: Any
    key: str
    """Of the prepared arrays in the cache."""
    seed: int
    folder: Path
    """``runs/NAME``."""
    model: Path
    """Where the trained model goes."""
    header: dict[str, Any]
    """Of the model file, as far as it is known before training."""
    steps: int | None
    minutes: float | None
    half: bool
    """Trained in 16 bits, whose range is too small for gradients as they are."""
    quiet: bool
    stop: Any
    """An event: set once the person asked to stop."""


@dataclass
class Progress:
    """How far a training is: plain data, part of every checkpoint."""

    step: int = 0
    """Steps done; the next one is called *step* by the learner."""
    history: list[tuple[int, dict[str, float]]] = field(default_factory=list)
    """Held-out figures of every validation, with the step after which it was made."""
    best: int = -1
    """Index in the history of the lowest held-out loss, -1 before the first."""
    row: Means = field(default_factory=Means)
    """Training figures since the last row of metrics."""
    since: Means = field(default_factory=Means)
    """Training figures since the last validation."""
    trained: float = math.nan
    """Mean training loss before the best validation."""
    seconds: float = 0.0
    """Time spent in steps, in all sessions."""

    def to_data(self) -> dict[str, Any]:
        """Plain data, for a checkpoint."""
        return {"history": self.history, "best": self.best, "row": self.row.sums, "since": self.since.sums,
                "trained": self.trained, "seconds": self.seconds}

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Progress:
        """What :meth:`to_data` gave, with the checkpoint's ``step``."""
        return cls(data["step"], [(int(step), dict(figures)) for step, figures in data["history"]], data["best"],
                   Means(data["row"]), Means(data["since"]), data["trained"], data["seconds"])

    @property
    def best_loss(self) -> float:
        """Lowest held-out loss so far, infinite before the first validation."""
        return self.history[self.best][1]["loss"] if self.best >= 0 else math.inf


class Training:
    """A learner under way on one process.

    :param fabric: a launched Lightning Fabric.
    """

    def __init__(self, fabric: Any, job: Job) -> None:
        self.fabric, self.job = fabric, job
        self.first = fabric.global_rank == 0
        self.run = LocalRun(job.seed, str(fabric.device), job.folder)
        self.part = plugins.load(job.part, "generator")
        found = arrays.load(job.key)
        if found is None:
            raise ArtengineError(f'The prepared corpus is gone from "{arrays.cache()}".', "Start again to prepare it anew.")
        self.seed(-1)
        generator = plugins.target(self.part)(Model.fresh(self.part, job.options), self.run)
        self.learner: Learner = generator.learner(found[0], self.run)
        self.module = self.learner.module  # as the learner made it; its own attribute becomes the wrapped one
        self.optimizers = dict(self.learner.optimizers)
        self.progress, self.told = Progress(), ""
        self.average: list[torch.Tensor] = []
        self.best: dict[str, torch.Tensor] = {}
        self.every: int = max(1, min(1000, max(20, getattr(self.learner, "epoch", VALIDATE))))
        self.patience: int = getattr(self.learner, "patience", PATIENCE)
        self.steps: int | None = job.steps or getattr(self.learner, "steps", None)
        self.scale = LossScale(self.module.parameters(), self.optimizers.values()) if job.half else None
        self.backward = self.scale.backward(fabric.backward) if self.scale else fabric.backward
        self._wrap()
        self._restore()

    def _wrap(self) -> None:
        self.learner.module = self.fabric.setup_module(self.module)
        if self.optimizers:
            wrapped = self.fabric.setup_optimizers(*self.optimizers.values())
            wrapped = wrapped if isinstance(wrapped, tuple | list) else (wrapped,)
            self.learner.optimizers = dict(zip(self.optimizers, wrapped, strict=True))
        if self.learner.ema:
            self.average = [p.detach().clone() for p in self.module.parameters()]

    # ---- going on where it stopped

    def _restore(self) -> None:
        loaded = checkpoints.load(self.job.folder / "checkpoints")
        if loaded is None:
            return
        tensors, plain = loaded

        def under(prefix: str) -> dict[str, torch.Tensor]:
            return {name[len(prefix) + 1:]: t for name, t in tensors.items() if name.startswith(f"{prefix}/")}

        for newer in checkpoints.found(self.job.folder / "checkpoints"):
            if checkpoints.step_of(newer) > plain["step"]:
                newer.unlink(missing_ok=True)  # could not be read; its step will be made again
        self.progress = Progress.from_data(plain)
        self.module.load_state_dict(under("module"))
        with torch.no_grad():
            saved = under("average")
            for i, mean in enumerate(self.average):
                mean.copy_(saved[str(i)])
        self.best = under("best")
        if hasattr(self.learner, "schedule"):
            for done in range(1, len(self.progress.history) + 1):
                self._schedule(done)
        for name, optimizer in self.optimizers.items():
            checkpoints.unpack(optimizer, f"optimizer/{name}", tensors, plain["optimizers"][name])
        self.learner.load_state(under("learner"))
        if self.scale:
            self.scale.load_state(plain["scale"])

    def _save(self) -> None:
        """Write a checkpoint of the step just done, unless there is one."""
        folder = self.job.folder / "checkpoints"
        there = checkpoints.found(folder)
        if not self.first or (there and checkpoints.step_of(there[-1]) == self.progress.step):
            return
        if not all(bool(torch.isfinite(p).all()) for p in self.module.parameters()):
            raise self._diverged("A weight")
        tensors = {f"module/{name}": t for name, t in self.module.state_dict().items()}
        tensors |= {f"average/{i}": t for i, t in enumerate(self.average)}
        tensors |= {f"best/{name}": t for name, t in self.best.items()}
        tensors |= {f"learner/{name}": t for name, t in self.learner.state().items()}
        packed = {name: checkpoints.pack(o, f"optimizer/{name}", tensors) for name, o in self.optimizers.items()}
        plain = {**self.progress.to_data(), "optimizers": packed, "scale": self.scale.state() if self.scale else []}
        checkpoints.save(folder, self.progress.step, tensors, plain)

    # ---- stepping

    def seed(self, step: int, what: str = "step") -> None:
        """Seed torch's default generators for one step of this process."""
        rank = self.fabric.global_rank if what == "step" and step >= 0 else 0  # all begin with the same weights
        text = f"{self.job.seed} {what} {step} {rank}"
        seed = int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "little") >> 1
        # torch.manual_seed also notes a stack trace for every kind of device there is not: a millisecond each time.
        torch.default_generator.manual_seed(seed)
        if self.fabric.device.type != "cpu":
            getattr(torch, self.fabric.device.type).manual_seed(seed)

    def step(self) -> dict[str, float]:
        """Make one step; returns its figures."""
        step, world = self.progress.step, self.fabric.world_size
        self.seed(step)
        self.module.train()
        batch = self.fabric.to_device(self.learner.batch(step, self.fabric.global_rank, world))
        figures = {name: float(value) for name, value in self.learner.step(step, batch, self.backward).items()}
        self.progress.step += 1
        if self.average:
            decay = min(self.learner.ema, (1 + step) / (10 + step))  # early averages must forget the start quickly
            with torch.no_grad():
                torch._foreach_lerp_(self.average, [p.detach() for p in self.module.parameters()], 1 - decay)
        return figures

    @contextmanager
    def averaged(self) -> Iterator[None]:
        """The averaged parameters in place of the current ones, and the module in evaluation mode.

        Of several processes only the first evaluates, so the learner sees its module as it made it: the wrapped one would
        wait for the others.
        """
        wrapped = self.learner.module
        if self.fabric.world_size > 1:
            self.learner.module = self.module
        self._swap()
        self.module.eval()
        try:
            with torch.no_grad():
                yield
        finally:
            self.learner.module = wrapped
            self._swap()
            self.module.train()

    def _swap(self) -> None:
        with torch.no_grad():
            for mean, p in zip(self.average, self.module.parameters(), strict=bool(self.average)):
                now = p.detach().clone()
                p.copy_(mean)
                mean.copy_(now)

    def validate(self) -> dict[str, float]:
        """Held-out figures of the averaged weights, the same in every process."""
        figures: dict[str, float] = {}
        if self.first:
            self.seed(self.progress.step, "validate")
            figures = {name: float(value) for name, value in self.learner.validate().items()}
        if self.fabric.world_size > 1:
            figures = self.fabric.broadcast(figures)
        if "loss" not in figures:
            raise ArtengineError(f'The learner of {self.part.name} validates without a "loss".', "Tell its author.")
        if not math.isfinite(figures["loss"]):
            raise self._diverged("The held-out loss")
        return figures

    def snapshot(self) -> dict[str, torch.Tensor]:
        """A copy of the module's state on the CPU."""
        return {name: t.detach().cpu().clone() for name, t in self.module.state_dict().items()}

    def judge(self) -> dict[str, float]:
        """A validation that counts: kept in the history, and its weights where they are the best so far."""
        p = self.progress
        with self.averaged():
            figures = self.validate()
            p.history.append((p.step, figures))
            train = p.since.take().get("loss", math.nan)
            if figures["loss"] < p.best_loss:
                p.best, p.trained = len(p.history) - 1, train
                self.best = self.snapshot() if self.first else {}
        if hasattr(self.learner, "schedule"):
            self._schedule(len(p.history))
        return figures

    def _schedule(self, done: int) -> None:
        history = self.progress.history[:done]
        self.learner.schedule(history[-1][0], [figures["loss"] for _, figures in history])  # type: ignore[attr-defined]

    @property
    def over(self) -> bool:
        """True when no step is left to be made: as many as were asked for, or no hope of better."""
        p = self.progress
        return (self.steps is not None and p.step >= self.steps) or self.stale

    @property
    def stale(self) -> bool:
        """True when the held-out loss has not improved for too long."""
        return self.progress.best >= 0 and len(self.progress.history) - 1 - self.progress.best >= self.patience

    def _diverged(self, what: str) -> ArtengineError:
        best = ""
        if self.first and self.best:
            self.learner.module = self.module.eval()
            with torch.no_grad():
                best = f', and the best model so far, of step {self._keep_best()}, is "{self.job.model}"'
        return diverged(what, self.progress.step, self.job.folder, self.job.header["options"], best)

    # ---- the whole session

    def go(self) -> str:
        """Train until the end of the session; returns why it ended: ``steps``, ``stale``, ``minutes`` or ``interrupted``."""
        p, job = self.progress, self.job
        started = saved = time.monotonic()
        spent, signal = p.seconds, GO
        with Display(job.quiet or not self.first) as display:
            metrics = Metrics(job.folder, p.step) if self.first else None
            sampler = Sampler(self, display) if self.first else None
            try:
                pace = Pace(self, display)
                while not self.over and signal == GO:
                    figures = self.step()
                    items = figures.pop("items", 0.0)
                    now = time.monotonic()
                    p.seconds = spent + now - started
                    signal = self._agree(figures, now - started)
                    if not math.isfinite(figures.get("loss", math.nan)):
                        raise self._diverged("The loss")
                    p.row.add(figures)
                    p.since.add(figures)
                    pace.add(items, figures, now - started)
                    if p.step % ROW == 0:
                        row = {"step": p.step, **p.row.take(), "seconds": round(p.seconds, 3)}
                        if metrics:
                            metrics.write(row)
                    if p.step % self.every == 0:
                        held_out = self.judge()
                        self._pass_on(display)
                        if metrics and sampler:
                            metrics.write({"step": p.step, **{f"held_out_{name}": v for name, v in held_out.items()}})
                            sampler.maybe()
                    if now - saved >= SAVE:
                        self._save()
                        saved = time.monotonic()
                self._save()
                return self._finish(signal, metrics, sampler)
            finally:
                if metrics:
                    metrics.close()

    def _pass_on(self, display: Display) -> None:
        """Tell what the learner has to say, unless it was the last thing told."""
        said: str = self.learner.remark() if self.first and hasattr(self.learner, "remark") else ""
        if said and said != self.told:
            display.say(f"Step {self.progress.step}: {said}")
        self.told = said

    def _agree(self, figures: dict[str, float], elapsed: float) -> float:
        """What rank 0 wants, told to all, with the loss averaged over them."""
        signal = GO
        if self.first:
            late = self.job.minutes is not None and elapsed >= 60 * self.job.minutes
            signal = INTERRUPTED if self.job.stop.is_set() else TIME if late else GO
        if self.fabric.world_size > 1:
            told = torch.tensor([figures.get("loss", math.nan), signal], dtype=torch.float64, device=self.fabric.device)
            told = self.fabric.all_reduce(told, reduce_op="sum")
            figures["loss"], signal = float(told[0]) / self.fabric.world_size, float(told[1])
        return signal

    def _finish(self, signal: float, metrics: Metrics | None, sampler: Sampler | None) -> str:
        """Keep the best and the last weights as models; returns why the session ended.

        A validation made here, between the regular ones, helps to choose but is in no checkpoint: the run may go on.
        """
        p, hurry = self.progress, signal == INTERRUPTED
        closing: dict[str, float] | None = None
        with self.averaged():
            if not hurry and (not p.history or p.history[-1][0] != p.step):
                closing = self.validate()
            if self.first:
                self._keep(closing, hurry)
                if sampler and not hurry:
                    sampler.draw()
        if closing and metrics:
            metrics.write({"step": p.step, **{f"held_out_{name}": v for name, v in closing.items()}, "closing": True})
        if hurry:
            return "interrupted"
        return "minutes" if signal == TIME and not self.over else "stale" if self.stale else "steps"

    def _keep(self, closing: dict[str, float] | None, hurry: bool) -> None:
        """Write the model files; only the one that counts where the person is in a *hurry*."""
        p = self.progress
        final = closing or (p.history[-1][1] if p.history and p.history[-1][0] == p.step else {})
        best_now = not self.best or final.get("loss", math.inf) < p.best_loss
        if best_now or not hurry:
            weights = self.learner.weights()
            header = self.header(p.step, p.since.take().get("loss", p.trained), final.get("loss", math.nan))
            if not hurry:
                Model.save(self.job.folder / "last.safetensors", weights, header)
            if best_now:
                Model.save(self.job.model, weights, header)
        if not best_now:
            now = self.snapshot()
            self._keep_best()
            self.module.load_state_dict(now)

    def _keep_best(self) -> int:
        """Write the best weights so far as the model; returns their step."""
        step = self.progress.history[self.progress.best][0]
        self.module.load_state_dict(self.best)
        Model.save(self.job.model, self.learner.weights(), self.header(step, self.progress.trained, self.progress.best_loss))
        return step

    def header(self, step: int, train: float, held_out: float) -> dict[str, Any]:
        """The header of a model with the weights of *step*."""
        loss = {name: value for name, value in (("train", train), ("held_out", held_out)) if math.isfinite(value)}
        date = time.strftime("%Y-%m-%d", time.gmtime())
        return {**self.learner.header(), **self.job.header, "steps": step, "loss": loss, "date": date}
