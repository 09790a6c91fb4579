"""What the exporters of text write: read back as the same work, with the recipe inside, and fit to be printed."""

import json
import random
import re
from html.parser import HTMLParser

import pytest
from PIL import Image

from artengine.errors import ArtengineError
from artengine.works import Text
from artengine_text import fonts, reading
from artengine_text.across import fit
from artengine_text.broadside import Broadside, BroadsideOptions, made_by
from artengine_text.down import verses
from artengine_text.exporters import Json, Markdown, Plain
from artengine_text.html import Html, HtmlOptions
from artengine_text.printing import printed
from artengine_text.sheet import LONG

RECIPE = json.dumps({"plugin": "poetry-rnn", "seed": 7, "controls": {"theme": "--> ]]> \"quoted\" <b> & é 詩"}})
NIGHT = "床前明月光，疑是地上霜。\n舉頭望明月，低頭思故鄉。"
FOUR = "The sun does arise,\nAnd make happy the skies;\nThe merry bells ring\nTo welcome the Spring"

POEMS = [
    Text(FOUR, "The Echoing Green", "en"),
    Text(f"{FOUR}\n\n{FOUR}\n\n{FOUR}", "", "en"),
    Text("Alas\n\nFor the rose\nand the thorn", "", "en"),
    Text("Alas,\n\nFor the rose\nand the thorn", "I", "en"),
    Text("\n\n".join(f"{n}\n\n{FOUR}" for n in ("I", "II", "III")), "In Parts", "en"),
    Text("\n\n".join([FOUR] * 20), "A Ballad of the Sea", "en"),
    Text("\n\n".join(["\n".join([FOUR] * 3)] * 3), "Long Stanzas of the Hill", "en"),
    Text("an old pond\na frog jumps in\nthe sound of water", "", "en"),
    Text(NIGHT, "靜夜思", "zh-Hant"),
    Text("The rose\n    is set in\n  and out, *starred* and _lined_\n# no heading, 1. no list\n1. a list\n> not quoted\n<b> & \\n `code`", "Odd [signs] *", "en"),
    Text("- a dash\n+ a plus\n---\nis the end of the road", "", "en"),
    Text("one line of the sea and the shore", "", "en"),
]


def _read(path):
    return list(reading.read(path))


def Page(options, run):
    return Html(HtmlOptions(fonts=False), run)


@pytest.mark.parametrize("work", POEMS, ids=[str(i) for i in range(len(POEMS))])
@pytest.mark.parametrize(("exporter", "ending"), [(Plain, "txt"), (Markdown, "md"), (Json, "json"), (Page, "html")])
def test_what_is_written_is_read_as_the_same_text(tmp_path, work, exporter, ending):
    path = tmp_path / f"work.{ending}"
    exporter(None, None).write(work, path, RECIPE)
    assert _read(path) == [work]


def test_any_text_comes_back_from_markdown_and_json(tmp_path):
    draw = random.Random(3)
    signs = "ab \\*_#>-+=.)(1[]<&`~|!\n\n詩 "
    for _ in range(100):
        work = Text("".join(draw.choices(signs, k=draw.randrange(1, 30))), "".join(draw.choices(signs.replace("\n", ""), k=draw.randrange(8))),
                    draw.choice(["", "en"]), {"form": "x"})
        for exporter, ending in ((Markdown, "md"), (Json, "json")):
            path = tmp_path / f"work.{ending}"
            exporter(None, None).write(work, path, RECIPE)
            if work.body.strip() or ending == "md":
                (read,) = _read(path)
                assert (read, read.labels) == (work, work.labels)


def test_random_verse_comes_back_from_plain_text(tmp_path):
    draw = random.Random(4)
    words = ["the", "of", "and", "to", "I", "II", "XII", "Roses", "Night.", "sea,", "***", "---", "red", "12", "by", "Ann"]
    for _ in range(300):
        stanzas = ["\n".join(" ".join(draw.choices(words, k=draw.randrange(1, 6))) for _ in range(draw.randrange(1, 5))) for _ in range(draw.randrange(1, 5))]
        work = Text("\n\n".join(stanzas), draw.choice(["", "A Title", "II"]))
        if any(set(line) <= set("*- ") for line in work.lines):
            continue  # a line of the poem that is itself a rule cannot be told from ours
        Plain(None, None).write(work, tmp_path / "work.txt", "")
        assert [(t.title, t.body) for t in _read(tmp_path / "work.txt")] == [(work.title, work.body)], work


@pytest.mark.parametrize(("exporter", "ending"), [(Markdown(None, None), "md"), (Json(None, None), "json"), (Html(HtmlOptions(), None), "html"),
                                                  (Broadside(BroadsideOptions(width=400), None), "png")])
def test_the_recipe_is_inside(tmp_path, exporter, ending):
    path = tmp_path / f"work.{ending}"
    exporter.write(POEMS[0], path, RECIPE)
    assert exporter.recipe(path) == RECIPE
    exporter.write(POEMS[0], path, "")
    assert exporter.recipe(path) is None


class _Page(HTMLParser):
    def __init__(self):
        super().__init__()
        self.lines, self.stanzas, self.links, self.within = [], 0, [], ""

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        self.links += [value for name, value in attributes if name in {"src", "href"}]
        if given.get("class") == "line":
            self.lines.append("")
            self.within = "line"
        self.stanzas += given.get("class") == "stanza"

    def handle_endtag(self, tag):
        self.within = "" if tag == "span" else self.within

    def handle_data(self, data):
        if self.within == "line":
            self.lines[-1] += data


@pytest.mark.parametrize("work", POEMS, ids=[str(i) for i in range(len(POEMS))])
def test_a_page_holds_the_verse_and_needs_nothing_else(tmp_path, work):
    Html(HtmlOptions(), None).write(work, tmp_path / "work.html", RECIPE)
    text = (tmp_path / "work.html").read_text("utf-8")
    page = _Page()
    page.feed(text)
    assert page.lines == [line.strip() for line in printed(work.body, work.language).split("\n") if line]
    assert page.stanzas == work.body.count("\n\n") + 1
    assert not page.links
    assert all(url.startswith("data:") for url in re.findall(r"url\(([^)]*)\)", text))
    assert ('class="han vertical"' in text) == (work.language == "zh-Hant")


def _ink(path):
    """Share of the sheet's sides that is free, and the picture: (left, top, right, bottom)."""
    with Image.open(path) as picture:
        grey = picture.convert("L")
        paper = grey.getpixel((2, 2))
        left, top, right, bottom = grey.point(lambda v: 255 if abs(v - paper) > 40 else 0).getbbox()
        wide, tall = grey.size
    return left / wide, top / tall, 1 - right / wide, 1 - bottom / tall, wide, tall


@pytest.mark.parametrize(("work", "options"), [
    *((work, BroadsideOptions(width=600)) for work in POEMS),
    (POEMS[8], BroadsideOptions(width=600, direction="across")), (POEMS[0], BroadsideOptions(width=600, direction="down", paper="night")),
    (Text("So " * 60 + "long\nand short", "T", "en"), BroadsideOptions(width=600)), (Text("x" * 400, "T" * 90, "en"), BroadsideOptions(width=600)),
    (Text("\n".join(["A line of the sea"] * 400), "Many", "en"), BroadsideOptions(width=600, paper="white")),
    (Text("\n".join([NIGHT] * 30), "長", "zh-Hant"), BroadsideOptions(width=600)), (Text("長" * 300, "", "zh-Hant"), BroadsideOptions(width=600)),
    (Text("春天 Spring 2024 来了！\n“你好”——他说…", "Mixed 混", "zh-Hans"), BroadsideOptions(width=600)),
    (Text("古池や\n蛙飛びこむ\nちょっと水の音", "", "ja"), BroadsideOptions(width=600)),
    (Text("Я помню чудное мгновенье:\nПередо мной явилась ты", "", "ru"), BroadsideOptions(width=600)),
])
def test_a_broadside_keeps_its_margins(tmp_path, work, options):
    Broadside(options, None).write(work, tmp_path / "work.png", RECIPE)
    left, top, right, bottom, wide, tall = _ink(tmp_path / "work.png")
    assert min(left, right) > 0.055
    assert min(top, bottom) * tall > 0.04 * min(wide, tall)
    assert min(wide, tall) == 600
    assert max(wide, tall) >= round(600 * LONG)


def test_verse_is_set_smaller_rather_than_broken_until_that_is_too_small():
    short, long = [["word " * 5] * 4], [["word " * 16] * 14]
    assert fit(short, fonts.REGULAR, 1240, 1000).turned == 0
    fitted = fit(long, fonts.REGULAR, 1240, 1000)
    assert fitted.turned == 0
    assert fitted.size < fit(short, fonts.REGULAR, 1240, 1000).size
    assert fit([["word " * 60] * 4], fonts.REGULAR, 1240, 1000).turned == 4
    assert fit([["word"] * 3000], fonts.REGULAR, 1240, 1000) is None


@pytest.mark.parametrize(("body", "found"), [
    (NIGHT, ["床前明月光，", "疑是地上霜。", "舉頭望明月，", "低頭思故鄉。"]),
    ("明月幾時有？\n把酒問青天。", ["明月幾時有？", "把酒問青天。"]),
    ("明月幾時有，把酒問青天。\n不知天上宮闕，今夕是何年。", ["明月幾時有，把酒問青天。", "不知天上宮闕，今夕是何年。"]),
])
def test_a_column_holds_a_verse(body, found):
    assert verses(body) == found


@pytest.mark.parametrize(("typed", "set_"), [
    ("\"It's late,\" he said -- 'tis", "“It’s late,” he said — ’tis"), ("o'er the 'blue' sea--and", "o’er the ‘blue’ sea—and"),
    ("'Twas brillig...", "’Twas brillig…"), ("'Pipe a song!'\n'So I piped'", "‘Pipe a song!’\n‘So I piped’"),
])
def test_typewriter_signs_are_printed_as_a_printer_would(typed, set_):
    assert printed(typed, "en") == set_


def test_what_cannot_be_printed_is_said(tmp_path, monkeypatch):
    monkeypatch.setattr(fonts, "_system", tuple)
    fonts.font_for.cache_clear()
    one = Broadside(BroadsideOptions(width=400), None)
    with pytest.raises(ArtengineError, match=r'No font on this machine has the character "𓀀"'):
        one.write(Text("a 𓀀"), tmp_path / "work.png", "")
    with pytest.raises(ArtengineError, match="no lines"):
        one.write(Text(" \n "), tmp_path / "work.png", "")
    with pytest.raises(ArtengineError, match="too long for one sheet"):
        one.write(Text("\n".join(["word"] * 3000)), tmp_path / "work.png", "")
    with pytest.raises(ArtengineError, match="cannot be used as a font"):
        Broadside(BroadsideOptions(width=400, font=str(tmp_path / "none.ttf")), None).write(Text("a"), tmp_path / "work.png", "")
    fonts.font_for.cache_clear()


def test_plain_setting_where_the_shaper_is_missing(tmp_path, monkeypatch):
    monkeypatch.setattr(fonts, "shaping", False)
    for i, work in enumerate((POEMS[0], POEMS[8])):
        Broadside(BroadsideOptions(width=500), None).write(work, tmp_path / f"{i}.png", "")
        assert min(_ink(tmp_path / f"{i}.png")[:4]) > 0.03


def test_the_fonts_that_ship_have_the_characters_of_verse():
    sample = "的一是不了人我在有這中大來上國個到說床前明月光疑是地上霜舉頭望低思故鄉汉语简体诗词曲賦鸛鵲樓黃鶴峨眉，。！？「」《》"
    assert all(fonts.font_for(c, fonts.HAN) == fonts.HAN for c in sample)
    assert all(fonts.font_for(c, fonts.REGULAR) == fonts.REGULAR for c in "AZazéßœŁΩЯ“”‘’—…❦")


def test_the_colophon_says_what_made_it():
    assert made_by(RECIPE) == "poetry-rnn, seed 7"
    assert made_by("") == made_by("[]") == made_by("{}") == ""
