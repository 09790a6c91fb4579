"""What this plugin offers. Imports the options of its parts and nothing behind them."""

from __future__ import annotations

from collections.abc import Iterable

from artengine.api import Part, hookimpl


@hookimpl
def artengine_parts() -> Iterable[Part]:
    """The parts for text."""
    from artengine_text.broadside import BroadsideOptions
    from artengine_text.html import HtmlOptions

    yield Part(kind="exporter", name="text-plain", medium="text", summary="Plain text in UTF-8.",
               target="artengine_text.exporters:Plain", formats=("txt",))
    yield Part(kind="exporter", name="text-markdown", medium="text", summary="Markdown, verse by verse, with a heading.",
               target="artengine_text.exporters:Markdown", formats=("md",), embeds=True)
    yield Part(kind="exporter", name="text-json", medium="text", summary="JSON: title, body, language and labels.",
               target="artengine_text.exporters:Json", formats=("json",), embeds=True)
    yield Part(kind="exporter", name="text-html", medium="text",
               summary="A typeset page with its fonts inside, ready to print.",
               target="artengine_text.html:Html", options=HtmlOptions, formats=("html",), embeds=True)
    yield Part(kind="exporter", name="broadside", medium="text",
               summary="A printed sheet as a picture; Chinese in columns from the right.",
               target="artengine_text.broadside:Broadside", options=BroadsideOptions, formats=("png",), embeds=True)
