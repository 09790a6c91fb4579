"""How my-part reads a collection: short texts, one after another, parted by lines that hold a % sign and nothing else.

It is the format of the ``fortune`` program, older than most of us.
"""

from __future__ import annotations

import re
from pathlib import Path

from artengine.errors import ArtengineError
from artengine.scaffold.templates.plugin_corpus_text import CorpusOptions
from artengine.works import Text

FORMATS = ("fortune",)


def read_file(path: Path, options: CorpusOptions) -> list[Text]:
    """The texts in a file."""
    try:
        content = path.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ArtengineError("it is not in UTF-8.", "Save it as UTF-8.") from error
    bodies = [body.strip("\n") for body in re.split(r"^%\s*$", content, flags=re.MULTILINE) if body.strip()]
    texts = [Text(body, title=f"{path.stem} {i}", labels={"source": path.name}) for i, body in enumerate(bodies, 1)]
    texts = [text for text in texts if len(text.lines) >= options.least]
    if not texts:
        raise ArtengineError("there is no text in it that is long enough.", "Write some, and a line with % between them.")
    return texts
