"""From what was asked to the plan of each poem: its form, where that is free the shape of a real poem, and how it begins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from artengine.errors import ArtengineError, nearest
from artengine.nn.learning import chance
from artengine_text.forms import Form, LinePlan, resolve
from artengine_text.forms.wish import FormControls
from artengine_text.poetry import fields as f
from artengine_text.poetry.lexicon import Lexicon, Words
from artengine_text.poetry.poem import PoemLine
from artengine_text.poetry.rule import LONGEST_FREE, Bound, Place, Rule, is_letter
from artengine_text.poetry.theme import Theme
from artengine_text.poetry.tokens import Tokens
from artengine_text.poetry.verse import FINAL, MARKS, units_of
from artengine_text.prosody.base import Prosody

Array = np.ndarray
_SPARE = 4
"""Words that a rhyme must have beyond those its lines need, for the poem to have a choice."""
_AGAIN = 1.0
"""Nats a symbol that a line made of words said before loses against others."""
_TWICE = 1.0
"""And for each word that stands twice in a row."""
_FORMS = 1 << 20  # stream of a poem's noise that chooses its shape


@dataclass(frozen=True, slots=True)
class Verse:
    """The plan of one line, in its place in the poem."""

    plan: LinePlan
    left: tuple[int, int]
    """Lines left in the stanza and the poem as the model is told."""
    ends_stanza: bool
    last: bool
    beats: int = 0
    """Beats of a line of free length, where a real poem lent its shape."""
    refrain: int = -1
    """The earlier line that this one repeats."""
    opening: tuple[str, ...] = ()
    """Units that it begins with."""
    whole: bool = False
    """Those are all of it."""
    must_close: bool = False
    """Only a mark that ends a sentence may end it."""


class Book:
    """What all poems of one rendering share.

    :raises ArtengineError: for what cannot be written, with the reason, before a word is drawn.
    """

    def __init__(self, controls: FormControls, header: Mapping[str, Any], tokens: Tokens, lexicon: Lexicon,
                 prosody: Prosody) -> None:
        self.controls, self.header, self.tokens, self.lexicon, self.prosody = controls, header, tokens, lexicon, prosody
        self.form: Form = resolve(controls, prosody)
        self.sounds = [f.rhyme(key) for key in lexicon.rhymes]
        self.marks = {i: piece for i, piece in enumerate(tokens.pieces) if len(piece) == 1 and piece in MARKS}
        self.inner = np.array(list(self.marks), np.intp)
        self.pauses = np.array([i for i, mark in self.marks.items() if mark not in FINAL], np.intp)
        ends = set(header.get("marks", ()))
        self._closing = np.array([i for i, mark in self.marks.items() if mark in ends], np.intp)
        self._final = np.array([i for i, mark in self.marks.items() if mark in FINAL and mark in ends], np.intp)
        self._closes = bool(len(self._final)) and header.get("closes", 0) >= 0.5
        self.theme: Theme | None = None
        self._rules: dict[tuple[object, str], Rule] = {}
        self._bounds: dict[tuple[object, ...], Bound] = {}
        self._shapes: list[list[int]] = header.get("shapes", [])
        self.style = self._style(getattr(controls, "style", ""))
        for lines in {len(variant) * self.form.repeats[1] for variant in self.form.variants}:
            for plan in self.form.plans(lines):
                self._check(plan)

    def _style(self, name: str) -> int:
        styles: list[str] = self.header.get("styles", [])
        if not name:
            return 0
        matching = [i for i, style in enumerate(styles) if name.casefold() in style.casefold()]
        if not matching:
            known = f"It knows {', '.join(styles)}." if styles else "It was trained on one alone; leave --style out."
            raise ArtengineError(f'The model knows no style "{name}"{nearest(name, styles)}.', known)
        return matching[0] + 1

    def poem(self, seed: int) -> PoemLine:
        """The empty poem of *seed*, in the style that was asked for, or that of the real poem that lent it its shape."""
        rng = chance(seed, _FORMS)
        plan = list(self.form.plan(rng))
        stops = [i + 1 for i, line in enumerate(plan) if line.may_end]
        ends = [bool(line.ends_stanza) for line in plan]
        if any(line.patterns for line in plan):
            plan = plan[:[*stops, len(plan)][rng.integers(len(stops) + 1)]]
            style, _ = self._lent([shape for shape in self._shapes if _alike(shape, plan)], rng)
            return PoemLine(self, self._placed(plan, [0] * len(plan), ends), self.style or style)
        lengths = {*stops, len(plan)}
        style, shape = self._lent([shape for shape in self._shapes if len(shape) - 1 in lengths], rng)
        if shape:
            plan = plan[:len(shape)]
            if any(line.ends_stanza is None for line in plan):
                ends = [n < 0 for n in shape]
        elif stops:
            plan = plan[:[*stops, len(plan)][rng.integers(len(stops) + 1)]]
        return PoemLine(self, self._placed(plan, [abs(n) for n in shape], ends), self.style or style)

    def _lent(self, shapes: Sequence[Sequence[int]], rng: np.random.Generator) -> tuple[int, Sequence[int]]:
        """Style and lines of one of them, in the style that was asked for where one is; 0 and none where there are none."""
        ours = [shape for shape in shapes if shape[0] == self.style] if self.style else []
        style, *lines = (ours or shapes)[rng.integers(len(ours or shapes))] if shapes else (0,)
        return style, lines

    def _placed(self, plan: Sequence[LinePlan], beats: Sequence[int], ends: Sequence[bool]) -> list[Verse]:
        verses: list[Verse] = []
        said: dict[str, int] = {}
        stanza = 0
        ends = [*ends[:len(plan) - 1], True]
        for i, line in enumerate(plan):
            stanza = stanza or ends.index(True, i) - i + 1
            starts = line.starts.rstrip("\n")
            last = i + 1 == len(plan)
            verses.append(Verse(line, (f.lines_left(stanza, f.STANZA_LINES), f.lines_left(len(plan) - i, f.POEM_LINES)),
                                ends[i], last, beats[i] if i < len(beats) else 0,
                                said.get(line.refrain, -1) if line.refrain else -1,
                                () if is_letter(starts) else units_of(starts), line.starts.endswith("\n"),
                                self._closes and last))
            if line.refrain:
                said.setdefault(line.refrain, i)
            stanza -= 1
        return verses

    def _check(self, plan: Sequence[LinePlan]) -> None:
        """Refuse what no poem could be."""
        for line in plan:
            rule = self._rule(line)
            if not any(ends.any() for ends in rule.endings):
                what = f"a line of the beats {line.patterns[0]}" if line.patterns else "the end of a line"
                raise ArtengineError(f"The model has no words for {what}.", "Ask for another form, or train on more text.")
            if not rule.may_begin.any():
                raise ArtengineError(f'The model knows no word that begins with "{line.starts}".', "Ask for other letters.")
            if line.rhyme and not self._rhyming(line.rhyme, plan).any():
                raise ArtengineError(f"The model has too few words that rhyme for the {_count(plan, line.rhyme)} lines of "
                                     f'rhyme "{line.rhyme}".', "Ask for a scheme with more rhymes, or train on more text.")
        if any(line.starts and not is_letter(line.starts) for line in plan):
            self._check_given(plan)

    def _check_given(self, plan: Sequence[LinePlan]) -> None:
        """Refuse what cannot go on as it begins."""
        poem = PoemLine(self, self._placed(plan, [0] * len(plan), [bool(line.ends_stanza) for line in plan]), self.style)
        while poem.given:
            text = poem.text
            poem.push(poem.given[0])
            for letter, rhyme in poem.rhymes.items():
                if not self._rhyming(letter, plan)[rhyme]:
                    raise ArtengineError(f'The model knows too few rhymes for the end of "{text}".',
                                         "Begin otherwise, or ask for no rhyme.")
            if not poem.done and not poem.given and not poem.allowed().any():
                raise ArtengineError(f'No line that begins with "{poem.text}" can be finished as the form '
                                     f'"{self.form.name}" asks.', "Begin otherwise, or ask for another form.")

    def _rule(self, plan: LinePlan) -> Rule:
        key = plan.patterns, plan.starts if is_letter(plan.starts) else ""
        if key not in self._rules:
            self._rules[key] = Rule(plan, self.lexicon)
        return self._rules[key]

    def _rhyming(self, letter: str, plan: Sequence[LinePlan]) -> Array:
        """Rhyme classes with words enough for all lines of *letter*.  (R,) bool"""
        counts = np.minimum.reduce([self._rule(line).rhymes for line in plan if line.rhyme == letter])
        need = _count(plan, letter)
        spare = counts >= need + _SPARE
        return spare if spare.any() else counts >= need

    def bound(self, verses: Sequence[Verse], i: int, rhyme: int, used: Sequence[int], taken: Sequence[int] = ()) -> Bound:
        """What line *i* may be, given its rhyme class (negative where it is open) and the words that ended lines before.

        :param taken: rhyme classes of other letters: two letters that rhymed would share words that may run out.
        """
        plan = verses[i].plan
        sound = (plan.rhyme, *sorted(taken)) if rhyme < 0 else (rhyme,)
        key = plan.patterns, plan.starts, plan.rhyme and sound, len(verses), tuple(used)
        if key not in self._bounds:
            if len(self._bounds) > 500:  # a rendering that runs for weeks must not grow
                self._bounds.clear()
            rule = self._rule(plan)
            classes = None
            if plan.rhyme and rhyme < 0:
                classes = self._rhyming(plan.rhyme, [verse.plan for verse in verses])
                others = ~np.isin(np.arange(len(classes)), taken) & classes
                classes = others if others.any() else classes
            for said in (used, ()):  # a word may end two lines only where no other is left that could
                initial, middle = (self._ends(words, plan.rhyme, rhyme, classes, said)
                                   for words in (self.lexicon.initial, self.lexicon.middle))
                self._bounds[key] = bound = Bound(rule, (initial, middle))
                if (rule.patterns or bound.ends[1].any()) and len(bound.first(Place())):
                    break
        return self._bounds[key]

    def _ends(self, words: Words, letter: str, rhyme: int, classes: Array | None, used: Sequence[int]) -> Array:
        """Words that a line may end on.  (W,) bool"""
        ends = words.ends
        if letter:
            ends = ends & ((words.rhymes == rhyme) & (rhyme > 0) if classes is None else classes[words.rhymes])
        fresh = ends & ~np.isin(words.sound, used)
        return fresh if letter or fresh.any() else ends

    def rhyming(self, verses: Sequence[Verse], letter: str, bound: int, rhyme: int) -> bool:
        """Whether a line of *letter*, whose class is bound or not, may end on that class."""
        return rhyme > 0 and (bound == rhyme if bound >= 0 else bool(self._rhyming(letter, [v.plan for v in verses])[rhyme]))

    def worth(self, poem: PoemLine) -> float:
        """What a poem's last line loses of its score for words with a meaning that it says again, in nats a symbol."""
        *before, last = poem.lines[:poem.passages]
        weak = self.prosody.weak
        said = {word for line in before for unit in line for word in (unit.strip().lower(),)}
        new = [word for unit in last for word in (unit.strip().lower(),) if word not in weak and word not in MARKS]
        again = sum(word in said for word in new) + len(new) - len(set(new))
        twice = sum(a.strip().lower() == b.strip().lower() for a, b in pairwise(last))
        return -_AGAIN * again / max(len(new), 1) - _TWICE * twice

    def closing(self, verse: Verse) -> Array:
        """Marks that may end the line."""
        return self._final if verse.must_close else self._closing

    def longest(self, verse: Verse) -> int:
        """Beats after which a line of free length is to end."""
        return min(LONGEST_FREE, verse.beats + 4) if verse.beats else LONGEST_FREE

    def sounds_of(self, unit: str) -> tuple[list[str], int, int]:
        """Beats of each reading of a word, its number and its rhyme class; for words that are given."""
        word = unit.strip()
        readings = self.prosody.readings(word)
        key = readings[0].rhyme
        rhyme = self.lexicon.rhymes.index(key) if key in self.lexicon.rhymes else 0
        return [reading.beats for reading in readings], self.lexicon.numbers.get(word.lower(), -1), rhyme


def _alike(shape: Sequence[int], plan: Sequence[LinePlan]) -> bool:
    """Whether a real poem, its style and the beats of its lines, has as many lines as planned, of about those beats."""
    asked = [len(line.patterns[0]) if line.patterns else 0 for line in plan]
    return len(shape) - 1 == len(plan) and all(not n or abs(abs(m) - n) <= 1 for m, n in zip(shape[1:], asked, strict=True))


def _count(plan: Sequence[LinePlan], letter: str) -> int:
    return sum(line.rhyme == letter for line in plan)
