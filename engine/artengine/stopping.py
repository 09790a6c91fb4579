"""Leaving well: Ctrl-C and SIGTERM as a wish that is granted after the step under way, and one process to a run."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

from artengine.errors import ArtengineError

if TYPE_CHECKING:
    from artengine.runs import LocalRun


class Stop:
    """Within its block the first Ctrl-C or SIGTERM sets :attr:`event` and stops *run*; a second leaves at once.

    :param processes: that look at the event.
    """

    def __init__(self, run: LocalRun, processes: int = 1) -> None:
        self.run = run
        self.event: Any = threading.Event() if processes == 1 else multiprocessing.get_context("spawn").Event()
        self.before: dict[int, Any] = {}

    def __enter__(self) -> Stop:
        if threading.current_thread() is threading.main_thread():  # signals can be taken nowhere else
            self.before = {number: signal.signal(number, self._asked) for number in (signal.SIGINT, signal.SIGTERM)}
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self.before.items():
            signal.signal(number, handler)

    def _asked(self, number: int, frame: FrameType | None) -> None:
        if self.event.is_set():
            raise KeyboardInterrupt
        self.event.set()
        self.run.stop()
        if sys.stderr.isatty():
            sys.stderr.write("\nSaving; Ctrl-C again leaves at once.\n")


@contextmanager
def alone(path: Path, name: str) -> Iterator[None]:
    """Hold the lock file *path*; the system lets go of it whatever becomes of this process.

    :raises ArtengineError: where another process holds it.
    """
    try:
        import fcntl
    except ImportError:  # Windows: two trainings of one name at once are the person's own affair there
        yield
        return
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise ArtengineError(f'The run "{name}" is being trained by another process.',
                                 "Wait for it, stop it, or train another --model.") from None
        yield
    finally:
        os.close(handle)
