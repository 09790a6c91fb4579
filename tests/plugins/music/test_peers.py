"""What we write opens in the programs that others use, with the notes we meant."""

import warnings
from fractions import Fraction as F

import pytest

from artengine.works import Key, Meter, Note, Score, Tempo
from artengine_music import abc_write, midi_write, musicxml_write

from .scores import random_score

RECIPE = '{"seed":7}'


@pytest.fixture
def tune():
    """A pick-up, a triplet, a tie over a bar line, a rest and two voices."""
    notes = [Note(F(0), F(1), 62), Note(F(1), F(2), 67), Note(F(3), F(1, 3), 69), Note(F(10, 3), F(1, 3), 71), Note(F(11, 3), F(1, 3), 72),
             Note(F(4), F(3), 74, 100), Note(F(8), F(2), 67), Note(F(1), F(9), 43, 60, 1)]
    return Score(tuple(notes), (Meter(F(0), 3, 4),), (Key(F(0), "G", "dorian"),), (Tempo(F(0), 90.0),), F(1), title="A tune",
                 voices=("Flute", "Drone"), programs=(73, 109))


def written(score):
    return sorted((n.pitch, float(n.onset), float(n.duration)) for n in score.notes)


def test_midi_in_mido(tune, tmp_path):
    import mido

    path = tmp_path / "tune.mid"
    path.write_bytes(midi_write.write(tune, RECIPE))
    file = mido.MidiFile(path)
    first = list(file.tracks[0])
    assert file.type == 1
    assert [m.type for m in first].count("set_tempo") == 1
    assert [(m.numerator, m.denominator) for m in first if m.type == "time_signature"] == [(1, 4), (3, 4)]
    assert [m.key for m in first if m.type == "key_signature"] == ["Dm"]  # one flat, and no word for dorian
    assert [t.name for t in file.tracks] == ["A tune", "Flute", "Drone"]
    assert any(RECIPE in m.text for m in first if m.type == "text")
    sounding, at = set(), 0
    for message in mido.merge_tracks(file.tracks[1:]):
        at += message.time
        if message.type == "note_on":
            assert (message.channel, message.note) not in sounding
            sounding.add((message.channel, message.note))
        elif message.type == "note_off":
            sounding.remove((message.channel, message.note))
    assert not sounding
    assert at == 10 * file.ticks_per_beat


def test_midi_in_pretty_midi(tune, tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pretty_midi import PrettyMIDI
    path = tmp_path / "tune.mid"
    path.write_bytes(midi_write.write(tune))
    file = PrettyMIDI(str(path))
    assert [i.program for i in file.instruments] == [73, 109]
    assert file.get_tempo_changes()[1] == pytest.approx([90.0])
    found = sorted((n.pitch, n.start * 1.5, (n.end - n.start) * 1.5) for i in file.instruments for n in i.notes)
    assert [p for p, _, _ in found] == [p for p, _, _ in written(tune)]
    assert [x for _, a, b in found for x in (a, b)] == pytest.approx([x for _, a, b in written(tune) for x in (a, b)], abs=1e-3)


def test_midi_in_symusic(tune, tmp_path):
    import symusic

    path = tmp_path / "tune.mid"
    path.write_bytes(midi_write.write(tune))
    file = symusic.Score(str(path))
    quarter = file.ticks_per_quarter
    found = sorted((n.pitch, n.time / quarter, n.duration / quarter) for t in file.tracks for n in t.notes)
    assert [x for note in found for x in note] == pytest.approx([x for note in written(tune) for x in note])
    assert [(s.time, s.numerator, s.denominator) for s in file.time_signatures] == [(0, 1, 4), (quarter, 3, 4)]


def music21_notes(score):
    found = []
    for part in score.stripTies().parts:
        for note in part.flatten().notes:
            found += [(p.midi, float(note.offset), float(note.quarterLength)) for p in note.pitches]
    return sorted(found)


@pytest.fixture(scope="module")
def converter():
    from music21 import converter

    return converter


@pytest.mark.parametrize("form", ["midi", "musicxml", "abc"])
def test_in_music21(tune, tmp_path, converter, form):
    path = tmp_path / {"midi": "tune.mid", "musicxml": "tune.musicxml", "abc": "tune.abc"}[form]
    if form == "midi":
        path.write_bytes(midi_write.write(tune, RECIPE))
    else:
        path.write_text((musicxml_write if form == "musicxml" else abc_write).write(tune, RECIPE), encoding="utf-8")
    score = converter.parse(path)
    found, meant = music21_notes(score), written(tune)
    assert [p for p, _, _ in found] == [p for p, _, _ in meant]
    assert [x for _, a, b in found for x in (a, b)] == pytest.approx([x for _, a, b in meant for x in (a, b)], abs=1e-2)
    if form == "musicxml":
        assert score.metadata.title == "A tune"
        first = score.parts[0].getElementsByClass("Measure")[0]
        assert first.duration.quarterLength == 1
        assert [m.number for m in score.parts[0].getElementsByClass("Measure")] == [0, 1, 2, 3]
        assert score.parts[0].recurse().getElementsByClass("KeySignature")[0].sharps == -1
        assert score.parts[0].recurse().getElementsByClass("MetronomeMark")[0].number == 90


@pytest.mark.parametrize("seed", range(6))
def test_random_musicxml_in_music21(converter, seed):
    score = random_score(seed)
    found = music21_notes(converter.parse(musicxml_write.write(score), format="musicxml"))
    meant = written(score)
    assert [p for p, _, _ in found] == [p for p, _, _ in meant]
    assert [x for _, a, b in found for x in (a, b)] == pytest.approx([x for _, a, b in meant for x in (a, b)], abs=1e-2)
