import json
import subprocess
import sys

import pytest

import artengine
from artengine.errors import ArtengineError
from artengine.studio import Studio


def modules(code):
    """The top-level modules that a fresh interpreter has loaded after *code*."""
    tail = "import sys, json; print(json.dumps([m.partition('.')[0] for m in sys.modules]))"
    done = subprocess.run([sys.executable, "-c", f"{code}\n{tail}"], capture_output=True, text=True, check=True)
    return set(json.loads(done.stdout.splitlines()[-1]))


def test_importing_artengine_imports_nothing_heavy():
    loaded = modules("import artengine; artengine.__version__; artengine.render; artengine.Studio; artengine.ArtengineError")
    assert not loaded & {"numpy", "torch", "music21", "lightning_fabric", "rich", "click", "pluggy", "sqlite3"}


def test_a_render_imports_no_torch_and_no_rich(studio):
    loaded = modules("from artengine.cli import common; common.run(['render', '--plugin', 'verse', '--output', 'x.verse'])")
    assert "verses" in loaded
    assert not loaded & {"torch", "music21", "lightning_fabric", "rich", "safetensors", "mido"}


def test_every_public_name_is_there():
    for name in artengine.__all__:
        assert getattr(artengine, name) is not None
    assert dir(artengine) == artengine.__all__
    with pytest.raises(AttributeError, match="rendre"):
        _ = artengine.rendre


def test_the_studio_is_the_nearest_folder_above_with_its_file(studio, monkeypatch, tmp_path):
    assert Studio.find().folder == studio
    (studio / "artengine.toml").write_text("")
    (studio / "a/b").mkdir(parents=True)
    monkeypatch.chdir(studio / "a/b")
    assert Studio.find().folder == studio
    monkeypatch.setenv("ARTENGINE_STUDIO", str(tmp_path))
    assert Studio.find().folder == tmp_path
    assert Studio.find(studio).folder == studio
    with pytest.raises(ArtengineError, match="no studio folder"):
        Studio.find(tmp_path / "nowhere")


def test_python_saves_works_where_it_is_told(studio):
    works = artengine.render("verse", seed=7, count=2, words=3, save="out", formats=["raw"])
    assert [(studio / f"out/verse-seed{7 + i}.raw").read_text().strip() for i in range(2)] == [w.body for w in works]
    assert len(Studio(studio).catalog.works()) == 2
    artengine.render("verse", seed=7, save="x.verse")
    assert (studio / "x.verse").is_file()


def test_python_hears_of_a_catalog_that_cannot_be_written(studio):
    (studio / "catalog.db").mkdir()
    with pytest.warns(UserWarning, match="The works are kept"):
        assert len(artengine.render("verse", save="out")) == 1


def test_python_is_told_of_an_unknown_control(studio):
    with pytest.raises(ArtengineError, match="words"):
        artengine.render("verse", wrods=3)
