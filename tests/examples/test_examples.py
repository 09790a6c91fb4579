"""The four examples: installed from their folders into a fresh environment, and used as a person would use them."""

import json
import shutil
from pathlib import Path
from xml.etree import ElementTree

import pytest

from environments import Environment

EXAMPLES = Path(__file__).parents[2] / "examples"
PARTS = {"melody-markov": ("generator", "artengine-melody-markov"), "palette-critic": ("critic", "artengine-palette-critic"),
         "csv-corpus": ("corpus", "artengine-csv-corpus"), "svg": ("exporter", "artengine-svg-exporter")}


def said(done):
    """What a command that must succeed printed."""
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """An environment with the four examples."""
    folder = tmp_path_factory.mktemp("examples")
    shutil.copytree(EXAMPLES, folder / "sources", ignore=shutil.ignore_patterns("build", "*.egg-info", "__pycache__"))
    made = Environment(folder / "venv")
    made.install(*sorted(path.parent for path in (folder / "sources").glob("*/pyproject.toml")))
    return made


@pytest.fixture(scope="module")
def studio(installed, tmp_path_factory):
    """A studio with a model of melody-markov, trained on the tunes of the CSV file, and two works of it in two formats."""
    folder = tmp_path_factory.mktemp("studio")
    shutil.copy(EXAMPLES / "csv-corpus" / "tunes.csv", folder)
    with (folder / "tunes.csv").open("a") as file:
        file.write("Mill Lane,33,1,H4,,\n")
    told = installed.artengine("train", "--plugin", "melody-markov", "--corpus", "tunes.csv", "--model", "lanes", cwd=folder)
    assert said(told).strip().endswith("lanes.safetensors")
    assert "Skipped 1 of 11: " in told.stderr
    assert "a pitch that is neither a MIDI number nor a name" in told.stderr
    assert "(tunes.csv line 288)" in told.stderr
    said(installed.artengine("render", "--plugin", "melody-markov", "--model", "lanes", "--seed", "3", "--count", "2",
                             "--bars", "8", "--format", "svg,mid", "--output", "works", cwd=folder))
    return folder


def test_there_is_one_of_each_kind_listed_with_its_package(installed):
    rows = {row["name"]: row for row in json.loads(said(installed.artengine("plugins", "--json")))}
    for name, (kind, package) in PARTS.items():
        row = rows[name]
        assert (row["kind"], row["package"], row["version"], row["error"]) == (kind, package, "1.0", "")
    assert "(artengine-svg-exporter 1.0)" in said(installed.artengine("plugins"))


def test_model_tells_where_it_comes_from(installed, studio):
    rows = {row["model"]: row for row in json.loads(said(installed.artengine("models", "--json", cwd=studio)))}
    row = rows["lanes"]
    assert (row["plugin"], row["corpus"], row["licence"]) == ("melody-markov", "tunes.csv", "CC0-1.0")
    assert 0.5 < row["loss"] < 3


def test_works_are_whole_tunes(studio):
    import mido

    files = sorted((studio / "works").glob("*.mid"))
    assert len(files) == 2
    pitches = [[m.note for track in mido.MidiFile(file).tracks for m in track if m.type == "note_on" and m.velocity]
               for file in files]
    assert all(len(notes) >= 16 for notes in pitches)
    assert pitches[0] != pitches[1]


@pytest.mark.parametrize("ending", ["svg", "mid"])
def test_works_are_verified_and_made_again(installed, studio, ending):
    file = sorted((studio / "works").glob(f"*.{ending}"))[0]
    assert said(installed.artengine("verify", file, cwd=studio)).startswith("exact:")
    again = said(installed.artengine("rerender", file, "--output", f"again/{ending}/", cwd=studio)).strip()
    assert (studio / again).read_bytes() == file.read_bytes()


def test_drawing_holds_its_recipe_and_a_stroke_for_each_note(studio):
    file = sorted((studio / "works").glob("*.svg"))[0]
    root = ElementTree.parse(file).getroot()
    recipe = json.loads(root.find("{*}metadata")[0].text)
    assert (recipe["plugin"], recipe["seed"], recipe["controls"]["bars"]) == ("melody-markov", 3, 8)
    assert not file.with_name(f"{file.name}.recipe.json").exists()
    assert len([path for path in root.findall(".//{*}path") if path.get("fill")]) >= 2 * 16


def test_drawing_that_was_changed_is_found_out(installed, studio, tmp_path):
    file = sorted((studio / "works").glob("*.svg"))[0]
    forged = tmp_path / "forged.svg"
    forged.write_text(file.read_text().replace('fill="#', 'fill="#f', 1))
    done = installed.artengine("verify", forged, "--studio", studio)
    assert (done.returncode, done.stdout[:9]) == (1, "different")


def test_palette_critic_judges_pictures(installed, tmp_path):
    from PIL import Image

    calm, loud = Image.new("RGB", (64, 64), (30, 40, 60)), Image.effect_noise((64, 64), 120).convert("RGB")
    calm.paste((230, 200, 150), (16, 16, 48, 48))
    loud = Image.merge("RGB", [Image.effect_noise((64, 64), 120) for _ in range(3)])
    calm.save(tmp_path / "calm.png")
    loud.save(tmp_path / "loud.png")
    told = said(installed.artengine("critique", "calm.png", "loud.png", "--critic", "palette-critic", "--json", cwd=tmp_path))
    calm, loud = (one["judgements"]["palette-critic"] for one in json.loads(told))
    assert calm["score"] > 0.85 > 0.7 > loud["score"]
    assert calm["aspects"]["colours"] < 3
    assert any("fewer would be easier to remember" in remark for remark in loud["remarks"])


def test_palette_critic_is_not_for_music(installed, studio):
    file = sorted((studio / "works").glob("*.mid"))[0]
    done = installed.artengine("critique", file, "--critic", "palette-critic", cwd=studio)
    assert done.returncode == 2
    assert 'The critic "palette-critic" judges image, not music.' in done.stderr


def test_examples_pass_their_own_tests(installed, tmp_path):
    shutil.copytree(EXAMPLES, tmp_path / "examples", ignore=shutil.ignore_patterns("__pycache__"))
    tests = sorted(path.name for path in (tmp_path / "examples").glob("*/test_*.py"))
    assert len(tests) == len(PARTS)
    for path in (tmp_path / "examples").glob("*/*"):  # what is tested is what is installed
        if path.suffix == ".py" and path.name not in tests:
            path.unlink()
        elif path.is_dir():
            shutil.rmtree(path)
    done = installed.run("-m", "pytest", "-q", "--import-mode=importlib", "-p", "no:cacheprovider", "examples", cwd=tmp_path)
    assert done.returncode == 0, done.stdout
    assert "passed" in done.stdout.splitlines()[-1]


def test_uninstalled_leaves_nothing(tmp_path):
    source = tmp_path / "source"
    shutil.copytree(EXAMPLES / "csv-corpus", source)
    made = Environment(tmp_path / "venv")
    before = sorted(made.site.rglob("*"))
    made.install(source)
    assert json.loads(said(made.artengine("plugins", "csv-corpus", "--json")))["package"] == "artengine-csv-corpus"
    made.pip("uninstall", "--quiet", "--yes", "artengine-csv-corpus")
    assert [path for path in sorted(made.site.rglob("*")) if path.name != "__pycache__"] == before
    assert made.artengine("plugins", "csv-corpus").returncode == 2
    assert "csv-corpus" not in said(made.artengine("plugins"))
