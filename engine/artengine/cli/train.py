"""``artengine train``: a model from a corpus."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import click

from artengine.cli.parts import PartsCommand, Section, chosen, given

FLAGS = ("corpus", "steps", "minutes", "device", "precision", "devices", "seed")

EPILOG = """\b
Examples:
  artengine train --plugin melody-rnn --corpus folk --model mine
  artengine train --plugin melody-rnn --corpus ./my-tunes --model mine --minutes 20
  artengine train --plugin melody-rnn --corpus ./my-tunes --model small --set units=64 --set dropout=0.3
  artengine train --plugin NAME --corpus ./my-pictures --help     with the options of that corpus
  artengine train --plugin melody-rnn --model mine --resume
\b
Defaults may be written in the studio's artengine.toml, under [train] for every plugin and [train.PLUGIN] for one,
where the plugin's own options go too; those of a corpus under [corpus.NAME].
"""

_NAMED = "artengine.train"  # key in ctx.meta: (corpus, medium), as far as they are named


class TrainCommand(PartsCommand):
    """``train`` with the options of the corpus named."""

    def sections(self, ctx: click.Context, args: Sequence[str], helping: bool) -> Iterator[Section]:
        """The corpus' options; with ``--help`` and no corpus named, those of all that the plugin could learn from."""
        from artengine import plugins
        from artengine.cli.common import studio
        from artengine.errors import ArtengineError

        place = studio(ctx)
        try:
            plugin = next(given(args, "--plugin"), None) or place.table("train").get("plugin")
            part = plugins.load(plugin, "generator") if plugin else None
            if part is None:
                return
            corpus = self._corpus(args, part.name, place)
            ctx.meta[_NAMED] = corpus, part.medium
            if corpus or helping:
                from artengine.cli import corpora

                yield from corpora.sections(corpus, part.medium, {flag for param in self.params for flag in param.opts})
        except ArtengineError as error:
            ctx.meta[_NAMED] = error  # training says it, once the rest of the line is known to be right

    @staticmethod
    def _corpus(args: Sequence[str], plugin: str, place: Any) -> str | None:
        """The corpus that the line, artengine.toml or the run to be resumed names."""
        written = place.defaults("train", plugin)
        corpus = next(given(args, "--corpus"), None)
        if corpus is None and "--resume" in args:
            import json

            model = next(given(args, "--model"), None) or written.get("model", "")
            try:
                return str(json.loads((place.runs / str(model) / "run.json").read_text("utf-8"))["corpus"])
            except (OSError, ValueError, KeyError):
                return None
        return corpus or written.get("corpus")

    def unknown(self, ctx: click.Context, flag: str) -> None:
        """Tell of a flag that belongs to another corpus, or why there could be none of a corpus at all."""
        from artengine.cli import corpora

        named = ctx.meta.get(_NAMED)
        if isinstance(named, Exception):
            raise named
        if named:
            corpora.explain(flag, *named)


@click.command("train", cls=TrainCommand, epilog=EPILOG)
@click.option("--plugin", metavar="NAME", help="The generator to train.")
@click.option("--corpus", metavar="NAME|PATH", help="What to learn from: a corpus by name, or your own files or folder.")
@click.option("--model", metavar="NAME", help="Name of the model; by default PLUGIN-CORPUS.")
@click.option("--steps", type=int, metavar="N", help="Train this many steps; by default until held-out loss stops falling.")
@click.option("--minutes", type=float, metavar="M", help="Stop after this many minutes; the run can be resumed.")
@click.option("--resume", is_flag=True, help="Go on with the run of that name.")
@click.option("--overwrite", is_flag=True, help="Begin anew in place of a run and model of that name.")
@click.option("--device", metavar="auto|cpu|cuda|mps", help="Where to train; auto takes the quickest there is.")
@click.option("--precision", metavar="32|bf16|16", help="Bits of the numbers calculated with; 32 by default.")
@click.option("--devices", type=int, metavar="N", help="Processes that train together, each on a GPU or a share of the CPU.")
@click.option("--seed", type=int, metavar="N", help="Seed of everything drawn at random; 0 by default.")
@click.option("--set", "settings", multiple=True, metavar="OPTION=VALUE", help="Set an option of the plugin; repeatable.")
@click.option("--quiet", is_flag=True, help="Show no progress.")
@click.pass_context
def command(ctx: click.Context, /, *, plugin: str | None, model: str | None, resume: bool, overwrite: bool,
            settings: tuple[str, ...], quiet: bool, **flags: Any) -> None:
    """Train a generator on a corpus.

    The model goes to models/NAME.safetensors in the studio; checkpoints, metrics and samples on the way to runs/NAME/.
    Ctrl-C saves, and --resume goes on from there.
    """
    from artengine import training
    from artengine.cli.common import studio
    from artengine.errors import ArtengineError

    place = studio(ctx)
    plugin = plugin or place.table("train").get("plugin")
    if plugin is None:
        from artengine import plugins  # only to say what there is

        raise ArtengineError("It is not said what to train.", f"Give --plugin {'|'.join(plugins.find('generator'))}.")
    written = place.defaults("train", plugin)
    if resume:  # it is as it was begun
        written = {name: written[name] for name in ("steps", "minutes", "device") if name in written}
    own = {key: written[key] for key in written if key not in (*FLAGS, "plugin", "model")}
    read = chosen(ctx, flags)
    ours = {name: value if value is not None or name not in written else typed(ctx, name, written[name])
            for name, value in flags.items() if name in FLAGS}
    options = {**own, **parsed(settings)}
    click.echo(training.train(plugin, model=model or written.get("model"), resume=resume, overwrite=overwrite,
                              options=options, corpus_options=next(iter(read.values()), None), studio=place, quiet=quiet,
                              **ours))


def typed(ctx: click.Context, name: str, value: Any) -> Any:
    """A value of artengine.toml as the type of the flag it stands for."""
    from artengine.errors import ArtengineError

    flag = next(p for p in ctx.command.params if p.name == name)
    try:
        return flag.type.convert(value, flag, ctx)
    except click.BadParameter as error:
        raise ArtengineError(f"{name} = {value!r} under [train] in artengine.toml will not do: {error.message}",
                             "Mend that line, or take it out.") from error


def parsed(settings: tuple[str, ...]) -> dict[str, str]:
    """The options given as ``name=value``."""
    from artengine.errors import ArtengineError

    options = {}
    for setting in settings:
        name, equals, value = setting.partition("=")
        if not equals or not name.strip():
            raise ArtengineError(f'--set {setting} is not of the form OPTION=VALUE.', "Write --set units=128, say.")
        options[name.strip().replace("-", "_")] = value
    return options
