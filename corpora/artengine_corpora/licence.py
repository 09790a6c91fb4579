"""What a folder of files says of its licence."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

_NAMES = ("LICENSE", "LICENSE.txt", "LICENSE.md", "license.txt", "LICENCE", "LICENCE.txt", "licence.txt", "COPYING")


def stated(folder: Path) -> str:
    """The first line of a licence file in *folder*, else ``as the files' owner states``."""
    for name in _NAMES:
        with suppress(OSError):
            text = (folder / name).read_text(encoding="utf-8", errors="replace")
            line = next((line.strip("#-= \t") for line in text.splitlines() if line.strip("#-= \t")), "")
            if line:
                return f"{line[:100]} (see {name} in the corpus folder)"
    return "as the files' owner states"
