"""The studio's record of works, judgements, models and runs: one SQLite file, safe with several processes.

The catalog is a convenience, never a condition: what cannot be recorded is still rendered, and every file carries its own
recipe.
"""

from __future__ import annotations

import json
import os
import sqlite3
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from artengine.errors import ArtengineError

if TYPE_CHECKING:
    from artengine.planning import Job
    from artengine.rendering import Finished

# Numbered by position; a catalog remembers in user_version how many it has seen. Only ever add to the end.
MIGRATIONS = (
    """
    CREATE TABLE runs (id INTEGER PRIMARY KEY, verb TEXT NOT NULL, plugin TEXT NOT NULL, started REAL NOT NULL,
        seconds REAL NOT NULL, error TEXT NOT NULL DEFAULT '', detail TEXT NOT NULL DEFAULT '{}');
    CREATE TABLE works (id INTEGER PRIMARY KEY, run INTEGER NOT NULL REFERENCES runs(id) ON DELETE CASCADE,
        created REAL NOT NULL, medium TEXT NOT NULL, plugin TEXT NOT NULL, model TEXT NOT NULL, seed INTEGER NOT NULL,
        title TEXT NOT NULL, recipe TEXT NOT NULL);
    CREATE INDEX works_by_plugin ON works(plugin, id);
    CREATE TABLE files (path TEXT PRIMARY KEY, work INTEGER NOT NULL REFERENCES works(id) ON DELETE CASCADE,
        format TEXT NOT NULL);
    CREATE INDEX files_by_work ON files(work);
    CREATE TABLE judgements (work INTEGER NOT NULL REFERENCES works(id) ON DELETE CASCADE, critic TEXT NOT NULL,
        score REAL NOT NULL, aspects TEXT NOT NULL, remarks TEXT NOT NULL, PRIMARY KEY (work, critic));
    CREATE TABLE models (path TEXT PRIMARY KEY, part TEXT NOT NULL, sha256 TEXT NOT NULL, added REAL NOT NULL,
        header TEXT NOT NULL);
    """,
)


WRITE = "BEGIN IMMEDIATE"  # waits for its turn at once, where a plain BEGIN would fail at its first write


class Catalog:
    """``catalog.db`` of a studio; opened, made and brought up to date at first use.

    Every method raises ``sqlite3.Error`` or ``OSError`` where the file cannot be used, and
    :class:`~artengine.errors.ArtengineError` where it is of a newer artengine.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    @contextmanager
    def _open(self, begin: str = "BEGIN") -> Iterator[sqlite3.Connection]:
        """A connection inside one transaction; closed at the end, so that none crosses a fork or a thread."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        db = sqlite3.connect(self.path, timeout=10.0, isolation_level=None)
        try:
            db.execute("PRAGMA busy_timeout = 10000")
            db.execute("PRAGMA foreign_keys = ON")
            if db.execute("PRAGMA user_version").fetchone()[0] != len(MIGRATIONS):
                self._migrate(db)
            db.execute("PRAGMA synchronous = NORMAL")  # with WAL a power cut can lose the last entries, never the file
            db.execute(begin)
            yield db
            db.execute("COMMIT")
        finally:
            db.close()  # an open transaction is rolled back

    @contextmanager
    def _look(self) -> Iterator[sqlite3.Connection]:
        """A connection to read by, also where nothing can be written: even reading makes files beside a WAL database."""
        with ExitStack() as stack:
            try:
                db = stack.enter_context(self._open())
            except sqlite3.OperationalError as error:
                if "locked" in str(error):
                    raise
                only = sqlite3.connect(f"{self.path.absolute().as_uri()}?immutable=1", uri=True)
                db = stack.enter_context(closing(only))
            yield db

    def _migrate(self, db: sqlite3.Connection) -> None:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("BEGIN IMMEDIATE")  # the process that comes second finds the work done
        seen: int = db.execute("PRAGMA user_version").fetchone()[0]
        if seen > len(MIGRATIONS):
            raise ArtengineError(f'"{self.path}" was written by a newer artengine.',
                                 "Upgrade artengine: pip install -U artengine.")
        for statements in MIGRATIONS[seen:]:
            for statement in statements.split(";"):
                db.execute(statement)
        db.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")
        db.execute("COMMIT")

    def rendered(self, plugin: str, finished: Sequence[Finished], started: float, *, error: str = "",
                 detail: Mapping[str, Any] | None = None, verb: str = "render", run: int | None = None) -> int:
        """Record a run and *finished* works of it, all or nothing; returns the run's number.

        :param started: Unix time, seconds.
        :param run: number of a run recorded before, of which these are more works.
        :param error: what ended the run early, empty where nothing did.
        """
        now = time.time()
        with self._open(WRITE) as db:
            if run is None:
                run = db.execute("INSERT INTO runs (verb, plugin, started, seconds) VALUES (?, ?, ?, 0)",
                                 (verb, plugin, started)).lastrowid
            db.execute("UPDATE runs SET seconds = ?, error = ?, detail = ? WHERE id = ?",
                       (now - started, error, json.dumps(detail or {}), run))
            for one in finished:
                recipe = one.recipe
                work = db.execute(
                    "INSERT INTO works (run, created, medium, plugin, model, seed, title, recipe) VALUES (?,?,?,?,?,?,?,?)",
                    (run, now, recipe.medium, recipe.plugin, (recipe.model or {}).get("name", ""), recipe.seed,
                     getattr(one.work, "title", ""), recipe.to_json())).lastrowid
                # A path that was used, deleted and used again belongs to the newer work.
                db.executemany("INSERT OR REPLACE INTO files (path, work, format) VALUES (?, ?, ?)",
                               [(_key(path), work, path.suffix[1:]) for path in one.paths])
                db.executemany("INSERT INTO judgements VALUES (?, ?, ?, ?, ?)",
                               [(work, critic, j.score, json.dumps(dict(j.aspects)), json.dumps(list(j.remarks)))
                                for critic, j in one.judgements.items()])
        assert run is not None  # sqlite3's types do not know that an insert has a row
        return run

    def judged(self, path: Path, judgements: Mapping[str, Any]) -> bool:
        """Record what critics thought of a rendered file; False where the catalog does not know the file."""
        with self._open(WRITE) as db:
            row = db.execute("SELECT work FROM files WHERE path = ?", (_key(path),)).fetchone()
            if row:
                db.executemany("INSERT OR REPLACE INTO judgements VALUES (?, ?, ?, ?, ?)",
                               [(row[0], critic, j.score, json.dumps(dict(j.aspects)), json.dumps(list(j.remarks)))
                                for critic, j in judgements.items()])
        return row is not None

    def trained(self, path: Path, part: str, sha256: str, header: Mapping[str, Any], *, started: float,
                error: str = "") -> None:
        """Record a training and the model it made."""
        with self._open(WRITE) as db:
            db.execute("INSERT INTO runs (verb, plugin, started, seconds, error, detail) VALUES ('train', ?, ?, ?, ?, ?)",
                       (part, started, time.time() - started, error, json.dumps({"model": path.stem})))
            db.execute("INSERT OR REPLACE INTO models (path, part, sha256, added, header) VALUES (?, ?, ?, ?, ?)",
                       (_key(path), part, sha256, time.time(), json.dumps(dict(header))))

    def works(self, plugin: str | None = None, limit: int | None = None) -> list[dict[str, Any]]:
        """Works, newest first.

        Each has ``id``, ``created`` (Unix time, s), ``medium``, ``plugin``, ``model``, ``seed``, ``title``, ``files`` and
        ``scores``.
        """
        if not self.path.exists():
            return []
        with self._look() as db:
            rows = db.execute(
                "SELECT id, created, medium, plugin, model, seed, title FROM works "
                "WHERE ? IS NULL OR plugin = ? ORDER BY id DESC LIMIT ?",
                (plugin, plugin, -1 if limit is None else limit)).fetchall()
            names = ("id", "created", "medium", "plugin", "model", "seed", "title")
            return [{**dict(zip(names, row, strict=True)),
                     "files": [_path(key) for key, in
                               db.execute("SELECT path FROM files WHERE work = ? ORDER BY rowid", row[:1])],
                     "scores": dict(db.execute("SELECT critic, score FROM judgements WHERE work = ?", row[:1]))}
                    for row in rows]

    def runs(self, limit: int | None = None) -> list[dict[str, Any]]:
        """Runs, newest first: ``id``, ``verb``, ``plugin``, ``started``, ``seconds``, ``error``, ``detail``."""
        if not self.path.exists():
            return []
        names = ("id", "verb", "plugin", "started", "seconds", "error", "detail")
        with self._look() as db:
            rows = db.execute(f"SELECT {', '.join(names)} FROM runs ORDER BY id DESC LIMIT ?",
                              (-1 if limit is None else limit,))
            return [{**dict(zip(names, row, strict=True)), "detail": json.loads(row[-1])} for row in rows]


def _key(path: Path) -> str | bytes:
    """A path as it is kept: text, or bytes where the file system's name is no UTF-8, whatever the locale."""
    raw = os.fsencode(path.absolute())
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw


def _path(key: str | bytes) -> str:
    return os.fsdecode(key.encode() if isinstance(key, str) else key)


def trouble(path: Path, error: Exception) -> ArtengineError:
    """What to say where the catalog at *path* could not be read or written; no work is ever lost by it."""
    if isinstance(error, ArtengineError):
        return error
    said = str(error)
    away = "Make room on its disk." if "full" in said else "Move it away, and a new one is begun." \
        if "not a database" in said or "malformed" in said else \
        "See that its folder can be written to, and its disk has room."
    return ArtengineError(f'The catalog "{path}" cannot be used: {said}.', away)


class Recorder:
    """Enters the works of one rendering: from time to time while it goes on, so that a kill loses little, and at its end."""

    EVERY = 2.0  # seconds

    def __init__(self, job: Job, started: float) -> None:
        self.job, self.started = job, started
        self.run: int | None = None
        self.entered = 0
        self.next = time.monotonic() + self.EVERY

    def so_far(self, works: Sequence[Finished]) -> None:
        """Enter what is new among *works*, if the last time is long ago; what goes wrong is told by :meth:`end`."""
        if time.monotonic() >= self.next:
            with suppress(sqlite3.Error, OSError, ArtengineError):
                self._enter(works, "")
            self.next = time.monotonic() + self.EVERY

    def end(self, works: Sequence[Finished], error: BaseException | None) -> None:
        """Enter the rest, and how it ended.

        :raises ArtengineError: where the catalog cannot be used.
        """
        try:
            self._enter(works, str(error) or type(error).__name__ if error else "")
        except (sqlite3.Error, OSError, ArtengineError) as failed:
            raise trouble(self.job.studio.catalog.path, failed) from failed

    def _enter(self, works: Sequence[Finished], error: str) -> None:
        if not self.job.exports:
            return
        detail = {"seed": self.job.seed, "count": self.job.count}
        self.run = self.job.studio.catalog.rendered(self.job.part.name, works[self.entered:], self.started, error=error,
                                                    detail=detail, run=self.run)
        self.entered = len(works)
