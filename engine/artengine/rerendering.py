"""Rendering again from a recipe, and telling whether a file is what its recipe says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from artengine import files, models, options, planning, plugins
from artengine import recipe as recipes
from artengine.errors import ArtengineError, Interrupted
from artengine.models import Model
from artengine.planning import Export
from artengine.recipe import Recipe
from artengine.rendering import Writer, contact_sheet
from artengine.runs import LocalRun

if TYPE_CHECKING:
    from artengine.api import Part
    from artengine.studio import Studio
    from artengine.works import Work

Verdict = Literal["exact", "equivalent", "different"]


@dataclass(frozen=True)
class Finding:
    """What :func:`verify` found."""

    verdict: Verdict
    reasons: tuple[str, ...]
    """Why, in sentences; the first difference first."""


def rerender(path: Path, studio: Studio, output: str | Path | None = None) -> Path:
    """Render the work of a file again, to the same bytes; returns the new file, beside the old one by default.

    :raises ArtengineError: where the file has no recipe, or its model is not here any more.
    """
    text, recipe = recipes.read(path)
    part, model = _model(recipe, studio)
    if _is_film(recipe):
        return _film(_whole(path, recipe), text, recipe, part, model, output)
    folder, stem = path.parent, path.stem
    if output is not None:
        folder, named, _ = planning.destination(output, (path.suffix.lstrip(".").lower(),),
                                                 planning.Exporters(recipe.medium))
        stem = named or stem
    try:
        with LocalRun(recipe.seed) as run:
            work = _work(recipe, part, model, run)
            files.folder(folder)
            names: list[str] = []
            shelf = files.Shelf(folder)
            shelf.put(Writer(_export(recipe), run).write(work, text, folder), stem, names.extend)
            shelf.close()
            return Path(names[-1])
    except OSError as error:
        raise files.explain(error, folder) from error


def _is_film(recipe: Recipe) -> bool:
    return (recipe.exporter or {}).get("name") == "film"


def _whole(path: Path, recipe: Recipe) -> Path:
    """The film that a file is, or is a frame of."""
    return path.parent if path.is_file() and recipe.exporter and recipe.exporter["format"] == "frames" else path


def _film(path: Path, text: str, recipe: Recipe, part: Part, model: Model, output: str | Path | None) -> Path:
    """Make a film again; returns the new one, beside the old one by default."""
    from artengine.walked import write_film  # with the encoders, for films alone

    assert recipe.exporter is not None
    ending, folder, stem = recipe.exporter["format"], path.parent, path.stem
    if output is not None:
        to = Path(output).expanduser()
        if to.is_dir() or str(output).endswith(("/", "\\")):
            folder = to
        elif to.suffix.lower() != path.suffix.lower():
            raise ArtengineError(f'"{to}" does not end in "{path.suffix}", as the film does.',
                                 "Give such a name, or a folder.")
        else:
            folder, stem = to.parent, to.stem
    try:
        files.folder(folder)
        with LocalRun(recipe.seed) as run:
            frames = _works(recipe, part, model, run)
            return write_film(frames, folder, stem, ending, recipe.exporter["options"]["fps"], text)[1]
    except OSError as error:
        raise files.explain(error, folder) from error


def _works(recipe: Recipe, part: Part, model: Model, run: LocalRun) -> Iterator[Work]:
    """The works of a walk."""
    from artengine.latent import again  # with the parts of walks, for these alone
    from artengine.spaces import Space

    controls = options.from_data(part.controls, recipe.controls) if part.controls else None
    return again(recipe, Space(part, model, controls, run))


def verify(path: Path, studio: Studio) -> Finding:
    """Render the work of a file again and compare.

    *exact*: the same bytes. *equivalent*: other bytes, but the same work in them. *different*: neither.

    :raises ArtengineError: where the file has no recipe, or what it names (plugin, model, exporter) is not here.
    """
    text, recipe = recipes.read(path)
    try:
        part, model = _model(recipe, studio)
        changed = _versions(recipe)
    except ModelNotHereError as missing:
        if missing.instead is None:
            raise
        part, model = missing.part, Model.load(missing.instead, missing.part)
        changed = [f"The model {model.name} here is not the one it was made with (its SHA-256 differs).", *_versions(recipe)]
    with LocalRun(recipe.seed) as run:
        if _is_film(recipe):
            path = _whole(path, recipe)
            return _compare_films(path, _film(path, text, recipe, part, model, run.folder), changed)
        work = _work(recipe, part, model, run)
        written = Writer(_export(recipe), run).write(work, text, run.folder)
        again = written[-1][0]
        if again.read_bytes() == path.read_bytes():
            return Finding("exact", tuple(changed))
        return _compare(path, again, changed)


def _compare(path: Path, again: Path, changed: list[str]) -> Finding:
    """Two files whose bytes differ: do they hold the same work?"""
    from artengine import critics  # reading files is only asked for here

    suspect = changed or ["Nothing else has changed, so the file was edited or damaged after it was rendered."]
    if not critics.readable(path.suffix.lstrip(".")):
        at = _first_byte(path.read_bytes(), again.read_bytes())
        return Finding("different", (f"The bytes differ from number {at} on, and no plugin reads {path.suffix} files to "
                                     "compare the works in them.", *suspect))
    try:
        there = critics.read(path)
    except ArtengineError as error:
        return Finding("different", (error.wrong,))
    ours = critics.read(again)
    if there == ours:
        return Finding("equivalent", ("The bytes differ, the work is the same.", *suspect))
    return Finding("different", (_first_difference(there, ours), *suspect))


def _compare_films(path: Path, again: Path, changed: list[str]) -> Finding:
    """Two films: the same bytes, or at least the same frames?"""
    from itertools import zip_longest

    from artengine.pictures.playing import frames

    def content(film: Path) -> list[bytes]:
        return [file.read_bytes() for file in (sorted(film.iterdir()) if film.is_dir() else [film])]

    if content(path) == content(again):
        return Finding("exact", tuple(changed))
    suspect = changed or ["Nothing else has changed, so the film was edited or damaged after it was rendered."]
    try:
        for n, (there, ours) in enumerate(zip_longest(frames(path), frames(again)), 1):
            if there is None or ours is None:
                return Finding("different", (f"The film {'ends' if there is None else 'goes on'} at frame {n}.", *suspect))
            if there.shape != ours.shape or (there != ours).any():
                return Finding("different", (f"Frame {n} differs.", *suspect))
    except ArtengineError as error:
        return Finding("different", (error.wrong, *suspect))
    return Finding("equivalent", ("The bytes differ, the frames are the same.", *suspect))


def _first_byte(a: bytes, b: bytes) -> int:
    return next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))


def _first_difference(there: list[Work], ours: list[Work]) -> str:
    if len(there) != len(ours):
        return f"The file holds {len(there)} works where its recipe makes {len(ours)}."
    for one, other in zip(there, ours, strict=True):
        if one != other:
            a, b = one.to_data(), other.to_data()
            silent = ("title", "labels", "voices", "programs")  # of these equality takes no notice
            for key in (k for k in b if k not in silent and a.get(k) != b[k]):
                return _parts(key, getattr(one, key, None), getattr(other, key, None)) or _where(key, a.get(key), b[key])
    return "The works differ."


def _parts(key: str, a: Any, b: Any) -> str:
    """Which member of two equally long sequences of named tuples differs first, and in what; empty for anything else."""
    if not isinstance(a, tuple) or not isinstance(b, tuple) or len(a) != len(b):
        return ""
    at, x, y = next(((i, x, y) for i, (x, y) in enumerate(zip(a, b, strict=True)) if x != y), (0, None, None))
    if x is None or y is None or not hasattr(x, "_asdict") or type(x) is not type(y):
        return ""
    there, ours = x._asdict(), y._asdict()
    differ = [name for name in there if there[name] != ours[name]]
    told = (" and ".join(f"{name} {of[name]}" for name in differ) for of in (there, ours))
    return f"Number {at + 1} of the {key} has {next(told)} in the file, where the recipe makes {next(told)}."


def _where(key: str, a: Any, b: Any) -> str:
    if isinstance(a, list) and isinstance(b, list):
        if len(a) != len(b):
            return f"The file has {len(a)} {key}, the recipe makes {len(b)}."
        at = next(i for i, (x, y) in enumerate(zip(a, b, strict=True)) if x != y)
        return f"Number {at + 1} of the {key} is {_item(a[at])} in the file, the recipe makes {_item(b[at])}."
    return f'The {key} is "{_short(a)}" in the file, the recipe makes "{_short(b)}".'


def _item(value: Any) -> str:
    return f"({', '.join(map(str, value))})" if isinstance(value, list) else str(value)


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 60 else text[:57] + "…"


def _versions(recipe: Recipe) -> list[str]:
    """What is of another version now than when the work was made."""
    package, version = plugins.package_of(recipe.plugin)
    then = {**recipe.made_with, f"{recipe.package} (with {recipe.plugin})": recipe.version}
    now = {**recipes.made_with(), f"{package} (with {recipe.plugin})": version}
    if recipe.exporter and not _is_film(recipe):  # films are the engine's own, whose version is among the first
        package, version = plugins.package_of(recipe.exporter["name"])
        then[f"{recipe.exporter['package']} (with exporter {recipe.exporter['name']})"] = recipe.exporter["version"]
        now[f"{package} (with exporter {recipe.exporter['name']})"] = version
    return [f"It was made with {name} {was}; here is {now.get(name, 'another package')}."
            for name, was in then.items() if now.get(name) != was]


class ModelNotHereError(ArtengineError):
    """The model of a recipe is not here; perhaps another of the same name is."""

    def __init__(self, wrong: str, advice: str, part: Part, instead: Path | None) -> None:
        super().__init__(wrong, advice)
        self.part = part
        self.instead = instead


def _model(recipe: Recipe, studio: Studio) -> tuple[Part, Model]:
    part = planning.generator(recipe.plugin)
    if recipe.model is None:
        return part, Model.fresh(part)
    name, sha256 = recipe.model["name"], recipe.model["sha256"]
    path = models.by_digest(part, sha256, studio, name)
    if path is not None:
        return part, Model.load(path, part)
    instead = models.known(part, studio).get(name)
    also = f'; the model "{name}" that is here is another' if instead else ""
    raise ModelNotHereError(f'The model "{name}" (SHA-256 {sha256[:12]}…) that made this work is not in the studio{also}.',
                            f'Put its file into "{studio.models}" under any name.', part, instead)


def _work(recipe: Recipe, part: Part, model: Model, run: LocalRun) -> Work:
    if recipe.walk:
        return _of_walk(recipe, part, model, run)
    controls = options.from_data(part.controls, recipe.controls) if part.controls else None
    generator = plugins.target(part)(model, run)
    if recipe.grid:
        columns, rows = recipe.grid
        made = generator.render(controls, range(recipe.seed, recipe.seed + columns * rows))
        work = contact_sheet(made, (columns, rows))
    else:
        work = next(iter(generator.render(controls, [recipe.seed])), None)
    if work is None:
        raise Interrupted("Stopped before the work was made.", "Start again when you like.")
    return work


def _of_walk(recipe: Recipe, part: Part, model: Model, run: LocalRun) -> Work:
    """The one work of a walk that a file holds: a numbered one, or the contact sheet of all."""
    works = _works(recipe, part, model, run)
    if "frame" in recipe.walk:
        return next(works)
    from artengine.latent import Walk  # as above
    from artengine.walked import contact_sheet

    return contact_sheet(works, Walk.from_data(recipe.walk))


def _export(recipe: Recipe) -> Export:
    if recipe.exporter is None:
        raise ArtengineError("The recipe does not say how the file was written.",
                             "Render it anew with its seed and controls.")
    part = plugins.load(recipe.exporter["name"], "exporter")
    return Export(part, recipe.exporter["format"],
                  options.from_data(part.options, recipe.exporter["options"]) if part.options else None)
