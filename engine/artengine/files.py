"""Files that are whole or not there: written under a temporary name, synced, then named, and never over another.

A name ending in the real suffix is used for the temporary file too, because writers choose their format by it.
"""

from __future__ import annotations

import errno
import os
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from artengine.errors import ArtengineError

if TYPE_CHECKING:
    from concurrent.futures import Executor, Future

PREFIX = ".artengine-"  # of every temporary name
DEAD = 86400.0  # seconds after which a temporary file is nobody's any more
LONG = 0.005  # seconds; Python lets another thread have its turn no sooner
AHEAD = 16  # works written but not yet synced, at most
_counter = count()


def explain(error: OSError, path: Path | str, flag: str = "--output") -> ArtengineError:
    """The sentence a person needs when *path* could not be written; *flag* is what names another place."""
    elsewhere = f"give another folder with {flag}"
    match error.errno:
        case errno.ENOSPC | errno.EDQUOT:
            return ArtengineError(f'The disk that holds "{path}" is full.', f"Make room on it, or {elsewhere}.")
        case errno.EROFS | errno.EACCES | errno.EPERM:
            return ArtengineError(f'"{path}" may not be written to ({os.strerror(error.errno).lower()}).',
                                  f"Change its permissions, or {elsewhere}.")
        case errno.ENOTDIR | errno.EEXIST:
            return ArtengineError(f'"{_file_in(Path(path))}" is a file, so there can be no folder of that name.',
                                  f"Move it away, or {elsewhere}.")
        case _:
            return ArtengineError(f'"{path}" could not be written: {error.strerror or error}.',
                                  f"Mend that, or {elsewhere}.")


def _file_in(path: Path) -> Path:
    return next((p for p in (path, *path.parents) if p.is_file()), path)


def folder(path: Path, flag: str = "--output") -> Path:
    """Make *path* a folder, parents and all.

    :raises ArtengineError: where that cannot be.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise explain(error, path, flag) from error
    return path


def temporary(directory: Path, suffix: str) -> Path:
    """An unused hidden name in *directory*; it ends in *suffix*."""
    return directory / f"{PREFIX}{os.getpid()}-{next(_counter)}{suffix}"


def sync(path: Path) -> None:
    """Wait until the content of a file or folder is on the disk."""
    with suppress(PermissionError, IsADirectoryError):  # Windows opens no folders
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a temporary path beside *path*; once the block has ended well it takes the place of *path*, whole."""
    temp = temporary(path.parent, path.suffix)
    try:
        yield temp
        sync(temp)
        os.replace(temp, path)
        sync(path.parent)
    finally:
        temp.unlink(missing_ok=True)


class Draft:
    """Files written under temporary names, on their way to their own: all of them or none.

    In three steps, since only the middle one waits for the disk and each system call made in a second thread costs more
    than in the first: open, :meth:`publish`, :meth:`close`.

    :param temps: pairs of temporary file and ending (``.mid``, ``.wav.recipe.json``), in the order they are to appear.
    """

    def __init__(self, temps: Sequence[tuple[Path, str]]) -> None:
        self.temps = [(str(temp), suffix) for temp, suffix in temps]
        self._handles = [os.open(temp, os.O_RDONLY) for temp, _ in self.temps]

    def publish(self, directory: Path, stem: str) -> list[str]:
        """Sync the files and give them their names, *stem* and each one's ending; returns these, in order.

        Where any of the names is taken it is ``stem-2``, ``stem-3`` … for all of them. Safe with any number of processes at
        once: a name is taken by creating it, never by looking first.
        """
        for handle in self._handles:
            os.fsync(handle)
        for n in count(1):
            base = os.path.join(directory, f"{stem}-{n}" if n > 1 else stem)
            named: list[str] = []
            try:
                for temp, suffix in self.temps:
                    _claim(temp, base + suffix)
                    named.append(base + suffix)
            except FileExistsError:
                _remove(named)
                continue
            except BaseException:
                _remove(named)
                raise
            return named
        raise AssertionError("unreachable")

    def close(self) -> None:
        """Take the temporary names away."""
        for handle in self._handles:
            os.close(handle)
        _remove(temp for temp, _ in self.temps)


class Shelf:
    """A folder on which finished files are put, while whoever makes them makes the next.

    Waiting for a slow disk can take longer than making a work; from the first wait on that was long, the waiting is done in
    a thread of its own. (For a quick disk that would cost more than it saves.)
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        _sweep(directory)
        self._waiting: deque[tuple[Draft, Future[list[str]], Callable[[list[str]], None]]] = deque()
        self._pool: Executor | None = None

    def put(self, temps: Sequence[tuple[Path, str]], stem: str, told: Callable[[list[str]], None]) -> None:
        """Publish temporary files as :class:`Draft` does; *told* is called with their names, here or in a later call."""
        draft = Draft(temps)
        if self._pool is None:
            began = time.monotonic()
            try:
                names = draft.publish(self.directory, stem)
            finally:
                draft.close()
            if time.monotonic() - began > LONG:
                from concurrent.futures import ThreadPoolExecutor  # 10 ms that most runs need not pay

                self._pool = ThreadPoolExecutor(1, "artengine-disk")
            told(names)
            return
        self._waiting.append((draft, self._pool.submit(draft.publish, self.directory, stem), told))
        while self._waiting and (self._waiting[0][1].done() or len(self._waiting) > AHEAD):
            self._settle()

    def _settle(self) -> None:
        draft, named, told = self._waiting.popleft()
        try:
            names = named.result()
        finally:
            draft.close()
        told(names)

    def close(self) -> None:
        """Publish what still waits, whatever becomes of some of it; then raise the first error there was."""
        errors = []
        while self._waiting:
            try:
                self._settle()
            except Exception as error:
                errors.append(error)
        if self._pool:
            self._pool.shutdown()
        sync(self.directory)
        if errors:
            raise errors[0]


def _sweep(directory: Path) -> None:
    """Take away what a run that was killed left half-written, so that a disk does not fill in a year of such."""
    with os.scandir(directory) as entries:
        left = [entry for entry in entries if entry.name.startswith(PREFIX)]
    for entry in left:
        with suppress(OSError):  # another process may be quicker
            if time.time() - entry.stat().st_mtime > DEAD:
                if entry.is_dir(follow_symlinks=False):  # the frames of a film
                    import shutil  # 5 ms, for once in a long while

                    shutil.rmtree(entry.path)
                else:
                    os.unlink(entry.path)


def _claim(temp: str, path: str) -> None:
    try:
        os.link(temp, path)  # atomic, and fails where the name is taken
    except FileExistsError:
        raise
    except OSError:
        # A file system without hard links: take the name with an empty file, then put the whole one in its place.
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
        try:
            os.replace(temp, path)
        except BaseException:
            os.unlink(path)
            raise


def _remove(paths: Iterable[str]) -> None:
    for path in paths:
        with suppress(FileNotFoundError):
            os.unlink(path)
