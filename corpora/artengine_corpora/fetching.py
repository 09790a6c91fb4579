"""Fetching a file once: resumed where it broke off, checked, kept in the cache, and never asked for again."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlsplit
from urllib.request import Request, urlopen

from artengine.api import Run
from artengine.arrays import cache
from artengine.errors import ArtengineError, Interrupted, Unreachable
from artengine.files import replacing

PATIENCE = 15.0  # seconds a server may be silent
TRIES = 3  # connections that may break before it is given up; each goes on where the last one ended
_BLOCK = 1 << 16
_silent: set[str] = set()  # hosts that did not answer this process: the next file need not wait for them again


@dataclass(frozen=True)
class Remote:
    """A file that can be fetched."""

    url: str
    name: str
    """Of the file in the cache."""
    sha256: str = ""
    """Of its content. Where it is not known beforehand, that of the first fetch is kept and holds from then on."""
    holds: str = ""
    """Words that must be in it, so that a login page or an error page is not taken for the book."""


def fetch(remote: Remote, collection: str, run: Run) -> Path:
    """The file of *remote*, from the cache or, the first time, from its address.

    :param collection: name of the folder in the cache.
    :raises Unreachable: where it is not in the cache and cannot be had now.
    :raises ArtengineError: where what came is not what was expected.
    :raises Interrupted: where the person stopped it; what has come is kept, and the next fetch goes on from there.
    """
    folder = cache() / "fetched" / collection
    path = folder / remote.name
    if path.is_file() and digest(path) == (remote.sha256 or _pinned(folder).get(remote.name)):
        return path
    if os.environ.get("ARTENGINE_OFFLINE", "") not in {"", "0"}:
        raise Unreachable(f'The corpus "{collection}" is not in the cache, and ARTENGINE_OFFLINE forbids to fetch it.',
                          f"Unset ARTENGINE_OFFLINE, or put {remote.url} at {path}.")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _alone(folder / ".lock"):
            return _fetched(remote, folder, path, collection, run)
    except (HTTPException, OSError) as error:
        raise _unreachable(remote, path, collection, error) from error


def _fetched(remote: Remote, folder: Path, path: Path, collection: str, run: Run) -> Path:
    if path.is_file() and not remote.sha256 and remote.name not in _pinned(folder):
        _check(remote, path, path)  # put there by hand
        _pin(folder, remote.name, digest(path))
        return path
    part = folder / f"{remote.name}.part"
    resumed = part.is_file()
    for attempt in range(TRIES):
        try:
            _download(remote, part, collection, run)
            break
        except (HTTPException, OSError) as error:
            answered = isinstance(error, HTTPError) and error.code < 500 and error.code not in {408, 429}
            if answered or attempt == TRIES - 1 or not part.is_file():
                raise
    try:
        _check(remote, part, path)
    except ArtengineError:
        part.unlink()
        if not resumed:
            raise
        return _fetched(remote, folder, path, collection, run)  # the beginning was of another version: all of it, then
    if not remote.sha256:
        _pin(folder, remote.name, digest(part))
    os.replace(part, path)
    return path


def _download(remote: Remote, part: Path, collection: str, run: Run) -> None:
    """Fetch what *part* lacks."""
    host = urlsplit(remote.url).netloc
    if host in _silent:
        raise URLError(f"{host} does not answer")
    have = part.stat().st_size if part.is_file() else 0
    request = Request(quote(remote.url, safe=":/?&=%@"), headers={"User-Agent": "artengine", "Accept-Encoding": "identity"})
    if have:
        request.add_header("Range", f"bytes={have}-")
    try:
        answer = urlopen(request, timeout=PATIENCE)
    except HTTPError as error:
        if error.code == 416 and have:  # there is no more: the part is whole, or of another file, which its check will say
            return
        raise
    except URLError:
        if not have:
            _silent.add(host)
        raise
    with answer:
        resumes = answer.status == 206 and answer.headers.get("Content-Range", "").startswith(f"bytes {have}-")
        done = have if resumes else 0
        length = answer.headers.get("Content-Length")
        total = done + int(length) if length else None
        with part.open("ab" if resumes else "wb") as file:
            while block := answer.read(_BLOCK):
                file.write(block)
                done += len(block)
                run.report(done, total)
                if run.stopped():
                    raise Interrupted(f'Stopped while "{collection}" was being fetched.',
                                      "What has come is kept; the next try goes on from there.")
    if total is not None and done < total:
        raise HTTPException(f"the connection broke after {done} of {total} bytes")


def _check(remote: Remote, file: Path, path: Path) -> None:
    found = digest(file)
    if remote.sha256 and found != remote.sha256:
        raise ArtengineError(f"What {remote.url} gives is not the file this recipe was written for (sha256 {found[:16]}… in "
                             f"place of {remote.sha256[:16]}…).", f"Get the right one from elsewhere and put it at {path}.")
    if remote.holds and remote.holds.encode() not in file.read_bytes():
        raise ArtengineError(f'What {remote.url} gives does not hold "{remote.holds}"; it may be a login or error page.',
                             f"Open the address in a browser, and put the file at {path}.")


def _unreachable(remote: Remote, path: Path, collection: str, error: Exception) -> ArtengineError:
    if isinstance(error, HTTPError):
        return Unreachable(f'The corpus "{collection}" cannot be fetched: {remote.url} answers {error.code} {error.reason}.',
                           f"Try again later, or put the file at {path}.")
    if isinstance(error, OSError) and not isinstance(error, URLError | TimeoutError | ConnectionError):
        return ArtengineError(f'The corpus "{collection}" cannot be kept in "{path.parent}": {error.strerror or error}.',
                              "Make room there, or set ARTENGINE_CACHE to another folder.")
    why = getattr(error, "reason", None) or error
    return Unreachable(f'The corpus "{collection}" cannot be fetched from {urlsplit(remote.url).netloc}: {why}.',
                       f"Connect to the internet this once, after which it is kept; or put {remote.url} at {path}.")


def digest(path: Path) -> str:
    """SHA-256 of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _pinned(folder: Path) -> dict[str, Any]:
    with suppress(OSError, ValueError):
        return dict(json.loads((folder / "sha256.json").read_text("utf-8")))
    return {}


def _pin(folder: Path, name: str, value: str) -> None:
    with replacing(folder / "sha256.json") as temporary:
        temporary.write_text(json.dumps({**_pinned(folder), name: value}, indent=1, sort_keys=True) + "\n", "utf-8")


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Wait for any other process that fetches the same collection."""
    try:
        import fcntl
    except ImportError:  # Windows: two at once may fetch a file twice, and each checks what it has
        yield
        return
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
