"""Contact sheets: the works of many seeds as one picture that can be made again."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import artengine
from artengine.cli import common

WALKERS = Path(__file__).parent / "walkers"


@pytest.fixture
def run(monkeypatch, tmp_path, capsys):
    monkeypatch.syspath_prepend(str(WALKERS))
    monkeypatch.setenv("ARTENGINE_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("ARTENGINE_STUDIO", raising=False)
    monkeypatch.chdir(tmp_path)

    def run(*args):
        code = common.run([str(a) for a in args])
        out, err = capsys.readouterr()
        return code, out, err
    return run


def test_a_sheet_holds_the_works_of_seeds_that_follow_each_other(run):
    assert run("render", "--plugin", "discs", "--seed", 7, "--grid", "3x2", "--output", "sheet.png")[0] == 0
    (page,) = artengine.render("discs", seed=7, grid=(3, 2))
    works = artengine.render("discs", seed=7, count=6)
    side, gap = works[0].width, max(2, works[0].width // 16)
    for i, work in enumerate(works):
        left, top = gap + i % 3 * (side + gap), gap + i // 3 * (side + gap)
        assert np.array_equal(page.pixels[top:top + side, left:left + side], work.pixels)
    assert run("rerender", "sheet.png", "--output", "again.png")[0] == 0
    assert Path("again.png").read_bytes() == Path("sheet.png").read_bytes()
    assert run("verify", "sheet.png")[1].startswith("exact")


@pytest.mark.parametrize(("args", "wrong", "advice"), [
    (("--plugin", "words", "--grid", "2x2"), "--grid is for pictures", "--count"),
    (("--plugin", "discs", "--grid", "0x2"), "--grid 0x2 cannot be", "10000 works"),
    (("--plugin", "discs", "--grid", "2x2", "--count", 4), "as many as fit", "Leave --count"),
    (("--plugin", "discs", "--grid", "two"), "not columns x rows", "--help"),
])
def test_a_sheet_that_cannot_be_is_refused(run, args, wrong, advice):
    code, _, err = run("render", *args)
    assert code == 2
    assert wrong in err
    assert advice in err
