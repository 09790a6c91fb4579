"""The options of a corpus, from the command line, artengine.toml and Python to what is learnt."""

import json

import pytest

from artengine import corpus, models, plugins, training
from artengine.cli import common
from artengine.errors import ArtengineError
from artengine.runs import LocalRun

pytestmark = pytest.mark.usefixtures("toy_trained")


@pytest.fixture
def run(capsys):
    def run(*args):
        code = common.run([str(a) for a in args])
        out, err = capsys.readouterr()
        return code, out, err
    return run


def train(*args):
    return ("train", "--plugin", "toy-writer", "--model", "m", "--steps", "2", "--device", "cpu", "--quiet", *args)


def header(toy, name="m"):
    return models.read_header(toy / f"models/{name}.safetensors")


def test_flags_reach_the_corpus_the_header_and_the_cache(toy, texts, run):
    assert run(*train("--corpus", texts, "--most", "40", "--case", "upper"))[0] == 0
    assert header(toy)["corpus"]["options"] == {"most": 40, "case": "upper"}
    assert header(toy)["corpus"]["part"] == "toy-files"
    assert json.loads((toy / "runs/m/run.json").read_text())["corpus_options"] == {"most": 40, "case": "upper"}
    assert run(*train("--corpus", texts, "--overwrite"))[0] == 0
    assert header(toy)["corpus"]["options"] == {"most": 0, "case": "as-is"}


def test_arrays_are_prepared_for_the_options_asked_for(texts):
    part, path = corpus.located(texts, "text")
    writer, learner = plugins.load("toy-writer"), LocalRun()
    generator = plugins.target(writer)(models.Model.fresh(writer), learner)
    rows = {most: corpus.prepared(generator, writer, corpus.open(path, "text", learner, corpus.choices(part, {"most": most})),
                                  learner)["rows"].shape[0] for most in (40, 20, 40)}
    assert rows == {40: 30 * 37, 20: 30 * 17}


def test_resuming_keeps_them_whatever_else_is_written_meanwhile(toy, texts, run):
    (toy / "artengine.toml").write_text("[corpus.toy-files]\nmost = 50\n")
    assert run(*train("--corpus", texts, "--case", "upper"))[0] == 0
    assert header(toy)["corpus"]["options"] == {"most": 50, "case": "upper"}
    (toy / "artengine.toml").write_text("[corpus.toy-files]\nmost = 60\n")
    resume = ("train", "--plugin", "toy-writer", "--model", "m", "--resume", "--steps", "4", "--quiet", "--device", "cpu")
    assert run(*resume)[0] == 0
    assert header(toy)["corpus"]["options"] == {"most": 50, "case": "upper"}
    assert run(*resume, "--most", "50")[0] == 0
    code, _, said = run(*resume, "--most", "60", "--case", "as-is")
    assert code == 2
    assert "--most (was 50, now 60), --case (was upper, now as-is)" in said
    before = json.loads((toy / "runs/m/run.json").read_text())
    (toy / "runs/m/run.json").write_text(json.dumps({k: v for k, v in before.items() if k != "corpus_options"}))
    assert run(*resume, "--most", "50", "--case", "upper")[0] == 0  # a run that was begun before there were any


def test_python_takes_them_too(toy, texts):
    path = training.train("toy-writer", texts, model="m", steps=2, quiet=True, device="cpu", corpus_options={"most": 30})
    assert models.read_header(path)["corpus"]["options"]["most"] == 30
    with pytest.raises(ArtengineError, match="--mast") as caught:
        training.train("toy-writer", texts, model="n", steps=2, quiet=True, corpus_options={"mast": 30})
    assert "most" in caught.value.advice


@pytest.mark.parametrize(("flags", "said"), [
    (("--most", "-1"), "--most must be at least 0"), (("--most", "x"), "--most must be a whole number"),
    (("--case", "lower"), "--case must be one of as-is, upper"), (("--mast", "1"), 'Did you mean "--most"?')])
def test_errors_name_the_flag(toy, texts, run, flags, said):
    code, _, err = run(*train("--corpus", texts, *flags))
    assert code == 2
    assert said in err
    assert not (toy / "runs").exists()


def test_errors_name_the_table_or_what_is_missing(toy, texts, run):
    code, _, err = run(*train("--most", "1"))
    assert code == 2
    assert "--most is an option of the corpus toy-files, and no corpus is named" in err
    code, _, err = run(*train("--corpus", "./nowhere", "--most", "1"))
    assert code == 2
    assert 'no file or folder "./nowhere"' in err
    code, _, err = run(*train("--corpus", "verses", "--most", "1"))
    assert "--most is an option of the corpus toy-files, and not of verses" in err
    (toy / "artengine.toml").write_text("[corpus.toy-files]\nmost = true\n")
    code, _, err = run(*train("--corpus", texts))
    assert "[corpus.toy-files] of artengine.toml" in err


def test_help_shows_those_of_the_corpus_named_or_of_all(texts, run):
    _, shown, _ = run("train", "--plugin", "toy-writer", "--corpus", texts, "--help")
    assert "Options of the corpus toy-files" in shown
    assert "--case [as-is|upper]" in shown
    _, shown, _ = run("train", "--plugin", "toy-writer", "--help")
    assert "Options of the corpus toy-files" in shown
    assert "Options of the corpus text-folder" in shown
    _, shown, _ = run("train", "--help")
    assert "Options of the corpus" not in shown


def test_a_folder_of_pictures_takes_its_size(tmp_path):
    """The corpus that is asked for most, through the same door."""
    import numpy as np

    from artengine.pictures import png

    (tmp_path / "one.png").write_bytes(png.encode(np.zeros((30, 20, 3), np.uint8)))
    part, path = corpus.located(tmp_path, "image")
    work, = corpus.open(path, "image", LocalRun(), corpus.choices(part, {"size": "96x64", "fit": "pad"}))
    assert (work.width, work.height) == (96, 64)
    with pytest.raises(ArtengineError, match="--size"):
        corpus.open(path, "image", LocalRun(), corpus.choices(part, {"size": "wide"}))
