"""`artengine plugin new`: every kind and medium makes a project that passes its own tests as it is written."""

import subprocess
import sys
import tomllib

import pytest
from projects import installed

from artengine import scaffold
from artengine.api import KINDS, MEDIA
from artengine.errors import ArtengineError
from artengine.testing import Subject, run_checks
from artengine.testing.fixtures import works, write
from environments import Environment
from helpers import artengine

COMBINATIONS = [(kind, medium) for kind in KINDS for medium in MEDIA]


@pytest.mark.parametrize(("kind", "medium"), COMBINATIONS)
def test_a_new_part_passes_the_kit(site, kind, medium):
    name = f"my-{medium}-{kind}"
    installed(site, name, kind, medium)
    corpus = site / "examples" if kind == "corpus" else None
    outcomes = list(run_checks(Subject(name, corpus)))
    assert [f"{o.check.id}: {o.wrong}" for o in outcomes if o.verdict not in ("passed", "skipped")] == []
    skipped = {o.check.id for o in outcomes if o.verdict == "skipped"}
    assert skipped <= {"models-exist", "encode-decode-shapes", "seeds-are-latents"}


def test_what_is_written_is_good_style(tmp_path):
    """By the house's own rules but for docstrings, in every combination."""
    for kind, medium in COMBINATIONS:
        scaffold.new(f"my-{medium}-{kind}", kind, medium, tmp_path / f"my-{medium}-{kind}")
    done = subprocess.run([sys.executable, "-m", "ruff", "check", "--isolated", "--line-length", "125", "--select",
                           "E,F,W,I,B,UP,SIM,C4,RUF,N", "--ignore", "RUF001,RUF002,RUF003", tmp_path],
                          capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(("kind", "medium"), COMBINATIONS)
def test_the_project_is_complete(kind, medium):
    files = scaffold.project("night-tunes", kind, medium)
    for path in ("pyproject.toml", "README.md", "LICENSE", ".gitignore", "night_tunes/plugin.py", "tests/test_night_tunes.py"):
        assert files[path].endswith("\n")
    left = {path: word for path, text in files.items() for word in ("my-part", "my_part", "MyPart", "templates", "SUMMARY")
            if word in text}
    assert left == {}
    about = tomllib.loads(files["pyproject.toml"])
    assert about["project"]["entry-points"]["artengine1"]["night-tunes"] == "night_tunes.plugin"
    assert 'parametrize_checks("night-tunes"' in files["tests/test_night_tunes.py"]
    for path in about["tool"]["setuptools"]["packages"]:
        assert f"{path}/__init__.py" in files
    imported = {line.split()[1].partition(".")[0] for path, text in files.items() if path.startswith("night_tunes/")
                for line in map(str.strip, text.splitlines()) if line.startswith(("import ", "from "))}
    needs = {dependency.partition(">")[0].replace("pillow", "PIL") for dependency in about["project"]["dependencies"]}
    assert {name for name in imported if name in ("numpy", "torch", "PIL", "artengine")} == needs


@pytest.mark.parametrize("name", ["Night-Tunes", "night_tunes", "-night", "night-", "night--tunes", "3d", "", "nacht.musik",
                                  "json", "class", "numpy", "tests", "artengine"])
def test_a_name_that_will_not_do_is_refused(tmp_path, name):
    with pytest.raises(ArtengineError) as error:
        scaffold.new(name, "critic", "music", tmp_path / "there")
    assert error.value.advice
    assert not (tmp_path / "there").exists()


def test_a_better_name_is_proposed():
    with pytest.raises(ArtengineError, match='Try "night-tunes-2"'):
        scaffold.check_name("NightTunes_2")


def test_a_folder_that_is_there_is_left_alone(tmp_path):
    (tmp_path / "mine").mkdir()
    scaffold.new("mine", "critic", "text", tmp_path / "mine")  # empty: nothing to be lost
    before = {path: path.read_bytes() for path in (tmp_path / "mine").rglob("*") if path.is_file()}
    with pytest.raises(ArtengineError, match="already there"):
        scaffold.new("mine", "exporter", "text", tmp_path / "mine")
    assert {path: path.read_bytes() for path in (tmp_path / "mine").rglob("*") if path.is_file()} == before


def test_the_command(tmp_path):
    done = artengine("plugin", "new", "night-tunes", "--kind", "generator", "--medium", "music", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "night-tunes" / "pyproject.toml").is_file()
    following = [line.strip() for line in done.stdout.partition("Next:\n")[2].splitlines()]
    assert len(following) == 3
    assert [line.split()[0] for line in following] == ["pip", "pytest", "artengine"]
    again = artengine("plugin", "new", "night-tunes", "--kind", "critic", "--medium", "music", cwd=tmp_path)
    assert again.returncode == 2
    assert '"night-tunes" is already there' in again.stderr
    clash = artengine("plugin", "new", "tonality", "--kind", "critic", "--medium", "music", "--output", "other", cwd=tmp_path)
    assert clash.returncode == 0
    assert '"tonality" is already a part of artengine' in clash.stderr
    assert artengine("plugin", "new", "x", "--kind", "critics", "--medium", "music", cwd=tmp_path).returncode == 2
    shown = artengine("plugin", "new", "--help").stdout
    assert "Examples:" in shown
    assert "night-tunes" in shown


def test_really_installed_it_passes_its_own_tests_and_is_put_to_use(tmp_path):
    """From nothing, through pip, to pictures on the disk: `plugin new`, its pytest, `train`, `render`, `verify`."""
    made = Environment(tmp_path / "venv")
    done = made.artengine("plugin", "new", "my-colours", "--kind", "generator", "--medium", "image", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    project, pictures, studio = tmp_path / "my-colours", tmp_path / "pictures", tmp_path / "studio"
    made.install(project)
    tested = made.run("-m", "pytest", "-q", "-p", "no:cacheprovider", "tests", cwd=project)
    assert tested.returncode == 0, tested.stdout
    assert " passed" in tested.stdout
    assert "failed" not in tested.stdout
    for folder in (pictures, studio):
        folder.mkdir()
    assert write(pictures, ["png"], works("image"))
    trained = made.artengine("train", "--plugin", "my-colours", "--corpus", pictures, "--model", "first", "--steps", "30",
                             "--set", "units=16", "--set", "batch_size=256", "--quiet", cwd=studio)
    assert trained.returncode == 0, trained.stderr
    rendered = made.artengine("render", "--plugin", "my-colours", "--model", "first", "--seed", "7", "--count", "2", "--size", "48",
                              "--output", "works", cwd=studio)
    assert rendered.returncode == 0, rendered.stderr
    files = sorted((studio / "works").glob("*.png"))
    assert len(files) == 2
    assert files[0].read_bytes() != files[1].read_bytes()
    verified = made.artengine("verify", files[0], cwd=studio)
    assert verified.stdout.startswith("exact"), verified.stdout + verified.stderr
