"""Models: the trained weights of a generator, one ``.safetensors`` file whose header says how it came to be."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from artengine import files
from artengine.errors import ArtengineError, nearest

if TYPE_CHECKING:
    import numpy as np

    from artengine.api import Part
    from artengine.studio import Studio

FORMAT = 1  # of the header; raised when an older artengine could no longer read it
ENDING = ".safetensors"


SCALE = ".scale"


def quantised(name: str, array: np.ndarray) -> dict[str, np.ndarray]:
    """A matrix as bytes, each row with a scale of its own, for a model file of half the size; it is read as floats again.

    :param array: (rows, columns)
    :returns: *name* int8, and ``NAME.scale`` float32 (rows,).
    """
    import numpy as np  # as in Weights

    scale = np.maximum(np.abs(array).max(1), 1e-12) / 127
    return {name: np.round(array / scale[:, None]).astype(np.int8), f"{name}{SCALE}": scale.astype(np.float32)}


class Weights(Mapping[str, "np.ndarray"]):
    """The arrays of a model file by name, each read when first asked for; floats of any width come as float32.

    So do those that were :func:`quantised`.
    """

    def __init__(self, path: Path) -> None:
        import safetensors  # with its numpy, 100 ms that listings need not pay

        self._path = path
        try:
            opened: Any = safetensors.safe_open(path, framework="np")
        except safetensors.SafetensorError as error:  # the header is whole, yet what it says of the arrays cannot be
            raise _damaged(path, "is not a sound safetensors file") from error
        self._file = opened  # its methods carry no types
        names = {str(name) for name in self._file.keys()}  # noqa: SIM118
        self._scaled = {name for name in names if f"{name}{SCALE}" in names}
        self._names = tuple(sorted(names - {f"{name}{SCALE}" for name in self._scaled}))
        self._read: dict[str, np.ndarray] = {}

    def __getitem__(self, name: str) -> np.ndarray:
        if name not in self._read:
            import numpy as np  # already loaded by whoever wants arrays

            if name not in self._names:
                raise KeyError(name)
            array = self._file.get_tensor(name)
            if name in self._scaled:
                array = array.astype(np.float32) * self._file.get_tensor(f"{name}{SCALE}")[:, None]
            self._read[name] = array.astype(np.float32) if array.dtype.kind == "f" else array
        return self._read[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def __reduce__(self) -> tuple[type[Weights], tuple[Path]]:
        return type(self), (self._path,)  # a worker process opens the file itself


@dataclass
class Model:
    """A generator's weights and options, from a file or fresh."""

    part: str
    """Name of the generator."""
    options: Any
    """Its options dataclass, as the model was trained; ``None`` for a generator that has none."""
    weights: Mapping[str, np.ndarray]
    """float32 arrays by name; empty when fresh."""
    header: dict[str, Any] = field(default_factory=dict)
    """What the file's header says: ``corpus``, ``steps``, ``loss``, ``versions``, ``date`` and the learner's own figures."""
    path: Path | None = None
    """The file; ``None`` when fresh."""
    name: str = ""
    """What it is called: the name it ships under, else the file's without the ending."""

    def __post_init__(self) -> None:
        self.name = self.name or (self.path.stem if self.path else "")

    @cached_property
    def sha256(self) -> str:
        """Hex digest of the file, empty when fresh."""
        return digest(self.path) if self.path else ""

    @classmethod
    def fresh(cls, part: Part, options: Any = None) -> Model:
        """A model without weights, for a generator about to be trained or one that needs none."""
        return cls(part.name, options if options is not None else (part.options() if part.options else None), {})

    @classmethod
    def load(cls, path: Path, part: Part) -> Model:
        """Open a model file of the generator *part*; weights are read when they are asked for.

        :raises ArtengineError: where the file is missing, damaged, no model, another plugin's or from a newer version.
        """
        header = read_header(path)
        if header["part"] != part.name:
            raise ArtengineError(f'"{path}" is a model of {header["part"]}, not of {part.name}.',
                                 f"Use it with --plugin {header['part']}, or name a model of {part.name} with --model.")
        return cls(part.name, _options(part, header, path), Weights(path), header, path)

    @staticmethod
    def save(path: Path, arrays: Mapping[str, np.ndarray], header: Mapping[str, Any]) -> None:
        """Write a model file: whole or not at all, also when the machine stops meanwhile.

        :param arrays: in the width they are to be stored (float16 halves the file).
        :param header: at least ``part``, ``medium`` and ``options``, all plain data.
        """
        import numpy as np  # as in Weights
        from safetensors.numpy import save

        missing = {"part", "medium", "options"} - set(header)
        if missing:
            raise ValueError(f"a model header needs {', '.join(sorted(missing))}")
        text = json.dumps({**header, "format": FORMAT}, sort_keys=True)
        content = save({name: np.ascontiguousarray(a) for name, a in arrays.items()}, metadata={"artengine": text})
        files.folder(path.parent, "--studio")
        try:
            with files.replacing(path) as temp:
                temp.write_bytes(content)
        except OSError as error:
            raise files.explain(error, path, "--studio") from error


def _options(part: Part, header: dict[str, Any], path: Path) -> Any:
    if part.options is None:
        return None
    from artengine import options  # not needed to list models

    written = header.get("options")
    if not isinstance(written, dict):
        raise _damaged(path, "does not say which options it was trained with")
    try:
        return options.from_data(part.options, written)
    except (ArtengineError, TypeError, ValueError, KeyError, AttributeError) as error:
        raise ArtengineError(f'"{path}" has options that this version of {part.name} does not know: {error}',
                             f"Upgrade the package that {part.name} comes in, or train the model again.") from error


def read_header(path: Path) -> dict[str, Any]:
    """The header of a model file, without its weights and without importing numpy.

    :raises ArtengineError: where *path* is no whole model file this version can read.
    """
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            length = int.from_bytes(file.read(8), "little")
            raw = file.read(length) if 0 < length < min(size, 100_000_000) else b""
    except OSError as error:
        raise ArtengineError(f'The model file "{path}" cannot be read: {error.strerror}.',
                             "Check the path; `artengine models` lists what there is.") from error
    if not raw:
        raise _damaged(path, "is empty" if size == 0 else "is not a safetensors file, or was cut short")
    try:
        tensors = json.loads(raw)
        metadata = tensors.pop("__metadata__", {})
        end = max((t["data_offsets"][1] for t in tensors.values()), default=0)
    except (ValueError, TypeError, KeyError, IndexError, AttributeError) as error:
        raise _damaged(path, "is not a safetensors file") from error
    if size != (whole := 8 + length + end):
        how = "was cut short" if size < whole else "has grown since it was made"
        raise _damaged(path, f"{how}: it has {size:,} bytes, and should have {whole:,}")
    try:
        header: dict[str, Any] = json.loads(metadata["artengine"])
        version = int(header["format"])
        if not isinstance(header["part"], str):
            raise TypeError("the part is no name")
    except (ValueError, TypeError, KeyError) as error:
        raise ArtengineError(f'"{path}" holds arrays, but no artengine model: its header is missing.',
                             "Give a model that `artengine train` made; `artengine models` lists them.") from error
    if version > FORMAT:
        raise ArtengineError(f'"{path}" is of model format {version}; this artengine reads up to {FORMAT}.',
                             "Upgrade artengine: pip install -U artengine.")
    return header


def _damaged(path: Path, how: str) -> ArtengineError:
    return ArtengineError(f'"{path}" {how}.', "Copy it again from where it came, or train the model again.")


def digest(path: Path) -> str:
    """SHA-256 of a file, as hex."""
    import hashlib  # 5 ms that a listing need not pay

    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def shipped(part: Part) -> dict[str, Path]:
    """The models that come with a generator, by name; the first is its default. Imports no plugin."""
    from importlib.util import find_spec  # only renders and listings look for files in packages

    found = {}
    for name, where in part.models.items():
        package, _, inside = where.partition(":")
        spec = find_spec(package)
        for base in (spec.submodule_search_locations or []) if spec else []:
            found[name] = Path(base) / inside
            break
    return found


def in_studio(studio: Studio) -> dict[str, Path]:
    """The studio's own models, of every generator, by name."""
    return {path.stem: path for path in sorted(studio.models.glob(f"*{ENDING}"))}


def known(part: Part, studio: Studio) -> dict[str, Path]:
    """Every model of a generator, by name: the studio's own, then those that ship with it."""
    own = {}
    for name, path in in_studio(studio).items():
        try:
            if read_header(path)["part"] == part.name:
                own[name] = path
        except ArtengineError:
            continue  # `artengine models` shows what is wrong with it; here it is just no candidate
    return {**shipped(part), **own}


def resolve(part: Part, name_or_path: str | Path | None, studio: Studio,
            wants: Mapping[str, Any] | None = None) -> Path | None:
    """The file of a model: by name (the studio's first, then shipped ones), by path, or the default one.

    The default is ``model`` under ``[render.PLUGIN]`` in the studio's artengine.toml, else the first that ships and was
    trained with the options that are wanted, else the first that ships.

    :param wants: options by name, as controls ask for them (see :class:`artengine.api.Part`).
    :returns: ``None`` only for the default of a generator that neither ships nor needs a model.
    :raises ArtengineError: where there is none of that name.
    """
    name_or_path = name_or_path or studio.defaults("render", part.name).get("model")
    if name_or_path is None:
        ships = list(shipped(part).values())
        suits = (path for path in ships if wants and wants.items() <= read_header(path)["options"].items())
        return next(suits, ships[0] if ships else None)
    text = str(name_or_path)
    if text.endswith(ENDING) or "/" in text or "\\" in text:
        path = Path(text).expanduser()
        if path.is_file():
            return path
        raise ArtengineError(f'There is no model file "{text}".', "Check the path; `artengine models` lists what there is.")
    for found in (in_studio(studio), shipped(part)):
        if text in found:
            return found[text]
    names = known(part, studio)
    have = f"There {'is' if len(names) == 1 else 'are'} {', '.join(names)}." if names else \
        f"It has none yet; `artengine train --plugin {part.name} --corpus PATH --model {text}` would make it."
    raise ArtengineError(f'{part.name} has no model "{text}".', f"{nearest(text, names)} {have}".strip())


def find(part: Part, name_or_path: str | Path | None, studio: Studio, controls: Any = None) -> Model:
    """The model to render with: :func:`resolve` and :meth:`Model.load`, or a fresh one where the generator needs none.

    :param controls: those of the rendering, where there is one: what they want decides which model is the default.

    :raises ArtengineError: where there is no such model, or none at all for a generator that has to be trained.
    """
    path = resolve(part, name_or_path, studio, getattr(controls, "wants", None))
    if path is not None:
        model = Model.load(path, part)
        model.name = next((name for name, file in shipped(part).items() if file == path), model.name)
        return model
    from artengine import plugins  # the generator is asked only when nothing ships with it

    if hasattr(plugins.target(part), "learner"):
        names = known(part, studio)
        raise ArtengineError(f"No model ships with {part.name}.",
                             f"Name one with --model: {', '.join(names)}." if names else
                             f"Train one: artengine train --plugin {part.name} --corpus PATH --model NAME.")
    return Model.fresh(part)


def by_digest(part: Part, sha256: str, studio: Studio, first: str = "") -> Path | None:
    """The model of a generator whose file has this digest, whatever its name; the one named *first* is tried first."""
    names = known(part, studio)
    for name in sorted(names, key=lambda name: name != first):
        if names[name].is_file() and digest(names[name]) == sha256:
            return names[name]
    return None


def listed(studio: Studio) -> list[tuple[str, str, Path]]:
    """Every model there is, as (name, generator, file): the studio's own, then those that ship with any generator.

    The generator is empty for a file in the studio whose header cannot be read.
    """
    from artengine import plugins  # a render knows its generator and asks for no other

    found = []
    for name, path in in_studio(studio).items():
        try:
            found.append((name, str(read_header(path)["part"]), path))
        except ArtengineError:
            found.append((name, "", path))
    for generator in plugins.find("generator"):
        with suppress(ArtengineError):  # one that broke since is shown by `artengine plugins`
            found += [(name, generator, path) for name, path in shipped(plugins.load(generator, "generator")).items()]
    return found


def file(name_or_path: str | Path, studio: Studio) -> Path:
    """The file of a model by name or path alone, of whatever generator.

    :raises ArtengineError: where there is none, or more than one of that name.
    """
    text = str(name_or_path)
    if text.endswith(ENDING) or "/" in text or "\\" in text:
        return Path(text).expanduser()
    everything = listed(studio)
    found = [(part, path) for name, part, path in everything if name == text]
    if not found:
        names = list(dict.fromkeys(name for name, _, _ in everything))
        raise ArtengineError(f'There is no model "{text}".',
                             f"{nearest(text, names)} There are: {', '.join(names) or 'none'}.".strip())
    if len({part for part, _ in found if part}) > 1:
        raise ArtengineError(f'"{text}" is a model of {" and of ".join(part for part, _ in found)}.',
                             f"Give the file of the one you mean: {' or '.join(str(path) for _, path in found)}.")
    return found[0][1]
