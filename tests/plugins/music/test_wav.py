"""The wav exporter: what is heard, by numbers."""

import struct
import wave
from fractions import Fraction

import numpy as np
import pytest

from artengine.errors import ArtengineError
from artengine.works import Score
from artengine.works.notation import parse
from artengine_music.synth import INSTRUMENTS
from artengine_music.wav import Wav, WavOptions

TUNE = "[key=G] [tempo=120] D4/2 G4 B4/2 A4/2 G4 F#4/2 | G4 D4 B3 D4/2 E4/2 | G4*4"


def heard(path):
    """Samples in -1..1, (2, n), and the rate, as the standard library reads them."""
    with wave.open(str(path)) as file:
        assert (file.getnchannels(), file.getsampwidth()) == (2, 2)
        raw = np.frombuffer(file.readframes(file.getnframes()), "<i2")
        return raw.reshape(-1, 2).T / 32768, file.getframerate()


def write(folder, score, recipe="", **options):
    path = folder / "work.wav"
    Wav(WavOptions(**options), None).write(score, path, recipe)
    return path


@pytest.mark.parametrize("instrument", sorted(INSTRUMENTS))
def test_sound_is_clean(tmp_path, instrument):
    sound, rate = heard(write(tmp_path, parse(TUNE), instrument=instrument))
    assert rate == 44100
    assert np.abs(sound).max() <= 10 ** (-1 / 20)
    assert np.abs(sound.mean(axis=1)).max() < 1e-3  # no direct current
    assert np.abs(sound[:, :2]).max() < 1e-3  # begins and ends in silence
    assert np.abs(sound[:, -2:]).max() < 1e-3
    assert np.abs(np.diff(sound)).max() < 0.25  # no click: a full-scale sine at 1.8 kHz moves as fast
    power = np.square(np.abs(np.fft.rfft(sound.mean(axis=0))))
    centroid = (np.fft.rfftfreq(sound.shape[1], 1 / rate) * power).sum() / power.sum()
    assert 250 < centroid < 2500
    assert 6 + 1 <= sound.shape[1] / rate <= 6 + 1.5  # twelve quarters and a second of room


@pytest.mark.parametrize("instrument", sorted(INSTRUMENTS))
@pytest.mark.parametrize("pitch", [45, 69, 88])
def test_tuning_is_within_a_cent(instrument, pitch):
    rate, size = 44100, 1 << 21
    f0 = 440 * 2 ** ((pitch - 69) / 12)
    tone = INSTRUMENTS[instrument].tone(f0, 0.7, rate * 2, rate)
    spectrum = np.abs(np.fft.rfft(tone * np.hanning(tone.size), size))
    freqs = np.fft.rfftfreq(size, 1 / rate)
    near = np.flatnonzero(np.abs(freqs - f0) < 0.03 * f0)
    peak = freqs[near[spectrum[near].argmax()]]
    assert abs(1200 * np.log2(peak / f0)) < 1


@pytest.mark.parametrize("instrument", sorted(INSTRUMENTS))
def test_loudness(tmp_path, instrument):
    from artengine_music.room import lufs

    for velocity in (20, 127):  # a soft piece and a loud one come out alike
        score = parse(TUNE)
        score = Score(tuple(n._replace(velocity=velocity) for n in score), keys=score.keys, tempos=score.tempos)
        sound, rate = heard(write(tmp_path, score, instrument=instrument))
        assert lufs(sound.astype(np.float32), rate) == pytest.approx(-16, abs=1.5)


def test_lufs_of_a_known_tone():
    """BS.1770: a sine of 997 Hz at full scale in one channel reads -3.01 LUFS."""
    from artengine_music.room import lufs

    t = np.arange(48000 * 4) / 48000
    assert lufs(np.stack([np.sin(2 * np.pi * 997 * t), 0 * t]).astype(np.float32), 48000) == pytest.approx(-3.01, abs=0.2)


def test_same_score_same_bytes_and_recipe(tmp_path):
    recipe = '{"seed": 7, "title": "Ó Néill – 曲"}'
    first = write(tmp_path, parse(TUNE), recipe).read_bytes()
    path = write(tmp_path, parse(TUNE), recipe)
    assert path.read_bytes() == first
    assert Wav(WavOptions(), None).recipe(path) == recipe
    assert struct.unpack("<I", first[4:8])[0] == len(first) - 8


def test_no_recipe_in_files_from_elsewhere(tmp_path):
    exporter = Wav(WavOptions(), None)
    assert exporter.recipe(write(tmp_path, parse("C4"))) is None
    for junk in (b"", b"RIFF", b"RIFF\x10\0\0\0WAVELIST\xff\xff\xff\xffINFO", b"MThd\0\0\0\6"):
        (tmp_path / "junk.wav").write_bytes(junk)
        assert exporter.recipe(tmp_path / "junk.wav") is None


def test_tempo_map_is_followed(tmp_path):
    score = parse("[tempo=120] A4/2 R*3/2 [tempo=60] A5/2 R*3/2")
    sound, rate = heard(write(tmp_path, score, instrument="organ"))
    level = np.abs(sound).max(axis=0)
    second = int(1.0 * rate)  # two quarters at 120
    assert level[second - rate // 10: second].max() < 0.1 * level.max()
    assert level[second: second + rate // 5].max() > 0.5 * level.max()
    assert sound.shape[1] / rate == pytest.approx(1 + 2 + 1.1, abs=0.2)


def test_voices_stand_apart(tmp_path):
    one = parse("C4*4")
    two = Score((one.notes[0], one.notes[0]._replace(pitch=67, voice=1)))

    def lean(sound, freq, rate):
        spectrum = np.abs(np.fft.rfft(sound[:, : rate * 2]))
        left, right = spectrum[:, round(freq * 2) - 2: round(freq * 2) + 3].sum(axis=1)
        return left / right

    sound, rate = heard(write(tmp_path, two, instrument="organ"))
    assert lean(sound, 261.6, rate) > 1.4
    assert lean(sound, 392.0, rate) < 0.7


def test_edges(tmp_path):
    silent, _ = heard(write(tmp_path, Score((), length=parse("C4*4").length)))
    assert np.abs(silent).max() < 1e-3  # dither alone
    extremes = parse("[tempo=400] C-1/16 G9/16 C4+C#4+D4+D#4+E4+F4+F#4+G4*4")
    for instrument in INSTRUMENTS:
        sound, _ = heard(write(tmp_path, extremes, instrument=instrument, sample_rate=22050))
        assert np.isfinite(sound).all()
        assert 0.05 < np.abs(sound).max() <= 10 ** (-1 / 20)
    with pytest.raises(ArtengineError, match="an hour"):
        write(tmp_path, Score((parse("C4").notes[0]._replace(onset=Fraction(9000)),)))


def test_soundfont_errors_say_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ArtengineError, match="apt install fluidsynth"):
        write(tmp_path, parse(TUNE), soundfont="any.sf2")
    program = tmp_path / "fluidsynth"
    program.write_text("#!/bin/sh\nexit 1\n")
    program.chmod(0o755)
    with pytest.raises(ArtengineError, match="cannot be read"):
        write(tmp_path, parse(TUNE), soundfont=str(tmp_path / "missing.sf2"))
    (tmp_path / "text.sf2").write_text("not a SoundFont")
    with pytest.raises(ArtengineError, match="not a SoundFont"):
        write(tmp_path, parse(TUNE), soundfont=str(tmp_path / "text.sf2"))
    (tmp_path / "empty.sf2").write_bytes(b"RIFF\x04\0\0\0sfbk")
    with pytest.raises(ArtengineError, match="fluidsynth could not play"):
        write(tmp_path, parse(TUNE), soundfont=str(tmp_path / "empty.sf2"))


def test_soundfont_plays_through_the_program(tmp_path, monkeypatch):
    """A stand-in for fluidsynth answers with a tone as long as the MIDI file it is given."""
    import sys

    program = tmp_path / "fluidsynth"
    program.write_text(f"""#!{sys.executable}
import math, struct, sys, wave
import mido
rate, out, midi = int(sys.argv[sys.argv.index("-r") + 1]), sys.argv[sys.argv.index("-F") + 1], sys.argv[-1]
with wave.open(out, "wb") as f:
    f.setparams((2, 2, rate, 0, "NONE", ""))
    n = int(mido.MidiFile(midi).length * rate)
    f.writeframes(b"".join(struct.pack("<hh", *[int(9000 * math.sin(i * 0.05))] * 2) for i in range(n)))
""")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    (tmp_path / "real.sf2").write_bytes(b"RIFF\x04\0\0\0sfbk")
    path = write(tmp_path, parse(TUNE), "recipe", soundfont=str(tmp_path / "real.sf2"), sample_rate=22050)
    sound, rate = heard(path)
    assert rate == 22050
    assert sound.shape[1] / rate == pytest.approx(6.0, abs=0.05)
    assert Wav(WavOptions(), None).recipe(path) == "recipe"
