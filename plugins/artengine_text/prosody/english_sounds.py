"""Sounds of an English word from its letters: a small network, run in numpy, trained on the CMU Pronouncing Dictionary.

Two layers of LSTM read the letters both ways, and of every letter is told which sounds it says (see ``english_alignment``).
Exactly one vowel of a word is given the primary stress: the one that loses least by it. Sounds are those of the dictionary:
ARPAbet, the vowels with their stress (``0`` none, ``1`` primary, ``2`` secondary).
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path
from typing import Any

Sounds = tuple[str, ...]
WEIGHTS = Path(__file__).with_name("english.safetensors")
ALPHABET = "abcdefghijklmnopqrstuvwxyz"  # numbered from 1 in the network
_TILE = 32  # words at once, always: BLAS rounds otherwise for other shapes, and a word must sound the same beside any
_LONGEST = 64  # letters; nobody speaks the rest


class LetterToSound:
    """The network, read from a file of weights when the first word is asked for."""

    def __init__(self, path: Path = WEIGHTS) -> None:
        self._path = path

    def say(self, spellings: Iterable[str]) -> dict[str, Sounds]:
        """The sounds of each spelling, which has letters from a to z alone and at least one of them."""
        import numpy as np  # not before a word is asked for that no table knows

        groups = defaultdict(list)
        for spelling in spellings:
            groups[min(len(spelling), _LONGEST)].append(spelling)
        said = {}
        for length, group in groups.items():
            for start in range(0, len(group), _TILE):
                tile = group[start : start + _TILE]
                letters = np.zeros((length, _TILE), int)
                letters[:, : len(tile)] = np.array([[ord(c) - 96 for c in word[:length]] for word in tile]).T
                for word, row in zip(tile, self._chunks(letters).T.tolist(), strict=False):
                    said[word] = tuple(sound for chunk in row for sound in self._weights["chunks"][chunk])
        return said

    @cached_property
    def _weights(self) -> dict[str, Any]:
        """Arrays ready for use. Gates stand as input, forget, output, new; the first three are halved (see ``_layer``)."""
        import numpy as np
        from safetensors import safe_open

        with safe_open(self._path, "numpy") as file:
            read = {name: file.get_tensor(name).astype("f4") for name in file.keys()}  # noqa: SIM118 (a file is no dict)
            chunks = [tuple(chunk.split()) for chunk in json.loads(file.metadata()["chunks"])]
        read["first"] = np.einsum("le,deg->dlg", read["letters"], read["in0"]) + read["bias0"][:, None]
        return {**read, "chunks": chunks, "primary": np.array([any("1" in sound for sound in chunk) for chunk in chunks])}

    def _chunks(self, letters: Any) -> Any:
        """The chunk of every letter; *letters* and the result are (length, words)."""
        import numpy as np

        weights = self._weights
        below = _layer(weights["first"][:, letters], weights["again0"])
        inputs = np.matmul(below[None], weights["in1"][:, None]) + weights["bias1"][:, None, None]
        scores = _layer(inputs, weights["again1"]) @ weights["out"] + weights["out_bias"]
        with_stress = np.where(weights["primary"], scores, -np.inf)
        without = np.where(weights["primary"], -np.inf, scores)
        chosen = without.argmax(-1)
        place = (with_stress.max(-1) - without.max(-1)).argmax(0)
        words = np.arange(letters.shape[1])
        chosen[place, words] = with_stress[place, words].argmax(-1)
        return chosen


def _layer(inputs: Any, again: Any) -> Any:
    """Both ways of a layer: *inputs* (2, length, words, 4 units), *again* (2, units, 4 units); (length, words, 2 units)."""
    import numpy as np

    _, length, words, gates = inputs.shape
    units = gates // 4
    hidden = np.zeros((2, words, units), "f4")
    cell = np.zeros((2, words, units), "f4")
    out = np.empty((length, words, 2 * units), "f4")
    step = np.empty((2, words, gates), "f4")
    for i in range(length):
        np.matmul(hidden, again, out=step)
        step[0] += inputs[0, i]
        step[1] += inputs[1, length - 1 - i]
        np.tanh(step, out=step)
        gate = step[..., : 3 * units]  # sigmoid(x) = (1 + tanh(x / 2)) / 2, and x is halved in the weights
        gate *= 0.5
        gate += 0.5
        cell = gate[..., units : 2 * units] * cell + gate[..., :units] * step[..., 3 * units :]
        hidden = gate[..., 2 * units :] * np.tanh(cell)
        out[i, :, :units] = hidden[0]
        out[length - 1 - i, :, units:] = hidden[1]
    return out
