"""Corpora: finding the one that is meant, and turning it into arrays once."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from artengine import arrays as kept
from artengine.errors import ArtengineError, Interrupted, nearest

if TYPE_CHECKING:
    import numpy as np

    from artengine.api import Corpus, Part, Run, Trainable
    from artengine.studio import Studio
    from artengine.works import Work

FEW = 8  # pieces read in this process: starting workers takes half a second


class Opened:
    """A corpus ready to be read, itself an :class:`artengine.api.Corpus`; a splittable one is read on all cores."""

    def __init__(self, part: Part, path: Path | None, options: Any, run: Run, package: str = "") -> None:
        from artengine import plugins  # this module's helpers serve plugins too, which load no others

        self.part, self.path, self.options, self.run = part, path, options, run
        self.package = package
        self.inner: Corpus = plugins.target(part)(path, options, run)

    @property
    def name(self) -> str:
        """The corpus part's name, or that of the file or folder."""
        return self.path.resolve().name if self.path else self.part.name

    @property
    def licence(self) -> str:
        """SPDX identifier or a short phrase."""
        return self.inner.licence

    def fingerprint(self) -> str:
        """Hex digest of the content."""
        return self.inner.fingerprint()

    def __iter__(self) -> Iterator[Work]:
        from artengine import reading  # and its subprocesses, only where something is read
        from artengine.api import Splittable

        if not isinstance(self.inner, Splittable):
            return iter(self.inner)
        pieces = self.inner.pieces()
        if len(pieces) <= FEW or reading.cores() == 1:
            return reading.read_here(self.inner, pieces, self.run)
        return reading.read_all(reading.Source(self.part.name, self.path, self.options), pieces, self.run)


def open(name_or_path: str | Path, medium: str, run: Run, options: Any = None) -> Opened:
    """Open a corpus by the name of its part, or a file or folder with the corpus part of *medium* that reads its formats.

    :param options: the corpus part's options, as their dataclass; by default their defaults.
    :raises ArtengineError: where there is no such corpus, or nothing in the folder has a format any corpus reads.
    """
    from artengine import plugins  # as above

    part, path = located(name_or_path, medium)
    if options is None and part.options is not None:
        options = part.options()
    return Opened(part, path, options, run, " ".join(plugins.package_of(part.name)))


def located(name_or_path: str | Path, medium: str) -> tuple[Part, Path | None]:
    """The corpus part of that name, or the one of *medium* that reads the formats at that path; with the path.

    :raises ArtengineError: as :func:`open`.
    """
    from artengine import plugins  # as above

    text = str(name_or_path)
    if not isinstance(name_or_path, Path) and plugins.find("corpus", medium, name=text):
        return plugins.load(text, "corpus"), None
    path = Path(text).expanduser()
    if not path.exists():
        raise _unknown(text, medium)
    return _reader(path, medium), path


def choices(part: Part, given: Mapping[str, Any], studio: Studio | None = None) -> Any:
    """The options of a corpus part from values by name, over those of ``[corpus.NAME]`` in the studio's artengine.toml.

    :param studio: ``None`` to leave artengine.toml out.
    :returns: its dataclass, ``None`` for a part that has no options.
    :raises ArtengineError: for an option there is not, or a value that will not do, naming the flag.
    """
    from artengine import options

    written = studio.table("corpus", part.name) if studio else {}
    if part.options is None:
        if given or written:
            raise ArtengineError(f"The corpus {part.name} has no option --{next(iter([*given, *written]))}.",
                                 "It has none at all.")
        return None
    if studio and written:
        with studio.told("corpus", part.name):  # and not a flag
            options.make(part.options, written, where="toml")
    return options.make(part.options, {**written, **given}, where="flag")


def _unknown(text: str, medium: str) -> ArtengineError:
    from artengine import plugins  # as above

    if os.sep in text or text.startswith("."):
        return ArtengineError(f'There is no file or folder "{text}".', "Check the path given with --corpus.")
    if any(entry.name == text for entry in plugins.entries()):
        plugins.load(text, "corpus")  # which says what is wrong with it
    named = plugins.find("corpus", medium)
    have = f"There {'is' if len(named) == 1 else 'are'} {', '.join(named)}; or give" if named else "Give"
    return ArtengineError(f'There is no {medium} corpus "{text}".',
                          f"{nearest(text, named)} {have} the path of a file or folder.".strip())


def _reader(path: Path, medium: str) -> Part:
    """The corpus part of *medium* that reads the most of the files at *path*."""
    from artengine import plugins  # as above

    readers = {listed.name: listed.formats for listed in plugins.index()
               if listed.kind == "corpus" and listed.medium == medium and listed.formats and not listed.error}
    known = sorted({ending for formats in readers.values() for ending in formats})
    if not known:
        raise ArtengineError(f"No plugin that is installed reads {medium} from files.",
                             "Install one that does; `artengine plugins` lists what there is.")
    endings = Counter(file.suffix.lower().lstrip(".") for file in walk(path))
    counts = {name: sum(endings[ending] for ending in formats) for name, formats in readers.items()}
    best = max(counts, key=lambda name: counts[name])
    if counts[best]:
        return plugins.load(best, "corpus")
    reads = f"A {medium} corpus reads {', '.join('.' + ending for ending in known)}."
    if not endings:
        raise ArtengineError(f'There is no file in "{path}".', reads)
    found = ", ".join(f"{n} {'.' + ending if ending else 'without an ending'}" for ending, n in endings.most_common(5))
    raise ArtengineError(f'Nothing in "{path}" can be read as {medium}: {found}.', reads)


def walk(path: Path, formats: Iterable[str] = ()) -> list[Path]:
    """The file *path*, or all files in the folder *path* and below, sorted; hidden ones are left out.

    :param formats: endings wanted, lower case without the dot; none for all.
    """
    wanted = {f".{ending}" for ending in formats}
    if path.is_file():
        return [path]
    found = []
    for folder, below, names in os.walk(path):
        below[:] = [name for name in below if not name.startswith(".")]
        found += [Path(folder, name) for name in names if not name.startswith(".")]
    return sorted(file for file in found if not wanted or file.suffix.lower() in wanted)


def fingerprint_files(paths: Iterable[Path]) -> str:
    """Hex digest of the contents of files, whatever their names, places and order. For the authors of corpora.

    A file's own digest is remembered by (path, size, time of change), so that asking again costs one ``stat`` per file.

    :raises ArtengineError: where a file cannot be read.
    """
    import hashlib  # with sqlite3 below, 15 ms that only those who ask need pay

    return hashlib.blake2b("".join(sorted(digests(paths))).encode(), digest_size=16).hexdigest()


def digests(paths: Iterable[Path]) -> list[str]:
    """Hex digest of the content of each file, in order, remembered as :func:`fingerprint_files` does.

    :raises ArtengineError: where a file cannot be read.
    """
    known = _Digests()
    found = []
    for path in paths:
        try:
            found.append(known.of(path))
        except OSError as error:
            raise ArtengineError(f'"{path}" cannot be read: {error.strerror or error}.',
                                 "Check its permissions, or take it out of the corpus.") from error
    known.close()
    return found


class _Digests:
    """Digests of files by path, size and time of change, kept in the cache where that can be written."""

    def __init__(self) -> None:
        import sqlite3  # as above

        self.broken = sqlite3.Error
        self.new: list[tuple[str, int, int, str]] = []
        self.base: sqlite3.Connection | None = None
        with suppress(sqlite3.Error, OSError):
            kept.cache().mkdir(parents=True, exist_ok=True)
            base = sqlite3.connect(kept.cache() / "digests.db", timeout=5)
            base.execute("CREATE TABLE IF NOT EXISTS digests (path TEXT PRIMARY KEY, size INT, mtime INT, digest TEXT)")
            self.base = base

    def of(self, path: Path) -> str:
        import hashlib  # as above
        import time

        stat = path.stat()
        row = None
        if self.base is not None:
            with suppress(self.broken):
                row = self.base.execute("SELECT size, mtime, digest FROM digests WHERE path = ?",
                                        (str(path.absolute()),)).fetchone()
        if row and row[:2] == (stat.st_size, stat.st_mtime_ns):
            return str(row[2])
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=16)).hexdigest()
        if time.time_ns() - stat.st_mtime_ns > 2_000_000_000:  # a file may change twice within one tick of its clock
            self.new.append((str(path.absolute()), stat.st_size, stat.st_mtime_ns, digest))
        return digest

    def close(self) -> None:
        if self.base is not None:
            with suppress(self.broken):
                self.base.executemany("INSERT OR REPLACE INTO digests VALUES (?, ?, ?, ?)", self.new)
                self.base.commit()
            self.base.close()


class Prepared(dict[str, "np.ndarray"]):
    """Arrays by name, memory-mapped, with what is known of the works they came from."""

    works = 0
    """Works that were read and used."""
    skipped: Sequence[tuple[str, str]] = ()
    """(source, reason) of what was left out."""
    key = ""
    """The folder in the cache."""


def prepared(generator: Trainable, part: Part, corpus: Opened, run: Run) -> Prepared:
    """The arrays that *generator* makes of *corpus*: from the cache, or prepared now and kept there.

    :param run: hears what is skipped, also when the arrays come from the cache.
    :raises ArtengineError: where nothing in the corpus can be used; the reasons are counted and named.
    """
    key = _key(generator, part, corpus)
    found = kept.load(key)
    if found is None:
        before = len(getattr(run, "skipped", ()))
        works = _Counted(corpus, run)
        try:
            made: Mapping[str, np.ndarray] = generator.prepare(works)
        except Interrupted:
            raise
        except ArtengineError as error:
            if works.count and not getattr(run, "skipped", ()):
                raise
            raise _unusable(corpus, works.count, run, error) from error
        if not works.count:
            raise _unusable(corpus, 0, run, None)
        skipped = [list(what) for what in getattr(run, "skipped", ())[before:]]
        refused = len(skipped) - works.unread  # by the generator, after they were read
        kept.keep(key, made, {"works": max(0, works.count - refused), "skipped": skipped})
        del made  # the copy in memory; what is used from here on is mapped
        found = kept.load(key)
        if found is None:
            raise ArtengineError(f'The prepared corpus is gone from "{kept.cache()}" as soon as it was written.',
                                 "Set ARTENGINE_CACHE to a folder that keeps its files.")
    else:
        for source, reason in found[1]["skipped"]:
            run.skip(source, reason)
    result = Prepared(found[0])
    result.works, result.skipped, result.key = found[1]["works"], [tuple(w) for w in found[1]["skipped"]], key
    return result


class _Counted:
    """An iterable that counts what was taken from it, and what its reader skipped meanwhile."""

    def __init__(self, works: Iterable[Work], run: Run) -> None:
        self.works, self.skipped, self.count, self.unread = works, getattr(run, "skipped", ()), 0, 0

    def __iter__(self) -> Iterator[Work]:
        before = len(self.skipped)  # a corpus may skip some (duplicates, say) before it gives the first
        works = iter(self.works)
        while True:
            work = next(works, None)
            self.unread += len(self.skipped) - before
            if work is None:
                return
            self.count += 1
            yield work
            before = len(self.skipped)


def _key(generator: Trainable, part: Part, corpus: Opened) -> str:
    import hashlib  # as above

    from artengine import options

    chosen = options.to_data(corpus.options) if corpus.options is not None else {}
    said = (1, corpus.fingerprint(), corpus.part.name, corpus.package, sorted(chosen.items()), part.name, generator.encoder)
    return hashlib.blake2b(repr(said).encode(), digest_size=16).hexdigest()


def _unusable(corpus: Opened, works: int, run: Run, error: ArtengineError | None) -> ArtengineError:
    skipped = getattr(run, "skipped", ())
    why = reasons(skipped) if skipped else (error.wrong.rstrip(".") if error else "it is empty")
    where = corpus.path or corpus.part.name
    formats = ", ".join("." + ending for ending in corpus.part.formats)
    advice = (error.advice if error and works else "") or (
        f"Give a file or folder with {corpus.part.medium} in {formats}." if formats else "Give another corpus.")
    return ArtengineError(f'Nothing in the corpus "{where}" can be learnt from: {why}.', advice)


def clause(reason: str) -> str:
    """A reason, which may be a sentence, as the end of another one."""
    why = reason.strip().rstrip(".")
    return why[0].lower() + why[1:] if why[1:2].islower() else why


def reasons(skipped: Sequence[tuple[str, str]], most: int = 4) -> str:
    """``it is not MIDI (2, the first is a.mid), it is empty (b.mid)``: what was left out, by reason, each with an example.

    What a reason says in brackets at its end, the line of a fault for instance, is left out of account.
    """
    first: dict[str, str] = {}
    counts: Counter[str] = Counter()
    for source, reason in skipped:
        why = re.sub(r" \([^()]*\)$", "", clause(reason))
        counts[why] += 1
        first.setdefault(why, source)
    told = [f"{why} ({f'{n}, the first is ' if n > 1 else ''}{first[why]})" for why, n in counts.most_common(most)]
    rest = sum(counts.values()) - sum(n for _, n in counts.most_common(most))
    return ", ".join(told) + (f" and {rest} for other reasons" if rest else "")


def summary(works: int, skipped: Sequence[tuple[str, str]]) -> str:
    """``Skipped 3 of 120: it is not MIDI (2, the first is x.mid), it is empty (y.mid).``, or nothing where nothing was."""
    return f"Skipped {len(skipped)} of {works + len(skipped)}: {reasons(skipped)}." if skipped else ""
