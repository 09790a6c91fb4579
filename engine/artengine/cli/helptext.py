"""Writes ``help.txt``, the text of ``artengine --help``, so that showing it needs no argument parser.

Run ``python -m artengine.cli.helptext`` (or ``make help-text``) after changing a verb; a test holds the file to it.
"""

from __future__ import annotations

from pathlib import Path

FILE = Path(__file__).with_name("help.txt")


def text() -> str:
    """The help of the top-level command, as click would print it."""
    import click

    from artengine.cli.group import main

    return f"{main.get_help(click.Context(main, info_name='artengine')).rstrip()}\n"


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
