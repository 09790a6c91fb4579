"""``artengine rerender FILE``: the same work again, to the byte."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("rerender")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--output", metavar="PATH",
              help="Folder or file name; by default beside FILE.")
@click.pass_context
def command(ctx: click.Context, file: Path, output: str | None) -> None:
    """Render the work of FILE again from its recipe, to the same bytes, under a new name."""
    from artengine.cli.common import studio
    from artengine.rerendering import rerender

    click.echo(rerender(file, studio(ctx), output))
