"""One run on this machine: what the engine tells a part, and what it hears back."""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any

Progress = Callable[[int, int | None, dict[str, float]], None]


class LocalRun:
    """The host's side of a run in this process; implements :class:`artengine.api.Run`.

    As a context manager it takes Ctrl-C: the first asks the run to stop, so that what is under way can be finished and kept;
    the second raises ``KeyboardInterrupt``. Its folder is made when first asked for and removed at the end, unless one was
    given.

    :param seed: seed of the run; work *i* has seed ``seed + i``.
    :param device: ``cpu``, ``cuda``, ``cuda:1`` or ``mps``.
    :param folder: where parts may write; ``None`` for a temporary folder.
    :param progress: told ``(step, total, numbers)`` at every report.
    """

    def __init__(self, seed: int = 0, device: str = "cpu", folder: Path | None = None,
                 progress: Progress | None = None) -> None:
        self.seed = seed
        self.device = device
        self.progress = progress
        self.skipped: list[tuple[str, str]] = []
        """What was left out: (source, reason)."""
        self.warnings: list[str] = []
        """What went wrong without ending the run, in sentences."""
        self._folder = folder
        self._temporary: Any = None
        self._stop = False
        self._before: Any = None

    @property
    def folder(self) -> Path:
        """A folder the part may write to during this run."""
        if self._folder is None:
            import tempfile  # 10 ms that most renders never need

            self._temporary = tempfile.TemporaryDirectory(prefix="artengine-")
            self._folder = Path(self._temporary.name)
        return self._folder

    @folder.setter
    def folder(self, folder: Path) -> None:
        self._folder = folder

    def report(self, step: int, total: int | None = None, **numbers: float) -> None:
        """Tell how far the run is."""
        if self.progress:
            self.progress(step, total, numbers)

    def skip(self, source: str, reason: str) -> None:
        """Note that *source* was left out and why."""
        self.skipped.append((source, reason))

    def stop(self) -> None:
        """Ask the run to stop."""
        self._stop = True

    def stopped(self) -> bool:
        """True once the run was asked to stop."""
        return self._stop

    def __enter__(self) -> LocalRun:
        if threading.current_thread() is threading.main_thread():  # signals can be taken nowhere else
            self._before = signal.signal(signal.SIGINT, self._interrupted)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)
            self._before = None
        if self._temporary is not None:
            self._temporary.cleanup()
            self._temporary = self._folder = None

    def _interrupted(self, number: int, frame: FrameType | None) -> None:
        if self._stop:
            raise KeyboardInterrupt
        self._stop = True
        if sys.stderr.isatty():
            sys.stderr.write("\nStopping after this one; Ctrl-C again stops at once.\n")


class Line:
    """A line of progress on a terminal's standard error, from about a second into a run; silent anywhere else."""

    def __init__(self, noun: str, patience: float = 1.0) -> None:
        self.noun = noun
        self.shown = False
        self._started = time.monotonic()
        self._next = self._started + patience

    def __call__(self, step: int, total: int | None, numbers: dict[str, float]) -> None:
        """Show *step* of *total*, at most ten times a second."""
        now = time.monotonic()
        if now < self._next or not sys.stderr.isatty():
            return
        self._next = now + 0.1
        self.shown = True
        parts = [f"{step} {self.noun}"]
        if total:
            done = min(20, 20 * step // total)
            parts = ["█" * done + "░" * (20 - done), f"{step} of {total} {self.noun}"]
            if step:
                left = int((now - self._started) / step * (total - step))
                parts.append(f"{left // 60}:{left % 60:02d} left")
        parts += [f"{name} {value:.3g}" for name, value in numbers.items()]
        sys.stderr.write(f"\r\x1b[K{'  '.join(parts)}")
        sys.stderr.flush()

    def close(self) -> None:
        """Take the line away again."""
        if self.shown:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()


class Stages:
    """The progress of a run in several stages, each a :class:`Line` of its own."""

    def __init__(self) -> None:
        self.line = Line("")

    def begin(self, noun: str) -> None:
        """From here on *noun* (in the plural) are counted."""
        self.line.close()
        self.line = Line(noun)

    def __call__(self, step: int, total: int | None, numbers: dict[str, float]) -> None:
        """Show *step* of *total* of the stage."""
        self.line(step, total, numbers)

    def close(self) -> None:
        """Take the line away again."""
        self.line.close()
