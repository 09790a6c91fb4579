"""The critics of verse: right about what was asked, fair to what was not, exact about quotations."""

import random
from dataclasses import replace

import numpy as np
import pytest

from artengine.errors import ArtengineError
from artengine.models import Model
from artengine.runs import LocalRun
from artengine.works import Text
from artengine_corpora.verses import Verses
from artengine_text.critics.diversity import Diversity
from artengine_text.critics.form import Form
from artengine_text.critics.hearing import NEUTRAL, hear
from artengine_text.critics.likelihood import Likelihood, verdict
from artengine_text.critics.metre import Metre
from artengine_text.critics.originality import Originality
from artengine_text.critics.rhyme import Rhyme
from artengine_text.critics.scanning import misfit, scanned
from artengine_text.fingerprint import build

CRITICS = (Metre, Rhyme, Form, Diversity)
BALLAD = """They wind the boats up off the beach
By motor and by chain,
And every hull, turned over, makes
A drum to hold the rain.

The gulls go over, one by one,
And settle on the wall;
The evening takes away the sun
And will not say at all."""
PROSE = """The file is read again when it has changed
since the last time, and what was known of it
is thrown away. If nothing can be read
there is an error that names
the file and the reason why it could not be
used, and the others are judged as before.
Nothing in this is kept."""


@pytest.fixture(scope="module")
def verses():
    return list(Verses(None, None, None))


def one(critic, body, language="en", **labels):
    (judged,) = critic(None, None).judge([Text(body, language=language, labels=labels)])
    return judged


def auc(good, bad):
    good, bad = np.array(good)[:, None], np.array(bad)
    return float((good > bad).mean() + 0.5 * (good == bad).mean())


def shuffled(text, rng, lines=False):
    """*text* with its lines in another order, or all its words."""
    if lines:
        return replace(text, body="\n".join(rng.sample(text.lines, len(text.lines))))
    split = (lambda line: [c for c in line if c.isalnum()]) if text.language.startswith("zh") else str.split
    words = [word for line in text.lines for word in split(line)]
    rng.shuffle(words)
    return replace(text, body="\n".join(("" if text.language.startswith("zh") else " ").join(
        words.pop() for _ in split(line)) for line in text.lines))


@pytest.mark.parametrize("critic", [Metre, Rhyme, Form])
@pytest.mark.parametrize("told", [True, False])
def test_verse_is_told_from_its_words_in_another_order(verses, critic, told):
    poems = [poem for poem in verses if "rhyme" in poem.labels and len(poem.lines) >= 5][::3]
    rng = random.Random(4)
    broken = [shuffled(poem, rng) for poem in poems]
    if not told:
        poems, broken = ([replace(poem, labels={}) for poem in group] for group in (poems, broken))
    judge = critic(None, None).judge
    real = [j.score for j in judge(poems)]
    assert np.median(real) > (0.9 if told or critic is not Metre else 0.7), "a limerick alone shows no pattern of lengths"
    assert auc(real, [j.score for j in judge(broken)]) > 0.85


def test_all_corpus_verses_keep_their_forms(verses):
    poems = [poem for poem in verses if poem.labels["form"] != "free"][::4]
    low = [(poem.title, judged.remarks) for poem, judged in zip(poems, Form(None, None).judge(poems), strict=True)
           if judged.score < 0.8]
    assert len(low) <= 0.03 * len(poems), low


def test_lines_out_of_order_do_not_rhyme_as_asked(verses):
    sonnets = [poem for poem in verses if poem.labels["form"] == "sonnet"]
    rng = random.Random(6)
    judge = Rhyme(None, None).judge
    real, broken = judge(sonnets), judge([shuffled(poem, rng, lines=True) for poem in sonnets])
    assert min(j.score for j in real) > 0.9
    assert max(j.score for j in broken) < 0.7
    assert all(any("rhyme" in remark for remark in j.remarks) for j in broken)


def test_a_remark_names_the_line_and_the_word():
    judged = one(Metre, "slack tide at the lock\na tyre and a swan turn, withering, round\nin the same slow ring", form="haiku")
    (remark,) = judged.remarks
    assert remark.startswith("Line 2")
    assert "10 syllables" in remark
    assert "7 " in remark
    assert "“withering” is 3" in remark
    assert judged.aspects["lines_kept"] == pytest.approx(2 / 3)
    assert 0.6 < judged.score < 0.75
    beaten = one(Metre, "The machine shall carry nothing to the sea today\nAnd so it went, and so it went away", form="couplet",
                 metre="iambic 5")
    assert any("machine" in r or "today" in r or "Line 1" in r for r in beaten.remarks)
    unrhymed = one(Rhyme, "It lifts the lids of tins. For years\nNo screw has had it round the hat.", form="couplet")
    assert unrhymed.score < 0.1
    assert "years" in unrhymed.remarks[0]
    assert "hat" in unrhymed.remarks[0]


def test_a_poem_of_another_length_is_no_sonnet(verses):
    sonnet = next(poem for poem in verses if poem.labels["form"] == "sonnet")
    whole = Form(None, None).judge([sonnet])[0]
    short = Form(None, None).judge([replace(sonnet, body="\n".join(sonnet.lines[:12]))])[0]
    long = Form(None, None).judge([replace(sonnet, body=sonnet.body + "\nAnd more.\nAnd more again.")])[0]
    assert whole.score == 1
    assert "without a fault" in whole.remarks[0]
    assert short.score < 0.9
    assert long.score < 0.9
    assert "12 lines" in " ".join(short.remarks)


def test_what_nobody_asked_for_is_found_and_its_lack_no_fault():
    ballad = {critic: one(critic, BALLAD) for critic in (Metre, Rhyme, Form)}
    assert "iambic tetrameter and trimeter" in ballad[Metre].remarks[0]
    assert "ABCB" in ballad[Rhyme].remarks[0] or "ABAB" in ballad[Rhyme].remarks[0]
    for critic in (Metre, Rhyme, Form):
        prose = one(critic, PROSE)
        assert NEUTRAL <= prose.score < 0.7
        assert prose.score + 0.1 < ballad[critic].score
        assert "asked" in prose.remarks[0] or "loose" in prose.remarks[0].lower()
        assert one(critic, PROSE, form="free").score == prose.score, "free verse is asked nothing"


def test_chinese_is_held_to_its_tones_and_rhymes(verses):
    poems = [poem for poem in verses if poem.labels["form"] in ("五绝", "七绝")]
    told = Metre(None, None).judge(poems), Rhyme(None, None).judge(poems), Form(None, None).judge(poems)
    assert all(np.mean([j.score for j in judged]) > 0.95 for judged in told)
    found = Form(None, None).judge([replace(poem, labels={}) for poem in poems])
    assert np.mean([poem.labels["form"] in j.remarks[0] for poem, j in zip(poems, found, strict=True)]) > 0.9
    turned = [replace(poem, body="\n".join(line[::-1] for line in poem.body.replace("，", "").replace("。", "").split("\n")))
              for poem in poems]
    assert np.mean([j.score for j in Rhyme(None, None).judge(turned)]) < 0.5
    couplets = replace(poems[0], body="".join(poems[0].lines[:2]) + "\n" + "".join(poems[0].lines[2:]))
    assert Form(None, None).judge([couplets])[0].score == Form(None, None).judge([poems[0]])[0].score


def test_a_language_without_stress_is_counted():
    french = "Mon enfant, ma sœur,\nSonge à la douceur\nD'aller là-bas vivre ensemble !"
    judged = one(Metre, french, "fr")
    assert "syllables" in judged.remarks[0]
    assert NEUTRAL <= judged.score <= 1


def test_scansion_finds_the_foot():
    def foot(*lines):
        (heard,) = hear([Text("\n".join(lines), language="en")])
        return scanned(heard.lines, heard.prosody.weak)

    name, feet, faults = foot("The curfew tolls the knell of parting day", "The lowing herd winds slowly o'er the lea")
    assert (name, feet) == ("iambic", [5, 5])
    assert sum(faults) < 1
    assert foot("Tyger, tyger, burning bright", "In the forests of the night")[0] == "trochaic"
    assert foot("The Assyrian came down like the wolf on the fold", "And his cohorts were gleaming in purple and gold"
                )[:2] == ("anapaestic", [4, 4])


def test_a_misfit_is_counted_by_the_best_reading():
    (heard,) = hear([Text("The heaven above", language="en")])
    (line,) = heard.lines
    assert misfit(line, ("x1x1",)) in (0, 1)  # heav'n
    assert misfit(line, ("01001",)) <= 1
    assert misfit(line, ("0100101",)) == misfit(line, ("01001",)) + 2
    assert misfit(line, ()) == 0


@pytest.mark.parametrize("damage", ["loop", "echo", "phrase"])
def test_loops_are_heard(verses, damage):
    poems = [poem for poem in verses if len(poem.lines) >= 4][::3]
    rng = random.Random(2)

    def damaged(poem):
        if damage == "loop":
            return [rng.choice(poem.lines)] * len(poem.lines)
        if damage == "echo":
            return [poem.lines[i - i % 2] for i in range(len(poem.lines))]
        line = poem.lines[0]
        few = line[:3] if poem.language != "en" else " ".join(line.split()[:3]) + " "
        return [few * 3] * len(poem.lines)

    judge = Diversity(None, None).judge
    real = [judge([poem])[0].score for poem in poems]
    broken = [judge([replace(poem, body="\n".join(damaged(poem)))])[0] for poem in poems]
    assert np.median(real) > 0.9
    assert auc(real, [j.score for j in broken]) > 0.97
    assert all("is said" in r or "loops" in r or "come back" in r for j in broken if j.score < 0.6 for r in j.remarks[:1])


def test_works_alike_are_marked_down_together(verses):
    poems = verses[:6]
    alone = Diversity(None, None).judge(poems)
    doubled = Diversity(None, None).judge([*poems, poems[0]])
    assert doubled[0].score < 0.5 < alone[0].score
    assert "other works" in doubled[0].remarks[-1]
    assert doubled[1].score == alone[1].score


def test_originality_names_the_line_that_is_quoted(verses):
    english = [poem for poem in verses if poem.language == "en"]
    arrays = {f"fingerprint.{name}": array for name, array in build(english[::2]).items()}
    critic = Originality(None, None, Model("poetry-rnn", None, arrays))
    fresh = critic.judge(english[1::2])
    assert np.median([j.score for j in fresh]) > 0.95
    copies = critic.judge(english[::2])
    assert max(j.score for j in copies) < 0.05
    poem = next(poem for poem in english[::2] if len(poem.lines) > 7)
    mixed = Text("\n".join([*english[151].lines[:4], *(line.upper() for line in poem.lines[3:7])]), language="en")
    (judged,) = critic.judge([mixed])
    assert judged.score < 0.2
    assert f'line 4 of "{poem.title}"' in judged.remarks[0]
    assert "from line 5 on" in judged.remarks[0]
    assert judged.aspects["longest_characters"] > 100
    for edge in ("a", "one two"):
        assert critic.judge([Text(edge)])[0].score == 1
    assert critic.judge([Text("")])[0].score == 0


def test_likelihood_is_held_against_what_was_held_out():
    model = Model("poetry-rnn", None, {}, {"held_out_quantiles": [1.0, 1.25, 1.5, 1.75, 2.0]}, name="mine")
    usual, odd, dull = (verdict(model, x * 100, 100) for x in (1.5, 2.1, 0.6))
    assert usual.score > 0.8
    assert usual.aspects == {"nats_per_character": 1.5, "held_out_above": 0.5}
    assert usual.remarks == ("1.50 nats a character: 50% of real poems surprise the model mine more.",)
    assert odd.score < 0.5
    assert dull.score < 0.5
    assert "more predictable" in dull.remarks[1]
    assert "stranger" in verdict(model, 500, 100).remarks[1]
    assert verdict(model, float("nan"), 0).score == 0


def test_likelihood_asks_each_model_once_and_keeps_the_order(monkeypatch):
    from artengine import plugins

    asked = []

    class Scorer:
        def __init__(self, model, run):
            self.model = model

        def score(self, texts):
            asked.append((self.model.name, [text.body for text in texts]))
            return [(1.5 * len(text.body), len(text.body)) for text in texts]

    monkeypatch.setattr(plugins, "target", lambda part: Scorer)
    monkeypatch.setattr(plugins, "load", lambda name, kind=None: name)
    quantiles = {"held_out_quantiles": [1.0, 1.5, 2.0]}
    critic = Likelihood(None, LocalRun(), Model("poetry-rnn", None, {}, quantiles, name="given"))
    assert len(critic.judge([Text("aaa"), Text("bb")])) == 2
    assert asked == [("given", ["aaa", "bb"])]
    asked.clear()
    critic.company.given = None
    critic.company.shipped = [Model("poetry-rnn", None, {}, quantiles | {"language": tag}, name=tag) for tag in ("en", "zh")]
    critic.judge([Text("床前明月光"), Text("the sea and the sky"), Text("疑是地上霜"), Text("qwrt")])
    assert asked == [("zh", ["床前明月光", "疑是地上霜"]), ("en", ["the sea and the sky", "qwrt"])]


@pytest.mark.parametrize("critic", [Originality, Likelihood])
def test_without_a_model_they_say_so(critic, monkeypatch):
    from artengine import models

    monkeypatch.setattr(models, "shipped", lambda part: {})
    with pytest.raises(ArtengineError, match="no model to measure by"):
        critic(None, LocalRun())


@pytest.mark.parametrize("critic", CRITICS)
@pytest.mark.parametrize("text", [
    Text(""), Text("\n\n"), Text("a"), Text("?!… —"), Text("word\nword"), Text("one long line " * 400), Text("xqzk vv\n\n\nbrrrt"),
    Text("\n".join(["la la la"] * 300)), Text("ひさかたの\n光のどけき\n春の日に", language="ja"), Text("мороз и солнце;\nдень чудесный"),
    Text("春眠不覺曉，處處聞啼鳥。"), Text("春", labels={"form": "七绝"}), Text("a\nb", labels={"form": "no such form"}),
    Text("a\nb", labels={"form": "sonnet", "rhyme": "?!", "metre": "by ear"}), Text("Tide", labels={"form": "acrostic", "word": "T"}),
    Text("😀 12 3\n4 5", language="xx")], ids=lambda text: repr(text.body[:12]))
def test_edges_get_a_finite_score_and_a_reason(critic, text):
    (judged,) = critic(None, None).judge([text])
    assert 0 <= judged.score <= 1
    assert all(np.isfinite(v) for v in judged.aspects.values())
    assert judged.remarks
    assert all(remark.rstrip()[-1] in ".”" for remark in judged.remarks)


def test_judging_imports_no_torch():
    import subprocess
    import sys

    code = ("import sys; from artengine.works import Text; from artengine_text.critics import "
            "diversity, form, likelihood, metre, originality, rhyme; t = [Text('The cat\\nthe hat', language='en')]; "
            "[c(None, None).judge(t) for c in (diversity.Diversity, form.Form, metre.Metre, rhyme.Rhyme)]; "
            "sys.exit('torch' in sys.modules)")
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
