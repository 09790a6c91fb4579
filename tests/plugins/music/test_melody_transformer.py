"""melody-transformer: the rules of chorales, settings of given voices, and the models that ship."""

from __future__ import annotations

import random
from fractions import Fraction

import pytest

import artengine
from artengine import models, plugins
from artengine.errors import ArtengineError
from artengine.studio import Studio
from artengine.works import notation
from artengine.works.score import Key, Note, Score
from artengine_music.melody_transformer import grids
from artengine_music.melody_transformer.cells import VOICES
from artengine_music.melody_transformer.generator import MelodyTransformer
from artengine_music.melody_transformer.settings import Controls

from .choirs import Host, crossings, in_range, last_chord, parallels, random_model, same_notes, sung


@pytest.fixture
def studio_elsewhere(tmp_path, monkeypatch):
    monkeypatch.setenv("ARTENGINE_STUDIO", str(tmp_path))


@pytest.fixture(scope="module")
def choir():
    return MelodyTransformer(random_model(), Host())


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
