"""What the tests of corpora and training share: the toy plugin of ``toy/``, installed for one test."""

import random
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
TOY = HERE / "toy"
WORDS = ("the", "cat", "sat", "on", "mat", "and", "sang")


@pytest.fixture
def toy(monkeypatch, tmp_path):
    """The toy plugin on the path, a cache and a studio of its own; gives the studio's folder."""
    monkeypatch.syspath_prepend(str(TOY))
    monkeypatch.setenv("PYTHONPATH", str(TOY))
    monkeypatch.setenv("ARTENGINE_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("ARTENGINE_STUDIO", raising=False)
    studio = tmp_path / "studio"
    studio.mkdir()
    monkeypatch.chdir(studio)
    return studio


@pytest.fixture
def toy_trained(toy, monkeypatch, tmp_path_factory):
    """The same with one cache for all tests: the texts are alike, so they are read and prepared once."""
    monkeypatch.setenv("ARTENGINE_CACHE", str(tmp_path_factory.getbasetemp() / "cache-of-toys"))
    return toy


@pytest.fixture
def texts(tmp_path):
    """A folder of thirty toy files."""
    return write_texts(tmp_path / "texts", 30)


def write_texts(folder, count):
    folder.mkdir()
    rng = random.Random(1)
    for i in range(count):
        (folder / f"{i:03d}.toy").write_text(" ".join(rng.choice(WORDS) for _ in range(60)), "utf-8")
    return folder


def python(*args):
    """The command line of a fresh interpreter."""
    return [sys.executable, *map(str, args)]
