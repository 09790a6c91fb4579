"""melody-rnn: symbols, constraints, rendering, learning."""

from __future__ import annotations

import json
import random
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from artengine.errors import ArtengineError
from artengine.models import Model
from artengine.works import notation
from artengine.works.score import Key, Meter, Note, Score
from artengine_music.melody.controls import SCALES
from artengine_music.melody.encoding import NO_PICKUP, REST, TIE, Frame, Vocabulary
from artengine_music.melody.lines import Plan
from artengine_music.melody.many import MelodyLines
from artengine_music.melody.melodies import decode, encode, learn_vocabulary, melodies
from artengine_music.melody.preparing import TRAIN, VALIDATION, hold_out, prepare
from artengine_music.melody_rnn.generator import MelodyRNN
from artengine_music.melody_rnn.settings import Controls, Options


class Host:
    seed, device, folder = 0, "cpu", Path()

    def __init__(self):
        self.skipped = []

    def report(self, *_, **__): ...

    def skip(self, source, reason):
        self.skipped.append((source, reason))

    def stopped(self):
        return False


def tune(seed=0, bars=8, meter="4/4", pickup=Fraction(0), key="D"):
    """A melody that fills its bars, with triplets, dots, rests and ties over the bar line."""
    rng = random.Random(seed)
    m = Meter(Fraction(0), *map(int, meter.split("/")))
    end, at, notes = pickup + bars * m.bar, Fraction(0), []
    figures = [[Fraction(1, 2)], [Fraction(1)], [Fraction(3, 2)], [Fraction(1, 3)] * 3, [Fraction(1, 4)] * 2]
    while at < end:
        fits = [f for f in figures if sum(f) <= end - at]
        for length in rng.choice(fits):
            if not notes or at + length == end or rng.random() < 0.9:
                notes.append(Note(at, length, 62 + rng.choice([0, 2, 4, 5, 7, 9, 11, 12])))
            at += length
    return Score(tuple(notes), meters=(m,), keys=(Key.parse(key),), pickup=pickup, title=f"tune {seed}")


@pytest.fixture(scope="module")
def vocabulary():
    return learn_vocabulary(m for i in range(20) for m in melodies(tune(i)))


@pytest.mark.parametrize(("meter", "pickup"), [("4/4", 0), ("6/8", Fraction(1, 2)), ("3/4", 1), ("9/8", 0), ("5/4", Fraction(3, 2))])
def test_symbols_give_the_melody_back(vocabulary, meter, pickup):
    for seed in range(10):
        score = tune(seed, meter=meter, pickup=Fraction(pickup))
        (melody,) = melodies(score)
        symbols, fields = encode(melody, vocabulary)
        back = decode(symbols, vocabulary, melody.frame, score.tempo)
        assert back == score
        assert len(symbols) == len(fields) == 1 + 2 * ((len(symbols) - 1) // 2)
        assert all(0 <= f < size for row in fields for f, size in zip(row, vocabulary.fields(), strict=True))


def test_every_symbol_of_real_melodies_is_legal(vocabulary):
    legal = vocabulary.legal()
    for seed in range(10):
        (melody,) = melodies(tune(seed, meter="6/8", pickup=Fraction(1, 2)))
        symbols, fields = encode(melody, vocabulary)
        assert all(legal[f[0], s] for s, f in zip(symbols, fields, strict=True))


def test_lookback_fields_show_the_bars_that_come_back(vocabulary):
    bar = [Note(Fraction(i, 2), Fraction(1, 2), 62 + 2 * i) for i in range(8)]
    score = Score(tuple(n._replace(onset=n.onset + 4 * b) for b in range(4) for n in bar), keys=(Key.parse("D"),))
    (melody,) = melodies(score)
    symbols, fields = encode(melody, vocabulary)
    one_bar_ago, agreed = 8, 12  # columns of the first lookback and of its run
    for t in range(18, len(symbols)):
        assert fields[t][one_bar_ago] == symbols[t]
    assert fields[-1][agreed] == 7


def test_a_note_is_cut_at_bar_lines_and_an_incomplete_last_bar_is_filled(vocabulary):
    score = Score((Note(Fraction(0), Fraction(6), 62), *(Note(Fraction(6 + i), Fraction(1), 64) for i in range(12))), keys=(Key.parse("D"),))
    (melody,) = melodies(score)
    symbols, _ = encode(melody, vocabulary)
    assert symbols[0] == NO_PICKUP
    assert TIE in symbols
    assert melody.frame.bars == 5
    assert sum(ticks for ticks, _ in melody.events) == 5 * 96


def test_polyphony_gives_its_own_voices_and_chords_their_top():
    two = Score(tuple(Note(Fraction(i), Fraction(1), p, 80, v) for i in range(16) for v, p in ((0, 72 + i % 3), (1, 48 + i % 2))))
    assert [m.events[0][1] for m in melodies(two)] == [72, 48]
    chords = Score(tuple(Note(Fraction(i), Fraction(1), p) for i in range(16) for p in (60, 64, 67 + i % 3)))
    (melody,) = melodies(chords)
    assert [p for _, p in melody.events][:3] == [67, 68, 69]


@pytest.mark.parametrize(("score", "reason"), [
    (Score(()), "no notes"),
    (Score(tuple(Note(Fraction(i), Fraction(1), 60) for i in range(5))), "fewer than 12"),
    (Score(tuple(Note(Fraction(i, 5), Fraction(1, 5), 60) for i in range(50))), "off the grid"),
    (Score(tuple(Note(Fraction(i), Fraction(1), 60) for i in range(50)), meters=(Meter(Fraction(0), 17, 4),)), "bars of 17/4"),
])
def test_what_cannot_be_used_says_why(score, reason):
    with pytest.raises(ArtengineError, match=reason):
        melodies(score)


# --- rendering ---

@pytest.fixture(scope="module")
def generator(vocabulary):
    """A network nobody trained: whatever it wants to write, the masks must keep the promises."""
    import torch

    from artengine.nn.recurrent import Recurrent

    torch.manual_seed(16)  # one that once began with a pick-up longer than a bar
    options = Options(units=16, layers=1, embedding=8)
    net = Recurrent((vocabulary.size, *vocabulary.fields()), units=16, layers=1, embedding=8, cell=options.cell)
    frames = [["4/4", "major", 2, 16, 5], ["6/8", "minor", 9, 8, 2]]
    model = Model("melody-rnn", options, net.arrays(), {"vocabulary": vocabulary.to_data(), "frames": frames}, None)
    return MelodyRNN(model, Host())


def bar_fills(score):
    """How much of each full bar is covered by notes."""
    lines = [*score.barlines, score.length]
    return [sum(min(n.onset + n.duration, b) - max(n.onset, a) for n in score if n.onset < b and n.onset + n.duration > a)
            for a, b in pairwise(lines)]


@pytest.mark.parametrize(("bars", "meter", "temperature"), [(16, "", 1.0), (1, "3/4", 1.5), (7, "6/8", 0.7), (24, "9/8", 2.0),
                                                            (5, "7/8", 1.0), (16, "2/2", 0)])
def test_bars_asked_for_are_the_bars_written_and_they_are_full(generator, bars, meter, temperature):
    for score in generator.render(Controls(bars=bars, meter=meter, temperature=temperature), range(20)):
        assert score.bars == bars
        assert score.length == score.pickup + bars * score.meter.bar
        assert all(fill <= score.meter.bar for fill in bar_fills(score))
        if meter:
            assert str(score.meter) == meter


def test_ending_closes_on_the_tonic_at_the_last_bar_line(generator):
    for score in generator.render(Controls(key="F# minor", ending=True), range(30)):
        last = score.notes[-1]
        assert last.pitch % 12 == 6
        assert last.onset + last.duration == score.length
    ends = {s.notes[-1].pitch % 12 for s in generator.render(Controls(key="F# minor", ending=False), range(30)) if s.notes}
    assert len(ends) > 1


@pytest.mark.parametrize("scale", list(SCALES))
def test_scale_and_range_are_hard(generator, scale):
    for score in generator.render(Controls(key="G", scale=scale, low="F4", high="84"), range(10)):
        assert all((n.pitch - 7) % 12 in SCALES[scale] and 65 <= n.pitch <= 84 for n in score)


def test_work_of_a_seed_is_its_own(generator):
    many = list(generator.render(Controls(), range(40, 110)))
    assert many[5:9] == list(generator.render(Controls(), range(45, 49)))
    assert [many[7]] == list(generator.render(Controls(), [47]))
    assert len(set(map(repr, many))) == 70


@pytest.mark.parametrize("controls", [Controls(bars=12), Controls(bars=3, meter="6/8", scale="dorian", key="D", ending=False),
                                      Controls(bars=5, primer=notation.parse("[meter=3/4] [pickup=1] G4 A4*2 B4 C5*3"))])
def test_many_at_once_keep_the_same_books_as_one(vocabulary, controls):
    frames = [["4/4", "major", 2, 16, 5], ["6/8", "minor", 9, 8, 2], ["9/8", "major", 11, 4, 2], ["5/4", "dorian", 1, 4, 2]]
    plan, rng, seeds = Plan(controls, vocabulary, frames), np.random.default_rng(0), list(range(12))
    ones, many = [plan.line(s) for s in seeds], MelodyLines(plan, seeds)
    for fresh in range(12, 4000):
        assert (many.fields() == [one.fields() for one in ones]).all()
        assert (many.allowed() == [one.allowed() for one in ones]).all()
        symbols = np.array([rng.choice(np.flatnonzero(row)) for row in many.allowed()])
        done = many.push(symbols)
        for one, symbol in zip(ones, symbols.tolist(), strict=True):
            one.push(symbol)
        assert done.tolist() == [one.done for one in ones]
        keep = []
        for column in range(len(ones)):
            if done[column]:
                assert many.line(column) == (ones[column].symbols, ones[column].frame)
            if done[column] and fresh < 200:  # a new one in its place
                many.begin(column, fresh)
                ones[column] = plan.line(fresh)
            if fresh < 200 or not done[column]:
                keep.append(column)
        many.keep(keep)
        ones = [ones[c] for c in keep]
        if not ones:
            return
    raise AssertionError("they never end")


def test_primer_is_kept_and_continued(generator):
    primer = notation.parse("[key=Em] [meter=3/4] E4 G4 B4 E5*3 D5/2 B4/2")
    for score in generator.render(Controls(primer=primer, bars=8), range(10)):
        assert list(score.notes[:5]) == list(primer.notes[:5])
        assert score.notes[5].pitch == primer.notes[5].pitch
        assert str(score.key) == "E minor"
        assert str(score.meter) == "3/4"
        assert score.bars == 8
    other = next(generator.render(Controls(primer=primer, bars=8, key="G"), [1]))
    assert other.key.tonic == "G"
    assert other.notes[:5] == primer.notes[:5]


@pytest.mark.parametrize(("controls", "words"), [
    ({"key": "H"}, "is not a key"), ({"meter": "4/5"}, "not a metre"), ({"meter": "99/4"}, "not a metre"), ({"low": "X9"}, "not a note"),
    ({"low": "C6", "high": "C5", "key": "C"}, "no note at all"), ({"low": "C#5", "high": "D5", "key": "C"}, "no C to end on"),
    ({"primer": Score((Note(Fraction(0), Fraction(1), 2),))}, "outside this model's range"),
    ({"primer": Score(())}, "no notes"), ({"primer": tune(bars=9), "bars": 4}, "longer than the 4 bars"),
    ({"primer": tune(bars=4), "bars": 4}, "fills all the 4 bars"),
])
def test_impossible_wishes_are_refused_before_drawing(generator, controls, words):
    with pytest.raises(ArtengineError, match=words) as error:
        list(generator.render(Controls(**controls), [0]))
    assert error.value.advice


@pytest.mark.parametrize("harm", ["nan", "shape", "missing", "vocabulary"])
def test_a_damaged_model_says_so(generator, harm):
    model = generator.model
    weights, header = dict(model.weights), dict(model.header)
    if harm == "nan":
        weights["head.bias"] = np.full_like(weights["head.bias"], np.nan)
    elif harm == "shape":
        weights["head.weight"] = weights["head.weight"][:-1]
    elif harm == "missing":
        del weights["layers.0.bias_hh_l0"]
    else:
        del header["vocabulary"]
    with pytest.raises(ArtengineError, match="is damaged"):
        list(MelodyRNN(Model(model.part, model.options, weights, header, None), Host()).render(Controls(), [0]))


def test_frames_are_drawn_from_the_corpus_and_by_the_seed(vocabulary):
    frames = [["4/4", "major", 2, 16, 5], ["6/8", "minor", 9, 16, 5]]
    plan = Plan(Controls(), vocabulary, frames)
    drawn = [str(plan.frame(seed).meter) for seed in range(200)]
    assert 60 < drawn.count("6/8") < 140
    assert drawn == [str(plan.frame(seed).meter) for seed in range(200)]
    assert {str(Plan(Controls(meter="6/8"), vocabulary, frames).frame(s).key) for s in range(20)} == {"A minor"}


# --- learning ---

def test_score_is_the_loss_of_the_parallel_form(generator, vocabulary):
    import torch

    from artengine.nn.recurrent import Recurrent
    from artengine_music.melody.learning import MelodyLoss

    scores = [tune(i, meter="6/8") for i in range(5)]
    sizes = (vocabulary.size, *vocabulary.fields())
    net = Recurrent(sizes, units=16, layers=1, embedding=8, cell=generator.options.cell).eval()
    net.load_state_dict({k: torch.from_numpy(v) for k, v in generator.model.weights.items()})
    loss = MelodyLoss(net, vocabulary.legal()).eval()
    for score, (nats, notes) in zip(scores, generator.score(scores), strict=True):
        (melody,) = melodies(score)
        symbols, fields = encode(melody, vocabulary)
        inputs = np.column_stack(([1, *symbols[:-1]], fields))
        with torch.inference_mode():
            expected = loss(torch.from_numpy(inputs)[None], torch.tensor(symbols)[None]).sum().item()
        assert nats == pytest.approx(expected, rel=1e-5)
        assert notes == melody.notes
    assert np.isnan(generator.score([Score(())])[0][0])


def test_prepare_holds_out_by_content_and_names_what_it_skips():
    host = Host()
    scores = [tune(i) for i in range(150)]
    arrays = prepare([*scores, Score((), title="empty one")], host)
    assert host.skipped == [("empty one", "no notes")]
    assert arrays["symbols"].shape[0] == arrays["fields"].shape[0] == arrays["lengths"].sum()
    again = prepare(reversed(scores), Host())
    assert sorted(zip(arrays["lengths"], arrays["split"], strict=True)) == sorted(zip(again["lengths"], again["split"], strict=True))
    assert set(np.unique(arrays["split"])) == {0, 1, 2}
    header = json.loads(bytes(arrays["header"]))
    assert sum(header["melodies"]) == 150


def test_versions_of_a_training_tune_are_not_held_out():
    symbols = [[2, *(x for p in np.random.default_rng(i).integers(30, 50, 40) for x in (8, int(p)))] for i in range(200)]
    varied = [[*s[:-2], 9, s[-1]] for s in symbols[:100]]
    split = hold_out(symbols + varied)
    for a, b in zip(split[:100], split[200:], strict=True):
        assert TRAIN not in (a, b) or a == b
    assert (split[100:200] == VALIDATION).any()


@pytest.mark.parametrize("count", [0, 1])
def test_a_corpus_too_small_says_so(count):
    with pytest.raises(ArtengineError, match="two are the least"):
        prepare([tune(i) for i in range(count)], Host())


def test_learner_learns_and_its_batches_are_a_function_of_the_step():
    import torch

    arrays = prepare([tune(i % 7, bars=4 + i % 3) for i in range(40)], Host())
    options = Options(units=32, layers=1, embedding=16, batch_size=8, dropout=0, rate=0.01)
    generator = MelodyRNN(Model("melody-rnn", options, {}, {}, None), Host())
    torch.manual_seed(0)
    learner = generator.learner(arrays, Host())
    for a, b in zip(learner.batch(17, 0, 1), learner.batch(17, 0, 1), strict=True):
        assert torch.equal(a, b)
    whole = learner.batch(3, 0, 1)[0].shape[0]
    assert sum(learner.batch(3, r, 2)[0].shape[0] for r in range(2)) == whole
    before = learner.validate()["loss"]
    for step in range(40):
        figures = learner.step(step, learner.batch(step, 0, 1), lambda loss: loss.backward())
    assert figures["items"] > 0
    assert learner.validate()["loss"] < 0.8 * before
    assert all(a.dtype in (np.float16, np.uint8, np.uint16, np.uint32, np.int32, np.int64) for a in learner.weights().values())
    assert len(learner.header()["held_out_quantiles"]) == 21
    assert REST < TIE


def test_no_melody_is_one_with_an_unknown_end(vocabulary):
    long = Frame(Meter(Fraction(0), 4, 4), Key.parse("C"), None)
    from artengine_music.melody.encoding import State

    state = State(Vocabulary((24, 96), -12, 12), long)
    state.push(NO_PICKUP)
    assert not state.done
    assert state.fields()[5] == 33
