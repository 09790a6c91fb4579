"""What verse hears of English sounds: beats, and rhyme, as keys that words which rhyme share and as grades between.

A rhyme is perfect where all is alike from the last stressed vowel on, secondary stress included, and what goes before that
vowel differs. By half rhyme

- words stressed on the last syllable or the last but one, if their consonants after the stressed vowel agree and that vowel
  nearly does (*here, fair*), or the vowel agrees and the consonants nearly do (*time, shine*);
- words with two or more syllables after the last stress, by the last syllable alone, which verse stresses (*memory, thee*);
  by tradition also with the vowel that it is spelt with (*memory, die*; *argument, spent*; *pilgrimage, age*).
"""

from __future__ import annotations

import re
from itertools import pairwise

from artengine_text.prosody.base import ANY, EYE, NONE, PERFECT, SLANT
from artengine_text.prosody.english_sounds import Sounds

VOWELS = frozenset(("AA", "AE", "AH", "AO", "AW", "AY", "EH", "ER", "EY", "IH", "IY", "OW", "OY", "UH", "UW"))
_CLASSES = ("IY IH", "UW UH", "EH AE", "AA AO")  # of vowels, for keys: every two of a class are near
_CLASS = {vowel: names.split()[0] for names in _CLASSES for vowel in names.split()}
_NEAR = {frozenset(pair.split()) for pair in (*_CLASSES, "EY EH", "AA AH", "AH UH", "AO OW", "AH AO", "EH IH", "EH IY")}
_KINDS = ("P T K", "B D G", "F TH S SH", "V DH Z ZH", "M N NG", "CH JH", "T D", "S Z", "F V", "K G", "P B", "TH DH")
_CONSONANTS = {frozenset((a, b)) for kind in _KINDS for a in kind.split() for b in kind.split()}
_DULL = ("AH", "IH", "IY")  # what an unstressed vowel may be said as
_FULL = {"AY": "(?:y|ies?|y's)$", "EY": "a[^aeiouy]es?$", "EH": "[ea][^aeiouy]+(?:e'?s?)?$"}  # and as what it is spelt
_BEFORE_R = {"IY": "IH", "UW": "UH"}  # one sound before R, where the dictionary has now the one, now the other: *here, year*
_VOWELS = re.compile("[aeiouy]+")


def is_vowel(sound: str) -> bool:
    """Whether a sound makes a syllable."""
    return sound[-1] in "012"


def bare(sound: str) -> str:
    """A sound without its stress."""
    return sound.rstrip("012")


def syllables(sounds: Sounds) -> int:
    """How many syllables sounds have."""
    return sum(map(is_vowel, sounds))


def beats(said: Sounds) -> str:
    """The beats of a reading: ``1`` and ``0`` where the sounds settle them, else ``x``."""
    stress = "".join(sound[-1] for sound in said if sound[-1] in "012")
    if len(stress) < 2:
        return ANY * len(stress)
    return "".join("1" if own == "1" else "0" if own == "0" and _beside(stress, i) else ANY for i, own in enumerate(stress))


def _beside(stress: str, place: int) -> bool:
    """Whether a syllable stands next to a stressed one; further away a line may stress it: *mem-o-ry*."""
    return re.search("[12]", stress[max(place - 1, 0) : place + 2]) is not None


def last_stress(sounds: Sounds) -> int:
    """Where the last stressed vowel stands, the last vowel where none is stressed; -1 without a vowel."""
    stressed = [i for i, sound in enumerate(sounds) if sound[-1] in "12"]
    vowels = [i for i, sound in enumerate(sounds) if is_vowel(sound)]
    return (stressed or vowels or [-1])[-1]


def rhyme_part(sounds: Sounds) -> Sounds:
    """From the last stressed vowel on, without stress; empty without a vowel."""
    start = last_stress(sounds)
    return tuple(map(bare, sounds[start:])) if start >= 0 else ()


def key(sounds: Sounds) -> str:
    """What words that rhyme perfectly share; sounds that the dictionary mixes are one (see :func:`heard`)."""
    start = last_stress(sounds)
    return " ".join(heard(sounds, start)) if start >= 0 else ""


def heard(sounds: Sounds, start: int = 0) -> Sounds:
    """The sounds from *start* on without stress, those made one that the dictionary mixes.

    They are ``IH`` and ``AH`` without stress, and what stands before ``R`` in *here* and *year*.
    """
    found = []
    for i, (sound, following) in enumerate(pairwise((*sounds[start:], ""))):
        own = bare(sound)
        if following == "R":
            own = _BEFORE_R.get(own, own)
        elif i and sound == "IH0" and following != "NG":
            own = "AH"
        found.append(own)
    return tuple(found)


def slant_keys(sounds: Sounds, spelling: str = "") -> tuple[str, ...]:
    """What words that rhyme by half share: one key, or two where the spelling has another vowel for the last syllable."""
    part = rhyme_part(sounds)
    vowels = [i for i, sound in enumerate(part) if sound in VOWELS]
    if not vowels:
        return ()
    if len(vowels) <= 2:
        return (" ".join((_CLASS.get(part[0], part[0]), *part[1:])),)
    last = part[vowels[-1] :]
    full = next((vowel for vowel, ending in _FULL.items() if last[0] in _DULL and re.search(ending, spelling)), last[0])
    return tuple(dict.fromkeys(" ".join((_CLASS.get(vowel, vowel), *last[1:])) for vowel in (last[0], full)))


def grade(a: Sounds, b: Sounds, spelt: tuple[str, str] = ("", "")) -> float:
    """Grade of the rhyme of two readings; the same sounds from the first on rhyme by ``NONE``."""
    if heard(a) == heard(b):
        return NONE
    one, two = key(a), key(b)
    if one and one == two:
        return PERFECT if _onset(a) != _onset(b) else SLANT  # *light* and *delight*: the same again, only by half
    if set(slant_keys(a, spelt[0])) & set(slant_keys(b, spelt[1])) or _nearly(rhyme_part(a), rhyme_part(b)):
        return SLANT
    return NONE


def eye(a: str, b: str, syllables: int) -> float:
    """``EYE`` where two spellings end alike in their last *syllables*, else ``NONE``; a silent *e* is none."""
    one, two = _ending(a, syllables), _ending(b, syllables)
    return EYE if one == two and len(one) > 1 and a != b else NONE


def _ending(spelling: str, syllables: int) -> str:
    """From the last but *syllables* group of vowels on; empty where there are not so many."""
    spoken = re.sub("(?<=[aeiouy])([^aeiouy]+)e(?=s?$)", r"\1-", spelling)
    groups = list(_VOWELS.finditer(spoken))
    return spelling[groups[-syllables].start() :] if 0 < syllables <= len(groups) else ""


def _onset(sounds: Sounds) -> Sounds:
    """The consonants before the last stressed vowel."""
    end = last_stress(sounds)
    start = end
    while start > 0 and not is_vowel(sounds[start - 1]):
        start -= 1
    return sounds[start:end][-1:]


def _nearly(a: Sounds, b: Sounds) -> bool:
    """Whether all but one sound of two rhyme parts agree, and that one nearly; words of one syllable's ending only."""
    if len(a) != len(b) or len(a) < 2:
        return False
    apart = [(x, y) for x, y in zip(a, b, strict=True) if x != y]
    if len(apart) != 1:
        return False
    pair = frozenset(apart[0])
    return pair in (_NEAR if apart[0][0] in VOWELS else _CONSONANTS)
