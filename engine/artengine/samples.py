"""Samples on the way: a work that one can play or look at, made with the weights of the moment."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from artengine import files, planning, plugins
from artengine.errors import Interrupted
from artengine.models import Model
from artengine.runs import LocalRun

if TYPE_CHECKING:
    from artengine.metrics import Display
    from artengine.stepping import Training

EVERY = 60.0  # seconds between samples, counted at validations


class Sampler:
    """Renders ``samples/step-000500.mid`` through the generator itself; what goes wrong is told once and stops nothing."""

    def __init__(self, training: Training, display: Display) -> None:
        self.training, self.display = training, display
        self.last = -EVERY
        self.drawn = -1
        self.broken = False
        self.header: dict[str, Any] = {}

    def maybe(self) -> None:
        """A sample, if the last one is long ago."""
        if time.monotonic() - self.last >= EVERY:
            with self.training.averaged():
                self.draw()

    def draw(self) -> None:
        """A sample of the module's weights as they are."""
        t = self.training
        if self.broken or self.drawn == t.progress.step:
            return
        self.last, self.drawn = time.monotonic(), t.progress.step
        try:
            self._draw()
        except Interrupted:
            raise
        except Exception as error:
            self.broken = True
            self.display.say(f"No samples: {str(error) or type(error).__name__}")

    def _draw(self) -> None:
        import numpy as np  # torch has brought it along

        t = self.training
        known = planning.Exporters(t.part.medium)
        ending = planning.endings(t.part, (), known)[0]  # as `artengine render` would choose
        # float32, as they will come from the model's file
        weights = {name: a.astype(np.float32) if a.dtype.kind == "f" else a for name, a in t.learner.weights().items()}
        if not self.header:  # once: a learner may measure things for it, and what rendering needs stays as it is
            self.header = {**t.learner.header(), **t.job.header, "steps": 0, "loss": {}}
        run = LocalRun(t.job.seed, folder=t.job.folder)
        generator = plugins.target(t.part)(Model(t.part.name, t.job.options, weights, self.header), run)
        controls = t.part.controls() if t.part.controls else None
        work = next(iter(generator.render(controls, [t.job.seed])))
        part = plugins.load(known[ending], "exporter")
        exporter = plugins.target(part)(part.options() if part.options else None, run)
        folder = files.folder(t.job.folder / "samples")
        with files.replacing(folder / f"step-{t.progress.step:06d}.{ending}") as temp:
            exporter.write(work, temp, "")
