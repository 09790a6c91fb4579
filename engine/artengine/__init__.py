"""A generative-art engine: train small models on your own works, and render works you can make again.

    import artengine
    tunes = artengine.render("melody-rnn", seed=7, count=3, bars=16)

Names are imported when they are first used, so that ``import artengine`` costs nothing.
"""

from __future__ import annotations

TYPE_CHECKING = False  # as typing has it, without importing typing, which would be a tenth of `artengine --help`
if TYPE_CHECKING:
    from typing import Any

    from artengine.errors import ArtengineError
    from artengine.evaluating import evaluate
    from artengine.latent import interpolate
    from artengine.studio import Studio, critique, render, train
    from artengine.works import Image, Key, Meter, Note, Score, Tempo, Text, Work

__version__ = "0.1.0"

_HOMES = {
    "ArtengineError": "errors",
    "evaluate": "evaluating", "interpolate": "latent",
    **dict.fromkeys(("Studio", "critique", "render", "train"), "studio"),
    **dict.fromkeys(("Image", "Key", "Meter", "Note", "Score", "Tempo", "Text", "Work"), "works"),
}

__all__ = ["ArtengineError", "Image", "Key", "Meter", "Note", "Score", "Studio", "Tempo", "Text", "Work", "__version__",
           "critique", "evaluate", "interpolate", "render", "train"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'artengine' has no attribute {name!r}")
    from importlib import import_module  # costs nothing: the import system has loaded it

    value = getattr(import_module(f"artengine.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
