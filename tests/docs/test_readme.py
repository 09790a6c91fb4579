"""What the README shows is run: its commands in one studio, one after the other, and its Python."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

README = (Path(__file__).parents[2] / "README.md").read_text("utf-8")


def shown(section, language):
    """The code blocks of one section."""
    part = README.split(f"\n## {section}\n")[1].split("\n## ")[0]
    return "\n".join(re.findall(rf"```{language}\n(.*?)```", part, re.S))


def test_the_commands_for_making_do_what_they_say(tmp_path):
    lines = [line[2:].split("     #")[0].strip() for line in shown("Make", "console").splitlines() if line]
    assert len(lines) > 5
    for line in lines:
        words = shlex.split(line)
        assert words[0] == "artengine"
        words = [f for w in words for f in (sorted(map(str, tmp_path.glob(w)))[:6] if w == "works/*.mid" else [w])]
        run = subprocess.run([sys.executable, "-m", *words], cwd=tmp_path, capture_output=True, text=True, check=False,
                             env={**os.environ, "ARTENGINE_STUDIO": str(tmp_path)})
        assert run.returncode == 0, f"{line}\n{run.stdout}{run.stderr}"


def test_the_python_runs(tmp_path):
    run = subprocess.run([sys.executable, "-c", shown("Make it yours", "python") + "\nassert len(works) == len(verdicts) == 3"],
                         cwd=tmp_path, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
