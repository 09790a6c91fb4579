"""Written music: what stands on paper means what was in the score."""

from fractions import Fraction as F
from itertools import pairwise

import pytest

from artengine.works import Key, Meter, Note, Score
from artengine.works.notation import parse
from artengine_music.written import steps, write

REEL = "[key=D] F#4/2 A4/2 D5 C#5/2 B4/2 A4/2 G4/2 | F#4 R/2 E4*3/2 R | C5/2 C5/2 C#5/2 D5*5/2"


def voices(score):
    """The events of each voice over all bars."""
    out = {}
    for bar in write(score)[1]:
        for layers in bar.staves:
            for voice, events in layers:
                out.setdefault(voice, []).extend(events)
    return out


def sounding(score):
    """Notes read back from the page, ties joined."""
    back = []
    for voice, events in voices(score).items():
        held = {}
        for e in events:
            for h in e.heads:
                start = held.pop(h.pitch, e.start)
                if h.tied:
                    held[h.pitch] = start
                else:
                    back.append((start, e.start + e.length - start, h.pitch, voice))
        assert not held
    return sorted(back)


def check(score):
    """Every layer fills its bars, and the page sounds as the score does."""
    for bar in write(score)[1]:
        for layers in bar.staves:
            for _, events in layers:
                assert sum(e.length for e in events) == bar.length
                assert all(a.start + a.length == b.start for a, b in pairwise(events))
                for e in events:
                    if not e.whole_bar:
                        written = e.value * (2 - F(1, 2**e.dots))
                        assert e.length == (written * e.tuplet[2] / e.tuplet[1] if e.tuplet else written)
    assert sounding(score) == sorted((n.onset, n.duration, n.pitch, n.voice) for n in score)


@pytest.mark.parametrize("text", [
    REEL,
    "[meter=6/8] [pickup=1/2] D4/2 | G4/2 A4/2 B4/2 D5*3/2 | G4*3 | C5*7/2",
    "[key=Bb] C5/1.5 D5/1.5 E5/1.5 | C5/3 D5/3 E5/3 F5/4 G5/4 A5/4 B5/4 R*2 C5*3/4 R/4",
    "[meter=3/4] C4+E4+G4*2 D4/8 E4/8 F4/4 G4/2 | R*3 | A4*9",
    "[meter=5/8] C4/2 D4 E4 | F4*5/2", "[meter=7/8] C4*7/2 C4/2 D4*3", "[meter=2/2] C4 D4*2 E4 | F4*4",
    "C4*5/3 D4*7/3", "R*4 | R*4 | C4"])
def test_page_means_what_the_score_says(text):
    check(parse(text))


def test_several_voices():
    top, low = parse("C5*3 B4 C5*4"), parse("E4/2 F4/2 G4 C4*2 R*2 C4*2")
    check(Score(tuple(top.notes) + tuple(n._replace(voice=1) for n in low)))
    chords = Score((Note(F(0), F(4), 60), Note(F(1), F(2), 64), Note(F(2), F(3), 67)))
    check(chords)


def test_performed_times_are_brought_to_a_grid():
    rough = Score(tuple(Note(F(i, 2) + F(7, 480), F(1, 2) - F(11, 480), 60 + i) for i in range(8)))
    for events in voices(rough).values():
        assert [e.heads[0].pitch for e in events if e.heads] == list(range(60, 68))


def test_changes_of_metre_and_key():
    notes = tuple(Note(F(i), F(1), 60 + i) for i in range(10))
    score = Score(notes, (Meter(F(0), 4, 4), Meter(F(4), 3, 4)), (Key(F(0), "C"), Key(F(4), "D")))
    check(score)
    bars = write(score)[1]
    assert [b.new_meter for b in bars] == [True, True, False]
    assert [b.new_key for b in bars] == [False, True, False]


def accidentals(text):
    return [(h.step % 7, h.accidental) for events in voices(parse(text)).values() for e in events for h in e.heads]


def test_accidentals():
    assert [a for _, a in accidentals("[key=G] F#4 F4 F4 F#4 | F#4*4")] == [None, 0, None, 1, None]
    assert [a for _, a in accidentals("C#4*4 | C4*4")] == [1, None]
    assert [a for _, a in accidentals("C#4*5 C#4 C4*2")] == [1, None, 1, 0]  # the tied note needs none, the next does
    assert [a for _, a in accidentals("F#4 F#5 F#4*2")] == [1, 1, None]  # each octave for itself
    assert accidentals("[key=F] Bb4*4") == [(6, None)]


def test_spelling_follows_the_key():
    assert steps(70, -2) == (34, -1)  # B flat in B flat major
    assert steps(66, 1) == (31, 1)  # F sharp in G
    assert steps(68, 0) == (32, 1)  # G sharp: leading note of A minor
    assert steps(60, 0) == (28, 0)


def beams(text):
    return [e.beam for e in voices(parse(text))[0] if e.heads]


def test_beams():
    assert beams("C4/2 D4/2 E4/2 F4/2 G4/2 A4/2 B4/2 C5/2") == [0, 0, 0, 0, 1, 1, 1, 1]  # eighths by half bar
    assert beams("C4/2 D4/2 E4 F4/2 R/2 A4/2 B4/2") == [0, 0, -1, -1, 2, 2]
    assert beams("[meter=6/8] C4/2 D4/2 E4/2 F4/2 G4/2 A4/2") == [0, 0, 0, 1, 1, 1]
    assert beams("C4/4 D4/4 E4/2 F4/2 G4/2 A4*2") == [0, 0, 0, 1, 1, -1]  # with sixteenths, by beat
    assert beams("C4/3 D4/3 E4/3 F4/2 G4/2 A4*2") == [0, 0, 0, 1, 1, -1]


def test_ties_keep_the_beat_visible():
    values = [e.value for events in voices(parse("C4/2 D4 E4 F4 G4/2")).values() for e in events]
    assert values == [F(1, 2), 1, F(1, 2), F(1, 2), 1, F(1, 2)]  # the half bar shows


def test_real_tunes():
    from artengine_corpora.folk import Folk

    folk = Folk(None, None, None)
    tunes = [t for piece in folk.pieces()[::60] for t in folk.read(piece)][:60]
    assert len(tunes) > 20
    for tune in tunes:
        check(tune)
