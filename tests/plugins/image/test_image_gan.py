"""image-gan: both forms of the generator, its training, its latents, and the critic that comes of it."""

from __future__ import annotations

import subprocess
import sys
from functools import cache

import numpy as np
import pytest
import torch
from tests.plugins.image.autoencoders import discs, fitted, generator_of, learner_of, model_of

import artengine
from artengine import plugins
from artengine.errors import ArtengineError
from artengine.models import Model
from artengine.nn.losses import logistic_discriminator, logistic_generator
from artengine.runs import LocalRun
from artengine.works import Image
from artengine_image.critics.discriminator import Discriminator
from artengine_image.enlarging import enlarged
from artengine_image.image_gan.learning import Players
from artengine_image.image_gan.network import Discriminator as Network
from artengine_image.image_gan.network import Generator
from artengine_image.image_gan.settings import Controls


@cache
def trained(steps=40, count=64, width=16, height=16, channels=3, **chosen):
    """(model, learner) on discs."""
    learner = learner_of("image-gan", discs(count, width, height, channels), **{"fall": steps, "rate": 0.002, **chosen})
    fitted(learner, steps)
    return model_of("image-gan", learner), learner


# ---- two forms

@pytest.mark.parametrize(("width", "height", "channels"), [(16, 16, 3), (24, 16, 4), (16, 40, 1), (28, 28, 3), (8, 4, 3)])
def test_numpy_draws_what_torch_draws(width, height, channels):
    model, _ = trained(4, 24, width, height, channels)
    part = generator_of(model)
    z = part.latents(range(3), Controls())
    levels = part._drawing.levels
    with torch.no_grad():
        told = torch.from_numpy(z[:, levels * 6:])
        want = part._trained(torch.from_numpy(z[:, :6]), told).numpy().transpose(0, 2, 3, 1)
    for row, wanted in zip(z, want, strict=True):
        got = part.draw(row, None)
        assert got.shape == (height, width, channels)
        assert np.abs(got - (wanted + 1) * 127.5).max() <= 0.51  # a half for rounding


def test_the_discriminator_of_a_model_judges_as_the_one_that_was_trained():
    model, learner = trained()
    part, works = generator_of(model), discs(6)
    labels = np.array([part.label_of(work) for work in works])
    assert set(labels) == {0, 1}
    want = learner._logits(np.stack([work.pixels for work in works]), labels)
    assert np.allclose([part.logit(work) for work in works], want, atol=0.05)  # the file has half precision


# ---- learning

def test_one_pass_gives_both_players_the_gradients_of_their_own_losses():
    torch.manual_seed(0)
    players = Players(Generator(6, 2, (16, 16), 3, 8), Network(2, (16, 16), 3, 8))
    real, z, told = torch.rand(8, 3, 16, 16) * 2 - 1, torch.randn(8, 6), torch.eye(2)[torch.arange(8) % 2]
    logistic_discriminator(*players(real, told, z, told, 0.0)).backward()
    got = {name: p.grad.clone() for name, p in players.named_parameters()}
    made = players.generator(z, told)
    judged = players.discriminator(made, told)
    for player, loss in (("generator", logistic_generator(judged)),
                         ("discriminator", logistic_discriminator(players.discriminator(real, told), judged))):
        own = dict(getattr(players, player).named_parameters())
        for (name, _), grad in zip(own.items(), torch.autograd.grad(loss, own.values(), retain_graph=True), strict=True):
            assert torch.allclose(got[f"{player}.{name}"], grad, rtol=1e-3, atol=1e-6), name


def test_with_two_pictures_a_logit_the_gradients_are_right_too():
    torch.manual_seed(0)
    players = Players(Generator(6, 0, (16, 16), 1, 8), Network(0, (16, 16), 1, 8, pack=2))
    real, z, none = torch.rand(8, 1, 16, 16), torch.randn(8, 6), torch.zeros(8, 0)
    of_real, of_made = players(real, none, z, none, 0.0)
    assert len(of_real) == len(of_made) == 4
    logistic_discriminator(of_real, of_made).backward()
    got = players.generator.colours.weight.grad.clone()
    loss = logistic_generator(players.discriminator(players.generator(z, none), none))
    (want,) = torch.autograd.grad(loss, [players.generator.colours.weight])
    assert torch.allclose(got, want, rtol=1e-3, atol=1e-6)


def test_it_learns_what_the_corpus_looks_like():
    before, after = trained(1)[1].validate(), trained(400, rate=0.004)[1].validate()
    assert after["loss"] < 0.5 * before["loss"]


def test_labels_are_learnt():
    model, _ = trained(400, rate=0.004)
    part = generator_of(model)
    mean = {side: np.mean([work.pixels.reshape(-1, 3).mean(0) for work in part.render(Controls(label=side), range(24))], 0)
            for side in ("left", "right")}
    corpus = {side: np.mean([work.pixels.reshape(-1, 3).mean(0) for work in discs(64) if work.labels["side"] == side], 0)
              for side in mean}
    apart = corpus["left"] - corpus["right"]  # left is red, right is blue
    assert (mean["left"] - mean["right"]) @ apart > 0.3 * apart @ apart


def test_augmentation_grows_while_held_out_pictures_look_less_real_and_is_part_of_a_checkpoint():
    learner = learner_of("image-gan", discs(24))
    for _ in range(200):
        learner._adapt(torch.tensor([2.0, -1.0, -2.0, 0.2]), 64)
    grown = float(learner.strength)
    assert 0.05 < grown <= 0.8
    other = learner_of("image-gan", discs(24))
    other.load_state({name: t.clone() for name, t in learner.state().items()})
    assert all(torch.equal(t, learner.state()[name]) for name, t in other.state().items())
    for _ in range(200):
        learner._adapt(torch.tensor([2.0, 1.9, -2.0, 0.2]), 64)
    assert float(learner.strength) < grown
    before = float(learner.strength)
    for _ in range(200):
        learner._adapt(torch.tensor([2.0, 1.9, -2.0, 1.0]), 64)  # it wins too easily
    assert float(learner.strength) > before


def test_a_generator_that_makes_one_picture_is_told_of():
    learner = learner_of("image-gan", discs(60))
    for norm in learner.module.generator.norms:
        torch.nn.init.zeros_(norm.scale.weight)
        torch.nn.init.zeros_(norm.shift.weight)
    torch.nn.init.zeros_(learner.module.generator.start.weight)
    assert learner.validate()["recall"] == 0
    assert "collapsed" in learner.remark()


def test_few_pictures_make_whole_batches():
    learner = learner_of("image-gan", discs(5), batch_size=16)
    pictures, labels = learner.batch(3, 0, 1)
    assert len(pictures) == len(labels) == 16
    one, other = (learner.batch(3, rank, 2)[0] for rank in (0, 1))
    assert len(one) == len(other) == 16


# ---- rendering

def test_a_seed_gives_its_picture_whatever_stands_beside_it():
    part = generator_of(trained()[0])
    three = list(part.render(Controls(), [5, 6, 7]))
    (alone,) = part.render(Controls(), [6])
    assert np.array_equal(three[1].pixels, alone.pixels)
    assert not np.array_equal(three[0].pixels, alone.pixels)
    assert np.array_equal(part.decode(part.latents([6], Controls()))[0].pixels, alone.pixels)


def test_truncation_leads_to_the_usual_picture():
    part = generator_of(trained()[0])
    none = [work.pixels for work in part.render(Controls(truncation=0, label="left"), range(4))]
    assert all(np.array_equal(none[0], other) for other in none)
    spread = {t: np.stack([w.pixels for w in part.render(Controls(truncation=t, label="left"), range(8))]).std(0).mean()
              for t in (0.5, 1.0)}
    assert 0 < spread[0.5] < spread[1.0]


def test_seeds_are_mixed_coarse_and_fine():
    part = generator_of(trained()[0])
    own, other, mixed = (next(part.render(controls, [seed])).pixels for controls, seed in (
        (Controls(label="left"), 1), (Controls(label="left"), 2), (Controls(label="left", mix=2), 1)))
    assert not np.array_equal(mixed, own)
    assert not np.array_equal(mixed, other)
    assert np.array_equal(next(part.render(Controls(label="left", mix=1), [1])).pixels, own)


def test_it_is_enlarged_as_asked():
    part = generator_of(trained()[0])
    (work,) = part.render(Controls(size="48x32"), [1])
    assert (work.width, work.height) == (48, 32)
    with pytest.raises(ArtengineError, match="is not a size"):
        list(part.render(Controls(size="huge"), [1]))
    with pytest.raises(ArtengineError, match="too large"):
        list(part.render(Controls(size="20000x20000"), [1]))


def test_pixel_art_keeps_its_squares_and_smooth_edges_do_not_ring_into_transparency():
    pixels = np.zeros((8, 8, 4), np.uint8)
    pixels[2:6, 2:6] = 255
    squares = enlarged(pixels, "64x64", "pixels")
    assert np.array_equal(squares[::8, ::8], pixels)
    smooth = enlarged(pixels, "64x64", "smooth")
    assert (smooth[..., :3] <= smooth[..., 3:]).all()


def test_transparency_is_kept_or_put_on_white():
    part = generator_of(trained(20, 32, 16, 16, 4)[0])
    (clear,) = part.render(Controls(), [3])
    (solid,) = part.render(Controls(transparent=False), [3])
    assert clear.pixels.shape[2] == 4
    assert solid.pixels.shape[2] == 3


def test_an_unknown_label_is_refused():
    with pytest.raises(ArtengineError, match='no label "top"') as error:
        generator_of(trained()[0]).latents([0], Controls(label="top"))
    assert "left, right" in error.value.advice


# ---- encoding

def test_the_latent_of_its_own_picture_is_found():
    part = generator_of(trained(400, rate=0.004)[0])
    works = list(part.render(Controls(), range(3)))
    found = part.encode(works)
    assert found.shape == (3, part.latent_dim)
    for work, again, other in zip(works, part.decode(found), part.render(Controls(), range(50, 53)), strict=True):
        far = [np.abs(work.pixels.astype(float) - one.pixels).mean() for one in (again, other)]
        assert far[0] < 0.5 * far[1]
        assert again.labels == work.labels
    bare = part.encode([Image(work.pixels) for work in works])  # the label is found too
    assert [work.labels for work in part.decode(bare)] == [work.labels for work in works]
    assert part.encode([]).shape == (0, part.latent_dim)


# ---- the critic

def test_the_critic_tells_the_corpus_from_noise():
    model, _ = trained(400, rate=0.004)
    critic = Discriminator(None, LocalRun(), model)
    noise = [Image(np.random.default_rng(i).integers(0, 256, (16, 16, 3), np.uint8)) for i in range(8)]
    real, other = ([one.score for one in critic.judge(works)] for works in (discs(72)[64:], noise))
    assert min(real) > max(other)
    assert "look less real" in critic.judge(noise)[0].remarks[0]


def test_the_critic_is_a_part_of_the_plugin():
    part = plugins.load("discriminator", "critic")
    assert plugins.target(part) is Discriminator


# ---- as a person meets it

def test_training_resumes_to_the_bit(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    choices = {"corpus_options": {"pictures": 24, "size": "16x16"}, "quiet": True,
               "options": {"latent": 4, "width": 4, "batch_size": 8}}
    artengine.train("image-gan", "atelier", model="whole", steps=6, **choices)
    artengine.train("image-gan", "atelier", model="halves", steps=3, **choices)
    artengine.train("image-gan", model="halves", steps=6, resume=True, quiet=True)
    whole, halves = (Model.load(tmp_path / f"models/{name}.safetensors", plugins.load("image-gan", "generator")).weights
                     for name in ("whole", "halves"))
    assert len(whole) == len(halves) > 20
    assert all(np.array_equal(whole[name], halves[name]) for name in whole)


def test_rendering_imports_no_torch(tmp_path):
    _, learner = trained()
    options = {name: getattr(learner.options, name) for name in ("latent", "width", "batch_size")}
    header = {**learner.header(), "part": "image-gan", "medium": "image", "steps": 1, "options": options}
    Model.save(tmp_path / "m.safetensors", learner.weights(), header)
    code = (f"import sys, artengine\nartengine.render('image-gan', model={str(tmp_path / 'm.safetensors')!r}, seed=1, "
            f"studio={str(tmp_path)!r})\nassert 'torch' not in sys.modules")
    subprocess.run([sys.executable, "-c", code], check=True)
