"""The exporters of words: plain text, Markdown and JSON. What they write, our readers read as the same work."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from artengine.api import Run
from artengine.works import Text


class Plain:
    """Writes plain text: a title, an empty line, the verses. It has no room for a recipe, which goes beside it."""

    def __init__(self, options: Any, run: Run) -> None:
        """There is nothing to choose."""

    def write(self, work: Text, path: Path, recipe: str) -> None:
        """Write *work* to *path*, in UTF-8."""
        from artengine_text import plain  # the readers, to see that the file will be understood

        path.write_text(plain.write(work), encoding="utf-8", newline="\n")

    def recipe(self, path: Path) -> str | None:
        """``None``: there is none inside."""
        return None


class Markdown:
    """Writes Markdown; the recipe is in a comment, which no page shows."""

    def __init__(self, options: Any, run: Run) -> None:
        """There is nothing to choose."""

    def write(self, work: Text, path: Path, recipe: str) -> None:
        """Write *work* to *path*, in UTF-8."""
        from artengine_text import markdown  # only what this file needs

        path.write_text(markdown.write(work, recipe), encoding="utf-8", newline="\n")

    def recipe(self, path: Path) -> str | None:
        """The recipe inside a file, ``None`` where there is none."""
        from artengine_text import markdown

        return str(markdown.note(path.read_text("utf-8", "replace")).get("recipe") or "") or None


class Json:
    """Writes JSON: the work's own fields, and the recipe."""

    def __init__(self, options: Any, run: Run) -> None:
        """There is nothing to choose."""

    def write(self, work: Text, path: Path, recipe: str) -> None:
        """Write *work* to *path*, in UTF-8."""
        data = {**work.to_data(), "labels": dict(sorted(work.labels.items())), "recipe": recipe}
        path.write_text(json.dumps(data, ensure_ascii=False, indent=1) + "\n", encoding="utf-8", newline="\n")

    def recipe(self, path: Path) -> str | None:
        """The recipe inside a file, ``None`` where there is none."""
        try:
            data = json.loads(path.read_text("utf-8"))
        except (ValueError, RecursionError):
            return None
        return str(data.get("recipe") or "") or None if isinstance(data, dict) and data.get("medium") == "text" else None
