"""Which words may come next in a line, so that it can always still be finished: beats, rhyme and last words as sets.

Words are few in kind (their beats), so what is reachable is worked out over kinds, once for each place in the line, and only
then spread to the words.

Axes: W words, K kinds of beats, P patterns, R rhyme classes.
"""

from __future__ import annotations

from functools import cached_property
from typing import NamedTuple

import numpy as np

from artengine_text.forms.form import MARKS as BEATS_OF
from artengine_text.forms.form import LinePlan
from artengine_text.poetry.lexicon import UNSURE, Lexicon, Words
from artengine_text.poetry.verse import is_cjk

Array = np.ndarray
LONGEST_FREE = 24
"""Beats after which a line of free length is brought to its end."""


class Place(NamedTuple):
    """Where in its line a poem stands between two words."""

    beats: int = 0
    alive: int = -1
    """The patterns the line may still have, a bit each."""
    words: int = 0


class Rule:
    """The words that one line may have; shared by all lines of like plan.

    :param plan: patterns, and what the line begins with where that is a single letter.
    """

    def __init__(self, plan: LinePlan, lexicon: Lexicon) -> None:
        self.patterns = plan.patterns
        self.letter = plan.starts.casefold() if is_letter(plan.starts) else ""
        self.lexicon = lexicon
        self.may_begin = self._may_begin(lexicon.initial)  # (W,) bool
        self._fits: dict[tuple[bool, int, int], Array] = {}

    def _may_begin(self, words: Words) -> Array:
        return np.array([not self.letter or unit.casefold().startswith(self.letter) for unit in words.units], bool)

    def usable(self, words: Words) -> Array:
        """Words that may stand in the line at all.  (W,) bool"""
        return self.may_begin if words is self.lexicon.initial else np.ones(len(words), bool)

    def fits(self, words: Words, pattern: int, beats: int) -> Array:
        """Kinds that fit *pattern* after so many beats.  (K,) bool"""
        key = words is self.lexicon.initial, pattern, beats
        if key not in self._fits:
            asked = self.patterns[pattern]
            self._fits[key] = np.array([_fits(kind, asked[beats:beats + len(kind)]) for kind in words.kinds], bool)
        return self._fits[key]

    @cached_property
    def reached(self) -> list[set[int]]:
        """For each pattern the numbers of beats, above none, that a line can have after whole words."""
        found = []
        initial, middle = self.lexicon.initial, self.lexicon.middle
        begins = np.bincount(initial.kind[self.usable(initial)], minlength=len(initial.kinds)) > 0
        goes = np.bincount(middle.kind[self.usable(middle)], minlength=len(middle.kinds)) > 0
        for p, pattern in enumerate(self.patterns):
            reach = {len(initial.kinds[k]) for k in np.flatnonzero(self.fits(initial, p, 0) & begins)}
            for beats in range(1, len(pattern)):
                if beats in reach:
                    reach |= {beats + len(middle.kinds[k]) for k in np.flatnonzero(self.fits(middle, p, beats) & goes)}
            found.append(reach)
        return found

    @cached_property
    def endings(self) -> tuple[Array, Array]:
        """Words on which a line can end by its beats: those that are all of it, and later ones.  (W,) bool each"""
        initial, middle = self.lexicon.initial, self.lexicon.middle
        alone, later = initial.ends & self.usable(initial), middle.ends & self.usable(middle)
        if not self.patterns:
            return alone, later
        whole, last = np.zeros(len(initial.kinds), bool), np.zeros(len(middle.kinds), bool)
        for p, pattern in enumerate(self.patterns):
            whole |= self.fits(initial, p, 0) & (initial.lengths == len(pattern))
            for k, kind in enumerate(middle.kinds):
                at = len(pattern) - len(kind)
                last[k] |= at in self.reached[p] and bool(self.fits(middle, p, at)[k])
        return alone & whole[initial.kind], later & last[middle.kind]

    @cached_property
    def rhymes(self) -> Array:
        """How many different words the line can end on, by rhyme class.  (R,)"""
        pairs = np.concatenate([np.stack((words.rhymes[ends], words.sound[ends]), 1) for words, ends in
                                zip((self.lexicon.initial, self.lexicon.middle), self.endings, strict=True)])
        counts = np.bincount(np.unique(pairs, axis=0)[:, 0], minlength=len(self.lexicon.rhymes))
        counts[0] = 0
        return counts


def is_letter(starts: str) -> bool:
    """Whether that with which a line starts is a letter, and not a word that it is given."""
    return len(starts) == 1 and starts.isalpha() and not is_cjk(starts)


class Bound:
    """A rule with the words that the line may end on: what may come next at every place.

    :param ends: for the words that may begin a line and the later ones, those it may end on.  (W,) bool each
    """

    def __init__(self, rule: Rule, ends: tuple[Array, Array]) -> None:
        self.rule, self.lexicon = rule, rule.lexicon
        self.ends = ends[0] & rule.usable(self.lexicon.initial), ends[1] & rule.usable(self.lexicon.middle)
        self._usable = rule.usable(self.lexicon.initial), rule.usable(self.lexicon.middle)
        middle = self.lexicon.middle
        self._enders = np.bincount(middle.kind[self.ends[1]], minlength=len(middle.kinds)) > 0  # (K,)
        self._others = np.bincount(middle.kind[self._usable[1]], minlength=len(middle.kinds)) > 0  # (K,)
        self._open = [self._finishable(p) for p in range(len(rule.patterns))]
        self._sums: dict[Place, Array] = {}
        self._first: dict[Place, Array] = {}

    def _finishable(self, p: int) -> Array:
        """After how many beats the line can still be finished by more words.  (length + 1,) bool"""
        length = len(self.rule.patterns[p])
        middle = self.lexicon.middle
        possible = np.zeros(length + 1, bool)
        for beats in range(length - 1, 0, -1):
            after = np.minimum(beats + middle.lengths, length)
            good = np.where(after == length, self._enders, self._others & possible[after])
            possible[beats] = (good & self.rule.fits(middle, p, beats)).any()
        return possible

    def words(self, place: Place) -> Words:
        """The words among which the next one is."""
        return self.lexicon.middle if place.words else self.lexicon.initial

    def sums(self, place: Place) -> Array:
        """Of the words that may stand there, how many are before each row.  (W + 1,)"""
        if place not in self._sums:
            allowed = self._allowed(place)
            sums = np.zeros(len(allowed) + 1, np.int32)
            np.cumsum(allowed, out=sums[1:])
            self._sums[place] = sums
        return self._sums[place]

    def first(self, place: Place) -> Array:
        """First symbols of the words that may stand there."""
        if place not in self._first:
            words, sums = self.words(place), self.sums(place)
            symbols, starts, stops = words.children(words.root)
            self._first[place] = symbols[sums[stops] > sums[starts]]
        return self._first[place]

    def _allowed(self, place: Place) -> Array:
        """The words that may stand there.  (W,) bool"""
        words = self.words(place)
        ends, usable = self.ends[place.words > 0], self._usable[place.words > 0]
        if not self.rule.patterns:
            return ends if place.beats >= LONGEST_FREE else usable
        going, ending = np.zeros(len(words.kinds), bool), np.zeros(len(words.kinds), bool)
        for p, pattern in enumerate(self.rule.patterns):
            if place.alive >> p & 1 and place.beats < len(pattern):
                fit = self.rule.fits(words, p, place.beats)
                after = np.minimum(place.beats + words.lengths, len(pattern))
                ending |= fit & (after == len(pattern))
                going |= fit & (after < len(pattern)) & self._open[p][after]
        return (going[words.kind] & usable) | (ending[words.kind] & ends)

    def after(self, place: Place, kind: str) -> Place:
        """The place after a word of these beats."""
        beats = place.beats + len(kind)
        alive = 0
        for p, pattern in enumerate(self.rule.patterns):
            if place.alive >> p & 1 and _fits(kind, pattern[place.beats:beats]):
                alive |= 1 << p
        return Place(beats, alive, place.words + 1)

    def complete(self, place: Place) -> bool:
        """Whether the beats up to *place* are a whole line."""
        return not self.rule.patterns or any(place.alive >> p & 1 and place.beats == len(pattern)
                                             for p, pattern in enumerate(self.rule.patterns))

    def open(self, place: Place) -> bool:
        """Whether more words can follow, and the line be finished."""
        if not self.rule.patterns:
            return bool(self.ends[1].any())
        return any(place.alive >> p & 1 and place.beats < len(pattern) and self._open[p][place.beats]
                   for p, pattern in enumerate(self.rule.patterns))

    def left(self, place: Place) -> int:
        """Beats left, by the first pattern still alive; 0 where the length is free."""
        for p, pattern in enumerate(self.rule.patterns):
            if place.alive >> p & 1:
                return len(pattern) - place.beats
        return 0


def _fits(kind: str, pattern: str) -> bool:
    """Whether a word's beats are those of the pattern; where its readings differ only any beat will do."""
    return len(kind) == len(pattern) and all(mark == "x" or (beat != UNSURE and beat in BEATS_OF[mark])
                                             for beat, mark in zip(kind, pattern, strict=True))
