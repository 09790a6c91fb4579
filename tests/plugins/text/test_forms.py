"""Forms: from a wish to a plan of every line; what cannot be is said before."""
import re
import sys

import pytest

from artengine.errors import ArtengineError
from artengine_text.forms import resolve
from artengine_text.forms.describing import built_in, known, read
from artengine_text.forms.form import MARKS, LinePlan, fits, meet
from artengine_text.forms.meter import parse as parse_meter
from artengine_text.forms.scheme import parse as parse_scheme
from artengine_text.forms.scheme import plain
from artengine_text.forms.wish import FormControls
from artengine_text.prosody.base import Reading, prosody_for


class Spoken:
    """A language of which every letter is a syllable: ``s`` stressed, ``u`` not, any other either; the last two letters rhyme."""

    weak = frozenset()

    def __init__(self, language="en"):
        self.language = language

    def words(self, line):
        return re.findall(r"\w+", line)

    def readings(self, word):
        return (Reading("".join({"s": "1", "u": "0"}.get(letter, "x") for letter in word), word[-2:], word[-1]),)

    def prepare(self, words):
        pass

    def rhyme(self, a, b):
        return 1.0 if a != b and a[-2:] == b[-2:] else 0.0


class First:
    def integers(self, high):
        return 0


ENGLISH, CHINESE, FRENCH = Spoken(), prosody_for("zh"), Spoken("fr")


def wished(prosody=ENGLISH, **wish):
    return resolve(FormControls(**wish), prosody)


def plan(prosody=ENGLISH, **wish):
    return wished(prosody, **wish).plan(First())


def syllables(lines):
    return [len(line.patterns[0]) for line in lines]


def rhymes(lines):
    return "".join(line.rhyme or "-" for line in lines)


@pytest.mark.parametrize(("wish", "counts", "scheme"), [
    ({"form": "haiku"}, [5, 7, 5], "---"),
    ({"form": "tanka"}, [5, 7, 5, 7, 7], "-----"),
    ({"form": "sonnet"}, [10] * 14, "ABABCDCDEFEFGG"),
    ({"form": "Sonnet", "syllables": (10,)}, [10] * 14, "ABABCDCDEFEFGG"),
    ({"form": "petrarchan", "rhyme": "abbaabbacdcdcd"}, [10] * 14, "ABBAABBACDCDCD"),
    ({"form": "limerick"}, [9, 9, 6, 6, 9], "AABBA"),
    ({"form": "couplet"}, [10, 10], "AA"),
    ({"form": "quatrain", "rhyme": "ABAB", "syllables": (8, 6, 8, 6)}, [8, 6, 8, 6], "ABAB"),
    ({"form": "quatrain", "meter": "iambic 5"}, [10] * 4, "ABAB"),
    ({"form": "ballad", "lines": 12}, [8, 6] * 6, "-A-A-B-B-C-C"),
    ({"syllables": (5, 7, 5)}, [5, 7, 5], "---"),
    ({"lines": 12, "rhyme": "ABAB", "meter": "iambic 4343"}, [8, 6] * 6, "ABABCDCDEFEF"),
    ({"meter": "iambic", "syllables": (6, 10), "lines": 4}, [6, 10] * 2, "----"),
])
def test_what_was_asked_is_planned(wish, counts, scheme):
    lines = plan(**wish)
    assert syllables(lines) == counts
    assert rhymes(lines) == scheme


def test_lines_of_any_length():
    lines = plan(lines=6, rhyme="AABBCC")
    assert [line.patterns for line in lines] == [()] * 6
    assert rhymes(lines) == "AABBCC"


def test_free_verse_ends_when_it_will():
    lines = plan()
    assert len(lines) == 24
    assert [line.may_end for line in lines] == [False] * 3 + [True] * 20 + [False]  # the last one is the end anyhow
    assert {line.ends_stanza for line in lines} == {None}


def test_a_ballad_may_end_with_any_stanza_from_the_third_on():
    lines = plan(form="ballad")
    assert [i for i, line in enumerate(lines) if line.may_end] == [11, 15, 19, 23, 27]
    assert [i for i, line in enumerate(lines) if line.ends_stanza] == [3, 7, 11, 15, 19, 23, 27]
    assert len({line.rhyme for line in lines}) == 1 + 8


def test_a_scheme_gone_through_again_makes_stanzas_and_is_told():
    form = wished(rhyme="ABAB", lines=8)
    assert [i for i, line in enumerate(form.variants[0]) if line.ends_stanza] == [3]
    assert form.notes == ("The rhyme scheme ABAB is gone through 2 times, each a stanza.",)


def test_an_acrostic_spells_its_words():
    lines = plan(form="acrostic:sea salt", rhyme="-A+")
    assert "".join(line.starts for line in lines) == "seasalt"
    assert [i for i, line in enumerate(lines) if line.ends_stanza] == [2]
    assert rhymes(lines) == "-A-A-A-"


def test_prefixes_open_the_poem():
    lines = plan(form="haiku", prefix="uuuuu\nus s")
    assert [line.starts for line in lines] == ["uuuuu\n", "us s", ""]
    assert plan(form="acrostic:SEA", prefix="sus")[0].starts == "sus"
    assert plan(prefix="usus")[1] == LinePlan((), ends_stanza=None)
    lines = plan(prefix="u\n" * 5 + "us")
    assert [i for i, line in enumerate(lines) if line.may_end] == list(range(5, 23))  # not before all of it is said


def test_a_variant_that_cannot_begin_so_is_left_out():
    assert {len(plan[0].patterns[0]) for plan in wished(form="quatrain").variants} == {8, 10}
    assert {len(plan[0].patterns[0]) for plan in wished(form="quatrain", prefix="usususus us").variants} == {10}
    assert wished(CHINESE, form="七绝", prefix="白日").titles == ("仄起首句入韻", "仄起首句不入韻")


def test_language_without_stress_counts_syllables():
    assert plan(FRENCH, form="couplet")[0].patterns == ("x" * 10,)
    assert plan(ENGLISH, form="couplet")[0].patterns == ("xx0x0x0x0x", "xx0x0x0x0x-")


@pytest.mark.parametrize(("name", "lines", "width"), [("五绝", 4, 5), ("七绝", 4, 7), ("五律", 8, 5), ("七律", 8, 7)])
def test_regulated_verse(name, lines, width):
    form = wished(CHINESE, form=name)
    assert len(form.variants) == len(set(form.titles)) == 4
    for title, variant in zip(form.titles, form.variants, strict=True):
        assert syllables(variant) == [width] * lines
        assert [line.closes for line in variant] == ["，", "。"] * (lines // 2)
        rhyming = [i for i, line in enumerate(variant) if line.rhyme]
        assert rhyming == [0] * ("首句入韻" in title) + list(range(1, lines, 2))
        second = [{pattern[1] for pattern in line.patterns} for line in variant]
        assert second[0] == {title[0]}
        for i in range(1, lines):  # 對 within a couplet, 粘 between two
            assert (second[i] == second[i - 1]) is (i % 2 == 0)
        for i, line in enumerate(variant):
            for pattern in line.patterns:
                assert pattern[-1] == ("平" if i in rhyming else "仄")
                assert not fits(pattern, "x" * (width - 3) + "平平平")
                assert not fits(pattern, "x" * (width - 3) + "仄仄仄")
                assert not fits(pattern, "x" * (width - 5) + "仄平仄仄平")  # 孤平


def test_names_of_chinese_forms():
    for other in ("七絕", "qijue", "QIJUE", "七绝"):
        assert wished(CHINESE, form=other).name == "七绝"


@pytest.mark.parametrize(("heads", "widths", "variants"), [("春夏秋冬", {5, 7}, 8), ("大江流日夜客", {5, 7}, 2), ("春", {5, 7}, 2)])
def test_head_characters(heads, widths, variants):
    form = wished(CHINESE, form=f"藏頭：{heads}")
    assert {len(plan[0].patterns[0]) for plan in form.variants} == widths
    assert len(form.variants) == variants
    assert all("".join(line.starts for line in plan) == heads for plan in form.variants)
    assert {len(plan[0].patterns[0]) for plan in wished(CHINESE, form=f"藏头:{heads}", syllables=(5,)).variants} == {5}


@pytest.mark.parametrize(("wish", "wrong", "advice"), [
    ({"form": "sonet"}, 'There is no form "sonet"', 'Did you mean "sonnet"'),
    ({"form": "七绝"}, 'English has no form "七绝"', "Its forms are free, haiku"),
    ({"form": "haiku", "syllables": (5, 5, 5)}, 'Line 2 of "haiku" has 7 syllables', "Leave out"),
    ({"form": "haiku", "meter": "iambic pentameter"}, 'Line 1 of "haiku" has 5 syllables', "Leave out"),
    ({"form": "haiku", "lines": 4}, '"haiku" has 3 lines, and --lines 4', "--form free --lines 4"),
    ({"form": "quatrain", "rhyme": "AABBA"}, "for 5 lines, and the poem has 4", "a letter for each line"),
    ({"lines": 6, "rhyme": "ABAB"}, "for 4 lines, and the poem has 6", "a letter for each line"),
    ({"lines": 4, "rhyme": "AABBCC"}, "for 6 lines, and the poem has 4", "a letter for each line"),
    ({"lines": 4, "syllables": (5, 7, 5)}, "of 3 lines does not fill evenly", "other --lines"),
    ({"form": "limerick", "rhyme": "ABABA"}, '"limerick" rhymes AABBA', "--form free"),
    ({"form": "ballad", "lines": 13}, "stanzas of 4 lines", "12 or 16 lines"),
    ({"form": "acrostic"}, "does not say what its lines begin with", "--form acrostic:TIDE"),
    ({"form": "acrostic:R2D2"}, 'No line can begin with "2"', "letters only"),
    ({"form": "haiku:sea"}, "takes nothing after a colon", "--form haiku"),
    ({"meter": "iambic"}, "does not say how many feet", "iambic tetrameter"),
    ({"meter": "iambik pentameter"}, "is no metre", 'Did you mean "iambic"'),
    ({"meter": "iambic pentametre"}, '"pentametre" is no number of feet', 'Did you mean "pentameter"'),
    ({"meter": "anapaestic", "syllables": (1,)}, "No line in anapaestic metre has 1 syllables", "--syllables"),
    ({"meter": "平平仄仄平"}, "English has no such beats", "0 and 1"),
    ({"rhyme": "AB?B"}, '"?" means nothing', "a letter for each line"),
    ({"rhyme": "/"}, "is no rhyme scheme", "a letter for each line"),
    ({"form": "haiku", "prefix": "uuuuuu"}, '"haiku" cannot begin so: line 1 must be xxxxx, and "uuuuuu" is 000000', "otherwise"),
    ({"form": "haiku", "prefix": "uuuu\nu"}, '"uuuu" is 0000', "otherwise"),
    ({"form": "couplet", "prefix": "u\nu\nu"}, "The prefix has 3 lines, the poem only 2", "fewer"),
    ({"form": "ballad", "prefix": "usususus\nususus\nusususus\nususus\nsss"}, "cannot begin so: line 5", "otherwise"),
    ({"prefix": "u\n" * 30}, "The prefix has 30 lines, the poem only 24", "fewer"),
    ({"form": "acrostic:SEA", "prefix": "uus"}, 'Line 1 must begin with "S"', "Change the one"),
    ({"form": "sonnet", "prefix": "usu sus us usss"}, "cannot begin so", "otherwise"),
    ({"form": "nowhere.toml"}, "nowhere.toml cannot be read", "path"),
])
def test_what_cannot_be_is_said_before(wish, wrong, advice):
    with pytest.raises(ArtengineError) as said:
        wished(**wish)
    assert wrong in said.value.wrong
    assert advice in said.value.advice


@pytest.mark.parametrize(("prosody", "wish", "wrong"), [
    (CHINESE, {"form": "sonnet"}, 'Chinese has no form "sonnet"'),
    (CHINESE, {"meter": "iambic pentameter"}, "Chinese has no such beats"),
    (CHINESE, {"form": "七绝", "rhyme": "ABAB"}, '"七绝" rhymes AA-A'),
    (CHINESE, {"form": "七绝", "prefix": "人人人人"}, "cannot begin so"),
    (FRENCH, {"meter": "iambic pentameter"}, 'The language "fr" has no such beats'),
    (FRENCH, {"form": "limerick"}, 'The language "fr" has no form "limerick"'),
    (ENGLISH, {"form": "acrostic:月"}, 'English has no word that begins with the character "月"'),
])
def test_what_a_language_lacks(prosody, wish, wrong):
    with pytest.raises(ArtengineError, match=re.escape(wrong)):
        wished(prosody, **wish)


@pytest.mark.parametrize(("text", "letters", "breaks"), [
    ("abab", "ABAB", set()), ("CDDC", "ABBA", set()), ("ABCB", "-A-A", set()), ("AXAX-A", "A-A--A", set()),
    ("ABAB CDCD", "ABABCDCD", set()), ("ABA/BCB/", "ABAB-B", {2}), ("A1bA2/abA1", "ABAABA", {2}),
])
def test_schemes(text, letters, breaks):
    scheme = parse_scheme(text)
    assert plain(scheme.letters) == letters
    assert scheme.breaks == breaks


@pytest.mark.parametrize(("text", "lines", "beats", "kept"), [
    ("iambic pentameter", 1, "0101010101", True), ("iambic pentameter", 1, "1001010100", True),
    ("iambic pentameter", 1, "01010101010", True), ("iambic pentameter", 1, "0101100101", False),
    ("iambic pentameter", 1, "0101010101x", False), ("trochaic tetrameter", 1, "1010101", True), ("trochaic 4", 1, "10101010", True),
    ("anapestic trimeter", 1, "01001001", True), ("anapaestic 33223", 5, "001001001", True), ("dactylic 4,3", 2, "1001001001", True),
    ("0101", 1, "0101", True), ("0101", 1, "0100", False), ("0x01/01", 2, "0101", True), ("iambic 11", 1, "01" * 11, True),
])
def test_metres(text, lines, beats, kept):
    found = parse_meter(text)
    assert len(found) == lines
    assert any(fits(pattern, beats) for pattern in found[0]) is kept


def test_patterns_that_meet():
    for one, other, both in [("xxx", "010", "010"), ("0x1", "x01", "001"), ("0-", "00", "0-"), ("01", "11", ""), ("01", "010", "")]:
        assert meet(one, other) == meet(other, one) == both
        assert all(fits(both, beats) <= (fits(one, beats) and fits(other, beats)) for beats in ("001", "010", "00", "01", "xxx"))


def test_every_form_can_be_had_in_some_language():
    for name, described in built_in().items():
        assert described.summary.endswith(".")
        prosody = CHINESE if described.languages == ("zh",) else ENGLISH
        form = wished(prosody, form=f"{name}:{'春夏' if prosody is CHINESE else 'TIDE'}" if described.takes else name)
        assert form.plans(len(form.plan(First())))
        assert all(set(pattern) <= set(MARKS) for plan in form.variants for line in plan for pattern in line.patterns)


VILLANELLE = '[form.villanelle]\nsummary = "Two refrains."\nrhyme = "A1bA2/abA1/abA2/abA1/abA2/abA1A2"\nmeter = "iambic 5"\n'


def test_a_file_of_forms(tmp_path):
    file = tmp_path / "mine.toml"
    file.write_text(VILLANELLE + '[form.row]\nsummary = "Rows."\nlines = [["01", "10"], "1x"]\nclosing = ""\n'.replace('closing = ""\n', ""))
    lines = plan(form=str(file))
    assert len(lines) == 19
    assert [i for i, line in enumerate(lines) if line.refrain == "A1"] == [0, 5, 11, 17]
    assert [line.patterns for line in plan(form=f"{file}:row")] == [("01", "10"), ("1x",)]
    with pytest.raises(ArtengineError, match=r'describes no form "rows". Did you mean "row"'):
        plan(form=f"{file}:rows")


@pytest.mark.parametrize(("text", "wrong"), [
    ("[form.a]\nsumary = 'x'", 'has "sumary", which no form has'), ("[form.a]\nlines = 3", "has no summary"), ("x = 1", 'has "x" where only'),
    ("", "describes no form"), ("[form", "is not TOML"), ("[form.a]\nsummary='s'\nlines=['02']", 'has the pattern "02"'),
    ("[form.a]\nsummary='s'\nrepeats=[3, 2]", 'has "repeats = [3, 2]"'), ("[form.a]\nsummary='s'\nloose=['lenth']", 'has "loose ='),
    ("[form.a]\nsummary='s'\nsyllables=[0]", 'has "syllables = [0]"'), ("[form.a]\nsummary='s'\ngrade='good'", "has \"grade = 'good'\""),
    ("[form.a]\nsummary='s'\n[form.a.variant]\nlines=2", '"variant" must stand in double brackets'),
    ("[form.a]\nsummary='s'\n[[form.a.variant]]\nline=2", 'has a variant with "line"'), ("[form.a]\nsummary='s'\nrhyme=2", "neither text nor"),
])
def test_a_file_that_is_wrong_says_where(text, wrong, tmp_path):
    file = tmp_path / "wrong.toml"
    file.write_text(text)
    with pytest.raises(ArtengineError) as said:
        read(file)
    assert wrong in said.value.wrong
    assert "wrong.toml" in said.value.wrong
    assert said.value.advice


@pytest.fixture
def package(tmp_path, monkeypatch):
    """An installed package with forms, which must not be imported for them."""
    (tmp_path / "strange_forms/forms").mkdir(parents=True)
    (tmp_path / "strange_forms/__init__.py").write_text("raise RuntimeError('imported')")
    (tmp_path / "strange_forms/forms/v.toml").write_text(VILLANELLE)
    info = tmp_path / "strange_forms-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Name: strange-forms\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[artengine1.forms]\nvillanelle = strange_forms:forms/v.toml\nlost = strange_forms:forms/lost.toml\ngone = no_such:x.toml\n")
    monkeypatch.syspath_prepend(tmp_path)


@pytest.mark.usefixtures("package")
def test_forms_of_installed_packages_are_read_without_importing_them():
    assert len(plan(form="villanelle")) == 19
    assert "villanelle" in known()
    assert "strange_forms" not in sys.modules
    with pytest.raises(ArtengineError, match=r"lost\.toml cannot be read"):
        plan(form="lost")
    with pytest.raises(ArtengineError, match='"gone" of strange-forms is said to be at "no_such:x'):
        plan(form="gone")


def test_without_the_package_its_form_is_unknown():
    with pytest.raises(ArtengineError, match='There is no form "villanelle"'):
        plan(form="villanelle")


def test_the_controls_are_flags_of_a_generator_that_inherits_them():
    from dataclasses import dataclass
    from typing import Annotated

    from artengine.api import Opt
    from artengine.options import fields

    @dataclass(frozen=True)
    class Controls(FormControls):
        temperature: Annotated[float, Opt("Warmth.", min=0)] = 1.0

    assert [field.name for field in fields(Controls)] == ["form", "rhyme", "meter", "syllables", "lines", "prefix", "theme", "temperature"]
    assert wished(form="haiku") == resolve(Controls(form="haiku"), ENGLISH)


def test_the_start_of_the_command_line_is_not_burdened():
    import subprocess

    code = "import sys, artengine_text.forms.wish; print({'numpy', 'tomllib', 'artengine_text.forms.resolving'} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "set()"
