"""Walks through latent spaces, from the command line to films that can be made again."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from artengine import evenness, plugins, steering
from artengine.cli import common
from artengine.latent import Walk, interpolate
from artengine.nn import walks
from artengine.pictures import film_recipe
from artengine.pictures.playing import frames
from artengine.seeing import seen
from artengine.works import Image, Text

WALKERS = Path(__file__).parent / "walkers"


@pytest.fixture
def studio(monkeypatch, tmp_path):
    monkeypatch.syspath_prepend(str(WALKERS))
    monkeypatch.setenv("PYTHONPATH", str(WALKERS))
    monkeypatch.setenv("ARTENGINE_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("ARTENGINE_STUDIO", raising=False)
    folder = tmp_path / "studio"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def run(studio, capsys):
    def run(*args):
        code = common.run([str(a) for a in args])
        out, err = capsys.readouterr()
        return code, out, err
    return run


@pytest.fixture
def discs(run):
    def walk(*args):
        code, out, err = run("interpolate", "--plugin", "discs", *args)
        assert code == 0, err
        return Path(out.splitlines()[0])
    return walk


def disc(seed):
    import walkers

    return walkers.disc(normal(seed))


def normal(seed):
    return walks.normal([seed], 4)[0]


def test_a_walk_goes_from_one_seed_to_another(discs):
    path = discs("--from", 7, "--to", 8, "--frames", 12, "--output", "walk")
    shown = list(frames(path))
    assert len(shown) == 12
    assert (shown[0][..., :3] == disc(7)).all()
    assert (shown[-1][..., :3] == disc(8)).all()


def test_steps_are_even_in_what_is_seen(studio):
    """The map from latent to place is a steep tanh, whose steps are known; the walk is timed against it."""
    kept = interpolate("discs", 7, 3, frames=40, save="even")
    before, after = kept.unevenness
    assert before > 0.3
    assert after < 0.05
    for save, measured, even in (("even", after, True), ("plain", before, False)):
        pixels = [Image(frame) for frame in frames(interpolate("discs", 7, 3, frames=40, save=f"{save}-", even=even).paths[0])]
        far = evenness.steps(seen(pixels), loop=False)
        assert evenness.unevenness(far) == pytest.approx(measured, rel=0.02)


@pytest.mark.parametrize("loop", [False, True])
def test_timing_finds_the_inverse_of_a_known_speed(loop):
    def look(t):  # what is seen crosses two thirds of its way in a tenth of the time
        way = np.interp(t, (0, 0.45, 0.55, 1), (0, 1, 5, 6))
        return np.stack((np.cos(way), np.sin(way)), 1) * 3 if loop else way[:, None]

    found = evenness.even(look, 24, loop)
    assert found.before > 1
    assert found.after < 0.1
    assert found.times[0] == 0
    assert (np.diff(found.times) > 0).all()
    assert (found.times[-1] == 1) is not loop


def test_what_cannot_be_evened_is_left_alone():
    jump = evenness.even(lambda t: (t > 0.5)[:, None].astype(float), 10)
    assert jump.after <= jump.before
    still = evenness.even(lambda t: np.zeros((len(t), 3)), 10)
    assert (still.before, still.after) == (0, 0)
    assert np.allclose(still.times, np.linspace(0, 1, 10))


def test_easing_is_slow_at_every_point_and_keeps_the_ends():
    even = np.linspace(0, 1, 61)
    slow = evenness.slowed(even, 2, False)
    pace = np.diff(slow)
    assert np.allclose(slow[[0, 30, 60]], [0, 0.5, 1])
    assert (pace >= 0).all()
    assert pace[[0, 29, 30, 59]].max() < 0.1 * pace[[15, 45]].min()
    around = evenness.slowed(np.arange(60) / 60, 3, True)
    assert np.allclose(around[[0, 20, 40]], [0, 1 / 3, 2 / 3])


@pytest.mark.parametrize(("flags", "output", "many"), [
    (("--via", 3, "--path", "spline", "--loop", "--ease"), "walk.webp", 9), (("--path", "noiseloop"), "walk.gif", 9),
    (("--path", "lerp", "--shift", "0.1"), "walk.mp4", 9), (("--no-even",), "walk", 9)])
def test_a_film_keeps_its_recipe_and_can_be_made_again(discs, run, flags, output, many):
    path = discs("--from", 7, "--to", 8, "--frames", many, "--fps", 20, "--output", output, *flags)
    assert path.name == output
    assert len(list(frames(path))) == many
    recipe = json.loads(film_recipe(path))
    assert (recipe["plugin"], recipe["seed"], recipe["walk"]["points"][:1]) == ("discs", 7, [7])
    assert len(recipe["walk"]["times"]) == many
    assert run("verify", path)[:2] == (0, f"exact: {path}\n")
    code, again, _ = run("rerender", path)
    assert code == 0
    assert again.strip() == str(path.with_name(f"{path.stem}-2{path.suffix}"))
    assert run("verify", again.strip())[0] == 0


def test_a_loop_comes_round_and_a_noiseloop_passes_both_seeds(discs):
    shown = [Image(f) for f in frames(discs("--from", 7, "--to", 8, "--loop", "--frames", 24, "--output", "round"))]
    far = evenness.steps(seen(shown), loop=True)
    assert far[-1] == pytest.approx(far.mean(), rel=0.2)
    around = list(frames(discs("--path", "noiseloop", "--from", 7, "--to", 8, "--frames", 8, "--no-even", "--output", "noise")))
    assert (around[0][..., :3] == disc(7)).all()
    assert (around[2][..., :3] == disc(8)).all()


def test_an_edited_film_is_told_from_its_recipe(discs, run):
    path = discs("--from", 7, "--frames", 4, "--output", "walk")
    (path / "00003.png").write_bytes((path / "00004.png").read_bytes())
    code, said, _ = run("verify", path)
    assert code == 1
    assert "Frame 3 differs" in said
    (path / "00004.png").unlink()
    assert "different" in run("verify", path / "00001.png")[1]


def test_nothing_is_written_over(discs):
    names = [discs("--from", 7, "--frames", 3, "--output", output).name for output in ("a.gif", "a.gif", "a", "a", "a")]
    assert names == ["a.gif", "a-2.gif", "a", "discs-walk-seed7-seed8.mp4", "discs-walk-seed7-seed8-2.mp4"]


def test_a_grid_lies_between_its_corners(discs, run):
    import walkers
    from PIL import Image as Pillow

    path = discs("--grid", "4x3", "--corners", "1,2,3,4", "--output", "grid.png")
    pixels, step = np.asarray(Pillow.open(path)), walkers.SIDE + 4

    def cell(column, row):
        return pixels[4 + row * step:4 + row * step + walkers.SIDE, 4 + column * step:4 + column * step + walkers.SIDE]

    for (column, row), seed in {(0, 0): 1, (3, 0): 2, (0, 2): 3, (3, 2): 4}.items():
        assert (cell(column, row) == disc(seed)).all()
    z = walks.slerp(normal(1), normal(2), np.array([1 / 3]))[0]
    assert (cell(1, 0) == walkers.disc(z.astype(np.float32))).all()
    assert run("verify", path)[:2] == (0, f"exact: {path}\n")


def test_files_are_walked_from_and_our_own_gone_back_to_exactly(discs, run, tmp_path):
    from PIL import Image as Pillow

    assert run("render", "--plugin", "discs", "--seed", 11, "--output", "mine.png")[0] == 0
    Pillow.fromarray(disc(12)).save(tmp_path / "theirs.png")
    path = discs("--from", "mine.png", "--to", tmp_path / "theirs.png", "--frames", 5, "--output", "walk")
    shown = list(frames(path))
    points = json.loads(film_recipe(path))["walk"]["points"]
    assert points[0] == 11
    assert isinstance(points[1], str)
    near = evenness.steps(seen([Image(shown[-1][..., :3]), Image(disc(12))]), False)[0]
    across = evenness.steps(seen([Image(shown[0][..., :3]), Image(disc(12))]), False)[0]
    assert near < 0.1 * across
    (tmp_path / "theirs.png").unlink()
    assert run("verify", path)[0] == 0, "the recipe needs no file"
    edited = np.array(Pillow.open("mine.png"))
    edited[:10] = 0
    meta = Pillow.open("mine.png").text["artengine"]
    from artengine.pictures import png

    Path("mine.png").write_bytes(png.with_text(png.encode(edited), {"artengine": meta}))
    assert isinstance(json.loads(film_recipe(discs("--from", "mine.png", "--to", "7", "--frames", 3, "--output", "w2")))
                      ["walk"]["points"][0], str)


def test_walks_of_other_media_are_numbered_works(run, studio):
    code, out, _ = run("interpolate", "--plugin", "words", "--from", 1, "--to", 2, "--frames", 10, "--output", "verse/")
    assert code == 0
    files = [Path(line) for line in out.splitlines()]
    assert [file.name[-6:] for file in files] == [f"{i:02d}.txt" for i in range(1, 11)]
    import walkers

    first = walkers.Words(None, None).decode(walks.normal([1, 2], 3))
    assert [files[0].read_text().strip(), files[-1].read_text().strip()] == [work.body.strip() for work in first]
    assert run("verify", files[4])[:2] == (0, f"exact: {files[4]}\n")
    assert "10" in str(len(json.loads(run("works", "--json")[1])))


@pytest.mark.parametrize(("attribute", "more"), [
    ("redness", ()), ("shade.redness", ()), ("right", ("--corpus", "disc-files", "--discs", "80")),
    ("shade=red", ("--corpus", "disc-files"))])
def test_an_attribute_is_gained_along_the_walk(discs, attribute, more):
    shown = list(frames(discs("--from", 5, "--attribute", attribute, *more, "--frames", 9, "--output", "more")))
    less = list(frames(discs("--from", 5, "--attribute", attribute, *more, "--frames", 9, "--amount", -2, "--output", "less")))
    ink = [np.abs(frame[..., :3].astype(float) - (235, 228, 214)).sum(2) for frame in shown]
    across = [float((i * np.arange(i.shape[1])).sum() / i.sum()) for i in ink]
    red = [float(frame[i > 100][:, 0].mean()) for frame, i in zip(shown, ink, strict=True)]
    gained = across if attribute == "right" else red
    assert gained[-1] - gained[0] > (5 if attribute == "right" else 60)
    assert gained == sorted(gained)
    assert (less[0] == shown[-1]).all()


def test_ridge_finds_a_known_direction_and_says_when_there_is_none():
    rng = np.random.default_rng(0)
    z, truth = rng.standard_normal((200, 64)), rng.standard_normal(64)
    truth /= np.linalg.norm(truth)
    found, correlation = steering.ridge(z, z @ truth + 0.5 * rng.standard_normal(200))
    assert found @ truth > 0.9
    assert 0.7 < correlation < 0.9  # 0.89 is what the noise leaves
    labels = (z @ truth > 0).astype(float)
    assert steering.ridge(z, labels)[0] @ truth > 0.8
    assert steering.ridge(z, rng.standard_normal(200))[1] < steering.FAINT
    few, correlation = steering.ridge(z[:20], (z @ truth)[:20])  # fewer works than dimensions
    assert np.isfinite(few).all()


@pytest.mark.parametrize(("flags", "said", "advice"), [
    (("--plugin", "plain", "--from", "1"), "plain has no latent space", "discs, words"),
    (("--plugin", "nobody"), 'no generator "nobody"', "Installed"), ((), "--plugin is missing", "discs"),
    (("--plugin", "discs", "--from", "bad.png", "--to", "1"), '--from: "bad.png" cannot be read', "seed"),
    (("--plugin", "discs", "--from", "poem.txt", "--to", "1"), '--from "poem.txt" is a text', "a seed"),
    (("--plugin", "discs", "--from", "no.png", "--to", "1"), '--from: There is no file "no.png"', "seed"),
    (("--plugin", "discs", "--from", "bad.bin", "--to", "1"), '--from: No plugin reads ".bin"', "seed"),
    (("--plugin", "discs", "--from", "mine.png"), "--to is missing", "file"),
    (("--plugin", "discs", "--from", "-3"), "--from -3 is out of range", "2^63"),
    (("--plugin", "discs", "--path", "slurp"), 'no path "slurp"', "slerp"),
    (("--plugin", "discs", "--frames", "1"), "--frames 1", "2 or more"),
    (("--plugin", "discs", "--fps", "0"), "0 frames a second", "at most"),
    (("--plugin", "discs", "--fps", "60", "--output", "a.gif"), "60 frames a second", "50"),
    (("--plugin", "discs", "--output", "a.png"), "no name of a film", "--grid"),
    (("--plugin", "discs", "--format", "avi"), "cannot be written as avi", "mp4"),
    (("--plugin", "discs", "--grid", "8"), "--grid", "--help"), (("--plugin", "discs", "--grid", "1x4"), "--grid 1x4", "2 or more"),
    (("--plugin", "discs", "--grid", "2x2", "--corners", "1,2"), "--corners names 2 of four", "A,B,C,D"),
    (("--plugin", "discs", "--grid", "2x2", "--to", "3"), "--grid lies between", "--to"),
    (("--plugin", "discs", "--corners", "1,2,3,4"), "not asked for", "--grid"),
    (("--plugin", "discs", "--path", "noiseloop", "--via", "3"), "noiseloop goes round", "--via"),
    (("--plugin", "discs", "--attribute", "rudeness"), '"rudeness" is no critic', "redness"),
    (("--plugin", "discs", "--attribute", "nothing"), 'All works are alike in "nothing"', "another"),
    (("--plugin", "discs", "--attribute", "rigth", "--corpus", "disc-files"), 'No work of the corpus has the label "rigth"', "right"),
    (("--plugin", "discs", "--attribute", "red", "--corpus", "disc-files", "--discs", "9"), "works of the corpus", "At least 8"),
    (("--plugin", "discs", "--attribute", "red", "--discs", "9"), "--discs is an option of the corpus disc-files", "--corpus"),
    (("--plugin", "discs", "--attribute", "redness", "--amount", "0"), "--amount 0", "deviations"),
    (("--plugin", "discs", "--sift", "1"), "no option --sift", "--shift"),
    (("--plugin", "discs", "--shift", "x"), "--shift must be a number", "right")])
def test_what_will_not_do_is_told_and_leaves_nothing(run, studio, flags, said, advice):
    from PIL import Image as Pillow

    (studio / "bad.png").write_bytes(b"\x89PNG and no more")
    (studio / "bad.bin").write_bytes(b"\0")
    (studio / "poem.txt").write_text("Short is good.\n")
    Pillow.fromarray(disc(3)).save(studio / "mine.png")
    there = sorted(studio.iterdir())
    code, _, err = run("interpolate", *flags)
    assert code == 2
    assert said in err
    assert advice in err
    assert sorted(studio.iterdir()) == there


def test_controls_that_share_a_name_are_spelt_with_the_plugins(run, discs):
    _, shown, _ = run("interpolate", "--plugin", "discs", "--help")
    assert "--shift NUMBER" in shown
    assert "--discs-loop N" in shown
    path = discs("--from", 7, "--frames", 3, "--discs-loop", 3, "--output", "walk")
    recipe = json.loads(film_recipe(path))
    assert recipe["controls"]["loop"] == 3
    assert "loop" not in recipe["walk"]


def test_python_gives_a_work_and_hears_what_was_made(studio, monkeypatch):
    import walkers

    made = interpolate("discs", Image(disc(3)), 4, frames=4, save="walk.gif", controls={"shift": 0.05})
    assert made.paths == (Path("walk.gif"),)
    assert made.seeds == (4,)
    assert (walkers.disc(normal(4), 0.05) == disc(4)).mean() < 1
    monkeypatch.delattr(walkers.Discs, "latents")
    monkeypatch.setattr(walkers.Discs, "decode", lambda self, z: [Image(walkers.disc(row)) for row in z])
    assert interpolate("discs", 1, 2, frames=3, save="w.gif").seeds == (1, 2)
    with pytest.raises(Exception, match=r"takes no controls on a walk \(--shift"):
        interpolate("discs", 1, 2, frames=3, controls={"shift": 0.1})


def test_ctrl_c_leaves_nothing_behind(run, studio):
    for after in (3, 60):  # while it is looked at, and while the film is made
        code, _, err = run("interpolate", "--plugin", "discs", "--from", 7, "--frames", 20, "--output", "walk.mp4", "--interrupt", after)
        assert code == 130
        assert "nothing was written" in err
        assert not list(studio.glob("*walk*"))
        assert not list(studio.glob(".artengine*"))


def test_a_kill_leaves_no_film_that_is_not_whole(studio):
    begun = subprocess.Popen([sys.executable, "-m", "artengine", "interpolate", "--plugin", "discs", "--from", "7", "--frames", "200",
                              "--wait", "0.02", "--no-even", "--output", "walk.gif", "--quiet"])
    deadline = time.monotonic() + 30
    while not list(studio.glob(".artengine-*")) and time.monotonic() < deadline:
        time.sleep(0.01)
    begun.send_signal(signal.SIGKILL)
    begun.wait()
    assert not (studio / "walk.gif").exists()
    assert list(studio.glob(".artengine-*"))  # hidden, and swept away a day later


def test_frames_left_by_a_kill_are_swept_away_later(discs, studio):
    for age, name in ((0, "young"), (2 * 86400, "old")):
        (studio / f".artengine-{name}").mkdir()
        (studio / f".artengine-{name}/00001.png").write_bytes(b"")
        os.utime(studio / f".artengine-{name}", (time.time() - age,) * 2)
    discs("--from", 7, "--frames", 3, "--output", "walk.gif")
    assert [path.name for path in studio.glob(".artengine-*")] == [".artengine-young"]


def test_a_recipe_of_a_walk_survives_and_others_are_as_they_were(studio):
    walk = Walk((7, "AAAA"), "slerp", True, (0.0, 0.5), frame=3)
    assert Walk.from_data(json.loads(json.dumps(walk.to_data()))) == walk
    from artengine.recipe import Recipe

    assert '"walk"' not in Recipe("discs", "image", "walkers", "1", 7).to_json()
    with pytest.raises(Exception, match="cannot be read"):
        Walk.from_data({"path": "slerp", "points": [1], "flying": True})


def test_seen_is_far_where_a_person_sees_it():
    grey, red = Image(np.full((9, 30), 128, np.uint8)), Image(np.full((9, 30, 3), (200, 0, 0), np.uint8))
    faint = Image(np.full((9, 30), 130, np.uint8))
    clear = Image(np.zeros((64, 64, 4), np.uint8))
    figures = [seen([one, other]) for one, other in ((grey, faint), (grey, red))]
    near, far = (float(np.linalg.norm(f[0] - f[1])) for f in figures)
    assert 0 < near < 0.05 * far
    assert seen([clear]).std() == 0
    lines = seen([Text("the cat sat"), Text("the cat sits"), Text("nobody knew")])
    assert np.linalg.norm(lines[0] - lines[1]) < np.linalg.norm(lines[0] - lines[2])


def test_a_generator_that_breaks_the_contract_is_named(studio, monkeypatch):
    plugins.load("discs")
    import walkers

    monkeypatch.setattr(walkers.Discs, "latents", lambda self, seeds, controls: np.zeros((len(seeds), 3)))
    with pytest.raises(Exception, match=r"discs.*walkers 1.0.*latents\(\) gave"):
        interpolate("discs", 1, 2, frames=3)
    monkeypatch.undo()


