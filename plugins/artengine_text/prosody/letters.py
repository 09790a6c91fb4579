"""Any alphabetic language that has no prosody of its own: syllables and rhymes by the letters.

A group of vowels is a syllable, and two words rhyme where they are spelt alike from the last group on, or from the last
but one where a language does not stress such an ending. ``pyphen`` counts the syllables where it is installed and knows
the language; it is never required.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from importlib import import_module
from typing import Any

from artengine_text.languages import COMMON
from artengine_text.prosody.base import ANY, EYE, NONE, PERFECT, SLANT, Reading

VOWELS = "aeiouyæœøαειουηω"
_CYRILLIC = "аеёиоуыэюяіїє"  # every one a syllable
_WORD = re.compile(r"[^\W_]+(?:['’ʼ-][^\W_]+)*")
_GROUP = re.compile(f"[{VOWELS}]+|[{_CYRILLIC}]")
_STRONG = re.compile("[iuy]*[aeo][iuy]*|[iuy]+")  # two of a, e, o are two syllables: po-e-ta
_ROMANCE = frozenset(("es", "it", "pt", "ca", "gl"))
_SHORT = 3  # letters of the common words that a line should not end on
_LIGHT = {language: re.compile(f"(?:{ending})$") for language, ending in {  # endings without stress, unless accented
    "de": "e(?:[nlrsmt]|ns|rn|ln|st)?", "nl": "e(?:[nlrst])?", "fr": "(?<=[^aeiouy])e(?:s|nt)?", "es": "[aeo][ns]?",
    "it": "[aeio]", "pt": "[aeo]s?"}.items()}
_CAESURA = "\u0308"  # the diaeresis of naïve and Noël: a vowel of its own, except where it makes another letter
_UMLAUTS = frozenset(("de", "sv", "fi", "et", "hu", "tr", "is"))


class Letters:
    """The sounds of a language as far as its letters show them; beats are never known."""

    def __init__(self, language: str) -> None:
        self.language = language.lower().partition("-")[0]
        self.weak = frozenset(word for word in COMMON.get(self.language, ()) if len(word) <= _SHORT)
        self._group = _STRONG if self.language in _ROMANCE else _GROUP
        self._hyphens = _hyphens(self.language)
        self._known: dict[str, tuple[Reading, ...]] = {}

    def words(self, line: str) -> list[str]:
        """The words of a line; what a hyphen or an apostrophe joins is one."""
        return _WORD.findall(unicodedata.normalize("NFC", line))

    def readings(self, word: str) -> tuple[Reading, ...]:
        """One reading: as many ``x`` as there are syllables, and the spelling from the last vowels on."""
        known = self._known.get(word)
        if known is None:
            plain = _plain(word, self.language)
            ending = self._ending(plain.replace("-", "").replace("|", ""), word)
            vowels = "-".join(self._group.findall(ending))
            known = self._known[word] = (Reading(ANY * self._syllables(word, plain), ending, vowels),)
        return known

    def prepare(self, words: Sequence[str]) -> None:
        """Nothing: a word is quick enough when it is asked for."""

    def sound(self, word: str) -> str:
        """The letters without their accents."""
        return _plain(word, self.language)

    def rhyme(self, a: str, b: str) -> float:
        """``PERFECT`` where the words are spelt alike from the last vowels on, ``SLANT`` where the vowels alone agree.

        ``EYE`` where the last two letters agree, else ``NONE``; also for a word and itself.
        """
        plain, other = (_plain(word, self.language) for word in (a, b))
        if plain == other or not plain or not other:
            return NONE
        one, two = self.readings(a)[0], self.readings(b)[0]
        if one.rhyme and one.rhyme == two.rhyme:
            return PERFECT
        if one.slant and one.slant == two.slant:
            return SLANT
        return EYE if plain[-2:] == other[-2:] else NONE

    def _syllables(self, word: str, plain: str) -> int:
        counted = 0
        for part, written in zip(plain.split("-"), word.lower().split("-"), strict=False):
            groups = len(self._group.findall(part))
            hyphens = len(self._hyphens.positions(written)) + 1 if self._hyphens is not None else 0
            counted += max(groups and 1, hyphens) if hyphens > 1 else groups  # pyphen never parts a first letter: at least 1
        return max(counted, 1)

    def _ending(self, letters: str, word: str) -> str:
        """From the last group of vowels on, or from the one before an ending without stress."""
        groups = list(self._group.finditer(letters))
        light = self.language in _LIGHT and _LIGHT[self.language].search(letters) is not None
        accented = any(unicodedata.combining(c) for c in unicodedata.normalize("NFD", word[-2:]))
        return letters[groups[-2 if light and not accented and len(groups) > 1 else -1].start() :] if groups else ""


def _plain(word: str, language: str) -> str:
    """The letters in lower case without their accents; a bar before a vowel that a diaeresis parts from the last."""
    parts = unicodedata.normalize("NFD", word.lower())
    if language not in _UMLAUTS:
        parts = re.sub(f"(.){_CAESURA}", r"|\1", parts)
    return re.sub("['’ʼ]", "", "".join(c for c in parts if not unicodedata.combining(c)))


@lru_cache
def _hyphens(language: str) -> Any:
    """What parts a word of *language* where it may be hyphenated, if the user has it."""
    try:
        pyphen: Any = import_module("pyphen")  # optional: MPL 1.1, LGPL 2.1 or GPL 2, as the user chooses
    except ImportError:
        return None
    tag = pyphen.language_fallback(language)
    return pyphen.Pyphen(lang=tag, left=1, right=1) if tag else None
