"""How my-part sets a text."""

from __future__ import annotations

import re
from xml.etree import ElementTree

from artengine.scaffold.templates.plugin_exporter_text import ExporterOptions
from artengine.works import Text

SVG = "http://www.w3.org/2000/svg"
LEADING = 1.5  # from line to line, in heights of a letter
UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")  # what XML has no way to say


def encode(work: Text, recipe: str, options: ExporterOptions) -> bytes:
    """*work* as an SVG file with *recipe* as its metadata."""
    lines = [UNWRITABLE.sub("", line) for line in work.body.splitlines()]
    title = UNWRITABLE.sub("", work.title)
    if title:
        lines = [title, "", *lines]
    size, step = options.size, options.size * LEADING
    width = size * (4 + 0.6 * max(map(len, lines), default=0))
    height = step * (len(lines) + 3)
    paper, ink = ("#111", "#eee") if options.dark else ("#fbf9f4", "#222")
    svg = ElementTree.Element("svg", {"xmlns": SVG, "viewBox": f"0 0 {width:g} {height:g}"})
    ElementTree.SubElement(svg, "title").text = title or "Text"
    ElementTree.SubElement(svg, "metadata").text = recipe
    ElementTree.SubElement(svg, "rect", {"width": "100%", "height": "100%", "fill": paper})
    sheet = ElementTree.SubElement(svg, "g", {"font-family": "serif", "font-size": str(size), "fill": ink})
    for i, line in enumerate(lines):
        style = {"font-style": "italic"} if title and i == 0 else {}
        ElementTree.SubElement(sheet, "text", {"x": f"{2 * size}", "y": f"{step * (i + 2):g}", **style}).text = line
    content: bytes = ElementTree.tostring(svg, "utf-8", xml_declaration=True)
    return content


def find_recipe(content: bytes) -> str | None:
    """The metadata that ``encode`` wrote, ``None`` where there is none."""
    try:
        return ElementTree.fromstring(content).findtext(f"{{{SVG}}}metadata")
    except (ElementTree.ParseError, ValueError):
        return None
