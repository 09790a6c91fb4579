"""How my-part draws a score."""

from __future__ import annotations

from xml.etree import ElementTree

from artengine.scaffold.templates.plugin_exporter_music import ExporterOptions
from artengine.works import Score

ROW = 8  # pixels of a semitone
SVG = "http://www.w3.org/2000/svg"


def encode(work: Score, recipe: str, options: ExporterOptions) -> bytes:
    """*work* as an SVG file with *recipe* as its metadata."""
    low = min((note.pitch for note in work), default=60) - 2
    high = max((note.pitch for note in work), default=72) + 2
    width = max(1.0, float(work.length) * options.quarter)
    height = (high - low + 1) * ROW
    paper, line = ("#111", "#333") if options.dark else ("#fff", "#ddd")
    svg = ElementTree.Element("svg", {"xmlns": SVG, "viewBox": f"0 0 {width:g} {height}"})
    ElementTree.SubElement(svg, "title").text = work.title or "Score"
    ElementTree.SubElement(svg, "metadata").text = recipe
    ElementTree.SubElement(svg, "rect", {"width": "100%", "height": "100%", "fill": paper})
    for bar in work.barlines:
        x = f"{float(bar) * options.quarter:g}"
        ElementTree.SubElement(svg, "line", {"x1": x, "x2": x, "y1": "0", "y2": str(height), "stroke": line})
    for note in work:
        ElementTree.SubElement(svg, "rect", {
            "x": f"{float(note.onset) * options.quarter:g}", "width": f"{float(note.duration) * options.quarter * 0.94:g}",
            "y": str((high - note.pitch) * ROW), "height": str(ROW - 1), "rx": "3",
            # The circle of fifths as a circle of hues: what sounds near looks near.
            "fill": f"hsl({note.pitch * 7 % 12 * 30}, 80%, {35 + note.velocity // 4}%)"})
    content: bytes = ElementTree.tostring(svg, "utf-8", xml_declaration=True)
    return content


def find_recipe(content: bytes) -> str | None:
    """The metadata that ``encode`` wrote, ``None`` where there is none."""
    try:
        return ElementTree.fromstring(content).findtext(f"{{{SVG}}}metadata")
    except (ElementTree.ParseError, ValueError):
        return None
