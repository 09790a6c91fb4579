"""Exporter ``text-html``: one page of verse, typeset, with its fonts inside, ready to be printed."""

from __future__ import annotations

import base64
import io
import json
import re
from dataclasses import dataclass
from functools import lru_cache
from html import escape, unescape
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from artengine.api import Opt
from artengine_text.printing import printed

if TYPE_CHECKING:
    from artengine.api import Run
    from artengine.works import Text

_RECIPE = re.compile(r'<meta name="artengine-recipe" content="([^"]*)">')
_CHINESE = ("'Noto Serif of this page', 'Noto Serif TC', 'Noto Serif SC', 'Noto Serif CJK TC', 'Noto Serif CJK SC', "
            "'Source Han Serif', 'Songti TC', 'Songti SC', 'Hiragino Mincho ProN', PMingLiU, SimSun")

_STYLE = """
@page { size: %(page)s; margin: 22mm }
:root { color-scheme: light dark; --ink: #211d19; --paper: #faf7f0; --quiet: #7a6f63; --red: #8f2f22 }
@media (prefers-color-scheme: dark) { :root { --ink: #e9e2d5; --paper: #1a1815; --quiet: #9a9085; --red: #d98a78 } }
* { box-sizing: border-box }
html { background: var(--paper); color: var(--ink); font: 400 21px/1.5 %(family)s;
  font-feature-settings: "kern", "liga", "onum"; text-rendering: optimizeLegibility; -webkit-text-size-adjust: 100%% }
body { margin: 0; min-height: 100vh; display: flex; align-items: center; justify-content: center; padding: 9vh 7vw }
article { max-width: 100%% }
h1 { font-size: 1.6em; font-weight: 400; line-height: 1.2; margin: 0 0 1.4em; text-wrap: balance }
.stanza { margin: 0 0 1.15em; break-inside: avoid }
.line { display: block; padding-left: 2em; text-indent: -2em; min-height: 1.5em; hanging-punctuation: first }
footer { margin-top: 2.2em; color: var(--quiet); font-style: italic; font-size: .8em }
footer::before { content: "❦"; display: block; color: var(--red); font-style: normal; font-size: 1.5em; margin-bottom: .3em }
.vertical { writing-mode: vertical-rl; text-orientation: mixed; line-height: 1.9; letter-spacing: .08em; max-height: 80vh }
.vertical h1 { margin: 0 0 0 1.2em; font-size: 1.5em } .vertical .stanza { margin: 0 0 0 1.4em }
.vertical .line { padding: 0; text-indent: 0 } .vertical footer { margin: 0 1.6em 0 0; align-self: end; font-style: normal }
.vertical footer::before { content: none }
.han .line { padding-left: 0; text-indent: 0 } .han footer { font-style: normal }
@media print { :root { --ink: #000; --paper: #fff; --quiet: #444; --red: #000 } html { font-size: 13pt }
  body { display: block; padding: 0; min-height: 0 } article { margin: 0 auto; width: max-content } }
"""


@dataclass(frozen=True)
class HtmlOptions:
    """How the page is set."""

    vertical: Annotated[bool, Opt("Set Chinese and Japanese in columns, from right to left.")] = True
    fonts: Annotated[bool, Opt("Put the fonts into the page, about 100 kB, so that it looks the same everywhere.")] = True
    paper: Annotated[str, Opt("Sheet it is printed on.", choices=("A4", "A5", "letter"))] = "A4"


class Html:
    """Writes a page that needs nothing but itself; the recipe is in a ``meta`` element, and the text as it was, before a
    printer's quotation marks, in a ``script`` of data for our readers."""

    def __init__(self, options: HtmlOptions, run: Run) -> None:
        self.options = options

    def write(self, work: Text, path: Path, recipe: str) -> None:
        """Write *work* to *path*."""
        path.write_text(page(work, recipe, self.options), encoding="utf-8", newline="\n")

    def recipe(self, path: Path) -> str | None:
        """The recipe inside a file, ``None`` where there is none."""
        found = _RECIPE.search(path.read_text("utf-8", "replace"))
        return unescape(found[1]) or None if found else None


def page(work: Text, recipe: str, options: HtmlOptions) -> str:
    """The page, as HTML 5."""
    han = work.language.startswith(("zh", "ja", "lzh"))
    classes = "han vertical" if han and options.vertical else "han" if han else ""
    latin = "'EB Garamond 12', 'EB Garamond', Garamond, Georgia"
    family = f"{_CHINESE}, {latin}, serif" if han else f"{latin}, {_CHINESE}, serif"
    title, author, verse = (printed(text, work.language) for text in (work.title, work.labels.get("author", ""), work.body))
    faces = _faces() + _han(frozenset(title + author + verse)) if options.fonts else ""
    style = faces + _STYLE % {"family": family, "page": options.paper}
    title, author = escape(title), escape(author)
    head = [f'<html lang="{escape(work.language)}">' if work.language else "<html>", "<head>", '<meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            '<meta name="generator" content="artengine">',
            f'<meta name="author" content="{author}">' if author else "", f"<title>{title or escape(_first(work))}</title>",
            f'<meta name="artengine-recipe" content="{escape(recipe)}">' if recipe else "",
            f"<style>{style}</style>", "</head>"]
    body = ["<body>", f'<article class="{classes}">' if classes else "<article>", f"<h1>{title}</h1>" if title else ""]
    for stanza in verse.split("\n\n"):
        body += ['<p class="stanza">', *(_line(line) for line in stanza.split("\n")), "</p>"]
    data = json.dumps({**work.to_data(), "labels": dict(sorted(work.labels.items()))}).replace("<", "\\u003c")
    body += [f"<footer>{author}</footer>" if author else "", "</article>",
             f'<script type="application/json" id="artengine">{data}</script>', "</body>", "</html>"]
    return "\n".join(["<!DOCTYPE html>", *(part for part in head + body if part)]) + "\n"


def _line(line: str) -> str:
    """A verse; its indent is kept as space, and it turns over indented where the window is too narrow for it."""
    bare = line.lstrip(" ")
    indent = f' style="margin-left: {(len(line) - len(bare)) / 2:g}em"' if len(bare) < len(line) else ""
    return f'<span class="line"{indent}>{escape(bare)}</span>'


def _first(work: Text) -> str:
    return printed(work.lines[0].strip()[:70], work.language) if work.lines else "Untitled"


@lru_cache(maxsize=16)
def _han(characters: frozenset[str]) -> str:
    """A font of just those Han characters and kana that are needed, as CSS; nothing where none are."""
    if all(c < "\u2e80" for c in characters):
        return ""
    from fontTools import subset  # 100 ms that verse in other scripts need not pay
    from fontTools.ttLib import TTFont

    options = subset.Options(layout_features=["vert", "vrt2", "locl"], flavor="woff", hinting=False, name_IDs=[])
    with resources.as_file(resources.files("artengine_text") / "fonts" / "NotoSerifCJKtc-Verse.otf") as path:
        font = TTFont(path, lazy=True, recalcTimestamp=False)
        cutter = subset.Subsetter(options)
        cutter.populate(text="".join(sorted(c for c in characters if c >= "\u2000")))
        cutter.subset(font)
        file = io.BytesIO()
        subset.save_font(font, file, options)
    data = base64.b64encode(file.getvalue()).decode("ascii")
    return ("@font-face { font-family: 'Noto Serif of this page'; "
            f"src: url(data:font/woff;base64,{data}) format('woff') }}\n")


@lru_cache(maxsize=1)
def _faces() -> str:
    fonts = resources.files("artengine_text") / "fonts"
    faces = []
    for name, style in (("Regular", "normal"), ("Italic", "italic")):
        data = base64.b64encode((fonts / f"EBGaramond12-{name}.woff").read_bytes()).decode("ascii")
        faces.append(f"@font-face {{ font-family: 'EB Garamond 12'; font-style: {style}; "
                     f"src: url(data:font/woff;base64,{data}) format('woff') }}")
    return "\n".join(faces)
