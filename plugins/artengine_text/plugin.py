"""What this plugin offers. Imports the options of its parts and nothing behind them."""

from __future__ import annotations

from collections.abc import Iterable

from artengine.api import Part, hookimpl


@hookimpl
def artengine_parts() -> Iterable[Part]:
    """The parts for text."""
    from artengine_text.broadside import BroadsideOptions
    from artengine_text.html import HtmlOptions
    from artengine_text.poetry.settings import Controls, Options, TransformerOptions

    yield Part(kind="generator", name="poetry-rnn", medium="text", summary="Verse in any form, by a recurrent network.",
               target="artengine_text.poetry.generator:PoetryRNN", options=Options, controls=Controls,
               tiny={"pieces": 0, "units": 16, "layers": 1, "embedding": 8, "batch_size": 8}, formats=("txt",),
               models={"english": "artengine_text:models/poetry-rnn-english.safetensors",
                       "tang": "artengine_text:models/poetry-rnn-tang.safetensors"})
    yield Part(kind="generator", name="poetry-transformer", medium="text", summary="Verse in any form, by a transformer.",
               target="artengine_text.poetry.generator:PoetryTransformer", options=TransformerOptions, controls=Controls,
               tiny={"pieces": 0, "layers": 1, "width": 16, "heads": 2, "context": 64, "batch_size": 8}, formats=("txt",),
               models={"english-transformer": "artengine_text:models/poetry-transformer-english.safetensors"})
    # A part's name stands alone, whatever its medium, and music has critics called originality and likelihood.
    for name, target, summary in (
            ("metre", "metre:Metre", "Syllables and beats, against what was asked or the metre that fits best."),
            ("rhyme", "rhyme:Rhyme", "Rhymes by grade, against the scheme that was asked or the one kept best."),
            ("form", "form:Form", "Whether it is the form that was asked, or one with a name."),
            ("diversity", "diversity:Diversity", "New things said: no loops, no lines over again, no work like another."),
            ("text-originality", "originality:Originality", "Quotations from the training corpus, and where they stand."),
            ("text-likelihood", "likelihood:Likelihood", "How far it surprises a model that has learnt its kind of verse.")):
        yield Part(kind="critic", name=name, medium="text", summary=summary, target=f"artengine_text.critics.{target}")
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
