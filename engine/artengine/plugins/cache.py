"""What every plugin offers, remembered from the last time it was imported.

The index is a small text file in the user's cache folder. What it says of a plugin holds only while nothing it came from
has changed: the entry points and metadata of the distribution, the files and folders of every module of the plugin's own
that its import loaded (by time in nanoseconds and size), the engine's own checks, the Python, and ``sys.path``.

That a plugin failed is remembered too, but only so that commands without need of it are not held up by it twice: ``artengine
plugins`` tries it again every time, and so does a command that names it.

Plain text and no ``json``, plain classes and no ``dataclasses``: each of those imports costs more than reading the index.
"""

from __future__ import annotations

import os
import sys
import time

from artengine.plugins.scan import API_VERSION, PREFIX, Entry, claims, entries, metadata_file, objection

TYPE_CHECKING = False  # as typing has it, without importing typing
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

_FORMAT = "artengine index 1"
PATIENCE = 5.0  # seconds that the import of a plugin may hold up a command that may well have no need of it
LONG_PATIENCE = 20.0  # and one that wants to know of it
_BORN = time.time_ns() - 10_000_000  # a file changed since may differ from what was imported; 10 ms for coarse clocks


class Listed:
    """One line of the index: what is known of a part without importing it."""

    FIELDS = ("kind", "name", "medium", "summary", "formats", "models", "embeds", "package", "version", "error", "advice")
    __slots__ = FIELDS

    def __init__(self, *, kind: str = "", name: str = "", medium: str = "", summary: str = "", formats: tuple[str, ...] = (),
                 models: tuple[str, ...] = (), embeds: bool = False, package: str = "", version: str = "",
                 error: str = "", advice: str = "") -> None:
        self.kind = kind
        """``generator``, ``critic``, ``corpus``, ``exporter``, or empty where a broken plugin could not say."""
        self.name = name
        self.medium = medium
        self.summary = summary
        self.formats = formats
        self.models = models
        """Names of the models that ship with it, the default first."""
        self.embeds = embeds
        self.package = package
        self.version = version
        self.error = error
        """Why it cannot be used, one sentence; empty where it can."""
        self.advice = advice
        """What to do about the error."""

    def as_dict(self) -> dict[str, Any]:
        """The same as plain data."""
        return {name: list(value) if isinstance(value := getattr(self, name), tuple) else value for name in self.FIELDS}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Listed) and self.as_dict() == other.as_dict()

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"Listed({', '.join(f'{k}={v!r}' for k, v in self.as_dict().items() if v)})"


class Unit:
    """The entries of one distribution that name one module: what is imported, and remembered, as one."""

    def __init__(self, entry: Entry) -> None:
        self.folder = entry.folder
        self.value = entry.value
        self.entries = [entry]

    @property
    def key(self) -> str:
        """What it is in the index under."""
        return "\t".join(["unit", self.folder, self.value, *sorted(e.name for e in self.entries)])


def cache_dir() -> str:
    """The user's cache folder for artengine, which may not exist: ``$ARTENGINE_CACHE``, or where the platform keeps such."""
    home = os.path.expanduser("~")  # platformdirs says the same of the rest, 10 ms later
    if chosen := os.environ.get("ARTENGINE_CACHE"):
        return chosen
    if os.environ.get("XDG_CACHE_HOME", "").strip():
        return os.path.join(os.environ["XDG_CACHE_HOME"], "artengine")
    if sys.platform == "win32":
        return os.path.join(os.environ.get("LOCALAPPDATA", home), "artengine", "Cache")
    return os.path.join(home, "Library/Caches" if sys.platform == "darwin" else ".cache", "artengine")


def index(retry: bool = False, learn: bool = True) -> list[Listed]:
    """Every installed part by kind, medium and name; broken ones last, with the reason. Imports only what has changed.

    :param retry: import those again that were broken the last time.
    :param learn: False to leave out the plugins of others that would have to be imported.
    :raises Interrupted: on Ctrl-C while a plugin is being imported, naming it.
    """
    rows, units = _undisputed(entries())
    index = _Index(units)
    index.learn([unit for unit in units if learn or unit.entries[0].package == PREFIX], retry,
                LONG_PATIENCE if retry else PATIENCE)
    for unit in units:
        rows += index.known.get(unit.key, ())
    return sorted(rows, key=_order)


def find(kind: str, medium: str | None = None, format: str | None = None, name: str | None = None) -> list[str]:
    """Names of the parts of a *kind*, of a *medium* and for a *format* (a file ending) where given; the engine's own first.

    Without a *format* all of them. With one, those that the index knows; and where it knows none, plugins that it does not
    know are imported one after another until one offers it. So a command that has no need of a new plugin does not meet it.

    :param name: only the part of this name, so that no other plugin is imported.
    """
    _, units = _undisputed(entries())
    # The engine's own parts come first whichever way sys.path happens to be sorted.
    units.sort(key=lambda unit: (unit.entries[0].package != PREFIX, unit.entries[0].package))
    index = _Index(units)
    units = [unit for unit in units if name is None or any(entry.name == name for entry in unit.entries)]

    def fitting(rows: Sequence[Listed]) -> list[str]:
        return [row.name for row in rows if row.kind == kind and not row.error and medium in (None, row.medium)
                and name in (None, row.name) and (format is None or format in row.formats)]

    if format is None:
        index.learn(units)
    names = [name for unit in units for name in fitting(index.known.get(unit.key, ()))]
    # Neighbours of what is loaded already are the likeliest to offer it.
    near = {unit.folder for unit in units if unit.value.partition(":")[0] in sys.modules}
    for unit in sorted(units, key=lambda unit: unit.folder not in near) if format is not None else ():
        if names:
            break
        index.learn([unit], retry=True)
        names = fitting(index.known[unit.key])
    return names


def _undisputed(found: list[Entry]) -> tuple[list[Listed], list[Unit]]:
    """Rows for the entries that need no import to be refused, and the units of all others."""
    rows: list[Listed] = []
    units: dict[tuple[str, str], Unit] = {}
    for name, rivals in claims(found).items():
        wrong, advice = objection(rivals)
        if wrong:
            rows += [Listed(name=name, package=e.package, version=e.version, error=wrong, advice=advice) for e in rivals]
        elif unit := units.get((rivals[0].folder, rivals[0].value)):
            unit.entries.append(rivals[0])
        else:
            units[rivals[0].folder, rivals[0].value] = Unit(rivals[0])
    return rows, list(units.values())


class _Index:
    """The index file: read when made, what still holds by unit; written again when something was added."""

    def __init__(self, units: Sequence[Unit]) -> None:
        self.known: dict[str, list[Listed]] = {}
        self._units = units
        self._files: dict[str, list[str]] = {}
        self._changed = False
        self._header = _header()
        # One file for each Python and path, so that two environments do not keep throwing out each other's.
        self._path = os.path.join(cache_dir(), f"index-{_checksum(self._header):08x}.txt")
        try:
            with open(self._path, encoding="utf-8", errors="surrogateescape") as file:
                self._read(file.read().split("\n"))
        except (OSError, ValueError, IndexError):  # not there, not readable, not ours: it is made again
            self.known = {}

    def learn(self, units: Sequence[Unit], retry: bool = False, patience: float | None = None) -> None:
        """Import those of *units* that the index does not know, or (to *retry*) knows as broken; it knows all afterwards."""
        unknown = [unit for unit in units
                   if unit.key not in self.known or (retry and any(row.error for row in self.known[unit.key]))]
        learnt: list[tuple[Unit, list[Listed], list[str]]] = []
        try:
            if all(unit.entries[0].package == PREFIX for unit in unknown):
                for unit in unknown:
                    from artengine.plugins.loading import describe  # pluggy and dataclasses, for an import only

                    learnt.append((unit, *describe(unit)))
            else:
                from artengine.plugins.child import ask  # as above

                for answer in ask(sorted(unknown, key=lambda unit: unit.entries[0].package != PREFIX), patience or PATIENCE):
                    learnt.append(answer)  # one by one: what came before an interruption counts
        finally:
            for unit, rows, files in learnt:
                self._keep(unit, rows, files)
            self._save()

    def _save(self) -> None:
        """Write what is known, whole or not at all; a folder that cannot be written is no matter."""
        if not self._changed:
            return
        lines = [self._header]
        for unit in self._units:
            if unit.key in self._files:
                lines += [unit.key, *self._files[unit.key], *map(_line, self.known[unit.key])]
        temporary = f"{self._path}.{os.getpid()}"
        try:
            os.makedirs(os.path.dirname(self._path), exist_ok=True)
            with open(temporary, "w", encoding="utf-8", errors="surrogateescape", newline="\n") as file:
                file.write("\n".join([*lines, "end"]))
            os.replace(temporary, self._path)
            self._changed = False
        except OSError:
            from contextlib import suppress  # 3 ms, when something already went wrong

            with suppress(OSError):
                os.unlink(temporary)

    def _keep(self, unit: Unit, rows: list[Listed], files: list[str]) -> None:
        """Know *rows*; and remember them for as long as *files* stay as they are, unless those are newer than what was read.

        Broken ones are remembered until the distribution changes.
        """
        stamps = [_stamp(file) for file in files or [metadata_file(unit.folder)]]
        self.known[unit.key] = rows
        self._files.pop(unit.key, None)
        self._changed = True
        if "" not in stamps and "\n" not in "".join([unit.key, *stamps]) and (not files or all(map(_settled, stamps))):
            self._files[unit.key] = stamps

    def _read(self, lines: list[str]) -> None:
        if lines[0] != self._header or lines[-1] != "end":
            return
        key = ""
        for line in lines[1:-1]:
            if line.startswith("unit\t"):
                key = line
                self.known[key], self._files[key] = [], []
            elif not key:
                continue  # the rest of a unit that no longer holds
            elif line.startswith("file\t"):
                if _stamp(line.split("\t", 3)[3]) == line:
                    self._files[key].append(line)
                else:
                    del self.known[key], self._files[key]
                    key = ""
            else:
                row: dict[str, Any] = dict(zip(Listed.FIELDS, line.split("\t"), strict=True))
                row |= {"formats": tuple(row["formats"].split()), "models": tuple(row["models"].split()),
                        "embeds": row["embeds"] == "1"}
                self.known[key].append(Listed(**row))


def _line(row: Listed) -> str:
    return "\t".join([row.kind, row.name, row.medium, row.summary, " ".join(row.formats), " ".join(row.models),
                      "1" if row.embeds else "0", row.package, row.version, row.error, row.advice])


def _stamp(path: str) -> str:
    """A line that changes when the file (or the list of a folder's files) does; empty where there is none."""
    try:
        stat = os.stat(path)
    except OSError:
        return ""
    return f"file\t{stat.st_mtime_ns}\t{stat.st_size}\t{path}"


def _settled(stamp: str) -> bool:
    """Whether what is stamped is older than this process, and so is what the process imported, not something newer."""
    # A folder's time changes when its first import makes __pycache__.
    return stamp.endswith(os.sep) or int(stamp.split("\t")[1]) < _BORN


def _header() -> str:
    engine = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    own = [_stamp(os.path.join(engine, name)) for name in ("api.py", "options.py", "plugins/loading.py", "plugins/cache.py")]
    here = os.getcwd() if "" in sys.path or any(not os.path.isabs(p) for p in sys.path) else ""
    parts = [_FORMAT, str(API_VERSION), sys.prefix, sys.version, here, *sys.path, *own]
    return " ".join(repr(part) for part in parts)


def _checksum(text: str) -> int:
    total = 0  # FNV-1a; zlib and hashlib would each be an import
    for byte in text.encode("utf-8", "surrogateescape"):
        total = ((total ^ byte) * 16777619) & 0xFFFFFFFF
    return total


def _order(row: Listed) -> tuple[Any, ...]:
    kinds = ("generator", "critic", "corpus", "exporter")
    return (bool(row.error), kinds.index(row.kind) if row.kind in kinds else len(kinds), row.medium, row.name, row.package)
