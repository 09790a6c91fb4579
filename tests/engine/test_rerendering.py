import json

import pytest
from versestudio import save_model

import artengine
from artengine import recipe as recipes
from artengine.errors import ArtengineError
from artengine.recipe import Recipe


@pytest.fixture
def poem(cli, studio):
    """A file of the model ``mine``, rendered to the format that embeds its recipe."""
    save_model(studio / "models/mine.safetensors")
    cli("render", "--plugin", "verse-net", "--model", "mine", "--seed", 3, "--words", 6, "--shout", "--output", "a.verse")
    return studio / "a.verse"


def edit(path, old, new):
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_the_recipe_holds_everything_and_no_time(poem):
    text, recipe = recipes.read(poem)
    assert (recipe.plugin, recipe.medium, recipe.seed) == ("verse-net", "text", 3)
    assert (recipe.package, recipe.version) == ("verses", "1.2")
    assert recipe.controls["words"] == 6
    assert recipe.controls["mood"] == "merry"
    assert recipe.model["name"] == "mine"
    assert len(recipe.model["sha256"]) == 64
    assert recipe.exporter == {"name": "verse-file", "format": "verse", "options": {"shout": True, "words": 100},
                               "package": "verses", "version": "1.2"}
    assert recipe.made_with.keys() == {"artengine", "python", "numpy", "machine"}
    assert text == recipe.to_json() == Recipe.from_json(text).to_json()
    assert text.isascii()


def test_the_same_render_gives_the_same_bytes(cli, studio, poem):
    cli("render", "--plugin", "verse-net", "--model", "mine", "--seed", 3, "--words", 6, "--shout", "--output", "b.verse")
    assert (studio / "b.verse").read_bytes() == poem.read_bytes()


@pytest.mark.parametrize("ending", ["verse", "raw"])
def test_rerender_makes_the_same_bytes_under_a_new_name(cli, studio, ending):
    out = cli("render", "--plugin", "verse", "--seed", 5, "--count", 2, "--format", ending)[1].split()[1]
    code, again, _ = cli("rerender", out)
    assert (code, again.strip()) == (0, f"works/verse-seed6-2.{ending}")
    assert (studio / again.strip()).read_bytes() == (studio / out).read_bytes()
    code, third, _ = cli("rerender", again.strip(), "--output", "elsewhere/")
    assert (code, third.strip()) == (0, f"elsewhere/verse-seed6-2.{ending}")
    assert (studio / third.strip()).read_bytes() == (studio / out).read_bytes()
    assert cli("rerender", out, "--output", f"elsewhere/named.{ending}")[1].strip() == f"elsewhere/named.{ending}"


def test_the_best_of_many_is_rerendered_without_critics(cli, studio):
    out = cli("render", "--plugin", "verse", "--seed", 5, "--best-of", 5, "--critic", "vowels")[1].strip()
    again = cli("rerender", out)[1].strip()
    assert (studio / again).read_bytes() == (studio / out).read_bytes()


def test_a_model_that_was_renamed_is_found_by_its_content(cli, studio, poem):
    (studio / "models/mine.safetensors").rename(studio / "models/yours.safetensors")
    save_model(studio / "models/mine.safetensors", "pqr")
    again = cli("rerender", poem)[1].strip()
    assert (studio / again).read_bytes() == poem.read_bytes()
    assert cli("verify", poem)[1].startswith("exact")


def test_a_model_that_is_gone_is_said(cli, studio, poem):
    (studio / "models/mine.safetensors").unlink()
    for verb in ("rerender", "verify"):
        code, _, err = cli(verb, poem)
        assert code == 2
        assert 'The model "mine" (SHA-256 ' in err
        assert "models" in err.splitlines()[1]


def test_verify_says_exact(cli, poem):
    assert cli("verify", poem) == (0, f"exact: {poem}\n", "")


def test_verify_says_equivalent_when_only_the_bytes_differ(cli, poem):
    edit(poem, "\n%%", " \n%%")
    code, out, _ = cli("verify", poem, "--json")
    found = json.loads(out)
    assert (code, found["verdict"]) == (0, "equivalent")
    assert "was edited" in " ".join(found["reasons"])


def test_verify_says_different_and_what(cli, poem):
    word = poem.read_text().split()[2]
    edit(poem, word, "AHA", )
    code, out, _ = cli("verify", poem)
    assert code == 1
    assert out.startswith("different: ")
    assert "AHA" in out.splitlines()[1]
    assert "the recipe makes" in out.splitlines()[1]


def test_verify_says_when_the_model_is_another(cli, studio, poem):
    save_model(studio / "models/mine.safetensors", "pqr")
    code, out, _ = cli("verify", poem)
    assert code == 1
    assert "The model mine here is not the one it was made with" in out


def test_verify_says_when_a_version_is_another(cli, poem, monkeypatch):
    from artengine import plugins

    # The bytes are those of the recipe as it stands, so another version alone changes nothing.
    monkeypatch.setattr(plugins, "package_of", lambda name: ("verses", "1.3"))
    code, out, _ = cli("verify", poem)
    assert code == 0
    assert out.startswith("exact")
    assert "It was made with verses (with verse-net) 1.2; here is 1.3." in out


def test_verify_without_a_reader_compares_bytes(cli, studio):
    cli("render", "--plugin", "verse", "--seed", 5, "--output", "a.raw")
    assert cli("verify", "a.raw")[1] == "exact: a.raw\n"
    (studio / "a.raw").write_text("x" + (studio / "a.raw").read_text()[1:])
    code, out, _ = cli("verify", "a.raw")
    assert code == 1
    assert "The bytes differ from number 0 on" in out


def test_a_file_cut_short_beyond_reading_is_different_not_a_fault(cli, studio, poem):
    text = poem.read_text()
    poem.write_text("?" + text)
    code, out, _ = cli("verify", poem)
    assert code == 1
    assert "it asks questions" in out


@pytest.mark.parametrize(("text", "said"), [
    (None, "There is no file"), ("no recipe here", "carries no recipe"),
    ("%% {]", "cannot be read"), ("%% 3", "cannot be read"),
    ('%% {"format": 1, "plugin": "verse"}', "cannot be read"), ('%% {"format": 2, "taste": 1}', "is of format 2"),
])
def test_a_file_without_a_recipe_to_follow_is_said(cli, studio, text, said):
    if text is not None:
        (studio / "a.verse").write_text(text)
    for verb in ("rerender", "verify"):
        code, out, err = cli(verb, "a.verse")
        assert (code, out) == (2, "")
        assert said in err
        assert len(err.splitlines()) == 2


def test_controls_and_exporters_of_another_version_are_said(cli, poem):
    edit(poem, '"mood":"merry"', '"humour":"merry"')
    code, _, err = cli("rerender", poem)
    assert code == 2
    assert "humour" in err


def test_an_inlined_work_is_kept_in_the_recipe(cli, studio):
    (studio / "start.verse").write_text("once upon\n")
    cli("render", "--plugin", "verse", "--seed", 1, "--after", "start.verse", "--output", "x.verse")
    (studio / "start.verse").unlink()
    assert cli("verify", "x.verse")[1].startswith("exact")


def test_recipes_are_values():
    recipe = Recipe("verse", "text", "verses", "1.2", 2**63 - 2, {"words": 5, "title": "Ода"})
    assert Recipe.from_json(recipe.to_json()) == recipe
    assert recipe.to_json().isascii()
    with pytest.raises(ArtengineError, match="cannot be read"):
        Recipe.from_json("[]")
    assert artengine.ArtengineError is ArtengineError


def test_a_note_that_differs_is_named_by_what_differs():
    from artengine.rerendering import _first_difference
    from artengine.works.notation import parse

    said = _first_difference([parse("C4 D4 F4")], [parse("C4 D4 E4")])
    assert said == "Number 3 of the notes has pitch 65 in the file, where the recipe makes pitch 64."
    said = _first_difference([parse("C4 D4*2")], [parse("C4 D4")])
    assert "has duration 2 in the file, where the recipe makes duration 1." in said
