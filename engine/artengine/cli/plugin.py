"""``artengine plugin new``: a project to begin a plugin of one's own from."""

from __future__ import annotations

from pathlib import Path

import click

from artengine.api import KINDS, MEDIA

EPILOG = """\b
Examples:
  artengine plugin new night-tunes --kind generator --medium music
  artengine plugin new calm --kind critic --medium image --output ~/src/calm
\b
What each kind does:
  generator  makes works from seeds; the one that is written can be trained, and shows or sounds something
  critic     gives works a score from 0 to 1, and says why
  corpus     reads works from files, for generators to learn from
  exporter   writes works in a file format
"""


@click.group("plugin")
def command() -> None:
    """Begin a plugin of your own: artengine plugin new NAME.

    (`artengine plugins` lists those that are installed, `artengine check NAME` tells what one gets wrong.)
    """


@command.command("new", epilog=EPILOG)
@click.argument("name")
@click.option("--kind", type=click.Choice(KINDS), required=True, help="What the part does.")
@click.option("--medium", type=click.Choice(MEDIA), required=True, help="What its works are.")
@click.option("--output", type=click.Path(path_type=Path), metavar="DIR", help="Folder to make; by default ./NAME.")
def new(name: str, kind: str, medium: str, output: Path | None) -> None:
    """Write a complete, installable project of one part into a new folder.

    NAME is the part's name on the command line: lower-case words parted by hyphens. The project has a pyproject.toml, a
    small package, tests that hold the part to everything the engine expects, a README and a licence; its tests pass as it
    is written.
    """
    from artengine import scaffold

    folder = output.expanduser() if output else Path(name)
    files = scaffold.new(name, kind, medium, folder)
    for warning in scaffold.clashes(name):
        click.echo(f"Note: {warning}", err=True)
    names = ", ".join(file.relative_to(folder).as_posix() for file in files)
    click.echo(f"{folder}/ has {len(files)} files: {names}\n\nNext:")
    commands = scaffold.next_commands(name, kind, medium, folder)
    width = max(len(text) for text, _ in commands)
    for text, what in commands:
        click.echo(f"  {text:<{width}}  # {what}")
