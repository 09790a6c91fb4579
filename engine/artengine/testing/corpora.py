"""Checks of corpora."""

from __future__ import annotations

import re
import shutil
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from artengine.errors import ArtengineError
from artengine.testing import fixtures, fresh
from artengine.testing.kit import Failed, NotApplicable, Subject, check, escaped
from artengine.testing.rendering import digest

if TYPE_CHECKING:
    from artengine.works import Work

SOME = 40  # works read: a corpus may have very many


def source(subject: Subject) -> Path | None:
    """What the corpus is to read: what was given, nothing for one with a name of its own, else files made here."""
    if subject.given is not None or not subject.part.formats:
        return None if subject.given is None else Path(subject.given)
    if "source" not in subject.shared:
        folder = subject.folder()
        written = fixtures.write(folder, subject.part.formats, subject.works)
        subject.shared["source"] = folder if written else None
    found: Path | None = subject.shared["source"]
    if found is None:
        raise NotApplicable(f"the kit cannot write {', '.join('.' + f for f in subject.part.formats)} files; give it one to "
                            "read: --corpus PATH, or parametrize_checks(…, corpus=PATH)")
    return found


def opened(subject: Subject, where: Path | None, run: Any = None) -> Any:
    """The corpus, made anew."""
    return subject.target(where, subject.options, run or subject.run())


def _skipped(run: Any) -> str:
    return f" It skipped: {run.skipped[0][1]}" if run.skipped else ""


@check("corpus-reads-works", "Yields works of the declared medium, in a fixed order, under a licence.", "corpus")
def corpus_reads_works(subject: Subject) -> None:
    """The first few dozen, twice."""
    where, run = source(subject), subject.run()
    corpus = opened(subject, where, run)
    works = list(islice(corpus, SOME))
    if not works:
        raise Failed(f"It yields no works of {where or 'its own'}.{_skipped(run)}",
                     "Yield one for every file, or for every piece in it.")
    for work in works:
        if getattr(work, "medium", None) != subject.part.medium:
            raise Failed(f'It yields {type(work).__name__}, not a work of the medium "{subject.part.medium}".',
                         "Yield artengine.works.Score for music, Image for image, Text for text.")
    if [digest(w) for w in islice(opened(subject, where), SOME)] != [digest(w) for w in works]:
        raise Failed("Its works come otherwise the second time.", "Sort what you iterate over; draw nothing at random.")
    if not isinstance(corpus.licence, str) or not corpus.licence.strip():
        raise Failed(f"Its licence is {corpus.licence!r}.",
                     'Give an SPDX identifier or a short phrase ("as the files\' owner states"): it goes into every model.')


@check("corpus-fingerprint-stable", "The fingerprint is the same hex digest in every process.", "corpus")
def corpus_fingerprint_stable(subject: Subject) -> None:
    """Twice here, and in fresh processes with two other hash seeds."""
    where = source(subject)
    first = opened(subject, where).fingerprint()
    if not isinstance(first, str) or not re.fullmatch("[0-9a-f]{8,128}", first):
        raise Failed(f"The fingerprint {first!r} is no hex digest.", "Use artengine.corpus.fingerprint_files, or hashlib.")
    others = [opened(subject, where).fingerprint()]
    others += [fresh.ask("fingerprint", subject.name, where or "", env={"PYTHONHASHSEED": seed}) for seed in ("1", "2")]
    if others != [first] * 3:
        what = "every time it is asked" if others[0] != first else "in another process"
        raise Failed(f"The fingerprint is another {what}.",
                     "Digest the content with hashlib, never with hash(), and sort what has no order: every training would "
                     "prepare its corpus again.")


@check("corpus-fingerprint-follows-content", "The fingerprint depends on content, and not on names, places and times.",
       "corpus")
def corpus_fingerprint_follows_content(subject: Subject) -> None:
    """A copy elsewhere has the same, a copy with a file less another."""
    where = source(subject)
    if where is None:
        raise NotApplicable("it has content of its own")
    first = opened(subject, where).fingerprint()
    copy = subject.folder() / f"copy{where.suffix}"
    if where.is_dir():
        shutil.copytree(where, copy, copy_function=shutil.copyfile)
    else:
        shutil.copyfile(where, copy)
    if opened(subject, copy).fingerprint() != first:
        raise Failed("A copy of the files in another place has another fingerprint.",
                     "Digest the files' bytes, not their paths and times; artengine.corpus.fingerprint_files does.")
    files = sorted(p for p in copy.rglob("*") if p.suffix.lstrip(".").lower() in subject.part.formats)
    if len(files) > 1:
        files[0].unlink()
        if opened(subject, copy).fingerprint() == first:
            raise Failed("The fingerprint is the same after a file was taken away.", "Digest the content of every file.")


@check("corpus-pieces-agree", "The pieces, read one by one, are what iterating gives.", "corpus", ability="Splittable")
def corpus_pieces_agree(subject: Subject) -> None:
    """The first few dozen works."""
    where = source(subject)
    corpus = opened(subject, where)
    pieces = list(corpus.pieces())
    if not all(isinstance(piece, str) for piece in pieces) or len(set(pieces)) != len(pieces):
        raise Failed("pieces() does not give names of its own for each piece.", "Give different strings.")
    other = opened(subject, where)
    by_piece: list[str] = []
    for piece in pieces:
        if len(by_piece) >= SOME:
            break
        try:
            by_piece += [digest(work) for work in other.read(piece)]
        except ArtengineError:
            continue
    whole = [digest(work) for work in islice(corpus, len(by_piece) + 1)]
    if whole[:len(by_piece)] != by_piece or (len(by_piece) < SOME and len(whole) != len(by_piece)):
        raise Failed("Reading the pieces one by one gives other works than iterating over the corpus.",
                     "Let __iter__ go through pieces() in order and yield what read() gives.")


@check("corpus-skips-bad-files", "Files it cannot read are skipped or are an ArtengineError, and cost no others.", "corpus")
def corpus_skips_bad_files(subject: Subject) -> None:
    """A place that is not there, an empty folder, and junk among good files."""
    if not subject.part.formats:
        raise NotApplicable("it reads no files that a person names")
    nowhere, empty, junk = subject.folder() / "nowhere", subject.folder(), subject.folder()
    for ending in subject.part.formats:
        (junk / f"empty.{ending}").write_bytes(b"")
        (junk / f"noise.{ending}").write_bytes(bytes(range(256)) * 9)
    for what, where in (("a path that is not there", nowhere), ("an empty folder", empty), ("a folder of junk", junk)):
        _read(subject, where, what)
    good_ones = source(subject)
    good = len(_read(subject, good_ones, "good files")) if good_ones and good_ones.is_dir() else 0
    if good_ones and good:
        mixed = subject.folder() / "mixed"
        shutil.copytree(good_ones, mixed)
        shutil.copyfile(junk / f"noise.{subject.part.formats[0]}", mixed / f"00-noise.{subject.part.formats[0]}")
        if len(_read(subject, mixed, "good files and one of junk")) < good:
            raise Failed("One file of junk costs good ones.", "Give that file to run.skip() and go on with the next.")


def _read(subject: Subject, where: Path, what: str) -> list[Work]:
    try:
        corpus = opened(subject, where)
        corpus.fingerprint()
        return list(islice(corpus, SOME))
    except ArtengineError:
        return []
    except Exception as error:
        raise Failed(f"Given {what}: {escaped(error)}",
                     "Give a file that cannot be read to run.skip(), and raise ArtengineError where nothing can.") from error
