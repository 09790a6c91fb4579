"""Plain tables: columns as wide as their widest cell; on a terminal the last one is folded to the window."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import click

NARROW = 24  # columns that a folded cell must have, or else it gets lines of its own


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """The rows under their heads; columns that are empty throughout are left out."""
    used = [i for i in range(len(heads)) if any(row[i] for row in rows)]
    lines = [[heads[i] for i in used], *([row[i] for i in used] for row in rows)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(used))]
    if sum(widths) + 2 * (len(widths) - 1) <= (window := _window()):
        told = ["  ".join(map(str.ljust, line, widths)).rstrip() for line in lines]
    else:
        longest = max((len(word) for line in lines for word in line[-1].split()), default=0)
        told = [_folded(line, widths, window, max(longest, NARROW)) for line in lines]
    return "\n".join([click.style(told[0], dim=True), *told[1:]])


def _window() -> int:
    """Columns to fit into; without end where the output is for another program."""
    if not sys.stdout.isatty():
        return sys.maxsize
    import shutil  # on a terminal only

    return shutil.get_terminal_size().columns


def _folded(line: Sequence[str], widths: Sequence[int], window: int, room: int) -> str:
    """A row that is too wide: its last cell folded at blanks, beside the others where there is *room*, or else below."""
    import textwrap  # as above

    row = "  ".join(map(str.ljust, line[:-1], widths))
    indent = len(row) + 2
    beside = window - indent >= room
    if not beside:
        row, indent = row.rstrip(), 2
    # Paths stay whole, so that they can be copied.
    cell = textwrap.wrap(line[-1], max(window - indent, NARROW), break_long_words=False, break_on_hyphens=False)
    return (row + ("  " if beside else "\n  ") + f"\n{' ' * indent}".join(cell)).rstrip()


def size(number: int) -> str:
    """Bytes as ``3.1 MB``."""
    return f"{number / 1e6:.1f} MB" if number >= 1e5 else f"{number / 1e3:.1f} kB"
