"""What the tests of the pages share: a folder of tunes, and a studio with a model."""

import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from pages import SHIPPED, SMALL, write_tunes


@pytest.fixture(scope="session")
def tunes(tmp_path_factory):
    return write_tunes(tmp_path_factory.mktemp("corpus") / "my-tunes", 24)


@pytest.fixture(scope="session")
def studio(tunes, tmp_path_factory):
    """A studio where melody-rnn has a model: the one that ships, or, in a checkout without it, one learnt here."""
    import artengine

    folder = tmp_path_factory.mktemp("studio")
    if not SHIPPED.exists():
        artengine.train("melody-rnn", tunes, model="tiny", steps=30, options=SMALL, studio=folder, quiet=True)
        (folder / "artengine.toml").write_text('[render.melody-rnn]\nmodel = "tiny"\n')
    return folder


@pytest.fixture
def in_studio(studio, monkeypatch):
    monkeypatch.chdir(studio)
    return studio


@pytest.fixture(scope="session")
def environment():
    """The environment of commands that a page shows: plain, 80 columns wide, with the programs of this interpreter first."""
    programs = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return {**os.environ, "PATH": programs, "COLUMNS": "80", "NO_COLOR": "1", "OMP_NUM_THREADS": "1"}
