"""``artengine verify FILE``: is a file what its recipe says?"""

from __future__ import annotations

import json
from pathlib import Path

import click


@click.command("verify")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_context
def command(ctx: click.Context, file: Path, as_json: bool) -> None:
    """Render FILE again from its recipe and say exact, equivalent or different, and why.

    exact: the same bytes. equivalent: other bytes, the same work. different: neither (exit code 1).
    """
    from artengine.cli.common import studio
    from artengine.rerendering import verify

    found = verify(file, studio(ctx))
    if as_json:
        click.echo(json.dumps({"file": str(file), "verdict": found.verdict, "reasons": list(found.reasons)}))
    else:
        click.echo(f"{found.verdict}: {file}")
        for reason in found.reasons:
            click.echo(f"  {reason}")
    ctx.exit(1 if found.verdict == "different" else 0)
