"""How works show themselves, with exporters of png and wav and without."""

import base64
import io
import re
import wave
from html.parser import HTMLParser

import numpy as np
import pytest
from PIL import Image as Pillow

from artengine import plugins, showing
from artengine.api import Judgement
from artengine.errors import ArtengineError
from artengine.works import Image, Score, Text, notation

TUNE = notation.parse("[key=D] [meter=6/8] D4 F#4/2 A4*3/2 | d5*3/2 A4*3/2 | D4*3")


class Page(HTMLParser):
    """Fails for a page whose elements are not closed in their order; keeps their attributes and the text."""

    VOID = ("img",)

    def __init__(self, text):
        super().__init__()
        self.open, self.found, self.words = [], [], ""
        self.feed(text)
        self.close()
        assert not self.open

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words += data

    def all(self, tag):
        return [attrs for name, attrs in self.found if name == tag]

    def source(self, tag):
        kind, _, data = self.all(tag)[0]["src"].partition(";base64,")
        return kind.removeprefix("data:"), base64.b64decode(data)


def sound(page):
    with wave.open(io.BytesIO(page.source("audio")[1])) as file:
        return file.getnframes() / file.getframerate(), file.getnchannels()


def test_a_score_is_drawn_and_played():
    page = Page(TUNE._repr_html_())
    kind, picture = page.source("img")
    assert kind == "image/png"
    with Pillow.open(io.BytesIO(picture)) as opened:
        assert opened.width > opened.height > 100
    assert page.source("audio")[0] == "audio/wav"
    assert sound(page)[0] > TUNE.seconds(TUNE.length)
    assert "Music: 3 bars of 6/8, 6 notes, 0:05" in page.words
    assert not page.all("table")


def test_what_is_shown_is_always_the_same():
    picture = Image(np.arange(48, dtype=np.uint8).reshape(4, 4, 3))
    for work in (TUNE, picture, Text("a\n\nb", "T")):
        assert showing.html(work) == showing.html(work)


@pytest.mark.parametrize("gone", [("png",), ("wav",), ("png", "wav")])
def test_without_an_exporter_a_score_is_a_table(monkeypatch, gone):
    everything = plugins.find
    monkeypatch.setattr(plugins, "find", lambda kind, medium, ending: [] if ending in gone else everything(kind, medium, ending))
    page = Page(TUNE._repr_html_())
    assert len(page.all("img")) == ("png" not in gone)
    assert len(page.all("audio")) == ("wav" not in gone)
    for ending in gone:
        assert f".{ending} is installed" in page.words
    if "png" in gone:
        assert "1D4 F♯4 A42D5 A43D4" in page.words


def test_an_exporter_that_fails_costs_only_its_own_share(monkeypatch):
    everything = plugins.target

    class Broken:
        def __init__(self, options, run): ...

        def write(self, work, path, recipe):
            raise ArtengineError("The ink <b>is</b> out.")

    monkeypatch.setattr(plugins, "target", lambda part: Broken if part.name == "png" else everything(part))
    page = Page(TUNE._repr_html_())
    assert "The ink <b>is</b> out." in page.words
    assert page.all("table")
    assert page.all("audio")


def test_a_table_of_a_long_score_ends():
    score = notation.parse("[pickup=1] C4 " + "C4*4 " * 100)
    words = Page(showing._bars(score)).words
    assert words.startswith("barnotes0C41C42C4")
    assert words.endswith("…and 37 more")


def test_titles_and_verse_are_escaped():
    evil = '<script>alert("x")</script> & "co"'
    for work in (Text(evil, evil, '"><script>'), Image(np.zeros((2, 2), np.uint8), evil),
                 Score(TUNE.notes, title=evil)):
        page = Page(showing.html(work))
        assert not page.all("script")
        assert evil in page.words
    judged = showing.Judgements([{evil: Judgement(0.5, {}, (evil,))}])
    assert not Page(judged._repr_html_()).all("script")


def test_verse_keeps_its_stanzas_and_indents():
    page = Page(Text("Tyger,\n  burning\n\n\n\nbright\n", "The Tyger", "en")._repr_html_())
    assert [len(p.get("style", "")) > 0 for p in page.all("p")] == [True] * 3  # the title and two stanzas
    assert [m for m in ("Tyger,", "  burning", "bright") if m in page.words] == ["Tyger,", "  burning", "bright"]
    assert page.all("div")[0]["lang"] == "en"
    assert page.all("div")[0]["dir"] == "auto"
    assert "vertical" not in page.all("div")[0]["style"]
    assert Page(Text("")._repr_html_()).words == ""


@pytest.mark.parametrize("language", ["ja", "zh-Hant", "zh-Hant-TW", "lzh"])
def test_verse_of_the_east_stands_in_columns(language):
    assert "writing-mode: vertical-rl" in Text("春眠不覺曉\n處處聞啼鳥", language=language)._repr_html_()
    assert "writing-mode" not in Text("春眠不觉晓", language="zh-Hans")._repr_html_()


@pytest.mark.parametrize("shape", [(3, 5), (3, 5, 3), (3, 5, 4)])
def test_a_picture_is_png_pixel_for_pixel(shape):
    pixels = np.random.default_rng(1).integers(0, 256, shape, dtype=np.uint8)
    with Pillow.open(io.BytesIO(Image(pixels)._repr_png_())) as opened:
        assert (np.asarray(opened) == pixels).all()
    assert Page(showing.html(Image(pixels))).source("img")[1] == Image(pixels)._repr_png_()


@pytest.mark.parametrize("shape", [(700, 1100, 3), (1500, 1500)])
def test_a_large_picture_is_scaled(monkeypatch, shape):
    monkeypatch.setattr(showing, "LARGEST", 200_000)
    noise = Image(np.random.default_rng(1).integers(0, 256, shape, dtype=np.uint8))
    png = noise._repr_png_()
    assert 100_000 < len(png) <= 200_000
    with Pillow.open(io.BytesIO(png)) as opened:
        assert abs(opened.width / opened.height - noise.width / noise.height) < 0.01
    small = showing._smaller(png + b"\0" * 200_000)  # as an exporter's file would be
    assert len(small) <= 200_000


def wav(seconds, rate=8000, channels=2):
    file = io.BytesIO()
    with wave.open(file, "wb") as made:
        made.setnchannels(channels)
        made.setsampwidth(2)
        made.setframerate(rate)
        made.writeframes(np.repeat(np.array([[1000, 3000][:channels]], "<i2"), int(seconds * rate), 0).tobytes())
    return file.getvalue()


@pytest.mark.parametrize(("seconds", "left", "channels"), [(5, 5, 2), (9, 9, 1), (20, 12.5, 1)])
def test_long_sound_is_mixed_down_and_then_cut(monkeypatch, seconds, left, channels):
    monkeypatch.setattr(showing, "LARGEST", 200_000)
    made, length = showing._shortened(wav(seconds))
    assert length == left
    with wave.open(io.BytesIO(made)) as file:
        assert file.getnchannels() == channels
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2")
    if channels == 1:
        assert samples[0] == 2000  # the mean of both sides
    assert len(made) <= 200_044
    if left < seconds:
        assert samples[-1] == 0  # faded out
        assert samples[len(samples) // 2] == 2000


def test_of_a_long_score_only_the_beginning_is_played(monkeypatch):
    asked = []
    everything = plugins.target

    class Watched:
        def __init__(self, options, run):
            self.wav = everything(plugins.load("wav"))(options, run)

        def write(self, work, path, recipe):
            asked.append(work)
            self.wav.write(work, path, recipe)

    monkeypatch.setattr(plugins, "target", lambda part: Watched if part.name == "wav" else everything(part))
    page = Page(notation.parse("[tempo=60] " + "C4*4 D4*4 " * 40)._repr_html_())
    assert asked[0].seconds(asked[0].length) < 50
    assert "5:20" in page.words
    assert "The first 45 seconds." in page.words
    assert 44 < sound(page)[0] < 46
    assert "The first" not in Page(TUNE._repr_html_()).words


def test_many_works_are_shown_in_part(monkeypatch):
    monkeypatch.setattr(showing, "MANY", 2)
    page = Page(showing.Works([Text(f"verse {i}") for i in range(5)])._repr_html_())
    assert re.findall(r"verse \d", page.words) == ["verse 0", "verse 1"]
    assert "and 3 more" in page.words
    monkeypatch.setattr(showing, "PAGE", 10)
    assert re.findall(r"verse \d", showing.Works([Text(f"verse {i}") for i in range(5)])._repr_html_()) == ["verse 0"]
    assert showing.Works([Text("a")]) == [Text("a")]


def test_judgements_are_a_table():
    verdicts = showing.Judgements([{"melody": Judgement(0.5, {}, ("Dull.",)), "rhythm": Judgement(1, {}, ("Fine.", "So."))},
                                   {"melody": Judgement(0.25, {}, ("Sad.",))}])
    page = Page(verdicts._repr_html_())
    assert page.words == "workcriticscorewhy0melody0.50Dull.rhythm1.00Fine. So.1melody0.25Sad."
    assert [cell["rowspan"] for cell in page.all("td") if "rowspan" in cell] == ["2", "1"]


@pytest.mark.parametrize(("work", "line"), [
    (Text("a\nb", "Ode"), "Ode: 2 lines"), (Text("a"), "Text: 1 line"),
    (Image(np.zeros((2, 3, 4), np.uint8)), "Picture: 3 × 2 pixels, RGBA"), (Image(np.zeros((2, 3), np.uint8)), "Picture: 3 × 2 pixels, grey"),
    (TUNE, "Music: 3 bars of 6/8, 6 notes, 0:05")])
def test_a_list_of_works_reads_well_in_a_terminal(work, line):
    pretty = pytest.importorskip("IPython.lib.pretty").pretty
    assert pretty(work) == line
    assert pretty([work, work]).count(line) == 2


def test_critics_asked_from_python_know_the_model(studio):
    from versestudio import save_model

    import artengine

    (studio / "models").mkdir()
    save_model(studio / "models/mine.safetensors")
    works = artengine.render("verse-net", seed=1, model="mine")
    assert artengine.critique(works, ["vowels"])[0]["vowels"].remarks[0].endswith("by mine.")
    assert artengine.critique(list(works), ["vowels"])[0]["vowels"].remarks[0].endswith("by nobody.")
