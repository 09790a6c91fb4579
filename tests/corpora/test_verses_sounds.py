"""The sounds of the English ``verses`` by a pronouncing dictionary: syllables, rhymes and metres.

The dictionary is not ours to ship: these tests run where the environment variable ``CMUDICT`` names a copy of ``cmudict.dict``.
"""
import os
import re
from collections import Counter, defaultdict
from itertools import combinations, product
from pathlib import Path

import pytest

from artengine_corpora.verses import Verses

DICTIONARY = os.environ.get("CMUDICT", "")
pytestmark = pytest.mark.skipif(not DICTIONARY, reason="CMUDICT names no pronouncing dictionary (a copy of cmudict.dict)")

# words and pronunciations that the dictionary lacks
MORE = """
acquired AH0 K W AY1 R D
adze AE1 D Z
bleat B L IY1 T
cellos CH EH1 L OW0 Z
drainpipe D R EY1 N P AY2 P
dosed D OW1 S T
dunking D AH1 NG K IH0 NG
dunnock D AH1 N AH0 K
exhaling EH0 K S HH EY1 L IH0 NG
gateposts G EY1 T P OW2 S T S
glasshouse G L AE1 S HH AW2 S
horsehair HH AO1 R S HH EH2 R
jackdaw JH AE1 K D AO2
mapmaker M AE1 P M EY2 K ER0
metronome M EH1 T R AH0 N OW2 M
neap N IY1 P
nought N AO1 T
pencilled P EH1 N S AH0 L D
signalman S IH1 G N AH0 L M AH0 N
soufflé S UW0 F L EY1
spanners S P AE1 N ER0 Z
steadies S T EH1 D IY0 Z
tired T AY1 R D
swarf S W AO1 R F
topologist T AH0 P AA1 L AH0 JH IH0 S T
trawlerman T R AO1 L ER0 M AH0 N
unpredicted AH2 N P R IH0 D IH1 K T IH0 D
upturned AH1 P T ER2 N D
vinaigrette V IH2 N AH0 G R EH1 T
vole V OW1 L
"""
SYLLABLES = {"haiku": (5, 7, 5), "tanka": (5, 7, 5, 7, 7)}
RHYMED = ("couplet", "quatrain", "limerick", "sonnet")
FEET = {"iambic": "01", "trochaic": "10", "anapaestic": "001"}
# words of two or three syllables so slight that they take whatever stress a line gives them
SLIGHT = {"after", "every", "very", "over", "under", "into", "upon", "any", "many", "only", "never", "always", "without", "again",
          "before", "behind", "beneath", "against", "between", "until", "almost", "other"}


@pytest.fixture(scope="module")
def sounds():
    """Word to its pronunciations, a list of phones each."""
    found = defaultdict(list)
    for line in Path(DICTIONARY).read_text(encoding="utf-8").splitlines() + MORE.strip().splitlines():
        word, *phones = line.split("#")[0].split()
        found[re.sub(r"\(\d\)$", "", word)].append(phones)
    return found


@pytest.fixture(scope="module")
def poems():
    return [poem for poem in Verses(None, None, None) if poem.language == "en"]


def words(line):
    return re.findall(r"[a-zé]+(?:'[a-z]+)*", line.lower())


def pronounced(word, sounds):
    if word in sounds:
        return sounds[word]
    assert word.endswith("'s"), f"{word} is in no dictionary"
    return [[*phones, *(["IH0", "Z"] if phones[-1] in {"S", "Z", "SH", "ZH", "CH", "JH"} else ["Z"])]
            for phones in pronounced(word[:-2], sounds)]


def stresses(phones):
    return "".join(phone[-1] for phone in phones if phone[-1].isdigit())


def tails(word, sounds):
    """From each vowel that can bear a rhyme to the end: a stressed one, an only one, or the last of three or more."""
    found = set()
    for phones in pronounced(word, sounds):
        vowels = [i for i, phone in enumerate(phones) if phone[-1].isdigit()]
        found |= {re.sub(r"\d", "", " ".join(phones[i:])).replace("IH R", "IY R") for i in vowels
                  if phones[i][-1] in "12" or len(vowels) == 1 or (i == vowels[-1] and len(vowels) >= 3)}
    return found


def beats(line, sounds):
    """Every way to stress a line: 1 for a beat, 0 for none, x for a syllable that may be either."""
    ways = [{"x" * len(s) if len(s) == 1 or word in SLIGHT else s.replace("2", "x") for s in map(stresses, pronounced(word, sounds))}
            for word in words(line)]
    return {"".join(way) for way in product(*ways)}


def scans(line, foot, feet, sounds):
    """Whether the stresses of words of several syllables fall on beats, the line's first syllable aside."""
    whole = FEET[foot] * feet
    patterns = {whole, whole[:-1] if foot == "trochaic" else whole + "-"}  # the one more must be unstressed for certain
    if foot == "anapaestic":
        patterns |= {pattern[1:] for pattern in patterns}
    able = {"1": "1x", "0": "0x", "-": "0"}
    return any(len(way) == len(pattern) and all(stress in able[beat] or i == 0 or beat + stress == "10"
                                                for i, (stress, beat) in enumerate(zip(way, pattern, strict=True)))
               for way in beats(line, sounds) for pattern in patterns)


def test_haiku_and_tanka_have_their_syllables(poems, sounds):
    for poem in poems:
        for line, want in zip(poem.lines, SYLLABLES.get(poem.labels["form"], ()), strict=poem.labels["form"] in SYLLABLES):
            counts = {sum(map(len, way)) for way in product(*({stresses(p) for p in pronounced(w, sounds)} for w in words(line)))}
            assert want in counts, line


def test_rhymes_are_perfect_and_where_the_scheme_says(poems, sounds):
    wrong = []
    for poem in poems:
        if poem.labels["form"] in RHYMED:
            ends = [(letter, words(line)[-1]) for line, letter in zip(poem.lines, poem.labels["rhyme"], strict=True)]
            wrong += [(poem.title, a, b) for (x, a), (y, b) in combinations(ends, 2)
                      if (a != b and bool(tails(a, sounds) & tails(b, sounds))) != (x == y)]
    assert wrong == []


def test_stresses_fall_on_beats(poems, sounds):
    wrong = []
    for poem in poems:
        if "metre" in poem.labels:
            foot, feet = poem.labels["metre"].split()
            wrong += [line for i, line in enumerate(poem.lines) if not scans(line, foot, int(feet[i % len(feet)]), sounds)]
    assert wrong == []


@pytest.mark.parametrize(("line", "fits"), [("She draws the fronts as cheerfully as lace", True),
                                            ("She draws the polite fronts as if in lace", False),
                                            ("She draws the fronts as cheerfully as any lace", False)])
def test_a_line_out_of_metre_is_noticed(line, fits, sounds):
    assert scans(line, "iambic", 5, sounds) is fits


def test_every_word_is_pronounced(poems, sounds):
    unknown = Counter(word for poem in poems for word in words(poem.body.replace("ö", "o"))
                      if word not in sounds and word.removesuffix("'s") not in sounds)
    assert len(unknown) < 40, unknown  # of the free verse and the acrostics, whose sounds are not checked
