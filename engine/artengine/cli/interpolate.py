"""``artengine interpolate``: a walk from one work to another."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import click

from artengine.cli.parts import Grid, PartsCommand, Section, chosen, given, part_flags

if TYPE_CHECKING:
    from artengine.latent import Walked

EPILOG = """\b
Examples, with any generator that has a latent space as NAME:
  artengine interpolate --plugin NAME --from 7 --to 8 --output walk.mp4
  artengine interpolate --plugin NAME --from 7 --via 20 --via 3 --to 11 --path spline --loop --output walk.webp
  artengine interpolate --plugin NAME --from photo.jpg --to 7 --ease
  artengine interpolate --plugin NAME --grid 8x8 --corners 7,20,3,11 --output grid.png
  artengine interpolate --plugin NAME --from 7 --attribute temperature --amount 2
  artengine interpolate --plugin NAME --from 7 --attribute flow --corpus atelier
\b
A walk of pictures is a film; of music and text it is a folder of numbered works. Every file keeps its recipe, which
rerender and verify follow.
\b
--path slerp     along arcs, as far from the middle of the space as its points are
       lerp      straight, past what lies between
       spline    smoothly through all points, without a corner
       noiseloop round through --from and --to, and back; every frame is as likely as any work
"""

_PART = "artengine.interpolate"  # key in ctx.meta: the generator named
_ENGINE = ("plugin", "model", "start", "end", "via", "frames", "path", "ease", "loop", "even", "fps", "grid", "corners",
           "attribute", "amount", "corpus", "output", "formats", "as_json", "quiet")


class InterpolateCommand(PartsCommand):
    """``interpolate`` with the controls of the generator named, and the options of a corpus for its labels."""

    def sections(self, ctx: click.Context, args: Sequence[str], helping: bool) -> Iterator[Section]:
        """The generator's controls, then the corpus' options."""
        name = next(given(args, "--plugin"), None)
        if name is None:
            if not (helping or ctx.resilient_parsing):
                raise _no_plugin()
            return
        from artengine.cli import corpora  # with the plugins, once one is named
        from artengine.planning import generator

        part = ctx.meta[_PART] = generator(name)
        taken = {flag for param in self.params for flag in param.opts}
        if part.controls:
            yield f"Controls of {part.name}", part_flags(part, part.controls, taken)
        corpus = next(given(args, "--corpus"), None)
        if corpus is not None:
            yield from corpora.sections(corpus, part.medium, taken)

    def unknown(self, ctx: click.Context, flag: str) -> None:
        """Tell of a flag that belongs to a corpus not named."""
        if _PART in ctx.meta:
            from artengine.cli import corpora

            corpora.explain(flag, None, ctx.meta[_PART].medium)

    def more_help(self, ctx: click.Context) -> str:
        """Which generators there are to walk with."""
        return "" if _PART in ctx.meta else "With --plugin NAME --help stand the controls of a generator here too."


def _no_plugin() -> Exception:
    from artengine import plugins  # only when something is wrong
    from artengine.errors import ArtengineError

    return ArtengineError("--plugin is missing.",
                          f"Name a generator with a latent space; generators are {', '.join(plugins.find('generator'))}.")


@click.command("interpolate", cls=InterpolateCommand, epilog=EPILOG)
@click.option("--plugin", metavar="NAME", help="The generator, one with a latent space.")
@click.option("--model", metavar="NAME|FILE", help="A trained model; by default the studio's, else the one that ships.")
@click.option("--from", "start", metavar="SEED|FILE", help="Where to begin; by default a seed drawn at random.")
@click.option("--to", "end", metavar="SEED|FILE", help="Where to end; by default the seed after that of --from.")
@click.option("--via", multiple=True, metavar="SEED|FILE", help="A point on the way; repeatable.")
@click.option("--frames", type=int, metavar="N", help="Works on the way; 60 for pictures, else 8.")
@click.option("--path", metavar="WORD", default="slerp", help="slerp, lerp, spline or noiseloop (below); slerp by default.")
@click.option("--ease", is_flag=True, help="Go slowly at every point.")
@click.option("--loop", is_flag=True, help="Come back to the first point, so that a film goes round without a jump.")
@click.option("--even/--no-even", default=True,
              help="Time the frames so that each differs from the last by as much as is seen (the default), or equally.")
@click.option("--fps", type=float, default=30.0, metavar="N", help="Frames a second of a film; 30 by default.")
@click.option("--grid", type=Grid(), metavar="CxR", help="A contact sheet of C columns and R rows, in place of a walk.")
@click.option("--corners", metavar="A,B,C,D",
              help="Its corners, seeds or files: top left, top right, bottom left, bottom right; by default --from and the "
                   "seeds after it.")
@click.option("--attribute", metavar="NAME",
              help="Walk from less to more of NAME, through --from: a critic's name, one of its aspects, or a label (with "
                   "--corpus).")
@click.option("--amount", type=float, default=2.0, metavar="X",
              help="How far, in standard deviations to both sides; 2 by default, negative from more to less.")
@click.option("--corpus", metavar="NAME|PATH", help="Works with labels, for --attribute.")
@click.option("--output", metavar="PATH",
              help="A film (.mp4, .webp, .gif), a new name without an ending for a folder of frames, or a folder that is "
                   "there; by default the studio's works/.")
@click.option("--format", "formats", multiple=True, metavar="A,B",
              help="mp4, webp, gif or frames; of other media their formats.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object in place of the file names.")
@click.option("--quiet", is_flag=True, help="Show no progress, and print nothing but the file names.")
@click.pass_context
def command(ctx: click.Context, /, plugin: str, start: str | None, corners: str | None, formats: Sequence[str],
            as_json: bool, quiet: bool, output: str | None, **flags: Any) -> None:
    """Walk from one work to another, and write what is seen on the way.

    Frames are timed so that each differs from the last by as much as is seen, which equal steps in a network's space do not
    give. Prints the files.
    """
    from artengine import latent  # after the flags are known to be right
    from artengine.cli.common import studio
    from artengine.runs import Stages

    parts = chosen(ctx, flags)
    controls = parts.pop(plugin, {})
    stages = Stages()
    try:
        walked = latent.interpolate(
            plugin, start, controls=controls, corners=_split([corners or ""]), formats=_split(formats), save=output,
            corpus_options=next(iter(parts.values()), None), studio=studio(ctx), progress=None if quiet else stages,
            **{key: value for key, value in flags.items() if key in _ENGINE})
    finally:
        stages.close()
    _tell(walked, as_json, quiet, drawn=start is None and not corners)


def _split(values: Sequence[str]) -> list[str]:
    return [name.strip() for value in values for name in value.split(",") if name.strip()]


def _tell(walked: Walked, as_json: bool, quiet: bool, drawn: bool) -> None:
    import os  # loaded long since

    uneven = walked.unevenness
    if as_json:
        click.echo(json.dumps({"files": [str(path) for path in walked.paths], "works": walked.works,
                               "seeds": list(walked.seeds),
                               "unevenness": dict(zip(("before", "after"), uneven, strict=True)) if uneven else None,
                               "correlation": walked.correlation}, indent=1))
        return
    for path in walked.paths:
        click.echo(min(str(path), os.path.relpath(path), key=len))
    for warning in walked.warnings:
        click.echo(f"Note: {warning}", err=True)
    if quiet:
        return
    if walked.correlation is not None:
        click.echo(f"The direction foretells what works have of it: correlation {walked.correlation:.2f}.", err=True)
    if uneven:
        click.echo(f"The steps seen vary by {uneven[1]:.0%}; equal times would have given {uneven[0]:.0%}.", err=True)
    if drawn and walked.seeds:
        click.echo(f"Seed {walked.seeds[0]}, drawn at random; --from {walked.seeds[0]} makes it again.", err=True)
