"""What a form is: line by line, what may be said and what must rhyme."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from string import ascii_uppercase
from typing import Protocol

from artengine_text.prosody.base import PERFECT

MARKS = {"x": "01平仄x", "1": "1x", "0": "0x", "-": "0", "平": "平x", "仄": "仄x"}
"""Each mark of a pattern, and the beats of a reading that it admits; ``-`` is a syllable unstressed for certain."""


class Drawing(Protocol):
    """What a plan is drawn with: numpy's ``Generator``, say."""

    def integers(self, high: int, /) -> int:
        """A whole number from 0 to *high* - 1."""


@dataclass(frozen=True, slots=True)
class LinePlan:
    """What one line of a poem must be."""

    patterns: tuple[str, ...] = ()
    """The beats it may have, a mark of :data:`MARKS` each; none where its length is free."""
    rhyme: str = ""
    """Lines that share it rhyme; empty where the line need not."""
    starts: str = ""
    """The letters that it begins with, in whatever case; the whole line where they end in a line feed."""
    ends_stanza: bool | None = False
    """An empty line follows it; ``None`` where one may."""
    refrain: str = ""
    """Lines that share it are one line, said again."""
    closes: str = ""
    """The punctuation that it ends with, where the form says so."""
    may_end: bool = False
    """The poem may end with it, though more lines are planned."""


Plan = tuple[LinePlan, ...]


@dataclass(frozen=True, slots=True)
class Form:
    """A form as one poem will have it: the lines of its variants, of which each poem takes one."""

    name: str
    variants: tuple[Plan, ...]
    """The lines of each variant; of a form in stanzas, those of one stanza."""
    summary: str = ""
    languages: tuple[str, ...] = ()
    """BCP 47 tags of the languages that have it; none where all do."""
    repeats: tuple[int, int] = (1, 1)
    """How often the variant's lines may be gone through, each time with rhymes of their own."""
    grade: float = PERFECT
    """The grade that a rhyme must reach."""
    titles: tuple[str, ...] = ()
    """What the variants are called, where they are called anything."""
    opening: tuple[str, ...] = ()
    """What the poem's first lines begin with, as :attr:`LinePlan.starts`."""
    notes: tuple[str, ...] = ()
    """What was decided where the wish left it open, to be told to whoever asked."""

    def plan(self, rng: Drawing) -> Plan:
        """The lines of one poem: a variant, as many stanzas of it as there may be; it may end where a line says so."""
        variant = self.variants[int(rng.integers(len(self.variants)))] if len(self.variants) > 1 else self.variants[0]
        return self._opened(repeated(variant, *self.repeats))

    def plans(self, lines: int) -> list[Plan]:
        """What a poem of so many lines could have been asked to be: one plan for each variant that can have that length.

        Where the number of stanzas is open there may be more of them than are ever written: a ballad of thirty is one too.
        """
        least, most = self.repeats
        found = []
        for variant in self.variants:
            times, over = divmod(lines, len(variant))
            if not over and (times == most or (least < most and times >= (least if len(variant) > 1 else 1))):
                found.append(self._opened(repeated(variant, times, times)))
        return found

    def _opened(self, plan: Plan) -> Plan:
        given = len(self.opening)
        return tuple(replace(line, starts=starts, may_end=line.may_end and i == given) for i, (line, starts)
                     in enumerate(zip(plan, self.opening, strict=False), 1)) + plan[given:]


def repeated(stanza: Plan, least: int, most: int) -> Plan:
    """*stanza* gone through *most* times, with new rhymes each time; from the *least*-th on the poem may end with it."""
    if most == 1:
        return stanza
    letters, plan = _Letters(), []
    for turn in range(1, most + 1):
        for i, line in enumerate(stanza, 1):
            last = i == len(stanza)
            ends = line.ends_stanza if turn < most or not last or line.ends_stanza is None else False
            plan.append(replace(line, rhyme=letters(line.rhyme, turn), ends_stanza=ends,
                                may_end=last and least <= turn < most))
    return tuple(plan)


def rhyming(scheme: Sequence[str]) -> list[str]:
    """*scheme* with no letter where a line rhymes with no other, and the letters in the order of the alphabet."""
    letters = _Letters()
    return [letters(letter) if letter and scheme.count(letter) > 1 else "" for letter in scheme]


class _Letters:
    """Gives each rhyme of each stanza the next letter: A … Z, A1 …"""

    def __init__(self) -> None:
        self.known: dict[tuple[str, int], str] = {}

    def __call__(self, letter: str, turn: int = 0) -> str:
        if not letter:
            return ""
        n = len(self.known)
        return self.known.setdefault((letter, turn), ascii_uppercase[n % 26] + (str(n // 26) if n >= 26 else ""))


def fits(pattern: str, beats: str) -> bool:
    """Whether a line of these *beats* has *pattern*."""
    return len(pattern) == len(beats) and all(beat in MARKS[mark] for mark, beat in zip(pattern, beats, strict=True))


def meet(one: str, other: str) -> str:
    """The pattern of the lines that have both patterns; empty where there are none."""
    marks = [_meeting(a, b) for a, b in zip(one, other, strict=True)] if len(one) == len(other) else []
    return "".join(marks) if all(marks) else ""


def _meeting(a: str, b: str) -> str:
    if MARKS[a] == MARKS["x"] or a == b:
        return b
    if MARKS[b] == MARKS["x"]:
        return a
    return "-" if {a, b} == {"0", "-"} else ""


def lengths(patterns: Iterable[str]) -> str:
    """How many syllables a line of any of *patterns* may have, in words: ``10 or 11``."""
    return " or ".join(map(str, sorted({len(pattern) for pattern in patterns}))) or "any number of"
