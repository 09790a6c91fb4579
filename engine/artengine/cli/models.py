"""``artengine models``: the trained models there are, and how each came to be."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click


@click.command("models")
@click.argument("name", required=False)
@click.option("--plugin", metavar="NAME", help="Only the models of this generator.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def command(ctx: click.Context, name: str | None, plugin: str | None, as_json: bool) -> None:
    """List the models of the studio and those that ship with plugins; with NAME (or a file), show its model card."""
    from artengine.cli.common import studio
    from artengine.models import read_header

    place = studio(ctx)
    if plugin:
        from artengine.planning import generator

        generator(plugin)  # says so where there is none
    if name:
        path = _path(name, plugin, place)
        header = read_header(path)
        click.echo(json.dumps({"file": str(path), **header}, indent=1) if as_json else card(path, header))
        return
    rows = [row for row in _rows(place) if plugin in (None, row["plugin"])]
    if as_json:
        click.echo(json.dumps(rows, indent=1))
    elif rows:
        from artengine.cli.tables import size, table

        heads = ("model", "plugin", "steps", "held-out loss", "corpus", "licence", "date", "size", "where")
        click.echo(table(heads, [
            [row["model"], row["plugin"] or "?", _number(row["steps"]), _number(row["loss"]), row["corpus"],
             _short(row["licence"]), row["date"], size(row["bytes"]), row["error"] or row["where"]] for row in rows]))
    else:
        click.echo(f"No models{f' of {plugin}' if plugin else ''} yet; train one: "
                   f"artengine train --plugin {plugin or 'NAME'} --corpus PATH --model NAME", err=True)


def _rows(place: Any) -> list[dict[str, Any]]:
    from artengine.errors import ArtengineError
    from artengine.models import listed, read_header

    rows = []
    for name, part, path in listed(place):
        header: dict[str, Any] = {}
        error = ""
        try:
            header = read_header(path)
        except ArtengineError as failed:
            error = failed.wrong
        corpus = header.get("corpus") or {}
        loss = header.get("loss")
        rows.append({
            "model": name, "plugin": part, "steps": header.get("steps"),
            "loss": loss.get("held_out") if isinstance(loss, dict) else loss,
            "corpus": corpus.get("name", ""), "licence": corpus.get("licence", ""),
            "date": str(header.get("date", ""))[:10], "bytes": path.stat().st_size if path.is_file() else 0,
            "where": "studio" if path.parent == place.models else "ships", "file": str(path), "error": error})
    return rows


def _path(name: str, plugin: str | None, place: Any) -> Path:
    from artengine import models

    if plugin:
        from artengine.planning import generator

        path = models.resolve(generator(plugin), name, place)
        assert path is not None  # a name was given
        return path
    return models.file(name, place)


def _short(text: str, most: int = 20) -> str:
    """As much as a column can hold; the model's card has it whole."""
    return text if len(text) <= most else f"{text[:most - 1].rstrip()}…"


def _number(value: Any) -> str:
    if isinstance(value, int):
        return f"{value:,}"
    return "" if value is None else f"{value:.4g}" if isinstance(value, float) else str(value)


def card(path: Path, header: dict[str, Any]) -> str:
    """A model card: everything the header says, a line each; nested values indented, long ones cut."""
    from artengine.cli.tables import size

    lines = [f"{path.stem}: a model of {header['part']} ({header.get('medium', '?')})",
             f"  file: {path} ({size(path.stat().st_size)})"]
    first = ("corpus", "steps", "loss", "date", "versions", "options")
    rest = [key for key in sorted(header) if key not in (*first, "part", "medium", "format")]
    for key in (*first, *rest):
        if key in header:
            lines += _lines(key, header[key], "  ")
    return "\n".join(lines)


def _lines(key: str, value: Any, indent: str) -> list[str]:
    if isinstance(value, dict) and value:
        return [f"{indent}{key}:", *(line for k, v in value.items() for line in _lines(str(k), v, indent + "  "))]
    text = _number(value) if isinstance(value, int | float) and not isinstance(value, bool) else \
        value if isinstance(value, str) else json.dumps(value)
    return [f"{indent}{key}: {text if len(text) <= 200 else text[:180] + f'… ({len(text):,} characters)'}"]
