"""The png exporter: what stands on the sheet."""

import io

import numpy as np
import pytest
from PIL import Image

from artengine.errors import ArtengineError
from artengine.works import Score
from artengine.works.notation import parse
from artengine_music.engraving import engrave
from artengine_music.pen import GLYPHS, PAPER
from artengine_music.png import Png, PngOptions

TUNE = "[key=G] [tempo=96] D4/2 G4 B4/2 A4/2 G4 F#4/2 | G4 D4 F4 D4/2 E4/2 | G4*3 R | C5*7 R"


def write(folder, score, recipe="", **options):
    path = folder / "work.png"
    Png(PngOptions(**options), None).write(score, path, recipe)
    return path


def glyphs(score, width=110.0):
    """Names of all glyphs on the page, in order."""
    names = {chr(code): name for name, code in GLYPHS.items()}
    return [names[s[1]] for system in engrave(score, width) for ink in system.staves for s in ink.strokes if s[0] == "glyph"]


def test_picture_carries_its_recipe(tmp_path):
    recipe = '{"seed": 7, "title": "Ó Néill – 曲"}'
    path = write(tmp_path, parse(TUNE), recipe)
    first = path.read_bytes()
    assert write(tmp_path, parse(TUNE), recipe).read_bytes() == first
    exporter = Png(PngOptions(), None)
    assert exporter.recipe(path) == recipe
    assert exporter.recipe(write(tmp_path, parse(TUNE))) is None
    for junk in (b"", b"\x89PNG\r\n\x1a\n", first[:60]):
        path.write_bytes(junk)
        assert exporter.recipe(path) is None
    damaged = bytearray(first)
    damaged[len(first) // 2] ^= 0xFF
    for pixels in (damaged, first[: len(first) // 2]):  # a recipe outlives its picture
        path.write_bytes(pixels)
        assert exporter.recipe(path) == recipe


@pytest.mark.parametrize("view", ["score", "roll", "both"])
def test_views(tmp_path, view):
    with Image.open(write(tmp_path, parse(TUNE), view=view, width=800)) as picture:
        pixels = np.asarray(picture)
    assert pixels.shape[1] == 800
    assert tuple(pixels[0, 0]) == PAPER
    colourful = (np.ptp(pixels.astype(int), axis=2) > 60).mean()  # only a roll has colours
    assert (colourful > 0.002) == (view != "score")
    dark = (pixels.max(axis=2) < 60).mean()
    assert (dark > 0.001) == (view != "roll")  # and only notation stands in black
    assert dark < 0.2


def test_every_sign_is_there():
    found = glyphs(parse(TUNE))
    assert found.count("treble") == len(engrave(parse(TUNE), 110.0))
    assert found.count("black") == 11
    assert found.count("half") == 2  # the dotted half, and three of the tied seven
    assert found.count("whole") == 1
    assert found.count("natural") == 1
    assert found.count("rest 1") == 2
    assert [g for g in found if g.startswith("time")] == ["time 4", "time 4"]


def test_two_staves_for_a_chorale():
    voices = ["C5 D5 E5 F5", "G4*4", "C4 B3 C4 A3", "C3 G2 C3 F2"]
    score = Score(tuple(n._replace(voice=v) for v, text in enumerate(voices) for n in parse(text)))
    found = glyphs(score)
    assert found.count("treble") == found.count("bass") == 1
    assert found.count("black") == 12
    assert found.count("whole") == 1


def test_nothing_runs_off_the_line():
    text = " ".join(["[key=Db]", *["C5/4 D5/4 Eb5/4 E5/4 F5/4 F#5/4 G5/4 A5/4 C4*2"] * 12])
    for system in engrave(parse(text), 110.0):
        xs = [s[2] for ink in system.staves for s in ink.strokes if s[0] == "glyph"]
        assert min(xs) >= 0
        assert max(xs) < system.width <= 110.0 + 1e-6
        columns = sorted({round(x, 3) for ink in system.staves for kind, *s in ink.strokes
                          if kind == "glyph" and s[0] == chr(GLYPHS["black"]) for x in [s[1]]})
        assert min(np.diff(columns)) > 1.18  # heads never overlap


def test_systems_hold_whole_phrases():
    reel = parse("[key=G] " + "G4/2 A4/2 B4/2 C5/2 D5/2 C5/2 B4/2 A4/2 " * 16)
    assert [s.first_bar for s in engrave(reel, 110.0)] == [1, 5, 9, 13]


def test_long_scores_come_in_pages(tmp_path):
    long = parse("C4/2 D4/2 E4/2 F4/2 G4/2 A4/2 B4/2 C5/2 " * 200)
    first = Image.open(io.BytesIO(write(tmp_path, long, width=400, page=1).read_bytes()))
    assert first.height <= 400 * 8
    second = Image.open(io.BytesIO(write(tmp_path, long, width=400, page=2).read_bytes()))
    assert second.height > 100
    with pytest.raises(ArtengineError, match="no page 9"):
        write(tmp_path, long, width=400, page=9)


@pytest.mark.parametrize("score", [
    Score(()), parse("C4"),
    parse("[tempo=9.5] C-1 G9"), Score((), length=parse("C4*16").length), parse("[meter=17/16] C4/4"),
    parse("[key=C#] B#3+C#4+D4+Eb4+E4*4"), Score(tuple(n._replace(voice=v) for v in range(9) for n in parse("C4 G4")))])
def test_odd_scores_are_drawn(tmp_path, score):
    with Image.open(write(tmp_path, score, width=400)) as picture:
        assert picture.height > 40


def test_words_in_any_script(tmp_path):
    score = parse(TUNE)
    titled = Score(score.notes, keys=parse("[key=Bb] C4").keys, title="Лявониха ‘Ἀ’ 曲 " * 6, voices=("♭",))
    assert write(tmp_path, titled, width=400).stat().st_size > 1000
