"""How my-part writes a text."""

from __future__ import annotations

from artengine.scaffold.templates.plugin_exporter_text import ExporterOptions
from artengine.works import Text


def encode(work: Text, recipe: str, options: ExporterOptions) -> bytes:
    """*work* as plain text; there is no room for *recipe*, so the engine keeps it in a file beside this one."""
    lines = work.body.splitlines()
    if options.title and work.title:
        lines = [work.title, "", *lines]
    return "".join(f"{' ' * options.indent}{line}".rstrip() + "\n" for line in lines or [""]).encode()


def find_recipe(content: bytes) -> str | None:
    """There is none inside."""
    return None
