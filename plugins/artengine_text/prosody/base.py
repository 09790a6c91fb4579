"""What a form asks of a language: the words of a line, how each may be said, and which of them rhyme."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from typing import Protocol

PERFECT, SLANT, EYE, NONE = 1.0, 0.6, 0.3, 0.0
"""Grades of rhyme: the same sounds from the stressed vowel on; nearly so; to the eye alone; none."""
ANY = "x"
"""A beat that may be either: of a word whose stress is not known or moves with the line."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to say a word."""

    beats: str
    """A character a syllable: ``1`` stressed, ``0`` not; ``平`` level, ``仄`` oblique; ``x`` either."""
    rhyme: str = ""
    """Two words that share it rhyme perfectly; empty where none does."""
    slant: str = ""
    """Two words that share it rhyme by half; empty where none does."""


class Prosody(Protocol):
    """The sounds of one language."""

    language: str
    """BCP 47 tag, without script or region."""
    weak: frozenset[str]
    """Words on which a reader would not end a line, in lower case."""

    def words(self, line: str) -> list[str]:
        """The words of a line as its beats are counted, without punctuation: words of English, characters of Chinese."""
    def readings(self, word: str) -> tuple[Reading, ...]:
        """The ways to say *word*, the likeliest first; at least one for whatever :meth:`words` gives."""
    def prepare(self, words: Sequence[str]) -> None:
        """Tell which words will be asked for, so that they can be worked out at once; needed for speed alone."""
    def sound(self, word: str) -> str:
        """What words share that sound the same, a word and its old spelling among them."""
    def rhyme(self, a: str, b: str) -> float:
        """Grade of the rhyme of two words, ``PERFECT`` … ``NONE``; a word rhymes with its like in sound by ``NONE``."""


@lru_cache
def prosody_for(language: str) -> Prosody:
    """The prosody of a language, by its BCP 47 tag; one that goes by the letters where there is none of its own."""
    tag = language.lower().partition("-")[0]
    module, name = {"en": ("english", "English"), "zh": ("chinese", "Chinese")}.get(tag, ("letters", "Letters"))
    kind = getattr(import_module(f"artengine_text.prosody.{module}"), name)  # each has data of its own to load
    prosody: Prosody = kind(language)
    return prosody
