"""What a spelling of verse says: o'er, lov'd, mak'st, heav'n, th'expense, maketh, honour, Muse's, 42.

:func:`spoken` takes a word apart into words that a dictionary or the letters can say, and puts their sounds together.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Protocol

from artengine_text.prosody.english_rhyme import is_vowel
from artengine_text.prosody.english_sounds import Sounds

Say = Callable[[str], tuple[Sounds, ...]]


class Lexicon(Protocol):
    """Where words are looked up that are spelt with letters alone, or stand in the table as they are."""

    def rank(self, word: str) -> float:
        """How common a word is, 0 the commonest; infinite where it is not in the table."""
    def say(self, word: str) -> tuple[Sounds, ...]:
        """The readings of a word, from the table or else from its letters."""


_ENDINGS = {"s": "", "ly": "L IY0", "ness": "N AH0 S", "less": "L AH0 S", "ful": "F AH0 L", "ing": "IH0 NG", "ed": "",
            "eth": "IH0 TH", "est": "IH0 S T", "edst": "IH0 D S T"}
_TAILS = {"'t": "T", "'ll": "AH0 L", "'ve": "V", "'re": "R", "'m": "M", "n't": "AH0 N T"}
_HEADS = {"th'": "DH", "t'": "T", "d'": "D", "o'er": "AO2 R", "i'": "IH0", "o'": "AH0"}
_BRITISH = [(re.compile(pattern), other) for pattern, other in (
    ("our(?=s|ed|ing|er|less|ful|able|ite|$)", "or"), ("(?<=[bcdgtv])re(?=s|d|$)", "er"), ("is(?=e|ing|ation)", "iz"),
    ("ys(?=e|ing)", "yz"), ("ae|oe", "e"), ("ll(?=ed|ing|er)", "l"), ("ence$", "ense"), ("ogue", "og"), ("que$", "ck"))]
_HISSING = frozenset(("S", "Z", "SH", "ZH", "CH", "JH"))
_VOICELESS = frozenset(("P", "T", "K", "F", "TH", "S", "SH", "CH", "HH"))
_UNITS = """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen
eighteen nineteen"""
_TENS = "ten ten twenty thirty forty fifty sixty seventy eighty ninety"


def spoken(word: str, lexicon: Lexicon) -> tuple[Sounds, ...]:
    """The readings of *word*, in lower case, with letters a to z, digits and straight apostrophes; none if it has neither.

    What is found by a rule: a number read out; the table itself; what an apostrophe joins or leaves out; British and archaic
    endings of words in the table; and else the letters.
    """
    if word.isdigit():
        return _joined([lexicon.say(part) for part in number(int(word))]) if len(word) <= 6 else ()
    if not re.search("[a-z]", word):
        return ()
    if lexicon.rank(word) < float("inf"):
        return lexicon.say(word)
    if "'" in word:
        return _apostrophe(word, lexicon)
    for pattern, other in _BRITISH:
        respelt = pattern.sub(other, word)
        if lexicon.rank(respelt) < float("inf"):
            return lexicon.say(respelt)
    return _inflected(word, lexicon) or lexicon.say(re.sub("[^a-z]", "", word))


def number(n: int) -> Iterator[str]:
    """The words of a number under a million."""
    for size, name in ((1000, "thousand"), (100, "hundred")):
        if n >= size:
            yield from number(n // size)
            yield name
            n %= size
            if not n:
                return
    if n < 20:
        yield _UNITS.split()[n]
        return
    yield _TENS.split()[n // 10]
    if n % 10:
        yield _UNITS.split()[n % 10]


def plural(sounds: Sounds) -> Sounds:
    """The sounds with the *s* of a plural, of the third person or of a possessive."""
    if sounds[-1] in _HISSING:
        return (*sounds, "IH0", "Z")
    return (*sounds, "S" if sounds[-1] in _VOICELESS else "Z")


def past(sounds: Sounds) -> Sounds:
    """The sounds with the *d* of the past."""
    if sounds[-1] in {"T", "D"}:
        return (*sounds, "IH0", "D")
    return (*sounds, "T" if sounds[-1] in _VOICELESS else "D")


def banished(word: str, sounds: Sounds) -> Sounds | None:
    """The same with the *-ed* of older verse as a syllable, where the spelling allows it: *banish-ed*."""
    if not re.search("[aeiouy].*(?<![eiy])(?<![^aeiour]r)ed$", word) or len(sounds) < 3 or sounds[-1] not in {"T", "D"}:
        return None
    if is_vowel(sounds[-2]) and sounds[-2][:2] in {"AH", "IH", "EH"}:
        return None  # it is one already
    return (*sounds[:-1], "EH0", "D")  # verse rhymes it with *dead*


def _joined(parts: list[tuple[Sounds, ...]]) -> tuple[Sounds, ...]:
    """The first reading of all but the last part, with every reading of that."""
    if not all(parts):
        return ()
    before = tuple(sound for part in parts[:-1] for sound in part[0])
    return tuple((*before, *reading) for reading in parts[-1])


def _base(stem: str, lexicon: Lexicon) -> str:
    """The word of the table that an ending was put to: *mak*, *make*; *sitt*, *sit*; *fli*, *fly*; empty if none."""
    forms = [stem, stem + "e"]
    if len(stem) > 2 and stem[-1] == stem[-2]:
        forms.append(stem[:-1])
    if stem.endswith("i"):
        forms.append(stem[:-1] + "y")
    best = min(forms, key=lexicon.rank)
    return best if lexicon.rank(best) < float("inf") and re.search("[aeiouy]", stem) else ""


def _inflected(word: str, lexicon: Lexicon) -> tuple[Sounds, ...]:
    for ending, sounds in _ENDINGS.items():
        if not word.endswith(ending) or len(word) < len(ending) + 3 or word.endswith(("ss", "us", "is")):
            continue
        stem = word[: -len(ending)]
        if ending in {"ly", "ness", "less", "ful"}:
            base = min((stem, stem[:-1] + "y" if stem.endswith("i") else stem), key=lexicon.rank)
            base = base if lexicon.rank(base) < float("inf") else ""
        elif ending == "s":
            base = next((form for form in (stem, stem[:-1], stem[:-2] + "y" if stem.endswith("ie") else stem)
                         if lexicon.rank(form) < float("inf") and (form == stem or stem.endswith("e"))), "")
        else:
            base = _base(stem, lexicon)
        if base:
            say = {"s": plural, "ed": past}.get(ending, lambda said, sounds=sounds: (*said, *sounds.split()))
            return tuple(say(reading) for reading in lexicon.say(base))
    return ()


def _apostrophe(word: str, lexicon: Lexicon) -> tuple[Sounds, ...]:
    if word != word.strip("'"):
        return spoken(word.strip("'"), lexicon)
    return _tailed(word, lexicon) or _headed(word, lexicon) or tuple(
        _without(said, word) for said in spoken(_filled(word, lexicon), lexicon))


def _tailed(word: str, lexicon: Lexicon) -> tuple[Sounds, ...]:
    """Readings of what something is joined to: *Muse's*, *mak'st*, *where'er*, *is't*."""
    if word.endswith("'s"):
        return tuple(plural(said) for said in spoken(word[:-2], lexicon))
    if word.endswith("'st"):
        base = _base(word[:-3], lexicon) or word[:-3]
        return tuple((*said, "S", "T") for said in spoken(base, lexicon))
    if word.endswith("e'er"):
        return tuple((*said, "EH1", "R") for said in spoken(word[:-4], lexicon))
    for tail, sounds in _TAILS.items():
        if word.endswith(tail):
            return tuple((*said, *sounds.split()) for said in spoken(word[: -len(tail)], lexicon))
    return ()


def _headed(word: str, lexicon: Lexicon) -> tuple[Sounds, ...]:
    """Readings of what is joined to something: *th'expense*, *o'erwhelm'd*."""
    for head, sounds in _HEADS.items():
        if word.startswith(head):
            return tuple((*sounds.split(), *said) for said in spoken(word[len(head) :], lexicon))
    return ()


def _filled(word: str, lexicon: Lexicon) -> str:
    """The word with the vowel that its first apostrophe left out: the one that makes a word of the table, or else *e*."""
    before, after = word.split("'", 1)
    if after == "d" and before.endswith("e"):
        return before + after
    if after == "d" and re.search("[^aeiou]y$", before):
        return before[:-1] + "ied"
    return before + min("eioau", key=lambda vowel: lexicon.rank(before + vowel + after)) + after


def _without(said: Sounds, word: str) -> Sounds:
    """The sounds without the unstressed vowel that the apostrophe stands for, if they have it: *wand'ring* has two."""
    before, after = (part.rstrip("e") for part in word.split("'", 1))
    left, right = (len(re.findall("[aeiouy]+", part)) for part in (before, after))
    vowels = [i for i, sound in enumerate(said) if is_vowel(sound)]
    if len(vowels) <= left + right or left >= len(vowels) or said[vowels[left]][-1] != "0":
        return said
    place = vowels[left]
    kept = {"ER0": ("R",), "IY0": ("Y",)}.get(said[place], ())
    return (*said[:place], *kept, *said[place + 1 :])
