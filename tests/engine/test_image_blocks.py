"""Blocks and losses for pictures: shapes, gradients, and values that are known in closed form."""

from __future__ import annotations

from math import log

import numpy as np
import pytest
import torch
from torch.distributions import Normal, kl_divergence
from torch.nn.functional import mse_loss

from artengine.errors import ArtengineError
from artengine.nn import losses
from artengine.nn.augmentation import CHANGES
from artengine.nn.images import Decoder, Down, Encoder, Up, augment, from_pixels, minibatch_deviation, to_pixels
from artengine_corpora.atelier import paint

NORMS = ["group", "batch", "pixel", "none"]
WIDTHS = (12, 8, 8)


@pytest.fixture(autouse=True)
def seeded():
    torch.manual_seed(0)


@pytest.mark.parametrize("norm", NORMS)
def test_up_doubles_and_down_halves(norm):
    x = torch.randn(4, 12, 6, 10)
    assert Up(12, 5, norm)(x).shape == (4, 5, 12, 20)
    assert Down(12, 5, norm)(x).shape == (4, 5, 3, 5)


@pytest.mark.parametrize(("size", "channels"), [((16, 16), 3), ((4, 28), 1), ((36, 8), 4)])
def test_a_picture_of_any_shape_goes_there_and_back(size, channels):
    z = torch.randn(6, 7)
    pictures = Decoder(7, size, channels, WIDTHS)(z)
    assert pictures.shape == (6, channels, *size)
    assert pictures.abs().max() <= 1
    assert pictures.std() > 0.1
    assert Encoder(size, 5, channels, WIDTHS[::-1], deviation=True)(pictures).shape == (6, 5)


@pytest.mark.parametrize("norm", NORMS)
def test_every_weight_has_a_gradient(norm):
    decoder = Decoder(7, (16, 8), 3, WIDTHS, norm)
    encoder = Encoder((16, 8), 1, 3, WIDTHS[::-1], norm, deviation=True)
    encoder(decoder(torch.randn(4, 7))).square().sum().backward()
    for name, weight in [*decoder.named_parameters(), *encoder.named_parameters()]:
        assert weight.grad.isfinite().all()
        assert weight.grad.abs().sum() > 0 or (norm in ("batch", "group") and name.endswith("bias")), name


def test_a_deep_network_without_norms_keeps_the_scale():
    x = torch.randn(8, 16, 64, 64)
    with torch.no_grad():
        for _ in range(3):
            x = Down(16, 16)(Up(16, 16, "none")(x))
    assert 0.2 < x.std() < 5


@pytest.mark.parametrize("network", [lambda size: Decoder(7, size, widths=WIDTHS), lambda size: Encoder(size, 1, widths=WIDTHS)])
@pytest.mark.parametrize("size", [(18, 16), (16, 0)])
def test_a_size_that_cannot_be_halved_is_told(network, size):
    with pytest.raises(ArtengineError, match="multiples of 4"):
        network(size)


def test_minibatch_deviation_is_that_of_its_group():
    x = torch.randn(6, 3, 4, 5)
    out = minibatch_deviation(x, group=3)
    assert torch.equal(out[:, :3], x)
    for i in (0, 3):
        torch.testing.assert_close(out[i:i + 3, 3], x[i:i + 3].std(0, correction=0).mean().expand(3, 4, 5))
    assert (minibatch_deviation(x[:1].expand(8, 3, 4, 5))[:, 3] < 1e-3).all()
    assert minibatch_deviation(x[:5], group=3).shape == (5, 4, 4, 5)


def test_all_bytes_come_back():
    pixels = np.random.default_rng(0).permutation(256).astype(np.uint8).reshape(1, 16, 4, 4).repeat(2, 0)
    pixels.flags.writeable = False
    x = from_pixels(pixels)
    assert x.shape == (2, 4, 16, 4)
    assert (x.min(), x.max()) == (-1, 1)
    assert np.array_equal(to_pixels(x), pixels)
    assert torch.equal(from_pixels(torch.from_numpy(pixels.copy())), x)
    assert to_pixels(torch.tensor([-3.0, 3.0]).view(1, 1, 1, 2)).tolist() == [[[[0], [255]]]]


def test_augmentation_is_nothing_at_strength_0():
    x = torch.randn(4, 3, 8, 8)
    assert torch.equal(augment(x, 0), x)


@pytest.mark.parametrize("changes", [CHANGES, *((change,) for change in CHANGES)])
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_augmentation_follows_the_seed_and_has_gradients(changes, channels):
    x = torch.rand(16, channels, 16, 24).requires_grad_()

    def made(seed):
        torch.manual_seed(seed)
        return augment(x, 1.0, changes)

    assert made(1).shape == x.shape
    assert torch.equal(made(1), made(1))
    assert not torch.equal(made(1), made(2))
    weights = torch.randn(8 * channels, channels * 16 * 24)
    logits = (made(1).flatten(1) @ weights.T).square().sum(1)
    losses.gradient_penalty(logits, x).backward()  # the second derivative, too
    assert x.grad.isfinite().all()
    assert (x.grad.flatten(1).abs().sum(1) > 0).sum() > 8


def test_strength_is_the_share_of_pictures_changed():
    x = torch.rand(4000, 3, 4, 4) + 1
    changed = (augment(x, 0.3, ("colour",)) != x).flatten(1).any(1).float().mean()
    assert changed == pytest.approx(0.3, abs=0.03)
    with pytest.raises(ValueError, match="from 0 to 1"):
        augment(x, 1.5)


def test_translation_moves_and_cutout_cuts():
    x = torch.arange(1.0, 16 * 32 + 1).view(1, 1, 16, 32).repeat(200, 1, 1, 1)
    moved = augment(x, 1, ("translation",))
    offsets = set()
    for picture in moved[:, 0]:
        row, column = divmod(int(picture[8, 12]) - 1, 32)
        offsets.add((row - 8, column - 12))
        dy, dx = row - 8, column - 12
        padded = torch.nn.functional.pad(x[0, 0], (4, 4, 2, 2))
        assert torch.equal(picture, padded[2 + dy:18 + dy, 4 + dx:36 + dx])
    assert {dy for dy, _ in offsets} == set(range(-2, 3))
    assert {dx for _, dx in offsets} == set(range(-4, 5))
    cut = augment(x, 1, ("cutout",))
    holes = (cut == 0).sum((1, 2, 3))
    assert torch.equal(cut[cut != 0], x[cut != 0])
    assert holes.max() == 8 * 16
    assert holes.min() >= 4 * 8


def test_gan_losses_have_their_known_values():
    zero, real, fake = torch.zeros(5), torch.tensor([2.0, -1.0]), torch.tensor([0.5, -3.0])
    assert losses.logistic_discriminator(zero, zero) == pytest.approx(2 * log(2))
    assert losses.logistic_generator(zero) == pytest.approx(log(2))
    bce = torch.nn.functional.binary_cross_entropy_with_logits
    torch.testing.assert_close(losses.logistic_discriminator(real, fake),
                               bce(real, torch.ones(2)) + bce(fake, torch.zeros(2)))
    assert losses.hinge_discriminator(real, fake) == pytest.approx((0 + 2) / 2 + (1.5 + 0) / 2)
    assert losses.hinge_generator(fake) == pytest.approx(1.25)
    torch.testing.assert_close(losses.relativistic_discriminator(real, fake), bce(real - fake, torch.ones(2)))
    assert losses.relativistic_generator(real, fake) == losses.relativistic_discriminator(fake, real)


def test_each_player_pulls_its_own_way():
    pairs = [(losses.logistic_discriminator, lambda r, f: losses.logistic_generator(f)),
             (losses.hinge_discriminator, lambda r, f: losses.hinge_generator(f)),
             (losses.relativistic_discriminator, losses.relativistic_generator)]
    for discriminator, generator in pairs:
        real, fake = torch.full((3,), -0.5, requires_grad=True), torch.full((3,), 0.5, requires_grad=True)
        d_real, d_fake = torch.autograd.grad(discriminator(real, fake), (real, fake))
        (g_fake,) = torch.autograd.grad(generator(real, fake), fake)
        assert (d_real < 0).all()
        assert (d_fake > 0).all()
        assert (g_fake < 0).all()


def test_gradient_penalty_of_a_quadratic():
    a = torch.tensor(3.0, requires_grad=True)
    x = torch.randn(5, 3, 4, 4).requires_grad_()
    penalty = losses.gradient_penalty(a * x.square().flatten(1).sum(1) / 2, x, gamma=4)  # the slope is a x
    norm = x.detach().square().flatten(1).sum(1).mean()
    torch.testing.assert_close(penalty, 4 / 2 * 9 * norm)
    torch.testing.assert_close(torch.autograd.grad(penalty, a)[0], 4 / 2 * 2 * 3 * norm)
    lazy = losses.gradient_penalty(x.square().flatten(1).sum(1), x, gamma=4, every=16)
    torch.testing.assert_close(lazy, 16 * 4 / 2 * 4 * norm)


def test_kl_is_that_of_torch():
    mean, log_variance = torch.randn(4, 3, 2), torch.randn(4, 3, 2)
    known = kl_divergence(Normal(mean, (log_variance / 2).exp()), Normal(0, 1)).sum((1, 2))
    torch.testing.assert_close(losses.gaussian_kl(mean, log_variance), known)


def test_optimal_variance_is_the_best_there_is():
    x, mean = torch.randn(4, 3, 8, 8), torch.zeros(4, 3, 8, 8).requires_grad_()
    best = losses.gaussian_nll(x, mean)
    log_sigma = (x.square().mean().log() / 2).requires_grad_()
    torch.testing.assert_close(best, -Normal(mean, log_sigma.exp()).log_prob(x).sum((1, 2, 3)))
    (slope,) = torch.autograd.grad(losses.gaussian_nll(x, mean, log_sigma).sum(), log_sigma, retain_graph=True)
    assert abs(slope) < 1e-2  # of a sum over 768 numbers
    for off in (-0.1, 0.1):
        assert losses.gaussian_nll(x, mean, log_sigma + off).sum() > best.sum()
    learnt, optimal = (torch.autograd.grad(losses.gaussian_nll(x, mean, s).sum(), mean)[0] for s in (log_sigma.detach(), None))
    torch.testing.assert_close(learnt, optimal)  # the optimum moves with the mean, at no cost
    perfect = x.clone().requires_grad_()
    losses.gaussian_nll(x, perfect).sum().backward()
    assert torch.equal(perfect.grad, torch.zeros_like(x))


def weights_of(x, mean, sigma, samples):
    """log p(x, z) - log q(z | x) for z ~ N(0, 1), x ~ N(z, 1), and q = N(mean, sigma)."""
    q = Normal(mean, sigma)
    z = q.sample((samples,))  # (K, B)
    return (Normal(0, 1).log_prob(z) + Normal(z, 1).log_prob(x) - q.log_prob(z)).T.contiguous()


def test_importance_bound_lies_between_the_elbo_and_the_likelihood():
    x = torch.randn(64, dtype=torch.float64)
    evidence = Normal(0, 2 ** 0.5).log_prob(x)
    exact = weights_of(x, x / 2, torch.full_like(x, 0.5 ** 0.5), 5)  # the true posterior: each weight is p(x)
    torch.testing.assert_close(losses.importance_bound(exact), evidence)
    torch.testing.assert_close(exact.mean(1), evidence)
    rough = weights_of(x, torch.zeros_like(x), torch.ones_like(x), 4096)
    means = [losses.importance_bound(rough.view(-1, k)).mean() for k in (1, 8, 64)]
    torch.testing.assert_close(means[0], rough.mean())
    assert means[0] < means[1] < means[2] < evidence.mean() + 0.01
    assert (losses.importance_bound(rough) >= rough.mean(1)).all()


def test_a_decoder_learns_eight_pictures_by_heart():
    pictures = from_pixels(np.stack([paint(seed, width=32, height=16).pixels for seed in range(8)]))
    z = torch.randn(8, 16)
    decoder = Decoder(16, (16, 32), 3, (32, 24, 16))
    optimizer = torch.optim.Adam(decoder.parameters(), 0.005)
    alike = mse_loss(pictures.mean(0, keepdim=True).expand_as(pictures), pictures)
    for _ in range(150):
        loss = losses.gaussian_nll(pictures, decoder(z)).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    with torch.no_grad():
        assert mse_loss(decoder(z), pictures) < 0.1 * alike
        assert mse_loss(decoder(z.roll(1, 0)), pictures) > 0.5 * alike  # each latent has a picture of its own
