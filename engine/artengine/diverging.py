"""A training whose figures are no numbers any more: what is kept, and what to do."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from artengine import checkpoints
from artengine.errors import ArtengineError


def diverged(what: str, step: int, folder: Path, options: Mapping[str, Any], best: str = "") -> ArtengineError:
    """The error to raise.

    :param what: that is no number, such as "The loss".
    :param step: after which it was noticed.
    :param folder: of the run.
    :param options: the generator's; the first that names a rate is the one to lower.
    :param best: what is kept besides the last checkpoint.
    """
    there = checkpoints.found(folder / "checkpoints")
    kept = f"the checkpoint of step {checkpoints.step_of(there[-1])} is kept" if there else "no checkpoint was made before"
    rates = [name for name in options if "rate" in name or name == "lr"]
    lower = f"--set {rates[0]}={options[rates[0]] / 3:.2g}" if rates else "a lower learning rate"
    return ArtengineError(f"{what} is not a finite number any more after step {step}; {kept}{best}.",
                          f"Train again with {lower}{', under another name or with --overwrite' if there or best else ''}.")
