"""What a symbol is: a letter, a sign, a space or the end of a line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from artengine.scaffold.templates.plugin_generator_text import Controls
from artengine.works import Text

PLACES = 64  # a place is the number of letters before it in its line


def spell(work: Text) -> list[str]:
    """The letters of a text, without the spaces around its lines."""
    return list("\n".join(line.strip() for line in work.body.replace("\0", "").strip().splitlines()) + "\n")


def places(symbols: Sequence[str]) -> list[int]:
    """Where each letter stands in its line."""
    found, column = [], 0
    for symbol in symbols:
        found.append(min(column, PLACES - 1))
        column = 0 if symbol == "\n" else column + 1
    return found


class Line:
    """One text as it is written: knows what may come next, so that lines are neither empty nor too long."""

    NEEDS: ClassVar[tuple[str, ...]] = ("\n",)  # symbols that the alphabet must have whatever the corpus

    def __init__(self, alphabet: Sequence[str], controls: Controls) -> None:
        self.alphabet, self.controls = alphabet, controls
        self.letters = np.array([bool(symbol.strip()) for symbol in alphabet])
        self.spaces = np.array([symbol == " " for symbol in alphabet])
        self.breaks = np.array([symbol == "\n" for symbol in alphabet])
        self.symbols = [0]
        self.written: list[str] = []
        self.column = self.lines = 0

    @property
    def done(self) -> bool:
        """All lines are written."""
        return self.lines >= self.controls.lines

    def fields(self) -> tuple[int, int]:
        """What the network is told: the last symbol and the place of the next."""
        return self.symbols[-1], min(self.column, PLACES - 1)

    def allowed(self) -> np.ndarray:
        """What may come next.  (V,) bool"""
        if self.column >= self.controls.width:
            return self.breaks
        words: np.ndarray = self.letters | self.breaks
        if self.column == 0:  # an empty line parts stanzas, and two of them nothing
            may_part = self.written[-1:] == ["\n"] and self.written[-2:] != ["\n", "\n"]
            return words if may_part or not self.letters.any() else self.letters
        return words if self.written[-1] == " " else words | self.spaces

    def push(self, symbol: int) -> None:
        """Take the next symbol."""
        self.symbols.append(symbol)
        letter = self.alphabet[symbol]
        self.written.append(letter)
        if letter == "\n":
            self.lines += bool(self.column) or not self.letters.any()
            self.column = 0
        else:
            self.column += 1

    def work(self) -> Text:
        """The text, under its first words."""
        body = "\n".join(line.rstrip() for line in "".join(self.written).strip("\n").split("\n"))
        first = body.partition("\n")[0]
        return Text(body, title=" ".join(first.split()[:4]).strip(" ,.;:!?-"))
