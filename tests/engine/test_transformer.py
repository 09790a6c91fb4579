"""The two forms of the transformer, its memory and its window, and decoding with it."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn.functional import cross_entropy

from artengine.nn import decoding
from artengine.nn.sampling import Sampler
from artengine.nn.transformer import Transformer
from artengine.nn.transformer_step import TransformerStep

sys.path.insert(0, str(Path(__file__).parent))
from walks import SIZES, Walk

CONTEXT = 20


def network(**changes):
    torch.manual_seed(1)
    net = Transformer(SIZES, **{"width": 32, "layers": 3, "heads": 4, "context": CONTEXT, "dropout": 0.5, **changes}).eval()
    if net.head is not None:
        torch.nn.init.normal_(net.head.weight, std=0.3)  # it begins with zeros
    return net


def random_fields(works, steps):
    rng = np.random.default_rng(0)
    return np.stack([rng.integers(0, size, (works, steps)) for size in SIZES], -1)


@pytest.fixture(params=[{}, {"groups": 4}, {"groups": 2, "tied": True, "hidden": 40}], ids=["shared", "each", "tied"])
def forms(request):
    net = network(**request.param)
    return net, TransformerStep(net.arrays(), SIZES, heads=4, context=CONTEXT)


def expected_of(net, fields):
    with torch.inference_mode():
        return net(torch.from_numpy(fields)).numpy()  # (B, T, V)


def test_step_form_gives_the_parallel_forms_logits_within_and_beyond_the_context(forms):
    net, step = forms
    fields = random_fields(3, 150)
    expected = expected_of(net, fields)
    assert expected.std() > 0.2
    state = step.start(3)
    together = np.stack([step.step(fields[:, t], state).T for t in range(150)], 1)
    assert np.abs(together - expected).max() < 1e-4
    for work in range(3):
        state = step.start()
        alone = np.stack([step.step(fields[work, t], state).copy() for t in range(150)])
        assert np.abs(alone - expected[work]).max() < 1e-4


@pytest.mark.parametrize("steps", [1, 7, 20, 33, 149])
def test_primed_is_as_stepped(forms, steps, monkeypatch):
    net, step = forms
    monkeypatch.setattr("artengine.nn.transformer_step.AT_ONCE", 48)  # in several parts
    fields = random_fields(1, 160)
    expected = expected_of(net, fields)[0]
    state = step.start()
    step.step(fields[0, 0], state)
    assert np.abs(step.prime(fields[0, 1:steps + 1], state) - expected[steps]).max() < 1e-4
    for t in range(steps + 1, steps + 10):
        assert np.abs(step.step(fields[0, t], state) - expected[t]).max() < 1e-4


def test_score_is_the_parallel_forms(forms):
    net, step = forms
    fields = random_fields(1, 150)
    expected = torch.log_softmax(torch.from_numpy(expected_of(net, fields)[0]), -1).numpy()
    assert np.abs(step.score(fields[0]) - expected).max() < 1e-4


def test_a_column_is_freed_and_refilled_and_others_are_kept(forms):
    net, step = forms
    fields = random_fields(4, 60)
    expected = expected_of(net, fields)
    state = step.start(3)
    for t in range(30):
        step.step(fields[:3, t], state)
    step.clear(state, 1)
    for t in range(10):  # the fourth work begins where the second was
        logits = step.step(np.stack((fields[0, 30 + t], fields[3, t], fields[2, 30 + t])), state)
        assert np.abs(logits.T - np.stack((expected[0, 30 + t], expected[3, t], expected[2, 30 + t]))).max() < 1e-4
    state = step.keep(state, [1, 2])
    for t in range(10, 20):
        logits = step.step(np.stack((fields[3, t], fields[2, 30 + t])), state)
        assert np.abs(logits.T - np.stack((expected[3, t], expected[2, 30 + t]))).max() < 1e-4
    state = step.keep(state, [0, 0])  # one work goes on in two ways
    logits = step.step(np.stack((fields[3, 20], fields[0, 0])), state)
    assert np.abs(logits[:, 0] - expected[3, 20]).max() < 1e-4
    alone = step.keep(state, [0])
    assert np.abs(step.step(fields[3, 21], alone) - expected[3, 21]).max() < 1e-4


def test_nothing_beyond_the_windows_of_all_layers_is_seen():
    net = network()
    fields = random_fields(1, 100)
    reach = 3 * (CONTEXT - 1)
    other = fields.copy()
    other[0, 99 - reach - 1] = (fields[0, 99 - reach - 1] + 1) % SIZES
    assert np.array_equal(expected_of(net, fields)[0, 99], expected_of(net, other)[0, 99])
    other[0, 99 - reach] = (fields[0, 99 - reach] + 1) % SIZES
    assert not np.array_equal(expected_of(net, fields)[0, 99], expected_of(net, other)[0, 99])


def test_windows_with_memory_are_as_one(forms):
    net, _ = forms
    fields = random_fields(2, 90)
    memory, parts = None, []
    with torch.inference_mode():
        for first in range(0, 90, 15):
            logits, memory = net.carried(torch.from_numpy(fields[:, first:first + 15]), memory)
            parts.append(logits.numpy())
    assert memory[0][0].shape[2] == CONTEXT - 1
    assert np.abs(np.concatenate(parts, 1) - expected_of(net, fields)).max() < 1e-4


def test_half_precision_weights_are_widened(forms):
    net, step = forms
    half = TransformerStep({k: v.astype(np.float16) for k, v in net.arrays().items()}, SIZES, 4, CONTEXT)
    logits = half.step(np.zeros(3, int), half.start())
    assert logits.dtype == np.float32
    assert np.abs(logits - step.step(np.zeros(3, int), step.start())).max() < 0.01


def test_every_weight_learns():
    net = network(dropout=0.1).train()
    fields = torch.from_numpy(random_fields(4, 15))
    optimizer = torch.optim.Adam(net.parameters(), 0.01)
    losses = []
    for _ in range(15):
        loss = cross_entropy(net(fields[:, :-1]).flatten(0, 1), fields[:, 1:, 0].flatten())
        optimizer.zero_grad()
        loss.backward()
        assert all((p.grad is not None and p.grad.abs().sum() > 0) for p in net.parameters())
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.7 * losses[0]  # it learns the four sequences by heart


def test_a_new_network_finds_every_symbol_equally_likely():
    net = Transformer(SIZES, width=32, layers=3, heads=4, context=CONTEXT)
    assert np.abs(expected_of(net, random_fields(2, 30))).max() == 0


def test_heads_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="width 30"):
        Transformer(SIZES, width=30, layers=1, heads=4, context=8)


def test_weights_survive_a_file(tmp_path):
    from safetensors.numpy import load_file, save_file

    net = network()
    save_file(dict(net.arrays()), tmp_path / "weights.safetensors")
    step, again = (TransformerStep(w, SIZES, 4, CONTEXT) for w in (net.arrays(), load_file(tmp_path / "weights.safetensors")))
    fields = random_fields(1, 5)[0]
    assert np.array_equal(step.score(fields), again.score(fields))
    other = network(dropout=0)
    other.load_state_dict(net.state_dict())
    assert np.array_equal(expected_of(other, fields[None]), expected_of(net, fields[None]))


@pytest.mark.parametrize("sampler", [Sampler(), Sampler(0.7, top_p=0.9)])
def test_a_work_does_not_depend_on_its_batch(forms, sampler):
    _, step = forms
    seeds = list(range(100, 170))
    together = [w.symbols for w in decoding.decode(step, Walk, seeds, sampler)]
    assert together == [decoding.alone(step, Walk(s), s, sampler).symbols for s in seeds]
    assert len({tuple(s) for s in together}) > 60
    assert [w.symbols for w in decoding.decode(step, Walk, seeds[3:9], sampler)] == together[3:9]


def test_rounding_moves_probabilities_far_less_than_the_margin(forms):
    _, step = forms
    fields = random_fields(64, 200)
    state, alone = step.start(64), step.start()
    worst = 0.0
    for t in range(200):
        many, one = step.step(fields[:, t], state)[:, 0], step.step(fields[0, t], alone)
        worst = max(worst, np.abs(np.cumsum(softmax(many)) - np.cumsum(softmax(one))).max())
    assert 2 * worst < decoding.CLOSE


def softmax(x):
    e = np.exp(x.astype(np.float64) - x.max())
    return e / e.sum()
