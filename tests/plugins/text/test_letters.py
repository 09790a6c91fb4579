"""Languages without a prosody of their own: syllables and rhymes by the letters."""

import sys
from types import SimpleNamespace

import pytest

from artengine_text.prosody import letters
from artengine_text.prosody.base import EYE, NONE, PERFECT, SLANT, prosody_for
from artengine_text.prosody.letters import Letters


@pytest.fixture(autouse=True)
def no_hyphenation(monkeypatch):
    """As if ``pyphen`` were not installed, whether or not it is."""
    monkeypatch.setitem(sys.modules, "pyphen", None)
    letters._hyphens.cache_clear()
    yield
    letters._hyphens.cache_clear()


@pytest.mark.parametrize(("language", "line", "syllables"), [
    ("de", "Über allen Gipfeln ist Ruh", [2, 2, 2, 1, 1]),
    ("es", "En una noche oscura", [1, 2, 2, 3]),
    ("fr", "Il pleure dans mon cœur", [1, 2, 1, 1, 1]),
    ("fr", "l'été naïve Noël", [2, 3, 2]),
    ("it", "Nel mezzo del cammin di nostra vita", [1, 2, 1, 2, 1, 2, 2]),
    ("ru", "Я помню чудное мгновенье", [1, 2, 3, 3]),
    ("el", "Σα βγεις στον πηγαιμό", [1, 1, 1, 3]),
    ("es", "un poeta cielo", [1, 3, 2]),
    ("la", "arma virumque cano", [2, 3, 2]),
    ("xx", "brrr well-being 42", [1, 2, 1]),
])
def test_syllables_are_groups_of_vowels(language, line, syllables):
    prosody = prosody_for(language)
    readings = [prosody.readings(word) for word in prosody.words(line)]
    assert [len(reading.beats) for (reading,) in readings] == syllables
    assert {beat for (reading,) in readings for beat in reading.beats} == {"x"}


@pytest.mark.parametrize(("language", "a", "b", "grade"), [
    ("de", "Haus", "Maus", PERFECT), ("de", "Nacht", "Macht", PERFECT), ("fr", "rêves", "grèves", PERFECT), ("fr", "plaine", "Seine", EYE), ("fr", "beauté", "été", PERFECT), ("fr", "beauté", "monte", EYE),
    ("es", "mañana", "campana", PERFECT), ("es", "vida", "rosa", NONE), ("es", "cosa", "toma", SLANT), ("de", "Garten", "holen", EYE), ("de", "allen", "fallen", PERFECT), ("ru", "мгновенье", "виденье", PERFECT), ("it", "vita", "smarrita", PERFECT),
    ("de", "Haus", "Haus", NONE), ("de", "haus", "Haus", NONE), ("de", "Baum", "Tisch", NONE), ("fr", "monde", "ronde", PERFECT), ("de", "", "Haus", NONE),
    ("de", "brrt", "trrt", EYE),
])
def test_grades_of_rhyme(language, a, b, grade):
    prosody = Letters(language)
    assert prosody.rhyme(a, b) == prosody.rhyme(b, a) == grade


def test_words_that_share_a_key_rhyme():
    prosody = Letters("de")
    assert prosody.readings("Nacht")[0].rhyme == prosody.readings("Macht")[0].rhyme != ""
    assert prosody.readings("brrr")[0].rhyme == ""


def test_weak_words_are_the_common_short_ones():
    assert {"der", "und", "im"} <= Letters("de").weak
    assert {"le", "de", "que"} <= Letters("fr-CA").weak
    assert not Letters("fi").weak
    assert all(len(word) <= 3 for word in Letters("it").weak)


def test_language_is_the_tag_without_its_region():
    assert Letters("pt-BR").language == "pt"


def test_preparing_changes_nothing():
    prosody = Letters("it")
    prosody.prepare(["vita"])
    assert prosody.readings("vita") == Letters("it").readings("vita")


def test_pyphen_counts_where_it_is_installed(monkeypatch):
    made = []

    class Pyphen:
        def __init__(self, **options):
            made.append(options)

        def positions(self, word):
            return {"poeta": [2, 3], "vita": [2]}.get(word, [])

    fake = SimpleNamespace(Pyphen=Pyphen, language_fallback=lambda tag: "it_IT" if tag == "it" else None)
    monkeypatch.setitem(sys.modules, "pyphen", fake)
    letters._hyphens.cache_clear()
    prosody = Letters("it")
    assert [len(prosody.readings(word)[0].beats) for word in ("poeta", "vita", "strada")] == [3, 2, 2]
    assert made == [{"lang": "it_IT", "left": 1, "right": 1}]
    assert len(Letters("xx").readings("poeta")[0].beats) == 2  # it has no patterns for that language
