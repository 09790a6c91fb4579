"""``artengine critique FILE…``: what critics think of works, also of works from elsewhere."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from artengine.api import Judgement


@click.command("critique")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE...")
@click.option("--critic", "critics", multiple=True, metavar="NAME", help="Ask only this critic; repeat or join with commas.")
@click.option("--model", metavar="NAME|FILE", help="The model that made the works; by default the one their recipe names.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list.")
@click.pass_context
def command(ctx: click.Context, files: tuple[Path, ...], critics: tuple[str, ...], model: str | None, as_json: bool) -> None:
    """Score works from 0 (poor) to 1 (good) and say why."""
    from artengine import critics as judging
    from artengine.cli.common import studio
    from artengine.errors import ArtengineError

    place = studio(ctx)
    names = [name for group in critics for name in group.split(",") if name]
    given = judging.named_model(model, place) if model else None
    failed: ArtengineError | None = None
    results: list[tuple[str, dict[str, Judgement]]] = []
    for file in files:
        try:
            works = judging.read(file)
        except ArtengineError as error:
            failed = failed or error
            if len(files) > 1:
                click.echo(f"{file}: {error}", err=True)
            continue
        verdicts = judging.critique(works, names, place, given or judging.model_of(file, place))
        for i, (work, verdict) in enumerate(zip(works, verdicts, strict=True)):
            title = str(file) if len(works) == 1 else f"{file} [{getattr(work, 'title', '') or i + 1}]"
            results.append((title, verdict))
            if not as_json:
                _show(title, verdict)
        if len(works) == 1:
            _remember(file, verdicts[0], place)
    if as_json:
        click.echo(json.dumps([{"file": title, "judgements": {name: judging.as_data(j) for name, j in verdict.items()}}
                               for title, verdict in results], indent=1))
    if failed:
        raise failed if len(files) == 1 else ArtengineError("Not every file could be judged.", "The reasons stand above.")


def _show(title: str, verdict: dict[str, Judgement]) -> None:
    click.echo(click.style(title, bold=True))
    width = max(map(len, verdict))
    for name, judgement in verdict.items():
        click.echo(f"  {name:{width}}  {judgement.score:.2f}  {'█' * round(10 * judgement.score):░<10}  "
                   + "  ".join(f"{aspect} {value:.3g}" for aspect, value in judgement.aspects.items()))
        for remark in judgement.remarks:
            click.echo(f"  {'':{width}}        {remark}")


def _remember(file: Path, verdict: dict[str, Judgement], place: object) -> None:
    import sqlite3  # so that its errors can be passed over

    from artengine.errors import ArtengineError
    from artengine.studio import Studio

    assert isinstance(place, Studio)
    if place.catalog.path.exists():
        try:
            place.catalog.judged(file, verdict)
        except (sqlite3.Error, OSError, ArtengineError) as error:
            from artengine.catalog import trouble

            click.echo(f"The judgement was not kept. {trouble(place.catalog.path, error)}", err=True)
