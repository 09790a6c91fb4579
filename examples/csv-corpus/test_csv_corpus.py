"""The conformance kit on the sample, and what becomes of rows that make no sense."""

from fractions import Fraction
from pathlib import Path

import pytest

from artengine.errors import ArtengineError
from artengine.runs import LocalRun
from artengine.testing import parametrize_checks
from artengine.works import Key, Note
from csv_corpus import CsvCorpus

SAMPLE = Path(__file__).with_name("tunes.csv")


@parametrize_checks("csv-corpus", corpus=SAMPLE)
def test_contract(check):
    check()


def read(folder, text, name="tunes.csv"):
    """The tunes of a file, and what was skipped."""
    (folder / name).write_text(text, "utf-8")
    run = LocalRun()
    return list(CsvCorpus(folder, None, run)), run.skipped


def test_sample_is_whole():
    run = LocalRun()
    corpus = CsvCorpus(SAMPLE, None, run)
    tunes = list(corpus)
    assert (len(tunes), run.skipped, corpus.licence) == (10, [], "CC0-1.0")
    assert all(tune.length == 8 * tune.meter.bar and tune.notes[-1].pitch % 12 == tune.key.pitch_class for tune in tunes)


def test_notes_metre_and_key(tmp_path):
    (tune,), skipped = read(tmp_path, "\ufefftune,onset,duration,pitch,meter,key\nAir,0,3/2,Bb4,6/8,F\nAir,1.5,0.5,72,,\n")
    assert tune.notes == (Note(Fraction(0), Fraction(3, 2), 70), Note(Fraction(3, 2), Fraction(1, 2), 72))
    assert (str(tune.meter), tune.key, tune.title) == ("6/8", Key(Fraction(0), "F"), "Air")
    assert not skipped


@pytest.mark.parametrize(("row", "why"), [
    ("x,zero,1,C4", "a time that is no number"), ("x,1/0,1,C4", "a time that is no number"), ("x,1,,C4", "a time that is no number"),
    ("x,-1,1,C4", "a time out of range"), ("x,1,0,C4", "a time out of range"), ("x,1e9,1,C4", "a time out of range"),
    ("x,1,1,H4", "neither a MIDI number nor a name"), ("x,1,1,C99", "neither"), ("x,1,1,128", "out of range"), ("x,1,1", "neither"),
    ("y,1,1,C4,7-8", "a metre that does not read"), ("y,1,1,C4,,Q", "'Q' is not a key")])
def test_bad_row_is_skipped_with_its_line_and_the_reason(tmp_path, row, why):
    tunes, skipped = read(tmp_path, f"# a comment\ntune,onset,duration,pitch,meter,key\nx,0,1,60\n{row}\nx,1,1,62\n")
    assert [note.pitch for note in tunes[0]] == [60, 62]
    assert len(tunes) == 1
    ((where, reason),) = skipped
    assert where == "tunes.csv line 4"
    assert why in reason


def test_a_table_without_the_columns_is_skipped_whole(tmp_path):
    _, skipped = read(tmp_path, "name,price\nbread,3\n", "a.csv")
    assert skipped == [(str(tmp_path / "a.csv"), "it has no column tune or onset or duration or pitch.")]


def test_several_files_and_their_licences(tmp_path):
    read(tmp_path, "# licence: CC0-1.0\ntune,onset,duration,pitch\na,0,1,60\n", "a.csv")
    tunes, _ = read(tmp_path, "# license: CC-BY-4.0\ntune,onset,duration,pitch\nb,0,1,60\n", "b.csv")
    assert [tune.title for tune in tunes] == ["a", "b"]
    assert CsvCorpus(tmp_path, None, LocalRun()).licence == "CC-BY-4.0; CC0-1.0"


def test_needs_a_file():
    with pytest.raises(ArtengineError, match="needs a file"):
        CsvCorpus(None, None, LocalRun())
