"""Checks of exporters."""

from __future__ import annotations

import json
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from artengine import options
from artengine.errors import ArtengineError
from artengine.testing import readers
from artengine.testing.kit import Failed, NotApplicable, Subject, check, escaped
from artengine.testing.rendering import OURS, odd_values

if TYPE_CHECKING:
    from artengine.works import Work

# What a recipe may hold: quotes, signs that end comments and sections elsewhere, and as much as a long primer.
RECIPE = json.dumps({"format": 1, "plugin": "some-part", "seed": 7, "controls": {
    "title": "\"--> ]]> </metadata> -- \\ % '; \u2603", "primer": "C4 D4 " * 300}}, sort_keys=True, separators=(",", ":"))


def exporter(subject: Subject, chosen: Any = None) -> Any:
    """The exporter, made anew."""
    return subject.target(chosen if chosen is not None else subject.options, subject.run())


def written(subject: Subject, work: Work, ending: str, one: Any = None) -> Path:
    """A file of *work*, written under a temporary-looking name as the engine does."""
    path = subject.folder() / f".work-{subject._count}.{ending}"
    (one or exporter(subject)).write(work, path, RECIPE)
    if not path.is_file() or not path.stat().st_size:
        raise Failed(f"write() leaves no file, or an empty one, for .{ending}.", "Write to exactly the path that is given.")
    return path


@check("exporter-decodes", "What it writes is read by a program that is not ours, and holds the work.", "exporter")
def exporter_decodes(subject: Subject) -> None:
    """A work of the kit in every declared format, through another library."""
    unread = []
    for ending in subject.part.formats:
        for work in subject.works[:2]:
            path = written(subject, work, ending)
            try:
                readers.read(path, ending, work)
            except readers.Unknown:
                unread.append(f".{ending}")
                break
            except Exception as error:
                raise Failed(f"An independent reader refuses the .{ending} file: {type(error).__name__}: {error}.",
                             "Open such a file in another program, or look into the format's specification.") from error
    if unread:
        raise NotApplicable(f"the kit has no independent reader of {', '.join(unread)}; the rest was read")


@check("exporter-keeps-recipe", "The recipe comes back from the file, where the part says that it embeds it.", "exporter")
def exporter_keeps_recipe(subject: Subject) -> None:
    """To the letter, in every format; and a file that was never ours has none."""
    for ending in subject.part.formats:
        path = written(subject, subject.works[0], ending)
        found = exporter(subject).recipe(path)
        if subject.part.embeds and found != RECIPE:
            what = "nothing" if found is None else f"{len(found)} letters, not the {len(RECIPE)} that were written"
            raise Failed(f"recipe() of a .{ending} file gives {what}.",
                         "Give back the very text that write() was given (escape what the format would take as its own), "
                         "or declare embeds=False.")
        if not subject.part.embeds and found is not None:
            raise Failed(f"recipe() of a .{ending} file gives a recipe, and the part does not declare it.",
                         "Declare embeds=True.")
        junk = subject.folder() / f"junk.{ending}"
        for content in (b"", b"not this format", bytes(range(256))):
            junk.write_bytes(content)
            try:
                if exporter(subject).recipe(junk):
                    raise Failed("recipe() finds a recipe in a file that has none.", "Look for your own mark first.")
            except ArtengineError:
                continue
            except (OSError, ValueError, EOFError, KeyError, IndexError):
                continue  # which the engine takes for "none"
            except Failed:
                raise
            except Exception as error:
                raise Failed(f"recipe() of a damaged file: {escaped(error)}", "Return None.") from error


@check("exporter-same-bytes", "The same work and recipe give the same bytes.", "exporter")
def exporter_same_bytes(subject: Subject) -> None:
    """Under two names, by one exporter that has written before and one that has not."""
    for ending in subject.part.formats:
        one = exporter(subject)
        first = written(subject, subject.works[0], ending, one).read_bytes()
        written(subject, subject.works[1], ending, one)
        if (written(subject, subject.works[0], ending, one).read_bytes() != first
                or written(subject, subject.works[0], ending).read_bytes() != first):
            raise Failed(f"Writing a work as .{ending} twice gives other bytes.",
                         "Leave out times, paths, ids and whatever depends on what was written before.")


@check("exporter-writes-nowhere-else", "Writes the file it is asked for and nothing beside it.", "exporter")
def exporter_writes_nowhere_else(subject: Subject) -> None:
    """Every file opened for writing is looked at, wherever it lies."""
    for ending in subject.part.formats:
        run = subject.run()
        one = subject.target(subject.options, run)
        folder = subject.folder()
        path = folder / f"work.{ending}"
        with opened_for_writing() as opened:
            one.write(subject.works[0], path, RECIPE)
        beside = [p.name for p in folder.iterdir() if p != path]
        elsewhere = [p for p in opened if os.path.exists(p) and Path(p).resolve() != path.resolve()
                     and run.folder.resolve() not in Path(p).resolve().parents and not p.startswith(("/dev/", "/proc/"))
                     and "__pycache__" not in p]
        for other in (*beside, *elsewhere):
            raise Failed(f'Writing work.{ending} leaves "{other}" as well.',
                         "Write to the path that is given only; there is run.folder for what is needed on the way.")


_listening: dict[int, list[str]] = {}  # by thread; an audit hook cannot be taken out again


def _hear(event: str, args: tuple[Any, ...]) -> None:
    found = _listening.get(threading.get_ident()) if event == "open" else None
    if found is not None and isinstance(args[0], str | bytes | os.PathLike):
        mode, bits = args[1], args[2]
        if (mode and set(str(mode)) & set("wax+")) or (mode is None and bits & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)):
            found.append(os.path.abspath(os.fsdecode(args[0])))


_hooked: list[bool] = []


@contextmanager
def opened_for_writing() -> Iterator[list[str]]:
    """Paths that this thread opens for writing meanwhile."""
    if not _hooked:
        sys.addaudithook(_hear)
        _hooked.append(True)
    found: list[str] = []
    _listening[threading.get_ident()] = found
    try:
        yield found
    finally:
        del _listening[threading.get_ident()]


@check("exporter-takes-any-work", "Works with next to nothing in them, and odd options, give a file or an ArtengineError.",
       "exporter")
def exporter_takes_any_work(subject: Subject) -> None:
    """The minimal works, and every option at its ends."""
    ending = subject.part.formats[0]
    for what, work in subject.minimal.items():
        try:
            written(subject, work, ending)
        except ArtengineError:
            continue
        except Failed as failure:
            raise Failed(f"Given {what}: {failure.wrong}", failure.advice) from failure
        except Exception as error:
            raise Failed(f"Given {what}: {escaped(error)}", OURS.partition(", or")[0] + ".") from error
    if subject.part.options is None:
        return
    for name, value, shown in odd_values(subject.part.options):
        try:
            written(subject, subject.works[0], ending,
                    exporter(subject, options.make(subject.part.options, {name: value}, "set")))
        except ArtengineError:
            continue
        except Failed as failure:
            raise Failed(f"With {name} = {shown}: {failure.wrong}", failure.advice) from failure
        except Exception as error:
            raise Failed(f"With {name} = {shown}: {escaped(error)}", OURS) from error
