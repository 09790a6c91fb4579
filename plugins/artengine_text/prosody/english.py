"""English: syllables, stress and rhyme of any word, o'er, lov'd and mayst included."""

from __future__ import annotations

import re
from collections.abc import Sequence

from artengine_text.prosody.base import ANY, NONE, PERFECT, Reading

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_GROUP = re.compile("[aeiouy]+")
_WEAK = """a an the and or but nor of to in on at by for with from as if than that which who whose my thy his her our your
their its is am are was were be been shall will would should could can may might must do does did has have had"""


class English:
    """The sounds of English."""

    language = "en"

    def __init__(self, language: str = "en") -> None:
        self.weak = frozenset(_WEAK.split())

    def words(self, line: str) -> list[str]:
        """The words of a line; the parts of what a hyphen joins are words each."""
        return _WORD.findall(line)

    def readings(self, word: str) -> tuple[Reading, ...]:
        """The ways to say *word*, the likeliest first."""
        letters = re.sub("[^a-z]", "", word.lower())
        spoken = re.sub(r"(?<=[^aeiouyl])e$|(?<=[aeiouy]l)e$|(?<=[^td])ed$", "", letters)
        groups = list(_GROUP.finditer(spoken))
        ending = letters[groups[-1].start() :] if groups else ""
        return (Reading(ANY * max(len(groups), 1), ending, ending[:1]),)

    def prepare(self, words: Sequence[str]) -> None:
        """Work out *words* at once."""

    def rhyme(self, a: str, b: str) -> float:
        """Grade of the rhyme of two words."""
        one, two = self.readings(a)[0], self.readings(b)[0]
        return PERFECT if a.lower() != b.lower() and one.rhyme and one.rhyme == two.rhyme else NONE
