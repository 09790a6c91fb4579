"""What language a text is in: a guess from its script and its commonest words."""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache

_ENOUGH = 4000  # characters that show a language
_SCRIPTS = {tag: re.compile(f"[{span}]") for tag, span in {
    "ja": "\u3041-\u30fe", "ko": "\uac00-\ud7a3", "ru": "А-я", "el": "Α-ώ", "he": "\u05d0-\u05ea",
    "ar": "\u0620-\u064a", "hi": "\u0904-\u0939", "th": "\u0e01-\u0e2e"}.items()}
_HAN = re.compile("[\u3400-\u9fff]")
_WORDS = {
    "en": "the and of to a in that is my i with for thou thy it not his but on her as be all me you your are from this she",
    "fr": "le la les et de des un une est dans que qui je sur pour au ne pas mon ma du ses plus il elle où tout",
    "de": "der die das und ich nicht ist ein eine zu den mit von sich du auf dem im wie es mein so wir des",
    "es": "el la los y de que en un una es no mi por con las se su del al como tu más yo sin",
    "it": "il la di e che non un una è per mi lo con si del della le gli al più io come tu ne",
    "pt": "o a os de e que não um uma é em do da meu eu se por com no na mas tu ao",
    "nl": "de het een en van ik niet is dat in te zijn op met voor mijn die wij maar hij zij",
    "la": "et in est non ad cum ut sed me te ille qui quae quod nec ab mihi tibi atque",
}
COMMON = {language: frozenset(words.split()) for language, words in _WORDS.items()}
_WORD = re.compile(r"[^\W\d_]+")


def guess(text: str) -> str:
    """BCP 47 tag of the language of *text*, or nothing where it does not show."""
    text = text[:_ENOUGH]
    if not text.isascii():
        letters = sum(map(str.isalpha, text))
        counts = {tag: len(pattern.findall(text)) for tag, pattern in _SCRIPTS.items()}
        han = len(_HAN.findall(text))
        if counts["ja"] > 0.05 * (han + counts["ja"]):
            return "ja"
        if han > 0.3 * letters:
            return _chinese(text)
        tag = max(counts, key=lambda t: counts[t])
        if counts[tag] > 0.5 * letters:
            return tag
    words = Counter(_WORD.findall(text.lower()))
    scores = {language: sum(words[word] for word in common) for language, common in COMMON.items()}
    best = max(scores, key=lambda language: scores[language])
    return best if scores[best] >= 0.08 * words.total() and scores[best] else ""


def _chinese(text: str) -> str:
    """Traditional or simplified, by characters that the one has and the other has not; traditional where none says."""
    balance = sum(map(_side, text))
    return "zh-Hans" if balance < 0 else "zh-Hant"


@lru_cache(maxsize=1 << 14)
def _side(c: str) -> int:
    """1 for a character of Big5 alone, -1 for one of GB 2312 alone."""
    return _in(c, "big5") - _in(c, "gb2312")


def _in(c: str, encoding: str) -> int:
    try:
        c.encode(encoding)
    except UnicodeEncodeError:
        return 0
    return 1
