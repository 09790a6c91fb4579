"""``artengine render --plugin NAME``: make works, with the flags of the generator and the formats asked for."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from artengine.cli.parts import Grid, PartsCommand, Section, chosen, given, part_flags

if TYPE_CHECKING:
    from artengine.api import Part
    from artengine.planning import Job
    from artengine.rendering import Finished
    from artengine.runs import LocalRun

_PART = "artengine.render"  # key in ctx.meta: the generator named


class RenderCommand(PartsCommand):
    """``render`` with the controls of the generator named, and the options of the exporters asked for."""

    def sections(self, ctx: click.Context, args: Sequence[str], helping: bool) -> Iterator[Section]:
        """The generator's controls, then each exporter's options."""
        name = next(given(args, "--plugin"), None) or _studio(ctx).table("render").get("plugin")
        if name is None:
            if not (helping or ctx.resilient_parsing):
                raise _no_plugin()
            return
        from artengine.planning import generator  # needs to know which, so cannot be asked earlier

        part = ctx.meta[_PART] = generator(str(name))
        yield from _sections(part, None if helping else _endings(ctx, part, args))

    def unknown(self, ctx: click.Context, flag: str) -> None:
        """Tell of a flag that belongs to an exporter not asked for."""
        if _PART in ctx.meta:
            _explain(ctx.meta[_PART], flag)

    def more_help(self, ctx: click.Context) -> str:
        """What is not shown here."""
        from artengine import plugins  # only the help page lists them

        if _PART not in ctx.meta:
            names = plugins.find("generator")
            return ("Each generator has controls of its own: artengine render --plugin NAME --help shows them."
                    + (f" Generators: {', '.join(names)}." if names else ""))
        known = {row.name for row in plugins.index(learn=False)}
        new = [entry.name for entry in plugins.entries() if entry.name not in known]
        return (f"New, and not looked at yet: {', '.join(new)}. `artengine plugins` does, and then the options of exporters "
                "among them stand here too." if new else "")


def _endings(ctx: click.Context, part: Part, args: Sequence[str]) -> list[str]:
    """The formats that a command line not parsed yet will write."""
    from artengine.planning import Defaults, Exporters, endings

    known = Exporters(part.medium)
    asked = _split(list(given(args, "--format"))) or [
        ending for value in given(args, "--output") if (ending := Path(value).suffix[1:].lower()) in known]
    return endings(part, asked or Defaults(_studio(ctx), part.name).names("format"), known)


def _sections(part: Part, endings: list[str] | None) -> Iterator[tuple[str, list[click.Option]]]:
    """Flags of the generator, then of each exporter that writes one of *endings* (``None``: of every exporter)."""
    from artengine import options, plugins  # after the engine's own flags are known to be right

    taken: set[str] = set()
    if part.controls:
        flags = options.flags(part.controls)
        taken |= {name for flag in flags for name in flag.opts}
        yield f"Controls of {part.name}", flags
    for listed in plugins.index(learn=False):  # what the endings need is known by now
        if listed.kind != "exporter" or listed.medium != part.medium or listed.error:
            continue
        if endings is not None and not set(endings) & set(listed.formats):
            continue
        exporter = plugins.load(listed.name, "exporter")
        if exporter.options:
            flags = part_flags(exporter, exporter.options, taken)  # the generator's come first
            yield f"Options of the exporter {listed.name} (.{', .'.join(listed.formats)})", flags


def _explain(part: Part, flag: str) -> None:
    """Raise the better error for a flag that belongs to an exporter not asked for."""
    from artengine import options, plugins
    from artengine.errors import ArtengineError

    for name in plugins.find("exporter", medium=part.medium):
        exporter = plugins.load(name, "exporter")
        fields = options.fields(exporter.options) if exporter.options else ()
        if flag.removeprefix("--").removeprefix("no-") in {field.flag for field in fields}:
            raise ArtengineError(f"{flag} is an option of the exporter {name}, which was not asked for.",
                                 f"Add --format {exporter.formats[0]}.")


def _no_plugin() -> Exception:
    from artengine import plugins  # only when something is wrong
    from artengine.errors import ArtengineError

    names = plugins.find("generator")
    return ArtengineError("--plugin is missing.", f"Name a generator: {', '.join(names)}." if names else
                          "No generator is installed; `artengine plugins` shows what is, and what is broken.")


def _studio(ctx: click.Context) -> Any:
    from artengine.cli.common import studio

    return studio(ctx)


@click.command("render", cls=RenderCommand)
@click.option("--plugin", metavar="NAME", help="The generator.")
@click.option("--model", metavar="NAME|FILE", help="A trained model; by default the studio's, else the one that ships.")
@click.option("--seed", type=int, metavar="N", help="Seed of the first work, the next has N+1; by default drawn at random.")
@click.option("--count", type=int, metavar="N", help="Works to make; 1 by default.")
@click.option("--grid", type=Grid(), metavar="CxR", help="One contact sheet of C columns and R rows, for pictures.")
@click.option("--output", metavar="PATH",
              help="Folder, or file name with the ending of a format; by default the studio's works/.")
@click.option("--format", "formats", multiple=True, metavar="A,B",
              help="Formats to write, by ending; by default the plugin's own, .mid for melodies.")
@click.option("--best-of", type=int, metavar="N",
              help="Make N candidates for each work and keep the one the critics like best.")
@click.option("--critic", "critics", multiple=True, metavar="A,B", help="Critics to judge each work.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list in place of the file names.")
@click.pass_context
def command(ctx: click.Context, /, as_json: bool, **given: Any) -> None:
    """Make works from seeds and write them, each with the recipe to make it again.

    Prints the files. The same seed, model and controls give the same works, byte for byte.
    """
    from artengine import rendering  # after the flags are known to be right
    from artengine.runs import Line, LocalRun

    job = _plan(ctx, given)
    line = Line("works" if job.count > 1 else "work")
    run = LocalRun(job.seed, progress=line)
    told: list[Finished] = []

    def done(one: Finished) -> None:
        line.close()
        told.append(one)
        if not as_json:
            _tell(one)

    try:
        rendering.render(job, run, done)
    finally:
        line.close()
        _end(job, run, told, as_json, drawn=given["seed"] is None)


def _plan(ctx: click.Context, given: dict[str, Any]) -> Job:
    from artengine.planning import plan

    place = _studio(ctx)
    source = click.core.ParameterSource.COMMANDLINE
    own = {key: value for key, value in given.items() if ctx.get_parameter_source(key) == source}
    engine = {"plugin", "model", "seed", "count", "output", "formats", "best_of", "critics", "grid"}
    controls = {key: value for key, value in own.items() if key not in engine and ":" not in key}
    return plan(place, given["plugin"] or place.table("render")["plugin"], seed=given["seed"], count=given["count"],
                model=given["model"], output=given["output"], formats=_split(given["formats"]), best_of=given["best_of"],
                critics=_split(given["critics"]), controls=controls, export_options=chosen(ctx, given), grid=given["grid"])


def _split(values: Sequence[str]) -> list[str]:
    return [name.strip() for value in values for name in value.split(",") if name.strip()]


def _tell(one: Finished) -> None:
    import os  # loaded long since

    for path in one.paths:
        click.echo(min(str(path), os.path.relpath(path), key=len))
    if one.judgements:
        of = one.recipe.judgements["of"]
        scores = ", ".join(f"{name} {j.score:.2f}" for name, j in one.judgements.items())
        click.echo(f"  {f'best of {of}: ' if of > 1 else ''}{scores}", err=True)


def _end(job: Job, run: LocalRun, told: Sequence[Finished], as_json: bool, drawn: bool) -> None:
    if as_json:
        from artengine.critics import as_data

        click.echo(json.dumps([{"files": [str(path) for path in one.paths], "seed": one.recipe.seed,
                                "title": getattr(one.work, "title", ""),
                                "judgements": {name: as_data(j) for name, j in one.judgements.items()}}
                               for one in told], indent=1))
    elif drawn and told:
        again = "them" if job.pieces > 1 else "it"
        click.echo(f"Seed {job.seed}, drawn at random; --seed {job.seed} makes {again} again.", err=True)
    for source, reason in run.skipped:
        click.echo(f"Left out {source}: {reason}", err=True)
    for warning in run.warnings:
        click.echo(f"Note: {warning}", err=True)
