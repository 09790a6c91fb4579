"""image-vae, and what it shares with image-cppn: preparing, the density of latents, bounds."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
import torch
from tests.plugins.image.autoencoders import (
    SMALL,
    discs,
    fitted,
    generator_of,
    learner_of,
    model_of,
    shelved,
    target,
    torch_draws,
    trained,
)

import artengine
from artengine import options
from artengine.errors import ArtengineError
from artengine.models import Model
from artengine.runs import LocalRun
from artengine.works import Image
from artengine_image import density, preparing
from artengine_image.autoencoder.learning import measured
from artengine_image.autoencoder.settings import Controls, Options

FLAT = [Image(np.full((16, 16, 3), shade, np.uint8)) for shade in (0, 0, 0, 30, 90)]


def prepared(works, run=None, **chosen):
    arrays = preparing.prepare(works, run or LocalRun(), options.make(Options, chosen))
    return arrays, preparing.header_of(arrays)


# ---- preparing

def test_a_corpus_says_how_it_is_to_be_learnt():
    arrays, header = prepared(discs(40, 24, 16))
    assert header == {"size": [24, 16], "mode": "rgb", "label": "side", "classes": ["left", "right"]}
    assert arrays["pictures"].shape == (40, 3, 16, 24)
    assert isinstance(arrays["pictures"], np.memmap)  # not in memory
    assert np.array_equal(arrays["labels"], np.arange(40) % 2)
    assert np.array_equal(arrays["pictures"][7].transpose(1, 2, 0), discs(40, 24, 16)[7].pixels)
    assert np.bincount(arrays["split"]).tolist() == [36, 4]


@pytest.mark.parametrize(("channels", "mode"), [(1, "grey"), (3, "rgb"), (4, "rgba")])
def test_the_mode_is_that_of_the_corpus_unless_one_is_asked_for(channels, mode):
    assert prepared(discs(12, channels=channels))[1]["mode"] == mode
    grey, header = prepared(discs(12, channels=channels), mode="grey")
    assert grey["pictures"].shape[1] == 1
    assert header["mode"] == "grey"


def test_grey_pictures_in_three_channels_are_grey():
    works = [Image(np.repeat(work.pixels[..., None], 3, 2)) for work in discs(12, channels=1)]
    assert prepared(works)[1]["mode"] == "grey"


def test_what_is_transparent_has_no_colour_and_comes_back_so():
    pixels = np.full((8, 8, 4), 200, np.uint8)
    pixels[:4, :, 3], pixels[6:, :, 3] = 0, 255
    there = preparing.rgba_of(pixels)
    assert not there[:4].any()
    assert there[5, 0].tolist() == [157, 157, 157, 200]
    back = preparing.from_learnt(there)
    assert np.abs(back[4:].astype(int) - pixels[4:]).max() <= 1
    assert preparing.as_learnt(there, "rgb")[0, 0].tolist() == [255, 255, 255]  # shown on white


def test_large_pictures_and_odd_sizes_are_made_to_fit():
    works = [Image(work.pixels, work.title) for work in discs(6, 300, 200)] + discs(3, 31, 40)
    assert prepared(works)[1]["size"] == [64, 40]
    assert prepared(works, size="24x16")[0]["pictures"].shape == (9, 3, 16, 24)
    for size in ("13x16", "1024", "wide"):
        with pytest.raises(ArtengineError):
            prepared(works, size=size)


def test_pictures_that_are_there_twice_are_folded_and_named():
    run = LocalRun()
    arrays, _ = prepared([*discs(8), discs(8)[3]], run)
    assert len(arrays["pictures"]) == 8
    assert run.skipped == [("Disc 3", "the same picture was there before")]


def test_what_is_held_out_stays_so_as_a_corpus_grows():
    works = [Image(np.random.default_rng(i).integers(0, 256, (8, 8), np.uint8)) for i in range(320)]
    some, more = (prepared(works[:n])[0] for n in (240, 320))
    assert np.array_equal(some["split"], more["split"][:240])
    assert len(more["pictures"]) == 320
    assert 0.01 < some["split"].mean() < 0.1


@pytest.mark.parametrize(("works", "says"), [
    ([], "no usable picture"), (discs(1), "one usable picture"), (discs(1) * 9, "one picture, 9 times"),
    (FLAT[:3], "one picture, 3 times"), (FLAT, "each of the 3 is of one colour")])
def test_a_corpus_that_is_of_no_use_is_said_to_be(works, says):
    with pytest.raises(ArtengineError, match=says):
        prepared(works)


def test_two_pictures_are_learnt_from():
    learner = learner_of("image-vae", discs(2))
    losses = fitted(learner, 3)
    assert np.isfinite(losses).all()
    assert np.isfinite(learner.validate()["loss"])
    assert len(list(generator_of(model_of("image-vae", learner)).render(Controls(), [1]))) == 1


def test_labels_are_chosen_by_name_or_left_out():
    assert prepared(discs(8), label="none")[1]["classes"] == []
    assert len(prepared(discs(8), label="caption")[1]["classes"]) == 8
    with pytest.raises(ArtengineError, match='"school" is on none'):
        prepared(discs(8), label="school")
    mixed = [Image(work.pixels, work.title, {} if i < 2 else work.labels) for i, work in enumerate(discs(8))]
    assert prepared(mixed)[0]["labels"].tolist() == [-1, -1, 0, 1, 0, 1, 0, 1]


# ---- the density

def test_a_mixture_finds_the_groups_and_their_labels():
    random = np.random.default_rng(0)
    labels = np.arange(600) % 2
    z = random.normal(0, [[0.3, 1.0]], (600, 2)) + np.where(labels[:, None], [4.0, 0.0], [-4.0, 0.0])
    found = density.fit(z, labels, 2, seed=0)
    drawn = {label: np.stack([found.draw(np.random.default_rng(i), label) for i in range(300)]) for label in (0, 1, -1)}
    assert drawn[0][:, 0].mean() == pytest.approx(-4, abs=0.3)
    assert drawn[1][:, 0].mean() == pytest.approx(4, abs=0.3)
    assert drawn[1].std(0) == pytest.approx([0.3, 1.0], abs=0.2)
    assert 0.3 < (drawn[-1][:, 0] > 0).mean() < 0.7
    shared, one = (density.fit(z, np.full(600, -1), 0, seed=0, sizes=sizes) for sizes in ((1, 3), (1,)))
    assert min(m.log_density(z).mean() for m in (found, shared)) > one.log_density(z).mean() + 1
    assert np.ptp([found.draw(np.random.default_rng(i), 0, 0.0)[0] for i in range(9)]) < 1  # the middle of the group


def test_labels_that_lie_close_together_have_gaussians_of_their_own():
    random = np.random.default_rng(0)
    labels = np.arange(480) % 6
    middles = random.normal(size=(6, 8))
    found = density.fit(middles[labels] + random.normal(size=(480, 8)), labels, 6, seed=0)
    for label in range(6):
        drawn = np.stack([found.draw(np.random.default_rng(i), label) for i in range(200)])
        assert drawn.mean(0) == pytest.approx(middles[label], abs=0.6)
        assert np.abs(drawn.mean(0) - middles[label]).mean() < 0.5 * np.abs(middles.mean(0) - middles[label]).mean()


def test_the_log_density_of_one_gaussian_is_that_of_the_textbook():
    z = np.random.default_rng(1).normal(size=(5, 3))
    one = density.Mixture(np.ones((1, 1)), np.zeros((1, 3)), np.eye(3)[None] * 2)
    assert one.log_density(z) == pytest.approx(-(z ** 2).sum(1) / 8 - 1.5 * np.log(8 * np.pi))


def test_a_mixture_of_one_latent_can_be_drawn_from():
    one = density.fit(np.ones((1, 4)), np.array([-1]), 0, seed=0)
    assert one.draw(np.random.default_rng(0), -1, 0.0) == pytest.approx(np.ones(4))


# ---- the model

@pytest.mark.parametrize("name", ["image-vae", "image-cppn"])
def test_it_learns_what_the_pictures_have_in_common(name):
    model, learner = trained(name)
    assert np.mean(learner.losses[-5:]) < np.mean(learner.losses[:5]) - 800
    works, middle = discs(60)[48:], np.mean([work.pixels for work in discs(48)], 0)
    generator = generator_of(model)
    back = generator.decode(generator.encode(works), generator_controls(name))
    error = [np.square(one.pixels.astype(float) - other.pixels).mean() for one, other in zip(works, back, strict=True)]
    plain = [np.square(work.pixels - middle).mean() for work in works]
    assert np.mean(error) < 0.7 * np.mean(plain)
    assert [work.labels["side"] for work in back] == [work.labels["side"] for work in works]


def generator_controls(name):
    return target(name)[0].controls()


@pytest.mark.parametrize("name", ["image-vae", "image-cppn"])
@pytest.mark.parametrize(("width", "height", "channels"), [(16, 16, 3), (8, 24, 1), (40, 16, 4)])
def test_numpy_draws_what_torch_draws(name, width, height, channels):
    model, learner = trained(name, 3, 16, width, height, channels) if channels != 3 else trained(name)
    generator = generator_of(model)
    z = generator.latents([1, 2, 3], generator_controls(name))
    made = np.stack([generator.draw(row, generator_controls(name)) for row in z])
    assert made.shape == (3, height, width, channels)
    assert np.abs(made - torch_draws(learner, model, z)).max() <= 1  # rounded the other way
    work = discs(1, width, height, channels)[0]
    x = torch.from_numpy(generator.seen(work))[None]
    with torch.no_grad():
        mean, _ = learner._bare.posterior(x, learner._bare.told(torch.tensor([0])))
    assert generator.encode([work])[0, :SMALL["latent"]] == pytest.approx(mean[0].numpy(), abs=1e-4)
    assert np.array_equal(generator.encode([work])[0, SMALL["latent"]:], [1, 0])


def test_controls_do_what_they_say():
    generator = generator_of(trained("image-vae")[0])
    left = list(generator.render(Controls(label="left"), range(4)))
    assert all(work.labels == {"side": "left"} for work in left)
    assert {work.labels["side"] for work in generator.render(Controls(), range(20))} == {"left", "right"}
    with pytest.raises(ArtengineError, match='no label "lefd"'):
        list(generator.render(Controls(label="lefd"), [1]))
    work = discs(1)[0]
    near, same = (generator.latents([1, 2], Controls(reconstruct=work, temperature=t)) for t in (1.0, 0.0))
    assert np.array_equal(same[0], generator.encode([work])[0])
    assert 0 < np.abs(near - same).max() < 6
    assert not np.array_equal(near[0], near[1])


def test_a_seed_is_the_same_picture_whatever_stands_beside_it():
    generator = generator_of(trained("image-vae")[0])
    alone, among = list(generator.render(Controls(), [5])), list(generator.render(Controls(), [3, 5, 4]))
    assert alone[0] == among[1]
    assert generator.decode(generator.latents([5], Controls()))[0] == alone[0]


def test_the_bound_comes_up_to_the_likelihood():
    """With two latent numbers the likelihood can be summed over a grid of them."""
    learner = learner_of("image-vae", discs(24, 8, 8, 1), latent=2, label="none")
    fitted(learner, 30)
    net, side = learner._bare, np.linspace(-6, 6, 121)
    x = learner._binary(np.array(learner.arrays["pictures"][:1]))
    z = torch.from_numpy(np.stack(np.meshgrid(side, side), 2).reshape(-1, 2).astype(np.float32))
    with torch.no_grad():
        drawn, _ = net.decoder(z, x)
        logs = -net.nll(drawn, x.expand(len(z), -1, -1, -1)).double() - z.square().sum(1) / 2 - np.log(2 * np.pi)
    exact = float(logs.logsumexp(0)) + 2 * np.log(side[1] - side[0])
    none = torch.tensor([-1])
    elbo, _, bound = measured(net, x, none, 4000)[0]
    assert -elbo < bound
    assert bound == pytest.approx(exact, abs=0.15)
    assert abs(bound - exact) < abs(measured(net, x, none, 1)[0, 2] - exact) + 0.15


def test_black_and_white_pictures_have_a_likelihood_of_their_own():
    works = [Image(np.where(work.pixels > 120, 255, 0).astype(np.uint8)) for work in discs(24, 8, 8, 1)]
    learner = learner_of("image-vae", works, likelihood="bernoulli", samples=3)
    losses = fitted(learner, 40)
    assert 0 < np.mean(losses[-5:]) < 0.8 * 64 * np.log(2)
    model = model_of("image-vae", learner)
    (nats, values), = generator_of(model).score(works[:1])
    assert values == 64
    assert 0 < nats < 64
    assert model.header["bound"]["nats"] > 0


def test_a_damaged_model_is_said_to_be():
    model, _ = trained("image-vae")
    broken = Model(model.part, model.options, {**model.weights, "decoder.fine.bias": np.array([np.nan] * 3)}, model.header)
    with pytest.raises(ArtengineError, match="not numbers"):
        list(generator_of(broken).render(Controls(), [1]))
    less = {name: a for name, a in model.weights.items() if name != "decoder.fine.weight"}
    with pytest.raises(ArtengineError, match="do not fit"):
        list(generator_of(Model(model.part, model.options, less, model.header)).render(Controls(), [1]))


@pytest.fixture
def studio(tmp_path):
    return shelved(tmp_path)


def test_a_film_leads_from_a_picture_to_another(studio):
    from PIL import Image as Pillow

    Pillow.fromarray(discs(1)[0].pixels).save(studio / "mine.png")
    for name in ("image-vae", "image-cppn"):
        walked = artengine.interpolate(name, studio / "mine.png", 8, model=f"{name}-small", frames=6, studio=studio,
                                       save=studio / f"{name}.gif")
        with Pillow.open(walked.paths[0]) as film:
            assert film.n_frames == 6
            shown = []
            for i in (0, 5):
                film.seek(i)
                shown.append(np.asarray(film.convert("RGB"), float))
        assert np.abs(shown[0] - shown[1]).mean() > 3


def test_rendering_does_without_torch(studio):
    code = ("import sys, artengine; works = artengine.render('image-vae', model='image-vae-small', seed=3, save=False);"
            "works += artengine.render('image-cppn', model='image-cppn-small', seed=3, save=False, size='100x60');"
            "print([w.pixels.shape for w in works], 'torch' in sys.modules)")
    done = subprocess.run([sys.executable, "-c", code], cwd=studio, capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "[(16, 16, 3), (60, 100, 3)] False", done.stderr


# ---- black and white, pixel after pixel

def lines(count):
    """Black and white: a stroke down, at a place and of a width that differ."""
    works = []
    for i in range(count):
        pixels = np.zeros((8, 12), np.uint8)
        pixels[:, 1 + i % 8:3 + i % 8 + i % 2] = 255
        works.append(Image(pixels, f"Stroke {i}", {}))
        works[-1].pixels[0, 0] = 255 * (i // 16 % 2)  # so that none is there twice
    return works


def test_pixels_that_look_at_those_before_are_drawn_as_they_were_learnt():
    learner = learner_of("image-vae", lines(32), likelihood="bernoulli", context=2)
    fitted(learner, 60)
    model = model_of("image-vae", learner)
    generator, net = generator_of(model), learner._bare
    work, = generator.decode(generator.latents([4], Controls()))
    assert set(np.unique(work.pixels)) <= {0, 255}
    net.load_state_dict({name: torch.from_numpy(np.array(model.weights[name], np.float32)) for name in net.state_dict()})
    x = torch.from_numpy(generator.seen(work))[None]
    with torch.no_grad():
        logits, _ = net.decoder(torch.from_numpy(generator.latents([4], Controls())), x)
        assert np.array_equal(logits[0, 0].numpy() > 0, work.pixels > 127)  # each is the likelier, given those before
        other = x.clone()
        other[0, 0, 5, 6:] *= -1
        later, _ = net.decoder(torch.from_numpy(generator.latents([4], Controls())), other)
    assert torch.equal(later[0, 0, :5], logits[0, 0, :5])  # nothing after a pixel says anything of it
    assert torch.equal(later[0, 0, 5, :7], logits[0, 0, 5, :7])
    assert not torch.equal(later[0, 0, 5:], logits[0, 0, 5:])


def test_neighbours_tell_much_of_a_pixel():
    alone, together = (np.mean(fitted(learner_of("image-vae", lines(32), likelihood="bernoulli", context=far), 60)[-9:])
                       for far in (0, 2))
    assert together < alone


def test_a_laplace_likelihood_is_learnt_and_bounded():
    learner = learner_of("image-vae", discs(24, 8, 8), likelihood="laplace")
    losses = fitted(learner, 40)
    assert np.mean(losses[-5:]) < np.mean(losses[:5]) - 50
    model = model_of("image-vae", learner)
    assert 0 < model.header["bound"]["bits_a_value"] < 8.5


def test_sides_are_multiples_of_four():
    assert prepared(discs(12, 28, 20))[1]["size"] == [28, 20]
    with pytest.raises(ArtengineError, match="multiples of 4"):
        preparing.to_size("30x28")


@pytest.mark.parametrize("name", ["image-vae", "image-cppn"])
def test_a_palette_gives_few_colours_with_hard_edges(name):
    more = {"neurons": 24, "features": 8} if name == "image-cppn" else {}
    learner = learner_of(name, discs(24), colours=4, likelihood="laplace", **more)
    losses = fitted(learner, 30)
    assert np.mean(losses[-5:]) < np.mean(losses[:5]) - 100
    model = model_of(name, learner)
    generator, controls = generator_of(model), target(name)[0].controls
    z = generator.latents([1, 2, 3], controls())
    made = np.stack([generator.draw(row, controls(edges=1.0)) for row in z])
    assert np.abs(made - torch_draws(learner, model, z)).max() <= 1
    soft, hard = (len(np.unique(generator.draw(z[0], controls(edges=edges)).reshape(-1, 3), axis=0)) for edges in (1.0, 100.0))
    assert hard < soft
    assert np.array_equal(generator.draw(z[0], None), generator.draw(z[0], controls()))
