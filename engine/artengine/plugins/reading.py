"""Reading one work that a person named on the command line: a file, or the thing itself in writing."""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from artengine.errors import ArtengineError, nearest
from artengine.plugins.cache import find, index
from artengine.plugins.loading import load, target

if TYPE_CHECKING:
    from artengine.api import Medium
    from artengine.works import Work


def read_work(text: str, medium: Medium) -> Work:
    """The first work in the file *text*, or the work that *text* writes out.

    A file is read by the corpus of that medium that knows its ending. In writing, music is notes such as
    ``"C4 D4 E4/2"`` (see :mod:`artengine.works.notation`) and text is itself.

    :raises ArtengineError: where it is neither, saying why.
    """
    path = Path(text).expanduser()
    suffix = path.suffix.lower().removeprefix(".")
    if _is_file(path):
        names = find("corpus", medium, suffix)
        if not names:
            known = sorted({f for row in index() if row.kind == "corpus" and row.medium == medium for f in row.formats})
            raise ArtengineError(f'No corpus of the medium {medium} reads ".{suffix}" files ({text}).',
                                 f"Readable are: {', '.join(known) or 'none'}. {nearest(suffix, known)}".strip())
        return _first(names[0], path)
    if medium == "text":
        from artengine.works import Text

        return Text(text)
    if medium == "image" or suffix.isalpha() or ("/" in text and " " not in text and not text[-1:].isdigit()):
        raise ArtengineError(f'There is no file "{text}".', "Check the path.")
    from artengine.works.notation import parse  # for music in writing only

    return cast("Work", parse(text))


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):  # too long for a path, or with a NUL: it is not one
        return False


def _first(corpus: str, path: Path) -> Work:
    from artengine.runs import LocalRun  # with its signals, for a file only

    part = load(corpus, "corpus")
    with LocalRun() as run:
        options: Any = part.options() if part.options else None
        works = list(islice(target(part)(path, options, run), 1))
    if not works:
        from artengine.corpus import clause  # only to say what is wrong

        reason = run.skipped[0][1] if run.skipped else "it is empty"
        raise ArtengineError(f'"{path}" cannot be read: {clause(reason)}.',
                             "Give another file, or export it again from the program it came from.")
    return cast("Work", works[0])
