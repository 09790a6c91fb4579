"""What is built holds what is needed."""

import shutil
import subprocess
import sys
import textwrap
import zipfile
from pathlib import Path

import pytest


def test_installed_as_a_wheel_everything_is_there(tmp_path):
    """A regular install holds every module and every data file that the source tree has."""
    root = Path(__file__).parents[2]
    copy = tmp_path / "copy"
    copy.mkdir()
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(root / name, copy)
    for name in ("engine", "plugins", "corpora"):
        shutil.copytree(root / name, copy / name, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
    build = textwrap.dedent("""
        import sys
        from setuptools import build_meta
        build_meta.build_wheel(sys.argv[1])
    """)
    pytest.importorskip("setuptools", minversion="77")
    subprocess.run([sys.executable, "-c", build, str(tmp_path)], cwd=copy, check=True, capture_output=True, timeout=120)
    wheel = zipfile.ZipFile(next(tmp_path.glob("*.whl")))
    held = {name for name in wheel.namelist() if ".dist-info/" not in name}
    wanted = {file.relative_to(copy / top).as_posix() for top in ("engine", "plugins", "corpora")
              for file in (copy / top).rglob("*") if file.is_file() and ".egg-info" not in str(file)}
    assert wanted - held == set()
    assert "artengine/cli/help.txt" in held
    assert "[artengine1]" in wheel.read(next(n for n in wheel.namelist() if n.endswith("entry_points.txt"))).decode()
