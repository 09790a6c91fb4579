"""The eye, what critics make of it, and copies of what a model learnt from."""

import io
import json
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image as Pillow
from tests.plugins.image.autoencoders import discs, learner_of

from artengine.errors import ArtengineError
from artengine.evaluating import distances, features
from artengine.models import Model
from artengine.pictures.eye import NONE, Eye, eye, looked
from artengine.works import Image
from artengine_corpora.atelier import SCHOOLS, Atelier
from artengine_image import fingerprint
from artengine_image.critics.originality import Originality
from artengine_image.critics.style import Style
from artengine_image.preparing import TRAIN

NEW = 20_000_000  # seeds that the eye never learnt from


@pytest.fixture(scope="module")
def painted():
    """Five pictures of each school."""
    return [Atelier.paint(NEW + i, None, 64, 64) for i in range(5 * len(SCHOOLS))]


@pytest.fixture(scope="module")
def learnt(painted):
    """A corpus, whose fingerprint a model has."""
    return fingerprint.of([work.pixels for work in painted[:40]], np.arange(40) * 2, np.arange(40) % 12)


def blurred(pixels, radius):
    from PIL import ImageFilter

    return np.asarray(Pillow.fromarray(pixels).filter(ImageFilter.GaussianBlur(radius)))


def jpeg(pixels, quality=40):
    file = io.BytesIO()
    Pillow.fromarray(pixels).save(file, "JPEG", quality=quality)
    return np.asarray(Pillow.open(file))


# ---- the network

def test_the_network_of_the_recipe_and_the_one_in_numpy_are_the_same(tmp_path):
    import torch
    from safetensors.numpy import save_file

    from artengine_image.recipe_eye import Network

    torch.manual_seed(0)
    heads = {"school": [NONE, "a", "b"], "damage": [NONE, "c"]}
    network = Network(heads)
    pixels = np.random.default_rng(0).integers(0, 256, (70, 64, 64, 3), dtype=np.uint8)
    x = torch.from_numpy(pixels).permute(0, 3, 1, 2).float() / 127.5 - 1
    with torch.no_grad():
        for layer in network.modules():  # normalisations that do something
            if isinstance(layer, torch.nn.BatchNorm2d):
                layer.weight.uniform_(0.5, 2)
                layer.bias.uniform_(-0.5, 0.5)
        network(x)
        network.eval()
        network(x)
        save_file(network.arrays(), tmp_path / "eye.safetensors", {"heads": json.dumps(heads)})
        seen = Eye(tmp_path / "eye.safetensors")
        found, wanted = seen.see(pixels), network(x)
        assert np.abs(found - wanted.numpy()).max() < 0.02  # float16 in the file
        assert np.abs(found - seen.see(pixels, quick=True)).max() < 1e-4
        assert found.std() > 0.1
        shares = network.heads["school"](wanted.relu()).softmax(1).numpy()
        assert np.abs(seen.tell(found, "school") - shares).max() < 0.01
        marks = torch.nn.functional.normalize(network.copy(wanted.relu()), dim=1).numpy()
        assert np.abs(seen.marks(found) - marks).max() < 0.01


def test_any_picture_is_seen_by_itself():
    rng = np.random.default_rng(0)
    odd = [rng.integers(0, 256, shape, dtype=np.uint8) for shape in
           ((1, 1), (5, 300), (64, 64, 1), (64, 64, 3), (9, 700, 4), (300, 2, 3), (200, 150, 4))]
    rows = eye().see(odd)
    assert rows.shape == (7, 128)
    assert np.isfinite(rows).all()
    for one, row in zip(odd, rows, strict=True):
        assert np.allclose(eye().see([one])[0], row, atol=1e-4)
    assert eye().see([]).shape == (0, 128)


def test_grey_is_grey_and_what_is_transparent_is_white():
    grey = np.random.default_rng(1).integers(0, 256, (40, 50), dtype=np.uint8)
    assert (looked(grey) == looked(np.repeat(grey[..., None], 3, 2))).all()
    clear = np.zeros((30, 30, 4), np.uint8)
    clear[..., :3] = 90
    assert (looked(clear) == 255).all()
    large = np.random.default_rng(1).integers(0, 256, (128, 192, 3), dtype=np.uint8)
    assert np.abs(looked(large) - large.reshape(64, 2, 64, 3, 3).mean((1, 3))).max() <= 1


def test_schools_of_new_pictures_are_told(painted):
    shares = eye().tell(eye().see(work.pixels for work in painted), "school")
    assert np.allclose(shares.sum(1), 1, atol=1e-5)
    told = [eye().heads["school"][i] for i in shares.argmax(1)]
    assert np.mean([name == work.labels["school"] for name, work in zip(told, painted, strict=True)]) > 0.7


def test_distances_grow_with_damage(painted):
    seen = features.load("eye")
    half = len(painted) // 2
    real = seen.of(painted[:half])

    def far(change):
        return distances.frechet(real, seen.of([Image(change(work.pixels)) for work in painted[half:]]))

    rng = np.random.default_rng(0)
    blur = [far(lambda p, r=r: blurred(p, r)) for r in (0.01, 1.5, 4)]
    noise = [far(lambda p, s=s: np.clip(p + rng.normal(0, s, p.shape), 0, 255).astype(np.uint8)) for s in (0, 30, 90)]
    assert blur == sorted(blur)
    assert noise == sorted(noise)
    assert min(blur[-1], noise[-1]) > 1.5 * blur[0]


def test_a_missing_school_is_seen(painted):
    seen = features.load("eye").of(painted)
    odd = np.arange(len(painted)) // 12 % 2 == 1
    some = np.array([work.labels["school"] in SCHOOLS[:4] for work in painted])
    assert distances.frechet(seen[~odd], seen[odd & some]) > 1.2 * distances.frechet(seen[~odd], seen[odd])


def test_looking_needs_no_torch():
    said = ("import sys, numpy as np; from artengine_image.critics.style import Style; from artengine.works import Image;"
            "Style(None, None).judge([Image(np.zeros((8, 8), np.uint8))]);"
            "from artengine_image import fingerprint; fingerprint.of([np.zeros((8, 8, 3), np.uint8)]);"
            "sys.exit('torch' in sys.modules)")
    assert subprocess.run([sys.executable, "-c", said], check=False).returncode == 0


# ---- style

def test_style_is_sure_of_pictures_and_not_of_what_was_made_of_them(painted):
    critic = Style(None, None)
    plain = [Image(work.pixels) for work in painted]
    real = np.array([one.score for one in critic.judge(plain)])
    rng = np.random.default_rng(0)
    for change in (lambda p: rng.permutation(p.reshape(-1, 3)).reshape(p.shape), lambda p: np.full_like(p, p[0, 0]),
                   lambda p: rng.integers(0, 256, p.shape, dtype=np.uint8)):
        broken = np.array([one.score for one in critic.judge([Image(change(work.pixels)) for work in painted])])
        assert (real[:, None] > broken).mean() > 0.9
    (noise,) = critic.judge([Image(rng.integers(0, 256, (64, 64, 3), dtype=np.uint8))])
    assert "belongs to no school" in noise.remarks[0]


def test_style_holds_a_picture_against_its_own_label(painted):
    critic = Style(None, None)
    right = critic.judge(painted)
    wrong = critic.judge([Image(work.pixels, labels={"school": SCHOOLS[(i + 5) % 12]}) for i, work in enumerate(painted)])
    assert np.mean([a.score > b.score for a, b in zip(right, wrong, strict=True)]) > 0.85
    assert sum("looks like its own school" in one.remarks[0] for one in right) > len(painted) / 2
    assert sum("was made as" in one.remarks[0] for one in wrong) > len(painted) / 2
    for one in (*right, *wrong):
        assert 0 <= one.score <= 1
        assert one.aspects["as labelled"] == one.score


# ---- copies

def judged(weights, *pictures, classes=SCHOOLS):
    model = Model("image-vae", None, weights, {"classes": list(classes)})
    return Originality(None, None, model).judge([Image(np.ascontiguousarray(one)) for one in pictures])


def test_copies_are_found_and_named_however_they_were_turned(painted, learnt):
    one = painted[7].pixels
    changed = {"": one, ", mirrored": one[:, ::-1], ", upside down": one[::-1], ", turned round": one[::-1, ::-1],
               ", in a frame": np.pad(one, ((9, 9), (12, 12), (0, 0)), constant_values=128), " ": jpeg(one)}
    for (how, picture), found in zip(changed.items(), judged(learnt, *changed.values()), strict=True):
        assert found.score < 0.2, how
        assert f"all but picture 15 of the training corpus (ink){how.strip()}" in found.remarks[0]
        assert picture.size


def test_pieces_and_small_copies_are_nearer_than_new_pictures(painted, learnt):
    pieces = [work.pixels[3:60, 4:61] for work in painted[:20]]
    small = [work.pixels[::2, ::2] for work in painted[:20]]
    new = np.array([one.score for one in judged(learnt, *(work.pixels for work in painted[40:]))])
    for some in (pieces, small):
        copied = np.array([one.score for one in judged(learnt, *some)])
        assert ((new[:, None] > copied) + 0.5 * (new[:, None] == copied)).mean() > 0.85
    assert np.median(new) > 0.8
    found = fingerprint.Fingerprint(learnt)
    assert np.mean([found.nearest(piece).number == 2 * i + 1 for i, piece in enumerate(pieces)]) > 0.8


def test_of_many_pictures_some_are_kept_and_that_is_said(painted, monkeypatch):
    monkeypatch.setattr(fingerprint, "MOST", 10)
    weights = fingerprint.of([work.pixels for work in painted])
    assert {name: value.shape for name, value in weights.items()} == {
        "fingerprint.hash": (10, 8), "fingerprint.marks": (10, 32), "fingerprint.number": (10,), "fingerprint.label": (10,),
        "fingerprint.usual": (3,)}
    (one,) = judged(weights, painted[-1].pixels)
    assert one.score == 0
    assert "picture 60 " in one.remarks[0]
    assert one.remarks[1] == "Only 10 of the 60 pictures were looked through."


def test_a_corpus_of_one_picture_or_of_repetitions_serves_too(painted):
    for corpus in ([painted[0].pixels], [painted[0].pixels] * 3, [np.zeros((8, 8), np.uint8), painted[0].pixels]):
        same, other = judged(fingerprint.of(corpus), painted[0].pixels, painted[5].pixels)
        assert same.score < 0.05
        assert other.score > 0.8


def test_without_a_model_that_has_learnt_pictures_there_is_no_originality(painted):
    with pytest.raises(ArtengineError, match="no pictures to look for copies of"):
        Originality(None, None, Model("image-vae", None, {"grid": np.zeros(3)}))
    assert "training corpus" in Originality(None, None).judge(painted[:1])[0].remarks[0]  # of a model that ships


def test_a_frame_is_cut_off_and_an_even_picture_is_left_alone():
    field = np.full((20, 30, 3), 7, np.uint8)
    assert fingerprint.unframed(field) is field
    field[4:9, 6:20] = 200
    assert fingerprint.unframed(field).shape == (5, 14, 3)
    assert fingerprint.unframed(field[..., 0]).shape == (5, 14)


def test_models_that_are_trained_carry_the_fingerprint_of_what_they_learnt():
    works = discs(30)
    learner = learner_of("image-vae", works)
    ids = np.flatnonzero(learner.arrays["split"] == TRAIN)
    weights = learner.weights()
    assert weights["fingerprint.hash"].shape == (len(ids), 8)
    assert (weights["fingerprint.number"] == ids).all()
    assert weights["fingerprint.marks"].dtype == np.int8
    (one,) = judged(weights, works[ids[3]].pixels, classes=("left", "right"))
    assert one.score < 0.05
    assert f"picture {ids[3] + 1} of the training corpus ({works[ids[3]].labels['side']})" in one.remarks[0]
