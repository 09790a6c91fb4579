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
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from helpers import describing, install

RUNS = 15


def cpu(command: list[str], env: dict[str, str]) -> float:
    """CPU time of *command*, user and system.  ms"""
    start = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, env=env, stdout=subprocess.DEVNULL, check=True)
    end = resource.getrusage(resource.RUSAGE_CHILDREN)
    return 1000 * (end.ru_utime + end.ru_stime - start.ru_utime - start.ru_stime)


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
        ways: dict[str, tuple[list[str], bool]] = {
            "python -c pass": ([python, "-c", "pass"], False),
            "artengine --help": ([*ours, "--help"], False),
            "artengine plugins, 200 distributions, 30 plugins": ([*ours, "plugins"], False),
            "the same without an index": ([*ours, "plugins"], True),
            'python -c "import click"': ([python, "-c", "import click"], False),
            'python -c "import torch"': ([python, "-c", "import torch"], False),
        }
        spent: dict[str, list[float]] = {name: [] for name in ways}
        for _ in range(RUNS):  # in turn, so that a busy machine is busy for all
            for name, (command, forgets) in ways.items():
                if forgets:
                    shutil.rmtree(cache, ignore_errors=True)
                elif command[-1] == "plugins":
                    for _ in range(2):  # the first leaves .pyc files, the second an index that agrees with them
                        subprocess.run(command, env=env, stdout=subprocess.DEVNULL, check=True)
                if "torch" not in name or len(spent[name]) < RUNS // 5:
                    spent[name].append(cpu(command, env))
        bare = median(spent["python -c pass"])
        for name, times in spent.items():
            print(f"{name:<48} {median(times):7.1f} ms  {median(times) / bare:6.2f} x")


if __name__ == "__main__":
    main()
