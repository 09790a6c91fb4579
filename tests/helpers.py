"""Plugins for tests, installed as a package manager would: a module, and a dist-info (or egg-info) with entry points."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

SETTINGS = '''
from dataclasses import dataclass
from typing import Annotated

from artengine.api import Opt


@dataclass(frozen=True)
class Controls:
    bars: Annotated[int, Opt("Bars to write.", min=1, max=64)] = 8
    mood: Annotated[str, Opt("Mood of the piece.", choices=("glad", "sad"))] = "glad"
'''


def describing(*names: str, kind: str = "generator", medium: str = "music", target: str = "", **more: str) -> str:
    """Source of a module whose hook yields a part for each of *names*; *more* are fields as Python source."""
    extra = "".join(f", {key}={value}" for key, value in more.items())
    if kind == "exporter" and "formats" not in more:
        extra += ', formats=("toy",)'
    parts = "\n".join(f'    yield Part(kind="{kind}", name="{name}", medium="{medium}", summary="A part named {name}.", '
                      f'target="{target or "nowhere:Thing"}"{extra})' for name in names)
    return f"from artengine.api import Part, hookimpl\n\n\n@hookimpl\ndef artengine_parts():\n{parts}\n"


def install(site: Path, package: str, source: str, *names: str, version: str = "1.0", module: str = "",
            group: str = "artengine1", egg: bool = False, home: Path | None = None,
            files: Mapping[str, str] | None = None) -> Path:
    """Install a distribution of one module into the folder *site*, and return the module's file.

    :param names: of the entry points, all of which name the module.
    :param module: of the module, by default the package's name.
    :param egg: write an egg-info folder, as old installs have, in place of a dist-info one.
    :param home: where the module lies, as for an editable install; by default *site*.
    :param files: more files, by path under *home*.
    """
    module = module or package.replace("-", "_")
    info = site / (f"{package.replace('-', '_')}.egg-info" if egg else f"{package.replace('-', '_')}-{version}.dist-info")
    info.mkdir(parents=True)
    (info / ("PKG-INFO" if egg else "METADATA")).write_text(
        f"Metadata-Version: 2.1\nName: {package}\nVersion: {version}\n\nVersion: 9.9 is not the version\n")
    entries = "".join(f"{name} = {module}\n" for name in names)
    (info / "entry_points.txt").write_text(f"[console_scripts]\nother = other:main\n\n[{group}]\n{entries}")
    written = {f"{module.partition(':')[0].replace('.', '/')}.py": source, **(files or {})}
    for path, text in written.items():
        file = (home or site) / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        os.utime(file, (1_700_000_000, 1_700_000_000))  # long installed: what changes later is seen to be newer
    return (home or site) / next(iter(written))


def artengine(*args: str | Path, path: Path | str = "", cwd: Path | None = None,
              **env: str) -> subprocess.CompletedProcess[str]:
    """Run a command line in a process of its own, with the folder *path* before all others on ``sys.path``."""
    return subprocess.run([sys.executable, "-m", "artengine", *map(str, args)], capture_output=True, text=True, cwd=cwd,
                          timeout=60, env={**os.environ, "PYTHONPATH": str(path), **env}, check=False)


def listed(site, *more):
    """What ``artengine plugins --json`` says of parts that are not the engine's own, by name."""
    done = artengine("plugins", "--json", *more, path=site)
    assert done.returncode == 0, done.stderr
    return {row["name"]: row for row in json.loads(done.stdout) if row["package"] != "artengine"}


def interrupted(process: subprocess.Popen[str], begun: Path) -> tuple[int, str]:
    """Press Ctrl-C once the file *begun* is there; the exit code, and what was said on standard error."""
    deadline = time.monotonic() + 60
    while not begun.exists() and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.02)
    begun.unlink()
    for _ in range(10):
        process.send_signal(signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):  # Python drops an interrupt that meets it in a destructor: press again
            said = process.communicate(timeout=5)[1]
            return process.returncode, said
    raise AssertionError("Ctrl-C does not end it.")
