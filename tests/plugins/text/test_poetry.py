"""poetry-rnn and poetry-transformer: symbols, the lexicon, forms that hold whatever the model says, learning, scores."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from artengine.errors import ArtengineError
from artengine.models import Model, Weights, read_header
from artengine.works import Text
from artengine_corpora.verses import Verses
from artengine_text.forms import resolve
from artengine_text.forms.checking import check
from artengine_text.poetry import lexicon
from artengine_text.poetry.generator import PoetryRNN, PoetryTransformer
from artengine_text.poetry.planning import Book
from artengine_text.poetry.recipe_lexicon import renew
from artengine_text.poetry.settings import Controls, Options, TransformerOptions
from artengine_text.poetry.tokens import Tokens
from artengine_text.poetry.verse import lines_of, units_of, written
from artengine_text.prosody.base import prosody_for


class Host:
    seed, device, folder = 0, "cpu", Path()

    def __init__(self):
        self.skipped = []

    def report(self, *_, **__): ...

    def skip(self, source, reason):
        self.skipped.append((source, reason))

    def stopped(self):
        return False


def trained(kind, options, poems, steps):
    """A generator whose network has hardly learnt: what it writes keeps its form all the same."""
    import torch

    host = Host()
    fresh = kind(Model("poetry", options, {}, {}), host)
    arrays = fresh.prepare(poems)
    torch.manual_seed(0)
    learner = fresh.learner(arrays, host)
    for step in range(steps):
        learner.step(step, learner.batch(step, 0, 1), lambda loss: loss.backward())
    header = json.loads(json.dumps(learner.header()))
    return kind(Model("poetry", options, dict(learner.weights()), header), host), learner


@pytest.fixture(scope="module")
def english():
    return trained(PoetryRNN, Options(units=24, layers=1, embedding=12), list(Verses(None, None, Host())), 8)


@pytest.fixture(scope="module")
def chinese():
    return trained(PoetryRNN, Options(units=16, layers=1, embedding=8, memory=2, language="zh"),
                   list(Verses(None, None, Host())), 4)


@pytest.fixture(scope="module")
def transformer():
    poems = [t for t in Verses(None, None, Host()) if t.language == "en"][:120]
    return trained(PoetryTransformer, TransformerOptions(layers=2, width=16, heads=2, context=64, pieces=200, memory=2), poems, 4)


# --- lines and symbols

@pytest.mark.parametrize(("text", "units"), [
    ("'Tis th' time -- o'er the self-substantial fuel,", ("'Tis", " th'", " time", "—", " o'er", " the", " self-substantial", " fuel", ",")),
    ('"Hush," said he; (softly) . . .', ("Hush", ",", " said", " he", ";", " softly", "…")),
    ("went abroad - The flowers", ("went", " abroad", "—", " The", " flowers")),
    ("秦川雄帝宅", ("秦", "川", "雄", "帝", "宅")),
    ("!!! ?", ()), ("Déjà vu", ("Déjà", " vu")),
])
def test_a_line_is_its_words_and_marks(text, units):
    assert units_of(text) == units


def test_a_poem_comes_back_as_it_was_written():
    body = "The sea, the sea —\nand all its bells.\n\nWho hears them? None."
    lines = lines_of(body)
    assert [line.ends_stanza for line in lines] == [False, True, True]
    assert written([line.units for line in lines], [line.ends_stanza for line in lines]) == body


def test_chinese_lines_end_at_punctuation_and_get_it_back():
    lines = lines_of("白日依山盡，黃河入海流。\n欲窮千里目，更上一層樓。")
    assert [len(line.units) for line in lines] == [5] * 4
    assert written([line.units for line in lines], [False] * 4) == "白日依山盡，\n黃河入海流。\n欲窮千里目，\n更上一層樓。"


def test_pieces_are_the_commonest_pairs_and_always_the_same():
    tokens = Tokens.learn({" the": 50, " then": 20, "aaaa": 9, "z": 1}, 20)
    assert tokens.decode(tokens.encode(" then")) == " then"
    assert len(tokens.encode(" the")) == 1
    assert len(tokens.encode("aaaa")) <= 2
    assert Tokens.from_data(json.loads(json.dumps(tokens.to_data()))).encode(" then") == tokens.encode(" then")
    assert tokens.encode("q!") == (3, 3)  # never met


# --- forms that hold

FORMS = [Controls(form="haiku"), Controls(form="tanka"), Controls(form="sonnet"), Controls(form="limerick"), Controls(form="couplet"),
         Controls(form="quatrain", rhyme="ABAB", syllables=(8, 6)), Controls(form="acrostic:TIDE"), Controls(lines=5),
         Controls(rhyme="AABB", meter="iambic tetrameter"), Controls(prefix="The sea is", form="haiku"),
         Controls(prefix="Whatever you zxcvb\nremember", lines=4)]


@pytest.mark.parametrize("controls", FORMS, ids=lambda c: c.form or f"{c.rhyme}{c.lines}{c.prefix}")
def test_every_poem_keeps_its_form(english, controls):
    generator, _ = english
    form = resolve(controls, generator.prosody)
    poems = list(generator.render(replace(controls, drafts=1), range(6)))
    assert len({poem.body for poem in poems}) == 6
    for poem in poems:
        checked = check(form, poem.body, generator.prosody)
        assert checked, (poem.body, [fault.says for line in checked.lines for fault in line.faults], checked.faults)
        if controls.prefix:
            assert poem.body.startswith(controls.prefix)


@pytest.mark.parametrize("name", ["五绝", "七绝", "五律", "七律", "藏头:春夏秋冬"])
def test_chinese_forms_hold(chinese, name):
    generator, _ = chinese
    controls = Controls(form=name, drafts=1)
    form = resolve(controls, generator.prosody)
    for poem in generator.render(controls, range(5)):
        checked = check(form, poem.body, generator.prosody)
        assert checked, (poem.body, [fault.says for line in checked.lines for fault in line.faults])
        assert poem.language.startswith("zh")


def test_lines_end_on_no_weak_word(english):
    generator, _ = english
    for poem in generator.render(Controls(lines=8, drafts=1), range(10)):
        for line in poem.lines:
            assert generator.prosody.words(line)[-1].lower() not in generator.prosody.weak, line


def test_no_line_rhymes_with_another_spelling_of_its_word():
    words = ["glass", "glasse", "grass", "pass", "sea", "see", "tree", "be", "moon", "moone", "soon", "tune"]
    arrays = lexicon.heard(words, np.full(len(words), lexicon.MIDDLE | lexicon.ENDS, np.uint8), prosody_for("en"))
    symbols = {"symbols": np.arange(len(words), dtype=np.uint8), "lengths": np.ones(len(words), np.uint8)}
    middle = lexicon.Lexicon({**arrays, **symbols}, Tokens.learn(Counter(words), 100)).middle
    sounds = dict(zip(words, middle.sound.tolist(), strict=True))
    assert [sounds[word] for word in ("glass", "sea", "moon")] == [sounds[word] for word in ("glasse", "see", "moone")]
    assert len(set(sounds.values())) == len(words) - 3
    assert len(set(middle.word.tolist())) == len(words)  # a theme tells them apart


def test_the_lexicon_of_a_model_is_made_anew_in_place(english, tmp_path):
    generator = english[0]
    kept = dict(generator.model.weights)
    spoilt = kept | {"lexicon.kind": np.zeros_like(kept["lexicon.kind"])}
    header = {**generator.model.header, "part": "poetry-rnn", "medium": "text", "options": {}}
    Model.save(tmp_path / "m.safetensors", spoilt, header)
    assert renew(tmp_path / "m.safetensors") > 100
    renewed = Weights(tmp_path / "m.safetensors")
    assert all(np.array_equal(renewed[name], kept[name]) for name in kept if name.startswith("lexicon."))
    assert read_header(tmp_path / "m.safetensors")["tokens"] == generator.model.header["tokens"]


def test_a_poem_ends_and_does_not_stop(english):
    generator, _ = english
    for poem in generator.render(Controls(form="quatrain", drafts=1), range(10)):
        assert poem.body.rstrip()[-1] in ".!?…"


def test_a_seed_has_its_poem_whatever_is_written_with_it(english):
    generator, _ = english
    controls = Controls(form="quatrain", top_p=0.9, drafts=1)
    together = [poem.body for poem in generator.render(controls, range(40))]
    assert [next(generator.render(controls, [seed])).body for seed in (0, 7, 39)] == [together[i] for i in (0, 7, 39)]


def test_drafts_read_better_and_are_the_seeds_own(english):
    generator, _ = english
    once, often = (list(generator.render(Controls(form="couplet", drafts=n), range(8))) for n in (1, 6))
    nats = [sum(loss / n for loss, n in generator.score(poems)) for poems in (once, often)]
    assert nats[1] < nats[0]
    assert next(generator.render(Controls(form="couplet", drafts=6), [3])).body == often[3].body


def test_a_theme_is_heard(english):
    generator, _ = english
    plain, themed = ([poem.body.lower() for poem in generator.render(Controls(form="quatrain", theme=theme, drafts=1), range(8))]
                     for theme in ((), ("sea",)))
    assert sum("sea" in body.split() for body in themed) > sum("sea" in body.split() for body in plain) + 3
    with pytest.raises(ArtengineError, match="zxcvb"):
        next(generator.render(Controls(theme=("zxcvb",)), [0]))
    next(generator.render(Controls(theme=("sea", "zxcvb"), form="couplet", drafts=1), [0]))
    assert ('"zxcvb"', "the model does not know this word of the theme") in generator.run.skipped


def test_the_transformer_keeps_forms_too(transformer):
    generator, _ = transformer
    for controls in (Controls(form="haiku"), Controls(form="couplet"), Controls()):
        form = resolve(controls, generator.prosody)
        for poem in generator.render(controls, range(3)):
            assert not controls.form or check(form, poem.body, generator.prosody), poem.body


# --- both forms of the network, and learning

@pytest.mark.parametrize("which", ["english", "transformer"])
def test_scores_are_the_learners_own(which, request):
    generator, learner = request.getfixturevalue(which)
    text = next(t for t in Verses(None, None, Host()) if t.language == "en" and len(t.lines) == 3)
    (nats, characters), (unknown, none) = generator.score([text, Text("!!")])
    assert characters == len(written([line.units for line in lines_of(text.body)], [False] * 2 + [True])) + 1
    assert none == 0
    assert np.isnan(unknown)
    import torch

    inputs, targets, _ = generator._coded(text)
    learner.module.eval()
    with torch.inference_mode():
        loss = learner.module(torch.from_numpy(inputs)[None], torch.from_numpy(targets)[None]).sum().item()
    learner.module.train()
    assert nats == pytest.approx(loss, rel=0.01)  # the weights were kept in half precision


def test_it_learns(english):
    _, learner = english
    first = learner.validate()["loss"]
    for step in range(8, 24):
        learner.step(step, learner.batch(step, 0, 1), lambda loss: loss.backward())
    assert learner.validate()["loss"] < first < 2.5


def test_a_rate_that_falls_to_nothing_ends_the_training(english):
    generator, learner = english
    assert not hasattr(learner, "steps")
    falling = PoetryRNN(Model("poetry", replace(generator.options, fall=7), {}, {}), Host()).learner(learner.arrays, Host())
    assert falling.steps == 7


def test_fields_tell_nothing_of_what_is_to_come(english):
    """Rendering tells the model what training told it: decode a real poem's symbols and compare the fields."""
    generator, learner = english
    arrays = learner.arrays
    starts = np.concatenate(([0], np.cumsum(arrays["lengths"])))
    sonnet = Controls(form="sonnet")
    book = Book(sonnet, generator.model.header, generator.tokens, generator.lexicon, generator.prosody)
    followed = 0
    for i in range(len(arrays["lengths"])):
        symbols, fields = (arrays[name][starts[i]:starts[i + 1]] for name in ("symbols", "fields"))
        if fields[0, 2] != 14:
            continue
        poem = book.poem(0)
        for symbol, told in zip(symbols.tolist(), fields.tolist(), strict=True):
            if len(poem.lines) > 1 or not poem.allowed()[symbol]:
                break
            assert poem.fields()[3] == told[2]
            followed += poem.fields()[1] == told[0]
            poem.push(symbol)
    assert followed > 100


# --- bad input

@pytest.mark.parametrize(("texts", "says"), [
    ([], "no poem"), ([Text("One line.")], "two poems"), ([Text("!!!"), Text("...")], "no poem")])
def test_too_little_to_learn_from(texts, says):
    with pytest.raises(ArtengineError, match=says):
        PoetryRNN(Model("poetry-rnn", Options(), {}, {}), Host()).prepare(texts)


def test_one_long_text_is_taken_in_pieces():
    text = Text("\n".join(f"a line number of words {word} again" for word in ["sea", "sky", "stone", "tree"] * 20))
    arrays = PoetryRNN(Model("poetry-rnn", Options(), {}, {}), Host()).prepare([text])
    assert len(arrays["lengths"]) == 6


@pytest.mark.parametrize(("controls", "says"), [
    (Controls(form="七绝"), "七绝"), (Controls(form="sonet"), "sonet"), (Controls(style="Nobody"), "Nobody"),
    (Controls(form="haiku", rhyme="ABCDE"), "rhyme"), (Controls(meter="iambic pentametre"), "pentametre"),
    (Controls(form="acrostic:Ω"), "Ω"),
    (Controls(prefix="The unpronounceable thing", form="haiku"), "unpronounceable"),
    (Controls(prefix="Then month\nAnd", rhyme="AABB"), "month"), (Controls(form="couplet", rhyme="AA", lines=3), "couplet")])
def test_what_cannot_be_written_is_said_first(english, controls, says):
    generator, _ = english
    with pytest.raises(ArtengineError, match=says):
        next(generator.render(controls, [0]))


def test_a_damaged_model_is_said_to_be(english):
    generator, _ = english
    model = generator.model
    for broken, how in ((replace(model, header={}), "symbols"), (replace(model, weights={}), "lexicon"),
                        (replace(model, weights={k: v for k, v in model.weights.items() if k != "head.weight"}), "weights")):
        with pytest.raises(ArtengineError, match=how):
            next(PoetryRNN(broken, Host()).render(Controls(), [0]))
