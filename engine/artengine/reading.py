"""Reads a splittable corpus on all cores, in worker processes that may die.

The workers are plain children of their own session that talk over pipes. Unlike ``multiprocessing``'s they never import
the caller's script again, so ``artengine.train`` works in a notebook or a script without a main guard, and a reader that
crashes or hangs costs one piece and not the run.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, NamedTuple

from artengine.errors import ArtengineError, Interrupted

if TYPE_CHECKING:
    from artengine.api import Run, Splittable
    from artengine.works import Work

CHUNK = 16  # pieces sent to a worker at once: a round trip costs as much as reading a small file
PATIENCE = 120.0  # seconds one piece may take before its worker is given up


class Source(NamedTuple):
    """What a worker needs to open the same corpus again."""

    part: str
    path: Path | None
    options: Any


class Answer(NamedTuple):
    """What came of one piece: its works, and (source, reason) of whatever was left out."""

    works: list[Work]
    skipped: list[tuple[str, str]]


def read_piece(corpus: Splittable, piece: str) -> Answer:
    """Read one *piece*; whatever is wrong with it becomes a reason to skip it."""
    try:
        return Answer(list(corpus.read(piece)), [])
    except ArtengineError as error:
        return Answer([], [(piece, error.wrong)])
    except Exception as error:  # a reader's bug on one file must not cost the others
        return Answer([], [(piece, f"its reader failed: {type(error).__name__}: {error}")])


def serve() -> None:
    """The life of a worker: a :class:`Source` on standard input, then lists of pieces; an :class:`Answer` for each piece."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # a reader that prints must not garble the answers
    source: Source = pickle.load(sys.stdin.buffer)
    from artengine import plugins
    from artengine.runs import LocalRun

    run = LocalRun()
    corpus = plugins.target(plugins.load(source.part, "corpus"))(source.path, source.options, run)
    while True:
        try:
            pieces = pickle.load(sys.stdin.buffer)
        except EOFError:
            return
        for piece in pieces:
            run.skipped.clear()
            works, skipped = read_piece(corpus, piece)
            pickle.dump(Answer(works, [*run.skipped, *skipped]), answers)
            answers.flush()


class Worker:
    """One reading process, started again whenever it died."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.process: subprocess.Popen[bytes] | None = None

    def read(self, pieces: Sequence[str]) -> list[Answer]:
        """The answers for *pieces*, in order; a piece that kills the worker is skipped with the reason."""
        answers: list[Answer] = []
        while len(answers) < len(pieces):
            late = threading.Event()
            try:
                process = self._started()
                assert process.stdin is not None
                assert process.stdout is not None
                pickle.dump(list(pieces[len(answers):]), process.stdin)
                process.stdin.flush()
                while len(answers) < len(pieces):
                    timer = threading.Timer(PATIENCE, lambda p=process, late=late: (late.set(), p.kill()))
                    timer.daemon = True
                    timer.start()
                    try:
                        answers.append(pickle.load(process.stdout))
                    finally:
                        timer.cancel()
            except (EOFError, OSError, pickle.UnpicklingError):
                how = f"took longer than {PATIENCE:g} s" if late.is_set() else f"crashed ({self._ended()})"
                answers.append(Answer([], [(pieces[len(answers)], f"its reader {how}")]))
                self.close()
        return answers

    def _started(self) -> subprocess.Popen[bytes]:
        if self.process is None:
            code = f"import sys; sys.path[:] = {sys.path!r}; from artengine.reading import serve; serve()"
            # One thread each: the cores are already shared out, and idle OpenMP threads spin.
            env = os.environ | {"OMP_NUM_THREADS": "1"}
            self.process = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                            stderr=subprocess.DEVNULL, env=env, start_new_session=True)
            assert self.process.stdin is not None
            pickle.dump(self.source, self.process.stdin)
        return self.process

    def _ended(self) -> str:
        code = self.process.wait() if self.process else 0
        return f"signal {-code}" if code < 0 else f"exit code {code}"

    def close(self) -> None:
        """End the process."""
        if self.process is not None:
            self.process.kill()
            self.process.communicate()
            self.process = None


def cores() -> int:
    """Cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def read_all(source: Source, pieces: Sequence[str], run: Run) -> Iterator[Work]:
    """Yield the works of all *pieces* in order, read on all cores; memory holds a few chunks of them at a time."""
    chunks = [pieces[i:i + CHUNK] for i in range(0, len(pieces), CHUNK)]
    workers = [Worker(source) for _ in range(min(cores(), len(chunks)))]
    idle: SimpleQueue[Worker] = SimpleQueue()
    for worker in workers:
        idle.put(worker)

    def read(chunk: Sequence[str]) -> list[Answer]:
        worker = idle.get()
        try:
            return worker.read(chunk)
        finally:
            idle.put(worker)

    pending: deque[Future[list[Answer]]] = deque()
    todo, done = iter(chunks), 0
    pool = ThreadPoolExecutor(len(workers))
    try:
        while True:
            while len(pending) < 4 * len(workers) and (chunk := next(todo, None)) is not None:
                pending.append(pool.submit(read, chunk))
            if not pending:
                return
            for works, skipped in _patiently(pending.popleft(), run):
                for what in skipped:
                    run.skip(*what)
                done += 1
                run.report(done, len(pieces))
                yield from works
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
        for worker in workers:
            worker.close()


def _patiently(future: Future[list[Answer]], run: Run) -> list[Answer]:
    while True:
        if run.stopped():
            raise Interrupted("Stopped while the corpus was being read.", "Nothing was lost; start again when you like.")
        try:
            return future.result(timeout=0.2)
        except TimeoutError:
            if future.done():  # it was the reader's own
                raise


def read_here(corpus: Splittable, pieces: Sequence[str], run: Run) -> Iterator[Work]:
    """Yield the works of a few *pieces* in this process, where starting workers would cost more than they save."""
    for done, piece in enumerate(pieces, 1):
        if run.stopped():
            raise Interrupted("Stopped while the corpus was being read.", "Nothing was lost; start again when you like.")
        works, skipped = read_piece(corpus, piece)
        for what in skipped:
            run.skip(*what)
        run.report(done, len(pieces))
        yield from works

