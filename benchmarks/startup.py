"""What it costs to start: CPU time of whole processes, ours beside a bare Python and two imports that we avoid.

Installs 200 distributions, 30 of them with a plugin, into a temporary folder on ``PYTHONPATH``. Run it with the Python that
artengine is installed in: ``python benchmarks/startup.py``.
"""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from helpers import describing, install

RUNS = 15


def cpu(command: list[str], env: dict[str, str], before: Callable[[], None] = lambda: None) -> float:
    """Median CPU time of *command*, user and system.  ms"""
    spent = []
    for _ in range(RUNS):
        before()
        start = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(command, env=env, stdout=subprocess.DEVNULL, check=True)
        end = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent.append(1000 * (end.ru_utime + end.ru_stime - start.ru_utime - start.ru_stime))
    return median(spent)


def main() -> None:
    python = sys.executable
    program = str(Path(python).with_name("artengine"))
    ours = [program] if Path(program).exists() else [python, "-m", "artengine"]
    with tempfile.TemporaryDirectory() as folder:
        site, cache = Path(folder, "site"), Path(folder, "cache")
        site.mkdir()
        for i in range(170):
            install(site, f"library-{i}", "", module=f"library_{i}")
        for i in range(30):
            install(site, f"art-{i}", describing(f"art-{i}", f"art-{i}-too"), f"art-{i}", f"art-{i}-too", module=f"art_{i}")
        env = {**os.environ, "PYTHONPATH": str(site), "ARTENGINE_CACHE": str(cache)}
        subprocess.run([*ours, "plugins"], env=env, stdout=subprocess.DEVNULL, check=True)  # leaves the .pyc files

        def forget() -> None:
            shutil.rmtree(cache, ignore_errors=True)

        bare = cpu([python, "-c", "pass"], env)
        print(f"{'python -c pass':<48} {bare:7.1f} ms")
        for name, command, before in (
            ("artengine --help", [*ours, "--help"], lambda: None),
            ("artengine plugins, 200 distributions, 30 plugins", [*ours, "plugins"], lambda: None),
            ("the same without an index", [*ours, "plugins"], forget),
            ('python -c "import click"', [python, "-c", "import click"], lambda: None),
            ('python -c "import torch"', [python, "-c", "import torch"], lambda: None),
        ):
            forget()
            if before is not forget:
                for _ in range(2):
                    subprocess.run([*ours, "plugins"], env=env, stdout=subprocess.DEVNULL, check=True)
            spent = cpu(command, env, before)
            print(f"{name:<48} {spent:7.1f} ms  {spent / bare:6.2f} x")


if __name__ == "__main__":
    main()
