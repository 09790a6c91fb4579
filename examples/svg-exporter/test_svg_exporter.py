"""The conformance kit, and that the drawing has a stroke for every note, in its place and colour."""

import re
from math import hypot
from xml.etree import ElementTree

import pytest

from artengine.testing import parametrize_checks
from artengine.works.notation import parse
from svg_exporter import INKS, PAPERS, Drawing, Options, SvgExporter

SVG = "{http://www.w3.org/2000/svg}"


@parametrize_checks("svg")
def test_contract(check):
    check()


def draw(tmp_path, text, **options):
    exporter = SvgExporter(Options(**options), None)
    exporter.write(parse(text), tmp_path / "a.svg", "")
    return ElementTree.parse(tmp_path / "a.svg").getroot()


def strokes(root):
    return [path for path in root.iter(f"{SVG}path") if path.get("fill")]


def test_each_note_is_two_layers_of_its_colour(tmp_path):
    fills = [path.get("fill") for path in strokes(draw(tmp_path, "[key=D] D4 A4 G4 C#5 D5"))]
    assert fills == [ink for i in (0, 1, 11, 5, 0) for ink in (INKS[i], INKS[i])]


def test_time_runs_clockwise_and_pitch_outwards(tmp_path):
    """Four quarters in four quadrants, the high one farther out."""
    places = []
    for path in strokes(draw(tmp_path, "C4 C5 C4 C4"))[::2]:
        numbers = [float(n) for n in re.findall(r"-?\d+\.\d", path.get("d"))]
        places.append((sum(numbers[::2]) / len(numbers[::2]) - 500, sum(numbers[1::2]) / len(numbers[1::2]) - 500))
    assert [(x > 0, y > 0) for x, y in places] == [(True, False), (True, True), (False, True), (False, False)]
    assert hypot(*places[1]) > hypot(*places[0]) + 100


@pytest.mark.parametrize("text", ["C4", "C-1 G9", "[pickup=1] C4 D4*4", "C4 " * 400])
def test_everything_stays_on_the_paper(tmp_path, text):
    for path in draw(tmp_path, text).iter(f"{SVG}path"):
        assert all(0 < float(n) < 1000 for n in re.findall(r"-?\d+\.\d", path.get("d")))


def test_long_pieces_wind_inwards_without_touching_themselves():
    drawing = Drawing(parse("C4 C5 " * 200), "#000000", 0.0)
    assert drawing.turns == 5
    once = drawing.length / drawing.turns
    for turn in range(4):
        outer, inner = drawing.at(turn * once, drawing.low), drawing.at((turn + 1) * once, drawing.low + drawing.span)
        assert hypot(outer[0] - 500, outer[1] - 500) > hypot(inner[0] - 500, inner[1] - 500)


def test_title_is_escaped_and_options_are_taken(tmp_path):
    score = parse("C4 D4")
    object.__setattr__(score, "title", "Rock & <Roll>")
    SvgExporter(Options(size=300, paper="night"), None).write(score, tmp_path / "a.svg", '{"a": "]]>&"}')
    root = ElementTree.parse(tmp_path / "a.svg").getroot()
    assert root.find(f"{SVG}title").text == "Rock & <Roll>"
    assert root.get("width") == "300"
    assert root.find(f"{SVG}rect").get("fill") == PAPERS["night"][0]
    assert SvgExporter(Options(), None).recipe(tmp_path / "a.svg") == '{"a": "]]>&"}'
