"""my-part: writes a work to a file, and finds the recipe in one again."""

from __future__ import annotations

from pathlib import Path

from artengine.api import Run
from artengine.scaffold.templates.encode_music import encode, find_recipe
from artengine.scaffold.templates.plugin_exporter_music import ExporterOptions
from artengine.works import Score


class MyPart:
    """Writes files; the same work and recipe give the same bytes."""

    def __init__(self, options: ExporterOptions, run: Run) -> None:
        self.options = options

    def write(self, work: Score, path: Path, recipe: str) -> None:
        """Write *work* to *path*, with *recipe* inside."""
        path.write_bytes(encode(work, recipe, self.options))

    def recipe(self, path: Path) -> str | None:
        """The recipe inside a file, ``None`` where there is none."""
        return find_recipe(path.read_bytes())
