"""Walks through latent space, and what learners share."""

from __future__ import annotations

import numpy as np
import pytest

from artengine.nn import learning, walks

POINTS = np.random.default_rng(0).standard_normal((4, 64))


@pytest.mark.parametrize("path", walks.PATHS)
def test_a_walk_passes_its_points_and_ends_at_the_last(path):
    way = walks.walk(POINTS, 31, path)
    assert way.shape == (31, 64)
    assert np.allclose(way[[0, 10, 20, 30]], POINTS)
    assert np.allclose(walks.walk(POINTS, 31, path, ease=True)[[0, 10, 20, 30]], POINTS)


@pytest.mark.parametrize("path", walks.PATHS)
def test_a_loop_comes_back_without_a_stop(path):
    way = walks.walk(POINTS, 40, path, loop=True)
    assert np.allclose(way[[0, 10, 20, 30]], POINTS)
    steps = np.linalg.norm(np.diff(np.concatenate((way, way[:1])), axis=0), axis=1)
    assert steps.min() > 0
    assert steps.max() < (4 if path == "spline" else 2.5) * steps.min()


def test_slerp_keeps_to_the_sphere_where_lerp_cuts_through():
    a, b = POINTS[0] / np.linalg.norm(POINTS[0]), POINTS[1] / np.linalg.norm(POINTS[1])
    t = np.linspace(0, 1, 9)
    arc = walks.slerp(a, b, t)
    assert np.allclose(np.linalg.norm(arc, axis=1), 1)
    assert np.allclose(np.diff(np.arccos(np.clip(arc @ a, -1, 1))), np.arccos(a @ b) / 8)
    assert np.linalg.norm(walks.lerp(a, b, t)[4]) < 0.8
    assert np.allclose(np.linalg.norm(walks.slerp(2 * a, 5 * b, t), axis=1), np.linspace(2, 5, 9))
    for other in (a * 3, -a, 0 * a):
        assert np.isfinite(walks.slerp(a, other, t)).all()


def test_a_spline_is_smooth_at_its_points_and_straight_on_a_line():
    t = np.linspace(0, 1, 3001)
    speed = np.diff(walks.spline(POINTS, t), axis=0)
    corner = np.linalg.norm(speed[1000] - speed[999]) / np.linalg.norm(speed[1000])
    assert corner < 0.02
    line = np.outer(np.arange(5), np.ones(3))
    assert np.allclose(walks.spline(line, np.linspace(0, 1, 9)), np.linspace(0, 4, 9)[:, None])


def test_a_noise_loop_is_gaussian_at_every_frame_and_closes():
    loop = walks.noise_loop(20000, 8, seed=3)
    assert np.allclose(loop.std(1), 1, atol=0.02)
    steps = np.linalg.norm(np.diff(np.concatenate((loop, loop[:1])), axis=0), axis=1)
    assert np.allclose(steps, steps[0], rtol=0.02)
    assert np.array_equal(loop, walks.noise_loop(20000, 8, seed=3))


@pytest.mark.parametrize("loop", [False, True])
def test_even_steps_in_what_is_seen(loop):
    def seen(z):
        return np.tanh(4 * z)  # much changes near zero, little elsewhere

    way = walks.walk(POINTS[:, :2], 400, "spline", loop=loop)
    even = walks.evenly(way, seen, 50, loop=loop)
    steps = [np.linalg.norm(np.diff(seen(z), axis=0), axis=1) for z in (way[::8], even)]
    assert steps[1].std() / steps[1].mean() < 0.35 * steps[0].std() / steps[0].mean()
    assert len(even) == 50
    assert np.allclose(even[0], way[0])
    assert np.isfinite(walks.evenly(way, np.zeros_like, 10)).all()


def test_what_is_no_walk():
    for points, frames, path in ((POINTS[:1], 5, "lerp"), (POINTS, 0, "lerp"), (POINTS[0], 5, "lerp"), (POINTS, 5, "stroll")):
        with pytest.raises(ValueError, match=r"walk|path"):
            walks.walk(points, frames, path)


def test_batches_hold_everything_once_and_like_lengths():
    lengths = np.random.default_rng(0).integers(1, 500, 1000)
    ids = np.arange(0, 1000, 2)
    batches = learning.batches_of_like_length(ids, lengths, 16, learning.chance(1, 2))
    assert len(batches) == 500 // 16
    used = np.concatenate(batches)
    assert len(set(used)) == len(used) == 496
    assert set(used) <= set(ids)
    spread = np.mean([np.ptp(lengths[b]) for b in batches])
    assert spread < 0.3 * np.ptp(lengths)
    again = learning.batches_of_like_length(ids, lengths, 16, learning.chance(1, 2))
    assert all((a == b).all() for a, b in zip(batches, again, strict=True))
    assert len(learning.batches_of_like_length(ids[:5], lengths, 16, learning.chance(1, 2))) == 1


def test_the_rate_warms_up_and_is_cut_when_progress_slows():
    assert [learning.warmed_up(s, 4) for s in range(6)] == [0.25, 0.5, 0.75, 1, 1, 1]
    assert [learning.fallen(s, 4) for s in range(6)] == [1, 0.75, 0.5, 0.25, 0, 0]
    assert learning.fallen(9, 0) == 1
    falling = [2.0 * 0.9**i for i in range(10)]
    assert learning.cut(falling) == 1
    assert learning.cut([*falling, *[falling[-1]] * 3]) == pytest.approx(1 / 3)
    assert learning.cut([*falling, *[falling[-1]] * 40]) == pytest.approx(1 / 27)
    assert learning.cut([]) == 1
