"""One poem as it is decoded: after every symbol it says which may come next, so that its lines keep their plan and it ends.

There is never a dead end: a word is allowed only where the line can be finished after it, and a rhyme is begun only where
the model has words enough to go on with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from artengine_text.poetry import fields as f
from artengine_text.poetry.lexicon import Node
from artengine_text.poetry.rule import Bound, Place
from artengine_text.poetry.tokens import NEWLINE, STANZA, START
from artengine_text.poetry.verse import MARKS

if TYPE_CHECKING:
    from artengine_text.poetry.planning import Book, Verse
    from artengine_text.poetry.theme import Theme

Array = np.ndarray


LATE = 3
"""Beats left in a line in which no new sentence begins."""
FORGOTTEN = 3
"""Lines after which a word of the theme is called for again."""
UNBOUND = -1
"""In place of the rhyme class of a letter that no line has ended on yet."""


class Word(NamedTuple):
    """A word that has been said, before it is known whether more letters follow."""

    text: str
    beats: str
    ends: bool
    """Whether a line may end on it, its beats aside."""
    number: int
    rhyme: int


class PoemLine:
    """A poem on its way; an ``artengine.nn.decoding.Line``.

    :param verses: the plan of each of its lines.
    """

    def __init__(self, book: Book, verses: Sequence[Verse], style: int) -> None:
        self.book, self.verses, self.style = book, verses, style
        self.lines: list[list[str]] = []  # units of the lines so far
        self.last = START
        self.rhymes: dict[str, int] = {}  # the rhyme class of each letter of the scheme
        self.used: list[int] = []  # sounds of the words that lines have ended on
        self.done = False
        self._mask = np.zeros(len(book.tokens), bool)
        self._lean = np.zeros(len(book.tokens), np.float32)
        self._themed = -FORGOTTEN  # the line in which a word of the theme was last said
        self._begin()

    @property
    def passages(self) -> int:
        """Lines that are whole."""
        return len(self.used)

    def copy(self) -> PoemLine:
        """A poem with the same past, which goes its own way from here."""
        other = copy(self)
        other.lines = [*self.lines[:-1], [*self.lines[-1]]]
        other.rhymes, other.used, other._given = {**self.rhymes}, [*self.used], [*self._given]
        return other

    @property
    def given(self) -> list[int]:
        """Symbols that must come next."""
        return [symbol for symbol, _ in self._given]

    @property
    def text(self) -> str:
        """The line on its way, so far."""
        return "".join(self.lines[-1]) + (self._word.text if self._word else "")

    def fields(self) -> Sequence[int]:
        """The last symbol, beats left, lines left in stanza and poem, the rhyme, the style.  (6,)"""
        verse, place = self._verse, self._place
        left = self._bound.left(place) if verse.plan.patterns else verse.beats - place.beats
        told = f.beats_left(left) if verse.plan.patterns or verse.beats else 0
        return self.last, told, *verse.left, self.book.sounds[max(self.rhymes.get(verse.plan.rhyme, 0), 0)], self.style

    def allowed(self) -> Array:
        """What may come next; good until the next call.  (V,) bool"""
        mask = self._mask
        mask[:] = False
        if self._given:
            mask[self._given[0][0]] = True
        elif self._node is None:
            self._follow(self._word, mask)
        else:
            symbols, starts, stops = self._bound.words(self._place).children(self._node)
            sums = self._bound.sums(self._place)
            possible = sums[stops] > sums[starts]
            if symbols[0] == -1:
                if possible[0]:
                    self._follow(self._entry(int(starts[0])), mask)
                symbols, possible = symbols[1:], possible[1:]
            mask[symbols[possible]] = True
        return mask

    def leaning(self) -> Array | None:
        """What is added to the logits for the theme's sake, good until the next call.  (V,)

        Each symbol is given by how much more the words below it are wished for than those below the one before: a word's
        symbols together what the word is given.
        """
        theme = self.book.theme
        if theme is None or self._given:
            return None
        lean, said = self._lean, len(self.lines) - self._themed < FORGOTTEN
        lean[:] = 0
        if self._node is None:
            after = self._bound.after(self._place, self._word.beats) if self._word else self._place
            self._lean_on_first(theme, after, said)
            return lean
        words = self._bound.words(self._place)
        symbols, starts, _ = words.children(self._node)
        heights, top = theme.below(words, self._node, said)
        if symbols[0] == -1:
            lean[:] = heights[0] - top  # whatever follows the word
            self._lean_on_first(theme, self._bound.after(self._place, self._entry(int(starts[0])).beats), said)
            symbols, heights = symbols[1:], heights[1:]
        lean[symbols] = heights - top
        return lean

    def _lean_on_first(self, theme: Theme, place: Place, said: bool) -> None:
        words = self._bound.words(place)
        heights, top = theme.below(words, words.root, said)
        self._lean[words.children(words.root)[0]] += heights - top

    def push(self, symbol: int) -> None:
        """Take the next symbol."""
        self.last = symbol
        if self._given:
            unit = self._given.pop(0)[1]
            if unit is None:
                return
            self._close()
            if symbol in (NEWLINE, STANZA):
                self._finish()
            elif unit in MARKS:
                self.lines[-1].append(unit)
            else:
                self._word = self._named(unit)
            return
        if self._node is not None:
            child = self._below(symbol)
            if child is not None:
                self._node = child
                return
            symbols, starts, _ = self._bound.words(self._place).children(self._node)
            assert symbols[0] == -1, "a word broken off"
            self._word = self._entry(int(starts[0]))
        self._close()
        if symbol in (NEWLINE, STANZA):
            self._finish()
        elif symbol in self.book.marks:
            self.lines[-1].append(self.book.marks[symbol])
            self._node = None
        else:
            self._node = self._bound.words(self._place).root
            self._node = self._below(symbol)
            assert self._node is not None, "a symbol that was not allowed"

    def _begin(self) -> None:
        """Start the next line."""
        i = len(self.lines)
        self._verse = verse = self.verses[i]
        self._place = Place()
        self._word: Word | None = None
        self._final: Word | None = None
        self._node: Node | None = None
        self._given: list[tuple[int, str | None]] = []  # symbols that must come, each unit's first with its text
        self._bound: Bound = self.book.bound(self.verses, i, self.rhymes.get(verse.plan.rhyme, UNBOUND), self.used,
                                            list(self.rhymes.values()))
        units = self.lines[verse.refrain] if verse.refrain >= 0 else verse.opening
        for unit in units:
            symbols = self.book.tokens.encode(unit)
            self._given += [(symbol, unit if n == 0 else None) for n, symbol in enumerate(symbols)]
        if units and (verse.whole or verse.refrain >= 0):
            self._given.append((STANZA if verse.ends_stanza else NEWLINE, ""))
        if not units:
            self._node = self._bound.words(self._place).root
        self.lines.append([])

    def _below(self, symbol: int) -> Node | None:
        symbols, starts, stops = self._bound.words(self._place).children(self._node)  # type: ignore[arg-type]
        at = int(symbols.searchsorted(symbol))
        if at == len(symbols) or symbols[at] != symbol:
            return None
        return int(starts[at]), int(stops[at]), self._node[2] + 1  # type: ignore[index]

    def _entry(self, row: int) -> Word:
        """The word of the lexicon in *row*."""
        words = self._bound.words(self._place)
        ends = self._bound.ends[0 if self._place.words == 0 else 1]
        beats = words.kinds[words.kind[row]]
        return Word(words.text(row), beats, bool(ends[row]), int(words.word[row]), int(words.rhymes[row]))

    def _named(self, unit: str) -> Word:
        """A word that was given: of its readings the one with which the line can go on."""
        readings, number, rhyme = self.book.sounds_of(unit)
        best = max(readings, key=lambda beats: self._hope(self._bound.after(self._place, beats)))
        letter = self._verse.plan.rhyme
        fits = not letter or self.book.rhyming(self.verses, letter, self.rhymes.get(letter, UNBOUND), rhyme)
        return Word(unit, best, fits and unit.strip().lower() not in self.book.prosody.weak, number, rhyme)

    def _hope(self, place: Place) -> int:
        return 2 * self._bound.open(place) + self._bound.complete(place)

    def _follow(self, word: Word | None, mask: Array) -> None:
        """Allow what may follow *word*, or the mark after the last one."""
        bound, verse, book = self._bound, self._verse, self.book
        place = self._place if word is None else bound.after(self._place, word.beats)
        last = word or self._final
        ends = last is not None and last.ends and bound.complete(place)
        if bound.open(place) and (verse.plan.patterns or place.beats < book.longest(verse) or not ends):
            mask[bound.first(place)] = True
            if word:  # no sentence begins so late that it is nothing but the rhyme
                late = 0 < bound.left(place) <= LATE if verse.plan.patterns else False
                mask[book.pauses if late else book.inner] = True
        if ends:
            closing = book.closing(verse)
            if word:
                mask[closing] = True
            closed = not verse.must_close or (word is None and self.last in closing)
            if closed:
                mask[STANZA if verse.ends_stanza else NEWLINE] = True

    def _close(self) -> None:
        """The word is whole."""
        word = self._word
        if word:
            self.lines[-1].append(word.text)
            self._place = self._bound.after(self._place, word.beats)
            self._final, self._word = word, None
            if self.book.theme and word.number in self.book.theme.words:
                self._themed = len(self.lines)

    def _finish(self) -> None:
        """End the line."""
        assert self._final is not None, "a line without words"
        letter = self._verse.plan.rhyme
        if letter:
            self.rhymes.setdefault(letter, self._final.rhyme)
        number = self._final.number
        self.used.append(int(self.book.lexicon.sound[number]) if number >= 0 else number)
        if len(self.lines) == len(self.verses):
            self.done = True
        else:
            self._begin()
