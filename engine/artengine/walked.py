"""Where the works of a walk are kept: a film, a contact sheet or numbered files; and how they are made again."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from artengine import __version__, files, planning
from artengine.errors import ArtengineError
from artengine.recipe import Recipe
from artengine.rendering import Finished, Writer

if TYPE_CHECKING:
    from artengine.api import Part
    from artengine.latent import Walk
    from artengine.planning import Export
    from artengine.runs import Stages
    from artengine.spaces import Space
    from artengine.studio import Studio
    from artengine.works import Image, Work

FILM = "film"  # names the encoder of films where a recipe names an exporter
FILMS = ("mp4", "webp", "gif")
FOLDER = "frames"  # the format that is a folder of them
GAP = 4  # pixels between the pictures of a grid


@dataclass(frozen=True)
class Place:
    """Where to write, and what."""

    folder: Path
    stem: str
    """Empty for a name made of the walk's points."""
    film: str = ""
    """Ending of a film, ``frames`` for a folder of them; empty for files of an exporter."""
    fps: float = 30.0
    exports: tuple[Export, ...] = ()


def place_for(studio: Studio, part: Part, save: str | Path | None, formats: Sequence[str], fps: float,
              stills: bool) -> Place:
    """What ``--output`` and ``--format`` mean, checked before anything is made.

    :param stills: works in files of their own, and no film.
    :raises ArtengineError: for endings that cannot be written, an fps out of range, or an mp4 without its encoder.
    """
    if stills:
        known = planning.Exporters(part.medium)
        folder, stem = studio.works, ""
        if save is not None:
            folder, stem, formats = planning.destination(save, formats, known)
        endings = planning.endings(part, formats, known)
        return Place(folder, stem, exports=tuple(planning.export_to(studio, known[one], one, {}) for one in endings))
    return _film(studio, save, [one.strip().lstrip(".").lower() for one in formats], fps)


def _film(studio: Studio, save: str | Path | None, formats: Sequence[str], fps: float) -> Place:
    from artengine.pictures import films  # with its encoders, for films alone

    there = ", ".join((*FILMS, FOLDER))
    if len(formats) > 1 or any(one not in (*FILMS, FOLDER) for one in formats):
        raise ArtengineError(f"A walk cannot be written as {', '.join(formats)}.", f"Give one --format: {there}.")
    folder, stem, ending = studio.works, "", formats[0] if formats else ""
    if save is not None:
        output = Path(save).expanduser()
        found = output.suffix.lstrip(".").lower()
        if output.is_dir() or str(save).endswith(("/", "\\")):
            folder = output
        else:
            if found and (found not in FILMS or (ending and found != ending)):
                asked = f", and the format asked for is {ending}" if ending and found in FILMS else ""
                raise ArtengineError(f'"{output}" is no name of a film{asked}.',
                                     "Let it end in .mp4, .webp or .gif, or in nothing for a folder of frames; "
                                     "--grid makes one picture.")
            folder, stem, ending = output.parent, output.stem, found or ending or FOLDER
    ending = ending or _quickest()
    films.check(Path(f"film.{ending}" if ending != FOLDER else "film"), fps)
    return Place(folder, stem, ending, fps)


def _quickest() -> str:
    """MP4, or WebP where the package for that is not installed."""
    from importlib.util import find_spec  # 1 ms, and only where nobody said

    return "mp4" if find_spec("av") else "webp"


def kept(place: Place, space: Space, walk: Walk, recipe: Recipe, stem: str, progress: Stages | None) -> list[Finished]:
    """Make the works of a walk and write them; a film is on the disk under its name once it is whole.

    :param stem: the name where *place* has none.
    """
    if progress:
        progress.begin("frames" if place.film else "works")
    z = walk.latents(space)
    space.begin(len(z))
    try:
        files.folder(place.folder)
        stem = place.stem or stem
        if place.film:
            exporter = {"name": FILM, "format": place.film, "package": "artengine", "version": __version__,
                        "options": {"fps": place.fps}}
            recipe = recipe.written_by(exporter)
            first, path = write_film(space.decode(z), place.folder, stem, place.film, place.fps, recipe.to_json())
            return [Finished(first, (path,), recipe)]
        works: Iterator[Work] = space.decode(z)
        if walk.grid[0] and space.part.medium == "image":
            return _written(place, space, [(contact_sheet(works, walk), recipe)], [stem])
        recipes = (replace(recipe, walk={**recipe.walk, "frame": i}) for i in range(len(z)))
        names = (f"{stem}-{i + 1:0{len(str(len(z)))}d}" for i in range(len(z)))
        return _written(place, space, zip(works, recipes, strict=True), names)
    except OSError as error:
        raise files.explain(error, place.folder) from error


def contact_sheet(works: Iterator[Any], walk: Walk) -> Image:
    """The pictures of a grid as one."""
    from artengine.pictures import sheet

    return sheet(list(works), walk.grid[0], gap=GAP)


def _written(place: Place, space: Space, works: Any, stems: Any) -> list[Finished]:
    writers = [Writer(export, space.run) for export in place.exports]
    shelf = files.Shelf(place.folder)
    finished: list[Finished] = []
    try:
        for (work, recipe), stem in zip(works, stems, strict=True):
            temps = [temp for writer in writers
                     for temp in writer.write(work, recipe.written_by(writer.about).to_json(), place.folder)]

            def told(names: list[str], work: Any = work, recipe: Recipe = recipe) -> None:
                paths = tuple(Path(name) for name in names if not name.endswith(".recipe.json"))
                finished.append(Finished(work, paths, recipe))

            shelf.put(temps, stem, told)
    finally:
        shelf.close()
    return finished


def write_film(frames: Iterator[Any], folder: Path, stem: str, ending: str, fps: float, recipe: str) -> tuple[Image, Path]:
    """Encode a film while its frames are made; returns its first frame, and its name, which was nobody's before.

    Frames are made in this thread and encoded in others. Until the film is whole it has a hidden, temporary name.
    """
    from artengine.pictures import film

    first: list[Image] = []

    def passing() -> Iterator[Image]:
        for frame in frames:
            if not first:
                first.append(frame)
            yield frame

    suffix = "" if ending == FOLDER else f".{ending}"
    temp = files.temporary(folder, suffix)
    try:
        film(passing(), temp, fps, loop=True, recipe=recipe)
        if suffix:
            named: list[str] = []
            shelf = files.Shelf(folder)
            shelf.put([(temp, suffix)], stem, named.extend)
            shelf.close()
            return first[0], Path(named[0])
        return first[0], _named(temp, folder, stem)
    finally:
        if temp.is_dir():
            shutil.rmtree(temp, ignore_errors=True)
        with suppress(OSError):
            temp.unlink()


def _named(temp: Path, folder: Path, stem: str) -> Path:
    """Give a folder of frames the first name that is free."""
    for frame in temp.iterdir():
        files.sync(frame)
    for n in count(1):
        path = folder / (f"{stem}-{n}" if n > 1 else stem)
        if path.exists() and not (path.is_dir() and not any(path.iterdir())):
            continue
        try:
            os.rename(temp, path)  # also over an empty folder; one that another process fills meanwhile is refused
        except OSError:
            if path.exists():
                continue
            raise
        files.sync(folder)
        return path
    raise AssertionError("unreachable")
