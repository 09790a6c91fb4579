from fractions import Fraction as F

import pytest

from artengine.errors import ArtengineError
from artengine.works import Key, Meter, Note, Score, Tempo
from artengine.works.notation import parse, unparse


def test_notes_rests_and_lengths():
    score = parse("C4 D4/2 E4*2 R/2 | G#4*3/2 Bb3/1.5 c5*1.5")
    assert [(n.onset, n.duration, n.pitch) for n in score.notes] == [
        (0, 1, 60), (1, F(1, 2), 62), (F(3, 2), 2, 64), (4, F(3, 2), 68), (F(11, 2), F(2, 3), 58), (F(37, 6), F(3, 2), 72)]
    assert score.meter == Meter(F(0), 4, 4)
    assert score.keys == ()


def test_settings():
    score = parse("[key=F# minor] [meter=6/8] [tempo=90] [pickup=1/2] [length=8] C4+E4+G4/2 [key=A] D4")
    assert score.keys == (Key(F(0), "F#", "minor"), Key(F(1, 2), "A"))
    assert (score.meter, score.tempos, score.pickup, score.length) == (Meter(F(0), 6, 8), (Tempo(F(0), 90.0),), F(1, 2), 8)
    assert [n.pitch for n in score.notes] == [60, 64, 67, 62]


@pytest.mark.parametrize(("text", "word"), [
    ("C4 H4", "H4"), ("C4 D4 hello", "hello"), ("[foo=1] C4", "[foo=1]"), ("C4/0", "C4/0"), ("[key=Q] C4", "Q"), ("C12", "C12"),
    ("C4+", "C4+"), ("[pickup=9] C4", "9"), ("", "no note"), ("R R", "no note"), ("[meter=3/5] C4", "3/5"), ("[tempo=0] C4", "0"),
    ("C4*99999", "C4*99999"), ("[pickup=1/0] C4", "1/0"), ("C4//2", "C4//2"), ("[key=G C4", "[key=G"),
])
def test_the_bad_word_is_quoted(text, word):
    with pytest.raises(ArtengineError) as caught:
        parse(text)
    assert word in caught.value.wrong
    assert caught.value.advice


def test_unparse_is_the_inverse():
    text = "[pickup=1/2] [meter=6/8] [key=G major] [tempo=72.5] D4/2 G4*3/2 A#4+D5/3 R/6 [key=C dorian] Eb5"
    score = parse(text)
    assert parse(unparse(score)) == score
    assert parse(unparse(parse("C4 R*2 [length=12] D4"))).length == 12


def test_what_a_line_cannot_say():
    with pytest.raises(ArtengineError, match="overlap"):
        unparse(Score((Note(F(0), F(2), 60), Note(F(1), F(2), 64))))
