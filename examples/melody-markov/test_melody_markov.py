"""The conformance kit, and what this generator promises besides: tunes of whole bars, with phrases, that come home."""

import numpy as np
import pytest

from artengine import plugins
from artengine.errors import ArtengineError
from artengine.models import Model
from artengine.runs import LocalRun
from artengine.testing import Subject, parametrize_checks
from artengine.works.notation import parse
from melody_markov import Controls
from melody_markov.chain import MAJOR, PITCHES, START, Chain, context
from melody_markov.generator import MarkovMelody, line


@parametrize_checks("melody-markov")
def test_contract(check):
    check()


@pytest.fixture(scope="module")
def generator():
    subject = Subject("melody-markov")
    yield subject.generator()
    subject.close()


@pytest.mark.parametrize("bars", [2, 7, 16])
def test_every_bar_is_full_and_the_last_note_is_the_tonic(generator, bars):
    for score in generator.render(Controls(bars=bars, temperature=1.5), range(20)):
        assert score.length == bars * score.meter.bar
        assert [a.onset + a.duration for a in score.notes[:-1]] == [b.onset for b in score.notes[1:]]
        assert score.notes[0].onset == 0
        assert score.notes[-1].pitch % 12 == score.key.pitch_class
        assert score.notes[-1].onset >= score.barlines[-1]


def test_the_same_letter_is_the_same_phrase(generator):
    (score,) = generator.render(Controls(bars=12, form="aba"), [5])
    phrase = 4 * score.meter.bar
    first, second, third = ([(n.onset - i * phrase, n.pitch) for n in score if i * phrase <= n.onset < (i + 1) * phrase - score.meter.bar]
                            for i in range(3))
    assert first == third != second


def test_form_is_letters(generator):
    with pytest.raises(ArtengineError, match='"a-b" is no form'):
        list(generator.render(Controls(form="a-b"), [1]))


def test_fresh_model_says_that_it_must_be_trained():
    with pytest.raises(ArtengineError, match="comes without a model"):
        list(MarkovMelody(Model.fresh(plugins.load("melody-markov")), LocalRun()).render(Controls(), [1]))


def test_line_takes_the_upper_note_and_fills_rests():
    frame, rhythm, pitches = line(parse("[pickup=1] G3 C4+E4 R D4/2 E4/2 C4*3"))
    assert frame == (4, 4, 60, 0)
    assert rhythm == [(4, 4, 0, 48, 60, 72)]
    assert [p - 24 for p in pitches] == [4, 2, 4, 0]


@pytest.mark.parametrize(("tune", "minor"), [("A4 C5 E5 A4", 1), ("A4 C#5 E5 A4", 0)])
def test_mode_without_a_key_is_heard_in_the_thirds(tune, minor):
    frame, _, _ = line(parse(tune))
    assert frame[2:] == (69, minor)


@pytest.mark.parametrize(("tune", "why"), [("C4", "fewer than two notes"), ("C4*4 [meter=3/4] C4 D4", "changes of metre"),
                                           ("C4/5 D4", "off the grid"), ("C0 C4 C4 C8", "range")])
def test_what_cannot_be_used_says_why(tune, why):
    with pytest.raises(ArtengineError, match=why):
        line(parse(tune))


def test_chain_counts_and_fills_gaps_from_shorter_contexts():
    met = [((START,), 24), ((24,), 26), ((24,), 26), ((24,), 28)]
    grams = [context(MAJOR, before[k:]) + symbol for before, symbol in met for k in (0, 1)]
    known, counts = np.unique(grams, return_counts=True)
    chain = Chain(known, counts.astype(np.float32))
    p = np.exp(chain.logits(MAJOR, [24], PITCHES))
    alone = np.exp(chain.logits(MAJOR, [], PITCHES))
    assert alone[[24, 26, 28]] == pytest.approx([(1 + 3e-4) / 7, (2 + 3e-4) / 7, (1 + 3e-4) / 7])
    assert p[26] == pytest.approx((2 + 2 * alone[26]) / 5)
    assert p[24] == pytest.approx(2 * alone[24] / 5)
    assert np.exp(chain.logits(MAJOR, [33], PITCHES)) == pytest.approx(alone)  # never met: as if nothing were known before
