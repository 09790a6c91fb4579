"""Plain tables for the terminal: columns as wide as their widest cell, the last one folded to the window."""

from __future__ import annotations

from collections.abc import Sequence

import click


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """The rows under their heads; columns that are empty throughout are left out."""
    used = [i for i in range(len(heads)) if any(row[i] for row in rows)]
    lines = [[heads[i] for i in used], *([row[i] for i in used] for row in rows)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(used))]
    head, *body = ("  ".join(map(str.ljust, line, widths)).rstrip() for line in lines)
    return "\n".join([click.style(head, dim=True), *body])


def size(number: int) -> str:
    """Bytes as ``3.1 MB``."""
    return f"{number / 1e6:.1f} MB" if number >= 1e5 else f"{number / 1e3:.1f} kB"
