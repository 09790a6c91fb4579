"""Fourteen-line passages of many poets, and all English verse there is here as one corpus."""

from __future__ import annotations

import hashlib
import re
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from artengine.api import Run
from artengine.corpus import fingerprint_files
from artengine.errors import ArtengineError
from artengine.works import Text
from artengine_corpora.fetched import Blake, Dickinson, Fetched, Sonnets, Whitman
from artengine_corpora.fetching import Remote
from artengine_corpora.verses import Verses

_MEMBERS = {  # of the archive, with their sha256
    "sonnet_train.txt": "8c883700e98621a2998954595a738892d20b343845f95109d320b90ed7b419ea",
    "sonnet_valid.txt": "5cbfc00e875ade5630e8d9b8f75068080970bb8e98b61c3c4d721459c0f18b2a",
    "sonnet_test.txt": "1e8cdb360c96a003ef5189405642e3c89948a54f66b2958e132cb78267b721b8",
}
_NAMES = re.compile(r"\b(i|i'm|i'll|i've|i'd|god|lord|christ|heaven's king)\b(?!-)")


class Quatorzains(Fetched):
    """Sonnets and other passages of fourteen lines from Project Gutenberg, as collected for the paper "Deep-speare".

    The collection is in lower case, with spaces around its punctuation and little of it at line ends; lines and the word *I*
    get their capitals back.
    """

    name = "quatorzains"
    licence = "Verse in the public domain; the collection of jhlau/deepspeare under Apache-2.0"

    def remotes(self) -> tuple[Remote, ...]:
        """The archive."""
        return (Remote("https://raw.githubusercontent.com/jhlau/deepspeare/08bd93ee5b023f6097261a51845929deb86296cd/"
                       "datasets/gutenberg/data.tgz", "data.tgz"),)

    def poems(self, path: Path) -> Iterator[Text]:
        """The passages of the archive's three files.

        :raises ArtengineError: where a file is not the one this recipe was written for.
        """
        found = {}
        try:
            with tarfile.open(path) as archive:
                for member in archive:
                    name = Path(member.name).name
                    file = archive.extractfile(member) if name in _MEMBERS else None
                    if file:
                        found[name] = file.read()
        except (tarfile.TarError, OSError, EOFError) as error:
            raise ArtengineError(f"{path} cannot be read: {error}.", "Delete it, and it is fetched anew.") from error
        for name, sha256 in _MEMBERS.items():
            content = found.get(name, b"")
            if hashlib.sha256(content).hexdigest() != sha256:
                raise ArtengineError(f"{name} in {path} is not the file this recipe was written for.",
                                     "Delete the archive, and it is fetched anew.")
            for row in content.decode("utf-8").splitlines():
                lines = [restored(line) for line in row.split("<eos>")]
                body = "\n".join(line for line in lines if line)
                if body:
                    yield Text(body, "", "en", {"source": "quatorzains"})


class Plays(Fetched):
    """Scenes of Shakespeare's plays, a speech a poem; speeches of fewer than three lines are passed over."""

    name = "plays"
    licence = "Public domain"

    def remotes(self) -> tuple[Remote, ...]:
        """The excerpt of 40,000 lines that language models are measured on."""
        return (Remote("https://raw.githubusercontent.com/karpathy/char-rnn/master/data/tinyshakespeare/input.txt",
                       "plays.txt", "86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed"),)

    def poems(self, path: Path) -> Iterator[Text]:
        """The speeches, without their speakers' names."""
        for speech in path.read_text("utf-8").split("\n\n"):
            speaker, _, body = speech.strip().partition("\n")
            if speaker.endswith(":") and body.count("\n") > 1:
                yield Text(body, "", "en", {"author": "Shakespeare's plays", "form": "speech", "source": path.name})


def restored(line: str) -> str:
    """A line as it was printed: its first letter a capital, punctuation next to its word."""
    line = re.sub(r"\s*['’‘`]\s*(?=(?:s|d|t|st|er|ll|re|ve|m|en|n|r|ring|ning)\b)", "'", line.strip())
    line = re.sub(r"(?<=\w) (?=n't\b)", "", re.sub(r"\s+([,.;:!?])", r"\1", line))
    line = _NAMES.sub(lambda match: match[0][:1].upper() + match[0][1:], line)
    return re.sub(r"^\W*\w", lambda match: match[0].upper(), line)


class EnglishVerse:
    """Shakespeare's sonnets and plays, Dickinson, Blake, Whitman, the quatorzains, and the English poems of ``verses``."""

    licence = ("Public domain in the USA and wherever copyright has ended; quatorzains collected under Apache-2.0; "
               "verses CC0-1.0")

    def __init__(self, source: Path | None, options: Any, run: Run) -> None:
        self.parts = [kind(None, None, run) for kind in (Sonnets, Dickinson, Blake, Whitman, Quatorzains, Plays)]
        self.own = Verses(None, None, run)

    def __iter__(self) -> Iterator[Text]:
        for part in self.parts:
            yield from part
        for text in self.own:
            if text.language == "en":
                yield Text(text.body, text.title, text.language, {**text.labels, "author": "artengine"})

    def fingerprint(self) -> str:
        """Digest of the files' content."""
        files = [path for part in self.parts for path in part.files()]
        digest = hashlib.sha256(fingerprint_files(files).encode() + self.own.fingerprint().encode())
        return digest.hexdigest()
