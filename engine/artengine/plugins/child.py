"""Importing strangers' plugins in a process of its own, to learn what they offer.

So a plugin that crashes the interpreter, leaves it, or never finishes importing is one line of the listing, and a command
that only wants to know what there is does not fill its own memory with all of it. The process talks in lines of JSON.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from threading import Event, Timer
from typing import Any

from artengine.errors import Interrupted
from artengine.plugins.cache import Listed, Unit
from artengine.plugins.scan import Entry

_START = 60.0  # seconds that a Python may take to start on a busy machine
Learnt = tuple[Unit, list[Listed], list[str]]


def ask(units: Sequence[Unit], patience: float) -> Iterator[Learnt]:
    """What each of *units* offers: its rows, and the files that they depend on (none where anything is broken).

    :param patience: seconds that the import of one unit may take.
    :raises Interrupted: on Ctrl-C, naming what was being imported.
    """
    left = list(units)
    while left:
        heard = begun = False
        asked, line = list(left), ""
        process, late = _start(asked), Event()
        timer = _after(_START, process, late)
        try:
            assert process.stdout
            for line in process.stdout:
                timer.cancel()
                heard = True
                told = json.loads(line)
                begun = "rows" not in told  # about to import left[0]
                if begun:
                    timer = _after(patience, process, late)
                    continue
                yield left.pop(0), [_listed(row) for row in told["rows"]], told["files"]
                if not left:
                    return  # without waiting for threads that a plugin may have started
            code = process.wait()
        except KeyboardInterrupt as error:
            process.kill()
            assert process.stdout
            # The process may be ahead of what was heard, and the last line heard only in part.
            for said in [line.strip(), *process.stdout.read().splitlines()]:
                told = json.loads(said) if said.endswith("}") else {}
                if "rows" in told and asked[told["unit"]] in left:
                    left.remove(asked[told["unit"]])
                    yield asked[told["unit"]], [_listed(row) for row in told["rows"]], told["files"]
            entry = (left or units)[0].entries[0]
            if left:
                yield left[0], _unended(left[0]), []
            raise Interrupted(f"Stopped while importing {entry.value} ({entry.package} {entry.version}).",
                              f"If it hangs, upgrade or uninstall {entry.package}; commands that do not need it go on "
                              "working.") from error
        finally:
            timer.cancel()
            process.kill()
            process.communicate()
        if not heard:  # this Python cannot start another: it has to do it itself
            from artengine.plugins.loading import describe

            yield left[0], *describe(left.pop(0))
        elif begun:
            ended = f"took longer than {patience:g} seconds" if late.is_set() else f"ended the process (exit code {code})"
            yield left[0], _broken(left.pop(0), ended), []


def answer() -> None:
    """The other end of :func:`ask`."""
    from artengine.plugins.loading import describe

    # What plugins print must not get between our lines.
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    for number, (folder, value, names) in enumerate(json.load(sys.stdin)):
        unit = Unit(Entry(1, names[0], value, folder))
        unit.entries += [Entry(1, name, value, folder) for name in names[1:]]
        print(json.dumps({"unit": number}), file=out, flush=True)
        rows, files = describe(unit)
        print(json.dumps({"unit": number, "rows": [row.as_dict() for row in rows], "files": files}), file=out, flush=True)


def _start(units: Sequence[Unit]) -> subprocess.Popen[str]:
    code = f"import sys; sys.path[:] = {sys.path!r}; from artengine.plugins.child import answer; answer()"
    process = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                               stderr=subprocess.DEVNULL, encoding="utf-8")
    assert process.stdin
    try:
        json.dump([(unit.folder, unit.value, [entry.name for entry in unit.entries]) for unit in units], process.stdin)
        process.stdin.close()
    except OSError:  # it has ended already, which is seen to by the reader
        pass
    process.stdin = None  # or communicate() would flush it again
    return process


def _after(seconds: float, process: subprocess.Popen[str], late: Event) -> Timer:
    def end() -> None:
        late.set()
        process.kill()

    timer = Timer(seconds, end)
    timer.daemon = True
    timer.start()
    return timer


def _listed(row: dict[str, Any]) -> Listed:
    fields: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in row.items()}
    return Listed(**fields)


def _unended(unit: Unit) -> list[Listed]:
    return [Listed(name=entry.name, package=entry.package, version=entry.version,
                   error="Its import was stopped the last time.",
                   advice=f"`artengine plugins` tries it again; if it hangs, upgrade or uninstall {entry.package}.")
            for entry in unit.entries]


def _broken(unit: Unit, ended: str) -> list[Listed]:
    return [Listed(name=entry.name, package=entry.package, version=entry.version,
                   error=f"importing {unit.value} {ended}.",
                   advice=f"Upgrade or uninstall {entry.package}, or tell its author.")
            for entry in unit.entries]
