import json

import pytest
from versestudio import save_model

import artengine
from artengine import Text
from artengine.errors import ArtengineError
from artengine.studio import Studio


@pytest.fixture
def files(studio):
    (studio / "a.verse").write_text("aaaa\n")
    (studio / "b.vrs").write_text("bbbb bbbb\n")
    return ["a.verse", "b.vrs"]


def test_works_are_judged_by_name(studio):
    both = artengine.critique([Text("aaaa"), Text("bb bb")], ["vowels", "brevity"])
    assert [one.keys() for one in both] == [{"vowels", "brevity"}] * 2
    assert [one["vowels"].score for one in both] == [1.0, 0.0]
    assert [one["brevity"].score for one in both] == [1 / 2, 1 / 3]


def test_files_are_judged_and_the_reasons_shown(cli, files):
    code, out, _ = cli("critique", *files, "--critic", "vowels,brevity")
    assert code == 0
    lines = out.splitlines()
    assert lines[0] == "a.verse"
    assert "1.00" in lines[1]
    assert "share 1" in lines[1]
    assert "100% vowels, by nobody." in lines[2]
    data = json.loads(cli("critique", *files, "--critic", "vowels", "--json")[1])
    assert [(d["file"], d["judgements"]["vowels"]["score"]) for d in data] == [("a.verse", 1.0), ("b.vrs", 0.0)]
    assert data[0]["judgements"]["vowels"]["remarks"] == ["100% vowels, by nobody."]


def test_every_critic_of_the_medium_is_asked_by_default_and_one_without_a_score_is_named(cli, files):
    code, _, err = cli("critique", *files)
    assert code == 2
    assert 'The critic "mad" of verses 1.2 gave the score nan, which is not from 0 to 1.' in err


@pytest.mark.parametrize("score", [-0.01, 1.01, float("inf")])
def test_scores_out_of_range_are_refused(studio, monkeypatch, score):
    import verses

    from artengine.api import Judgement

    monkeypatch.setattr(verses.Mad, "judge", lambda self, works: [Judgement(score) for _ in works])
    with pytest.raises(ArtengineError, match="not from 0 to 1"):
        artengine.critique([Text("a")], ["mad"])
    monkeypatch.setattr(verses.Mad, "judge", lambda self, works: [])
    with pytest.raises(ArtengineError, match="gave 0 judgements of 1 works"):
        artengine.critique([Text("a")], ["mad"])


def test_the_model_that_made_a_work_is_found_by_its_recipe(cli, studio):
    save_model(studio / "models/mine.safetensors")
    cli("render", "--plugin", "verse-net", "--model", "mine", "--output", "x.verse")
    assert "by mine." in cli("critique", "x.verse", "--critic", "vowels")[1]
    save_model(studio / "models/other.safetensors", "pqr")
    assert "by other." in cli("critique", "x.verse", "--critic", "vowels", "--model", "other")[1]
    (studio / "models/mine.safetensors").unlink()
    assert "by nobody." in cli("critique", "x.verse", "--critic", "vowels")[1]


def test_a_judgement_of_a_work_made_here_goes_into_the_catalog(cli, studio):
    cli("render", "--plugin", "verse", "--seed", 1)
    for _ in range(2):
        cli("critique", "works/verse-seed1.verse", "--critic", "brevity")
    assert Studio(studio).catalog.works()[0]["scores"] == {"brevity": pytest.approx(1 / 6)}


def test_options_of_a_critic_come_from_the_studio(cli, studio, files):
    (studio / "artengine.toml").write_text('[critique.vowels]\nvowels = "b"\n')
    assert json.loads(cli("critique", *files, "--critic", "vowels", "--json")[1])[0]["judgements"]["vowels"]["score"] == 0.0
    (studio / "artengine.toml").write_text('[critique.vowels]\nvowel = "b"\n')
    code, _, err = cli("critique", *files, "--critic", "vowels")
    assert code == 2
    assert 'Did you mean "vowels"?' in err


@pytest.mark.parametrize(("name", "text", "said"), [
    ("gone.verse", None, "There is no file"), ("a.odd", "x", 'No plugin reads ".odd" files'), ("noending", "x", "noending"),
    ("why.verse", "why?", "it asks questions"),
])
def test_a_file_that_cannot_be_judged_is_said(cli, studio, name, text, said):
    if text is not None:
        (studio / name).write_text(text)
    code, out, err = cli("critique", name, "--critic", "vowels")
    assert (code, out) == (2, "")
    assert said in err
    assert len(err.splitlines()) == 2


def test_one_bad_file_does_not_keep_the_others_from_being_judged(cli, files):
    code, out, err = cli("critique", "gone.verse", *files, "--critic", "vowels")
    assert code == 2
    assert out.count("vowels ") >= 2
    assert err.startswith("gone.verse: ")


def test_an_unknown_critic_is_said(cli, files):
    code, _, err = cli("critique", *files, "--critic", "vowel")
    assert code == 2
    assert 'There is no critic "vowel" for text.' in err
    assert 'Did you mean "vowels"? Critics of text: ' in err


def test_a_critic_that_cannot_be_had_keeps_no_other_from_judging(studio, monkeypatch):
    import verses

    def refuse(self, *arguments):
        raise ArtengineError("It has no model to measure by.", "Give one.")

    monkeypatch.setattr(verses.Mad, "__init__", refuse)
    judged = artengine.critique([Text("aaaa")])[0]
    assert judged["vowels"].score == 1.0
    assert "mad" not in judged
    with pytest.raises(ArtengineError, match="no model to measure by"):
        artengine.critique([Text("aaaa")], ["mad"])
