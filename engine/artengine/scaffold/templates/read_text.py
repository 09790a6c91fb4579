"""How my-part reads a text."""

from __future__ import annotations

import re
from pathlib import Path

from artengine.errors import ArtengineError
from artengine.scaffold.templates.plugin_corpus_text import CorpusOptions
from artengine.works import Text

FORMATS = ("txt",)


def read_file(path: Path, options: CorpusOptions) -> list[Text]:
    """The text in a file, or its stanzas."""
    try:
        body = path.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ArtengineError("it is not in UTF-8.", "Save it as UTF-8.") from error
    bodies = re.split(r"\n\s*\n", body) if options.stanzas else [body]
    texts = [Text(body.strip("\n"), title=path.stem, labels={"source": path.name}) for body in bodies if body.strip()]
    if not texts:
        raise ArtengineError("it is empty.", "Write something in it.")
    return texts
