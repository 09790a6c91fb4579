"""Files that are broken, hostile or not what they say: one clear error, or a mended score."""

import random
import zipfile
from fractions import Fraction as F

import pytest

from artengine.errors import ArtengineError
from artengine_music import abc_write, files, midi_read, midi_write, musicxml_read, musicxml_write, smf
from artengine_music.smf import Event, meta

from .scores import random_score


def midi(*tracks, division=480, ends=0):
    return smf.build(division, tracks, ends)


def note(tick, pitch=60, length=480, channel=0, velocity=80):
    return [Event(tick, 0x90 | channel, bytes((pitch, velocity))), Event(tick + length, 0x80 | channel, bytes((pitch, 0)))]


def heard(score):
    return [(n.onset, n.duration, n.pitch) for n in score.notes]


@pytest.mark.parametrize(("name", "data", "words"), [
    ("a.mid", b"", "is empty"), ("a.mid", b"junk" * 99, "no MThd"), ("a.mid", b"MThd", "no MThd"),
    ("a.mid", b"MThd\0\0\0\6\0\1\0\1\0\0MTrk\0\0\0\0", "no ticks"), ("a.mid", b"MThd\0\0\0\6\0\1\0\1\1\xe0", "no track"),
    ("a.mid", midi([]), "no notes"), ("a.mid", midi(note(0, channel=9)), "only drums"),
    ("a.mid", midi([Event(0, 0x90, bytes((60, 80))), Event(0xFFFFFFF, 0x80, bytes((60, 0)))], division=1), "claims to last"),
    ("a.abc", b"no tune", "no tune"), ("a.abc", b"\xff\xfe\x00", "no tune"), ("a.abc", b"X:1\nK:C\n", "no tune"),
    ("a.xml", b"", "is empty"), ("a.xml", b"nothing", "not an XML"), ("a.xml", b"<html/>", "not a score"),
    ("a.xml", b"<score-partwise><part>", "damaged or cut short"), ("a.xml", b"<score-partwise/>", "no notes"),
    ("a.xml", b'<!DOCTYPE x [<!ENTITY a "aaaa">]><score-partwise>&a;</score-partwise>', "entities"),
    ("a.mxl", b"PK\3\4 and nothing", "damaged"), ("a.musicxml", b"<score-partwise>\xff\xfe</score-partwise>", "damaged or cut short"),
    ("a.wav", b"RIFF", "no format"),
])
def test_one_clear_error(tmp_path, name, data, words):
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(ArtengineError, match=words) as caught:
        files.read(path)
    assert name not in caught.value.wrong  # whoever reads a thousand files counts the reasons, and names the file itself
    assert caught.value.advice


def test_missing_and_unreadable(tmp_path):
    with pytest.raises(ArtengineError, match="cannot be read"):
        files.read(tmp_path / "none.mid")
    (tmp_path / "folder.mid").mkdir()
    with pytest.raises(ArtengineError, match="cannot be read"):
        files.read(tmp_path / "folder.mid")


def test_a_zip_that_unpacks_without_end(tmp_path, monkeypatch):
    monkeypatch.setattr(musicxml_read, "_LARGEST", 1 << 20)
    path = tmp_path / "bomb.mxl"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("score.xml", b" " * (8 << 20))
    with pytest.raises(ArtengineError, match="larger than"):
        files.read(path)


def test_a_compressed_score(tmp_path):
    score = random_score(2)
    path = tmp_path / "score.mxl"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("META-INF/container.xml", '<container><rootfiles><rootfile full-path="in/it.xml"/></rootfiles></container>')
        archive.writestr("in/it.xml", musicxml_write.write(score))
    assert files.read(path) == [score]


def test_stuck_zero_length_and_overlapping_notes():
    stuck = [Event(0, 0x90, bytes((60, 80))), *note(960, 62)]
    assert heard(midi_read.read(midi(stuck))) == [(0, 3, 60), (2, 1, 62)]
    assert heard(midi_read.read(midi([Event(480, 0x90, bytes((60, 80)))], ends=0))) == [(1, 1, 60)]
    again = sorted([*note(0, 60, 960), *note(480, 60, 960)], key=lambda e: e.tick)
    assert heard(midi_read.read(midi(again))) == [(0, 1, 60), (1, 1, 60)]
    assert heard(midi_read.read(midi([*note(0, 60, 0), *note(0, 64)]))) == [(0, 1, 64)]


def test_tempo_of_nothing_is_passed_over():
    score = midi_read.read(midi([meta(0, smf.TEMPO, b"\0\0\0"), *note(0)]))
    assert score.tempo == 120
    assert midi_read.read(midi([meta(0, smf.METER, b"\0\2\0\0"), meta(0, smf.KEY, b"\x20\0"), *note(0)])).keys == ()


def test_running_status_formats_and_drums():
    running = b"\x00\x90\x3c\x50\x60\x3c\x00\x00\x3e\x50\x60\x3e\x00\x00\xff\x2f\x00"  # velocity 0 for off
    data = b"MThd\0\0\0\6\0\0\0\1\0\x60MTrk" + len(running).to_bytes(4, "big") + running
    assert heard(midi_read.read(data)) == [(0, 1, 60), (1, 1, 62)]
    both = midi_read.read(midi(note(0), note(0, 40, channel=9), note(480, 67, channel=2)))
    assert heard(both) == [(0, 1, 60), (1, 1, 67)]
    assert {n.voice for n in both.notes} == {0, 1}
    two = bytearray(midi(note(0), note(0, 67)))
    two[9] = 2  # format 2: one after another
    assert heard(midi_read.read(bytes(two))) == [(0, 1, 60), (1, 1, 67)]


def test_a_short_first_bar_is_a_pick_up():
    score = midi_read.read(midi([meta(0, smf.METER, bytes((1, 2, 24, 8))), meta(480, smf.METER, bytes((3, 2, 24, 8)))],
                                [*note(0), *note(480, 62, 1440), *note(1920, 64)]))
    assert (score.pickup, [str(m) for m in score.meters]) == (1, ["3/4"])


def test_played_notes_move_to_sixteenths_or_triplets():
    r = random.Random(4)
    meant = [F(i, 4) for i in range(0, 32)] + [8 + F(i, 3) for i in range(24)]
    events = []
    for onset in meant:
        tick = max(round(onset * 480) + r.randint(-22, 22), 0)
        events += note(tick, 60 + r.randint(0, 11), 100)
    score = midi_read.read(midi(sorted(events, key=lambda e: e.tick)))
    right = sum(a == b.onset for a, b in zip(meant, score.notes, strict=True))
    assert right >= 0.95 * len(meant)
    assert all(n.duration > 0 for n in score.notes)


def test_notated_files_keep_their_grid_and_close_their_gates():
    score = midi_read.read(midi([*note(0, 60, 455), *note(480, 62, 228), *note(720, 64, 228), *note(960, 65, 20), *note(990, 67, 20)]))
    assert heard(score)[:3] == [(0, 1, 60), (1, F(1, 2), 62), (F(3, 2), F(1, 2), 64)]
    assert [n.onset for n in score.notes[3:]] == [2, 2 + F(1, 16)]


def test_large_files(tmp_path):
    events = [e for i in range(4000) for e in note(i * 480, 60 + i % 12)]
    score = midi_read.read(midi(events))
    assert score.bars == 1000
    path = tmp_path / "big.mid"
    path.write_bytes(midi(events) + bytes(10 << 20))
    assert files.read(path) == [score]
    path.write_bytes(random.Random(1).randbytes(10 << 20))
    with pytest.raises(ArtengineError):
        files.read(path)
    text = tmp_path / "big.abc"
    text.write_bytes(b"X:1\nK:C\n" + b"[[[(((" * (1 << 16))
    with pytest.raises(ArtengineError):
        files.read(text)


def sources():
    score = random_score(8)
    return [("mid", midi_write.write(score)), ("abc", abc_write.write(score).encode()), ("xml", musicxml_write.write(score).encode())]


@pytest.mark.parametrize("ending", ["mid", "abc", "xml"])
def test_truncated_and_damaged_files_never_escape(ending):
    data = dict(sources())[ending]
    r = random.Random(5)
    for i in range(150):
        broken = bytearray(data[: r.randrange(len(data))] if i % 3 == 0 else data)
        for _ in range(r.randint(1, 20)):
            if broken:
                broken[r.randrange(len(broken))] = r.randrange(256)
        try:
            scores = files.read_data(bytes(broken), ending)
        except ArtengineError:
            continue
        for score in scores:
            assert score.notes
            assert all(n.duration > 0 and n.onset >= 0 and 0 <= n.pitch <= 127 for n in score.notes)
            assert len(score.barlines) < 100_000
