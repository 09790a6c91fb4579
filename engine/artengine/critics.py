"""Asking critics: finding them, giving them works, and holding them to their word."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from artengine import models, options, plugins
from artengine.errors import ArtengineError, nearest
from artengine.models import Model
from artengine.runs import LocalRun

if TYPE_CHECKING:
    from artengine.api import Critic, Judgement, Part, Run
    from artengine.studio import Studio
    from artengine.works import Work


def load(names: Iterable[str], medium: str, run: Run, studio: Studio, model: Model | None = None,
         lenient: bool = False) -> dict[str, Critic]:
    """Make the critics of these names, with the options under ``[critique.NAME]`` in the studio's artengine.toml.

    :param lenient: go on without those that cannot be made (one that needs a model where there is none), if any can.
    :raises ArtengineError: where one does not exist, judges another medium or cannot be made.
    """
    critics: dict[str, Critic] = {}
    failed: ArtengineError | None = None
    for name in names:
        part = critic(name, medium)
        asked = studio.table("critique", name)
        with studio.told("critique", name):
            choices = options.make(part.options, asked, where="toml") if part.options else None
        try:
            critics[name] = plugins.target(part)(choices, run, model)
        except ArtengineError as error:
            if not lenient:
                raise
            failed = failed or error
    if failed and not critics:
        raise failed
    return critics


def critic(name: str, medium: str) -> Part:
    """The critic of this name.

    :raises ArtengineError: where there is none that judges this medium.
    """
    wrong, here = f'There is no critic "{name}" for {medium}.', any(entry.name == name for entry in plugins.entries())
    if here:
        part = plugins.load(name, "critic")  # which says what is wrong with it
        if part.medium == medium:
            return part
        wrong = f'The critic "{name}" judges {part.medium}, not {medium}.'
    known = plugins.find("critic", medium=medium)
    have = f"Critics of {medium}: {', '.join(known)}." if known else f"No critic of {medium} is installed."
    raise ArtengineError(wrong, f"{'' if here else nearest(name, known)} {have}".strip())


def judge(critics: Mapping[str, Critic], works: Sequence[Work]) -> list[dict[str, Judgement]]:
    """The judgements of each work, by critic.

    :raises ArtengineError: where a critic breaks its contract: a judgement missing, or a score that is not from 0 to 1.
    """
    judged: list[dict[str, Judgement]] = [{} for _ in works]
    for name, critic in critics.items():
        verdicts = list(critic.judge(works))
        if len(verdicts) != len(works):
            raise _broken(name, f"gave {len(verdicts)} judgements of {len(works)} works")
        for one, verdict in zip(judged, verdicts, strict=True):
            if not (math.isfinite(verdict.score) and 0 <= verdict.score <= 1):
                raise _broken(name, f"gave the score {verdict.score}, which is not from 0 to 1")
            one[name] = verdict
    return judged


def _broken(name: str, what: str) -> ArtengineError:
    package, version = plugins.package_of(name)
    return ArtengineError(f'The critic "{name}" of {package} {version} {what}.',
                          f"That is a fault in {package}: tell its author, or go on without --critic {name}.")


def mean(judgements: Mapping[str, Judgement]) -> float:
    """Mean score over the critics."""
    return sum(j.score for j in judgements.values()) / len(judgements)


def readable(ending: str) -> list[str]:
    """Names of the corpus parts that read files of this ending (without the dot)."""
    return plugins.find("corpus", format=ending.lower())


def read(path: Path, run: Run | None = None) -> list[Work]:
    """The works in a file, through the corpus part that reads its format.

    :raises ArtengineError: where the file is missing, of no known format, or nothing in it can be read.
    """
    if not path.exists():
        raise ArtengineError(f'There is no file "{path}".', "Check the path.")
    names = readable(path.suffix.lstrip("."))
    if not names:
        endings = sorted({f".{f}" for one in plugins.index() if one.kind == "corpus" for f in one.formats})
        raise ArtengineError(f'No plugin reads "{path.suffix or path.name}" files.', f"Readable are: {', '.join(endings)}.")
    own = LocalRun()
    part = plugins.load(names[0], "corpus")
    works = list(plugins.target(part)(path, options.make(part.options, {}) if part.options else None, own))
    if not works:
        from artengine.corpus import clause  # only to say what is wrong

        reason = own.skipped[0][1] if own.skipped else "it is empty"
        raise ArtengineError(f'"{path}" cannot be read: {clause(reason)}.',
                             "Give another file, or export it again from the program it came from.")
    for skipped in own.skipped if run else ():
        run.skip(*skipped)  # type: ignore[union-attr]
    return works


def model_of(path: Path, studio: Studio) -> Model | None:
    """The model that made a rendered file, where its recipe names one that is still here."""
    from artengine import recipe as recipes  # only files made here have one

    try:
        _, recipe = recipes.read(path)
        if recipe.model is None:
            return None
        part = plugins.load(recipe.plugin, "generator")
        file = models.by_digest(part, recipe.model["sha256"], studio, recipe.model["name"])
        return Model.load(file, part) if file else None
    except ArtengineError:
        return None  # a file from elsewhere is judged without


def critique(works: Sequence[Work], names: Sequence[str], studio: Studio,
             model: Model | str | Path | None = None) -> list[dict[str, Judgement]]:
    """Judge works of any media; *names* empty means every critic of the medium that can be had.

    :raises ArtengineError: as :func:`load` and :func:`judge` do, and where a medium has no critic at all.
    """
    if isinstance(model, str | Path):
        model = named_model(model, studio)
    judged: list[dict[str, Judgement]] = [{} for _ in works]
    for medium in dict.fromkeys(work.medium for work in works):
        chosen = list(names) or plugins.find("critic", medium=medium)
        if not chosen:
            raise ArtengineError(f"No critic of {medium} is installed.", "`artengine plugins` lists the parts there are.")
        at = [i for i, work in enumerate(works) if work.medium == medium]
        with LocalRun() as run:
            verdicts = judge(load(chosen, medium, run, studio, model, lenient=not names), [works[i] for i in at])
        for i, verdict in zip(at, verdicts, strict=True):
            judged[i] = verdict
    return judged


def named_model(name_or_path: str | Path, studio: Studio) -> Model:
    """A model by name or file alone, of whatever generator made it.

    :raises ArtengineError: as :func:`artengine.models.file` and :meth:`~artengine.models.Model.load` do.
    """
    path = models.file(name_or_path, studio)
    return Model.load(path, plugins.load(models.read_header(path)["part"], "generator"))


def as_data(judgement: Judgement) -> dict[str, Any]:
    """A judgement as plain data."""
    return {"score": judgement.score, "aspects": dict(judgement.aspects), "remarks": list(judgement.remarks)}
