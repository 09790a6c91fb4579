"""What a person asked of one rendering, found and checked before anything is made."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from artengine import models, options, plugins
from artengine.errors import ArtengineError, nearest

if TYPE_CHECKING:
    from artengine.api import Part
    from artengine.models import Model
    from artengine.studio import Studio

ENGINE_KEYS = ("model", "seed", "count", "output", "format", "best-of", "critic")  # of [render] in artengine.toml
LARGEST_SHEET = 10_000  # works
LARGEST_SEED = 2**63 - 1  # what SQLite and numpy's Philox both take


@dataclass(frozen=True)
class Export:
    """One format to write."""

    part: Part
    format: str
    """The ending, without the dot."""
    options: Any = None


@dataclass(frozen=True)
class Job:
    """Everything one rendering needs."""

    studio: Studio
    part: Part
    model: Model
    controls: Any
    seed: int
    """Of the first work; work *i* is the work of ``seed + i``."""
    count: int = 1
    exports: tuple[Export, ...] = ()
    folder: Path = Path()
    stem: str = ""
    """File name of the works without an ending; empty for a name made of plugin, title and seed."""
    best_of: int = 1
    critics: tuple[str, ...] = ()
    grid: tuple[int, int] | None = None
    """Columns and rows of the one contact sheet that the works go on."""

    @property
    def pieces(self) -> int:
        """How many works are written."""
        return 1 if self.grid else self.count


def plan(studio: Studio, plugin: str, *, seed: int | None = None, count: int | None = None, model: str | Path | None = None,
         output: str | Path | None = None, formats: Sequence[str] = (), best_of: int | None = None,
         critics: Sequence[str] = (), controls: Mapping[str, Any] | None = None,
         export_options: Mapping[str, Mapping[str, Any]] | None = None, export: bool = True,
         grid: tuple[int, int] | None = None) -> Job:
    """Find the generator, its model and the exporters, and check every value.

    Whatever is not given comes from ``[render]``, ``[render.PLUGIN]`` and ``[export.EXPORTER]`` in the studio's
    artengine.toml.

    :param controls: as strings or as values, by field name.
    :param export_options: options by exporter's name.
    :param export: False to make works without writing them.
    :param grid: columns and rows of a contact sheet of as many works, for pictures.
    :raises ArtengineError: for anything unknown, out of range or missing.
    """
    part = generator(plugin)
    asked = Defaults(studio, part.name)
    seed = asked.number("seed") if seed is None else seed
    count = _cells(grid, part, count, best_of) if grid else asked.number("count", 1) if count is None else count
    best_of = asked.number("best-of", 1) if best_of is None else best_of
    assert count is not None  # as their defaults are not
    assert best_of is not None
    critics = critics or asked.names("critic")
    if export:
        formats = formats or asked.names("format")
        output = output or asked.path("output")
    if count < 1 or best_of < 1:
        raise ArtengineError(f"{'--count' if count < 1 else '--best-of'} is less than 1.", "Give 1 or more.")
    if best_of > 1 and not critics:
        raise ArtengineError(f"--best-of {best_of} needs a critic to choose by.", _critics(part))
    if critics:
        from artengine.critics import critic  # only where there are any

        for name in critics:
            critic(name, part.medium)  # said now, and not once the first work is made
    if seed is None:
        seed = int.from_bytes(os.urandom(4))
    if not 0 <= seed <= LARGEST_SEED - count:
        raise ArtengineError(f"--seed {seed} is out of range.", "Give a whole number from 0 up to 2^63 less the count.")
    folder, stem, exports = studio.works, "", []
    if export:
        known = Exporters(part.medium)
        if output is not None:
            folder, stem, formats = destination(output, formats, known)
        asked_of = export_options or {}
        exports = [export_to(studio, known[ending], ending, asked_of.get(known[ending], {}))
                   for ending in endings(part, formats, known)]
    chosen = controls_of(studio, part, controls or {})
    return Job(studio, part, models.find(part, model, studio, chosen), chosen, seed, count, tuple(exports),
               folder, stem, best_of, tuple(critics), grid)


def _cells(grid: tuple[int, int], part: Part, count: int | None, best_of: int | None) -> int:
    """How many works a contact sheet has."""
    columns, rows = grid
    if part.medium != "image":
        raise ArtengineError(f"--grid is for pictures, and {part.name} makes {part.medium}.", "Give --count in its place.")
    if not (columns >= 1 and rows >= 1 and columns * rows <= LARGEST_SHEET):
        raise ArtengineError(f"--grid {columns}x{rows} cannot be.",
                             f"Give 1 or more each way, and {LARGEST_SHEET} works at most.")
    if count is not None or (best_of or 1) > 1:
        raise ArtengineError("A contact sheet has the works of the seeds that follow each other, as many as fit.",
                             "Leave --count and --best-of out, or --grid.")
    return columns * rows


class Defaults:
    """The engine's own defaults in artengine.toml: ``[render]``, overlaid with ``[render.PLUGIN]``."""

    def __init__(self, studio: Studio, plugin: str) -> None:
        for key in studio.table("render"):
            if key not in (*ENGINE_KEYS, "plugin"):
                raise ArtengineError(f'"{key}" in [render] of artengine.toml is no flag of the engine.',
                                     nearest(key, ENGINE_KEYS) or
                                     f"A control belongs in the generator's own table, [render.{plugin}].")
        self.values = studio.defaults("render", plugin)
        self.folder = studio.folder

    def _is(self, key: str, kind: type, noun: str) -> Any:
        value = self.values.get(key)
        if value is not None and (not isinstance(value, kind) or isinstance(value, bool)):
            raise ArtengineError(f"{key} = {value!r} in artengine.toml is not {noun}.", "Mend that line, or take it away.")
        return value

    def number(self, key: str, default: int | None = None) -> int | None:
        """A whole number."""
        value: int | None = self._is(key, int, "a whole number")
        return default if value is None else value

    def names(self, key: str) -> list[str]:
        """Names as a list, or as one string with commas."""
        value = self.values.get(key, [])
        if isinstance(value, list) and all(isinstance(v, str) for v in value):
            return value
        return [name.strip() for name in self._is(key, str, "a name or a list of names").split(",") if name.strip()]

    def path(self, key: str) -> str | None:
        """A path, from the studio's folder where it is not absolute."""
        value = self._is(key, str, "a path")
        return None if value is None else os.path.join(self.folder, os.path.expanduser(value))


def generator(name: str) -> Part:
    """The generator of this name.

    :raises ArtengineError: where there is none; says which there are.
    """
    try:
        return plugins.load(name, "generator")
    except ArtengineError as error:
        if any(entry.name == name for entry in plugins.entries()):
            raise  # it is there, and the error says what is wrong with it
        known = plugins.find("generator")
        raise ArtengineError(f'There is no generator "{name}".',
                             f"{nearest(name, known)} Installed: {', '.join(known) or 'none'}.".strip()) from error


def _critics(part: Part) -> str:
    known = plugins.find("critic", medium=part.medium)
    return f"Add --critic NAME; for {part.medium} there are {', '.join(known)}." if known else \
        f"No critic of {part.medium} is installed; leave --best-of out."


def controls_of(studio: Studio, part: Part, given: Mapping[str, Any]) -> Any:
    """The controls of a generator from values by name, over those of ``[render.PLUGIN]`` in the studio's artengine.toml.

    :raises ArtengineError: for a control there is not, or a value that will not do.
    """
    written = {key: value for key, value in studio.table("render", part.name).items() if key not in ENGINE_KEYS}
    if part.controls is None:
        if given or written:
            raise ArtengineError(f'{part.name} has no control "{next(iter([*given, *written]))}".', "It has none at all.")
        return None
    if written:
        with studio.told("render", part.name):  # and not a flag
            options.make(part.controls, written, where="toml")
    return options.make(part.controls, {**written, **given}, where="flag")


def destination(text: str | Path, formats: Sequence[str], known: Mapping[str, str]) -> tuple[Path, str, Sequence[str]]:
    """What ``--output`` means: (folder, stem, formats).

    A name with the ending of an exporter is a file, anything else a folder.

    :param formats: those asked for, empty for whatever the name says.
    :param known: :class:`Exporters`, or the like.
    :raises ArtengineError: where it is neither.
    """
    text, output = str(text), Path(text).expanduser()
    ending = output.suffix.lstrip(".").lower()
    if output.is_dir() or text.endswith(("/", "\\")) or not ending:
        if output.is_file():
            raise ArtengineError(f'"{output}" is a file, not a folder.',
                                 f"Give a folder, or a new name ending in {_dotted(known)}.")
        return output, "", formats
    if ending in known:
        if formats and ending not in formats:
            raise ArtengineError(f'"{output}" ends in .{ending}, but the format asked for is {", ".join(formats)}.',
                                 "Give a name with one of those endings, or a folder.")
        return output.parent, output.stem, formats or (ending,)
    if output.is_file() or (len(ending) <= 5 and ending.isalnum() and not ending[0].isdigit()):
        raise ArtengineError(
            f'No exporter of this medium writes ".{ending}" files.',
            f'{nearest(ending, known)} There are {_dotted(known)}; for a folder of that name write "{text}/".'.strip())
    return output, "", formats


def _dotted(endings: Iterable[str]) -> str:
    return ", ".join(f".{e}" for e in endings)


class Exporters(Mapping[str, str]):
    """Every ending that can be written in a medium, with its exporter; the default comes first.

    Plugins that the index does not know yet are imported only to look for an ending that nothing else writes, until one
    does, or to list them all: a rendering that has no need of a new plugin does not wait for it.
    """

    def __init__(self, medium: str) -> None:
        self.medium = medium
        self._found = self._known(learn=False)
        self._all = False

    def _known(self, learn: bool) -> dict[str, str]:
        found: dict[str, str] = {}
        # The engine's own first: a package that is installed later does not change what a command writes.
        for part in sorted(plugins.index(learn=learn), key=lambda part: part.package != "artengine"):
            if part.kind == "exporter" and part.medium == self.medium and not part.error:
                for ending in part.formats:
                    found.setdefault(ending, part.name)
        return found

    def _learnt(self) -> dict[str, str]:
        if not self._all:
            self._found, self._all = self._known(learn=True), True
        return self._found

    def __getitem__(self, ending: str) -> str:
        if ending not in self._found and not self._all and (names := plugins.find("exporter", self.medium, ending)):
            self._found[ending] = names[0]
        return self._found[ending]

    def __iter__(self) -> Iterator[str]:
        return iter(self._learnt())

    def __len__(self) -> int:
        return len(self._learnt())

    def __bool__(self) -> bool:
        return bool(self._found or self._learnt())


def endings(part: Part, formats: Sequence[str], known: Mapping[str, str]) -> list[str]:
    """The endings to write: those asked for, else the generator's first that can be written, else the first there is.

    :param known: :class:`Exporters`, or the like.
    :raises ArtengineError: where one of *formats* cannot be written, or nothing can.
    """
    chosen = [name.strip().lstrip(".").lower() for name in formats] or [
        ending for ending in part.formats if ending in known][:1] or list(known)[:1]
    for name, ending in zip(formats, chosen, strict=False):  # a default is known
        if ending not in known and known:
            raise ArtengineError(f'There is no format "{name}" for {part.medium}.',
                                 f"{nearest(ending, known)} There are {', '.join(known)}.".strip())
    if not chosen or chosen[0] not in known:
        raise ArtengineError(f"No exporter of {part.medium} is installed.", "`artengine plugins` lists the parts there are.")
    return list(dict.fromkeys(chosen))


def export_to(studio: Studio, name: str, ending: str, given: Mapping[str, Any]) -> Export:
    """The exporter *name*, with options from values by name over those of ``[export.NAME]`` in artengine.toml.

    :raises ArtengineError: for an option there is not, or a value that will not do.
    """
    part = plugins.load(name, "exporter")
    written = studio.table("export", name)
    if part.options is None:
        return Export(part, ending)
    if written:
        with studio.told("export", name):
            options.make(part.options, written, where="toml")
    return Export(part, ending, options.make(part.options, {**written, **given}, where="flag"))
