"""Files that are whole or not there: written under a temporary name, synced, then named, and never over another.

A name ending in the real suffix is used for the temporary file too, because writers choose their format by it.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path

from artengine.errors import ArtengineError

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
    return directory / f".artengine-{os.getpid()}-{next(_counter)}{suffix}"


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


def publish(temps: Sequence[tuple[Path, str]], directory: Path, stem: str) -> tuple[Path, ...]:
    """Sync the temporary files and give them their names: *stem* and each one's ending, all or none.

    Where any of the names is taken it is ``stem-2``, ``stem-3`` … for all of them. Safe with any number of processes at
    once: a name is taken by creating it, never by looking first.

    :param temps: pairs of temporary file and ending (``.mid``, ``.wav.recipe.json``), in the order they are to appear.
    :returns: the names given, in the same order.
    """
    try:
        for temp, _ in temps:
            sync(temp)
        return _name(temps, directory, stem)
    finally:
        _remove([temp for temp, _ in temps])


def _name(temps: Sequence[tuple[Path, str]], directory: Path, stem: str) -> tuple[Path, ...]:
    for n in count(1):
        named: list[Path] = []
        try:
            for temp, suffix in temps:
                path = directory / f"{stem}{f'-{n}' if n > 1 else ''}{suffix}"
                _claim(temp, path)
                named.append(path)
        except FileExistsError:
            _remove(named)
            continue
        except BaseException:
            _remove(named)
            raise
        return tuple(named)
    raise AssertionError("unreachable")


def _claim(temp: Path, path: Path) -> None:
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
            path.unlink(missing_ok=True)
            raise


def _remove(paths: Sequence[Path]) -> None:
    for path in paths:
        path.unlink(missing_ok=True)
