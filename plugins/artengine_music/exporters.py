"""The exporters of notes: MIDI, MusicXML and ABC, each with the recipe inside the file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from artengine.api import Run
from artengine.works import Score


class Midi:
    """Writes MIDI files; the recipe is a text event at the start."""

    def __init__(self, options: Any, run: Run) -> None:
        """There is nothing to choose."""

    def write(self, work: Score, path: Path, recipe: str) -> None:
        """Write *work* to *path*."""
        from artengine_music import midi_write  # only what this file needs

        path.write_bytes(midi_write.write(work, recipe))

    def recipe(self, path: Path) -> str | None:
        """The recipe inside a file, ``None`` where there is none."""
        from artengine_music import midi_read

        return midi_read.recipe(path.read_bytes())


class MusicXml:
    """Writes MusicXML for notation programs; the recipe is a miscellaneous field."""

    def __init__(self, options: Any, run: Run) -> None:
        """There is nothing to choose."""

    def write(self, work: Score, path: Path, recipe: str) -> None:
        """Write *work* to *path*."""
        from artengine_music import musicxml_write

        path.write_text(musicxml_write.write(work, recipe), encoding="utf-8", newline="\n")

    def recipe(self, path: Path) -> str | None:
        """The recipe inside a file, ``None`` where there is none."""
        from artengine_music import musicxml_read

        return musicxml_read.recipe(path.read_bytes())


class Abc:
    """Writes ABC; the recipe is a comment line."""

    def __init__(self, options: Any, run: Run) -> None:
        """There is nothing to choose."""

    def write(self, work: Score, path: Path, recipe: str) -> None:
        """Write *work* to *path*."""
        from artengine_music import abc_write

        path.write_text(abc_write.write(work, recipe), encoding="utf-8", newline="\n")

    def recipe(self, path: Path) -> str | None:
        """The recipe inside a file, ``None`` where there is none."""
        from artengine_music import abc

        return abc.recipe(abc.decode(path.read_bytes()))
