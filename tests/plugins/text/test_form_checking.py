"""A poem held against a form: what is found wrong, in which line, and which form a poem has."""
import re
from dataclasses import replace

import pytest

from artengine_corpora.verses import Verses
from artengine_text.forms import check, guess, resolve
from artengine_text.forms.wish import FormControls
from artengine_text.prosody.base import EYE, NONE, PERFECT, SLANT, Reading, prosody_for


class Spoken:
    """A language of which every letter is a syllable: ``s`` stressed, ``u`` not, any other either.

    Words rhyme by their last two letters, by half by the last one, to the eye where both have a ``q``. ``b`` is said as one
    syllable or two.
    """

    weak = frozenset()

    def __init__(self, language="en"):
        self.language = language

    def words(self, line):
        return re.findall(r"\w+", line.lower())

    def readings(self, word):
        beats = "".join({"s": "1", "u": "0"}.get(letter, "x") for letter in word)
        return tuple(Reading(said, word[-2:], word[-1]) for said in [beats, *([beats + "x"] if "b" in word else [])])

    def prepare(self, words):
        pass

    def rhyme(self, a, b):
        if a == b:
            return NONE
        return PERFECT if a[-2:] == b[-2:] else SLANT if a[-1] == b[-1] else EYE if "q" in a and "q" in b else NONE


ENGLISH, CHINESE = Spoken(), prosody_for("zh")


def held(text, prosody=ENGLISH, **wish):
    return check(resolve(FormControls(**wish), prosody), text, prosody)


def kinds(checked):
    return [fault.kind for fault in checked.faults]


def test_a_poem_that_keeps_its_form():
    checked = held("aa aaa\nss ss sss\nuuuuu", form="haiku")
    assert checked
    assert [line.beats for line in checked.lines] == ["xxxxx", "1111111", "00000"]
    assert checked.share("syllables") == 1
    assert checked.share("rhyme") is None


@pytest.mark.parametrize(("text", "faults"), [
    ("aaaa\naaaaaaa\naaaaa", ['Line 1, "aaaa", has 4 syllables, where 5 are asked.']),
    ("aaaab\naaaaaab\naaaaa", []),  # the one word may be said with six
    ("aaab\naaaaaaa\naaabb", []),
    ("aaaaa\naaaaaaa", ["The poem has 2 lines, where haiku has 3."]),
    ("aaaaa\n...\naaaaa", ["Line 2 has no word."]),
])
def test_syllables(text, faults):
    assert [fault.says for fault in held(text, form="haiku").faults] == faults


def test_beats_name_the_word_at_fault():
    checked = held("us us us us us\nua us us su uc", form="couplet", meter="iambic pentameter")
    assert [fault.says for fault in checked.faults] == [
        'Line 2, "ua us us su uc", is 0x01011000 where xx0x0x0x0x is asked: syllable 7, of "su", is 1.'.replace("1000", "100x"),
        '"uc", which ends line 2, does not rhyme with "us" of line 1.']
    assert checked.share("beats") == checked.share("syllables") - 0.5 == 0.5


@pytest.mark.parametrize(("second", "says"), [
    ("ccxa", None), ("cya", "rhymes only by half with"), ("aqz", "rhymes only to the eye with"), ("cc", "does not rhyme with"),
    ("bqxa", "is the same word as"),
])
def test_grades_of_rhyme_in_words(second, says):
    checked = held(f"bqxa\n{second}", rhyme="AA")
    assert [fault.says for fault in checked.faults] == ([f'"{second}", which ends line 2, {says} "bqxa" of line 1.'] if says else [])
    assert checked.lines[0].grade is None


def test_a_slant_form_takes_slant_rhymes(tmp_path):
    (tmp_path / "s.toml").write_text('[form.s]\nsummary = "s"\nrhyme = "AA"\ngrade = "slant"\n')
    assert held("bxa\ncya", form=str(tmp_path / "s.toml"))
    assert not held("bxa\ncyz", form=str(tmp_path / "s.toml"))


def test_the_variant_that_fits_best_is_taken():
    abab, abba = "us us us xa\nus us us yb\nus us us za\nus us us wyb", "us us us xa\nus us us yb\nus us us wyb\nus us us zxa"
    assert "".join(line.plan.rhyme for line in held(abba, form="quatrain").lines) == "ABBA"
    assert kinds(held(abab, form="quatrain", rhyme="ABBA")).count("rhyme") == 2


def test_starts_stanzas_and_refrains(tmp_path):
    assert held("Tide.\n'in' it\n(do\nE", form="acrostic:tide")
    assert kinds(held("a\ni\nd\ne", form="acrostic:TIDE")) == ["starts"]
    assert kinds(held("cxa\ndxa\ncxe\ndxe", rhyme="AA", lines=4)) == ["stanza"]
    assert held("cxa\ndxa\n\ncxe\ndxe", rhyme="AA", lines=4)
    (tmp_path / "t.toml").write_text('[form.t]\nsummary = "t"\nrhyme = "A1B1xA1B1"\n')
    assert held("Sea, xa.\nno ya\nza\nsea xa\nno ya!", form=str(tmp_path / "t.toml"))
    assert kinds(held("sea xa\nno ya\nza\nsee xa\nno ya", form=str(tmp_path / "t.toml"))) == ["refrain"]


def test_a_ballad_of_any_length_from_three_stanzas_on():
    stanza = "us us us us\nus us {0}a\nus us us us\nus u s{0}a"
    poem = [stanza.format(k) for k in "cdefghijklmn"]
    assert held("\n\n".join(poem[:3]), form="ballad")
    assert held("\n\n".join(poem), form="ballad")
    assert kinds(held(poem[0], form="ballad"))[0] == "lines"


def test_empty_text_is_no_poem():
    assert kinds(held("", form="haiku")) == ["lines"]
    assert kinds(held("\n \n", form="free")) == ["lines"]
    assert guess("", ENGLISH) == "free"


def test_regulated_verse_in_any_variant_and_script():
    for text in ("白日依山盡，\n黃河入海流。\n欲窮千里目，\n更上一層樓。", "白日依山尽，\n黄河入海流。\n欲穷千里目，\n更上一层楼。"):
        checked = held(text, CHINESE, form="五绝")
        assert checked
        assert [line.plan.rhyme for line in checked.lines] == ["", "A", "", "A"]
        assert checked.lines[1].beats == "平平仄仄平"


@pytest.mark.parametrize(("line", "kind"), [("一村一點燈", "beats"), ("孤村半盞明", "rhyme"), ("孤村半燈", "syllables")])
def test_faults_of_regulated_verse(line, kind):
    poem = f"鐵軌分山影，\n{line}。\n同車人盡睡，\n惟我數窗冰。"
    assert kinds(held(poem, CHINESE, form="五绝")) == [kind]


def test_head_characters_may_be_of_either_script():
    poem = "東山日已斜\n風\n"
    assert "starts" not in kinds(held(poem, CHINESE, form="藏头:东风"))
    assert "starts" in kinds(held(poem, CHINESE, form="藏头:西风"))


@pytest.fixture(scope="module")
def poems():
    return list(Verses(None, None, None))


def asked(poem):
    """What the labels of a poem say was asked."""
    labels = poem.labels
    if poem.language != "en":
        return {"form": labels["form"]}
    word = f":{labels['word']}" if "word" in labels else ""
    more = {"rhyme": labels.get("rhyme", ""), "meter": labels.get("metre", "")} if labels["form"] != "limerick" else {}
    return {"form": labels["form"] + word, **more}


def test_every_chinese_poem_of_the_verses_keeps_the_form_it_is_labelled_with(poems):
    of = [poem for poem in poems if poem.language == "zh-Hant"]
    checks = {poem.title: held(poem.body, CHINESE, **asked(poem)) for poem in of}
    assert {title: [fault.says for fault in checked.faults] for title, checked in checks.items() if not checked} == {}
    for poem in of:  # and the variant: several, where the first line ends on a character of two tones
        form = resolve(FormControls(form=poem.labels["form"]), CHINESE)
        kept = {title for title, plan in zip(form.titles, form.variants, strict=True) if check(replace(form, variants=(plan,)), poem.body, CHINESE)}
        assert poem.labels["pattern"] in kept
        assert len(kept) == 1 or poem.lines[0][-2] in "長深"


def test_a_chinese_poem_with_two_lines_exchanged_is_found_out(poems):
    for poem in poems:
        if poem.language == "zh-Hant":
            first, second, *rest = poem.lines
            assert not held("\n".join([second, first, *rest]), CHINESE, **asked(poem)), poem.title


def test_english_poems_of_the_verses_keep_the_form_they_are_labelled_with(poems):
    english = prosody_for("en")
    of = [poem for poem in poems if poem.language == "en"]
    faulty = {poem.title for poem in of if not held(poem.body, english, **asked(poem))}
    assert len(faulty) <= 0.01 * len(of), faulty  # what is left rhymes by half: *easily*, *me*


def test_no_word_rhymes_with_an_old_spelling_of_itself():
    english = prosody_for("en")
    poem = "The evening settles in the {}\nAnd all the little people pass"
    assert not held(poem.format("grass"), english, rhyme="AA").faults
    says = [fault.says for fault in held("The evening settles in the glass\nAnd summer looks into the glasse", english, rhyme="AA").faults]
    assert says == ['"glasse", which ends line 2, is another spelling of "glass" of line 1.']
    assert held("The evening promises a new\nAnd better one than we once knew", english, rhyme="AA")


def test_the_forms_of_the_verses_are_guessed(poems):
    wrong = []
    for poem in poems:
        form = guess(poem.body, prosody_for(poem.language), poem.title)
        if form != poem.labels["form"] and (form, poem.labels["form"]) != ("petrarchan", "sonnet"):
            wrong.append((poem.title, poem.labels["form"], form))
    assert len(wrong) <= 0.03 * len(poems), wrong


def test_prose_and_shuffled_verse_are_free(poems):
    prose = "The bedroom window\nneeds a spoon. The spoon stays in\nthe window, always, where it was put by the last of the tenants"
    assert guess(prose, prosody_for("en")) == "free"
    sonnets = [poem for poem in poems if poem.labels["form"] == "sonnet"]
    assert all(guess("\n".join(sorted(poem.lines)), prosody_for("en")) == "free" for poem in sonnets[:4])
