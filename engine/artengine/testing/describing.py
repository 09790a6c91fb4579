"""Checks of what a part says of itself."""

from __future__ import annotations

from artengine import options
from artengine.errors import ArtengineError
from artengine.testing import fresh
from artengine.testing.kit import Failed, Subject, check

# What costs more to import than the whole of `artengine plugins`.
HEAVY = frozenset({
    "IPython", "PIL", "click", "cv2", "jax", "lightning_fabric", "matplotlib", "mido", "music21", "numba", "numpy",
    "pandas", "pretty_midi", "requests", "rich", "safetensors", "scipy", "skimage", "sklearn", "soundfile", "sqlite3",
    "symusic", "tensorboardX", "tensorflow", "torch", "torchvision", "transformers", "urllib3", "httpx", "asyncio"})

_METHODS = {"generator": ("render",), "critic": ("judge",), "corpus": ("__iter__", "fingerprint", "licence"),
            "exporter": ("write", "recipe")}
_LONGEST = 100  # letters of a summary, which has one line of a listing


@check("options-documented", "Every option and control has help and a default, and none shadows a flag of the engine.",
       raw=True)
def options_documented(subject: Subject) -> None:
    """As the engine checks a part when it is loaded."""
    part = subject.raw
    for cls in filter(None, (part.options, part.controls)):
        try:
            options.check(cls, part.name)
        except ArtengineError as error:
            raise Failed(error.wrong, error.advice) from error
        for field in options.fields(cls):
            if not field.opt.help.rstrip().endswith((".", "?", "!", ")")):
                raise Failed(f"The help of {cls.__name__}.{field.name} is no sentence: {field.opt.help!r}.",
                             "Write a sentence with a full stop: it stands in --help as it is.")


@check("declared-properly", "Kind, medium, summary, formats and target are declared, and the target does its part.",
       raw=True)
def declared_properly(subject: Subject) -> None:
    """As the engine checks a part, and beyond."""
    from artengine.plugins.loading import faults

    part = subject.raw
    for wrong in faults(part):
        raise Failed(f'The description of "{part.name}" is wrong: {wrong.rstrip(".")}.', "Mend that field of the Part.")
    if len(part.summary) > _LONGEST:
        raise Failed(f"The summary has {len(part.summary)} letters; a listing has room for {_LONGEST}.", "Shorten it.")
    target = subject.target  # an ArtengineError says what is wrong with it
    missing = [name for name in _METHODS[part.kind] if not hasattr(target, name)]
    # A licence may be set when the corpus is made.
    missing = [name for name in missing if name != "licence" or "licence" not in getattr(target, "__annotations__", {})]
    if missing and not (missing == ["licence"]):
        raise Failed(f"{part.target} has no {' and no '.join(missing)}.",
                     f"See the protocol {part.kind.capitalize()} in artengine.api for what {part.kind}s must offer.")
    if part.kind == "generator" and hasattr(target, "learner"):
        for name in ("prepare", "encoder"):
            if not hasattr(target, name):
                raise Failed(f"{part.target} has a learner and no {name}.", "See the protocol Trainable in artengine.api.")
        if part.options is not None and not part.tiny:
            raise Failed(f'"{part.name}" can be trained and names no tiny options.',
                         'Give the Part tiny={"units": 8, …}: options that train in seconds, for these checks.')


@check("listing-is-light", "Listing the part imports nothing heavy and opens no connection.",
       raw=True)
def listing_is_light(subject: Subject) -> None:
    """Described in a fresh process, which tells what it imported."""
    from artengine.plugins import entries

    entry = next(one for one in entries() if one.name == subject.name)
    module = entry.value.partition(":")[0]
    try:
        found = fresh.ask("describe", subject.name)
    except RuntimeError as error:
        raise Failed(f"Describing the part in a fresh process failed: {error}.", "Import the module by itself.") from error
    heavy = sorted({name.partition(".")[0] for name in found["modules"]} & HEAVY)
    if heavy:
        raise Failed(f"Importing {module} brings {', '.join(heavy)} with it.",
                     "Import these inside the functions that need them, or move the code that does into another module: "
                     "every `artengine plugins` pays for it.")
    if found["network"]:
        raise Failed(f"Importing {module} goes to the network ({found['network'][0]}).", "Do that when the part runs.")


@check("models-exist", "The models that a generator ships are there, load, and render.", "generator")
def models_exist(subject: Subject) -> None:
    """Each is opened and asked for one work."""
    from artengine import models
    from artengine.testing.kit import NotApplicable
    from artengine.testing.rendering import rendered

    if not subject.part.models:
        raise NotApplicable("it ships no models")
    found = models.shipped(subject.part)
    for name, where in subject.part.models.items():
        path = found.get(name)
        if path is None or not path.is_file():
            raise Failed(f'The model "{name}" is not at {where}.',
                         "Put the file there and name its ending in the package's data (package-data in pyproject.toml).")
        rendered(subject, [7], model=models.Model.load(path, subject.part))
