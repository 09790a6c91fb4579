"""Sounds of an English word from its letters: a small network, run in numpy, trained on the CMU Pronouncing Dictionary.

Two layers of LSTM read the letters both ways; a third goes from the last letter to the first, as English is stressed from
its end, and says of every letter which sounds it has (see ``english_alignment``), knowing what it said of those after it. Of
the ways to say a word the likeliest that a small beam finds is taken, among those with exactly one primary stress. Sounds
are those of the dictionary: ARPAbet, the vowels with their stress (``0`` none, ``1`` primary, ``2`` secondary).

Axes: L letters, W words, B ways kept, C chunks of sounds, U units of each way of a reading layer, D units of the saying one.
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
BEAMS = 2  # ways kept without a primary stress so far, and as many with one
_TILE = 32  # words at once, always: BLAS rounds otherwise for other shapes, and a word must sound the same beside any
_LONGEST = 64  # letters; nobody speaks the rest


class LetterToSound:
    """The network, read from a file of weights when the first word is asked for.

    :param beams: ways to say a word that are kept from letter to letter, without and with a primary stress each.
    """

    def __init__(self, path: Path = WEIGHTS, beams: int = BEAMS) -> None:
        self._path, self._beams = path, beams

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
                letters[:, : len(tile)] = np.array([[ord(c) - 96 for c in word[:length][::-1]] for word in tile]).T
                for word, row in zip(tile, self._chunks(letters).T.tolist(), strict=False):
                    said[word] = tuple(sound for chunk in reversed(row) for sound in self._weights["chunks"][chunk])
        return said

    @cached_property
    def _weights(self) -> dict[str, Any]:
        """Arrays ready for use; see ``english_network.arrays`` for those of the file."""
        import numpy as np
        from safetensors import safe_open

        from artengine.models import Weights

        read = dict(Weights(self._path))
        with safe_open(self._path, "numpy") as file:
            chunks = [tuple(chunk.split()) for chunk in json.loads(file.metadata()["chunks"])]

        def both(layer: str, part: str) -> Any:
            return np.stack([read[f"{layer}{way}.{part}"].T for way in ("", ".back")])

        units = 2 * read["below.again"].shape[1]
        told = read["saying.in"].T  # what was read, then what was said last
        return {
            "chunks": chunks, "primary": np.array([any("1" in sound for sound in chunk) for chunk in chunks]),
            "first": np.einsum("le,deg->dlg", read["letters"], both("below", "in")) + both("below", "bias")[:, None],
            "again0": both("below", "again"), "in1": both("above", "in"), "bias1": both("above", "bias"),
            "again1": both("above", "again"), "told": np.ascontiguousarray(told[:units]), "told_bias": read["saying.bias"],
            "said": read["said"] @ told[units:], "again": np.ascontiguousarray(read["saying.again"].T),
            "out_read": np.ascontiguousarray(read["out"].T[:units]), "out_said": np.ascontiguousarray(read["out"].T[units:]),
            "out_bias": read["out.bias"],
        }

    def _chunks(self, letters: Any) -> Any:
        """The chunk of every letter, the last letter first.  (L, W) -> (L, W)"""
        import numpy as np

        weights = self._weights
        below = _layer(weights["first"][:, letters], weights["again0"])
        inputs = np.matmul(below[None], weights["in1"][:, None]) + weights["bias1"][:, None, None]
        above = _layer(inputs, weights["again1"])
        told, own = above @ weights["told"] + weights["told_bias"], above @ weights["out_read"] + weights["out_bias"]
        return self._likeliest(told, own)

    def _likeliest(self, told: Any, own: Any) -> Any:
        """The likeliest chunks, of those with one primary stress, that the beam finds.

        :param told: what the letters tell the saying layer.  (L, W, 4 D)
        :param own: what they tell of the chunks at once.  (L, W, C)
        """
        import numpy as np

        weights, beams = self._weights, self._beams
        length, words, chunks = own.shape
        ways, rows = 2 * beams, np.arange(words)[:, None]
        hidden = np.zeros((words * ways, told.shape[2] // 4), "f4")
        cell = np.zeros_like(hidden)
        last = np.full((words, ways), chunks)  # what was said before: nothing
        total = np.full((words, ways), -np.inf, "f4")  # the first half without a primary stress, the second with one
        total[:, 0] = 0
        trail = []
        for i in range(length):
            step = hidden @ weights["again"] + (told[i][:, None] + weights["said"][last]).reshape(words * ways, -1)
            hidden, cell = _cell(step, cell)
            scores = (hidden @ weights["out_said"]).reshape(words, ways, chunks) + own[i][:, None]
            scores -= scores.max(-1, keepdims=True)
            scores += total[:, :, None] - np.log(np.exp(scores).sum(-1, keepdims=True))
            without = np.where(weights["primary"], -np.inf, scores)
            given = np.concatenate([np.where(weights["primary"], scores[:, :beams], -np.inf), without[:, beams:]], 1)
            found = [_top(scored.reshape(words, -1), beams) for scored in (without[:, :beams], given)]
            source, last = np.divmod(np.concatenate([places for places, _ in found], 1), chunks)
            total = np.concatenate([best for _, best in found], 1)
            trail.append((source, last))
            hidden, cell = (x.reshape(words, ways, -1)[rows, source].reshape(words * ways, -1) for x in (hidden, cell))
        said = np.empty((length, words), int)
        way, word = np.full(words, beams), np.arange(words)
        for i in reversed(range(length)):
            source, last = trail[i]
            said[i], way = last[word, way], source[word, way]
        return said


def _top(scores: Any, most: int) -> tuple[Any, Any]:
    """Where the *most* highest of each row stand, and what they are, the highest first."""
    import numpy as np

    places = np.argpartition(-scores, most - 1, 1)[:, :most]
    best = np.take_along_axis(scores, places, 1)
    order = np.argsort(-best, 1, kind="stable")
    return np.take_along_axis(places, order, 1), np.take_along_axis(best, order, 1)


def _layer(inputs: Any, again: Any) -> Any:
    """Both ways of a layer.  (2, L, W, 4 U), (2, U, 4 U) -> (L, W, 2 U)"""
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
        hidden, cell = _cell(step, cell)
        out[i, :, :units] = hidden[0]
        out[length - 1 - i, :, units:] = hidden[1]
    return out


def _cell(step: Any, cell: Any) -> tuple[Any, Any]:
    """One step of an LSTM, in place in *step*: gates of input, forget and output, all halved, and what is new."""
    import numpy as np

    units = step.shape[-1] // 4
    np.tanh(step, out=step)
    gate = step[..., : 3 * units]  # sigmoid(x) = (1 + tanh(x / 2)) / 2
    gate *= 0.5
    gate += 0.5
    cell = gate[..., units : 2 * units] * cell + gate[..., :units] * step[..., 3 * units :]
    return gate[..., 2 * units :] * np.tanh(cell), cell
