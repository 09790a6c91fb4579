"""Counted contexts, and a network that mixes them, in both forms."""

import numpy as np
import pytest

from artengine.nn.counts import NONE, Counts

VERSE = ("the moon is up, the moon is down, the sun is in the sea; ", "the sea is up and in the moon the sun is not to be; ",
         "a man is in the town, a man is in the sea, the town is not to be; ")
LETTERS = sorted(set("".join(VERSE)))
SEQUENCES = [np.array([LETTERS.index(c) for c in verse]) for verse in VERSE]
SIZE, ORDERS = len(LETTERS), (1, 2, 3, 5)


def predictions(counts, sequence, without=None, part=None):
    contexts = counts.contexts(counts.recent(sequence[None, :-1]))[0]
    less = None if without is None else (without, without.rows(contexts, np.array(part)))
    return counts.predictions(counts.rows(contexts), less)


def test_counts_are_those_of_a_loop():
    counts = Counts.of(SEQUENCES, SIZE, (3,))
    shares, facts = predictions(counts, SEQUENCES[0])
    for t in range(2, len(VERSE[0]) - 1):
        seen = [v[i + 3] for v in VERSE for i in range(len(v) - 3) if v[i:i + 3] == VERSE[0][t - 2:t + 1]]
        times = np.array([seen.count(c) for c in LETTERS])
        cut = counts.discounts[0][np.minimum(times, 3)]
        np.testing.assert_allclose(shares[t, 0], (times - cut + cut.sum() * counts.base) / len(seen), rtol=1e-5)
        np.testing.assert_allclose(facts[t, 0], [np.log1p(len(seen)), np.log1p(len(set(seen))), 1], rtol=1e-6)
    assert (facts[:2] == 0).all()
    assert (shares[:2, 0] == counts.base).all()


def test_every_order_is_a_distribution_even_after_what_was_never_seen():
    counts = Counts.of(SEQUENCES, SIZE, ORDERS)
    strange = np.random.default_rng(0).integers(0, SIZE, 300)
    for sequence in (*SEQUENCES, strange):
        shares, _ = predictions(counts, sequence)
        assert shares.min() > 0
        np.testing.assert_allclose(shares.sum(-1), 1, rtol=1e-5)


def test_longer_contexts_predict_better_what_they_have_seen():
    shares, _ = predictions(Counts.of(SEQUENCES, SIZE, ORDERS), SEQUENCES[1])
    nats = -np.log(shares[np.arange(len(shares)), :, SEQUENCES[1][1:]]).mean(0)
    assert (np.diff(nats) < 0).all()


def test_a_part_left_out_is_as_if_it_had_not_been_counted():
    counts, parts = Counts.of(SEQUENCES, SIZE, ORDERS), Counts.of(SEQUENCES, SIZE, ORDERS, range(3))
    others = Counts.of([SEQUENCES[0], SEQUENCES[2]], SIZE, ORDERS)
    others.discounts, others.base = counts.discounts, counts.base
    for ours, theirs in zip(predictions(counts, SEQUENCES[1], parts, 1), predictions(others, SEQUENCES[1]), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-5)


def test_windows_with_what_came_before_them_are_the_whole():
    counts = Counts.of(SEQUENCES, SIZE, ORDERS)
    whole = counts.contexts(counts.recent(SEQUENCES[0][None]))
    window = counts.contexts(counts.recent(SEQUENCES[0][None, 20:], SEQUENCES[0][None, 16:20]))
    np.testing.assert_array_equal(window, whole[:, 20:])
    assert (whole[0, 3] == [*whole[0, 3, :3], NONE]).all()
    assert (whole[0, 4:] != NONE).all()


def test_saved_counts_are_the_same_and_small():
    counts = Counts.of(SEQUENCES, SIZE, ORDERS)
    arrays = counts.arrays()
    again = Counts(arrays, SIZE, ORDERS)
    for ours, theirs in zip(predictions(counts, SEQUENCES[0]), predictions(again, SEQUENCES[0]), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-6)
    assert sum(a.nbytes for a in arrays.values()) <= 6 * len(counts.keys) + 2 * len(counts.symbols) + 4 * SIZE + 200


def test_empty_and_shortest_corpora_give_an_even_guess():
    for sequences in ([], [np.array([3])]):
        shares, facts = predictions(Counts.of(sequences, SIZE, ORDERS), SEQUENCES[0])
        np.testing.assert_allclose(shares, 1 / SIZE, rtol=1e-6)
        assert (facts == 0).all()


def test_thousands_of_symbols():
    sequence = np.arange(9_000).repeat(2)
    shares, _ = predictions(Counts.of([sequence], 9_000, (1, 2)), sequence[5_000:5_020])
    assert (shares[1:, 1].argmax(-1) == sequence[5_002:5_020][:18]).all()


@pytest.fixture(scope="module", params=["recurrent", "transformer"])
def mixed(request):
    """A trained mix of counts and a small network, and its step form."""
    import torch
    from torch.nn import functional

    from artengine.nn.mixing import Mixed
    from artengine.nn.mixing_step import MixedStep
    from artengine.nn.recurrent import Recurrent
    from artengine.nn.recurrent_step import RecurrentStep
    from artengine.nn.transformer import Transformer
    from artengine.nn.transformer_step import TransformerStep

    torch.manual_seed(0)
    outputs = SIZE + len(ORDERS)
    if request.param == "recurrent":
        net = Recurrent((SIZE, 2), units=16, layers=1, embedding=8, outputs=outputs)
    else:
        net = Transformer((SIZE, 2), width=16, layers=1, heads=2, context=20, outputs=outputs)
    model = Mixed(net, Counts.of(SEQUENCES, SIZE, ORDERS), Counts.of(SEQUENCES, SIZE, ORDERS, range(3)))
    length = min(map(len, SEQUENCES))
    symbols = torch.from_numpy(np.stack([s[:length] for s in SEQUENCES]))
    fields = torch.stack((symbols, torch.arange(length).expand(3, -1) % 2), -1)
    optimizer = torch.optim.Adam(model.parameters(), 0.02)
    losses = []
    for _ in range(40):
        logits = model(fields[:, :-1], np.arange(3)[:, None])
        loss = functional.cross_entropy(logits.flatten(0, 1), symbols[:, 1:].flatten())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    weights = model.arrays()
    step = (RecurrentStep(weights, (SIZE, 2)) if request.param == "recurrent"
            else TransformerStep(weights, (SIZE, 2), heads=2, context=20))
    return model.eval(), MixedStep(step, weights, SIZE, ORDERS), fields, losses


def test_training_starts_from_the_counts_and_beats_them(mixed):
    model, _, fields, losses = mixed
    shares = np.concatenate([predictions(model.counts, s[:fields.shape[1]], model.parts, i)[0]
                             for i, s in enumerate(SEQUENCES)])
    follows = np.concatenate([s[1:fields.shape[1]] for s in SEQUENCES])
    mean = np.log(shares).mean(1)
    counts = np.log(np.exp(mean).sum(-1)) - mean[np.arange(len(mean)), follows]
    assert losses[0] == pytest.approx(counts.mean(), rel=1e-4)
    assert losses[-1] < 0.8 * losses[0]


def test_both_forms_agree(mixed):
    import torch

    model, step, fields, _ = mixed
    with torch.no_grad():
        parallel = model(fields).numpy()
    numbers = fields.numpy()
    state, states = step.start(), step.start(3)
    for t in range(numbers.shape[1]):
        np.testing.assert_allclose(step.step(numbers[0, t], state), parallel[0, t], atol=2e-4)
        np.testing.assert_allclose(step.step(numbers[:, t], states).T, parallel[:, t], atol=2e-4)
        if t == 10:  # a work is dropped, another begun anew
            states = step.keep(states, [2, 1])
            step.clear(states, 1)
            break
    logits = step.step(numbers[[2, 1], 11], states)
    np.testing.assert_allclose(logits[:, 0], parallel[2, 11], atol=2e-4)
    with torch.no_grad():
        np.testing.assert_allclose(logits[:, 1], model(fields[1:2, 11:12]).numpy()[0, 0], atol=2e-4)
    np.testing.assert_allclose(step.prime(numbers[0, :30], step.start()), parallel[0, 29], atol=2e-4)
    scores = step.score(numbers[0])
    np.testing.assert_allclose(scores, torch.from_numpy(parallel[0]).log_softmax(-1).numpy(), atol=2e-4)


def test_windows_of_a_longer_sequence(mixed):
    import torch

    model, _, fields, _ = mixed
    longest = model.counts.longest
    before = fields[:, 20 - longest + 1:20, 0].numpy()
    with torch.no_grad():
        whole = model(fields)
        values, memory = model.net.carried(fields[:, :20])
        values, _ = model.net.carried(fields[:, 20:], memory)
        np.testing.assert_allclose(model.mix(values, fields[:, 20:, 0], before=before), whole[:, 20:], atol=2e-4)


def test_two_memories():
    import torch

    from artengine.nn.mixing import Mixed
    from artengine.nn.mixing_step import MixedStep
    from artengine.nn.recurrent import Recurrent
    from artengine.nn.recurrent_step import RecurrentStep

    torch.manual_seed(0)
    net = Recurrent((SIZE,), units=8, layers=1, embedding=4, outputs=SIZE + 5)
    first = Mixed(net, Counts.of(SEQUENCES[:2], SIZE, (1, 2, 3)))
    both = Mixed(first, Counts.of(SEQUENCES[2:], SIZE, (1, 4)), name="own", weight=0.5)
    torch.nn.init.normal_(net.head.weight)
    weights = both.arrays()
    step = MixedStep(MixedStep(RecurrentStep(weights, (SIZE,)), weights, SIZE, (1, 2, 3)), weights, SIZE, (1, 4), "own")
    symbols = SEQUENCES[2][:40, None]
    with torch.no_grad():
        parallel = both(torch.from_numpy(symbols)[None]).numpy()[0]
    state, states = step.start(), step.start(2)
    for t, now in enumerate(symbols):
        np.testing.assert_allclose(step.step(now, state), parallel[t], atol=2e-4)
        np.testing.assert_allclose(step.step(np.stack((now, now)), states)[:, 1], parallel[t], atol=2e-4)
