from fractions import Fraction as F

import pytest

from artengine.works import Key, Meter
from artengine_music import abc, abc_header

HEAD = "X:1\nT:Test\nM:4/4\nL:1/8\nK:{key}\n"


def tune(music, key="C", head=HEAD, **kwargs):
    (score,) = abc.read(head.format(key=key) + music + "\n", **kwargs)
    return score


def sung(music, key="C", **kwargs):
    return [(n.pitch, n.duration * 2) for n in tune(music, key, **kwargs).notes]  # in eighths


def pitches(music, key="C", **kwargs):
    return [n.pitch for n in tune(music, key, **kwargs).notes]


@pytest.mark.parametrize(("music", "expected"), [
    ("C c c' C, C,,", [60, 72, 84, 48, 36]),
    ("^C _D =E ^^F __G", [61, 61, 64, 67, 65]),
    ("^Fff | F", [66, 78, 78, 65]),  # an accidental holds in every octave, to the bar line
    ("^F-|F F|", [66, 65]),  # a tie carries it over, a new note does not
    ("F2 {fga}G2 \"Am7\"A2 !trill!B2 ~c2 .d2 ve2 uf2 +fermata+g2", [65, 67, 69, 71, 72, 74, 76, 77, 79]),
])
def test_pitches(music, expected):
    assert pitches(music) == expected


def test_accidentals_by_directive():
    for kind, expected in (("octave", [66, 77, 65]), ("not", [66, 77, 65]), ("pitch", [66, 78, 65])):
        assert pitches("^Ff | F", head="X:1\n%%propagate-accidentals " + kind + "\n" + HEAD[4:])[:3] == expected
    assert pitches("^FF", head="X:1\n%%propagate-accidentals not\n" + HEAD[4:]) == [66, 65]


@pytest.mark.parametrize(("music", "expected"), [
    ("A A2 A/ A// A3/2 A/4 A3", [1, 2, F(1, 2), F(1, 4), F(3, 2), F(1, 4), 3]),
    ("A>B A>>B A<B A<<B", [F(3, 2), F(1, 2), F(7, 4), F(1, 4), F(1, 2), F(3, 2), F(1, 4), F(7, 4)]),
    ("(A>B) A > B .A>.B", [F(3, 2), F(1, 2)] * 3),
    ("(3ABc (3A2B2c2", [F(2, 3)] * 3 + [F(4, 3)] * 3),
    ("(3:2:4ABcd e", [F(2, 3)] * 4 + [1]),
    ("(2AB (4ABcd", [F(3, 2)] * 2 + [F(3, 4)] * 4),
    ("(5ABcde f", [F(2, 5)] * 5 + [1]),
    ("A-A A2-|A2 B", [2, 4, 1]),
    ("[CEG]2 [C2E2]", [2, 2, 2, 2, 2]),
    ("A z A x A Z|A", [1, 1, 1, 1]),
])
def test_lengths(music, expected):
    assert [length for _, length in sung(music)] == expected


def test_five_in_compound_time_is_in_the_time_of_three():
    score = abc.read("X:1\nM:6/8\nL:1/8\nK:C\n(5ABcde f3|")[0]
    assert score.notes[0].duration == F(3, 10)


def test_rests_take_their_time():
    score = tune("z2 A2 Z2 | A4 z4|")
    assert [(n.onset, n.duration) for n in score.notes] == [(1, 1), (10, 2)]
    assert score.length == 14


@pytest.mark.parametrize(("text", "key", "signature"), [
    ("G", ("G", "major"), {"F": 1}), ("Em", ("E", "minor"), {"F": 1}), ("A Dorian", ("A", "dorian"), {"F": 1}),
    ("Dmix", ("D", "mixolydian"), {"F": 1}), ("Bb", ("Bb", "major"), {"B": -1, "E": -1}), ("F#m", ("F#", "minor"), {"F": 1, "C": 1, "G": 1}),
    ("EMin", ("E", "minor"), {"F": 1}), ("Glydian", ("G", "lydian"), {"F": 1, "C": 1}), ("none", None, {}), ("", None, {}),
    ("D exp ^f", None, {"F": 1}), ("Dphr ^f", ("D", "phrygian"), {"B": -1, "E": -1, "F": 1}), ("Dmix=c", ("D", "mixolydian"), {"F": 1, "C": 0}),
    ("Hp", ("A", "mixolydian"), {"F": 1, "C": 1, "G": 0}), ("Bn", ("B", "major"), {"F": 1, "C": 1, "G": 1, "D": 1, "A": 1}),
    ("C clef=bass", ("C", "major"), {}), ("Am treble", ("A", "minor"), {}), ("EM", ("E", "minor"), {"F": 1}),
])
def test_keys(text, key, signature):
    found = abc_header.key(text)
    assert (found.key, found.accidentals) == (key, signature)


@pytest.mark.parametrize(("text", "expected"), [
    ("C", (4, 4)), ("C|", (2, 2)), ("6/8", (6, 8)), ("(2+3)/8", (5, 8)), ("2+2+3/8", (7, 8)), ("none", (0, 0)), ("x", None), ("3/0", None),
])
def test_metres(text, expected):
    assert abc_header.meter(text) == expected


@pytest.mark.parametrize(("text", "expected"), [
    ("1/4=120", 120), ("120", 120), ("3/8=60", 90), ('"Slow" 1/2=40', 80), ('1/4=90 "Andante"', 90), ("C=100", 50), ("C3=40", 60),
    ("1/4 3/8=40", 100), ('"Allegro"', 132), ("1/4=0", None), ("", None), ("1/4=99999", None),
])
def test_tempos(text, expected):
    assert abc_header.tempo(text, F(1, 8)) == expected


def test_repeats_and_endings():
    music = "|: C8 |1 D8 :|2 E8 |] F8 :|"
    assert pitches(music) == [60, 64, 65]
    assert pitches(music, repeats="played") == [60, 62, 60, 64, 65, 65]
    assert pitches(music, repeats="all") == [60, 62, 64, 65]
    assert pitches("C8 :: D8 :|", repeats="played") == [60, 60, 62, 62]
    assert pitches("|: C8 [1,3 D8 :|[2 E8 :|", repeats="played") == [60, 62, 60, 64, 60, 62]
    assert pitches("|: C8 [1,3 D8 :|[2 E8 :|") == [60, 64]


def test_halves_of_a_bar_around_a_repeat_make_one_bar():
    score = tune("Bc|d2B2G2B2|d2B2 B2::Bc|d2B2 G4|A2A2G2:|")
    assert score.pickup == 1
    assert score.meters == (Meter(F(0), 4, 4),)
    assert score.barlines == (0, 1, 5, 9, 13)


def test_a_bar_that_stays_irregular_is_a_metre_of_its_own():
    score = tune("C8|C6|C8|C8|")
    assert score.meters == (Meter(F(0), 4, 4), Meter(F(4), 3, 4), Meter(F(7), 4, 4))


def test_a_wrong_time_signature_gives_way_to_the_bars():
    score = tune("C6|" * 8)
    assert score.meters == (Meter(F(0), 3, 4),)


def test_fields_within_the_tune():
    score = tune("C8|[M:3/4][K:G]F6|[L:1/4]F3|\nM:4/4\nK:C\nF4|[Q:1/4=60]F4|")
    assert [n.pitch for n in score.notes] == [60, 66, 66, 65, 65]
    assert [(m.onset, str(m)) for m in score.meters] == [(0, "4/4"), (4, "3/4"), (10, "4/4")]
    assert score.keys == (Key(F(0), "C"), Key(F(4), "G"), Key(F(10), "C"))
    assert [(t.onset, t.quarters) for t in score.tempos] == [(14, 60.0)]


def test_voices_each_keep_their_key_and_lengths():
    text = "X:1\nM:4/4\nL:1/4\nV:1 name=Tune\nV:2 name=\"Low part\"\nK:G\nV:1\nFGAB|[K:C]FGAB|\nV:2\nF,4|F,4|\n[V:1]F4|\n[V:2][L:1/8]\nF,8|\n"
    (score,) = abc.read(text)
    assert score.voices == ("Tune", "Low part")
    assert [n.pitch for n in score.voice(0)] == [66, 67, 69, 71, 65, 67, 69, 71, 65]
    assert [(n.pitch, n.duration) for n in score.voice(1)] == [(54, 4)] * 3


def test_overlay_sounds_together():
    assert [(n.onset, n.pitch) for n in tune("C4 D4 & E8|").notes] == [(0, 60), (0, 64), (2, 62)]


def test_a_book_of_many_tunes_in_the_wild():
    text = ("%abc\nM:3/4\nC:Trad.\n\nX:1\r\nT:First % the best\r\nR:Waltz\r\nL:1/4\r\nK:D\r\nDFA|\\\r\nddd|\r\n\r\nSome talk about it, and more.\r\n\r\n"
            "X:2\nT:Second\nK:Am\nABc|\nw:la la la\n\nabc|a3|\n\nX:3\nT:No notes\nK:C\n\nX: 4\nT:Caf\xe9\nN:talk\nK:C\nCDE|")
    scores = abc.read(abc.decode(text.encode("latin-1")))
    assert [s.title for s in scores] == ["First", "Second", "Caf\xe9"]
    assert scores[0].labels == {"composer": "Trad.", "rhythm": "waltz", "number": "1"}
    assert [n.pitch for n in scores[0].notes] == [62, 66, 69, 74, 74, 74]
    assert len(scores[1].notes) == 7
    assert all(str(s.meter) == "3/4" for s in scores)


@pytest.mark.parametrize("text", ["", "no tune at all", "X:1\nT:x\n", "X:1\nK:C\n", "X:1\nK:C\n|:|:|::|[1[2|]", "X:1\nK:C\n%%%", "X:1\nM:0/0\nK:\n(((>>>---[[["])
def test_nothing_to_read(text):
    assert abc.read(text) == []


def test_noise_never_raises():
    import random

    random.seed(3)
    signs = "ABCabcz123/<>()[]|:-^_=\"!{}'~, \nK:M:L:V:Q:&%\\(3"
    for _ in range(300):
        for repeats in ("written", "played", "all"):
            for score in abc.read("X:1\nK:C\n" + "".join(random.choices(signs, k=120)), repeats):
                assert all(n.duration > 0 and 0 <= n.pitch <= 127 for n in score.notes)
                assert score.length >= max(n.onset + n.duration for n in score.notes)
