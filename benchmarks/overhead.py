"""What the engine costs beside the generator: ``python benchmarks/overhead.py``.

A generator that works 10 ms for each text, asked for 100 of them: directly, through ``artengine.render`` from Python (works,
no files), directly with a plain file written for each, and through the engine to files (recipe, sync, names that never
collide, catalog). CPU and wall time in ms a work, medians of five rounds taken in turn; sync is the disk's business, so the
last depends on the disk. To reach: 5 % of CPU above the direct calls, file for file.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

WORKS, ROUNDS, MS = 100, 5, 10.0
PLUGIN = '''
import time

from artengine.api import Part, hookimpl
from artengine.works import Text


@hookimpl
def artengine_parts():
    yield Part(kind="generator", name="bench-busy", medium="text", summary="Busy.", target="bench_busy:Busy",
               formats=("busy",))
    yield Part(kind="exporter", name="bench-busy-file", medium="text", summary="Plain.", target="bench_busy:Plain",
               formats=("busy",), embeds=True)


class Busy:
    def __init__(self, model, run):
        pass

    def render(self, controls, seeds):
        for seed in seeds:
            until = time.thread_time() + MS / 1000
            while time.thread_time() < until:
                sum(range(100))
            yield Text(f"work {seed}")


class Plain:
    def __init__(self, options, run):
        pass

    def write(self, work, path, recipe):
        path.write_text(f"{work.body}\\n{recipe}\\n")

    def recipe(self, path):
        return path.read_text().splitlines()[-1]
'''


def install(site: Path) -> None:
    info = site / "bench_busy-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: bench-busy\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[artengine1]\nbench-busy = bench_busy\nbench-busy-file = bench_busy\n")
    (site / "bench_busy.py").write_text(PLUGIN.replace("MS", str(MS)))
    sys.path.insert(0, str(site))
    os.environ["ARTENGINE_CACHE"] = str(site / "cache")


def measure(ways: dict[str, Callable[[], None]]) -> dict[str, tuple[float, float]]:
    """Median (CPU, wall) in ms a work of each way; the ways take turns, so that a busy machine is busy for all."""
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
    for _ in range(ROUNDS):
        for name, way in ways.items():
            cpu, wall = time.process_time(), time.perf_counter()
            way()
            taken[name].append(((time.process_time() - cpu) * 1000 / WORKS, (time.perf_counter() - wall) * 1000 / WORKS))
    return {name: (statistics.median(c for c, _ in t), statistics.median(w for _, w in t)) for name, t in taken.items()}


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        here = Path(folder)
        install(here / "site")
        import bench_busy

        import artengine
        from artengine import planning, rendering
        from artengine.models import Model
        from artengine.runs import LocalRun
        from artengine.studio import Studio

        studio = Studio(here)
        part = planning.generator("bench-busy")
        generator = bench_busy.Busy(Model.fresh(part), LocalRun())
        plain = bench_busy.Plain(None, None)
        number = iter(range(10**6))

        def direct() -> None:
            for _ in generator.render(None, range(WORKS)):
                pass

        def direct_files() -> None:
            to = here / f"direct{next(number)}"
            to.mkdir()
            for i, work in enumerate(generator.render(None, range(WORKS))):
                plain.write(work, to / f"{i}.busy", "")

        def engine() -> None:
            rendering.render(planning.plan(studio, "bench-busy", seed=0, count=WORKS, output=here / f"engine{next(number)}"))

        def works() -> None:
            artengine.render("bench-busy", seed=0, count=WORKS, studio=studio)

        works()
        rendering.render(planning.plan(studio, "bench-busy", seed=0))  # what is imported once is not counted
        found = measure({"generator alone": direct, "artengine.render, works": works, "with a plain file each": direct_files,
                         "artengine render, files": engine})
    base_cpu, base_wall = found["generator alone"]
    print(f"{WORKS} works of {MS:g} ms        CPU ms/work         wall ms/work")
    for name, (cpu, wall) in found.items():
        more_cpu, more_wall = 100 * (cpu / base_cpu - 1), 100 * (wall / base_wall - 1)
        print(f"{name:24} {cpu:8.3f} {more_cpu:+6.1f} %  {wall:10.3f} {more_wall:+6.1f} %")


if __name__ == "__main__":
    main()
