"""The studio, an artist's working folder, and the Python face of the verbs."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from artengine.errors import ArtengineError, nearest

if TYPE_CHECKING:
    from artengine.api import Judgement
    from artengine.catalog import Catalog
    from artengine.works import Work

TOML = "artengine.toml"
TABLES = ("render", "train", "critique", "export", "corpus")  # that it may have


class Studio:
    """A working folder: ``artengine.toml``, ``models/``, ``runs/``, ``works/`` and ``catalog.db``.

    Nothing in it is made before something is kept there.
    """

    def __init__(self, folder: Path | str) -> None:
        self.folder = Path(folder)

    @classmethod
    def find(cls, folder: Path | str | None = None) -> Studio:
        """The studio in *folder*.

        By default in ``$ARTENGINE_STUDIO``, or the nearest parent of here with an artengine.toml, or here.

        :raises ArtengineError: where the folder named does not exist.
        """
        named = folder or os.environ.get("ARTENGINE_STUDIO")
        if named:
            path = Path(named).expanduser()
            if not path.is_dir():
                raise ArtengineError(f'There is no studio folder "{named}".',
                                     "Make the folder, or give another with --studio or $ARTENGINE_STUDIO.")
            return cls(path)
        here = Path.cwd()
        return cls(next((p for p in (here, *here.parents) if (p / TOML).is_file()), here))

    @property
    def models(self) -> Path:
        """Trained models, one ``.safetensors`` each."""
        return self.folder / "models"

    @property
    def runs(self) -> Path:
        """One folder for each training."""
        return self.folder / "runs"

    @property
    def works(self) -> Path:
        """What was rendered without naming another place."""
        return self.folder / "works"

    @cached_property
    def catalog(self) -> Catalog:
        """The record of works, models and runs; opened when first used."""
        from artengine.catalog import Catalog  # with its sqlite3, 10 ms

        return Catalog(self.folder / "catalog.db")

    @cached_property
    def config(self) -> dict[str, Any]:
        """What artengine.toml says, empty without one.

        :raises ArtengineError: where it is not TOML.
        """
        path = self.folder / TOML
        if not path.is_file():
            return {}
        import tomllib  # 10 ms that a studio without the file need not pay

        try:
            found = tomllib.loads(path.read_text("utf-8"))
        except UnicodeDecodeError as error:
            raise ArtengineError(f'"{path}" is not text in UTF-8.', "Save it as UTF-8, or take the file away.") from error
        except tomllib.TOMLDecodeError as error:
            said = str(error)
            raise ArtengineError(f'"{path}" is not TOML: {said[0].lower()}{said[1:]}.',
                                 "Mend that line, or take the file away.") from error
        _check(found, path)
        return found

    @contextmanager
    def told(self, *names: str) -> Iterator[None]:
        """Within its block an error is said to be about this table of artengine.toml."""
        try:
            yield
        except ArtengineError as error:
            raise ArtengineError(f"[{'.'.join(names)}] of artengine.toml: {error.wrong}", error.advice) from error

    def table(self, *names: str) -> dict[str, Any]:
        """The plain values of one table of artengine.toml (``table("render", "melody-rnn")``), without its sub-tables.

        :raises ArtengineError: where the name stands for something else than a table.
        """
        found: Any = self.config
        for name in names:
            found = found.get(name, {})
            if not isinstance(found, dict):
                raise ArtengineError(f'"{name}" in "{self.folder / TOML}" is a value where a table belongs.',
                                     f"Write it as [{'.'.join(names)}], with the values below.")
        return {key: value for key, value in found.items() if not isinstance(value, dict)}

    def defaults(self, verb: str, plugin: str = "") -> dict[str, Any]:
        """Defaults of a verb: its own table, overlaid with the plugin's (``[render]``, ``[render.melody-rnn]``)."""
        return {**self.table(verb), **(self.table(verb, plugin) if plugin else {})}


def _check(config: dict[str, Any], path: Path) -> None:
    """Refuse what would be passed over in silence: tables that nobody reads, or that name a plugin not quite right.

    A plugin that is not installed here may have its table: a studio moves between machines.
    """
    for name, table in config.items():
        if name not in TABLES:
            near = nearest(name, TABLES)
            raise ArtengineError(f'"{path}" has a "{name}", which nothing reads.',
                                 f"{near} It may have {', '.join(f'[{known}]' for known in TABLES)}.".strip())
        named = [key for key, value in table.items() if isinstance(value, dict)] if isinstance(table, dict) else []
        if named:
            from artengine import plugins  # only for a file with such tables

            known = [entry.name for entry in plugins.entries()]
            for key in named:
                if key not in known and (near := nearest(key, known)):
                    raise ArtengineError(f'"{path}" has a table [{name}.{key}], and no plugin of that name is installed.',
                                         f"{near} Or take it away.")


def render(plugin: str, *, seed: int | None = None, count: int | None = None,
           model: str | Path | None = None, save: str | Path | None = None, formats: Sequence[str] = (),
           best_of: int | None = None, critics: Sequence[str] = (), grid: tuple[int, int] | None = None,
           studio: Studio | str | Path | None = None, **controls: Any) -> list[Work]:
    """Render works: ``artengine.render("melody-rnn", seed=7, count=3, bars=16)``.

    :param plugin: name of a generator.
    :param seed: of the first work, the next has ``seed + 1``; by default drawn at random.
    :param count: works to make, 1 by default.
    :param model: a model's name or file; by default the generator's own.
    :param save: a folder (or file name) to write the works to, with their recipes; by default they are only returned.
    :param formats: file endings to write; by default the first that suits the generator.
    :param best_of: candidates tried for each work, of which *critics* choose one.
    :param critics: names of those who judge the works.
    :param grid: columns and rows of one contact sheet of the works, for pictures.
    :param studio: a studio or its folder; by default the one that the current folder is in.
    :param controls: the generator's controls by name; a work may be given as a work, a path or inline notation.
    :raises ArtengineError: whatever a person can mend.
    """
    import warnings

    from artengine import planning, rendering, showing  # the verbs are loaded when they are used
    from artengine.runs import LocalRun

    place = studio if isinstance(studio, Studio) else Studio.find(studio)
    job = planning.plan(place, plugin, seed=seed, count=count, model=model, formats=formats, best_of=best_of,
                         critics=critics, controls=controls, output=save,
                         export=save is not None, grid=grid)
    run = LocalRun(job.seed)
    finished = rendering.render(job, run)
    for warning in run.warnings:
        warnings.warn(warning, stacklevel=2)
    return showing.Works((one.work for one in finished), job.model if job.model.path else None)


def critique(works: Sequence[Work], critics: Sequence[str] = (), *, model: str | Path | None = None,
             studio: Studio | str | Path | None = None) -> list[dict[str, Judgement]]:
    """Ask critics about works: for each work its judgements, by critic's name.

    :param critics: by default every critic of the works' medium.
    :param model: the model that made the works, where it is known; what :func:`render` returned knows its own.
    :raises ArtengineError: whatever a person can mend.
    """
    from artengine import critics as judging  # as above
    from artengine import showing

    place = studio if isinstance(studio, Studio) else Studio.find(studio)
    known = model or (works.model if isinstance(works, showing.Works) else None)
    return showing.Judgements(judging.critique(works, critics, place, known))


def train(plugin: str, corpus: str | Path | None = None, **choices: Any) -> Path:
    """Train a generator; see :func:`artengine.training.train` for the choices. Returns the model's file."""
    from artengine import training  # with its torch, seconds

    return training.train(plugin, corpus, **choices)
