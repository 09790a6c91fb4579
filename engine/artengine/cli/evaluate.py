"""``artengine evaluate``: a model's works against a corpus."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

import click

from artengine.cli.parts import PartsCommand, Section, chosen, given, part_flags

EPILOG = """\b
Examples:
  artengine evaluate --plugin melody-rnn --corpus folk --count 100
  artengine evaluate --plugin NAME --model mine --corpus ./my-pictures
  artengine evaluate --plugin NAME --model mine --corpus ./my-pictures --held-out ./others --count 5000
\b
What it tells of pictures: Fréchet and kernel distance, sliced Wasserstein, precision and recall, density and coverage,
beside what two halves of the corpus reach; and whether works are copies of the corpus (a perfect copier has the best
Fréchet distance of all). Of music and text: how much real works surprise the model, and what every critic says of both.
\b
--features eye           what a small network that ships sees: schools, palettes, things, damage
           pixels        colours by place, and textures; quick, the same everywhere, no weights
           FILE.pt       a network in TorchScript, (n, 3, 299, 299) bytes to features, such as an exported Inception
           module:class  a class of another package
\b
Figures compare only where features and counts are the same; the report names them.
"""

_PART = "artengine.evaluate"  # key in ctx.meta: (generator, corpus named)


class EvaluateCommand(PartsCommand):
    """``evaluate`` with the controls of the generator and the options of the corpus."""

    def sections(self, ctx: click.Context, args: Sequence[str], helping: bool) -> Iterator[Section]:
        """The generator's controls, then the corpus' options."""
        name = next(given(args, "--plugin"), None)
        if name is None:
            return
        from artengine.cli import corpora  # with the plugins, once one is named
        from artengine.planning import generator

        part, corpus = generator(name), next(given(args, "--corpus"), None)
        ctx.meta[_PART] = part, corpus
        taken = {flag for param in self.params for flag in param.opts}
        if part.controls:
            yield f"Controls of {part.name}", part_flags(part, part.controls, taken)
        if corpus is not None or helping:
            yield from corpora.sections(corpus, part.medium, taken)

    def unknown(self, ctx: click.Context, flag: str) -> None:
        """Tell of a flag that belongs to another corpus."""
        if _PART in ctx.meta:
            from artengine.cli import corpora

            part, corpus = ctx.meta[_PART]
            corpora.explain(flag, corpus, part.medium)


@click.command("evaluate", cls=EvaluateCommand, epilog=EPILOG)
@click.option("--plugin", metavar="NAME", help="The generator.")
@click.option("--model", metavar="NAME|FILE", help="A trained model; by default the studio's, else the one that ships.")
@click.option("--corpus", metavar="NAME|PATH", help="What the model learnt from, or should be like.")
@click.option("--held-out", metavar="NAME|PATH",
              help="Works like these that it has not learnt from: what it makes is compared with them, and copies are "
                   "looked for in --corpus.")
@click.option("--count", type=int, metavar="N",
              help="Works of each side; by default as many as there are, and 1,000 at most.")
@click.option("--seed", type=int, default=0, metavar="N", help="Seed of the first work made; 0 by default.")
@click.option("--features", default="eye", metavar="NAME",
              help="By what pictures are compared (below); eye by default.")
@click.option("--critic", "critics", multiple=True, metavar="A,B",
              help="Ask these critics of both sides, and no others; none for none. By default all of the medium.")
@click.option("--output", "save", metavar="PATH",
              help="Folder, or a name ending in .json or .html; by default the studio's evaluations/.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON in place of sentences.")
@click.option("--quiet", is_flag=True, help="Show no progress.")
@click.pass_context
def command(ctx: click.Context, /, plugin: str | None, corpus: str | None, critics: Sequence[str], as_json: bool,
            quiet: bool, model: str | None, held_out: str | None, count: int | None, seed: int, features: str,
            save: str | None, **flags: Any) -> None:
    """Measure what a model makes against a corpus: how alike, how varied, and whether it copies.

    Writes a JSON file with every figure, and a page with pictures that needs nothing else.
    """
    from artengine import evaluating, plugins  # after the flags are known to be right
    from artengine.cli.common import studio
    from artengine.errors import ArtengineError
    from artengine.runs import Stages

    if plugin is None:
        raise ArtengineError("--plugin is missing.", f"Name a generator: {', '.join(plugins.find('generator'))}.")
    if corpus is None:
        raise ArtengineError("It is not said what to compare with.", "Give --corpus NAME, or the path of files.")
    parts = chosen(ctx, flags)
    controls = parts.pop(plugin, {})
    names = [name for value in critics for name in value.split(",") if name]
    stages = Stages()
    try:
        report, paths = evaluating.evaluate(
            plugin, corpus, model=model, held_out=held_out, count=count, seed=seed, features=features, save=save,
            critics=None if not names else [] if names == ["none"] else names, controls=controls,
            corpus_options=next(iter(parts.values()), None), studio=studio(ctx), progress=None if quiet else stages)
    finally:
        stages.close()
    if as_json:
        click.echo(json.dumps({**report.data, "files": [str(path) for path in paths]}, indent=1))
        return
    import os  # loaded long since

    for line in report.findings:
        click.echo(line)
    for path in paths:
        click.echo(min(str(path), os.path.relpath(path), key=len))
