"""``interpolate``: walks through the latent space of a generator, to a film, a contact sheet or numbered files."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from artengine import evenness, models, options, planning, plugins
from artengine import recipe as recipes
from artengine.errors import ArtengineError, nearest
from artengine.nn import walks
from artengine.recipe import Recipe
from artengine.runs import LocalRun, Stages
from artengine.seeing import seen
from artengine.spaces import Point, Space, packed, walkable
from artengine.studio import Studio
from artengine.walked import kept, place_for

if TYPE_CHECKING:
    from artengine.works import Work

PATHS = (*walks.PATHS, "noiseloop")
FRAMES = {"image": 60}  # of a film; elsewhere each frame is a file of its own,
FEW = 8  # so there are fewer
LARGEST_GRID = 4096  # works


@dataclass(frozen=True)
class Walk:
    """A walk as a recipe keeps it: plain data from which every latent follows."""

    points: tuple[Point, ...]
    """Seeds, and packed latents of files; of a grid its corners."""
    path: str
    """``slerp``, ``lerp``, ``spline`` or ``noiseloop``."""
    loop: bool = False
    times: tuple[float, ...] = ()
    """When each frame is taken, from 0 to 1; empty for a grid."""
    grid: tuple[int, int] = (0, 0)
    """Columns and rows; zeros for a walk."""
    attribute: str = ""
    """What is gained on the way, where that is what the walk is for; the points say how."""
    frame: int | None = None
    """Of a file that holds one work of the walk, which."""

    def latents(self, space: Space) -> np.ndarray:
        """The latent of every work.  (T, d) float32"""
        places = np.stack([space.place(point) for point in self.points])
        if self.grid[0]:
            found = walks.grid(places, *self.grid, cast(walks.Path, self.path))
        else:
            found = self.at(places, np.array(self.times))
        return found.astype(np.float32)

    def at(self, places: np.ndarray, times: np.ndarray) -> np.ndarray:
        """The latents at some times of the way through *places*.  (P, d), (N,) -> (N, d)"""
        if self.path == "noiseloop":
            return walks.turn(places[0], places[1], times)
        return walks.along(places, times, cast(walks.Path, self.path), loop=self.loop)

    def to_data(self) -> dict[str, Any]:
        """Plain data, without what is not so."""
        return {key: list(value) if isinstance(value, tuple) else value for key, value in vars(self).items()
                if value not in (None, False, "", (), (0, 0))}

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Walk:
        """What :meth:`to_data` gave.

        :raises ArtengineError: for anything else.
        """
        try:
            fields: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in data.items()}
            return cls(**fields)
        except TypeError as error:
            raise ArtengineError("The recipe's walk cannot be read.",
                                 "Upgrade artengine: pip install -U artengine.") from error


@dataclass(frozen=True)
class Walked:
    """What came of a walk."""

    paths: tuple[Path, ...]
    """The film (a file or a folder of frames), the contact sheet, or the numbered files in order."""
    works: int
    """Works decoded for it."""
    seeds: tuple[int, ...]
    """Of the points that are seeds, in order."""
    unevenness: tuple[float, float] | None = None
    """Variation of the steps seen (standard deviation over mean), before they were evened out and after."""
    correlation: float | None = None
    """How well the direction of an attribute foretells it in works that it was not learnt from."""
    warnings: tuple[str, ...] = field(default=())


def interpolate(plugin: str, start: Any = None, end: Any = None, via: Sequence[Any] = (), *,
                model: str | Path | None = None, frames: int | None = None, path: str = "slerp", ease: bool = False,
                loop: bool = False, even: bool = True, fps: float = 30.0, grid: tuple[int, int] | None = None,
                corners: Sequence[Any] = (), attribute: str = "", amount: float = 2.0, corpus: str | Path | None = None,
                corpus_options: Mapping[str, Any] | None = None, save: str | Path | None = None,
                formats: Sequence[str] = (), controls: Mapping[str, Any] | None = None,
                studio: Studio | str | Path | None = None, progress: Stages | None = None) -> Walked:
    """Walk through the latent space of the generator *plugin*, and write what is seen on the way.

    :param start: where the walk begins: a seed, a work, or a file that is read as one; by default a seed drawn at random.
    :param end: where it ends; by default the seed after the start's.
    :param via: points on the way.
    :param model: a model's name or file; by default the generator's own.
    :param frames: works on the way; by default 60 for pictures, else 8.
    :param path: ``slerp`` along arcs, ``lerp`` straight, ``spline`` smoothly through all points, or ``noiseloop``: round
        through start and end, always as far from the middle as a draw is.
    :param ease: slow at every point.
    :param loop: back to the first point, so that a film goes round without a jump.
    :param even: move the times of the frames until each differs from the last by as much as is seen.
    :param fps: frames a second of a film.
    :param grid: (columns, rows): a contact sheet between four *corners*, in place of a walk.
    :param corners: its corners: top left, top right, bottom left, bottom right; by default the start and the next seeds.
    :param attribute: walk along what a label (with *corpus*), a critic or one of its aspects tells, through the start.
    :param amount: how far to both sides, in standard deviations; a negative one goes the other way.
    :param corpus: works with labels, for *attribute*.
    :param corpus_options: the corpus' options by name.
    :param save: a film's name (``.mp4``, ``.gif``, ``.webp``), a name without an ending for a folder of its frames, or a
        folder that is there; by default the studio's ``works/``.
    :param formats: endings, in place of those that *save* says; ``frames`` for a folder of frames.
    :param controls: the generator's controls by name.
    :raises Interrupted: where the run was asked to stop; nothing is written then.
    :raises ArtengineError: whatever else a person can mend.
    """
    place = studio if isinstance(studio, Studio) else Studio.find(studio)
    part = walkable(plugin)
    frames = frames if frames is not None else FRAMES.get(part.medium, FEW)
    _check(frames, path, loop, grid, corners, attribute, (end, *via), amount)
    chosen = planning.controls_of(place, part, controls or {})
    network = models.find(part, model, place, chosen)
    stills = bool(grid) or part.medium != "image"
    to = place_for(place, part, save, formats, fps, stills)
    run, began = LocalRun(0, progress=progress), time.time()
    with run:
        space = Space(part, network, chosen, run)
        if controls and not space.takes_controls:
            raise ArtengineError(f"{plugin} takes no controls on a walk (--{next(iter(controls)).replace('_', '-')}).",
                                 "Leave them out.")
        first = start if start is not None else corners[0] if corners else int.from_bytes(os.urandom(4))
        points: tuple[Point, ...] = ()
        correlation = None
        if attribute:
            named = [("--from", first)]
            points, correlation = _steered(space, place, space.point(first, "--from"), attribute, amount, corpus,
                                           corpus_options, progress)
            path = "lerp"
        elif grid:
            named = [("--corners", one) for one in corners or [first, *_following(first, 3, "--corners")]]
        else:
            goal = end if end is not None else _following(first, 1, "--to")[0]
            named = [("--from", first), *(("--via", one) for one in via), ("--to", goal)]
        given = tuple(space.point(one, flag) for flag, one in named)
        walk = Walk(points or given, path, loop and not grid, grid=grid or (0, 0), attribute=attribute)
        timing = None
        if not grid:
            walk, timing = _timed(walk, space, frames, even, ease, progress)
        seeds = tuple(point for point in given if isinstance(point, int))
        recipe = _recipe(space, walk, seeds)
        names = [_word(point, one) for point, (_, one) in zip(given, named, strict=True)]
        about = [attribute] if attribute else [names[0], names[-1]]
        stem = "-".join([part.name, "grid" if grid else "walk", *about])
        finished = kept(to, space, walk, recipe, stem.replace(os.sep, "-"), progress)
        _note(place, space, finished, run, began)
    paths = tuple(path for one in finished for path in one.paths)
    return Walked(paths, len(walk.times) or walk.grid[0] * walk.grid[1], seeds, timing, correlation, tuple(run.warnings))


def _check(frames: int, path: str, loop: bool, grid: tuple[int, int] | None, corners: Sequence[Any], attribute: str,
           others: Sequence[Any], amount: float) -> None:
    """Refuse what does not go together, before anything is loaded."""
    more = any(one is not None for one in others)
    if path not in PATHS:
        raise ArtengineError(f'There is no path "{path}".', f"{nearest(path, PATHS)} There are {', '.join(PATHS)}.".strip())
    if frames < 2:
        raise ArtengineError(f"--frames {frames} is too few.", "Give 2 or more.")
    if path == "noiseloop" and (len(others) > 1 or loop):
        raise ArtengineError("--path noiseloop goes round by itself, through two points.", "Leave --via and --loop out.")
    if corners and not grid:
        raise ArtengineError("--corners are those of a --grid, which is not asked for.", "Add --grid 8x8, say.")
    if grid and (more or attribute or path == "noiseloop"):
        raise ArtengineError("--grid lies between four --corners.", "Leave --to, --via, --attribute and noiseloop out.")
    if grid and corners and len(corners) != 4:
        raise ArtengineError(f"--corners names {len(corners)} of four.",
                             "Give A,B,C,D: top left, top right, bottom left, bottom right.")
    if grid and not (min(grid) >= 2 and grid[0] * grid[1] <= LARGEST_GRID):
        raise ArtengineError(f"--grid {grid[0]}x{grid[1]} cannot be.",
                             f"Give 2 or more each way, and {LARGEST_GRID} works at most.")
    if attribute and (more or path == "noiseloop"):
        raise ArtengineError("--attribute walks along one direction through --from.", "Leave --to, --via and --path out.")
    if attribute and not (np.isfinite(amount) and amount):
        raise ArtengineError(f"--amount {amount:g} leads nowhere.", "Give a number of standard deviations, such as 2 or -2.")


def _following(first: Any, many: int, flag: str) -> list[int]:
    """The seeds after the first one."""
    with suppress(ValueError, TypeError):
        return [max(0, int(first)) + 1 + i for i in range(many)]  # a negative one is refused by whoever takes it
    raise ArtengineError(f"{flag} is missing.", "Where the first point is a file, name the others too.")


def _steered(space: Space, studio: Studio, base: Point, attribute: str, amount: float, corpus: str | Path | None,
             corpus_options: Mapping[str, Any] | None, progress: Stages | None) -> tuple[tuple[Point, Point], float]:
    """The ends of a walk along an attribute."""
    from artengine import corpus as corpora  # with the learning of directions, only for those who steer
    from artengine.steering import direction

    if progress:
        progress.begin("works looked at")
    works = None
    if corpus is not None:
        part, _ = corpora.located(corpus, space.part.medium)
        works = corpora.open(corpus, space.part.medium, space.run, corpora.choices(part, corpus_options or {}, studio))
    found = direction(attribute, space, studio, works)
    middle = space.place(base)
    return (packed(middle - amount * found.vector), packed(middle + amount * found.vector)), found.correlation


def _timed(walk: Walk, space: Space, frames: int, even: bool, ease: bool,
           progress: Stages | None) -> tuple[Walk, tuple[float, float] | None]:
    """The walk with the times of its frames, and how uneven its steps were and are."""
    around = walk.loop or walk.path == "noiseloop"
    places = np.stack([space.place(point) for point in walk.points])

    def look(times: np.ndarray) -> np.ndarray:
        space.begin(len(times))
        works = space.decode(walk.at(places, times))
        return np.concatenate([seen([work]) for work in works])  # one at a time: pictures may be large

    times, told = evenness.clock(frames, around), None
    if even:
        if progress:
            progress.begin("frames looked at")
        found = evenness.even(look, frames, around)
        times, told = found.times, (found.before, found.after)
    if ease:
        times = evenness.slowed(times, 1 if walk.path == "noiseloop" else len(places) - (not walk.loop), around)
    return replace(walk, times=tuple(round(float(t), 6) for t in times)), told


def _recipe(space: Space, walk: Walk, seeds: Sequence[int]) -> Recipe:
    package, version = plugins.package_of(space.part.name)
    model = {"name": space.model.name, "sha256": space.model.sha256} if space.model.path else None
    return Recipe(space.part.name, space.part.medium, package, version, next(iter(seeds), 0),
                  options.to_data(space.controls) if space.part.controls else {}, model, walk=walk.to_data(),
                  made_with=recipes.made_with())


def _word(point: Point, given: Any) -> str:
    """A point in the name of a file."""
    named = Path(given).stem if isinstance(given, str | Path) else ""
    plain = "".join(c for c in named if c.isalnum() or c in "-_")[:24]
    return f"seed{point}" if isinstance(point, int) else plain or "work"


def _note(studio: Studio, space: Space, finished: Sequence[Any], run: LocalRun, began: float) -> None:
    """Enter the walk in the catalog, and tell the plugins; what fails here costs no file."""
    import sqlite3  # for its errors

    from artengine.catalog import trouble

    try:
        studio.catalog.rendered(space.part.name, finished, began, verb="interpolate")
    except (sqlite3.Error, OSError, ArtengineError) as failed:
        run.warnings.append(f"{trouble(studio.catalog.path, failed)} The files are kept all the same.")
    with suppress(Exception):
        plugins.manager().hook.artengine_finished(run=run, works=finished, error=None)


def again(recipe: Recipe, space: Space) -> Iterator[Work]:
    """The works that a file with this recipe holds: every frame of a film, or one.

    :raises ArtengineError: where the recipe cannot be followed.
    """
    walk = Walk.from_data(recipe.walk)
    z = walk.latents(space)
    if walk.frame is None:
        return space.decode(z)
    from artengine.spaces import TILE  # with its neighbours, since alone it might be rounded otherwise

    first = walk.frame - walk.frame % TILE
    tile = list(space.decode(z[first:first + TILE]))
    return iter(tile[walk.frame - first:walk.frame - first + 1])
