"""Importing one plugin, under guard, and holding what it says of its parts against the contract.

Whatever a plugin does on the way (raise, leave the program, print, hand back rubbish) is its own failure: it comes back as
an :class:`ArtengineError` that names the package, its version and the reason, and reaches only the command that needed it.
"""

from __future__ import annotations

import contextlib
import os
import re
import sys
import traceback
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib import import_module
from itertools import islice
from types import ModuleType
from typing import Any

import pluggy

from artengine import options
from artengine.api import KINDS, MEDIA, Hooks, Part
from artengine.errors import ArtengineError, Interrupted, nearest
from artengine.plugins.cache import Listed, Unit, find
from artengine.plugins.scan import Entry, claim, declared, entries, metadata_file

_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_TARGET = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*:[^\W\d]\w*(\.[^\W\d]\w*)*")
_ENDING = re.compile(r"[a-z0-9]+")
_MANY = 1000


class Broken(Exception):  # a state of a plugin, not an error of ours
    """Why a plugin cannot be used: a phrase, and what to do about it."""

    def __init__(self, reason: str, advice: str = "") -> None:
        super().__init__(reason)
        self.reason = " ".join(reason.split())[:300].rstrip(".")
        self.advice = " ".join(advice.split())


def load(name: str, kind: str | None = None) -> Part:
    """The part *name*, importing the plugin that offers it and no other.

    :param kind: what the part must be, where that matters.
    :raises ArtengineError: where it is unknown, claimed twice, for another version of the contract, broken, or of another
        kind.
    :raises Interrupted: on Ctrl-C during the import.
    """
    entry = claim(name, entries())
    try:
        part = _pick(entry, _parts(entry))
    except Broken as error:
        raise ArtengineError(f'"{name}" of {entry.package} {entry.version} cannot be used: {error.reason}.',
                             error.advice or _mend(entry)) from error.__cause__
    if kind is not None and part.kind != kind:
        others = find(kind, part.medium) or find(kind)
        known = f"Installed: {', '.join(others)}." if others else f"No {kind} is installed."
        raise ArtengineError(f'"{name}" is {_a(part.kind)}, and {_a(kind)} is needed here.', known)
    return part


def described(name: str) -> Part:
    """The part *name* as its plugin describes it, with whatever is wrong in its fields; see :func:`faults`.

    :raises ArtengineError: where there is no telling, because the plugin does not load or yields no such part.
    """
    entry = claim(name, entries())
    try:
        parts = [part for part in _parts(entry) if part.name == name]
        return parts[0] if len(parts) == 1 else _pick(entry, parts)
    except Broken as error:
        raise ArtengineError(f'"{name}" of {entry.package} {entry.version} cannot be used: {error.reason}.',
                             error.advice or _mend(entry)) from error.__cause__


def target(part: Part) -> Any:
    """The class behind *part*, imported.

    :raises ArtengineError: where its module does not import or does not hold it, naming package, version and target.
    :raises Interrupted: on Ctrl-C during the import.
    """
    entry = claim(part.name, entries())
    try:
        found = _import(part.target, entry)
        if not callable(found):
            raise Broken(f"it is {_a(type(found).__name__)}, where a class belongs")
        return found
    except Broken as error:
        raise ArtengineError(f'"{part.name}" of {entry.package} {entry.version} cannot run, its target {part.target} fails: '
                             f"{error.reason}.", error.advice or _mend(entry)) from error.__cause__


@cache
def manager() -> pluggy.PluginManager:
    """The pluggy manager that holds every plugin loaded so far."""
    made = pluggy.PluginManager("artengine")
    made.add_hookspecs(Hooks)
    return made


def describe(unit: Unit) -> tuple[list[Listed], list[str]]:
    """Import a unit: one row for each of its entries, and the files that the rows depend on; none where anything is broken.

    :raises Interrupted: on Ctrl-C during the import.
    """
    rows = []
    try:
        parts = _parts(unit.entries[0])
    except Broken as error:
        return [_broken(entry, error) for entry in unit.entries], []
    for entry in unit.entries:
        try:
            part = _pick(entry, parts)
            rows.append(Listed(kind=part.kind, name=part.name, medium=part.medium, summary=part.summary,
                               formats=tuple(part.formats), models=tuple(part.models), embeds=bool(part.embeds),
                               package=entry.package, version=entry.version))
        except Broken as error:
            rows.append(_broken(entry, error))
    for name in sorted({part.name for part in parts} - {entry.name for entry in declared(unit.folder)}):
        missing = Broken(f'{unit.value} describes a part "{name}", and no entry point has that name',
                         f'Its author adds `{name} = "{unit.value}"` under the entry points of artengine1.')
        rows.append(_broken(Entry(0, name, unit.value, unit.folder), missing))
    return rows, [] if any(row.error for row in rows) else _files(unit)


def _broken(entry: Entry, error: Broken) -> Listed:
    return Listed(name=entry.name, package=entry.package, version=entry.version, error=f"{error.reason}.",
                  advice=error.advice or _mend(entry))


def _parts(entry: Entry) -> list[Part]:
    """Everything the hook behind an entry yields; only that it is parts, with names of their own, is looked at."""
    pm = manager()
    plugin = pm.get_plugin(entry.value) or _import(entry.value, entry)
    try:
        with _guarded(entry, f"the hook artengine_parts of {entry.value}"):
            if not pm.is_registered(plugin):
                pm.register(plugin, entry.value)
            if not any(caller.name == "artengine_parts" for caller in pm.get_hookcallers(plugin) or ()):
                raise Broken(f"{entry.value} has no hook artengine_parts",
                             "Its author decorates the function with @artengine.api.hookimpl.")
            others = [other for other in pm.get_plugins() if other is not plugin]
            parts: list[Part] = []
            for result in pm.subset_hook_caller("artengine_parts", others)():
                if not isinstance(result, Iterable) or isinstance(result, str | bytes):
                    raise Broken(f"the hook artengine_parts of {entry.value} returned {_a(type(result).__name__)}, "
                                 "where parts belong")
                parts += islice(result, _MANY)
    except Broken:
        if pm.is_registered(plugin):
            pm.unregister(plugin)
        raise
    if len(parts) >= _MANY:
        raise Broken(f"the hook artengine_parts of {entry.value} yields {_MANY} parts and does not end")
    for part in parts:
        if not isinstance(part, Part):
            raise Broken(f"the hook artengine_parts of {entry.value} yields {_a(type(part).__name__)}, where a Part belongs")
        if not isinstance(part.name, str):
            raise Broken(f"{entry.value} describes a part whose name is {part.name!r}, not a string")
    return parts


def _pick(entry: Entry, parts: list[Part]) -> Part:
    """The part with the entry's name, every field of it looked at."""
    found = [part for part in parts if part.name == entry.name]
    if not found:
        names = ", ".join(sorted(part.name for part in parts)) or "none"
        raise Broken(f'{entry.value} describes no part "{entry.name}" (it describes: {names})',
                     "Its author gives the part and its entry point the same name.")
    if len(found) > 1:
        raise Broken(f'{entry.value} describes "{entry.name}" {len(found)} times',
                     "Its author gives each part its own name.")
    part = found[0]
    with _guarded(entry, f'the description of "{part.name}"'):
        for wrong in faults(part):
            raise Broken(f'the description of "{part.name}" is wrong: {wrong}')
    return part


def faults(part: Part) -> Iterator[str]:
    """What is wrong with the fields of a part, in plain phrases."""
    if not _NAME.fullmatch(part.name):
        yield "its name must be lower-case letters and digits, parted by single hyphens"
    if part.kind not in KINDS:
        yield f"kind {part.kind!r} is none of {', '.join(KINDS)}. {nearest(str(part.kind), KINDS)}"
    if part.medium not in MEDIA:
        yield f"medium {part.medium!r} is none of {', '.join(MEDIA)}. {nearest(str(part.medium), MEDIA)}"
    if not isinstance(part.summary, str) or not part.summary.strip() or not part.summary.isprintable():
        yield f"summary must be one line of text, not {part.summary!r}"
    if not isinstance(part.target, str) or not _TARGET.fullmatch(part.target):
        yield f'target must read "module:class", not {part.target!r}'
    if not isinstance(part.formats, tuple | list) or not all(_ENDING.fullmatch(str(ending)) for ending in part.formats):
        yield f'formats must be file endings in lower case without the dot, such as ("mid",), not {part.formats!r}'
    if part.kind == "exporter" and not part.formats:
        yield "an exporter must name the formats that it writes"
    if not isinstance(part.models, Mapping) or not all(_NAME.fullmatch(str(name)) and ":" in str(place)
                                                       for name, place in part.models.items()):
        yield f'models must map names to "package:path.safetensors", not {part.models!r}'
    for cls in filter(None, (part.options, part.controls)):
        try:
            options.check(cls, part.name)
        except ArtengineError as error:
            yield error.wrong
    if part.tiny:
        try:
            options.make(part.options, part.tiny, "set")  # type: ignore[arg-type]  # None is an error as any other
        except (ArtengineError, TypeError) as error:
            yield f"tiny: {error}"


def _import(value: str, entry: Entry) -> Any:
    """The module, or the object in it, that ``module`` or ``module:object`` names."""
    module, _, attribute = value.partition(":")
    with _guarded(entry, f"importing {module}"):
        found: Any = import_module(module)
        for name in filter(None, attribute.split(".")):
            if not hasattr(found, name):
                raise Broken(f"{module} has no {attribute}. {nearest(attribute, vars(found))}")
            found = getattr(found, name)
    return found


@contextlib.contextmanager
def _guarded(entry: Entry, doing: str) -> Iterator[None]:
    """Turn whatever a plugin's code does into :class:`Broken`; what it prints goes to stderr, away from our output."""
    try:
        with contextlib.redirect_stdout(sys.stderr):
            yield
    except (Broken, Interrupted):
        raise
    except KeyboardInterrupt as error:
        raise Interrupted(f"Stopped while {doing} ({entry.package} {entry.version}).",
                          f"If it hangs, upgrade or uninstall {entry.package}; commands that do not need it go on "
                          "working.") from error
    except ArtengineError as error:  # the plugin knows best what is wrong
        raise Broken(error.wrong, error.advice) from error
    except BaseException as error:  # SystemExit too: a plugin must not end the program
        raise _reason(error, doing) from error


def _reason(error: BaseException, doing: str) -> Broken:
    if isinstance(error, ModuleNotFoundError) and error.name:
        return Broken(f'{doing} needs the module "{error.name}", which is not installed',
                      f"Install it (often `pip install {error.name.partition('.')[0]}`), or uninstall the plugin.")
    if isinstance(error, SyntaxError):
        return Broken(f"{doing} met a syntax error in {error.filename}, line {error.lineno}: {error.msg}")
    if isinstance(error, SystemExit):
        return Broken(f"{doing} tried to end the program (SystemExit: {error.code})")
    frames = [frame for frame in traceback.extract_tb(error.__traceback__)
              if "importlib" not in frame.filename and frame.filename != __file__]
    where = f" ({os.path.basename(frames[-1].filename)}, line {frames[-1].lineno})" if frames else ""
    return Broken(f"{doing} raised {type(error).__name__}: {str(error).rstrip('.') or 'no message'}{where}")


def _files(unit: Unit) -> list[str]:
    """The files that a unit's description came from: metadata, every module of its own that is loaded, and their folders.

    Its own are the modules of its top-level package, those in the distribution's list of files, and, where the code lies
    apart from the metadata (an editable install), everything beside it.
    """
    top = unit.value.partition(":")[0].partition(".")[0]
    site = os.path.dirname(os.path.abspath(unit.folder))
    root = _home(sys.modules.get(top))
    listed = set()
    record = os.path.join(unit.folder, "RECORD")
    with contextlib.suppress(OSError), open(record, encoding="utf-8", errors="replace") as lines:
        listed = {os.path.normpath(os.path.join(site, line.split(",", 1)[0])) for line in lines}
    files = set()
    for name, module in list(sys.modules.items()):
        path = getattr(module, "__file__", None)
        if not isinstance(module, ModuleType) or not path:
            continue
        beside = root and root != site and path.startswith(root + os.sep) and "site-packages" not in path[len(root):]
        if name.partition(".")[0] == top or path in listed or beside:
            files.add(path)
            if hasattr(module, "__path__"):
                files.add(os.path.dirname(path) + os.sep)
    return [metadata_file(unit.folder), *sorted(files)] if files else []


def _home(module: ModuleType | None) -> str:
    """The folder that holds a top-level module or package."""
    path = getattr(module, "__file__", None) or next(iter(getattr(module, "__path__", [])), None)
    if not path:
        return ""
    return os.path.dirname(os.path.dirname(str(path)) if os.path.basename(path).startswith("__init__.") else str(path))


def _mend(entry: Entry) -> str:
    return f"Upgrade or uninstall {entry.package}, or tell its author; `artengine plugins` lists what works."


def _a(noun: str) -> str:
    return f"an {noun}" if noun[:1].lower() in "aeiou" else f"a {noun}"
