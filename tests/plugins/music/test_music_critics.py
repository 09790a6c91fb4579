"""The critics of music: calibrated on real tunes, honest about edges, exact about quotations."""

import random
from fractions import Fraction as F
from itertools import pairwise

import numpy as np
import pytest

from artengine.models import Model
from artengine.works import Note, Score
from artengine.works.notation import parse
from artengine_corpora.folk import Folk
from artengine_music.critics.melody import Melody
from artengine_music.critics.originality import Originality
from artengine_music.critics.rhythm import Rhythm
from artengine_music.critics.tonality import Tonality
from artengine_music.fingerprint import GRAM, Fingerprint, build, overlap, steps

CRITICS = (Tonality, Melody, Rhythm)


@pytest.fixture(scope="module")
def tunes():
    folk = Folk(None, None, None)
    found = [t for piece in folk.pieces()[1::40] for t in folk.read(piece) if len(t) >= 24]
    return found[:70]


def rewritten(score, pitches=None, durations=None):
    """*score* with other pitches, or other durations laid end to end."""
    at, notes = F(0), []
    for i, n in enumerate(score):
        length = durations[i] if durations else n.duration
        notes.append(Note(at if durations else n.onset, length, pitches[i] if pitches else n.pitch))
        at += length
    return Score(tuple(notes), score.meters, score.keys, score.tempos, score.pickup)


def shuffled(score, rng, what):
    values = [getattr(n, what) for n in score]
    rng.shuffle(values)
    return rewritten(score, **{f"{what}{'es' if what[-1] == 'h' else 's'}": values})


def random_pitches(score, rng):
    low, high = min(n.pitch for n in score), max(n.pitch for n in score)
    return rewritten(score, pitches=[rng.randint(low, high) for _ in score])


def auc(good, bad):
    good, bad = np.array(good)[:, None], np.array(bad)
    return float((good > bad).mean() + 0.5 * (good == bad).mean())


@pytest.mark.parametrize(("critic", "damage"), [
    (Tonality, random_pitches), (Melody, random_pitches), (Melody, lambda s, r: shuffled(s, r, "pitch")),
    (Rhythm, lambda s, r: shuffled(s, r, "duration"))])
def test_real_tunes_are_told_from_damaged_ones(tunes, critic, damage):
    rng = random.Random(5)
    judge = critic(None, None).judge
    real = [j.score for j in judge(tunes)]
    broken = [j.score for j in judge([damage(t, rng) for t in tunes])]
    assert np.median(real) > 0.85
    assert auc(real, broken) > 0.9


def test_neither_nothing_nor_everything_may_return(tunes):
    rng = random.Random(3)
    judge = Melody(None, None).judge
    bar = "C4/2 E4/2 D4/2 G4/2 F4/2 E4/2 D4/2 B3/2 "
    over_and_over = parse(bar * 12)
    wander = [60]
    for _ in range(95):
        wander.append(wander[-1] + rng.choice([-5, -3, -2, -1, 1, 2, 3, 5]) * (-1 if wander[-1] > 70 else 1))
    nothing = Score(tuple(Note(F(i, 2), F(1, 2), max(48, p)) for i, p in enumerate(wander)))
    usual = float(np.median([j.score for j in judge(tunes)]))
    for bad in (over_and_over, nothing):
        assert judge([bad])[0].score < usual - 0.15


@pytest.mark.parametrize("critic", CRITICS)
@pytest.mark.parametrize("score", [
    Score(()), parse("C4"), parse("C4 C4"), parse("C4 C4 C4 C4"), parse("C4*64"), parse("C-1/16 G9/16 C4/7 D4 E4"),
    parse("C4+E4+G4 C4+F4+A4 D4+G4+B4 C4+E4+G4*5"), parse("[meter=7/8] [pickup=1/2] C4/2 D4 E4 F4 G4"),
    Score(tuple(n._replace(voice=v) for v in range(4) for n in parse("C4 D4 E4/2 R F4*2")))])
def test_edges_get_a_finite_score_and_a_reason(critic, score):
    verdict = critic(None, None).judge([score])[0]
    assert 0 <= verdict.score <= 1
    assert all(np.isfinite(v) for v in verdict.aspects.values())
    assert verdict.remarks
    assert all(r.endswith((".", '"')) for r in verdict.remarks)


def test_remarks_name_the_fault():
    tonality = Tonality(None, None).judge([parse("[key=C] C4 E4 G4 C5 F#4 A#4 C#5 D#4 G#4 F#4 C#4")])[0]
    assert any("outside the scale" in r for r in tonality.remarks)
    melody = Melody(None, None).judge([parse("C4 B5 D3 A5 C3 F5 G2 E6 C4 A5")])[0]
    assert any("wider than a fifth" in r for r in melody.remarks)
    rhythm = Rhythm(None, None).judge([parse("C4*3/2 D4 E4 F4*3/2 G4 A4 B4*3/2 C5*5/2 D5*7/2 C5 B4*3/2")])[0]
    assert any("hard to feel" in r for r in rhythm.remarks)


def test_fingerprint_ignores_key_and_tempo():
    tune = parse("[key=G] D4/2 G4 B4/2 A4/2 G4 F#4/2 G4 D4 B3 D4/2 E4/2 G4*2")
    other = Score(tuple(Note(n.onset * 2, n.duration * 2, n.pitch + 5) for n in tune))
    assert (steps(list(tune)) == steps(list(other))).all()


def by_hand(score, corpus):
    """Longest run of steps that *score* shares with one tune of *corpus*, by trying everything."""
    mine, best = bytes(steps(list(score))), 0
    for tune in corpus:
        theirs = bytes(steps(list(tune)))
        row = [0] * (len(theirs) + 1)
        for a in mine:
            row = [0] + [row[j] + 1 if a == b else 0 for j, b in enumerate(theirs)]
            best = max(best, *row)
    return best


def test_overlap_is_exact(tunes):
    corpus, others = tunes[:30], tunes[30:45]
    prints = Fingerprint(build(corpus))
    rng = random.Random(1)
    quoting = []  # works that quote a piece of a training tune in another key
    for tune in corpus[:6]:
        start, length = rng.randrange(4), rng.randint(10, 20)
        quote = [(n.duration, n.pitch + 3) for n in tune.notes[start : start + length]]
        before, after = ([(n.duration, n.pitch) for n in others[i].notes[:10]] for i in range(2))
        mixed = before + quote + after
        ends = np.cumsum([0, *(d for d, _ in mixed)])
        quoting.append(Score(tuple(Note(at, d, p) for at, (d, p) in zip(ends[:-1], mixed, strict=True))))
    for work in [*others, *quoting]:
        expected = by_hand(work, corpus)
        found = prints.overlap(work)
        assert found.notes == (expected + 1 if expected >= GRAM else 0)
    for work, tune in zip(quoting, corpus, strict=False):
        assert prints.overlap(work).notes >= 10
        assert prints.overlap(work).title == " ".join(tune.title.split())


def test_runs_do_not_reach_over_two_tunes():
    a, b = parse("C4 D4 E4 F4 G4 A4 B4 C5 B4 A4"), parse("C4 G4 C4 A4 D4 B4 E4 C5 D4 E4")
    joined = Score((*a.notes, *(n._replace(onset=n.onset + a.length) for n in b)))
    assert overlap(joined, build([a, b])).notes == 10


def test_originality_tells_copies_from_new_tunes(tunes):
    arrays = {f"fingerprint.{k}": v for k, v in build(tunes[:50]).items()}
    critic = Originality(None, None, Model("melody-rnn", None, arrays))
    copies = critic.judge(tunes[:10])
    assert all(j.score < 0.05 for j in copies)
    assert all(a.title.split()[0] in " ".join(j.remarks) for a, j in zip(tunes, copies, strict=False))
    rng = random.Random(2)
    fresh = critic.judge([random_pitches(t, rng) for t in tunes[:10]])
    assert all(j.score == 1 and j.remarks for j in fresh)
    for edge in (Score(()), parse("C4")):
        assert critic.judge([edge])[0].score == 1


def test_fingerprint_is_small(tunes):
    arrays = build(tunes)
    notes = sum(len(t) for t in tunes)
    assert sum(a.nbytes for a in arrays.values()) < 1.6 * notes
    assert all(a < b for a, b in pairwise(arrays["starts"].tolist()))
    assert overlap(parse("C4"), build([])).notes == 0


@pytest.fixture(scope="module")
def small_model(tunes):
    """A melody-rnn that has taken a few dozen steps."""
    import torch

    from artengine.plugins import load
    from artengine.runs import LocalRun
    from artengine_music.melody_rnn.generator import MelodyRNN

    part = load("melody-rnn", "generator")
    options = part.options(**{**part.tiny, "units": 32, "batch_size": 4, "rate": 0.01, "dropout": 0.0})
    run = LocalRun(seed=1)
    arrays = MelodyRNN(Model("melody-rnn", options, {}), run).prepare(tunes[:50])
    torch.manual_seed(1)
    learner = MelodyRNN(Model("melody-rnn", options, {}), run).learner(arrays, run)
    for step in range(40):
        learner.step(step, learner.batch(step, 0, 1), lambda loss: loss.backward())
    weights = {name: a.astype(np.float32) if a.dtype.kind == "f" else a for name, a in learner.weights().items()}
    return Model("melody-rnn", options, weights, dict(learner.header()))


def test_likelihood_prefers_real_tunes(tunes, small_model):
    from artengine.runs import LocalRun
    from artengine_music.critics.likelihood import Likelihood

    critic = Likelihood(None, LocalRun(), small_model)
    rng = random.Random(8)
    real = [j.score for j in critic.judge(tunes[50:])]
    broken = [j.score for j in critic.judge([random_pitches(t, rng) for t in tunes[50:]])]
    assert auc(real, broken) > 0.85
    for verdict in critic.judge([Score(()), parse("C4"), parse("C4*64"), tunes[0]]):
        assert 0 <= verdict.score <= 1
        assert verdict.remarks[0].endswith(".")


def test_likelihood_score_falls_with_surprise(small_model):
    from artengine.runs import LocalRun
    from artengine_music.critics.likelihood import Likelihood

    critic = Likelihood(None, LocalRun(), small_model)
    critic.quantiles = [1.0, 1.5, 2.0, 2.5, 3.0]
    at_median, odd, duller = (critic._one(x * 40, 40) for x in (2.0, 2.8, 0.5))
    assert at_median.score > 0.75
    assert at_median.aspects["held_out_above"] == pytest.approx(0.5)
    assert odd.score < 0.6
    assert duller.score < 0.5
    assert "more predictable" in duller.remarks[1]
    assert critic._one(9 * 40, 40).score < 0.01
    assert critic._one(float("nan"), 0).score == 0


def test_critics_fall_back_on_the_shipped_model_or_say_so(monkeypatch):
    from artengine import models
    from artengine.errors import ArtengineError
    from artengine.runs import LocalRun

    monkeypatch.setattr(models, "shipped", lambda part: {})
    with pytest.raises(ArtengineError, match="no model to measure by"):
        Originality(None, LocalRun())
