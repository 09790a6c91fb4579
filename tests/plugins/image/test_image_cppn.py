"""image-cppn: pictures as functions of place."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
import torch
from tests.plugins.image.autoencoders import generator_of, trained

from artengine.errors import ArtengineError
from artengine.runs import LocalRun
from artengine_image.image_cppn import field
from artengine_image.image_cppn.network import moved
from artengine_image.image_cppn.settings import Controls


def picture(seed=3, **controls):
    generator = generator_of(trained("image-cppn")[0])
    return next(generator.render(Controls(**controls), [seed])).pixels


def test_splines_share_out_one_and_keep_straight_lines_straight():
    places = np.linspace(0, 64, 500)
    weights = field.splines(places, 16)
    assert weights.min() >= 0
    assert weights.sum(1) == pytest.approx(np.ones(500), abs=1e-6)
    inside = (places > 8) & (places < 56)
    centres = (np.arange(16) + 0.5) * field.CELL
    assert weights[inside] @ centres == pytest.approx(places[inside], abs=1e-4)
    bend = np.diff(field.splines(np.linspace(0, 64, 6401), 16).astype(float) @ np.random.default_rng(0).normal(size=16), 2)
    assert np.abs(np.diff(bend)).max() < 1e-5  # no corner where cells meet


@pytest.mark.parametrize("mirror", [False, True])
def test_places_lie_round_the_middle(mirror):
    assert field.places(16, 16, 1.0, mirror) == pytest.approx(np.arange(16) + 0.5)
    assert field.places(16, 4, 4.0, mirror) == pytest.approx([2, 6, 10, 14])
    wide = field.places(16, 32, 1.0, mirror)
    assert wide[8:24] == pytest.approx(np.arange(16) + 0.5)
    if mirror:
        assert wide[7] == pytest.approx(wide[8])
        assert 0 <= wide.min() <= wide.max() <= 16


@pytest.mark.parametrize("size", ["16x16", "7x5", "1x1", "200x90", "33"])
def test_any_size_can_be_had(size):
    wide, high = (int(side) for side in (size.split("x") * 2)[:2])
    assert picture(size=size).shape == (high, wide, 3)


def test_a_large_picture_is_the_small_one_with_more_between():
    small, large = picture().astype(float), picture(size="128x128").astype(float)
    pooled = large.reshape(16, 8, 16, 8, 3).mean((1, 3))
    assert np.abs(pooled - small).mean() < 0.25 * np.abs(small - small.mean((0, 1))).mean() + 2
    steps = np.abs(np.diff(large, axis=0)).mean((1, 2))
    assert steps[7::8].mean() < 1.3 * steps.mean()  # where pixels of the small one meet nothing can be seen
    assert steps[31::32].mean() < 1.3 * steps.mean()  # nor where cells of the grid meet


def test_a_frame_of_another_shape_is_cut_stretched_or_mirrored():
    cut, stretched, mirrored = (picture(size="64x32", frame=frame) for frame in ("crop", "stretch", "mirror"))
    whole = picture(size="64x64")
    assert np.abs(cut.astype(int) - whole[16:48]).max() <= 1
    assert np.abs(stretched[:, ::2].astype(float) - picture(size="32x32")).mean() < 12
    half = picture(size="32x32")
    assert np.abs(mirrored[:, 16:48].astype(int) - half).max() <= 1
    assert np.abs(mirrored[:, :16].astype(int) - half[:, 15::-1]).max() <= 1


def test_tiles_do_not_show(monkeypatch):
    whole = picture(size="96x64")
    monkeypatch.setattr(field, "TILE", 96 * 3)
    monkeypatch.setattr(field, "BLOCK", 24 * 4 * 40)  # neurons, cells, columns
    assert np.abs(picture(size="96x64").astype(int) - whole).max() <= 1


def test_memory_does_not_grow_with_the_picture():
    picture()  # what is loaded once
    tracemalloc.start()
    made = picture(size="1600x1000")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < made.nbytes + 16 * 4 * 24 * field.TILE  # a few layers of one tile


def test_it_stops_amid_a_picture():
    class Impatient(LocalRun):
        asked = 0

        def stopped(self):
            self.asked += 1
            return self.asked > 3

    run = Impatient()
    generator = generator_of(trained("image-cppn")[0], run)
    assert list(generator.render(Controls(size="1600x1000"), [1])) == []
    assert run.asked == 4


@pytest.mark.parametrize("size", ["0x5", "x", "20000x10", "10000x10000", "big"])
def test_a_size_that_cannot_be_is_refused(size):
    with pytest.raises(ArtengineError):
        picture(size=size)


def test_pictures_are_moved_between_their_pixels():
    x = torch.rand(2, 3, 8, 6)
    assert torch.allclose(moved(x, 0.0, 0.0), x, atol=1e-5)
    assert torch.allclose(moved(x, 1.0, 0.0)[:, :, :-1], x[:, :, 1:], atol=1e-5)
    assert torch.allclose(moved(x, 0.0, 0.5)[..., :-1], (x[..., 1:] + x[..., :-1]) / 2, atol=1e-5)
