"""The program: answers what needs no argument parser at once, and hands everything else to it.

click costs 40 ms, four times a bare ``python -c pass``; so the help of the program is a file that comes with it (made by
:mod:`artengine.cli.helptext`), and ``artengine plugins`` prints its table straight from the index.
"""

from __future__ import annotations

import os
import sys


def main(args: list[str] | None = None) -> int:
    """Run a command line, by default the one the program was started with, and return its exit code."""
    args = sys.argv[1:] if args is None else args
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # decoding multiplies small matrices: more threads make it slower
    try:
        text = None if "_ARTENGINE_COMPLETE" in os.environ else _answer([arg for arg in args if arg != "--debug"])
        if text is not None:
            sys.stdout.write(text)
            sys.stdout.flush()
            return 0
    except (Exception, KeyboardInterrupt) as error:
        from artengine.cli.common import failed  # as any verb's errors are told

        return failed(error, "--debug" in args)
    from artengine.cli.common import run

    return run(args)


def _answer(args: list[str]) -> str | None:
    """What to print for a command line that needs no argument parser; ``None`` for any other."""
    if args in ([], ["--help"], ["-h"]):
        with open(os.path.join(os.path.dirname(__file__), "cli", "help.txt"), encoding="utf-8") as file:
            return file.read()
    if args == ["--version"]:
        from artengine import __version__

        return f"artengine {__version__}\n"
    if args == ["plugins"]:
        from artengine.cli import listing

        return listing.table(listing.rows(), listing.columns())
    return None


if __name__ == "__main__":
    sys.exit(main())
