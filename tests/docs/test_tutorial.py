"""The tutorial for plugin authors, gone through from its first command to its last in an environment of its own."""

import os
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest
from pages import DOCS, blocks, run_page


@pytest.fixture(scope="module")
def author(tmp_path_factory, environment):
    """The environment of an author: a fresh Python that sees what is installed here, and installs without the network."""
    home = tmp_path_factory.mktemp("author")
    venv.create(home / "venv", with_pip=False)
    programs = home / "venv/bin"
    packages = Path(subprocess.check_output([programs / "python", "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
                                            text=True).strip())
    outer = [path for path in sys.path if path.endswith("site-packages")]
    # addsitedir, and not the bare path, so that editable installs out there count too.
    (packages / "outer.pth").write_text("".join(f"import site; site.addsitedir({path!r})\n" for path in outer))
    for name in ("pip", "artengine"):
        script = programs / name
        script.write_text(f'#!/bin/sh\nexec "{programs}/python" -m {name} "$@"\n')
        script.chmod(0o755)
    return {**environment, "PATH": f"{programs}{os.pathsep}{environment['PATH']}", "ARTENGINE_CACHE": str(home / "cache"),
            "PIP_NO_BUILD_ISOLATION": "false", "PIP_NO_INDEX": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PYTHONPATH": ""}


def test_the_tutorial(author, tmp_path):
    project = run_page(DOCS / "plugins.md", tmp_path, author)
    assert project == tmp_path / "change-ringing"
    with zipfile.ZipFile(next((project / "dist").iterdir())) as wheel:
        assert {"change_ringing/plugin.py", "change_ringing/generator.py", "change_ringing/rollups.py"} <= set(wheel.namelist())


def test_every_block_is_run():
    assert {block.language for block in blocks(DOCS / "plugins.md")} == {"console", "python", "toml"}
