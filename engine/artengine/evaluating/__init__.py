"""``evaluate``: a model's works against a corpus. How alike are they as a whole, how varied, and are any of them copies?

:mod:`.features` says by what pictures are compared, :mod:`.distances` and :mod:`.neighbours` hold the formulas,
:mod:`.gathering` takes works in, :mod:`.report` says what the figures mean, :mod:`.page` shows them.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from artengine import corpus as corpora
from artengine import files, models, options, planning, plugins
from artengine import recipe as recipes
from artengine.errors import ArtengineError
from artengine.evaluating.report import Report, findings
from artengine.runs import LocalRun, Stages
from artengine.studio import Studio

if TYPE_CHECKING:
    import numpy as np

    from artengine.api import Part
    from artengine.evaluating.gathering import Gathered
    from artengine.models import Model

USUAL = 1000  # works of each side at most, where nobody says how many
FEWEST = 10
JUDGED = 48  # works of each side that critics are asked about
PAIRS = 12  # made works on the page with their nearest
FORMAT = 1  # of the JSON file


def evaluate(plugin: str, corpus: str | Path, *, model: str | Path | None = None, held_out: str | Path | None = None,
             count: int | None = None, seed: int = 0, features: str = "eye", critics: Sequence[str] | None = None,
             controls: Mapping[str, Any] | None = None, corpus_options: Mapping[str, Any] | None = None,
             save: str | Path | None = None, studio: Studio | str | Path | None = None,
             progress: Stages | None = None) -> tuple[Report, tuple[Path, ...]]:
    """Compare what the generator *plugin* makes with a corpus; returns the report and its files (JSON, and a page).

    :param corpus: what it learnt from, or should be like: a corpus by name, a file or a folder.
    :param held_out: works like these that it has not learnt from; what is made is then compared with them, and only copying
        looked for in *corpus*.
    :param count: works of each side; by default as many as there are, and 1,000 at most.
    :param seed: of the first work made; the next has the next.
    :param features: by what pictures are compared, see :func:`artengine.evaluating.features.load`.
    :param critics: whose opinion to ask of both sides; by default of every critic of the medium, ``()`` for none.
    :param corpus_options: options of *corpus*, and of *held_out* where the same part reads it.
    :param save: a folder, or a name ending in ``.json`` or ``.html``; by default the studio's ``evaluations/``.
    :raises Interrupted: where the run was asked to stop; nothing is written then.
    :raises ArtengineError: whatever else a person can mend.
    """
    place = studio if isinstance(studio, Studio) else Studio.find(studio)
    part = planning.generator(plugin)
    if count is not None and count < FEWEST:
        raise ArtengineError(f"--count {count} is too few.", f"Give {FEWEST} or more.")
    if not 0 <= seed <= planning.LARGEST_SEED - (count or USUAL):
        raise ArtengineError(f"--seed {seed} is out of range.", "Give a whole number from 0 up to 2^63 less the count.")
    chosen = planning.controls_of(place, part, controls or {})
    folder, stem = _where(place, save)
    judge_names = _critics(part, critics)
    if part.medium == "image":
        from artengine.evaluating.features import load  # said now, and not once the works are made

        compared = load(features)
    elif features != "eye":
        raise ArtengineError(f"--features are of pictures, and {plugin} makes {part.medium}.", "Leave it out.")
    else:
        compared = None
    network = models.find(part, model, place, chosen)
    with LocalRun(seed, progress=progress) as run:
        source = _opened(corpus, part, run, corpus_options or {}, place)
        about: dict[str, Any] = {"corpus": _about(source)}
        learnt = _gathered(source, count or USUAL, run, progress)
        about["corpus"]["works"] = learnt.count
        unseen = None
        if held_out is not None:
            other = _opened(held_out, part, run, corpus_options or {}, place)
            about["held_out_corpus"] = _about(other)
            unseen = _gathered(other, count or USUAL, run, progress)
            about["held_out_corpus"]["works"] = unseen.count
        many = count or min(USUAL, len((unseen or learnt).sample))
        made = _made(part, network, chosen, seed, many, run, progress)
        package, version = plugins.package_of(part.name)
        data: dict[str, Any] = {
            "format": FORMAT, "plugin": part.name, "medium": part.medium, "package": package, "version": version,
            "model": {"name": network.name, "sha256": network.sha256, "loss": network.header.get("loss")},
            "controls": options.to_data(chosen) if part.controls else {}, "seeds": [seed, seed + many - 1], "made": many,
            **about, "learnt_from_corpus": _same(network, about["corpus"]), "made_with": recipes.made_with()}
        report = Report(data, [], made.sample, (unseen or learnt).sample)
        if compared is not None:
            _compare(report, compared, learnt, made, unseen)
        _judge(report, judge_names, network, place, run)
        _held_out(report, part, network, run, unseen is not None)
        report.findings = data["findings"] = findings(data)
        return report, _written(report, folder, stem or "-".join(filter(None, (part.name, network.name))))


def _where(studio: Studio, save: str | Path | None) -> tuple[Path, str]:
    """The folder and the stem of the files."""
    if save is None:
        return studio.folder / "evaluations", ""
    path = Path(save).expanduser()
    if path.suffix.lower() in (".json", ".html") and not path.is_dir():
        return path.parent, path.stem
    if path.is_file():
        raise ArtengineError(f'"{path}" is a file, not a folder.', "Give a folder, or a new name ending in .json or .html.")
    return path, ""


def _critics(part: Part, names: Sequence[str] | None) -> list[str] | None:
    """Critics asked for by name, which must be there; ``None`` for whichever can."""
    if names is None:
        return None
    from artengine.critics import critic  # only where there are any

    for name in names:
        critic(name, part.medium)
    return list(names)


def _opened(name: str | Path, part: Part, run: LocalRun, given: Mapping[str, Any], studio: Studio) -> corpora.Opened:
    reader, _ = corpora.located(name, part.medium)
    fields = {field.name for field in options.fields(reader.options)} if reader.options else set()
    fitting = {key: value for key, value in given.items() if key.replace("-", "_") in fields or not fields}
    return corpora.open(name, part.medium, run, corpora.choices(reader, fitting, studio))


def _about(source: corpora.Opened) -> dict[str, Any]:
    chosen = options.to_data(source.options) if source.options is not None else {}
    return {"name": source.name, "part": source.part.name, "fingerprint": source.fingerprint(), "licence": source.licence,
            "options": chosen}


def _gathered(source: corpora.Opened, sample: int, run: LocalRun, progress: Stages | None) -> Gathered:
    from artengine.evaluating.gathering import gather  # with numpy, once everything asked for is there

    if progress:
        progress.begin("files of the corpus")
    found = gather(source, sample, run)
    if found.count < FEWEST:
        why = f": {corpora.reasons(run.skipped)}" if run.skipped else ""
        raise ArtengineError(f'The corpus "{source.name}" has {found.count} works that can be read{why}.',
                             f"At least {FEWEST} are needed to compare with.")
    return found


def _made(part: Part, model: Model, controls: Any, seed: int, count: int, run: LocalRun,
          progress: Stages | None) -> Gathered:
    from artengine.evaluating.gathering import counted, gather

    if progress:
        progress.begin("works made")
    generator = plugins.target(part)(model, run)
    found = gather(counted(generator.render(controls, range(seed, seed + count)), run, count), count, run)
    if found.count < count:
        package, version = plugins.package_of(part.name)
        raise ArtengineError(f'"{part.name}" of {package} {version} made {found.count} of {count} works and then ended.',
                             f"That is a fault in {package}: tell its author.")
    return found


def _same(model: Model, about: Mapping[str, Any]) -> bool | None:
    """The model learnt from this very corpus; ``None`` where its file does not say."""
    was = (model.header.get("corpus") or {}).get("fingerprint")
    return None if was is None else was == about["fingerprint"]


def _compare(report: Report, features: Any, learnt: Gathered, made: Gathered, unseen: Gathered | None) -> None:
    """Distributions and copies, of pictures."""
    import numpy as np

    from artengine.evaluating.neighbours import memory

    real = features.of((unseen or learnt).sample)
    own = features.of(made.sample)
    half = np.random.Generator(np.random.Philox(1)).permutation(len(real))
    floor: dict[str, Any] = {}
    spread = _distribution(real, own, features.standardised)
    if len(real) >= 2 * FEWEST:
        a, b = real[half[::2]], real[half[1::2]]
        floor = _distribution(a, b, features.standardised)
        spread["fid_at_half"] = _fid(a, own[:len(b)], features.standardised)  # whose counts are those of the floor
    report.data["features"] = {"name": features.name, "dimensions": int(real.shape[1]),
                               "standardised": features.standardised}
    report.data["distribution"] = {"made": spread, "floor": floor}
    variants = made.variants()
    found = memory(variants, learnt.variants(), unseen.variants() if unseen else None)
    report.data["memorisation"] = {"ratio": found.ratio, "copies": found.copies, "flips": True, "sureness": found.sureness,
                                   "copies_elsewhere": found.copies_elsewhere, "looked_through": len(learnt.small)}
    for i in np.argsort(found.distance, kind="stable")[:PAIRS]:
        report.pairs.append((made.thumbs[i], learnt.thumbs[found.nearest[i]], float(found.distance[i])))


def _distribution(real: np.ndarray, made: np.ndarray, standard: bool) -> dict[str, Any]:
    from artengine.evaluating import distances, neighbours

    a, b = distances.standardised(real, made)
    x, y = (a, b) if standard else (real.astype(float), made.astype(float))
    kid, deviation = distances.kernel(a, b)
    precision, recall = neighbours.precision_recall(x, y)
    density, coverage = neighbours.density_coverage(x, y)
    return {"fid": _fid(real, made, standard), "kid": kid, "kid_deviation": deviation,
            "sliced_wasserstein": distances.sliced_wasserstein(a, b), "precision": precision, "recall": recall,
            "density": density, "coverage": coverage, "count": len(made), "real": len(real)}


def _fid(real: np.ndarray, made: np.ndarray, standard: bool) -> float:
    from artengine.evaluating import distances

    return distances.frechet(*(distances.standardised(real, made) if standard else (real, made)))


def _judge(report: Report, names: Sequence[str] | None, model: Model, studio: Studio, run: LocalRun) -> None:
    """What critics think of the made and of the real, on average."""
    from artengine import critics as judging

    left_out: dict[str, str] = {}
    told: dict[str, Any] = {}
    for name in plugins.find("critic", medium=report.data["medium"]) if names is None else names:
        try:
            loaded = judging.load([name], report.data["medium"], run, studio, model)
        except ArtengineError as error:
            if names is not None:
                raise
            left_out[name] = error.wrong
            continue
        told[name] = {side: _mean([j[name] for j in judging.judge(loaded, works[:JUDGED])])
                      for side, works in (("made", report.made), ("real", report.real))}
    report.data["critics"], report.data["critics_left_out"] = told, left_out


def _mean(judgements: Sequence[Any]) -> dict[str, Any]:
    names = {name for one in judgements for name in one.aspects}
    aspects = {name: math.fsum(values) / len(values) for name in sorted(names)
               if (values := [one.aspects[name] for one in judgements if name in one.aspects])}
    score = math.fsum(one.score for one in judgements) / len(judgements)
    return {"score": score, "works": len(judgements), "aspects": aspects}


def _held_out(report: Report, part: Part, model: Model, run: LocalRun, unseen: bool) -> None:
    """How surprised the model is by real works, of generators that can ``score(works)``: (nats, units) of each."""
    generator = plugins.target(part)(model, run)
    if not callable(getattr(generator, "score", None)):
        return
    scored = [(nats, units) for nats, units in generator.score(report.real) if units and math.isfinite(nats)]
    if scored:
        units = sum(units for _, units in scored)
        report.data["held_out"] = {"nats_per_unit": math.fsum(nats for nats, _ in scored) / units, "units": units,
                                   "readable": len(scored), "works": len(report.real), "unseen": unseen}


def _written(report: Report, folder: Path, stem: str) -> tuple[Path, ...]:
    from artengine.evaluating.page import html

    names: list[str] = []
    try:
        files.folder(folder)
        temps = []
        for suffix, text in ((".json", json.dumps(_plain(report.data), indent=1, sort_keys=True)), (".html", html(report))):
            temp = files.temporary(folder, suffix)
            temps.append((temp, suffix))
            temp.write_text(text, "utf-8")
        shelf = files.Shelf(folder)
        shelf.put(temps, stem, names.extend)
        shelf.close()
    except OSError as error:
        raise files.explain(error, folder) from error
    return tuple(Path(name) for name in names)


def _plain(value: Any) -> Any:
    """Plain data that is JSON everywhere: a number that is none becomes null."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
