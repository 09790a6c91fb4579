"""Which plugins are installed, read from the distributions' own records without importing any of them.

This is what :func:`importlib.metadata.entry_points` tells, for our groups only: that import alone costs more than the
whole of ``artengine plugins`` may. The rules are the same: the folders of ``sys.path`` in order, ``*.dist-info`` and
``*.egg-info`` in each, and of two distributions of one name the first wins. A test holds the two against each other.

What was found is remembered for as long as no folder of ``sys.path`` changes, so that a package installed from a notebook
counts at once: a rendering asks a dozen times, and 200 distributions take milliseconds.
"""

from __future__ import annotations

import os
import sys
import time

TYPE_CHECKING = False  # as typing has it, without importing typing
if TYPE_CHECKING:
    from collections.abc import Iterator

PREFIX = "artengine"
API_VERSION = 1  # of artengine.api, whose import costs 30 ms; a test holds the two equal


class Entry:
    """One entry point: *name* on the command line, and the module (or ``module:object``) behind it."""

    __slots__ = ("api", "folder", "identity", "name", "value")

    def __init__(self, api: int, name: str, value: str, folder: str) -> None:
        self.api = api
        """Version of the contract it was written for."""
        self.name = name
        self.value = value
        self.folder = folder
        """The ``.dist-info`` or ``.egg-info`` folder that declares it."""
        self.identity: tuple[str, str] | None = None

    @property
    def package(self) -> str:
        """Name of the distribution, as it spells itself."""
        return self._identify()[0]

    @property
    def version(self) -> str:
        """Version of the distribution."""
        return self._identify()[1]

    def _identify(self) -> tuple[str, str]:
        if self.identity is None:
            self.identity = identity(self.folder)
        return self.identity

    def __repr__(self) -> str:
        return f"Entry({self.name} = {self.value!r}, {PREFIX}{self.api}, {self.folder})"


def entries() -> list[Entry]:
    """Every entry point of a group ``artengineN``, in the order of ``sys.path``."""
    return list(_looked().entries)


def declared(folder: str) -> list[Entry]:
    """The entry points of a group ``artengineN`` in one distribution, by its metadata folder."""
    text = _read(f"{folder}/entry_points.txt")
    return list(_parse(text, folder)) if PREFIX in text else []


def distributions() -> list[str]:
    """The metadata folder of each installed distribution; of two that share a name, the first on ``sys.path``."""
    return list(_looked().folders)


class _Look:
    """What is installed, as it was when the folders of ``sys.path`` had last been changed at the times in *state*."""

    def __init__(self, state: list[tuple[str, int]]) -> None:
        self.state = state
        began = time.time_ns()
        self.folders = list(_search())
        self.entries = [entry for folder in self.folders for entry in declared(folder)]
        # A folder may change twice within one tick of its clock.
        self.holds = all(changed < began - 100_000_000 for _, changed in state)


_last: list[_Look] = []


def _looked() -> _Look:
    state = [(os.path.abspath(root), _changed(root)) for root in sys.path]
    if not (_last and _last[0].holds and _last[0].state == state):
        _last[:] = [_Look(state)]
    return _last[0]


def _changed(root: str) -> int:
    try:
        return os.stat(root or ".").st_mtime_ns
    except OSError:
        return 0


def _search() -> Iterator[str]:
    seen = set()
    for root in sys.path:
        try:
            names = os.listdir(root or ".")
        except OSError:  # a zip, or a folder that is not there
            continue
        for name in names:
            if name.lower().endswith((".dist-info", ".egg-info")):
                # Normalised as the packaging rules say: case, dots and underscores make no difference.
                key = "_".join(filter(None, name.rpartition(".")[0].partition("-")[0].lower().replace(".", "_").split("_")))
                if key not in seen:
                    seen.add(key)
                    yield os.path.join(root, name)


def identity(folder: str) -> tuple[str, str]:
    """Name and version in a distribution's metadata; from the folder's name where it holds none."""
    stem = os.path.basename(folder).rpartition(".")[0].split("-")
    fields = {"name": stem[0], "version": stem[1] if len(stem) > 1 else "?"}
    for line in (_read(metadata_file(folder))).splitlines():
        if not line.strip():
            break  # the description follows
        key, _, value = line.partition(":")
        if key.lower() in fields:
            fields[key.lower()] = value.strip()
    return fields["name"], fields["version"]


def metadata_file(folder: str) -> str:
    """The file of a distribution that holds its name and version."""
    return f"{folder}/{'PKG-INFO' if folder.lower().endswith('.egg-info') else 'METADATA'}"


def distribution_version(package: str) -> str:
    """Version of an installed distribution, empty where it is not installed."""
    for folder in distributions():
        if os.path.basename(folder).lower().startswith(package) and identity(folder)[0] == package:
            return identity(folder)[1]
    return ""


def package_of(name: str) -> tuple[str, str]:
    """Package and version that offer the part *name*, without importing it.

    :raises ArtengineError: where no package does, or two do.
    """
    entry = claim(name, entries())
    return entry.package, entry.version


def claims(found: list[Entry]) -> dict[str, list[Entry]]:
    """Entries by name: those for this version of the contract, or else those for other versions.

    Two entries in a list mean that two packages (or one, twice) claim the name.
    """
    by_name: dict[str, dict[tuple[str, str], Entry]] = {}
    for entry in found:
        rivals = by_name.setdefault(entry.name, {})
        # A package may speak several versions of the contract; ours is the one that counts.
        if entry.api == API_VERSION:
            for key in [key for key, rival in rivals.items() if rival.api != API_VERSION and key[0] == entry.folder]:
                del rivals[key]
        elif any(rival.api == API_VERSION and folder == entry.folder for (folder, _), rival in rivals.items()):
            continue
        rivals[entry.folder, entry.value] = entry
    return {name: list(rivals.values()) for name, rivals in by_name.items()}


def objection(rivals: list[Entry]) -> tuple[str, str]:
    """What can be said against entries of one name without importing them, and the advice; two empty strings for nothing."""
    first = rivals[0]
    if len(rivals) > 1:
        owners = [f"{e.package} {e.version} ({e.value})" for e in rivals]
        return (f'The name "{first.name}" is claimed by {", ".join(owners[:-1])} and {owners[-1]}.',
                "Uninstall all of them but one.")
    if first.api != API_VERSION:
        newer = first.api > API_VERSION
        return (f'"{first.name}" of {first.package} {first.version} is written for version {first.api} of the plugin '
                f"contract; this artengine speaks version {API_VERSION}.",
                f"{'Upgrade artengine' if newer else f'Upgrade {first.package}'}, or uninstall {first.package}.")
    return "", ""


def claim(name: str, found: list[Entry]) -> Entry:
    """The one entry of *name* that this engine can load.

    :raises ArtengineError: where there is none, it is for another version of the contract, or two packages claim it.
    """
    from artengine.errors import ArtengineError, nearest

    by_name = claims(found)
    if name not in by_name:
        advice = f"{nearest(name, by_name)} `artengine plugins` lists what is installed.".strip()
        raise ArtengineError(f'No installed plugin offers "{name}".', advice)
    wrong, advice = objection(by_name[name])
    if wrong:
        raise ArtengineError(wrong, advice)
    return by_name[name][0]


def _parse(text: str, folder: str) -> Iterator[Entry]:
    api = None
    for raw in text.splitlines():
        line = raw.strip()
        if line.startswith("["):
            number = line[1:-1].removeprefix(PREFIX)
            api = int(number) if line.startswith(f"[{PREFIX}") and number.isdecimal() else None
        elif api is not None and "=" in line and not line.startswith("#"):
            name, _, value = line.partition("=")
            yield Entry(api, name.strip(), value.partition("[")[0].strip(), folder)


def _read(path: str) -> str:
    # os.open and not open(): most distributions have no entry points, and this is the loop that must be quick.
    try:
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
    except OSError:
        return ""
    try:
        parts = []
        while part := os.read(handle, 1 << 20):
            parts.append(part)
        return b"".join(parts).decode("utf-8", "replace")
    except OSError:
        return ""
    finally:
        os.close(handle)
