"""Finding plugins, and loading the one that a command names.

:mod:`.scan` reads which entry points are installed, :mod:`.cache` remembers what the plugins behind them offer, and
:mod:`.loading` imports one of them. The first two import next to nothing, since ``artengine plugins`` and completion are to
be quicker than the import of an argument parser; the third is imported by the first function that needs it.
"""

from __future__ import annotations

from artengine.plugins.cache import Listed, cache_dir, find, index
from artengine.plugins.scan import Entry, distribution_version, entries, package_of

TYPE_CHECKING = False  # as typing has it, without importing typing
if TYPE_CHECKING:
    from typing import Any

    from artengine.plugins.loading import load, manager, target
    from artengine.plugins.reading import read_work

_LATER = {"load": "loading", "manager": "loading", "target": "loading", "read_work": "reading"}

__all__ = ["Entry", "Listed", "cache_dir", "distribution_version", "entries", "find", "index", "load", "manager",
           "package_of", "read_work", "target"]


def __getattr__(name: str) -> Any:
    """Import what brings pluggy and dataclasses (30 ms) with it when it is first asked for."""
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_LATER[name]}"), name)
