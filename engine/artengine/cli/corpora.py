"""The flags of corpora, for the verbs that read one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from artengine.cli.parts import Section, part_flags
from artengine.errors import ArtengineError

if TYPE_CHECKING:
    from artengine.api import Part


def sections(corpus: str | None, medium: str, taken: set[str]) -> Iterator[Section]:
    """The options of the corpus part that reads *corpus*; of every one of *medium* where none is named yet.

    :raises ArtengineError: where there is no such corpus.
    """
    from artengine import plugins  # once a plugin is named
    from artengine.corpus import located

    parts = [located(corpus, medium)[0]] if corpus else [plugins.load(name, "corpus")
                                                         for name in plugins.find("corpus", medium)]
    for part in parts:
        if part.options:  # of several only one will be read, so they share their flags
            yield _heading(part), part_flags(part, part.options, set(taken))


def _heading(part: Part) -> str:
    return f"Options of the corpus {part.name}{' (a path)' if part.formats else ''}"


def explain(flag: str, corpus: str | None, medium: str) -> None:
    """Raise the better error for a flag that belongs to another corpus than the one named."""
    from artengine import options, plugins

    bare = flag.removeprefix("--").removeprefix("no-")
    owners = [name for name in plugins.find("corpus", medium)
              if (cls := plugins.load(name, "corpus").options) and bare in {field.flag for field in options.fields(cls)}]
    if owners and corpus is None:
        raise ArtengineError(f"{flag} is an option of the corpus {' or '.join(owners)}, and no corpus is named.",
                             "Name one with --corpus.")
    if owners:
        raise ArtengineError(f"{flag} is an option of the corpus {' or '.join(owners)}, and not of {corpus}.",
                             "Leave it out, or give another --corpus.")
