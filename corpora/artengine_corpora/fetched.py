"""Verse in the public domain that is fetched the first time it is asked for: each a recipe of address, checksum, licence,
and how the poems are told from the rest of the book."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, ClassVar

from artengine.api import Opt, Run
from artengine.corpus import fingerprint_files
from artengine.errors import ArtengineError
from artengine.works import Text
from artengine_corpora.fetching import Remote, fetch

_GUTENBERG = "Public domain in the USA and wherever copyright has ended (Project Gutenberg eBook #{})"
_PROSE = 52  # mean length of a line above which a block of Dickinson's editors is prose
_SMALL = {"a", "an", "and", "as", "at", "but", "by", "et", "for", "from", "in", "into", "of", "on", "or", "the", "to"}


class Fetched:
    """The poems of files that are fetched once and then read from the cache."""

    name: ClassVar[str]
    licence: ClassVar[str]

    def __init__(self, source: Path | None, options: Any, run: Run) -> None:
        self.options, self.run = options, run

    def remotes(self) -> tuple[Remote, ...]:
        """The files."""
        raise NotImplementedError

    def poems(self, path: Path) -> Iterator[Text]:
        """The poems in one of them."""
        raise NotImplementedError

    def files(self) -> list[Path]:
        """The files, fetched where they are not in the cache.

        :raises Unreachable: where that cannot be done now.
        """
        return [fetch(remote, self.name, self.run) for remote in self.remotes()]

    def __iter__(self) -> Iterator[Text]:
        for path in self.files():
            try:
                yield from self.poems(path)
            except ArtengineError as error:
                self.run.skip(path.name, error.wrong)

    def fingerprint(self) -> str:
        """Digest of the files' content."""
        return fingerprint_files(self.files())


class Sonnets(Fetched):
    """Shakespeare's 154 sonnets."""

    name = "sonnets"
    licence = _GUTENBERG.format(1041)

    def remotes(self) -> tuple[Remote, ...]:
        """The file, as GITenberg keeps it."""
        return (Remote("https://raw.githubusercontent.com/GITenberg/Shakespeare-s-Sonnets_1041/"
                       "1947d28758d0d984b4ba67645f3e4916ff7c09ce/1041.txt", "1041.txt",
                       holds="From fairest creatures we desire increase"),)

    def poems(self, path: Path) -> Iterator[Text]:
        """The sonnets, their couplets set in."""
        for i, (title, body, _) in enumerate(_split(path, "number", "From fairest creatures")):  # or none
            labels = {"author": "William Shakespeare", "form": "sonnet", "source": path.name}
            yield Text(body, f"Sonnet {title or i + 1}", "en", labels)


class Dickinson(Fetched):
    """Emily Dickinson's poems in the three series of 1890 to 1896."""

    name = "dickinson"
    licence = _GUTENBERG.format(12242)

    def remotes(self) -> tuple[Remote, ...]:
        """The book."""
        return (_book(12242, "Success is counted sweetest"),)

    def poems(self, path: Path) -> Iterator[Text]:
        """The poems, without prefaces and headings; titles are her editors'."""
        for title, body, _ in _split(path, "gap", "This is my letter to the world"):
            lines = [line for line in body.split("\n") if line]
            if len(lines) > 2 and sum(map(len, lines)) / len(lines) < _PROSE and not body.isupper():
                yield Text(body, _cased(title), "en", {"author": "Emily Dickinson", "source": path.name})


class Blake(Fetched):
    """William Blake's Songs of Innocence and of Experience."""

    name = "blake"
    licence = _GUTENBERG.format(1934)

    def remotes(self) -> tuple[Remote, ...]:
        """The book."""
        return (_book(1934, "Piping down the valleys wild"),)

    def poems(self, path: Path) -> Iterator[Text]:
        """The songs."""
        for title, body, _ in _split(path, "gap", "Piping down the valleys wild"):
            if "\n" in body:
                name = _cased(title) if body[:6] != "Piping" else "Introduction"
                yield Text(body, name, "en", {"author": "William Blake", "source": path.name})


class Whitman(Fetched):
    """Walt Whitman's Leaves of Grass, each verse on a line of its own."""

    name = "whitman"
    licence = _GUTENBERG.format(1322)

    def remotes(self) -> tuple[Remote, ...]:
        """The book."""
        return (_book(1322, "I celebrate myself, and sing myself"),)

    def poems(self, path: Path) -> Iterator[Text]:
        """The poems; the verses that the printer turned over are whole again, and numbers of sections left out."""
        whole: list[tuple[str, str]] = []
        for title, body, _ in _split(path, "gap", "One's-self I sing", joined=True):
            numbered = re.match(r" *(\d+)(?:\n|$)", body)
            verses = re.sub(r"^ *\d+(?:\n|$)", "", body, flags=re.MULTILINE).strip("\n")
            if numbered and numbered[1] != "1" and not title and whole and verses:
                whole[-1] = (whole[-1][0], f"{whole[-1][1]}\n\n{verses}")  # a section that stands apart
            elif verses and not verses.startswith("BOOK"):
                whole.append((title if whole else "One's-Self I Sing", verses))
        for title, body in whole:
            yield Text(body, title, "en", {"author": "Walt Whitman", "source": path.name})


@dataclass(frozen=True)
class TangOptions:
    """Which poems."""

    selection: Annotated[str, Opt("The first 12,000 of the Complete Tang Poems, or the Three Hundred of the anthology.",
                                  choices=("complete", "300"))] = "complete"


class Tang(Fetched):
    """Poems of the Tang, in traditional characters, a couplet a line."""

    name = "tang"
    licence = "Poems in the public domain; the collection chinese-poetry under the MIT licence"

    def __init__(self, source: Path | None, options: TangOptions | None, run: Run) -> None:
        super().__init__(source, options or TangOptions(), run)

    def remotes(self) -> tuple[Remote, ...]:
        """The files of the collection chinese-poetry, at one commit."""
        if self.options.selection == "300":
            return (Remote(f"{_TANG}唐诗三百首.json", "300.json", _SHA_300),)
        return tuple(Remote(f"{_TANG}poet.tang.{n}.json", f"poet.tang.{n}.json", sha256) for n, sha256 in _SHA_TANG.items())

    def poems(self, path: Path) -> Iterator[Text]:
        """The poems, without editors' notes; those with characters that are lost are passed over."""
        from artengine_text import reading  # the readers, once there is something to read

        for text in reading.read(path):
            body = re.sub(r"[（(〔［\[{][^）)〕］\]}]*[）)〕］\]}]", "", text.body).strip()
            if body and not re.search("[□■〖〗/\ufffd\ue000-\uf8ff]|[?？]{2}", body):
                yield Text(body, text.title, "zh-Hant", {**text.labels, "source": path.name})


def _book(number: int, holds: str) -> Remote:
    return Remote(f"https://www.gutenberg.org/cache/epub/{number}/pg{number}.txt", f"pg{number}.txt", holds=holds)


def _split(path: Path, style: str, first: str, joined: bool = False) -> Iterator[tuple[str, str, str]]:
    """Title, body and author of the poems in a book, from that on which begins with *first*.

    :param joined: lines set in by six spaces go on with the one above.
    """
    from artengine_text import decoding, splitting  # as above

    text = decoding.decode(path.read_bytes())
    if joined:
        text = re.sub(r"(?<=\S)\n {6}(?=\S)", " ", text)
    begun = False
    for poem in splitting.poems(text, style):
        begun = begun or poem.body.lstrip().startswith(first)
        if begun:
            yield poem.title, poem.body, poem.author


def _cased(title: str) -> str:
    """A title in capitals as one writes it in a sentence's."""
    title = title.rstrip(".")
    if not title.isupper():
        return title
    return " ".join(_word(word, i == 0) for i, word in enumerate(title.split()))


def _word(word: str, first: bool) -> str:
    if len(word) > 1 and re.fullmatch(r"[IVXLC]+", word):
        return word
    return word.lower() if word.lower() in _SMALL and not first else word[:1] + word[1:].lower()


_TANG = "https://raw.githubusercontent.com/chinese-poetry/chinese-poetry/99ebbef7e1345c0985c44b9fd96a3f9e776f117b/全唐诗/"
_SHA_300 = "d77a145f7470da2ed2f79515944563c062ffc43fceda07f195a36ead66b7e5c7"
_SHA_TANG = {
    0: "4f88f429938082523cdc72a1612bd7a7c3e3f7a33f8192c61ae51340efc3c92d",
    1000: "6e703b8d8dcedbd6110f6d48d043665ca2131db2035a5bfcef5e59a19aeb6d75",
    2000: "ec28efa7e2ae9cdbbba09f0ed186e32ccae47a325ad1e5816b7ad56071c1665a",
    3000: "9e4ba2323752b6b9fbdba875cdbc6a26636fe0cabc85fd066370d4915952001f",
    4000: "b8a7946c879b9658a6c667a4c55f776fae7e5e00a17789ab06b274c1429afc66",
    5000: "a0306e6962cff01639ad9a00b042a201b8dec1f30fa5d768a7b112589887861e",
    6000: "982a21d2b15922b406911f1c825785054314c686da86b2155d7aebb362d22771",
    7000: "a6fb69d7b4343c904dc56ae5aae34facc2478d196b51c37ceba9d1e2f171b342",
    8000: "ac3848e95b02736168003863795de4474838c2d6a71a24ca2a4a280ea5177773",
    9000: "b99d6596e3a1fe1a661652383083f92d196b8baf4e461d087081d5e1e1b7a51f",
    10000: "b97d1c5509ab62f5b433dee2020c11c4deda4542e276683d1ada6619c34c2113",
    11000: "9adf1835246053c821d99af39ce9092e14a94e1baf91740098bd9fc6f6f1cd27",
}
