"""The fingerprint of a corpus of verse: exact about what is quoted, small, and quiet about what is not."""

import random

import numpy as np
import pytest

from artengine.works import Text
from artengine_corpora.verses import Verses
from artengine_text import fingerprint
from artengine_text.fingerprint import Fingerprint, build, window_of, words


@pytest.fixture(scope="module")
def verses():
    return list(Verses(None, None, None))


@pytest.fixture(scope="module")
def english(verses):
    return [v for v in verses if v.language == "en"]


@pytest.fixture(scope="module")
def chinese(verses):
    return [v for v in verses if v.language != "en"]


def spoken(text):
    return [word for line in text.lines for word in words(line)]


def by_hand(text, corpus):
    """Words in the longest run that *text* shares with one poem of *corpus*, by trying everything."""
    mine, best = spoken(text), 0
    for poem in corpus:
        theirs = spoken(poem)
        row = [0] * (len(theirs) + 1)
        for a in mine:
            row = [0] + [row[j] + 1 if a == b else 0 for j, b in enumerate(theirs)]
            best = max(best, *row)
    return best


def invented(rng, lines=400, vocabulary=3000):
    """Lines of words that mean nothing, a few letters each."""
    known = ["".join(rng.choices("abcdefghijklmnop", k=rng.randint(2, 8))) for _ in range(vocabulary)]
    return [" ".join(rng.choices(known, k=rng.randint(5, 9))) for _ in range(lines)]


def test_words_are_compared_without_case_points_and_width():
    assert words("The rust's—“O’er” co-op, ＡＢ 12_a!") == ["the", "rusts", "oer", "co", "op", "ab", "12", "a"]
    assert words("鐵軌分山影，孤村half盞") == [*"鐵軌分山影孤村", "half", "盞"]
    assert window_of(words("鐵軌分山影")) == 7
    assert window_of(words("The rust")) == 32


def test_a_span_is_as_long_as_by_trying_everything(english):
    corpus, others = english[:60], english[60:90]
    prints = Fingerprint(build(corpus))
    rng = random.Random(1)
    for i, other in enumerate(others):
        source = spoken(rng.choice(corpus))
        a = rng.randrange(max(1, len(source) - 3))
        quote = source[a:a + rng.randint(3, 25)]
        mine = spoken(other)
        work = Text("\n".join([" ".join(mine[:i]), " ".join(quote).upper(), " ".join(mine[i:])]))
        found = prints.nearest(work)
        expected = by_hand(work, corpus)
        assert (len(found.span.split()) if found else 0) == (expected if expected >= prints.least else 0)
        if found:
            assert found.span in " ".join(spoken(work))
            assert found.characters == len(found.span) == prints.longest_shared(work)
            poem = corpus[found.poem - 1]
            assert found.title == poem.title
            assert found.span in " ".join(spoken(poem))
            assert found.span.split()[0] in words(poem.lines[found.source_line - 1])
            assert found.span.split()[0] in words(work.lines[found.line - 1])


def test_the_source_is_named_by_title_and_line(chinese, english):
    prints = Fingerprint(build([*english[:20], *chinese[:20], Text("one lone verse stands here without a name\nand another")]))
    poem = chinese[7]
    found = prints.nearest(Text(f"春眠不覺曉\n{poem.lines[2]}"))
    assert (found.title, found.poem, found.source_line, found.line) == (poem.title, 28, 3, 2)
    assert found.where() == f'line 3 of "{poem.title}", poem 28'
    nameless = prints.nearest(Text("And Another! One Lone Verse Stands Here, Without"))
    assert nameless.where() == "line 1 of poem 41"
    assert nameless.quoted() == "one lone verse stands here without"
    assert nameless.quoted(12) == "one lone ve…"


def test_windows_found_are_the_share_of_what_is_quoted(english, chinese):
    prints = Fingerprint(build(english[:40]))
    assert prints.windows_found(english[3]) == 1
    fresh = Text("\n".join(invented(random.Random(2), 8)))
    assert prints.windows_found(fresh) == 0
    assert prints.nearest(fresh) is None
    quote = " ".join(spoken(english[3])[:12])
    mixed = Text(f"{fresh.body}\n{quote}")
    length = len(" ".join(spoken(mixed)))
    assert prints.windows_found(mixed) == pytest.approx((len(quote) - 31) / (length - 31))
    whole = Fingerprint(build(chinese))
    assert whole.windows_found(Text(chinese[0].lines[0] + "。")) == 1, "shorter than a window, but all of it"


def test_a_run_does_not_reach_over_two_poems():
    lines = invented(random.Random(3), 2)
    a, b = (" ".join(line.split()[:4]) for line in lines)
    joined = Text(f"{a}\n{b}")
    assert Fingerprint(build([joined])).nearest(joined).characters == len(f"{a} {b}")
    assert Fingerprint(build([Text(a), Text(b)])).nearest(joined).characters == max(len(a), len(b))


def test_nothing_gives_nothing():
    for corpus in ([], [Text("")], [Text("—…—")], [Text("a b")]):
        prints = Fingerprint(build(corpus))
        for text in (Text(""), Text("?!"), Text("word"), Text("a b c d e f g h i j")):
            found = prints.overlap(text)
            assert found.longest is None
            assert found.share == 0


def test_it_travels_in_a_models_file(tmp_path, english):
    from artengine.models import Model, Weights

    arrays = {f"fingerprint.{name}": array for name, array in build(english).items()}
    Model.save(tmp_path / "m.safetensors", arrays, {"part": "x", "medium": "text", "options": {}})
    prints = Fingerprint.from_arrays(Weights(tmp_path / "m.safetensors"))
    assert prints.nearest(english[5]).poem == 6
    with pytest.raises(KeyError):
        Fingerprint.from_arrays({})


def test_it_is_small_and_still_finds_a_quotation_where_the_corpus_is_large(monkeypatch):
    lines = invented(random.Random(4), 6_000, 6000)
    corpus = [Text("\n".join(lines[i:i + 14]), f"Poem {i // 14}") for i in range(0, len(lines), 14)]
    size = sum(len(text.body) for text in corpus)
    arrays = build(corpus)
    assert sum(a.nbytes for a in arrays.values()) < 0.25 * size
    full = Fingerprint(arrays)
    monkeypatch.setattr(fingerprint, "_BUDGET", 8 * 40_000 // 3)  # as though it were three times too large
    monkeypatch.setattr(fingerprint, "_PER_CHARACTER", 0.0)
    monkeypatch.setattr(fingerprint, "_HELD", 25_000)
    arrays = build(corpus)
    thin = Fingerprint(arrays)
    assert arrays["symbols"].nbytes <= 40_000 // 3 + 1
    assert full.share == 1 << 16
    assert thin.share < 1 << 16
    assert thin.bits == 4
    rng = random.Random(5)
    for _ in range(20):
        i = rng.randrange(len(corpus))
        found = thin.nearest(Text("\n".join([*invented(rng, 3, 300), *corpus[i].lines[2:12], *invented(rng, 3, 300)])))
        assert found.title == f"Poem {i}"
        assert found.source_line in (2, 3, 4), "a word more may agree by chance"
    alarms = [thin.nearest(Text("\n".join(invented(rng, 14, 300)))) for _ in range(100)]
    assert sum(a is not None for a in alarms) < 10


def test_bits_that_do_not_belong_together_are_refused(english):
    arrays = build(english[:5])
    arrays["lines"] = build(english[:6])["lines"]
    with pytest.raises(ValueError, match="do not agree"):
        Fingerprint({k: np.asarray(v) for k, v in arrays.items()})
