"""The two forms of a sequence model, the sampler, and decoding that does not depend on its batch."""

from __future__ import annotations

import pickle
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from artengine.nn import decoding
from artengine.nn.recurrent import Recurrent
from artengine.nn.recurrent_step import RecurrentStep
from artengine.nn.sampling import Sampler, uniforms

sys.path.insert(0, str(Path(__file__).parent))  # a child process needs it as a module of its own
from walks import SIZES, Walk


@pytest.fixture(params=["lstm", "gru"])
def forms(request):
    torch.manual_seed(1)
    net = Recurrent(SIZES, units=24, layers=2, embedding=12, dropout=0.5, cell=request.param).eval()
    return net, RecurrentStep(net.arrays(), SIZES, request.param)


def random_fields(works, steps):
    rng = np.random.default_rng(0)
    return np.stack([rng.integers(0, size, (works, steps)) for size in SIZES], -1)


def test_step_form_gives_the_parallel_forms_logits(forms):
    net, step = forms
    fields = random_fields(3, 50)
    with torch.inference_mode():
        expected = net(torch.from_numpy(fields)).numpy()  # (B, T, V)
    state = step.start(3)
    together = np.stack([step.step(fields[:, t], state).T for t in range(50)], 1)
    assert np.abs(together - expected).max() < 1e-4
    for work in range(3):
        state = step.start()
        alone = np.stack([step.step(fields[work, t], state).copy() for t in range(50)])
        assert np.abs(alone - expected[work]).max() < 1e-4


def test_half_precision_weights_are_widened(forms):
    net, step = forms
    half = RecurrentStep({k: v.astype(np.float16) for k, v in net.arrays().items()}, SIZES, step.cell)
    logits = half.step(np.zeros(3, int), half.start())
    assert logits.dtype == np.float32
    assert np.abs(logits - step.step(np.zeros(3, int), step.start())).max() < 0.01


@pytest.mark.parametrize("sampler", [Sampler(), Sampler(0.5), Sampler(0), Sampler(top_k=4), Sampler(top_p=0.7), Sampler(min_p=0.2),
                                     Sampler(1.3, 6, 0.9, 0.05)])
def test_sampler_draws_the_same_for_one_and_for_many(sampler):
    rng = np.random.default_rng(3)
    logits = rng.normal(0, 2, (200, 30)).astype(np.float32)
    allowed = rng.random((200, 30)) < 0.5
    allowed[:, 7] = True
    u = rng.random(200)
    symbols, margins = sampler.draw(logits, allowed, u)
    for row in range(200):
        assert sampler.pick(logits[row], allowed[row], u[row]) == symbols[row]
    assert allowed[np.arange(200), symbols].all()
    assert (margins >= 0).all()


def test_sampler_draws_by_the_probabilities():
    p = np.array([0.5, 0.3, 0.15, 0.05])
    logits = np.tile(np.log(p), (20000, 1))
    u = np.random.default_rng(0).random(20000)
    every = np.ones(logits.shape, bool)
    assert np.bincount(Sampler().draw(logits, every, u)[0]) / 20000 == pytest.approx(p, abs=0.015)
    assert set(Sampler(top_p=0.75).draw(logits, every, u)[0]) == {0, 1}
    assert set(Sampler(top_k=3).draw(logits, every, u)[0]) == {0, 1, 2}
    assert set(Sampler(min_p=0.5).draw(logits, every, u)[0]) == {0, 1}
    assert set(Sampler(0).draw(logits, every, u)[0]) == {0}


@pytest.mark.parametrize("sampler", [Sampler(), Sampler(top_p=0.8), Sampler(top_k=5), Sampler(min_p=0.1), Sampler(0)])
def test_margin_covers_every_draw_that_rounding_can_change(sampler):
    rng = np.random.default_rng(5)
    logits = rng.normal(0, 1, (4000, 20))
    every, u = np.ones(logits.shape, bool), rng.random(4000)
    before, margins = sampler.draw(logits, every, u)
    off = 1e-3
    after, _ = sampler.draw(logits + rng.uniform(-off, off, logits.shape), every, u)
    assert (before != after).any()  # the disturbance does change draws
    assert margins[before != after].max() < 2 * off


def test_noise_is_a_function_of_the_seed():
    def first(seed):
        noise = uniforms(seed)
        return [next(noise) for _ in range(300)]

    assert first(7) == first(7) != first(8)


@pytest.mark.parametrize("sampler", [Sampler(), Sampler(0.7, top_p=0.9)])
def test_a_work_does_not_depend_on_its_batch(forms, sampler):
    _, step = forms
    seeds = list(range(100, 230))
    together = [w.symbols for w in decoding.decode(step, Walk, seeds, sampler)]
    assert together == [decoding.alone(step, Walk(s), s, sampler).symbols for s in seeds]
    assert len({tuple(s) for s in together}) > 120
    assert [w.symbols for w in decoding.decode(step, Walk, seeds[3:9], sampler)] == together[3:9]


def test_draws_too_close_to_call_are_decoded_alone(forms, monkeypatch):
    _, step = forms
    monkeypatch.setattr(decoding, "CLOSE", 0.02)  # most works now have such a draw
    seeds = list(range(40))
    assert [w for _, w in decoding.together(step, lambda some: decoding.OneByOne(Walk, some), enumerate(seeds), Sampler())].count(None) > 20
    assert [w.symbols for w in decoding.decode(step, Walk, seeds, Sampler())] == [
        decoding.alone(step, Walk(s), s, Sampler()).symbols for s in seeds]


def test_rounding_moves_probabilities_far_less_than_the_margin(forms):
    _, step = forms
    fields = random_fields(64, 200)
    state, alone = step.start(64), step.start()
    worst = 0.0
    for t in range(200):
        many, one = step.step(fields[:, t], state)[:, 0], step.step(fields[0, t], alone)
        worst = max(worst, np.abs(np.cumsum(softmax(many)) - np.cumsum(softmax(one))).max())
    assert 4 * worst < decoding.CLOSE


def softmax(x):
    e = np.exp(x.astype(np.float64) - x.max())
    return e / e.sum()


def test_works_on_all_cores_are_the_same_works(forms):
    """In a process of its own: here torch is loaded, so decoding stays in one process."""
    import subprocess

    _, step = forms
    script = (f"import pickle, sys, numpy; sys.path.insert(0, {str(Path(__file__).parent)!r});\n"
              "from artengine.nn import decoding; from artengine.nn.sampling import Sampler; from walks import Walk\n"
              "import os; os.cpu_count = lambda: 3\n"
              "step, seeds = pickle.load(sys.stdin.buffer)\n"
              "found = [w.symbols for w in decoding.decode(step, Walk, seeds, Sampler())]\n"
              "assert 'multiprocessing' in sys.modules\n"
              "pickle.dump(found, sys.stdout.buffer)")
    seeds = list(range(150))
    run = subprocess.run([sys.executable, "-c", script], input=pickle.dumps((step, seeds)), capture_output=True, check=False)
    assert run.returncode == 0, run.stderr.decode()
    assert pickle.loads(run.stdout) == [decoding.alone(step, Walk(s), s, Sampler()).symbols for s in seeds]


def test_an_error_in_one_work_ends_decoding(forms):
    def line(seed):
        if seed == 90:
            raise KeyError(seed)
        return Walk(seed)

    with pytest.raises(KeyError):
        list(decoding.decode(forms[1], line, range(150), Sampler()))


def test_decoding_stops_when_asked(forms):
    _, step = forms
    asked = iter([False] * 3 + [True] * 1000)
    assert list(decoding.decode(step, Walk, [1, 2, 3], Sampler(), lambda: next(asked))) == []


def test_repetition_makes_what_was_drawn_lately_so_many_times_less_likely():
    p = np.array([0.4, 0.4, 0.2])
    logits, every = np.tile(np.log(p), (20000, 1)) + 5, np.ones((20000, 3), bool)
    u = np.random.default_rng(0).random(20000)
    sampler = Sampler(repetition=4.0)
    symbols, _ = sampler.draw(logits, every, u, [[0, 0, 0]] * 20000)  # once, however often it was drawn
    assert np.bincount(symbols) / 20000 == pytest.approx(np.array([1, 4, 2]) / 7, abs=0.015)
    assert [sampler.pick(logits[0], every[0], x, [0, 0, 0]) for x in u[:200]] == symbols[:200].tolist()
    assert Sampler(0, repetition=4.0).pick(logits[0], every[0], 0.5, [0, 1]) == 2
    assert (sampler.draw(logits, every, u)[0] == Sampler().draw(logits, every, u)[0]).all()  # nothing drawn yet


def test_repetition_is_felt_in_decoding_and_forgotten_after_its_window(forms):
    _, step = forms

    def distance_of_repeats(sampler):  # steps since the same symbol was last drawn
        works = list(decoding.decode(step, Walk, range(60), sampler))
        assert [w.symbols for w in works] == [decoding.alone(step, Walk(s), s, sampler).symbols for s in range(60)]
        found = []
        for work in works:
            last = {}
            for i, symbol in enumerate(work.symbols):
                found += [i - last[symbol]] if symbol in last else []
                last[symbol] = i
        return np.array(found)

    assert min(distance_of_repeats(Sampler(repetition=1e9, window=5))) > 5
    assert min(distance_of_repeats(Sampler())) == 1
