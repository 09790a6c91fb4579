"""What people bring and ask for: each time a poem that is whole, or one sentence of what is wrong and one of what to do."""

from __future__ import annotations

import re

import pytest

from artengine.cli import common
from artengine_text.forms.checking import split
from artengine_text.poetry import preparing

TINY = ["--steps", "1", "--set", "units=8", "--set", "layers=1", "--set", "embedding=4", "--set", "memory=1"]
POEM = """The sea is grey beside the stone,
the wind goes over, cold and slow,
and all the boats are left alone
to wait until the tide will go.

I heard the water in the night,
it said the names of those who stay,
and from the hill a single light
was slowly taken by the day.

No one will ever walk the shore
where we were walking, you and I,
the sand is empty to the door,
the birds are in another sky."""
CHINESE = "白日依山盡，黃河入海流。\n欲窮千里目，更上一層樓。\n\n床前明月光，疑是地上霜。\n舉頭望明月，低頭思故鄉。\n\n" * 4
SIMPLIFIED = "白日依山尽，黄河入海流。\n欲穷千里目，更上一层楼。\n\n床前明月光，疑是地上霜。\n举头望明月，低头思故乡。\n\n" * 4


@pytest.fixture
def cli(tmp_path, monkeypatch, capsys):
    """Run a command line here, in an empty studio; gives (exit code, stdout, stderr)."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ARTENGINE_STUDIO", str(tmp_path))

    def run(*args):
        capsys.readouterr()
        code = common.run([str(a) for a in args])
        return code, *capsys.readouterr()

    return run


@pytest.fixture
def train(cli, tmp_path):
    """Train on a folder of these files (text in UTF-8, or bytes)."""
    def run(files, *more):
        (tmp_path / "poems").mkdir(exist_ok=True)
        for name, content in files.items():
            (tmp_path / "poems" / name).write_bytes(content if isinstance(content, bytes) else content.encode())
        return cli("train", "--plugin", "poetry-rnn", "--corpus", "./poems", "--model", "mine", *TINY, *more)

    return run


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """A model that has hardly learnt, of the poems that ship."""
    folder = tmp_path_factory.mktemp("model")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ARTENGINE_STUDIO", str(folder))
        assert common.run(["train", "--plugin", "poetry-rnn", "--corpus", "verses", "--model", "verses", *TINY]) == 0
    return folder / "models/verses.safetensors"


@pytest.fixture
def render(cli, model, tmp_path):
    """Render one poem with it; gives (exit code, the poem, stderr)."""
    def run(*args):
        code, _, err = cli("render", "--plugin", "poetry-rnn", "--model", model, "--seed", 1, "--drafts", 1,
                           "--output", "poem.txt", *args)
        path = tmp_path / "poem.txt"
        return code, path.read_text("utf-8") if path.exists() else "", err

    return run


def refused(result, *says):
    """One sentence of what is wrong, with these words, and one of what to do; no trace, no file."""
    code, made, err = result
    assert code == 2, err
    assert "Traceback" not in err
    assert "should not happen" not in err
    assert made == ""
    wrong, advice = err.strip().splitlines()[-2:]
    for part in says:
        assert re.search(part, wrong), err
    assert advice.endswith((".", "?")), err


def whole(poem, lines):
    """A poem of so many lines, each with words, and no character that was not understood."""
    found, _ = split(poem)
    assert len(found) == lines
    assert all(re.search(r"\w", line) for line in found)
    assert "\ufffd" not in poem


# --- corpora

@pytest.mark.parametrize(("files", "says"), [
    ({}, "There is no file"), ({"a.txt": ""}, "is empty"), ({"a.txt": "\n \n\t\n"}, "is empty"), ({"a.txt": "Only one line."}, "1 poem with 15 characters"),
    ({"a.txt": "!!! ... ???\n\n--- ***\n"}, "no words"), ({"notes.pdf": b"%PDF-1.4"}, "1 .pdf"),
    ({"a.txt": POEM.splitlines()[0] * 8}, "1 poem"), ({"a.txt": bytes(range(256)) * 40}, "binary data")],
    ids=["no file", "empty", "blank", "one line", "marks", "no text file", "one long line", "binary"])
def test_too_little_to_learn_from(train, files, says):
    code, out, err = train(files)
    refused((code, out, err), says)


def test_a_binary_file_among_poems_is_left_out_and_named(train, cli):
    code, _, err = train({"a.txt": POEM, "b.txt": b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 60})
    assert code == 0, err
    assert "b.txt" in err
    assert cli("render", "--plugin", "poetry-rnn", "--model", "mine", "--form", "haiku", "--drafts", 1, "--output", "a.txt")[0] == 0


def test_encodings_may_be_mixed(train, cli, tmp_path):
    accents = "Déjà la façade était à l'été,\nÀ côté du café où je suis resté.\n"
    code, _, err = train({"utf8.txt": POEM, "latin.txt": (POEM + "\n\n" + POEM.replace("grey", "grèy")).encode("latin-1"),
                          "wide.txt": POEM.replace("sea", "wave").encode("utf-16"), "french.txt": accents.encode("latin-1")})
    assert code == 0, err
    code, _, err = cli("render", "--plugin", "poetry-rnn", "--model", "mine", "--lines", 4, "--prefix", "The wave is", "--drafts", 1,
                       "--output", "a.txt")
    assert code == 0, err
    whole((tmp_path / "a.txt").read_text("utf-8"), 4)


def test_chinese_in_its_old_encodings(train, cli, tmp_path):
    code, _, err = train({"gb.txt": SIMPLIFIED.encode("gb18030"), "big.txt": CHINESE.encode("big5")}, "--set", "language=zh")
    assert code == 0, err
    code, _, err = cli("render", "--plugin", "poetry-rnn", "--model", "mine", "--syllables", "5,5,5,5", "--drafts", 1,
                       "--output", "a.txt")
    assert code == 0, err
    poem = (tmp_path / "a.txt").read_text("utf-8")
    whole(poem, 4)
    assert set(re.findall(r"\w", poem)) <= set(CHINESE + SIMPLIFIED)


def test_a_language_that_is_not_there(train):
    refused(train({"a.txt": POEM}, "--set", "language=fi"), "not in the language fi")


def test_of_more_text_than_is_learnt_from_some_is_taken_from_all_of_it(tmp_path, monkeypatch):
    from artengine.runs import LocalRun
    from artengine.works import Text

    monkeypatch.setattr(preparing, "MOST", 20_000)
    names = ["sea", "sky", "stone", "tree", "night", "day", "hill", "bird", "wind", "rain", "leaf", "star"]
    run = LocalRun()
    read = (Text(f"The {names[i % 12]} of number {i} is still,\nthe {names[i % 7]} is on the hill.", language="en") for i in range(2000))
    arrays = preparing.prepare(read, run, 0)
    assert 10_000 < arrays["characters"].sum() <= 21_000
    assert any("more than 20,000 characters" in reason for _, reason in run.skipped)


# --- wishes

@pytest.mark.parametrize(("asked", "says"), [
    (["--theme", "zxcvb,qwrtp"], ["none of the words of the theme", "zxcvb, qwrtp"]),
    (["--form", "quatrain", "--rhyme", "ABABCC"], ["rhyme", "ABABCC"]),
    (["--lines", "4", "--rhyme", "ABABCC"], ["6 lines", "the poem has 4"]),
    (["--form", "七绝"], ["English has no form"]),
    (["--form", "haikou"], ["haikou"]),
    (["--form", "haiku", "--lines", "5"], ["3 lines", "--lines 5"]),
    (["--form", "haiku", "--syllables", "5,7"], ["3 lines", "--syllables of 2 lines"]),
    (["--form", "haiku", "--syllables", "5,7,6"], ["Line 3", "contradicts"]),
    (["--syllables", "0,5"], ["--syllables"]),
    (["--syllables", "5,x"], ["--syllables"]),
    (["--syllables", "41"], ["--syllables"]),
    (["--form", "haiku", "--prefix", "An extraordinarily unimaginable beginning"], ["extraordinarily"]),
    (["--lines", "2", "--prefix", "One\nTwo\nThree\nFour"], ["prefix has 4 lines"]),
    (["--meter", "平平仄仄平"], ["平平仄仄平"]),
    (["--meter", "iambic pentametre"], ["pentametre"]),
    (["--form", "acrostic:"], ["acrostic"]),
    (["--form", "acrostic:A☃"], ["☃"]),
    (["--lines", "60", "--rhyme", "A" * 60, "--syllables", "8"], ["rhyme"]),
    (["--style", "Nobody at all"], ["Nobody at all"]),
    (["--rhyme", "A?B"], [r"A\?B"])], ids=lambda value: " ".join(value) if value[0].startswith("--") else "")
def test_what_cannot_be_is_said_before_a_word(render, asked, says):
    refused(render(*asked), *says)


@pytest.mark.parametrize(("prefix", "begins"), [
    ("Ω≈ç√ the sea", "the sea"), ("The sea ☃", "The sea"), ("月光 the sea", "the sea"), ("Zxcvb qwrtp the sea", "Zxcvb qwrtp the sea"),
    ("Tonight 42 ships", "Tonight 42 ships"), ("   the   sea ", "the sea"), ("\u202ethe sea\x07", "the sea")])
def test_a_prefix_of_any_characters_begins_a_whole_poem(render, prefix, begins):
    code, poem, err = render("--lines", 4, "--prefix", prefix)
    assert code == 0, err
    whole(poem, 4)
    assert begins in poem.splitlines()[0]
    assert not re.search("[\x00-\x08\u202e]", poem)


def test_a_theme_that_is_known_in_part_is_followed_and_the_rest_is_told(render):
    code, poem, err = render("--form", "couplet", "--theme", "sea,zxcvb")
    assert code == 0, err
    whole(poem, 2)
    assert "zxcvb" in err
    assert "does not know" in err


@pytest.mark.parametrize(("asked", "lines"), [
    (["--lines", "3", "--syllables", "2"], 3), (["--lines", "2", "--syllables", "40"], 2), (["--lines", "1"], 1),
    (["--form", "haiku", "--temperature", "0"], 3), (["--form", "haiku", "--temperature", "5"], 3),
    (["--form", "haiku", "--top-k", "1"], 3), (["--form", "haiku", "--min-p", "1"], 3), (["--form", "haiku", "--top-p", "0.01"], 3),
    (["--form", "sonnet", "--rhyme", "AAAAAAAAAAAAAA"], 14)], ids=lambda value: " ".join(value) if isinstance(value, list) else "")
def test_extremes_are_poems_too(render, asked, lines):
    code, poem, err = render(*asked)
    assert code == 0, err
    whole(poem, lines)
