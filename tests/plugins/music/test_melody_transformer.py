"""melody-transformer: melodies, chorales, and settings of given voices."""

from __future__ import annotations

import json
import random
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

import artengine
from artengine import models, plugins
from artengine.errors import ArtengineError
from artengine.models import Model
from artengine.studio import Studio
from artengine.works import notation
from artengine.works.score import Key, Meter, Note, Score
from artengine_music.melody.preparing import TRAIN, VALIDATION
from artengine_music.melody_transformer import cells, grids
from artengine_music.melody_transformer.cells import SILENT, SIZES, VOICES, Frame, State
from artengine_music.melody_transformer.choir import Plan
from artengine_music.melody_transformer.generator import MelodyTransformer
from artengine_music.melody_transformer.preparing import encode, prepare, symbol
from artengine_music.melody_transformer.settings import Controls, Options

RANGES = [[60, 81], [55, 74], [50, 69], [36, 62]]
FRAMES = [["4/4", "major", 7, 4, 3], ["3/4", "minor", 2, 0, 1]]


class Host:
    seed, device, folder = 0, "cpu", Path()

    def __init__(self):
        self.skipped = []

    def report(self, *_, **__): ...

    def skip(self, source, reason):
        self.skipped.append((source, reason))

    def stopped(self):
        return False


def random_model(width=16, layers=2, heads=2, context=48, sharp=2.0):
    """A model that knows nothing: every rule is up to the masks."""
    rng = np.random.default_rng(0)

    def weight(*shape, scale=0.3):
        return (rng.normal(size=shape) * scale).astype(np.float32)

    weights = {"table.weight": weight(sum(SIZES), width), "head.weight": weight(SIZES[0], width, scale=sharp)}
    for i in range(layers):
        weights |= {f"attention.{i}.weight": weight((heads + 2) * width // heads, width), f"mixing.{i}.weight": weight(width, width),
                    f"inward.{i}.weight": weight(4 * width, width), f"outward.{i}.weight": weight(width, 4 * width)}
    options = Options(voices=4, width=width, layers=layers, heads=heads, context=context)
    return Model("melody-transformer", options, weights, {"ranges": RANGES, "frames": FRAMES}, None)


@pytest.fixture
def studio_elsewhere(tmp_path, monkeypatch):
    monkeypatch.setenv("ARTENGINE_STUDIO", str(tmp_path))


@pytest.fixture(scope="module")
def choir():
    return MelodyTransformer(random_model(), Host())


def sung(low, high, seed=0, *, quarters=8, meter="4/4", pickup=Fraction(0), rests=True, fine=False, key=None):
    """A tune of wandering notes between two pitches."""
    rng = random.Random(seed)
    lengths = [Fraction(1, 4), Fraction(1, 2), Fraction(1), Fraction(3, 2)] + [Fraction(1, 3), Fraction(1, 8)] * fine
    at, pitch, notes = Fraction(0), (low + high) // 2, []
    while at < quarters:
        length = min(rng.choice(lengths), quarters - at)
        if not rests or rng.random() < 0.9 or not notes:
            pitch = min(max(pitch + rng.choice([-5, -4, -2, -1, 0, 1, 2, 3, 7]), low), high)
            notes.append(Note(at, length, pitch, rng.randint(50, 100)))
        at += length
    return Score(tuple(notes), (Meter(Fraction(0), *map(int, meter.split("/"))),), (Key.parse(key),) if key else (), pickup=pickup,
                 length=at, title=f"tune {seed}")


def same_notes(score, voice, given):
    return [n[:3] for n in score.voice(voice)] == [n[:3] for n in given.notes]


def crossings(score, ends=None):
    """Moments at which a voice sings below the one under it."""
    found = []
    for upper, lower in pairwise(range(VOICES)):
        for a in score.voice(upper):
            found += [(a, b) for b in score.voice(lower) if b.pitch > a.pitch and b.onset < a.onset + a.duration
                      and a.onset < b.onset + b.duration]
    return found


def in_range(score, but=()):
    return all(RANGES[n.voice][0] <= n.pitch <= RANGES[n.voice][1] for n in score.notes if n.voice not in but)


def last_chord(score):
    """Pitch classes that sound at the very end above the tonic, the bass first."""
    end = max(n.onset + n.duration for n in score.notes)
    last = sorted((n for n in score.notes if n.onset + n.duration == end), key=lambda n: -n.voice)
    return [(n.pitch - score.key.pitch_class) % 12 for n in last]


def parallels(score):
    """Pairs of voices that move from a perfect interval to the same one."""
    times = sorted({n.onset for n in score.notes})
    at = {v: {t: next((n.pitch for n in score.voice(v) if n.onset <= t < n.onset + n.duration), None) for t in times} for v in range(VOICES)}
    return [(a, b, t2) for t1, t2 in pairwise(times) for a in range(VOICES) for b in range(a + 1, VOICES)
            if None not in (at[a][t1], at[a][t2], at[b][t1], at[b][t2]) and at[a][t1] != at[a][t2] and at[b][t1] != at[b][t2]
            and (at[a][t1] - at[b][t1]) % 12 == (at[a][t2] - at[b][t2]) % 12 and (at[a][t1] - at[b][t1]) % 12 in (0, 7)]


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


# --- rules ---

@pytest.mark.parametrize("controls", [Controls(bars=4), Controls(bars=3, meter="3/4", key="C# minor"), Controls(bars=2, meter="6/8"),
                                      Controls(bars=4, temperature=3.0, min_p=0), Controls(bars=3, scale="dorian", key="E dorian")])
def test_chorales_keep_their_ranges_and_close_on_the_tonic(choir, controls):
    for score in choir.render(controls, range(4)):
        assert {n.voice for n in score.notes} == set(range(VOICES))
        assert score.bars == controls.bars
        assert score.length == controls.bars * score.meter.bar
        assert in_range(score)
        assert not crossings(score)
        assert not [found for found in parallels(score) if found[2] < score.length - score.meter.bar]  # there the last chord comes first
        first = {(n.pitch - score.key.pitch_class) % 12 for n in score.notes if n.onset == 0}
        assert first <= ({0, 4, 7} if score.key.mode == "major" else {0, 3, 7})
        chord = last_chord(score)
        assert chord[0] == 0
        assert set(chord) <= {0, 3, 4, 7}
        assert not {3, 4} <= set(chord)
        for v in range(VOICES):  # no rests
            assert sum(n.duration for n in score.voice(v)) == score.length


def test_ranges_can_be_narrowed(choir):
    (score,) = choir.render(Controls(bars=3, low="E2", high="G5"), [3])
    assert all(40 <= n.pitch <= 79 for n in score.notes)
    with pytest.raises(ArtengineError, match="soprano has no note"):
        list(choir.render(Controls(high="A3"), [0]))


@pytest.mark.parametrize("voice", range(VOICES))
@pytest.mark.parametrize("seed", range(8))
def test_a_given_voice_is_kept_note_for_note(choir, voice, seed):
    low, high = [(62, 82), (60, 72), (52, 66), (36, 55)][voice]
    meter = random.Random(seed).choice(["4/4", "3/4", "6/8", "2/2"])
    tune = sung(low, high, seed, meter=meter, pickup=Fraction(seed % 3, 2), fine=seed % 2 == 1)
    (score,) = choir.render(Controls(**{grids.CHOIR[voice].lower(): tune}), [seed])
    assert same_notes(score, voice, tune)
    assert not crossings(score)
    assert in_range(score, {voice})
    assert (score.meters, score.pickup, score.length) == (tune.meters, tune.pickup, tune.length)
    end = max(n.onset + n.duration for n in tune.notes)
    assert all(n.onset + n.duration <= end for n in score.notes)
    others = [v for v in range(VOICES) if v != voice]
    for note in tune.notes:  # where it sings, so do the others
        middle = -int(-note.onset * 4 // 1) * Fraction(1, 4)
        if middle < note.onset + note.duration:
            assert all(any(n.onset <= middle < n.onset + n.duration for n in score.voice(v)) for v in others)


def test_several_voices_may_be_given(choir):
    soprano, bass = sung(67, 79, 1, rests=False), sung(40, 50, 2, rests=False)
    for score in choir.render(Controls(soprano=soprano, bass=bass), [1, 2]):
        assert same_notes(score, 0, soprano)
        assert same_notes(score, 3, bass)
        assert not crossings(score)
    everything = {"soprano": soprano, "alto": sung(62, 66, 3), "tenor": sung(55, 60, 4), "bass": bass}
    (score,) = choir.render(Controls(**everything), [0])
    assert all(same_notes(score, v, everything[name.lower()]) for v, name in enumerate(grids.CHOIR))


def test_a_setting_ends_on_the_triad_that_its_tune_ends_on(choir):
    for pitches, key, third in (([67, 69, 71, 72], "C", 4), ([76, 74, 71, 69], "A minor", None), ([67, 69, 71, 72], "A minor", 3),
                                ([69, 71, 73], "A minor", 4)):
        tune = Score(tuple(Note(Fraction(i), Fraction(1), p) for i, p in enumerate(pitches)), keys=(Key.parse(key),))
        (score,) = choir.render(Controls(soprano=tune, key=key), [5])
        assert score.key == Key.parse(key)
        chord = last_chord(score)
        assert chord[0] == 0
        assert set(chord) <= {0, 3, 4, 7} if third is None else set(chord) <= {0, third, 7}


def test_a_tune_that_ends_elsewhere_is_still_set(choir):
    tune = Score(tuple(Note(Fraction(i), Fraction(1), p) for i, p in enumerate([67, 69, 71, 74])), keys=(Key.parse("C"),))
    (score,) = choir.render(Controls(soprano=tune, key="C"), [5])
    assert same_notes(score, 0, tune)
    assert not crossings(score)


@pytest.mark.parametrize("tune", [
    Score((Note(Fraction(0), Fraction(1), 72),)),
    Score((Note(Fraction(0), Fraction(1, 7), 72),)),
    Score((Note(Fraction(2), Fraction(1, 16), 72),), length=Fraction(9)),
    Score((Note(Fraction(0), Fraction(40), 72),)),
    Score((Note(Fraction(0), Fraction(1), 60), Note(Fraction(1), Fraction(1), 84))),
], ids=["one note", "a seventh of a quarter", "one grace note", "ten bars of one note", "two octaves"])
def test_odd_tunes_are_set(choir, tune):
    (score,) = choir.render(Controls(soprano=tune), [0])
    assert same_notes(score, 0, tune)
    assert not crossings(score)


@pytest.mark.parametrize(("given", "words"), [
    ({"soprano": Score(())}, "The soprano given has no notes"),
    ({"soprano": Score((Note(Fraction(0), Fraction(1), 72), Note(Fraction(0), Fraction(1), 76)))}, "has chords"),
    ({"soprano": Score((Note(Fraction(0), Fraction(1), 72, voice=0), Note(Fraction(0), Fraction(1), 60, voice=1)))}, "has 2 voices"),
    ({"soprano": Score((Note(Fraction(0), Fraction(1), 48),))}, "a soprano sings from 57 to 84. Transpose it by 1 octave up"),
    ({"bass": Score((Note(Fraction(0), Fraction(1), 72),))}, "Transpose it by 1 octave down"),
    ({"tenor": Score((Note(Fraction(0), Fraction(1), 40), Note(Fraction(1), Fraction(1), 70)))}, "wider than the voice's"),
    ({"soprano": Score((Note(Fraction(0), Fraction(1), 60),)), "alto": Score((Note(Fraction(0), Fraction(1), 67),))},
     "The alto given goes above the soprano in bar 1"),
    ({"bass": sung(60, 65, 1), "alto": sung(57, 58, 1)}, "above the alto"),
    ({"soprano": sung(60, 80, 1), "meter": "3/4"}, "is in 4/4, not in 3/4"),
    ({"soprano": sung(60, 80, 1), "low": "B5"}, "no note to sing"),
    ({"primer": sung(60, 80, 1)}, "takes no primer"),
    ({"soprano": sung(60, 80, 1), "key": "H"}, "is not a key"),
    ({"meter": "7/32"}, "not a metre"),
    ({"soprano": sung(60, 80, 1), "voices": 1}, "a voice is given"),
    ({"voices": 3}, "3 voices"),
    ({"voices": 1}, "writes 4 voices"),
])
def test_what_cannot_be_is_said(choir, given, words):
    with pytest.raises(ArtengineError) as error:
        list(choir.render(Controls(**given), [0]))
    assert words in str(error.value)
    assert error.value.advice


def test_works_of_a_seed_are_the_same_whatever_the_batch(choir):
    controls = Controls(bars=2)
    alone = [next(choir.render(controls, [seed])) for seed in range(5)]
    assert list(choir.render(controls, range(5))) == alone
    assert len(set(map(str, (s.to_data() for s in alone)))) == 5
    tune = sung(64, 76, 3)
    alone = [next(choir.render(Controls(soprano=tune), [seed])) for seed in range(3)]
    assert list(choir.render(Controls(soprano=tune), range(3))) == alone


# --- learning ---

def chorale(seed):
    """Four voices in whole notes and less, each a line of its own."""
    notes = [n._replace(voice=v, velocity=80) for v, (low, high) in enumerate([(67, 79), (60, 66), (53, 59), (40, 50)])
             for n in sung(low, high, 10 * seed + v, quarters=16, rests=False)]
    return Score(tuple(notes), keys=(Key.parse("G"),), title=f"chorale {seed}")


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


# --- the models that ship ---

def test_a_given_voice_brings_the_model_of_chorales(studio_elsewhere):
    tune = "[key=G] [meter=3/4] [pickup=1] G4 | B4 A4 G4 | D5*2 B4 | C5 A4 F#4 | G4*2"
    score, = artengine.render("melody-transformer", seed=3, soprano=tune)
    assert same_notes(score, 0, notation.parse(tune))
    assert not crossings(score)
    assert last_chord(score)[0] == 0
    assert score.voices == grids.CHOIR
    with pytest.raises(ArtengineError, match="pick-up"):
        artengine.render("melody-transformer", soprano="[pickup=9] G4")


def test_settings_surprise_the_model_no_more_than_bach_does(studio_elsewhere):
    """The model has learnt: wrong notes surprise it more than its own."""
    part = plugins.load("melody-transformer", "generator")
    generator = MelodyTransformer(models.find(part, None, Studio.find(), Controls(voices=4)), Host())
    low, high = (generator.model.header["held_out_quantiles"][i] for i in (0, -1))
    works = list(generator.render(Controls(bars=6), range(3)))
    rng = random.Random(0)
    wrong = [Score(tuple(n._replace(pitch=n.pitch + rng.choice([0, 0, 1])) for n in work.notes), work.meters, work.keys,
                   pickup=work.pickup) for work in works]
    for (right, notes), (worse, _) in zip(generator.score(works), generator.score(wrong), strict=True):
        assert 0.4 * low < right / notes < high
        assert worse > 1.5 * right


def test_what_ships_is_small():
    part = plugins.load("melody-transformer", "generator")
    assert sum(path.stat().st_size for path in models.shipped(part).values()) < 12_000_000
