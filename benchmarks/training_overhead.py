"""What the engine costs a training: CPU time of a step, of a checkpoint, and peak memory beside large prepared arrays.

Run: OMP_NUM_THREADS=1 python benchmarks/training_overhead.py
The same tiny learner is stepped by a bare loop and by the engine, so the difference is all the engine's.
"""

import resource
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "engine" / "toy"))
STEPS = 2000


def bare(options, arrays):
    import torch
    import toy_training

    class Wrapped(torch.nn.Module):
        def __init__(self, module):
            super().__init__()
            self.module = module

        def forward(self, x):
            return self.module(x)

    learner = toy_training.make_learner(arrays, options)
    learner.module = Wrapped(learner.module)
    began = time.process_time()
    for step in range(STEPS):
        learner.step(step, learner.batch(step, 0, 1), lambda loss: loss.backward())
    return (time.process_time() - began) / STEPS


def engine(part, options, key, folder):
    import threading

    from artengine import processes, stepping

    took = {}
    whole, save = stepping.Training.step, stepping.Training._save

    class Timed(stepping.Training):
        def __init__(self, fabric, job):
            super().__init__(fabric, job)
            self.every = 10**9  # validations are the learner's time

        def step(self):
            took.setdefault("first", time.process_time())
            took["last"] = time.process_time()
            return whole(self)

        def _save(self):
            began = time.process_time()
            save(self)
            took["save"] = time.process_time() - began

    processes.Training = Timed
    header = {"part": part.name, "medium": part.medium, "options": {}, "corpus": {}, "versions": {}, "seed": 0}
    job = stepping.Job(part.name, options, key, 0, folder, folder / "m.safetensors", header, STEPS, None, False, True,
                       threading.Event())
    processes.launch(job, "cpu", "32", 1)
    return (took["last"] - took["first"]) / (STEPS - 1), took["save"]


def main():
    import os

    with tempfile.TemporaryDirectory() as name:
        os.environ["ARTENGINE_CACHE"] = name
        import numpy as np

        from artengine import arrays, plugins

        part = plugins.load("toy-writer")
        rows = np.random.default_rng(0).integers(0, 32, (5000, 4))
        arrays.keep("k", {"rows": rows, "ballast": np.zeros((200_000, 1024), np.float32)}, {})
        for units in (16, 512):
            options = part.options(units=units)
            small = bare(options, {"rows": rows})
            folder = Path(name) / f"run-{units}"
            folder.mkdir()
            whole, save = engine(part, options, "k", folder)
            print(f"{units:4} units: bare {1e6 * small:.0f} µs a step, engine {1e6 * whole:.0f} µs "
                  f"({1e6 * (whole - small):+.0f} µs), a checkpoint {1e3 * save:.1f} ms CPU")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"peak memory {peak:.0f} MB, with 800 MB of prepared arrays mapped")


if __name__ == "__main__":
    main()
