"""What words have to do with one another, learnt from which poems they share; and a leaning towards those of a theme.

A word's vector comes from its positive pointwise mutual information with others, by way of singular values (Levy and
Goldberg, "Neural word embedding as implicit matrix factorization", 2014).

Axes: N words with a vector, D dimensions, W words of the lexicon.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import log
from typing import Any

import numpy as np

from artengine.errors import ArtengineError, nearest
from artengine_text.poetry.lexicon import Node, Words
from artengine_text.poetry.verse import Line

DIMENSIONS = 32
MOST, LEAST = 3000, 4  # words with a vector; poems that a word must be in
STRENGTH = 5.0  # logits that the theme's own words are given, until one of them is said
RELATED = 2.0  # and the words next to them in meaning
NEAR = 0.3  # cosine from which on a word has to do with the theme
_WINDOW = 4  # lines that words must share to have to do with one another

Array = np.ndarray


def learn(poems: Iterable[Sequence[Line]], words: Mapping[str, int], weak: frozenset[str]) -> dict[str, Array]:
    """Vectors of the commonest words with a meaning.

    :param words: number of each word of the lexicon, in lower case.
    :returns: ``word`` uint16 (N,) their numbers; ``vectors`` int8 (N, D), of length 127.
    """
    places: list[set[int]] = []
    for lines in poems:
        for first in range(0, len(lines), _WINDOW):
            said = {word.lower() for line in lines[first:first + _WINDOW] for word in line.words}
            places.append({words[word] for word in said - weak if word in words})
    counts = np.bincount([number for place in places for number in place], minlength=max(words.values(), default=0) + 1)
    chosen = np.argsort(-counts, kind="stable")[:MOST]
    chosen = np.sort(chosen[(counts[chosen] >= LEAST) & (counts[chosen] < 0.2 * len(places))])
    if len(chosen) < 2 * DIMENSIONS:
        return {"word": np.zeros(0, np.uint16), "vectors": np.zeros((0, DIMENSIONS), np.int8)}
    index = {number: i for i, number in enumerate(chosen.tolist())}
    shared = np.zeros((len(chosen), len(chosen)), np.float32)
    for place in places:
        here = [index[number] for number in place if number in index]
        shared[np.ix_(here, here)] += 1
    np.fill_diagonal(shared, 0)
    total = shared.sum(1) ** 0.75 + 1
    information = np.log(np.maximum(shared * total.sum() / np.outer(total, shared.sum(1) + 1), 1))
    vectors = _projected(information.astype(np.float32))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True) + 1e-9
    return {"word": chosen.astype(np.uint16), "vectors": np.round(127 * vectors).astype(np.int8)}


def _projected(matrix: Array) -> Array:
    """The greatest singular vectors, weighed by the roots of their values; by subspace iteration.  (N, N) -> (N, D)"""
    basis = np.random.Generator(np.random.Philox(0)).standard_normal((len(matrix), DIMENSIONS + 8)).astype(np.float32)
    for _ in range(6):
        basis, _ = np.linalg.qr(matrix @ (matrix.T @ basis))
    u, s, _ = np.linalg.svd(basis.T @ matrix, full_matrices=False)
    return np.asarray((basis @ u)[:, :DIMENSIONS] * np.sqrt(s[:DIMENSIONS]))


class Theme:
    """How much each word is wished for.

    :param wanted: the words of the theme.
    :param arrays: as from :func:`learn`.
    :raises ArtengineError: where the model knows none of them.
    """

    def __init__(self, wanted: Sequence[str], arrays: Mapping[str, Array], numbers: Mapping[str, int]) -> None:
        found = {word: number for word in wanted for number in [_number(word, numbers)] if number >= 0}
        self.unknown = [word for word in wanted if word not in found]
        """Words of the theme that the model does not know."""
        if not found:
            raise ArtengineError(f'The model knows none of the words of the theme: {", ".join(wanted)}.',
                                 nearest(wanted[0].lower(), list(numbers)) or "Ask for commoner words.")
        self.words = frozenset(found.values())
        size = max(numbers.values()) + 1
        self._wish = np.zeros(size, np.float32)
        own = np.flatnonzero(np.isin(arrays["word"], list(self.words)))
        if len(own):
            vectors = arrays["vectors"].astype(np.float32) / 127
            near = (vectors @ vectors[own].T).max(1)
            self._wish[arrays["word"]] = RELATED * np.maximum(near - NEAR, 0) / (1 - NEAR)
        self._known: dict[tuple[int, bool], Array] = {}

    def below(self, words: Words, node: Node, said: bool) -> tuple[Array, float]:
        """What the words below each child of *node* are given on average, and below the node itself; as ``Words.children``.

        :param said: a word of the theme has been said lately: only its neighbours are wished for.
        """
        sums = self._sums(words, said)
        _, starts, stops = words.children(node)
        first, last, _ = node
        return np.log((sums[stops] - sums[starts]) / (stops - starts)), log((sums[last] - sums[first]) / (last - first))

    def _sums(self, words: Words, said: bool) -> Array:
        """Of what each word is given, as a factor, the sum before each row.  (W + 1,)"""
        key = id(words), said
        if key not in self._known:
            wish = self._wish[words.word]
            wish[np.isin(words.word, list(self.words))] = 0.0 if said else STRENGTH
            if any(unit[:1] == " " for unit in words.units):  # within a line not the word that begins one
                wish[[unit[1:2].isupper() for unit in words.units]] = 0.0
            self._known[key] = np.concatenate(([0.0], np.cumsum(np.exp(wish))))
        return self._known[key]


def _number(word: str, numbers: Mapping[str, Any]) -> int:
    """Of the word itself, or of the form of it that the model knows."""
    word = word.strip().lower()
    forms = (word, f"{word}s", word.removesuffix("s"), word.removesuffix("es"), f"{word}'s")
    return next((int(numbers[form]) for form in forms if form in numbers), -1)
