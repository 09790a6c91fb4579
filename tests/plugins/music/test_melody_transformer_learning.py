"""melody-transformer: symbols and fields, preparing, learning, both forms, melodies."""

from __future__ import annotations

import json

import numpy as np
import pytest

from artengine.errors import ArtengineError
from artengine.models import Model
from artengine.works.score import Score
from artengine_music.melody.preparing import TRAIN, VALIDATION
from artengine_music.melody_transformer import cells, grids
from artengine_music.melody_transformer.cells import SILENT, SIZES, VOICES, Frame, State
from artengine_music.melody_transformer.choir import Plan
from artengine_music.melody_transformer.generator import MelodyTransformer
from artengine_music.melody_transformer.preparing import encode, prepare, symbol
from artengine_music.melody_transformer.settings import Controls, Options

from .choirs import FRAMES, RANGES, Host, chorale, crossings, random_model, sung


@pytest.fixture(scope="module")
def choir():
    return MelodyTransformer(random_model(), Host())


# --- symbols ---

def test_fields_stay_in_their_sizes_and_symbols_come_back(choir):
    for seed, score in enumerate(choir.render(Controls(bars=3), range(4))):
        voices = grids.grids(score)
        symbols, fields = encode(voices, grids.frame(score, dict(enumerate(voices))))
        assert fields.shape == (len(symbols), len(SIZES))
        assert (fields >= 0).all()
        assert (fields < np.array(SIZES)).all()
        state = State(grids.frame(score))
        again = np.full(voices.shape, -7)
        for s in symbols.tolist():
            v, t = state.voice, state.time
            state.push(s)
            again[v, t] = state.pitch[v] if state.sounds[v] else SILENT, s >= cells.FIRST_STEP
        assert (again == voices).all(), seed
        assert {n[:3] for v in range(VOICES) for n in grids.voiced(again[v], v, score.length)} == {n[:3] for n in score.notes}


def test_fields_know_the_past_only_and_what_is_given():
    """Changing a later cell changes no earlier field, unless its voice is given."""
    rng = np.random.default_rng(1)
    voices = np.stack([np.stack([np.full(12, p), np.ones(12, int)], -1) for p in (72, 67, 60, 48)])
    voices[:, :, 0] += rng.integers(-2, 3, (4, 12))
    other = voices.copy()
    other[1, 8:, 0] += 1
    frame = Frame(tuple(range(12)), "4/4", 0, "major")
    a, b = (encode(v, frame)[1] for v in (voices, other))
    assert (a[:8 * 4 + 2] == b[:8 * 4 + 2]).all()
    assert (a[8 * 4 + 2:] != b[8 * 4 + 2:]).any()
    a, b = (encode(v, Frame(tuple(range(12)), "4/4", 0, "major", True, {1: v[1]}))[1] for v in (voices, other))
    assert (a[:7 * 4] != b[:7 * 4]).any()
    assert (a[:7 * 4, :cells.GIVEN] == b[:7 * 4, :cells.GIVEN]).all()


def test_transposition_changes_one_field_only():
    rng = np.random.default_rng(2)
    voices = np.stack([np.stack([np.full(40, p), rng.integers(0, 2, 40)], -1) for p in (72, 67, 60, 48)])
    voices[:, :, 0] += np.repeat(rng.integers(-3, 4, (4, 10)), 4, 1)
    voices[:, 1:, 1] |= np.diff(voices[:, :, 0], axis=1) != 0
    voices[:, 0, 1] = 1
    up = voices + np.array([5, 0])
    (one, a), (two, b) = (encode(v, Frame(tuple(range(40)), "4/4", tonic, "minor")) for v, tonic in ((voices, 2), (up, 7)))
    assert (one[1:] == two[1:]).all()
    late = slice(40, None)  # the very first step is from a fixed note, and remembered for a while
    assert (np.delete(a[late], cells.ABSOLUTE, 1) == np.delete(b[late], cells.ABSOLUTE, 1)).all()
    assert (b[1:, cells.ABSOLUTE] - a[1:, cells.ABSOLUTE] == 5).all()


# --- learning ---

@pytest.fixture(scope="module")
def arrays():
    host = Host()
    found = prepare([*map(chorale, range(12)), Score((), title="nothing"), sung(60, 70)], host)
    assert [reason for _, reason in host.skipped] == ["0 voices and not 4", "1 voices and not 4"]
    return found


def test_prepare(arrays):
    assert arrays["fields"].shape == (arrays["lengths"].sum(), len(SIZES)) == (12 * 16 * 16, len(SIZES))
    assert set(arrays["split"]) == {TRAIN, VALIDATION}
    header = json.loads(bytes(arrays["header"]))
    assert header["ranges"][0][0] >= 67
    assert header["frames"][0][0] == "4/4"
    with pytest.raises(ArtengineError, match="two are the least"):
        prepare([chorale(0)], Host())


def test_it_learns_and_both_forms_agree(arrays):
    import torch

    from artengine_music.melody_transformer.learner import IGNORE, ChoraleLearner, blind

    torch.manual_seed(0)
    options = Options(voices=4, width=16, layers=1, heads=2, context=32, batch_size=4, rate=0.1, dropout=0)
    learner = ChoraleLearner(options, arrays, Host(), json.loads(bytes(arrays["header"])))
    first = learner.validate()["loss"]
    for step in range(8):
        learner.step(step, learner.batch(step, 0, 1), lambda loss: loss.backward())
    assert learner.validate()["loss"] < 0.9 * first
    header = learner.header()
    assert header["held_out_quantiles"]
    weights = {k: a for k, a in learner.weights().items() if not k.startswith("fingerprint")}
    learner.module.net.load_state_dict({k: torch.from_numpy(a.astype(np.float32)) for k, a in weights.items()})
    model = Model("melody-transformer", options, weights, dict(header), None)
    generator = MelodyTransformer(model, Host())
    scores = [chorale(i) for i in range(3)]
    for (nats, notes), loss in zip(generator.score(scores), learner._losses(np.arange(3)), strict=True):
        assert nats == pytest.approx(loss, rel=1e-4)
        assert notes > 0
    assert np.isnan(generator.score([sung(60, 70)])[0][0])
    (score,) = generator.render(Controls(bars=2), [0])
    assert not crossings(score)
    inputs, targets = (t.numpy() for t in learner.batch(3, 0, 1))
    given = np.array([[True, False, False, False]] * 4)
    blind(inputs, targets, given)
    assert (targets[:, ::VOICES] == IGNORE).all()
    assert (inputs[:, :, cells.GIVEN + cells.GIVEN_EACH:] == 0).all()
    halves, whole = ([sorted(row[row != IGNORE].tolist() for row in learner.batch(5, rank, world)[1]) for rank in range(world)]
                     for world in (2, 1))
    assert sorted(halves[0] + halves[1]) == whole[0]  # two processes share what one would do


def test_given_fields_while_decoding_are_those_of_training(choir):
    score = chorale(3)
    voices = grids.grids(score)
    soprano = Score(tuple(score.voice(0)), keys=score.keys, length=score.length)
    plan = Plan(Controls(soprano=soprano), RANGES, FRAMES)
    line = plan.line(0)
    frame = grids.frame(score, dict(enumerate(voices)), plan.key(0))
    trained = State(frame)
    kept = list(range(cells.GIVEN + cells.GIVEN_EACH))
    while not line.done:
        assert [line.fields()[i] for i in kept] == [trained.fields()[i] for i in kept]
        s = symbol(trained, *voices[trained.voice, trained.time].tolist())
        if line.voice == 0:
            assert np.flatnonzero(line.allowed()).tolist() == [s]
        line.push(s)
        trained.push(s)


# --- melodies ---

def test_melodies_by_a_transformer():
    from artengine_music.melody.melodies import melodies

    options = Options(width=16, layers=1, heads=2, context=32, batch_size=4)
    fresh = MelodyTransformer(Model("melody-transformer", options, {}), Host())
    arrays = fresh.prepare([sung(60, 76, seed, quarters=32) for seed in range(12)])
    learner = fresh.learner(arrays, Host())
    learner.step(0, learner.batch(0, 0, 1), lambda loss: loss.backward())
    weights = {k: a for k, a in learner.weights().items() if not k.startswith("fingerprint")}
    generator = MelodyTransformer(Model("melody-transformer", options, weights, dict(learner.header()), None), Host())
    scores = list(generator.render(Controls(bars=4), range(3)))
    assert all(score.bars == 4 and len({n.voice for n in score.notes}) == 1 for score in scores)
    assert list(generator.render(Controls(bars=4), [1])) == [scores[1]]
    (nats, notes), = generator.score([scores[0]])
    assert np.isfinite(nats)
    assert notes == melodies(scores[0])[0].notes
    with pytest.raises(ArtengineError, match="writes one voice"):
        list(generator.render(Controls(voices=4), [0]))
    with pytest.raises(ArtengineError, match="writes one voice"):
        list(generator.render(Controls(soprano=scores[0]), [0]))


def test_a_damaged_model_says_so():
    model = random_model()
    weights = dict(model.weights)
    for harm in ({"table.weight": weights["table.weight"][:-1]}, {"head.weight": weights["head.weight"] * np.nan},
                 {"mixing.0.weight": weights["mixing.0.weight"][:, :3]}):
        broken = Model(model.part, model.options, {**weights, **harm}, model.header, None)
        with pytest.raises(ArtengineError, match="damaged"):
            list(MelodyTransformer(broken, Host()).render(Controls(bars=1), [0]))
    with pytest.raises(ArtengineError, match="damaged"):
        list(MelodyTransformer(Model(model.part, model.options, weights, {}, None), Host()).render(Controls(bars=1), [0]))
    with pytest.raises(ArtengineError, match="3 voices"):
        MelodyTransformer(Model(model.part, Options(voices=3), {}), Host())


def test_controls_say_which_model_they_want():
    assert Controls().wants == {}
    assert Controls(voices=4).wants == {"voices": 4}
    assert Controls(alto=sung(60, 70)).wants == {"voices": 4}
    assert Controls(voices=1).wants == {"voices": 1}
