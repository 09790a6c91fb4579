"""Evaluations: every formula against what is known, and the verb from the command line to the page."""

import json
import math
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest

from artengine.cli import common
from artengine.errors import ArtengineError
from artengine.evaluating import distances, evaluate, features, gathering, neighbours
from artengine.runs import LocalRun
from artengine.works import Image

WALKERS = Path(__file__).parent / "walkers"
RNG = np.random.default_rng(0)


def gaussian(n, f=8, seed=0, shift=0.0, scale=1.0):
    return shift + scale * np.random.default_rng(seed).standard_normal((n, f))


# ---- distances

def exactly(mean, covariance, n=2000, seed=0):
    """Rows whose mean and covariance are exactly these."""
    x = np.random.default_rng(seed).standard_normal((n, len(mean)))
    x -= x.mean(0)
    x = x @ np.linalg.inv(np.linalg.cholesky(np.cov(x, rowvar=False))).T
    return mean + x @ np.linalg.cholesky(covariance).T


def test_frechet_is_what_the_closed_form_says():
    a, b = np.diag([1.0, 4.0, 9.0]), np.diag([4.0, 4.0, 1.0])  # commuting: (sqrt a - sqrt b)² on each axis
    found = distances.frechet(exactly(np.zeros(3), a), exactly(np.array([3.0, 0, 4]), b, seed=1))
    assert found == pytest.approx(25 + 1 + 0 + 4, rel=1e-6)
    turn = np.linalg.qr(np.random.default_rng(2).standard_normal((3, 3)))[0]
    turned = turn @ b @ turn.T  # not commuting: against the general root of the product
    values = np.linalg.eigvals(a @ turned)
    closed = np.trace(a) + np.trace(turned) - 2 * np.sqrt(values).sum()
    assert distances.frechet(exactly(np.zeros(3), a), exactly(np.zeros(3), turned, seed=1)) == pytest.approx(closed, rel=1e-6)


def test_frechet_of_the_same_is_nothing_also_where_covariances_are_singular():
    x = gaussian(20, 40)
    assert distances.frechet(x, x) == pytest.approx(0, abs=1e-6)
    assert distances.frechet(x, x + 2) == pytest.approx(160, rel=1e-6)
    assert distances.frechet(x[:, :1], x[:, :1] + 3) == pytest.approx(9)


def test_kernel_distance_is_unbiased_and_grows():
    same = [distances.kernel(gaussian(200, seed=i), gaussian(200, seed=100 + i))[0] for i in range(40)]
    assert abs(np.mean(same)) < 3 * np.std(same) / math.sqrt(40)
    assert min(same) < 0
    far = [distances.kernel(gaussian(400), gaussian(400, seed=1, shift=s))[0] for s in (0, 0.2, 0.5, 1)]
    assert far == sorted(far)
    x, y = gaussian(30, 3), gaussian(30, 3, seed=1, shift=1)
    by_hand = (sum((a @ b / 3 + 1) ** 3 for i, a in enumerate(x) for j, b in enumerate(x) if i != j) / 870
               + sum((a @ b / 3 + 1) ** 3 for i, a in enumerate(y) for j, b in enumerate(y) if i != j) / 870
               - 2 * sum((a @ b / 3 + 1) ** 3 for a in x for b in y) / 900)
    assert distances.kernel(x, y) == (pytest.approx(by_hand), 0)
    mean, deviation = distances.kernel(gaussian(300), gaussian(300, seed=1, shift=1), size=100)
    assert mean == pytest.approx(distances.kernel(gaussian(300), gaussian(300, seed=1, shift=1))[0], rel=0.1)
    assert deviation > 0


def test_sliced_wasserstein_of_a_shift_and_a_scale():
    x = gaussian(1000, 6)
    assert distances.sliced_wasserstein(x, x) == 0
    shift = np.array([3.0, 0, 0, 0, 0, 4])
    assert distances.sliced_wasserstein(x, x + shift, directions=2000) == pytest.approx(5 / math.sqrt(6), rel=0.05)
    assert distances.sliced_wasserstein(x, 3 * x) == pytest.approx(2, rel=0.05)
    assert distances.sliced_wasserstein(x, x[:500]) < 0.2  # other counts


def test_standardising_is_by_the_real_and_minds_what_never_changes():
    real = np.column_stack((gaussian(500, 2) * (1000, 0.001) + 7, np.full(500, 3.0)))
    a, b = distances.standardised(real, np.add(real, (1000, 0.001, 0.5)))
    assert np.allclose(a.mean(0), 0)
    assert np.allclose(a.std(0), [1, 1, 0], atol=0.05)
    assert np.isfinite(b).all()
    assert np.allclose(b.mean(0)[:2], 1, atol=0.1)


# ---- neighbours

def test_precision_and_recall_of_the_same_of_the_far_and_of_a_part():
    real, other = gaussian(400), gaussian(400, seed=1)
    assert neighbours.precision_recall(real, real) == (1, 1)
    assert neighbours.density_coverage(real, real)[1] == 1
    both = neighbours.precision_recall(real, other)
    assert min(both) > 0.6
    assert neighbours.precision_recall(real, other + 50) == (0, 0)
    assert neighbours.density_coverage(real, other + 50) == (0, 0)
    precision, recall = neighbours.precision_recall(real, 0.05 * other)  # collapsed to the middle
    assert precision > 0.9
    assert recall < 0.05
    assert neighbours.density_coverage(real, 0.05 * other)[1] < 0.4
    wide = neighbours.precision_recall(real, 4 * other)
    assert wide[0] < 0.3 < wide[1]


def test_density_and_coverage_by_hand():
    real = np.array([[0.0], [1], [2], [10], [11], [12]])
    made = np.array([[0.5], [1.5], [30], [31]])
    # With k = 1 every ball has radius 1: 0.5 is within those of 0 and 1, and 1.5 within those of 1 and 2.
    assert neighbours.density_coverage(real, made, k=1) == (1, 0.5)
    assert neighbours.precision_recall(real, made, k=1) == (0.5, 0.5)


def test_density_expects_one_where_real_and_made_are_alike():
    assert neighbours.density_coverage(gaussian(1000), gaussian(1000, seed=1))[0] == pytest.approx(1, abs=0.1)


def test_a_copier_is_caught_though_its_frechet_distance_is_best():
    train, test = gaussian(300, 16), gaussian(300, 16, seed=1)
    copier, honest = train + 0.02 * gaussian(300, 16, seed=2), gaussian(300, 16, seed=3)
    assert distances.frechet(train, copier) < 0.1 * distances.frechet(train, honest)
    caught, fine = (neighbours.memory(made[None], train[None], test[None]) for made in (copier, honest))
    assert caught.ratio < 0.1
    assert caught.copies == 1
    assert caught.sureness > 15 > 3 > abs(fine.sureness)
    assert (caught.nearest == np.arange(300)).all()
    assert fine.ratio == pytest.approx(1, abs=0.05)
    assert fine.copies == fine.copies_elsewhere == 0
    without = neighbours.memory(honest[None], train[None])  # nothing held out: the learnt against the rest of them
    assert without.ratio == pytest.approx(1, abs=0.05)


def test_a_share_of_copies_shows_where_the_median_does_not():
    train, honest = gaussian(300, 16), gaussian(300, 16, seed=3)
    some = neighbours.memory(np.concatenate((train[:60], honest[60:]))[None], train[None])
    assert some.ratio > 0.9
    assert some.copies == pytest.approx(0.2)


def test_blocks_make_no_difference(monkeypatch):
    real, made = gaussian(70), gaussian(50, seed=1)
    one = neighbours.precision_recall(real, made), neighbours.density_coverage(real, made), neighbours.radii(real, 3)
    monkeypatch.setattr(neighbours, "BLOCK", 16)
    other = neighbours.precision_recall(real, made), neighbours.density_coverage(real, made), neighbours.radii(real, 3)
    assert one[:2] == other[:2]
    assert np.allclose(one[2], other[2])


# ---- features and gathering

def pictures(n, noise=0.0, seed=0):
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:40, 0:60] / 40
    found = []
    for _ in range(n):
        tilt, hue = rng.uniform(1, 6, 2), rng.uniform(0, 6)
        wave = 0.5 + 0.4 * np.cos(tilt[0] * 3 * x + tilt[1] * 3 * y)[..., None] * np.cos(hue + np.arange(3))
        found.append(Image(np.clip(255 * wave + rng.normal(0, noise + 1e-9, (40, 60, 3)), 0, 255).astype(np.uint8)))
    return found


def test_noise_is_seen_by_the_features_and_the_more_the_farther():
    pixels = features.load("pixels")
    real = pixels.of(pictures(100))
    assert real.shape == (100, 240)
    far = [distances.frechet(*distances.standardised(real, pixels.of(pictures(100, noise, seed=1)))) for noise in (0, 12, 40)]
    assert far == sorted(far)
    assert far[2] > 3 * far[0]


def test_features_depend_on_one_picture_alone_and_take_every_kind():
    pixels = features.load("pixels")
    works = pictures(3)
    assert (pixels.of(works)[1] == pixels.of(works[1:2])[0]).all()
    odd = [Image(np.zeros((1, 1), np.uint8)), Image(np.zeros((7, 300, 4), np.uint8)), Image(np.full((299, 3, 3), 255, np.uint8))]
    assert np.isfinite(pixels.of(odd)).all()


def test_a_network_in_torchscript_serves_as_features(tmp_path):
    import torch

    class Tiny(torch.nn.Module):
        def forward(self, x):
            return torch.nn.functional.adaptive_avg_pool2d(x.float() / 255, 2).flatten(1)

    with warnings.catch_warnings(action="ignore"):
        torch.jit.save(torch.jit.script(Tiny()), tmp_path / "tiny.pt")
    made = features.load(str(tmp_path / "tiny.pt"))
    assert made.name.startswith("tiny-")
    found = made.of([Image(np.full((20, 30, 3), (255, 0, 51), np.uint8))])
    assert np.allclose(found, [[1] * 4 + [0] * 4 + [0.2] * 4], atol=1e-4)
    (tmp_path / "bad.pt").write_bytes(b"nothing")
    for name, said in ((str(tmp_path / "bad.pt"), "no network in TorchScript"), ("pixals", "no features"),
                       ("nowhere:Nothing", "cannot be used"), (str(tmp_path / "none.pt"), "no network")):
        with pytest.raises(ArtengineError, match=said):
            features.load(name)
    sys.modules["mine"] = type("mine", (), {"Own": features.Pixels})
    assert features.load("mine:Own").name == "pixels-1"
    del sys.modules["mine"]


def test_a_sample_is_fair_and_bounded(monkeypatch):
    monkeypatch.setattr(gathering, "MOST", 30)
    works = [Image(np.full((400, 8), i // 2, np.uint8)) for i in range(400)]
    found = gathering.gather(works, 40, LocalRun())
    assert (found.count, len(found.sample), len(found.thumbs), len(found.small)) == (400, 40, 30, 30)
    assert 60 < np.mean([int(work.pixels[0, 0]) for work in found.sample]) < 140
    assert max(found.sample[0].height, found.thumbs[0].height) == 299
    for thumb, small in zip(found.thumbs, found.small, strict=True):
        assert (gathering.plane(thumb) == small).all()  # they are of one work
    flips = found.variants()
    assert flips.shape == (4, 30, 768)


# ---- the verb

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


def measured(way, amount=0.0, **more):
    report, _ = evaluate("forger", "disc-files", count=120, corpus_options={"discs": 120}, critics=(),
                         controls={"way": way, "amount": amount}, **more)
    return report.data, report.findings


def test_each_fault_shows_in_the_figure_that_is_for_it(studio):
    fine, said = measured("fine")
    assert said[0].startswith("It does not copy")
    assert fine["memorisation"]["ratio"] == pytest.approx(1, abs=0.15)
    copied, said = measured("copy")
    assert copied["distribution"]["made"]["fid"] < 0.2 * fine["distribution"]["made"]["fid"], "and yet"
    assert said[0].startswith("It copies: 100%")
    mirrored, said = measured("mirror", amount=3)
    assert said[0].startswith("It copies: 100%")
    assert mirrored["memorisation"]["ratio"] < 0.2
    collapsed, said = measured("collapse")
    assert said[0].startswith("It has collapsed")
    assert collapsed["distribution"]["made"]["recall"] < 0.5 * fine["distribution"]["made"]["recall"]
    noisy = [measured("noise", amount)[0]["distribution"]["made"] for amount in (10, 40)]
    fids, kids = ([one[key] for one in (fine["distribution"]["made"], *noisy)] for key in ("fid", "kid"))
    assert fids == sorted(fids)
    assert kids == sorted(kids)


def test_works_held_out_are_what_is_compared_with(studio):
    import walkers
    from PIL import Image as Pillow

    (studio / "other").mkdir()
    for seed in range(40):
        Pillow.fromarray(walkers.disc(walkers.normal([seed + 500], 4)[0])).save(studio / f"other/{seed:02d}.png")
    data, said = measured("copy", held_out="other")
    assert data["held_out_corpus"]["works"] == data["distribution"]["made"]["real"] == 40
    assert data["corpus"]["works"] == data["memorisation"]["looked_through"] == 120
    assert any("It copies" in line for line in said)


def test_the_report_names_all_that_its_figures_depend_on_and_is_the_same_again(run, studio):
    words = ("evaluate", "--plugin", "discs", "--corpus", "disc-files", "--discs", 40, "--seed", 5, "--shift", 0.01,
             "--critic", "shade", "--output")
    code, out, err = run(*words, "one.json")
    assert code == 0, err
    assert out.splitlines()[-2:] == ["one.json", "one.html"]
    assert run(*words, "two/")[0] == 0
    text = (studio / "one.json").read_text()
    assert (studio / "two/discs.json").read_text() == text
    data = json.loads(text)
    assert data["seeds"] == [5, 44]
    assert data["features"] == {"name": "eye-1", "dimensions": 128, "standardised": False}
    assert data["controls"]["shift"] == 0.01
    assert (data["corpus"]["name"], data["corpus"]["works"], data["corpus"]["options"]) == ("disc-files", 40, {"discs": 40})
    assert data["corpus"]["fingerprint"] == "discs-40"
    assert data["learnt_from_corpus"] is None
    assert set(data["model"]) == {"name", "sha256", "loss"}
    assert data["distribution"]["made"]["count"] == data["distribution"]["made"]["real"] == 40
    assert data["distribution"]["floor"]["count"] == 20
    assert data["critics"]["shade"]["made"]["aspects"]["redness"] == pytest.approx(
        data["critics"]["shade"]["real"]["aspects"]["redness"], abs=0.05)
    page = (studio / "one.html").read_text()
    assert page.count("<img") == 2 + 24
    assert "http" not in page
    assert "recall" in page
    assert run(*words, "one.json")[1].splitlines()[-2:] == ["one-2.json", "one-2.html"]


def test_other_media_are_judged_and_their_losses_told(run, studio):
    (studio / "poems").mkdir()
    for i in range(12):
        (studio / f"poems/{i}.txt").write_text(f"line {i}\n" if i else "ligne numéro zéro\n", "utf-8")
    code, out, err = run("evaluate", "--plugin", "plain", "--corpus", "poems", "--critic", "none", "--json")
    assert code == 0, err
    data = json.loads(out)
    assert data["held_out"]["nats_per_unit"] == 2
    assert (data["held_out"]["readable"], data["held_out"]["works"], data["held_out"]["unseen"]) == (11, 12, False)
    assert "distribution" not in data
    assert "plain 3" in Path(data["files"][1]).read_text("utf-8")


@pytest.mark.parametrize(("flags", "said", "advice"), [
    ((), "--plugin is missing", "discs"), (("--plugin", "discs"), "what to compare with", "--corpus"),
    (("--plugin", "discs", "--corpus", "nowhere"), 'no image corpus "nowhere"', "disc-files"),
    (("--plugin", "discs", "--corpus", "disc-files", "--count", "3"), "--count 3", "10"),
    (("--plugin", "discs", "--corpus", "disc-files", "--seed", "-1"), "--seed -1", "2^63"),
    (("--plugin", "discs", "--corpus", "disc-files", "--discs", "4"), "has 4 works that can be read", "10 are needed"),
    (("--plugin", "discs", "--corpus", "disc-files", "--features", "x"), 'no features "x"', "pixels"),
    (("--plugin", "plain", "--corpus", "verses", "--features", "x"), "--features are of pictures", "Leave it out"),
    (("--plugin", "discs", "--corpus", "disc-files", "--critic", "shape"), 'no critic "shape"', "shade"),
    (("--plugin", "discs", "--corpus", "disc-files", "--disks", "4"), "no option --disks", "--discs"),
    (("--plugin", "discs", "--corpus", "two"), "has 2 works that can be read: ", "10 are needed"),
    (("--plugin", "discs", "--corpus", "disc-files", "--discs", "12", "--output", "two/a.png"), "is a file, not a folder", ".html"),
    (("--plugin", "forger", "--corpus", "disc-files", "--discs", "30", "--interrupt", "9"), "Stopped; nothing was written", "again")])
def test_what_will_not_do_is_told_and_leaves_nothing(run, studio, flags, said, advice):
    from PIL import Image as Pillow

    (studio / "two").mkdir()
    for name in "ab":
        Pillow.fromarray(np.full((8, 8), ord(name), np.uint8)).save(studio / f"two/{name}.png")
    (studio / "two/c.png").write_bytes(b"")
    code, _, err = run("evaluate", *flags)
    assert code == (130 if "--interrupt" in flags else 2)
    assert said in err
    assert advice in err
    assert [path.name for path in studio.iterdir()] == ["two"]


def test_help_teaches(run):
    _, shown, _ = run("evaluate", "--plugin", "discs", "--corpus", "disc-files", "--help")
    for word in ("--shift", "--discs", "--held-out", "copies", "TorchScript"):
        assert word in shown
