"""Tones and rhymes of Chinese: against what was settled by hand for ``verses``, against each other, and by known poems."""
import importlib.util
import sys
from itertools import product
from pathlib import Path

import pytest

from artengine_text.prosody.base import NONE, PERFECT, SLANT, prosody_for
from artengine_text.prosody.chinese import Chinese

TABLE = Path(sys.modules[Chinese.__module__].__file__).with_name("chinese.txt").read_text("utf-8")
RHYMES = {line.split()[0]: "".join(line.split()[1:]) for line in TABLE.splitlines() if line and line[0] in "上下去入"}


@pytest.fixture(scope="module")
def chinese():
    return prosody_for("zh-Hant")


@pytest.fixture(scope="module")
def by_hand():
    """The tests of the Chinese verses, whose tones and rhymes were settled one by one."""
    path = Path(__file__).parents[2] / "corpora/test_verses_zh.py"
    spec = importlib.util.spec_from_file_location("test_verses_zh_table", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_table_has_the_106_rhymes_and_says_each_once():
    assert len(RHYMES) == 106
    assert [sum(name.startswith(tone) for name in RHYMES) for tone in ("上平", "下平", "去", "入")] == [15, 15, 30, 17]
    for name, characters in RHYMES.items():
        assert len(set(characters)) == len(characters) >= 9, name


def test_neighbours_and_variants_name_what_there_is():
    rhyming = set("".join(RHYMES.values()))
    for line in TABLE.splitlines():
        tag, *parts = line.split(" ")
        if tag == "鄰":
            assert set(parts) <= set(RHYMES)
            assert len({"平" in part for part in parts}) == 1
        elif tag in ("異", "簡"):
            for part in parts:
                assert set(part[1:]) <= rhyming, part
                assert tag == "簡" or part[0] not in rhyming, part


def test_tones_are_those_settled_by_hand(chinese, by_hand):
    got = {mark: {reading.beats for reading in chinese.readings(mark)} for mark in by_hand.TONES}
    differ = {mark for mark, tones in by_hand.TONES.items() if got[mark] != set(tones)}
    assert differ == {"先", "橙"}  # the book has an oblique reading of each, which that table leaves out
    for mark in differ:
        assert set(by_hand.TONES[mark]) < got[mark]


def test_rhymes_are_those_settled_by_hand(chinese, by_hand):
    for rhyme, marks in by_hand.RHYMES.items():
        for mark in marks:
            assert any(reading.rhyme[2:] == rhyme and reading.beats == "平" for reading in chinese.readings(mark)), (rhyme, mark)


@pytest.mark.parametrize(("a", "b", "grade"), [
    ("東", "紅", PERFECT), ("東", "冬", SLANT), ("東", "江", NONE), ("東", "東", NONE), ("东", "東", NONE), ("爐", "無", PERFECT),
    ("炉", "无", PERFECT), ("峯", "峰", NONE), ("先", "煙", PERFECT), ("門", "村", PERFECT), ("門", "言", PERFECT), ("門", "人", NONE),
    ("事", "未", SLANT), ("住", "處", SLANT), ("月", "雪", SLANT), ("月", "樂", NONE), ("中", "夢", PERFECT), ("𠀀", "𠀁", NONE),
])
def test_grades_of_rhyme(a, b, grade, chinese):
    assert chinese.rhyme(a, b) == chinese.rhyme(b, a) == grade


def test_likeliest_readings_come_first(chinese):
    for mark, rhyme in {"看": "上平十四寒", "中": "上平一東", "先": "下平一先", "爲": "上平四支", "樂": "入十藥", "行": "下平八庚"}.items():
        assert len(chinese.readings(mark)) > 1
        assert chinese.readings(mark)[0].rhyme == rhyme, mark


@pytest.mark.parametrize(("variant", "standard"), ["为為", "爲為", "劒劍", "羣群", "牀床", "烟煙", "来來", "\uf900豈", "发發", "灯燈"])
def test_variants_sound_like_what_they_stand_for(variant, standard, chinese):
    assert chinese.readings(variant) == chinese.readings(standard)
    assert chinese.readings(standard)[0].beats in "平仄"


def test_a_simplified_character_that_is_an_old_one_too():
    traditional, simplified = (prosody_for(tag).readings("干") for tag in ("zh-Hant", "zh-Hans"))
    assert {reading.rhyme for reading in traditional} < {reading.rhyme for reading in simplified}


def test_what_no_rhyme_has_may_be_either(chinese):
    assert [reading.beats for reading in chinese.readings("𠀀")] == ["x"]
    assert not chinese.readings("𠀀")[0].rhyme


def test_words_are_han_characters(chinese):
    assert chinese.words("白日依山盡，(一作 end) 𠀀。") == list("白日依山盡一作𠀀")


def test_weak_characters_end_no_line_of_the_verses(chinese, by_hand):
    from artengine_corpora.verses import Verses

    ends = [marks[-1] for poem in Verses(None, None, None) if poem.language == "zh-Hant" for marks in by_hand.marks(poem)]
    assert sum(end in chinese.weak for end in ends) <= 0.01 * len(ends)
    assert {"不", "而", "與", "与"} <= chinese.weak


def test_regulated_poems_of_the_tang_rhyme(chinese):
    """Ten known by heart; benchmarks/chinese_rhyme.py counts over whole collections."""
    for ends in ("流樓", "鄉霜光", "深心金簪", "迴來開", "間關山", "昏原", "衣飛歸", "沙家花", "情聲", "灰堆開來哀"):
        for a, b in product(ends, ends):
            assert a == b or chinese.rhyme(a, b) >= SLANT, (a, b)


def test_it_loads_with_nothing_heavy():
    import subprocess

    code = "import sys, artengine_text.prosody.chinese as c; c.Chinese('zh').readings('東'); print({'numpy', 'torch', 'json'} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "set()"
