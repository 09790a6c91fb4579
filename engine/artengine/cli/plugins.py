"""``artengine plugins``: what is installed, and everything about one part."""

from __future__ import annotations

import json

import click

from artengine.api import KINDS, MEDIA


@click.command("plugins")
@click.argument("name", required=False)
@click.option("--kind", type=click.Choice(KINDS), help="Only parts of this kind.")
@click.option("--medium", type=click.Choice(MEDIA), help="Only parts of this medium.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(name: str | None, kind: str | None, medium: str | None, as_json: bool) -> None:
    """List what is installed by kind and medium, or show the part NAME in full.

    What is broken comes last, with the reason and what to do about it.
    """
    from artengine.cli import listing

    if name:
        from artengine.cli import describing

        click.echo(json.dumps(describing.data(name), indent=2) if as_json else describing.text(name))
        return
    rows = listing.rows(kind, medium)
    if as_json:
        click.echo(json.dumps([row.as_dict() for row in rows], indent=2, ensure_ascii=False))
    else:
        click.echo(listing.table(rows, listing.columns()), nl=False)
