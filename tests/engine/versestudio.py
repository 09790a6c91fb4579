"""What the tests of rendering share: the plugin of ``verse/`` and a studio to work in."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

VERSE = Path(__file__).parent / "verse"


@pytest.fixture
def studio(monkeypatch, tmp_path):
    """The verse plugin on the path, and a studio of its own that is the current folder; gives its folder."""
    monkeypatch.syspath_prepend(str(VERSE))
    monkeypatch.setenv("PYTHONPATH", str(VERSE))
    monkeypatch.setenv("ARTENGINE_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("ARTENGINE_STUDIO", raising=False)
    folder = tmp_path / "studio"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def cli(studio, capsys):
    """Run a command line in this process; gives (exit code, stdout, stderr)."""
    from artengine.cli import common

    def run(*args):
        code = common.run([str(a) for a in args])
        out, err = capsys.readouterr()
        return code, out, err

    return run


def save_model(path, alphabet="xyz", letters=3, part="verse-net", **header):
    """A model of ``verse-net``: the letters it knows."""
    from artengine.models import Model

    Model.save(path, {"alphabet": np.array([ord(c) for c in alphabet], np.float16)},
               {"part": part, "medium": "text", "options": {"letters": letters}, "steps": 1200,
                "loss": {"held_out": 1.25}, "date": "2026-11-22",
                "corpus": {"name": "letters", "licence": "CC0-1.0", "fingerprint": "0", "works": 3}, **header})
    return path


def start(*args, **more):
    """A command line in a process of its own, left running."""
    return subprocess.Popen([sys.executable, "-m", "artengine", *map(str, args)], stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, text=True, **more)
