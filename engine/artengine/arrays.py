"""The cache of prepared corpora: folders of ``.npy`` files, memory-mapped when they are used.

A folder appears under its key whole or not at all, so any number of processes may prepare the same corpus at once. The
cache is bounded: the folders used longest ago go first.
"""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from artengine import files
from artengine.errors import ArtengineError

if TYPE_CHECKING:
    import numpy as np

LIMIT = 5_000_000_000  # bytes
NOTE = "prepared.json"


def cache() -> Path:
    """The engine's folder in the user's cache."""
    from artengine import plugins  # which has its own things there

    return Path(plugins.cache_dir())


def load(key: str) -> tuple[dict[str, np.ndarray], dict[str, Any]] | None:
    """The arrays kept under *key*, memory-mapped read-only, and the note beside them; ``None`` if they are not there."""
    import numpy as np  # listings and help never come here

    folder = cache() / "arrays" / key
    try:
        note = json.loads((folder / NOTE).read_text("utf-8"))
        arrays = {}
        for name, file in note["arrays"].items():
            path = folder / file
            small = path.stat().st_size < 4096  # an empty array cannot be mapped, and a small one need not be
            arrays[name] = np.load(path, mmap_mode=None if small else "r", allow_pickle=False)
        with suppress(OSError):  # a cache someone else made for us, read-only
            os.utime(folder / NOTE)
    except (OSError, ValueError, KeyError):
        return None  # not there, or evicted or damaged meanwhile: prepare it again
    return arrays, note


def keep(key: str, arrays: Mapping[str, np.ndarray], note: Mapping[str, Any]) -> None:
    """Keep *arrays* under *key*, with a *note* of plain data; the first process to finish wins.

    :raises ArtengineError: where the cache cannot be written.
    """
    import numpy as np  # as above

    place = cache() / "arrays"
    temp = files.temporary(place, ".preparing")
    try:
        temp.mkdir(parents=True)
        named = {}
        for i, (name, array) in enumerate(arrays.items()):
            named[name] = f"{i}.npy"
            np.save(temp / named[name], np.asarray(array), allow_pickle=False)
            files.sync(temp / named[name])
        (temp / NOTE).write_text(json.dumps({**note, "arrays": named}), "utf-8")
        files.sync(temp / NOTE)
        _publish(temp, place / key)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise ArtengineError(f'The prepared corpus could not be kept in "{place}": {reason}.',
                             "Mend that, or set ARTENGINE_CACHE to a folder that has room and may be written to.") from error
    finally:
        shutil.rmtree(temp, ignore_errors=True)
    evict(place, spare=key)


def _publish(temp: Path, folder: Path) -> None:
    for _ in range(2):
        try:
            os.rename(temp, folder)
            return
        except OSError:
            if not folder.is_dir():
                raise
        if load(folder.name) is not None:
            return  # another process was quicker; its arrays are as good
        _discard(folder)  # damaged: clear the way


def _discard(folder: Path) -> None:
    """Remove a folder so that no process ever sees half of it."""
    gone = files.temporary(folder.parent, ".leaving")
    with suppress(OSError):
        os.rename(folder, gone)
        shutil.rmtree(gone, ignore_errors=True)


def evict(place: Path, spare: str = "", limit: int = LIMIT) -> None:
    """Remove folders used longest ago until the cache is under *limit* bytes; maps still open elsewhere stay valid."""
    kept = []
    for folder in place.iterdir():
        with suppress(OSError):
            if folder.name.startswith("."):
                if time.time() - folder.stat().st_mtime > 86_400:  # left by a process that was killed
                    shutil.rmtree(folder, ignore_errors=True)
                continue
            used = (folder / NOTE).stat().st_mtime if (folder / NOTE).exists() else 0.0
            kept.append((folder.name == spare, used, sum(f.stat().st_size for f in folder.iterdir()), folder))
    total = sum(size for _, _, size, _ in kept)
    for spared, _, size, folder in sorted(kept):
        if total <= limit or spared:
            break
        _discard(folder)
        total -= size
