"""Exporter ``wav``: a score as sound, 16-bit stereo."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, BinaryIO

from artengine.api import Opt
from artengine.errors import ArtengineError

if TYPE_CHECKING:
    from artengine.api import Run
    from artengine.works import Score


@dataclass(frozen=True)
class WavOptions:
    """How a score sounds."""

    instrument: Annotated[str, Opt("Instrument that plays; auto goes by the score's own programs.",
                                   choices=("auto", "pluck", "piano", "flute", "organ"))] = "auto"
    soundfont: Annotated[str | None, Opt("Play with fluidsynth and this SoundFont in place of the built-in sounds.",
                                         metavar="FILE")] = None
    sample_rate: Annotated[int, Opt("Samples a second.", min=8000, max=96000)] = 44100


class Wav:
    """Plays a score into a file; the recipe travels in the comment chunk."""

    def __init__(self, options: WavOptions, run: Run) -> None:
        self.options = options
        self.run = run

    def write(self, work: Score, path: Path, recipe: str) -> None:
        """Write *work* to *path*.

        :raises ArtengineError: for a score over an hour, or where fluidsynth or the SoundFont is missing.
        """
        from artengine_music import room, synth  # numpy's 100 ms belong to the writing, not to the listing of options

        rate = self.options.sample_rate
        if self.options.soundfont:
            from artengine_music.soundfont import play

            sound = play(work, Path(self.options.soundfont), rate)
        else:
            sound = synth.perform(work, rate, self.options.instrument)
            names = {synth.instrument_of(work, n.voice) for n in work} or {"pluck"}
            leading = self.options.instrument if self.options.instrument != "auto" else min(names)
            sound = room.reverberate(sound, synth.INSTRUMENTS[leading].room, rate)
        sound = room.master(sound, rate)
        with open(path, "wb") as file:
            write_wave(file, sound, rate, {"INAM": work.title, "ISFT": "artengine", "ICMT": recipe})

    def recipe(self, path: Path) -> str | None:
        """The recipe in the comment chunk of *path*, ``None`` where there is none."""
        try:
            with open(path, "rb") as file:
                return read_info(file).get("ICMT")
        except (OSError, struct.error):
            return None


def write_wave(file: BinaryIO, sound: Any, rate: int, info: dict[str, str]) -> None:
    """Write *sound* (channels, n), in -1..1, as a 16-bit RIFF file with *info* ahead of the samples."""
    import numpy as np

    channels, n = sound.shape
    entries = b"".join(_chunk(tag.encode(), text.encode() + b"\0") for tag, text in info.items() if text)
    head = (_chunk(b"fmt ", struct.pack("<HHIIHH", 1, channels, rate, rate * channels * 2, channels * 2, 16))
            + (_chunk(b"LIST", b"INFO" + entries) if entries else b""))
    size = n * channels * 2
    if size + len(head) + 12 >= 1 << 32:
        raise ArtengineError("This sound is larger than the 4 GB a wav file can hold.", "Choose a lower --sample-rate.")
    file.write(b"RIFF" + struct.pack("<I", 4 + len(head) + 8 + size) + b"WAVE" + head + b"data" + struct.pack("<I", size))
    # Triangular dither turns rounding errors into a steady, inaudible hiss; its seed is fixed, so the bytes are too.
    rng = np.random.Generator(np.random.Philox(16))
    for start in range(0, n, 1 << 18):
        block = sound[:, start : start + (1 << 18)].T
        dither = rng.random(block.shape, np.float32) - rng.random(block.shape, np.float32)
        file.write(np.clip(np.rint(block * np.float32(32767) + dither), -32768, 32767).astype("<i2").tobytes())


def read_info(file: BinaryIO) -> dict[str, str]:
    """The INFO entries of a RIFF file, by tag."""
    if file.read(4) != b"RIFF" or len(file.read(8)) < 8:
        return {}
    while len(head := file.read(8)) == 8:
        tag, size = struct.unpack("<4sI", head)
        if tag != b"LIST":
            file.seek(size + size % 2, 1)
            continue
        body, found, at = file.read(size), {}, 4
        while body[:4] == b"INFO" and at + 8 <= len(body):
            name, length = struct.unpack_from("<4sI", body, at)
            found[name.decode("latin-1")] = body[at + 8 : at + 8 + length].rstrip(b"\0").decode("utf-8", "replace")
            at += 8 + length + length % 2
        if found:
            return found
    return {}


def _chunk(tag: bytes, body: bytes) -> bytes:
    return tag + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)
