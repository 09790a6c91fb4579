"""A contact sheet of every school: ``python -m artengine_corpora.atelier.sheet docs/images/atelier.png``."""

from __future__ import annotations

import sys
from pathlib import Path

from PIL import Image

from artengine_corpora.atelier.painting import paint

SIDE, GAP, ACROSS = 120, 8, 8
_STEP = 8  # tones are rounded to so many of 256: half the file, and the eye sees no steps in so small a picture
CHOSEN = {"suprematism": (0, 7, 28, 22), "grids": (2, 13, 20, 31), "colour-fields": (9, 25, 11, 16), "flow": (0, 7, 10, 32),
          "mosaic": (7, 14, 31, 12), "circles": (3, 20, 9, 14), "op-art": (0, 13, 17, 33), "ink": (1, 7, 11, 20),
          "cut-outs": (3, 14, 23, 29), "weaving": (0, 16, 25, 9), "contours": (0, 16, 17, 4),
          "constellations": (306, 300, 310, 312)}


def sheet() -> Image.Image:
    """Four pictures of each school, two schools to a row."""
    seeds = [(school, seed) for school, chosen in CHOSEN.items() for seed in chosen]
    step = SIDE + GAP
    made = Image.new("RGB", (ACROSS * step + GAP, len(seeds) // ACROSS * step + GAP), (244, 243, 240))
    for place, (school, seed) in enumerate(seeds):
        row, column = divmod(place, ACROSS)
        made.paste(Image.fromarray(paint(seed, school, SIDE, SIDE).pixels), (GAP + column * step, GAP + row * step))
    return made.point([min(255, (tone + _STEP // 2) // _STEP * _STEP) for tone in range(256)] * 3)


if __name__ == "__main__":
    sheet().save(Path(sys.argv[1]), optimize=True)
