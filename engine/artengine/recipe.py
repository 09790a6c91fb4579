"""The record kept inside or beside every rendered file, from which it can be rendered again."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from artengine.errors import ArtengineError

FORMAT = 1  # of the record itself; raised when an older artengine could no longer follow it
SIDECAR = ".recipe.json"


@dataclass(frozen=True)
class Recipe:
    """How one work was made and written. Holds no time and no place, so that the same render gives the same bytes."""

    plugin: str
    """Name of the generator."""
    medium: str
    package: str
    """Distribution the plugin came in."""
    version: str
    """Its version."""
    seed: int
    """Seed of this one work, not of the run."""
    controls: dict[str, Any] = field(default_factory=dict)
    """Every control, defaults included; works given as files are inlined."""
    model: dict[str, str] | None = None
    """``name`` and ``sha256`` of the model file; ``None`` for a generator that needs none."""
    exporter: dict[str, Any] | None = None
    """``name``, ``format``, ``options``, ``package`` and ``version`` of what wrote the file."""
    judgements: dict[str, Any] = field(default_factory=dict)
    """What critics thought when it was chosen, by name; ``of`` is the number of candidates."""
    walk: dict[str, Any] = field(default_factory=dict)
    """Of a walk through a latent space, what :class:`artengine.latent.Walk` says of it; empty for the work of a seed."""
    grid: list[int] = field(default_factory=list)
    """Columns and rows of a contact sheet of the works of the seeds from :attr:`seed` on; empty for a work alone."""
    made_with: dict[str, str] = field(default_factory=dict)
    """Versions and kind of machine: information only."""
    format: int = FORMAT

    def to_json(self) -> str:
        """Canonical text: the same recipe is always the same ASCII string."""
        told = {key: value for key, value in vars(self).items() if key not in ("walk", "grid") or value}
        return json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=True)

    def written_by(self, exporter: dict[str, Any]) -> Recipe:
        """The recipe of one file of this work."""
        return replace(self, exporter=exporter)

    @classmethod
    def from_json(cls, text: str, source: Path | str = "the recipe") -> Recipe:
        """Read a recipe; *source* is what an error names.

        :raises ArtengineError: where *text* is no recipe, or one of a newer artengine.
        """
        try:
            data = json.loads(text)
            version = data["format"]
            if version <= FORMAT:
                return cls(**data)
        except (ValueError, TypeError, KeyError) as error:
            raise ArtengineError(f'The recipe of "{source}" cannot be read: it is damaged or cut short.',
                                 "Take the file from where it was first rendered, or render it anew.") from error
        raise ArtengineError(f'The recipe of "{source}" is of format {version}; this artengine reads up to {FORMAT}.',
                             "Upgrade artengine: pip install -U artengine.")


def sidecar(path: Path) -> Path:
    """Where the recipe of *path* stands when the format has no room for it."""
    return path.with_name(path.name + SIDECAR)


def read(path: Path) -> tuple[str, Recipe]:
    """The recipe inside or beside a file, as it is written there and as a value.

    :raises ArtengineError: where the file is missing or has none.
    """
    from artengine import plugins  # above this module in nothing but the search for an exporter

    if not path.is_file() and not path.is_dir():  # a folder may hold the frames of a film
        raise ArtengineError(f'There is no file "{path}".',
                             "Check the path; `artengine works` lists what was rendered here.")
    if path.name.endswith(SIDECAR):
        raise ArtengineError(f'"{path}" is itself a recipe.',
                             f'Give the file it stands beside: "{path.name[:-len(SIDECAR)]}".')
    beside = sidecar(path)
    text, ending = None, ""
    if beside.is_file():
        text = beside.read_text("utf-8", "replace")
    else:
        ending = path.suffix.lstrip(".").lower()
        for name in plugins.find("exporter", format=ending) if ending else ():
            part = plugins.load(name, "exporter")
            if part.embeds and (text := _embedded(part, path)):
                break
    if not text and (path.is_dir() or ending in ("mp4", "gif", "webp")):
        from artengine.pictures import film_recipe  # with its Pillow, only for what may be a film

        text = film_recipe(path)
    if not text:
        raise ArtengineError(
            f'"{path}" carries no recipe, inside or beside it.',
            f'Only files rendered by artengine have one; a sidecar must stay beside its file as "{beside.name}".')
    return text, Recipe.from_json(text, path)


def _embedded(part: Any, path: Path) -> str | None:
    from artengine import options, plugins
    from artengine.runs import LocalRun

    try:
        exporter = plugins.target(part)(options.make(part.options, {}) if part.options else None, LocalRun())
        found: str | None = exporter.recipe(path)
    except Exception:  # whatever its reader makes of it: a damaged file has no recipe that can be trusted
        return None
    return found


def made_with() -> dict[str, str]:
    """Versions and kind of machine, which decide whether a render can be the same to the byte."""
    import platform

    import numpy as np  # every generator needs it, so this costs a render nothing

    from artengine import __version__

    return {"artengine": __version__, "python": platform.python_version(), "numpy": np.__version__,
            "machine": f"{platform.system()} {platform.machine()}"}
