"""The poems of ``verses``: how many, how labelled, and that each keeps its form. Their sounds, by dictionary, are in test_verses_sounds."""
import os
import re
import subprocess
import sys
from collections import Counter, defaultdict
from itertools import pairwise
from pathlib import Path

import pytest

from artengine.works import Text
from artengine_corpora.verses import Verses

LEAST = {"haiku": 60, "tanka": 15, "couplet": 25, "quatrain": 40, "limerick": 20, "sonnet": 8, "acrostic": 10, "free": 25,
         "五绝": 25, "七绝": 25, "五律": 5, "七律": 5}
THEMES = {"sea", "machines", "city", "weather", "grief", "kitchen", "mathematics", "birds", "trains", "insomnia", "tools", "maps",
          "gardens", "words", "music"}
LINES = {"haiku": 3, "tanka": 5, "couplet": 2, "quatrain": 4, "limerick": 5, "sonnet": 14, "五绝": 4, "七绝": 4, "五律": 8, "七律": 8}
SYLLABLES = {"haiku": (5, 7, 5), "tanka": (5, 7, 5, 7, 7)}
SCHEMES = {"couplet": {"AA"}, "quatrain": {"ABAB", "AABB", "ABBA", "ABCB"}, "limerick": {"AABBA"},
           "sonnet": {"ABABCDCDEFEFGG", "ABBAABBACDECDE", "ABBAABBACDCDCD"}}
# words whose syllables are not their groups of vowels
COUNTED = {1: "crane's drawer breathes spade's", 2: "being going quiet ninety every hundred something dryers safely gateposts someone's applause",
           3: "everything everybody somebody somebody's arguing radio loneliness whoever barrier rearrange", 4: "everybody's"}
KNOWN = {word: n for n, words in COUNTED.items() for word in words.split()}
# words that rhyme and are not spelt alike
ALIKE = """
again when | lane rain | ago flow go know owe row show slow snow though | air bear care chair share there where | all shawl | be brie e
easily key knee me sea see tea three | bed thread wed | beer clear dear here tear year | before chore door floor for four
more store tore war | belief grief leaf | bends friends | berth earth | between clean machine | bird heard inferred
stirred | blessed nest | blue do drew through true you | bowed proud | bowl coal hole whole | by bye high july lie pi
pie sky skye | cables labels tables | cards yards | clears ears fears years | come plum | could should stood wood |
creek weak | day soufflé they tray | dealt felt | done one run spun sun | eat feet sleet wheat | end friend | field
resealed | fire tyre | fleece geese lease peace | gate grate late wait weight | gift miffed | goes rows those toes |
gone on | greens means | laid made paid trade | land planned | least priest | leaves sleeves thieves | line mine sign
| meant went | mile style | overtone own shown telephone | please these | post toast | replied tide | reviews screws |
ripe type | rule school | schemes seems streams | sluice use | teal wheel
"""
FAMILIES = [frozenset(family.split()) for family in ALIKE.replace("\n", " ").split("|")]


@pytest.fixture(scope="module")
def poems():
    return list(Verses(None, None, None))


@pytest.fixture(scope="module")
def by_form(poems):
    forms = defaultdict(list)
    for poem in poems:
        forms[poem.labels["form"]].append(poem)
    return forms


def words(line):
    return re.findall(r"[a-zé]+(?:'[a-z]+)*", line.lower().replace("ö", "o"))


def syllables(word):
    """Groups of vowels, less a silent e, unless the word is known better."""
    if word in KNOWN:
        return KNOWN[word]
    silent = re.search("[^aeiouyl]e$|[aeiouy]le$|[^aeioutdy]ed$|[^aeiouyscxzgh]es$", word) and not re.search("[^aeiouy]les$", word)
    return max(len(re.findall("[aeiouy]+", word)) - bool(silent) + bool(re.search("(ss|x|sh|ch)'s$", word)), 1)


def ending(word):
    return re.search("[aeiouyé]+[^aeiouyé]*(e|es|ed)?$", word)[0]


def rhyme(a, b):
    return a != b and (ending(a) == ending(b) or any({a, b} <= family for family in FAMILIES))


def rhymes_kept(poem, rhyme=rhyme):
    """The pairs of words that the poem's scheme says rhyme, and do not."""
    sounds = defaultdict(list)
    for line, letter in zip(poem.lines, poem.labels["rhyme"], strict=True):
        sounds[letter].append(words(line)[-1])
    return [pair for group in sounds.values() for pair in pairwise(group) if not rhyme(*pair)]


def test_there_are_enough_of_every_form(by_form):
    assert by_form.keys() == LEAST.keys()
    assert {form: len(poems) for form, poems in by_form.items() if len(poems) < LEAST[form]} == {}
    languages = Counter(poem.language for poems in by_form.values() for poem in poems)
    assert languages.keys() == {"en", "zh-Hant"}
    assert languages["en"] >= 200
    assert languages["zh-Hant"] >= 60


def test_labels_are_whole(poems):
    for poem in poems:
        assert poem.title.strip() == poem.title != ""
        assert poem.labels["theme"] in THEMES, poem.title
        assert all(value.strip() == value != "" for value in poem.labels.values()), poem.title
        assert all(line == line.strip() for line in poem.body.split("\n")), poem.title
        assert Text.from_data(poem.to_data()) == poem
    assert min(Counter(poem.labels["theme"] for poem in poems if poem.language == "en").values()) >= 2


def test_no_poem_or_line_stands_twice(poems):
    assert [body for body, n in Counter(poem.body.lower() for poem in poems).items() if n > 1] == []
    assert [line for line, n in Counter(line.lower() for poem in poems for line in poem.lines).items() if n > 1] == []
    titles = Counter((poem.labels["form"], poem.title) for poem in poems)
    assert [title for title, n in titles.items() if n > 1] == []


def test_poems_have_the_lines_of_their_form(poems):
    for poem in poems:
        if poem.labels["form"] in LINES:
            assert len(poem.lines) == LINES[poem.labels["form"]], poem.title
            assert "\n\n" not in poem.body


@pytest.mark.parametrize("form", SYLLABLES)
def test_syllables(by_form, form):
    for poem in by_form[form]:
        found = tuple(sum(map(syllables, words(line))) for line in poem.lines)
        assert found == SYLLABLES[form], poem.body


def test_acrostics_spell_their_word(by_form):
    for poem in by_form["acrostic"]:
        assert "".join(line[0].upper() for line in poem.lines) == poem.labels["word"]


@pytest.mark.parametrize("form", SCHEMES)
def test_rhymes(by_form, form):
    assert {poem.labels["rhyme"] for poem in by_form[form]} == SCHEMES[form]
    assert {poem.title: bad for poem in by_form[form] if (bad := rhymes_kept(poem))} == {}


def test_a_lost_rhyme_is_noticed(by_form):
    limerick = by_form["limerick"][0]
    assert rhymes_kept(Text(limerick.body.replace("meant", "said"), labels=limerick.labels)) == [("went", "said")]


def test_metres_vary(by_form):
    metres = Counter(poem.labels["metre"] for poem in by_form["quatrain"])
    assert {metre.split()[0] for metre in metres} == {"iambic", "trochaic", "anapaestic"}
    assert len(metres) >= 6
    assert {poem.labels["metre"] for poem in by_form["sonnet"]} == {"iambic 5"}


def test_fingerprint_is_of_the_content(tmp_path, monkeypatch):
    corpus = Verses(None, None, None)
    before = corpus.fingerprint()
    assert before == Verses(None, None, None).fingerprint()
    folder = Path(sys.modules[Verses.__module__].__file__).with_name("verses")
    for path in folder.glob("*.txt"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    monkeypatch.setattr("artengine_corpora.verses._FOLDER", tmp_path)
    assert corpus.fingerprint() == before
    with (tmp_path / "haiku.txt").open("a", encoding="utf-8") as file:
        file.write("\n# One More / words\none\ntwo\nthree\n")
    assert corpus.fingerprint() != before
    assert "One More" in {poem.title for poem in corpus}


def test_reading_imports_nothing_heavy():
    code = ("import sys; from artengine_corpora.verses import Verses; assert len(list(Verses(None, None, None))) > 260; "
            "print({'numpy', 'torch', 'music21', 'mido', 'PIL'} & set(sys.modules))")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, env=dict(os.environ), check=False)
    assert done.stdout.strip() == "set()", done.stderr


def test_the_card_names_every_file_and_the_licence():
    folder = Path(sys.modules[Verses.__module__].__file__).with_name("verses")
    card = (folder / "CARD.md").read_text(encoding="utf-8")
    assert Verses.licence == "CC0-1.0"
    assert "CC0 1.0" in card
    assert [path.name for path in folder.glob("*.txt") if f"`{path.name}`" not in card] == []
