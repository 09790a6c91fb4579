"""Chinese: level and oblique tones and the rhymes of the 平水韻, by which verse was written from the Tang on.

Modern sounds do not do: they lost the entering tone, and call six or seven Tang poems of ten rhymed. The table stands in
``chinese.txt``, which says how it was made.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from unicodedata import normalize

from artengine_text.prosody.base import ANY, NONE, PERFECT, SLANT, Reading

_HAN = re.compile("[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_UNKNOWN = (Reading(ANY),)
# Of the characters that are no half of a name or a binome, those that end a line of five or seven in 12,008 Tang poems less
# than an eighth as often as any other would; 之 and 的 end three quarters as many.
_WEAK = """且乃亦但余俄又只各咸唯太奈孰惟或既暫每況皆祗纔而肯詎豈雖自不未曾猶共兼必聊
稍勿以敢復總彼可恐其謂莫與於却卻更即漸竟縱儻相欲無暂况虽犹复总谓与于渐纵傥无岂讵"""


class Chinese:
    """The sounds of Chinese verse, for traditional and simplified characters.

    Of a simplified character that is also an old one (后, 云, 余), ``zh-Hans`` reads what it stands for first, any other tag
    the old one alone.
    """

    language = "zh"

    def __init__(self, language: str = "zh") -> None:
        self.weak = frozenset(_WEAK.replace("\n", ""))
        self._rhymes: dict[str, list[str]] = {}
        self._slants: dict[str, str] = {}
        self._standard: dict[str, str] = {}
        """A form that stands in no rhyme, and those it stands for."""
        self._known: dict[str, tuple[Reading, ...]] = {}
        self._simplified = language.lower().startswith(("zh-hans", "zh-cn", "zh-sg"))
        self._read(Path(__file__).with_name("chinese.txt").read_text("utf-8"))

    def words(self, line: str) -> list[str]:
        """The Han characters of a line."""
        return _HAN.findall(line)

    def readings(self, word: str) -> tuple[Reading, ...]:
        """The tones and rhymes of a character; of one that no rhyme has, one reading whose tone may be either."""
        found = self._known.get(word)
        if found is None:
            rhymes = dict.fromkeys(rhyme for character in self.standard(word) for rhyme in self._rhymes.get(character, ()))
            found = self._known[word] = tuple(Reading("平" if "平" in rhyme else "仄", rhyme, self._slants.get(rhyme, rhyme))
                                              for rhyme in rhymes) or _UNKNOWN
        return found

    def prepare(self, words: Sequence[str]) -> None:
        """Nothing: characters are looked up."""

    def sound(self, word: str) -> str:
        """The form under which the rhyme book has a character: no variant rhymes with it."""
        return self.standard(word)

    def rhyme(self, a: str, b: str) -> float:
        """Grade of the rhyme of two characters, by any of their readings; ``SLANT`` is a neighbouring rhyme (鄰韻)."""
        if set(self.standard(a)) & set(self.standard(b)):
            return NONE
        pairs = [(one, other) for one in self.readings(a) for other in self.readings(b) if one.rhyme and other.rhyme]
        if any(one.rhyme == other.rhyme for one, other in pairs):
            return PERFECT
        return SLANT if any(one.slant == other.slant for one, other in pairs) else NONE

    def standard(self, character: str) -> str:
        """The form, or the forms, under which the rhyme book has a character; itself where it has none."""
        if character in self._rhymes and not (self._simplified and character in self._standard):
            return character
        own = character if character in self._rhymes else ""
        plain = normalize("NFKC", character)
        return (self._standard.get(character) or self._standard.get(plain) or plain) + own

    def _read(self, table: str) -> None:
        for line in table.splitlines():
            tag, *parts = line.split(" ")
            if tag == "鄰":
                self._slants.update(dict.fromkeys(parts, parts[0]))
            elif tag in ("異", "簡"):
                self._standard.update({part[0]: part[1:] for part in parts})
            elif tag != "#" and parts:
                for character in parts[0]:
                    self._rhymes.setdefault(character, []).insert(0, tag)
                for character in "".join(parts[1:]):
                    self._rhymes.setdefault(character, []).append(tag)
