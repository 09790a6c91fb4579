import json
import pickle
import struct

import numpy as np
import pytest
from versestudio import save_model

import artengine
from artengine import models, plugins
from artengine.errors import ArtengineError
from artengine.models import Model
from artengine.studio import Studio


@pytest.fixture
def part(studio):
    return plugins.load("verse-net")


@pytest.fixture
def file(studio):
    return save_model(studio / "models/mine.safetensors")


def test_a_model_comes_back_as_it_was_saved(part, file):
    model = Model.load(file, part)
    assert model.options.letters == 3
    assert model.name == "mine"
    assert model.header["corpus"]["licence"] == "CC0-1.0"
    assert set(model.weights) == {"alphabet"}
    assert len(model.weights) == 1
    assert model.weights["alphabet"].dtype == np.float32
    assert model.weights["alphabet"] is model.weights["alphabet"]
    assert bytes(int(c) for c in model.weights["alphabet"]) == b"xyz"
    assert "other" not in model.weights
    with pytest.raises(KeyError):
        model.weights["other"]


def test_weights_of_every_width_come_as_float32_and_whole_numbers_as_they_are(part, tmp_path):
    arrays = {"half": np.float16([1.5, -2]), "double": np.array([[0.1]]), "whole": np.array([3], np.int8),
              "turned": np.arange(6, dtype=np.float32).reshape(2, 3).T}
    Model.save(tmp_path / "w.safetensors", arrays, {"part": "verse-net", "medium": "text", "options": {}})
    weights = Model.load(tmp_path / "w.safetensors", part).weights
    assert {name: weights[name].dtype.name for name in weights} == {"half": "float32", "double": "float32", "whole": "int8",
                                                                    "turned": "float32"}
    for name, array in arrays.items():
        np.testing.assert_array_equal(weights[name], array.astype(weights[name].dtype))


def test_a_quantised_matrix_comes_back_as_floats(part, tmp_path):
    matrix = np.random.default_rng(0).normal(size=(40, 30)).astype(np.float32) * np.logspace(-3, 1, 40, dtype=np.float32)[:, None]
    path = tmp_path / "bytes.safetensors"
    Model.save(path, {**models.quantised("head", matrix), "other": np.ones(3, np.float16)},
               {"part": part.name, "medium": part.medium, "options": {}})
    weights = models.Weights(path)
    assert sorted(weights) == ["head", "other"]
    assert weights["head"].dtype == np.float32
    assert (np.abs(weights["head"] - matrix) <= np.abs(matrix).max(1, keepdims=True) / 253).all()


def test_a_loaded_model_travels_to_a_worker(part, file):
    model = pickle.loads(pickle.dumps(Model.load(file, part).weights))
    np.testing.assert_array_equal(model["alphabet"], Model.load(file, part).weights["alphabet"])


def test_saving_is_whole_or_not_at_all(part, file, monkeypatch):
    before = file.read_bytes()

    def fail(*args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.replace", fail)
    with pytest.raises(ArtengineError, match="is full"):
        save_model(file, "other")
    assert file.read_bytes() == before
    assert list(file.parent.iterdir()) == [file]


def test_the_same_model_is_saved_to_the_same_bytes(studio, file):
    assert save_model(studio / "models/again.safetensors").read_bytes() == file.read_bytes()


def rewrite(file, change):
    raw = file.read_bytes()
    length = struct.unpack("<Q", raw[:8])[0]
    tensors = json.loads(raw[8:8 + length])
    change(tensors)
    head = json.dumps(tensors).encode()
    file.write_bytes(struct.pack("<Q", len(head)) + head + raw[8 + length:])


def header(change):
    def apply(tensors):
        data = json.loads(tensors["__metadata__"]["artengine"])
        change(data)
        tensors["__metadata__"]["artengine"] = json.dumps(data)
    return lambda file: rewrite(file, apply)


def first_array(tensors):
    return next(about for about in tensors.values() if "shape" in about)


@pytest.mark.parametrize(("damage", "said", "step"), [
    (lambda f: f.write_bytes(f.read_bytes()[:-1]), "was cut short", "Copy it again"),
    (lambda f: f.write_bytes(f.read_bytes()[:40]), "cut short", "Copy it again"),
    (lambda f: f.write_bytes(f.read_bytes() + b"more"), "has grown", "Copy it again"),
    (lambda f: f.write_bytes(b""), "is empty", "Copy it again"),
    (lambda f: f.write_bytes(b"\x80\x02}q\x00." * 40), "not a safetensors file", "Copy it again"),
    (lambda f: f.write_bytes(struct.pack("<Q", 4) + b"[1]]" * 9), "not a safetensors file", "Copy it again"),
    (lambda f: f.unlink(), "cannot be read", "artengine models"),
    (lambda f: rewrite(f, lambda t: t.pop("__metadata__")), "no artengine model", "artengine train"),
    (header(lambda h: h.pop("part")), "no artengine model", "artengine train"),
    (header(lambda h: h.update(format=2)), "is of model format 2", "Upgrade artengine"),
    (header(lambda h: h.update(part="verse")), "is a model of verse, not of verse-net", "--plugin verse"),
    (header(lambda h: h["options"].update(depth=3)), "has options that this version of verse-net does not know", "Upgrade"),
    (header(lambda h: h["options"].update(letters=99)), "has options", "Upgrade"),
    (header(lambda h: h.update(options=[1])), "which options", "Copy it again"),
    (header(lambda h: h.pop("options")), "which options", "Copy it again"),
    (header(lambda h: h.update(format="new")), "no artengine model", "artengine train"),
    (header(lambda h: h.update(part=None)), "no artengine model", "artengine train"),
    (lambda f: rewrite(f, lambda t: first_array(t).update(shape=[1, 1])), "sound", "Copy it again"),
    (lambda f: rewrite(f, lambda t: first_array(t).update(dtype="I128")), "sound", "Copy it again"),
])
def test_a_file_that_is_no_whole_model_is_said_with_the_next_step(part, file, damage, said, step):
    damage(file)
    with pytest.raises(ArtengineError) as error:
        Model.load(file, part)
    assert said in error.value.wrong
    assert step in error.value.advice
    assert str(file) in error.value.wrong


def test_a_model_is_found_by_name_path_and_default(part, file, studio):
    place = Studio(studio)
    assert models.resolve(part, "mine", place) == file
    assert models.resolve(part, str(file), place) == file
    assert models.resolve(part, None, place) is None
    (studio / "artengine.toml").write_text('[render.verse-net]\nmodel = "mine"\n')
    assert models.resolve(part, None, Studio(studio)) == file
    with pytest.raises(ArtengineError, match='Did you mean "mine"'):
        models.resolve(part, "mime", place)
    assert models.by_digest(part, models.digest(file), place) == file
    assert models.by_digest(part, "0" * 64, place) is None


def test_a_shipped_model_is_found_in_its_package_and_the_studios_own_wins(part, studio, file, monkeypatch):
    from dataclasses import replace

    package = studio / "shipping"
    save_model(package / "models/free.safetensors")
    (package / "__init__.py").write_text("raise SystemExit('a model is found without importing its package')")
    monkeypatch.syspath_prepend(str(studio))
    ships = replace(part, models={"free": "shipping:models/free.safetensors"})
    place = Studio(studio)
    assert models.resolve(ships, None, place) == package / "models/free.safetensors"
    assert models.resolve(ships, "free", place) == package / "models/free.safetensors"
    assert models.find(replace(ships, models={"open": "shipping:models/free.safetensors"}), None, place).name == "open"
    own = save_model(studio / "models/free.safetensors", "abc")
    assert models.resolve(ships, "free", place) == own
    assert models.known(ships, place) == {"free": own, "mine": file}


def test_controls_may_want_a_default_model_of_certain_options(part, studio, monkeypatch):
    from dataclasses import replace

    package = studio / "choosing"
    few, many = (save_model(package / f"{name}.safetensors", letters=letters) for name, letters in (("few", 2), ("many", 6)))
    (package / "__init__.py").write_text("")
    monkeypatch.syspath_prepend(str(studio))
    ships = replace(part, models={path.stem: f"choosing:{path.name}" for path in (few, many)})
    place = Studio(studio)
    assert models.resolve(ships, None, place) == few
    assert models.resolve(ships, None, place, {"letters": 6}) == many
    assert models.resolve(ships, None, place, {"letters": 5}) == few  # and the generator says what is wrong
    assert models.resolve(ships, "few", place, {"letters": 6}) == few

    class Controls:
        wants = {"letters": 6}

    assert models.find(ships, None, place, Controls()).path == many


def test_a_generator_that_must_be_trained_says_so(part, studio):
    with pytest.raises(ArtengineError) as error:
        artengine.render("verse-net")
    assert str(error.value) == ("No model ships with verse-net. Train one: artengine train --plugin verse-net --corpus PATH "
                                "--model NAME.")
    save_model(studio / "models/mine.safetensors")
    with pytest.raises(ArtengineError, match="Name one with --model: mine"):
        artengine.render("verse-net")


def test_models_are_listed_with_how_they_came_to_be(cli, studio, file):
    (studio / "models/broken.safetensors").write_bytes(b"no")
    code, out, _ = cli("models")
    assert code == 0
    mine = next(line for line in out.splitlines() if line.startswith("mine"))
    for said in ("verse-net", "1,200", "1.25", "letters", "CC0-1.0", "2026-11-22", "kB", "studio"):
        assert said in mine
    assert "cut short" in next(line for line in out.splitlines() if line.startswith("broken"))
    rows = json.loads(cli("models", "--plugin", "verse-net", "--json")[1])
    assert [(row["model"], row["steps"], row["loss"]) for row in rows] == [("mine", 1200, 1.25)]
    assert cli("models", "--plugin", "verse-nett")[0] == 2


def test_a_model_card_shows_the_header(cli, file):
    code, card, _ = cli("models", "mine")
    assert code == 0
    for said in ("mine: a model of verse-net (text)", "licence: CC0-1.0", "steps: 1,200", "letters: 3", "held_out: 1.25"):
        assert said in card
    assert json.loads(cli("models", "mine", "--json")[1])["options"] == {"letters": 3}
    code, _, err = cli("models", "mime")
    assert code == 2
    assert 'Did you mean "mine"?' in err
