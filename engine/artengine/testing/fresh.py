"""What some checks ask of a process that has imported nothing yet: ``python -m artengine.testing.fresh WHAT …``.

The answer is one line of JSON, the last of standard output: whatever a part prints comes before it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

PATIENCE = 120.0  # seconds


def ask(what: str, *args: str | Path, env: Mapping[str, str] | None = None) -> Any:
    """The answer of a fresh process, with this one's ``sys.path`` and whatever *env* adds to its environment.

    :raises RuntimeError: where it fails, with the last line that it said.
    """
    path = os.pathsep.join(entry for entry in sys.path if entry)
    done = subprocess.run([sys.executable, "-m", __name__, what, *map(str, args)], capture_output=True, text=True,
                          timeout=PATIENCE, env={**os.environ, "PYTHONPATH": path, **(env or {})}, check=False)
    lines = done.stdout.strip().splitlines()
    if done.returncode or not lines:
        said = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
        raise RuntimeError(f"a fresh process failed (exit code {done.returncode}): {said}")
    return json.loads(lines[-1])


def describe(name: str) -> dict[str, Any]:
    """What describing the part *name*, and so importing its hook, brings with it.

    ``modules`` are the names of all modules it loaded; ``network`` what it tried to reach.
    """
    from artengine.plugins import loading

    before = set(sys.modules)
    network: list[str] = []

    def listen(event: str, args: tuple[Any, ...]) -> None:
        if event.startswith("socket.") and event != "socket.gethostname":
            network.append(f"{event} {args[-1]!r}")

    sys.addaudithook(listen)
    loading.described(name)
    return {"modules": sorted(set(sys.modules) - before), "network": network}


def render(name: str, model: str, *seeds: str) -> list[str]:
    """Digests of the works of some seeds, rendered with default controls by the *model* file (empty for none)."""
    from artengine import plugins
    from artengine.models import Model
    from artengine.runs import LocalRun
    from artengine.testing.rendering import digest

    part = plugins.load(name, "generator")
    loaded = Model.load(Path(model), part) if model else Model.fresh(part)
    generator = plugins.target(part)(loaded, LocalRun())
    return [digest(work) for work in generator.render(part.controls() if part.controls else None, [int(s) for s in seeds])]


def fingerprint(name: str, source: str) -> str:
    """The fingerprint of a corpus, of *source* where that is not empty."""
    from artengine import plugins
    from artengine.runs import LocalRun

    part = plugins.load(name, "corpus")
    corpus = plugins.target(part)(Path(source) if source else None, part.options() if part.options else None, LocalRun())
    return str(corpus.fingerprint())


if __name__ == "__main__":
    answer = {"describe": describe, "render": render, "fingerprint": fingerprint}[sys.argv[1]](*sys.argv[2:])  # type: ignore[operator]
    print(f"\n{json.dumps(answer)}")
