import random
import subprocess
import sys

import pytest

from artengine.api import Splittable
from artengine.errors import ArtengineError
from artengine_corpora.bach import BachChorales
from artengine_corpora.folk import Folk
from artengine_corpora.music_folder import MusicFolder
from artengine_music import abc_write, midi_write, musicxml_write

TUNE = "X:1\nT:{}\nM:4/4\nL:1/4\nK:G\nG A B {}|\n"


class FakeRun:
    def __init__(self):
        self.skipped = []

    def skip(self, source, reason):
        self.skipped.append((source, reason))


@pytest.fixture(scope="module")
def tunes():
    return list(Folk(None, None, FakeRun()))


def test_folk_is_all_there(tunes):
    assert 4300 <= len(tunes) <= 4433
    assert {t.labels["collection"] for t in tunes} == {"Aird's Airs", "miscellaneous", "O'Neill's Music of Ireland", "Ryan's Mammoth Collection"}
    assert sum(1 for t in tunes if t.title) > 0.99 * len(tunes)
    assert sum(1 for t in tunes if t.keys) > 0.99 * len(tunes)
    assert sum(len(t.notes) for t in tunes) > 400_000


def test_folk_is_well_barred(tunes):
    assert sum(1 for t in tunes if len(t.meters) == 1) > 0.9 * len(tunes)
    for tune in tunes:
        assert 0 <= tune.pickup < tune.meter.bar
        assert all(a.onset < b.onset for a, b in zip(tune.meters, tune.meters[1:], strict=False))
        assert all(m.onset in tune.barlines or m.onset == 0 for m in tune.meters)


def test_folk_notes_are_sane_and_in_order(tunes):
    for tune in random.Random(0).sample(tunes, 500):
        assert list(tune.notes) == sorted(tune.notes, key=lambda n: (n.onset, n.voice, n.pitch, n.duration))
        assert all(n.duration > 0 and 36 <= n.pitch <= 110 for n in tune.notes)
        assert tune.length >= max(n.onset + n.duration for n in tune.notes)


def test_folk_has_no_tune_twice(tunes):
    music = {}
    for tune in tunes:
        music.setdefault((tune.notes, tune.meters), []).append(tune.title)
    twice = [titles for titles in music.values() if len(titles) > 1]
    assert twice == []


def test_pieces_give_the_same_tunes_in_the_same_order(tunes):
    corpus = Folk(None, None, FakeRun())
    assert isinstance(corpus, Splittable)
    some = corpus.pieces()[:3]
    first = [t for p in some for t in corpus.read(p)]
    assert first == tunes[: len(first)]


@pytest.mark.parametrize("kind", [Folk, BachChorales])
def test_fingerprints_hold_still_and_licences_are_stated(kind):
    corpus = kind(None, None, FakeRun())
    assert len(corpus.fingerprint()) == 32
    assert corpus.fingerprint() == kind(None, None, FakeRun()).fingerprint()
    assert "public domain" in corpus.licence


def test_folk_does_not_import_music21():
    code = ("import sys; from artengine_corpora.folk import Folk; c = Folk(None, None, None); next(iter(c)); "
            "assert 'music21' not in sys.modules")
    subprocess.run([sys.executable, "-c", code], check=True)


def test_chorales_agree_with_music21():
    from music21 import converter

    corpus = BachChorales(None, None, FakeRun())
    pieces = corpus.pieces()
    assert len(pieces) > 390
    for piece in random.Random(2).sample(pieces, 5):
        found = list(corpus.read(piece))
        if not found:
            continue
        (score,) = found
        assert score.voices == ("Soprano", "Alto", "Tenor", "Bass")
        theirs = converter.parse(corpus.folder / piece, forceSource=True).stripTies()
        parts = {p.partName: p for p in theirs.parts}
        chosen = list(parts.values()) if len(parts) == 4 else [parts[n] for n in score.voices]
        for voice, part in enumerate(chosen):
            meant = sorted((p.midi, float(n.offset), float(n.quarterLength)) for n in part.flatten().notes for p in n.pitches)
            assert sorted((n.pitch, float(n.onset), float(n.duration)) for n in score.voice(voice)) == meant


def test_a_folder_of_all_formats(tmp_path):
    tune = next(iter(Folk(None, None, FakeRun()).read("airdsAirs/book1.abc")))
    (tmp_path / "sub").mkdir()
    (tmp_path / ".hidden").mkdir()
    (tmp_path / "c.MID").write_bytes(midi_write.write(tune))
    (tmp_path / "a.musicxml").write_text(musicxml_write.write(tune), encoding="utf-8")
    (tmp_path / "sub" / "b.abc").write_text(abc_write.write(tune) + "\n" + TUNE.format("Two", "c"))
    (tmp_path / ".hidden" / "d.abc").write_text(TUNE.format("Hidden", "d"))
    (tmp_path / ".e.abc").write_text(TUNE.format("Hidden", "e"))
    (tmp_path / "readme.txt").write_text("no music")
    (tmp_path / "z.mid").write_bytes(b"broken")
    (tmp_path / "LICENSE").write_text("\n# CC0-1.0\nText.\n")
    run = FakeRun()
    corpus = MusicFolder(tmp_path, None, run)
    assert corpus.pieces() == ["a.musicxml", "c.MID", "sub/b.abc", "z.mid"]
    scores = list(corpus)
    assert scores[:3] == [tune] * 3
    assert scores[3].title == "Two"
    assert [source for source, _ in run.skipped] == ["z.mid"]
    assert corpus.licence == "CC0-1.0 (see LICENSE in the corpus folder)"
    before = corpus.fingerprint()
    (tmp_path / "sub" / "b.abc").write_text(TUNE.format("Two", "d"))
    assert corpus.fingerprint() != before


def test_one_file(tmp_path):
    path = tmp_path / "one.abc"
    path.write_text(TUNE.format("One", "d"))
    (tmp_path / "two.abc").write_text(TUNE.format("Two", "d"))
    corpus = MusicFolder(path, None, FakeRun())
    assert [s.title for s in corpus] == ["One"]
    assert corpus.licence == "as the files' owner states"


def test_no_folder(tmp_path):
    with pytest.raises(ArtengineError, match="needs a folder"):
        MusicFolder(None, None, FakeRun())
    with pytest.raises(ArtengineError, match="does not exist"):
        MusicFolder(tmp_path / "none", None, FakeRun())
