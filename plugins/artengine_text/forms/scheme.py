"""Rhyme schemes as they are written: ``ABAB CDCD``, ``ABCB/DEFE``, with refrains ``A1bA2 abA1``."""

from __future__ import annotations

import re
from dataclasses import dataclass

from artengine.errors import ArtengineError
from artengine_text.forms.form import rhyming


@dataclass(frozen=True, slots=True)
class Scheme:
    """A scheme, line by line."""

    letters: tuple[str, ...]
    """The rhyme of each line; empty where it rhymes with no other."""
    refrains: tuple[str, ...]
    breaks: frozenset[int]
    """Indices of the lines that an empty line follows."""
    endless: bool = False
    """It goes on with the same rhymes for as many lines as there are."""

    def filling(self, count: int) -> int:
        """How often it must be gone through for *count* lines; 0 where no number of times fills them."""
        size = len(self.letters)
        return 1 if self.endless else 0 if count % size else count // size

    def over(self, count: int) -> Scheme:
        """The scheme for *count* lines: with new rhymes and a new stanza each time, unless endless; refrains stay."""
        size = len(self.letters)
        if self.endless:
            at = [i % size for i in range(count)]
            return Scheme(tuple(rhyming([self.letters[i] for i in at])), tuple(self.refrains[i] for i in at), frozenset())
        count //= size
        letters = [letter and f"{letter} {turn}" for turn in range(count) for letter in self.letters]
        breaks = {turn * size + at for turn in range(count) for at in (*self.breaks, size - 1)} - {count * size - 1}
        return Scheme(tuple(rhyming(letters)), self.refrains * count, frozenset(breaks))


def parse(text: str) -> Scheme:
    """The scheme that *text* writes: a letter a line, ``-`` or ``X`` for one that need not rhyme, ``/`` at a stanza's end;
    spaces say nothing, case neither, unless digits follow: lines with one capital and number are one line said again.
    A ``+`` at the end: over again with the same rhymes for as many lines as there are.

    :raises ArtengineError: for text that is none.
    """
    lines: list[str] = []
    breaks = set()
    compact = re.sub(r"\s", "", text)
    endless = compact.endswith("+")
    compact = compact.removesuffix("+")
    for mark in re.findall(r"[^\W\d_]\d*|.", compact):
        if mark == "/" and lines:
            breaks.add(len(lines) - 1)
        elif re.fullmatch(r"[A-Za-z]\d*", mark) or mark in "-.*":
            lines.append(mark)
        else:
            raise ArtengineError(f'"{text}" is no rhyme scheme: "{mark}" means nothing in one.',
                                 'Write a letter for each line, the same for those that rhyme: "ABAB"; "-" for a line that '
                                 'need not rhyme, "/" at the end of a stanza.')
    if not lines:
        raise ArtengineError(f'"{text}" is no rhyme scheme: it names no line.', 'Write a letter for each line: "ABAB".')
    letters = ["" if line[0] in "-.*Xx" else line[0].upper() for line in lines]
    refrains = tuple(line if line[0].isupper() and len(line) > 1 else "" for line in lines)
    return Scheme(tuple(letters if endless else rhyming(letters)), refrains, frozenset(breaks - {len(lines) - 1}), endless)


def plain(letters: tuple[str, ...]) -> str:
    """The letters as they are written."""
    return "".join(letter or "-" for letter in letters)
