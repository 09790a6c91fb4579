"""Checkpoints: everything a training needs to go on, in one ``.safetensors`` file; nothing is ever unpickled.

Tensors are kept as tensors, all the rest as JSON in the file's header. A file is written under another name, synced and then
named, and the one before it is kept, so that whatever happens one whole checkpoint is there.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from artengine import files
from artengine.errors import ArtengineError

if TYPE_CHECKING:
    import torch

FORMAT = 1
KEPT = 2  # generations
KEY = "artengine-checkpoint"


def save(folder: Path, step: int, tensors: Mapping[str, torch.Tensor], plain: Mapping[str, Any]) -> Path:
    """Write the checkpoint of *step* and remove all but the newest ``KEPT``.

    :param plain: JSON-able data; floats come back to the bit.
    :raises ArtengineError: where it cannot be written; earlier checkpoints are untouched then.
    """
    from safetensors import SafetensorError
    from safetensors.torch import save_file  # with its torch; listings never come here

    path = folder / f"step-{step:09d}.safetensors"
    # Copies: parameters may share memory, which the format does not allow.
    own = {name: tensor.detach().cpu().clone().contiguous() for name, tensor in tensors.items()}
    text = json.dumps({**plain, "step": step, "format": FORMAT})
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with files.replacing(path) as temp:
            save_file(own, temp, {KEY: text})
    except (OSError, SafetensorError) as error:
        wrong = _reason(error, path)
        there = found(folder)
        raise ArtengineError(f"The checkpoint of step {step} could not be written: {wrong}",
                             f"Step {step_of(there[-1])} is safe; mend that, then go on with --resume." if there else
                             "Mend that, then begin again; there was nothing to keep yet.") from error
    for old in found(folder)[:-KEPT]:
        old.unlink(missing_ok=True)
    return path


def _reason(error: Exception, path: Path) -> str:
    if isinstance(error, OSError) and error.errno is not None:
        return files.explain(error, path).wrong
    # safetensors tells the operating system's error only in words
    return f'The disk that holds "{path}" is full.' if "os error 28" in str(error) else f"{error}."


def found(folder: Path) -> list[Path]:
    """The checkpoints in *folder*, oldest first."""
    return sorted(folder.glob("step-*.safetensors"))


def step_of(path: Path) -> int:
    """The step of a checkpoint, from its name."""
    return int(path.stem.partition("-")[2])


def load(folder: Path) -> tuple[dict[str, torch.Tensor], dict[str, Any]] | None:
    """Tensors and plain data of the newest whole checkpoint; ``None`` where there is none yet.

    :raises ArtengineError: where there are some but none can be read.
    """
    from safetensors import SafetensorError, safe_open

    there = found(folder)
    for path in reversed(there):
        with suppress(OSError, SafetensorError, ValueError, KeyError, TypeError), safe_open(path, framework="pt") as file:
            plain = json.loads(file.metadata()[KEY])
            if plain["format"] > FORMAT:
                raise ArtengineError(f'"{path}" was written by a newer artengine.', "Upgrade: pip install -U artengine.")
            # Copies, so that training never writes into a mapped file.
            return {name: file.get_tensor(name).clone() for name in file.keys()}, plain  # noqa: SIM118
    if there:
        raise ArtengineError(f'None of the checkpoints in "{folder}" can be read.',
                             "Train again under another name, or with --overwrite.")
    return None


def pack(optimizer: torch.optim.Optimizer, prefix: str, tensors: dict[str, torch.Tensor]) -> dict[str, Any]:
    """Put an optimiser's tensors into *tensors* under *prefix*; returns the rest of its state as plain data."""
    state = optimizer.state_dict()
    plain: dict[str, Any] = {"state": {}, "groups": []}
    for index, values in state["state"].items():
        plain["state"][str(index)] = _pack(values, f"{prefix}/{index}", tensors)
    for i, group in enumerate(state["param_groups"]):
        plain["groups"].append(_pack(group, f"{prefix}/group{i}", tensors))
    return plain


def _pack(values: Mapping[str, Any], prefix: str, tensors: dict[str, torch.Tensor]) -> dict[str, Any]:
    import torch  # already loaded by whoever trains

    plain = {}
    for name, value in values.items():
        if isinstance(value, torch.Tensor):
            tensors[f"{prefix}/{name}"] = value
        elif value is None or isinstance(value, bool | int | float | str | list | tuple):
            plain[name] = value
        else:
            raise TypeError(f"an optimiser keeps {name!r} as {type(value).__name__}, which a checkpoint cannot hold")
    return plain


def unpack(optimizer: torch.optim.Optimizer, prefix: str, tensors: Mapping[str, torch.Tensor],
           plain: Mapping[str, Any]) -> None:
    """Give an optimiser back the state that :func:`pack` took."""

    def whole(part: Mapping[str, Any], under: str) -> dict[str, Any]:
        return {**part, **{name[len(under) + 1:]: t for name, t in tensors.items() if name.startswith(f"{under}/")}}

    state = {int(index): whole(values, f"{prefix}/{index}") for index, values in plain["state"].items()}
    groups = []
    for i, (saved, now) in enumerate(zip(plain["groups"], optimizer.state_dict()["param_groups"], strict=True)):
        group = whole(saved, f"{prefix}/group{i}")
        groups.append({name: tuple(value) if isinstance(now.get(name), tuple) else value for name, value in group.items()})
    optimizer.load_state_dict({"state": state, "param_groups": groups})
