"""Makes the lexicon of models of verse anew, in place, where the readings of their language have changed.

    python -m artengine_text.poetry.recipe_lexicon MODEL.safetensors …

The words stay what they are, in their order, with their symbols and numbers, and so does the network; beats, rhymes and what
sounds alike are read anew.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import safe_open
from safetensors.numpy import save

from artengine import files
from artengine.models import read_header
from artengine_text.poetry.lexicon import heard
from artengine_text.poetry.tokens import Tokens
from artengine_text.prosody.base import prosody_for


def renew(path: Path) -> int:
    """Rewrite a model's lexicon.

    :returns: how many words changed in beats or rhyme.
    """
    header = read_header(path)
    tokens = Tokens.from_data(header["tokens"])
    with safe_open(path, "numpy") as file:
        metadata, arrays = file.metadata(), {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    own = {name[8:]: array for name, array in arrays.items() if name.startswith("lexicon.")}
    ends = np.cumsum(own["lengths"], dtype=np.int64)
    units = [tokens.decode(symbols.tolist()) for symbols in np.split(own["symbols"], ends[:-1])]
    prosody = prosody_for(header["language"])
    prosody.prepare(sorted({unit.strip() for unit in units}))
    new = heard(units, own["flags"], prosody)
    if not np.array_equal(new["word"], own["word"]):
        raise ValueError(f"the words of {path} would be numbered otherwise")
    arrays |= {f"lexicon.{name}": np.ascontiguousarray(array) for name, array in new.items()}
    with files.replacing(path) as temp:
        temp.write_bytes(save(arrays, metadata))
    return sum(a != b for a, b in zip(_read(own), _read(new), strict=True))


def _read(lexicon: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Beats and rhyme of each word."""
    kinds, rhymes = (bytes(lexicon[name]).decode().split("\n") for name in ("kinds", "rhymes"))
    return [(kinds[kind], ["", *rhymes][rhyme]) for kind, rhyme in zip(lexicon["kind"], lexicon["rhyme"], strict=True)]


if __name__ == "__main__":
    for name in sys.argv[1:]:
        print(f"{name}: {renew(Path(name))} words read otherwise")
