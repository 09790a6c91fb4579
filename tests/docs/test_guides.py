"""The guides, gone through as their readers would, and every link among the pages."""

import re
import shutil

import pytest
from pages import DOCS, ROOT, blocks, run_page


def test_rendering(studio, tmp_path, monkeypatch, environment):
    if (studio / "artengine.toml").exists():
        shutil.copytree(studio / "models", tmp_path / "models")
    monkeypatch.chdir(tmp_path)
    run_page(DOCS / "rendering.md", tmp_path, environment)
    assert (tmp_path / "first.mid").read_bytes() == (tmp_path / "again.mid").read_bytes()


def test_rendering_tells_every_key_of_artengine_toml():
    from artengine.cli.train import FLAGS
    from artengine.planning import ENGINE_KEYS

    toml = next(block.text for block in blocks(DOCS / "rendering.md") if block.notes.get("file") == "artengine.toml")
    render, train = toml.split("[train]")
    for key in ENGINE_KEYS:
        assert f"\n{key} = " in render, key
    for key in FLAGS:
        assert key in train, key


def test_training(tunes, tmp_path, monkeypatch, environment):
    shutil.copytree(tunes, tmp_path / "my-tunes")
    monkeypatch.chdir(tmp_path)
    run_page(DOCS / "training.md", tmp_path, environment)


def test_poetry(tmp_path, monkeypatch, environment):
    """With a model that is learnt here in a step, in place of those that ship."""
    import artengine

    monkeypatch.chdir(tmp_path)
    tiny = {"units": 8, "layers": 1, "embedding": 4, "memory": 1}
    artengine.train("poetry-rnn", "verses", model="tiny", steps=1, options=tiny, studio=tmp_path, quiet=True)
    (tmp_path / "artengine.toml").write_text('[render.poetry-rnn]\nmodel = "tiny"\n')
    run_page(DOCS / "poetry.md", tmp_path, environment)


@pytest.fixture
def walkers(environment, monkeypatch, tmp_path):
    """The toy generators of the tests of walks, which the pages use; gives the environment of commands."""
    folder = str(ROOT / "tests/engine/walkers")
    monkeypatch.syspath_prepend(folder)
    monkeypatch.setenv("ARTENGINE_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    return {**environment, "PYTHONPATH": folder, "ARTENGINE_CACHE": str(tmp_path / "cache")}


def test_walks(walkers, tmp_path):
    run_page(DOCS / "walks.md", tmp_path, walkers)
    assert (tmp_path / "again.webp").read_bytes() == (tmp_path / "round.webp").read_bytes()


def test_evaluation(walkers, studio, tunes, tmp_path):
    if (studio / "artengine.toml").exists():
        shutil.copytree(studio / "models", tmp_path / "models")
        shutil.copy(studio / "artengine.toml", tmp_path)
    shutil.copytree(tunes, tmp_path / "my-tunes")
    run_page(DOCS / "evaluation.md", tmp_path, walkers)
    assert (tmp_path / "discs.json").exists()


PAGES = [*sorted(DOCS.glob("*.md")), ROOT / "README.md"]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    text = re.sub(r"^```.*?^```$|`[^`\n]*`", "", page.read_text("utf-8"), flags=re.M | re.S)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if "://" in target:
            continue
        path, _, anchor = target.partition("#")
        file = page.parent / path if path else page
        assert file.exists(), f"{page.name} links to {target}"
        if anchor:
            assert anchor in anchors(file), f"{page.name} links to {target}"


def anchors(page):
    """The anchors of a page's headings, as GitHub makes them."""
    heads = re.findall(r"^#+ (.*)$", page.read_text("utf-8"), re.M)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


def test_every_page_is_in_the_index():
    index = (DOCS / "index.md").read_text("utf-8")
    for page in DOCS.glob("*.md"):
        assert page.name == "index.md" or f"({page.name})" in index
