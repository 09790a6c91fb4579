"""The table of ``artengine plugins``, without an argument parser: it is to be as quick as the index behind it."""

from __future__ import annotations

import os
import sys

from artengine.plugins.cache import Listed, index

HEADINGS = {"generator": "Generators", "critic": "Critics", "corpus": "Corpora", "exporter": "Exporters"}


def rows(kind: str | None = None, medium: str | None = None) -> list[Listed]:
    """What is installed, of a kind and a medium where given; what is broken, and so may be either, too."""
    return [row for row in index(retry=True) if kind in (None, row.kind or kind) and medium in (None, row.medium or medium)]


def table(listed: list[Listed], width: int | None = None) -> str:
    """Parts by kind and medium, each a line of at most *width* columns; then the broken ones with reason and advice."""
    fine = [row for row in listed if not row.error]
    broken = [row for row in listed if row.error]
    names = max((len(row.name) for row in fine), default=0)
    lines: list[str] = []
    last = ("", "")
    for row in fine:
        if row.kind != last[0]:
            lines += ["", HEADINGS[row.kind]]
        if (row.kind, row.medium) != last:
            lines.append(f"  {row.medium}")
        last = row.kind, row.medium
        source = f"{row.package} {row.version}"
        summary = row.summary
        if width is not None:
            summary = _short(summary, max(20, width - names - len(source) - 8))
        lines.append(f"    {row.name:<{names}}  {summary}  ({source})" if width is None else
                     f"    {row.name:<{names}}  {summary:<{max(20, width - names - len(source) - 8)}}  {source}")
    if broken:
        lines += ["", "Broken"]
        for row in broken:
            lines += [f"    {row.name} ({row.package} {row.version})", f"        {row.error}", f"        {row.advice}"]
    if not listed:
        return "Nothing of that kind is installed.\n"
    lines += ["", "`artengine plugins NAME` shows what a part takes and offers."]
    return "\n".join(lines[1:]) + "\n"


def columns() -> int | None:
    """Columns of the terminal; ``None`` where the output is no terminal."""
    try:
        return os.get_terminal_size(sys.stdout.fileno()).columns
    except (OSError, ValueError):
        return None


def _short(text: str, width: int) -> str:
    return text if len(text) <= width else f"{text[:width - 1].rstrip()}…"
