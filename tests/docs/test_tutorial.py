"""The tutorial for plugin authors, gone through from its first command to its last in an environment of its own."""

import os
import zipfile

import pytest
from pages import DOCS, blocks, run_page

from environments import Environment


@pytest.fixture(scope="module")
def author(tmp_path_factory, environment):
    """The environment of an author: a fresh Python that sees what is installed here, and installs without the network."""
    fresh = Environment(tmp_path_factory.mktemp("author"))
    programs = fresh.python.parent
    for name in ("pip", "artengine"):
        script = programs / name
        script.write_text(f'#!/bin/sh\nexec "{fresh.python}" -m {name} "$@"\n')
        script.chmod(0o755)
    return {**environment, **fresh.env, "PATH": f"{programs}{os.pathsep}{environment['PATH']}", "PIP_NO_INDEX": "1",
            "PIP_NO_BUILD_ISOLATION": "false", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}


def test_the_tutorial(author, tmp_path):
    project = run_page(DOCS / "plugins.md", tmp_path, author)
    assert project == tmp_path / "change-ringing"
    with zipfile.ZipFile(next((project / "dist").iterdir())) as wheel:
        assert {"change_ringing/plugin.py", "change_ringing/generator.py", "change_ringing/rollups.py"} <= set(wheel.namelist())


def test_every_block_is_run():
    assert {block.language for block in blocks(DOCS / "plugins.md")} == {"console", "python", "toml"}
