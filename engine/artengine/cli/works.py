"""``artengine works``: what was rendered in this studio."""

from __future__ import annotations

import json
import os
from pathlib import Path

import click


@click.command("works")
@click.option("--plugin", metavar="NAME", help="Only the works of this generator.")
@click.option("--limit", type=click.IntRange(min=1), default=20, show_default=True, metavar="N", help="The newest N.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list.")
@click.pass_context
def command(ctx: click.Context, plugin: str | None, limit: int, as_json: bool) -> None:
    """List the works of the studio, the newest first."""
    import sqlite3  # so that its errors can be told in words

    from artengine.cli.common import studio
    from artengine.errors import ArtengineError

    place = studio(ctx)
    try:
        works = place.catalog.works(plugin, limit)
    except (sqlite3.Error, OSError) as error:
        from artengine.catalog import trouble

        told = trouble(place.catalog.path, error)
        raise ArtengineError(told.wrong, f"{told.advice} The works themselves are unharmed.") from error
    if as_json:
        click.echo(json.dumps(works, indent=1))
    elif works:
        from artengine.cli.tables import table

        click.echo(table(("when", "plugin", "model", "seed", "title", "scores", "files"), [_row(work) for work in works]))
    else:
        if plugin:
            from artengine.planning import generator

            generator(plugin)  # says so where there is none
        which = f" by {plugin}" if plugin else ""
        click.echo(f'No works{which} in "{place.folder}" yet; make one: artengine render --plugin {plugin or "NAME"}',
                   err=True)


def _row(work: dict[str, object]) -> list[str]:
    import time  # costs nothing; only rows have times

    scores = work["scores"]
    files = work["files"]
    assert isinstance(scores, dict)
    assert isinstance(files, list)
    when = time.strftime("%Y-%m-%d %H:%M", time.localtime(float(str(work["created"]))))
    there: list[str] = []
    stem = ""
    for path in files:
        name, ending = os.path.splitext(path)
        there.append((ending if name == stem else _near(Path(path))) + ("" if os.path.exists(path) else " (gone)"))
        stem = name
    return [when, str(work["plugin"]), str(work["model"]), str(work["seed"]), str(work["title"]),
            " ".join(f"{name} {score:.2f}" for name, score in scores.items()), ", ".join(there)]


def _near(path: Path) -> str:
    """The path as seen from here, where that is shorter."""
    return min(str(path), os.path.relpath(path), key=len)
