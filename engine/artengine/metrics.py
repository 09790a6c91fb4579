"""What a training tells: ``metrics.jsonl`` and TensorBoard events for later, a bar or plain lines for now."""

from __future__ import annotations

import json
import math
import sys
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from artengine import files

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from artengine.stepping import Training

PLAIN_EVERY = 10.0  # seconds between lines where there is no terminal


class Means:
    """Running means of figures by name; plain data, so that a checkpoint can hold a half-filled one."""

    def __init__(self, sums: Mapping[str, Iterable[float]] | None = None) -> None:
        self.sums = {name: list(pair) for name, pair in (sums or {}).items()}

    def add(self, figures: Mapping[str, float]) -> None:
        """Count *figures* in."""
        for name, value in figures.items():
            pair = self.sums.setdefault(name, [0.0, 0])
            pair[0] += float(value)
            pair[1] += 1

    def take(self) -> dict[str, float]:
        """The means so far; starts anew."""
        means = {name: total / n for name, (total, n) in self.sums.items()}
        self.sums = {}
        return means


class Metrics:
    """``metrics.jsonl`` (a row per line, only ever appended to) and TensorBoard events in a run's folder.

    :param step: the step the training goes on from: rows after it, left by a run that was killed, are taken away.
    """

    def __init__(self, folder: Path, step: int) -> None:
        self.path = folder / "metrics.jsonl"
        if self.path.exists():
            self._cut(step)
        self.file = self.path.open("a", encoding="utf-8")
        from tensorboardX import SummaryWriter  # with its protobuf, 0.3 s

        self.board = SummaryWriter(str(folder / "tensorboard"), purge_step=step + 1 if step else None)

    def _cut(self, step: int) -> None:
        lines = self.path.read_text("utf-8").splitlines(keepends=True)
        kept = [line for line in lines if _belongs(line, step)]
        if kept != lines:
            with files.replacing(self.path) as temp:
                temp.write_text("".join(kept), "utf-8")

    def write(self, row: Mapping[str, Any]) -> None:
        """Append a row; its numbers go to TensorBoard too, at ``row["step"]``."""
        self.file.write(json.dumps(row) + "\n")
        self.file.flush()
        for name, value in row.items():
            if name not in ("step", "seconds") and isinstance(value, int | float) and not isinstance(value, bool):
                self.board.add_scalar(name, value, row["step"])

    def close(self) -> None:
        """Write out what is buffered."""
        self.file.close()
        self.board.close()


def _belongs(line: str, step: int) -> bool:
    try:
        row = json.loads(line)
    except ValueError:
        return False  # cut short by a kill
    # The closing validation of an earlier session is no part of the run it would have been without the pause.
    return bool(line.endswith("\n") and row["step"] <= step and not row.get("closing"))


class Display:
    """Progress for the person: a bar on a terminal, otherwise a plain line every ten seconds, on standard error."""

    def __init__(self, quiet: bool = False) -> None:
        self.quiet = quiet
        self.bar: Progress | None = None
        self.task: TaskID | None = None
        self.next = time.monotonic() + PLAIN_EVERY

    def __enter__(self) -> Display:
        if not self.quiet and sys.stderr.isatty():
            from rich.console import Console  # 60 ms that only a terminal needs
            from rich.progress import BarColumn, Progress, TextColumn

            console = Console(stderr=True)
            self.bar = Progress(BarColumn(24), TextColumn("{task.description}"), console=console, transient=True)
            self.bar.start()
            self.task = self.bar.add_task("starting", total=None)
        return self

    def __exit__(self, *_: object) -> None:
        if self.bar is not None:
            self.bar.stop()
            self.bar = None

    def show(self, fraction: float | None, text: str) -> None:
        """Show *text* and how much is done, from 0 to 1, ``None`` where that is not known."""
        if self.quiet:
            return
        if self.bar is not None and self.task is not None:
            self.bar.update(self.task, description=text, total=None if fraction is None else 1.0, completed=fraction or 0.0)
        elif time.monotonic() >= self.next:
            self.next = time.monotonic() + PLAIN_EVERY
            self.say(text)

    def say(self, text: str) -> None:
        """A line that stays."""
        if self.quiet:
            return
        if self.bar is not None:
            self.bar.console.print(text, markup=False, highlight=False)
        else:
            print(text, file=sys.stderr, flush=True)


def duration(seconds: float) -> str:
    """``1:02:03``, ``2:03`` or ``0:03``."""
    whole = max(0, round(seconds))
    hours, minutes = whole // 3600, whole // 60 % 60
    return f"{hours}:{minutes:02d}:{whole % 60:02d}" if hours else f"{minutes}:{whole % 60:02d}"


class Pace:
    """Turns figures into the line a person sees."""

    def __init__(self, training: Training, display: Display) -> None:
        self.training, self.display = training, display
        self.unit = getattr(training.learner, "unit", "items")
        self.items = 0.0
        self.first = training.progress.step
        self.loss = math.nan
        self.next = 0.0

    def add(self, items: float, figures: Mapping[str, float], elapsed: float) -> None:
        """Count a step, and show where things stand a few times a second."""
        self.items += items * self.training.fabric.world_size
        loss = figures["loss"]
        self.loss = loss if math.isnan(self.loss) else 0.95 * self.loss + 0.05 * loss
        if elapsed < self.next:
            return
        self.next = elapsed + 0.2
        p, job = self.training.progress, self.training.job
        done = p.step - self.first
        fractions = []
        if self.training.steps:
            fractions.append((p.step / self.training.steps, (self.training.steps - p.step) * elapsed / max(done, 1)))
        if job.minutes:
            fractions.append((elapsed / (60 * job.minutes), 60 * job.minutes - elapsed))
        fraction, left = min(fractions, key=lambda f: f[1]) if fractions else (None, math.nan)
        words = [f"step {p.step}" + (f"/{self.training.steps}" if self.training.steps else ""), f"loss {self.loss:.4f}"]
        if p.history:
            words.append(f"held-out {p.history[-1][1]['loss']:.4f} (best {p.best_loss:.4f})")
        rate = self.items / elapsed if self.items else done / elapsed
        words.append(f"{rate:,.3g} {self.unit if self.items else 'steps'}/s" if rate < 1000 else
                     f"{rate:,.0f} {self.unit if self.items else 'steps'}/s")
        words.append(f"{duration(left)} left" if fractions else "until held-out loss stops falling")
        self.display.show(fraction, "  ".join(words))
