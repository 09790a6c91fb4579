"""Playing a score with fluidsynth and a SoundFont, where the program is installed."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from artengine.errors import ArtengineError
from artengine.works import Score

TICKS = 480


def play(score: Score, soundfont: Path, rate: int) -> Any:
    """The sound of *score*.  float32 (2, n)

    :raises ArtengineError: where fluidsynth is not installed, or the SoundFont cannot be used.
    """
    import numpy as np

    program = shutil.which("fluidsynth")
    if program is None:
        raise ArtengineError("--soundfont needs the program fluidsynth, which is not installed.",
                             "Install it (apt install fluidsynth, brew install fluid-synth), or leave --soundfont out.")
    try:
        with open(soundfont, "rb") as file:
            head = file.read(12)
    except OSError as error:
        raise ArtengineError(f"The SoundFont {soundfont} cannot be read: {error.strerror}.",
                             "Check the path of --soundfont.") from error
    if head[:4] != b"RIFF" or head[8:12] != b"sfbk":
        raise ArtengineError(f"{soundfont} is not a SoundFont.", "Give --soundfont an .sf2 or .sf3 file.")
    with tempfile.TemporaryDirectory() as folder:
        midi, wav = Path(folder, "score.mid"), Path(folder, "score.wav")
        _write_midi(score, midi)
        done = subprocess.run([program, "-ni", "-g", "0.5", "-r", str(rate), "-O", "s16", "-T", "wav", "-F", str(wav),
                               str(soundfont), str(midi)], capture_output=True, text=True, check=False)
        if done.returncode or not wav.exists():
            why = (done.stderr.strip().splitlines() or ["it gave no reason"])[-1]
            raise ArtengineError(f"fluidsynth could not play this score: {why}",
                                 "Try another SoundFont, or leave --soundfont out.")
        import wave

        with wave.open(str(wav)) as file:
            raw = np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, file.getnchannels())
    sound = np.zeros((2, len(raw)), np.float32)
    sound[:] = raw[:, :2].T / np.float32(32768)
    return sound


def _write_midi(score: Score, path: Path) -> None:
    """What fluidsynth needs to know and no more; the ``mid`` exporter writes files for people."""
    import mido

    events: list[tuple[int, int, Any]] = []
    for t in score.tempos or ():
        beat = min(0xFFFFFF, mido.bpm2tempo(max(t.quarters, 4.0)))  # microseconds; the format holds 24 bits
        events.append((int(t.onset * TICKS), 0, mido.MetaMessage("set_tempo", tempo=beat)))
    channels = [c for c in range(16) if c != 9]  # ten is for drums
    for voice in sorted({n.voice for n in score}):
        sounding = score.programs[voice] if voice < len(score.programs) else 0
        events.append((0, 0, mido.Message("program_change", channel=channels[voice % 15], program=sounding)))
    for n in score:
        channel = channels[n.voice % 15]
        events.append((int(n.onset * TICKS), 2, mido.Message("note_on", channel=channel, note=n.pitch, velocity=n.velocity)))
        events.append((int((n.onset + n.duration) * TICKS), 1, mido.Message("note_off", channel=channel, note=n.pitch)))
    track, now = mido.MidiTrack(), 0
    for at, _, message in sorted(events, key=lambda e: e[:2]):
        track.append(message.copy(time=at - now))
        now = at
    mido.MidiFile(type=0, ticks_per_beat=TICKS, tracks=[track]).save(path)
