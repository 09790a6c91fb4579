"""Any alphabetic language that has no prosody of its own: syllables and rhymes by the letters.

A group of vowels is a syllable, and two words rhyme where they are spelt alike from the last group on. ``pyphen`` counts the
syllables where it is installed and knows the language; it is never required.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from artengine_text.languages import COMMON
from artengine_text.prosody.base import ANY, EYE, NONE, PERFECT, SLANT, Reading

VOWELS = "aeiouyæœøαειουηωаеёиоуыэюяіїєў"
_WORD = re.compile(r"[^\W_]+(?:['’ʼ-][^\W_]+)*")
_GROUP = re.compile(f"[{VOWELS}]+")
_SHORT = 3  # letters of the common words that a line should not end on
_SILENT = {"fr": re.compile(r"(?<=[^aeiouy])e(?:s|nt)?$")}  # the mute e, which no rhyme of French speaks
_CAESURA = "\u0308"  # the diaeresis of naïve and Noël: a vowel of its own, except where it makes another letter
_UMLAUTS = frozenset(("de", "sv", "fi", "et", "hu", "tr", "is"))


class Letters:
    """The sounds of a language as far as its letters show them; beats are never known."""

    def __init__(self, language: str) -> None:
        self.language = language.lower().partition("-")[0]
        self.weak = frozenset(word for word in COMMON.get(self.language, ()) if len(word) <= _SHORT)
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
            letters = plain.replace("-", "").replace("|", "")
            ending = _ending(letters, self.language)
            known = self._known[word] = (Reading(ANY * self._syllables(word, plain), ending, _slant(ending)),)
        return known

    def prepare(self, words: Sequence[str]) -> None:
        """Nothing: a word is quick enough when it is asked for."""

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
            groups = len(_GROUP.findall(part))
            hyphens = len(self._hyphens.positions(written)) + 1 if self._hyphens is not None else 0
            counted += max(groups and 1, hyphens) if hyphens > 1 else groups  # pyphen never parts a first letter: at least 1
        return max(counted, 1)


def _plain(word: str, language: str) -> str:
    """The letters in lower case without their accents; a bar before a vowel that a diaeresis parts from the last."""
    parts = unicodedata.normalize("NFD", word.lower())
    if language not in _UMLAUTS:
        parts = re.sub(f"(.){_CAESURA}", r"|\1", parts)
    return re.sub("['’ʼ]", "", "".join(c for c in parts if not unicodedata.combining(c)))


def _ending(letters: str, language: str) -> str:
    """From the last group of vowels on; with the vowel before a mute e where the language has one."""
    silent = _SILENT.get(language)
    stem = letters
    if silent is not None and (found := silent.search(letters)) and _GROUP.search(letters[: found.start()]):
        stem = letters[: found.start()]
    groups = list(_GROUP.finditer(stem))
    return letters[groups[-1].start() :] if groups else ""


def _slant(ending: str) -> str:
    """The vowels that an ending begins with."""
    found = _GROUP.match(ending)
    return found.group() if found else ""


@lru_cache
def _hyphens(language: str) -> Any:
    """What parts a word of *language* where it may be hyphenated, if the user has it."""
    try:
        import pyphen  # optional: MPL 1.1, LGPL 2.1 or GPL 2, at the user's choice
    except ImportError:
        return None
    tag = pyphen.language_fallback(language)
    return pyphen.Pyphen(lang=tag, left=1, right=1) if tag else None
