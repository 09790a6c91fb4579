"""How my-part reads a picture that is drawn with letters.

First a line for every letter, with its colour; then the picture, a letter a pixel::

    . = #102040
    o = #ffe0a0
    ..oo..
    .oooo.
    ..oo..

Lines that are empty or begin with ## are passed over.
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from artengine.errors import ArtengineError
from artengine.scaffold.templates.plugin_corpus_image import CorpusOptions
from artengine.works import Image

FORMATS = ("pix",)
COLOUR = re.compile(r"(\S) = #([0-9a-fA-F]{6})")


def read_file(path: Path, options: CorpusOptions) -> list[Image]:
    """The picture in a file."""
    try:
        content = path.read_text("utf-8")
    except UnicodeDecodeError as error:
        raise ArtengineError("it is no text.", "Save it as UTF-8.") from error
    lines = [line.rstrip() for line in content.splitlines() if line.strip() and not line.startswith("##")]
    colours = {match[1]: tuple(bytes.fromhex(match[2])) for line in lines if (match := COLOUR.fullmatch(line))}
    rows = [line for line in lines if not COLOUR.fullmatch(line)]
    if not rows or len({len(row) for row in rows}) > 1:
        raise ArtengineError("its rows are not of one length.", "Draw all of them equally wide.")
    unknown = sorted(set("".join(rows)) - set(colours))
    if unknown:
        raise ArtengineError(f"the letter {unknown[0]} has no colour.", f"Add a line such as `{unknown[0]} = #8040c0`.")
    pixels = np.array([[colours[letter] for letter in row] for row in rows], np.uint8)  # (H, W, 3)
    n = options.enlarge
    return [Image(pixels.repeat(n, 0).repeat(n, 1), title=path.stem, labels={"source": path.name})]
