"""Starting the processes of a training, through Lightning Fabric."""

from __future__ import annotations

import json
import logging
import os
import signal
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any

import torch
from lightning_fabric import Fabric
from lightning_fabric.plugins.precision.amp import MixedPrecision
from lightning_fabric.strategies.ddp import DDPStrategy

from artengine import files
from artengine.errors import ArtengineError
from artengine.reading import cores
from artengine.stepping import Job, Training

FAILED = "failed.json"
FILL: Any = torch.utils.deterministic
NAMES: dict[str, Any] = {"32": "32-true", "bf16": "bf16-mixed"}

for _name in ("lightning.fabric", "lightning_fabric", "lightning_utilities", "torch.multiprocessing.spawn"):
    logging.getLogger(_name).setLevel(logging.ERROR)  # they greet, in every process, and tell of those they end


def launch(job: Job, device: str, precision: str, devices: int) -> str:
    """Run the session of *job* on *devices* processes; returns why it ended.

    :raises ArtengineError: as :meth:`Training.go` does, from whichever process.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module="lightning_fabric")
        # Learners with several networks use a part of the parameters at a time.
        strategy: Any = DDPStrategy(start_method="spawn", find_unused_parameters=True) if devices > 1 else "auto"
        # 16 bits with a scaler that does nothing: the engine has its own, see artengine.scaling
        half = MixedPrecision("16-mixed", device, scaler=torch.amp.GradScaler(device, enabled=False))
        numbers: dict[str, Any] = {"plugins": half} if precision == "16" else {"precision": NAMES[precision]}
        fabric = Fabric(accelerator=device, devices=devices, strategy=strategy, **numbers)
        if devices == 1:
            return member(fabric, job)
        note = job.folder / FAILED
        note.unlink(missing_ok=True)
        try:
            # bound, because Fabric looks for modules in plain arguments and stumbles over frozen options
            return str(fabric.launch(partial(partner, job=job, devices=devices)))
        except Exception as error:
            if note.exists():
                raise ArtengineError(*json.loads(note.read_text("utf-8"))) from error
            raise


def partner(fabric: Any, job: Job, devices: int) -> str:
    """One of several processes; an error for the person goes into a file, since between processes it would be a trace."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the process that started us is asked, and tells rank 0
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    warnings.filterwarnings("ignore", message=".*find_unused_parameters.*")
    if fabric.device.type == "cpu":
        torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS") or max(1, cores() // devices)))
    job.stop = Orphaned(job.stop)
    try:
        return member(fabric, job)
    except ArtengineError as error:
        with suppress(OSError), files.replacing(job.folder / FAILED) as temp:
            temp.write_text(json.dumps([error.wrong, error.advice]), "utf-8")
        raise


class Orphaned:
    """An event that is also set once the process that started this one is gone."""

    def __init__(self, event: Any) -> None:
        self.event, self.parent = event, os.getppid()

    def is_set(self) -> bool:
        """True once it is time to stop."""
        return bool(self.event.is_set()) or os.getppid() != self.parent


def member(fabric: Any, job: Job) -> str:
    """The session in one process."""
    with repeatable(fabric.device.type):
        return Training(fabric, job).go()


@contextmanager
def repeatable(device: str) -> Iterator[None]:
    """Only algorithms that give the same bits every time, where that costs next to nothing: on the CPU."""
    before = torch.are_deterministic_algorithms_enabled(), FILL.fill_uninitialized_memory
    if device == "cpu":
        torch.use_deterministic_algorithms(True, warn_only=True)
        FILL.fill_uninitialized_memory = False  # it would clear memory nobody reads
    try:
        yield
    finally:
        torch.use_deterministic_algorithms(before[0])
        FILL.fill_uninitialized_memory = before[1]
