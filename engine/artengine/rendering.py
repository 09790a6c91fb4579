"""Rendering: seeds and controls in, works, files and recipes out."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from artengine import files, options, plugins
from artengine import recipe as recipes
from artengine.errors import ArtengineError, Interrupted
from artengine.recipe import Recipe
from artengine.runs import LocalRun

if TYPE_CHECKING:
    from artengine.api import Critic, Exporter, Judgement, Run
    from artengine.catalog import Recorder
    from artengine.planning import Export, Job
    from artengine.works import Work


@dataclass(frozen=True)
class Finished:
    """A work that was made, and kept where it was to be."""

    work: Work
    paths: tuple[Path, ...]
    """Its files, in the order of the formats asked for, without sidecars; empty where none were asked for."""
    recipe: Recipe
    judgements: Mapping[str, Judgement] = field(default_factory=dict)
    """By critic."""


def render(job: Job, run: LocalRun | None = None, done: Callable[[Finished], None] | None = None) -> list[Finished]:
    """Make the works of *job*, write them, and record them in the studio's catalog.

    A work is on the disk under its name as soon as it is finished; whatever ends the run early, the works before are kept.

    :param done: told of every work once it is kept.
    :raises Interrupted: where the run was asked to stop; its words say how many works are kept.
    :raises ArtengineError: whatever a person can mend.
    """
    from artengine.catalog import Recorder  # with its sqlite3; who plans a rendering need not load it

    finished: list[Finished] = []
    deaf: list[OSError] = []  # of whoever is told of works, and not about the files written here
    recorder = Recorder(job, time.time())
    error: BaseException | None = None

    def keep(one: Finished) -> None:
        finished.append(one)
        active.report(len(finished), job.pieces)
        try:
            if done:
                done(one)
        except OSError as failed:
            deaf.append(failed)
            raise
        recorder.so_far(finished)

    with run or LocalRun(job.seed) as active:
        try:
            _make(job, active, keep)
            if len(finished) < job.pieces:
                raise _short(job, active, len(finished))
        except OSError as failed:
            if failed in deaf or (failed.filename and Path(os.fsdecode(failed.filename)).parent != job.folder):
                error = failed
                raise
            error = _kept(files.explain(failed, job.folder), finished)
            raise error from failed
        except ArtengineError as failed:
            error = failed if isinstance(failed, Interrupted) else _kept(failed, finished)
            raise error from failed.__cause__
        except BaseException as failed:
            error = failed
            raise
        finally:
            _tell(recorder, active, finished, error)
    return finished


def _tell(recorder: Recorder, run: LocalRun, works: Sequence[Finished], error: BaseException | None) -> None:
    """Tell the catalog, then every loaded plugin, that a rendering has ended; what fails here becomes a warning of *run*."""
    try:  # neither a full disk nor a plugin's fault may take the works from whoever waits for them
        recorder.end(works, error)
    except ArtengineError as failed:
        if works:
            run.warnings.append(f"{failed} The works are kept all the same.")
    try:
        plugins.manager().hook.artengine_finished(run=run, works=works, error=error)
    except Exception as failed:
        run.warnings.append(f"A plugin failed when it was told of the works, which are kept: "
                            f"{type(failed).__name__}: {failed}.")


def _short(job: Job, run: Run, made: int) -> ArtengineError:
    if run.stopped():
        what = "nothing was finished" if not made else "it is kept" if made == 1 else "they are kept"
        return Interrupted(
            f"Stopped after {made} of {job.count} works; {what}.",
            f"Go on with --seed {job.seed + made} --count {job.count - made}.")
    package, version = plugins.package_of(job.part.name)
    return ArtengineError(f'"{job.part.name}" of {package} {version} made {made} of {job.count} works and then ended.',
                          f"That is a fault in {package}: tell its author.")


def _kept(error: ArtengineError, finished: Sequence[Finished]) -> ArtengineError:
    """The same error, with how many works were finished before it."""
    if not any(one.paths for one in finished):
        return error
    many = len(finished)
    kept = f"The {many} works finished before are kept." if many > 1 else "The work finished before is kept."
    return ArtengineError(error.wrong, f"{error.advice} {kept}")


def _make(job: Job, run: LocalRun, keep: Callable[[Finished], None]) -> None:
    """Make, choose and write works one after another; *keep* is told of each when it is on the disk."""
    generator = plugins.target(job.part)(job.model, run)
    chosen = _sheet(job, generator, run) if job.grid else _chosen(job, generator, run)
    if not job.exports:
        for work, recipe, judgements in chosen:
            keep(Finished(work, (), recipe, judgements))
        return
    files.folder(job.folder)
    writers = [Writer(export, run) for export in job.exports]
    shelf = files.Shelf(job.folder)
    try:
        for i, (work, recipe, judgements) in enumerate(chosen):
            temps = _write(writers, work, recipe, job.folder)
            shelf.put(temps, _stem(job, work, recipe, i), partial(_named, keep, work, recipe, judgements))
    finally:
        shelf.close()  # also after Ctrl-C or an error: what was made before it is kept, and told of


def _named(keep: Callable[[Finished], None], work: Work, recipe: Recipe, judgements: Mapping[str, Judgement],
           names: Sequence[str]) -> None:
    paths = tuple(Path(name) for name in names if not name.endswith(recipes.SIDECAR))
    keep(Finished(work, paths, recipe, judgements))


def _recipe(job: Job) -> Recipe:
    package, version = plugins.package_of(job.part.name)
    model = {"name": job.model.name, "sha256": job.model.sha256} if job.model.path else None
    return Recipe(job.part.name, job.part.medium, package, version, job.seed,
                  options.to_data(job.controls) if job.part.controls else {}, model, made_with=recipes.made_with())


def _chosen(job: Job, generator: Any, run: LocalRun) -> Iterator[tuple[Work, Recipe, dict[str, Judgement]]]:
    """Works with their recipes; with several candidates each, the one the critics like best."""
    base = _recipe(job)
    critics: dict[str, Critic] = {}
    if job.critics:
        from artengine import critics as judging  # only where there are any

        critics = judging.load(job.critics, job.part.medium, run, job.studio, job.model)
    seeds = [candidate for i in range(job.count) for candidate in candidates(job.seed + i, job.best_of)]
    made = iter(generator.render(job.controls, seeds))
    for i in range(job.count):
        works = list(islice(made, job.best_of))
        if len(works) < job.best_of:
            return  # stopped; a choice among fewer would not be the work of this seed
        best, verdicts = 0, [{}] if not critics else judging.judge(critics, works)
        if critics:
            best = max(range(len(works)), key=lambda k: judging.mean(verdicts[k]))
        recipe = replace(base, seed=seeds[i * job.best_of + best])
        if critics:
            scores = {name: judging.as_data(verdict) for name, verdict in verdicts[best].items()}
            recipe = replace(recipe, judgements={"of": job.best_of, "critics": scores})
        yield works[best], recipe, verdicts[best]
        if run.stopped():
            return


def _sheet(job: Job, generator: Any, run: LocalRun) -> Iterator[tuple[Work, Recipe, dict[str, Judgement]]]:
    """The contact sheet, once all of its works are made."""
    assert job.grid
    made = contact_sheet(_told(generator.render(job.controls, range(job.seed, job.seed + job.count)), job, run), job.grid)
    if made is not None:
        yield made, replace(_recipe(job), grid=list(job.grid)), {}


def _told(works: Iterator[Work], job: Job, run: LocalRun) -> Iterator[Work]:
    """The same works, counted for whoever waits."""
    for i, work in enumerate(works, 1):
        yield work
        run.report(i, job.count)


def contact_sheet(works: Iterator[Any], grid: tuple[int, int]) -> Work | None:
    """Pictures row by row as one; none where there are fewer than cells."""
    from artengine.pictures import sheet  # only pictures have sheets

    found = list(works)
    return sheet(found, grid[0], gap=max(2, found[0].width // 16)) if len(found) == grid[0] * grid[1] else None


def candidates(seed: int, many: int) -> list[int]:
    """Seeds to try for the work of *seed*: itself, then 32-bit ones that depend on it alone."""
    if many == 1:
        return [seed]
    from numpy.random import Philox  # only where there is a choice

    # The second half of the key parts these numbers from any that a generator draws for the same seed.
    return [seed, *(int(n) >> 32 for n in Philox(key=[seed, 0xBE57]).random_raw(many - 1))]


class Writer:
    """An exporter at work: writes a file and, where the format has no room for the recipe, its sidecar."""

    def __init__(self, export: Export, run: Run) -> None:
        self.export = export
        self.exporter: Exporter = plugins.target(export.part)(export.options, run)
        package, version = plugins.package_of(export.part.name)
        self.about = {"name": export.part.name, "format": export.format, "package": package, "version": version,
                      "options": options.to_data(export.options) if export.part.options else {}}

    def write(self, work: Work, recipe: str, folder: Path) -> list[tuple[Path, str]]:
        """Write temporary files in *folder*; returns them with the endings they are to have, the sidecar first."""
        suffix = f".{self.export.format}"
        path = files.temporary(folder, suffix)
        written = [(path, suffix)]
        try:
            self.exporter.write(work, path, recipe)
            if not self.export.part.embeds:
                beside = files.temporary(folder, recipes.SIDECAR)
                written.insert(0, (beside, suffix + recipes.SIDECAR))
                beside.write_text(recipe, "ascii")
        except BaseException:
            for temp, _ in written:
                temp.unlink(missing_ok=True)
            raise
        return written


def _write(writers: Sequence[Writer], work: Work, recipe: Recipe, folder: Path) -> list[tuple[Path, str]]:
    temps: list[tuple[Path, str]] = []
    try:
        for writer in writers:
            temps += writer.write(work, recipe.written_by(writer.about).to_json(), folder)
    except BaseException:
        for temp, _ in temps:
            temp.unlink(missing_ok=True)
        raise
    return temps


def _stem(job: Job, work: Work, recipe: Recipe, i: int) -> str:
    if job.stem:
        return job.stem if job.pieces == 1 else f"{job.stem}-{i + 1:0{len(str(job.count))}d}"
    title = re.sub(r"(?<=\w)[#♯]", " sharp", getattr(work, "title", "").lower())  # F# minor is not F minor
    title = re.sub(r"[\W_]+", "-", title)[:40].strip("-")
    return "-".join(filter(None, (recipe.plugin, title, f"seed{recipe.seed}")))
