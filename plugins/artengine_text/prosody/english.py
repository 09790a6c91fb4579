"""English: syllables, stress and rhyme of any word, o'er, lov'd and mayst included."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence

from artengine_text.prosody.base import ANY, NONE, Reading
from artengine_text.prosody.english_lexicon import Lexicon
from artengine_text.prosody.english_rhyme import beats, eye, grade, heard, key, last_stress, slant_keys, syllables
from artengine_text.prosody.english_sounds import Sounds
from artengine_text.prosody.english_spelling import banished, spoken

_OPENED = "tis|twas|twere|twill|twould|twixt|tween|gainst|mongst|mid|midst|neath|scape|em|gan|til|bout|fore|ere|round|cause"
_WORD = re.compile(rf"['’](?:{_OPENED})\b|\b(?:th|o|i|wi)['’](?=\s)|[^\W_]+(?:['’][^\W_]+)*", re.IGNORECASE)
_PLAIN = str.maketrans({"’": "'", "ʼ": "'", "æ": "ae", "œ": "oe", "‐": "-", "‑": "-", "–": "-"})
_GLIDES = {"IY0": "Y", "UW0": "W"}
_ARTICLES = frozenset({"the", "a", "an"})
# *I am LOST without BEER*: verse in threes passes over them.
_LIGHT = """without within upon again against among about above before behind below beneath beside between beyond because
until across along around"""
# Of these each ends lines at most a third as often as any other word does, in 42,000 lines of verse.
_WEAK = """
a an the th' my thy your her his its our their whose and or nor but if than though because unless lest whilst ere till as
that which who whom what when where whither whereby wherein how whether of to at by for from in into on onto upon with
without amongst amid amidst betwixt against 'gainst through thro throughout towards toward during like unto per via is was
wert has have had hath hast does did doth dost didst shall shalt wilt would wouldst should shouldst can canst could
couldst mayst mightst must not no every each very such o oh i thou he she we they i'm i've i'll i'd he's she's it's we're
they're we've they've you're thou'rt there's that's some this 'tis 'twas therefore let
"""


class English:
    """The sounds of English, as the CMU Pronouncing Dictionary has them and as its spelling says where that is silent."""

    language = "en"
    weak = frozenset(_WEAK.split())

    def __init__(self, language: str = "en") -> None:
        self._lexicon = Lexicon()
        self._spoken: dict[str, tuple[Sounds, ...]] = {}
        self._readings: dict[str, tuple[Reading, ...]] = {}

    def words(self, line: str) -> list[str]:
        """The words of a line: one where an apostrophe joins (*lov'd*, *th'expense*), several where a hyphen does."""
        return _WORD.findall(line)

    def readings(self, word: str) -> tuple[Reading, ...]:
        """The ways to say *word*, the likeliest first: those of today, then those of verse (*banish-ed*, *glor-yous*).

        ``x`` stands for a word of one syllable but the articles, for a secondary stress, and for a syllable away from any
        stress: these a line may stress or not. Readings alike but for ``slant`` are there for two half rhymes. A word of
        another script is one syllable and rhymes with none; ``th'`` has no syllable at all.
        """
        known = self._readings.get(word)
        if known is None:
            spelt = _letters(word)
            found = [Reading("0" if spelt in _ARTICLES else beats(said), key(said), slant)
                     for said in self._said(word) for slant in slant_keys(said, spelt) or ("",)]
            found += [Reading("00")] * (spelt in _LIGHT.split())
            known = self._readings[word] = tuple(dict.fromkeys(found)) or (Reading(ANY),)
        return known

    def prepare(self, words: Sequence[str]) -> None:
        """Work out the sounds of many words together, some twenty times as quick as one by one."""
        self._lexicon.prepare(part for word in words if word not in self._spoken for part in _letters(word).split("-"))

    def sound(self, word: str) -> str:
        """What words share that sound the same, *glass* and *glasse*; empty for a word of another script."""
        return " ".join(heard(next(iter(self._said(word)), ())))

    def rhyme(self, a: str, b: str) -> float:
        """Grade of the best rhyme among the readings of two words.

        ``PERFECT`` for the same sounds from the last stressed vowel on after another consonant, ``SLANT`` for nearly these
        (see ``english_rhyme``), ``EYE`` for the same letters alone, ``NONE`` for others and for words that sound the same.
        """
        one, two = _letters(a), _letters(b)
        ours, theirs = self._said(a), self._said(b)
        if one == two or (ours and theirs and heard(ours[0]) == heard(theirs[0])):
            return NONE
        best = max((grade(x, y, (one, two)) for x in ours for y in theirs), default=NONE)
        if best or not ours or not theirs:
            return best
        long, other = (syllables(said[0][last_stress(said[0]) :]) for said in (ours, theirs))
        return eye(one, two, long) if long == other else NONE

    def _said(self, word: str) -> tuple[Sounds, ...]:
        """The sounds of a word's readings, the likeliest first."""
        known = self._spoken.get(word)
        if known is None:
            known = self._spoken[word] = tuple(dict.fromkeys(self._ways(word)))
        return known

    def _ways(self, word: str) -> Iterator[Sounds]:
        spelt = _letters(word)
        *before, last = spelt.split("-")
        head = tuple(sound for part in before for sound in _freely(next(iter(spoken(part, self._lexicon)), ())))
        today = list(spoken(last, self._lexicon))
        if before:
            today = list(map(_freely, today))
        if re.search("(?:ire|our)$", last):  # one syllable before two: the dictionary has it the other way
            today.sort(key=syllables)
        older = [longer for said in today if (longer := banished(last, said)) is not None]
        if re.search("èd$", unicodedata.normalize("NFC", word.lower())) and older:
            today = []
        yield from ((*head, *said) for said in (*today, *older))
        yield from ((*head, *shorter) for said in today if (shorter := _run_together(said)) != said)


def _freely(said: Sounds) -> Sounds:
    """A part of a compound, with secondary stress where it is one syllable: *self-substantial*, *death-bed*."""
    return tuple(sound.replace("1", "2") for sound in said) if syllables(said) == 1 else said


def _run_together(said: Sounds) -> Sounds:
    """With two syllables said as one where speech does so, too: *flow'r*, *ev'ry*, *glor-yous*."""
    for i in range(1, len(said)):
        sound, following = said[i], said[i + 1] if i + 1 < len(said) else ""
        light = following[-1:] == "0"
        if sound == "ER0" and (light or said[i - 1] in {"AW1", "AY1"}):
            return (*said[:i], "R", *said[i + 1 :])
        if sound in _GLIDES and light and i > 1:
            return (*said[:i], _GLIDES[sound], *said[i + 1 :])
    return said


def _letters(word: str) -> str:
    """A word in lower case without accents, its apostrophes and hyphens those of ASCII."""
    plain = unicodedata.normalize("NFKD", word.lower().translate(_PLAIN))
    return "".join(c for c in plain if not unicodedata.combining(c))
