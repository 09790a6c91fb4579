"""Bases: where a language model lies, what it must be, and which files it is made of to the bit.

A folder is read as it stands and never touches the network. A name goes through Hugging Face's own cache, where a model that
has been fetched once stays. Only transformers and its tokenisers are imported here, and only when a base is asked for.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from artengine.errors import ArtengineError

CAUSAL = ("ForCausalLM", "LMHeadModel")
"""Endings of the architectures that write from left to right."""
_TOKENISER = ("tokenizer*", "vocab*", "merges.txt", "special_tokens_map.json", "added_tokens.json", "*.model")
_WEIGHTS = ("model*.safetensors", "pytorch_model*.bin")
_FETCHED = ["config.json", "generation_config.json", "*.safetensors.index.json", *_TOKENISER]
_ADVICE = "Give the folder, or the name, of a causal language model as transformers saves it."


@dataclass(frozen=True)
class Base:
    """A causal language model on this machine."""

    name: str
    """As it was asked for."""
    folder: Path
    revision: str = ""
    """The commit it was fetched at; empty for a folder."""

    def __post_init__(self) -> None:
        if self.config.get("is_encoder_decoder") or not any(
                str(kind).endswith(CAUSAL) for kind in self.config.get("architectures") or [""]):
            kind = ", ".join(self.config.get("architectures") or []) or "of no known kind"
            raise ArtengineError(f'The base "{self.name}" is no causal language model, but {kind}.', _ADVICE)
        if not self._weights:
            raise ArtengineError(f'The base "{self.name}" has no weights in "{self.folder}".', _ADVICE)

    @cached_property
    def config(self) -> dict[str, Any]:
        """What its ``config.json`` says."""
        path = self.folder / "config.json"
        try:
            config = json.loads(path.read_text("utf-8"))
            if isinstance(config, dict):
                return config
            reason = "it is no table"
        except FileNotFoundError:
            raise ArtengineError(f'"{self.folder}" holds no language model: it has no config.json.', _ADVICE) from None
        except (OSError, ValueError) as error:
            reason = str(error)
        raise ArtengineError(f'"{path}" cannot be read: {reason}.', "Copy the base again from where it came.")

    @cached_property
    def _weights(self) -> list[Path]:
        found = (sorted(self.folder.glob(pattern)) for pattern in _WEIGHTS)
        return next((paths for paths in found if paths), [])

    @cached_property
    def sha256(self) -> str:
        """Hex digest of configuration, tokeniser and weights: everything that decides what it writes."""
        return _digest([self.folder / "config.json", *self._tokeniser, *self._weights])

    @cached_property
    def tokeniser_sha256(self) -> str:
        """Hex digest of its tokeniser alone."""
        return _digest([self.folder / "config.json", *self._tokeniser])

    @property
    def _tokeniser(self) -> list[Path]:
        return sorted({path for pattern in _TOKENISER for path in self.folder.glob(pattern)})

    def facts(self) -> dict[str, Any]:
        """What a model's header keeps of it."""
        return {"name": self.name, "folder": str(self.folder), "revision": self.revision, "sha256": self.sha256,
                "type": self.config.get("model_type", ""), "transformers": package().__version__}

    def tokeniser(self) -> Any:
        """Its tokeniser, as transformers reads it."""
        return self._read("AutoTokenizer", "tokeniser")

    def network(self, precision: str) -> Any:
        """Its network, to be used and not to be trained, on the CPU.

        :param precision: ``32`` or ``bf16``.
        """
        import torch

        width = {"32": torch.float32, "bf16": torch.bfloat16}[precision]
        network = self._read("AutoModelForCausalLM", "network", dtype=width)
        if getattr(network, "_is_stateful", False):
            raise ArtengineError(f'The base "{self.name}" is recurrent: its past cannot be shortened.',
                                 "Take a transformer as the base.")
        return network.eval().requires_grad_(False)

    def _read(self, kind: str, what: str, **more: Any) -> Any:
        try:
            read = getattr(package(), kind).from_pretrained
            return read(self.folder, local_files_only=True, trust_remote_code=False, **more)
        except Exception as error:  # whatever is wrong with files that strangers wrote
            reason = (str(error) or type(error).__name__).strip().splitlines()[0].rstrip(".")
            raise ArtengineError(f'The {what} of the base "{self.name}" cannot be read: {reason}.',
                                 "A base that needs code of its own cannot be used; else copy it again from where it came."
                                 ) from error


def package() -> Any:
    """The module ``transformers``, made quiet; it takes seconds to import.

    :raises ArtengineError: where it is not installed.
    """
    try:
        import transformers
    except ImportError as error:
        raise ArtengineError(f"A base needs the package transformers, which cannot be imported: {error}.",
                             'Install it: pip install "artengine[hf]".') from error
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    return transformers


def find(name: str, facts: Mapping[str, Any] | None = None, beside: Path | None = None) -> Base:
    """The base *name*: a folder, or else what Hugging Face has under that name.

    :param facts: what the header of a model that stands on it says; then it must be the very same.
    :param beside: the model's file: its folder, too, may hold the base's.
    :raises ArtengineError: where it is not there, cannot be fetched, or is another than it was.
    """
    if facts:
        return _same(name, facts, beside)
    asked = Path(name).expanduser()
    if asked.is_dir():
        return Base(name, asked.resolve())
    if name.startswith((".", "/", "~")) or "\\" in name or name.count("/") > 1:
        raise ArtengineError(f'There is no folder "{name}" with a base.', _ADVICE)
    return _fetched(name)


def _same(name: str, facts: Mapping[str, Any], beside: Path | None) -> Base:
    """The base that a model was trained on, wherever it lies."""
    revision, sha256 = str(facts.get("revision", "")), str(facts.get("sha256", ""))
    asked = Path(name).expanduser()
    folders = [Path(str(facts.get("folder") or name)), asked, *([beside.parent / asked.name] if beside else [])]
    what = f'The model stands on the base "{name}" ({facts.get("type") or "a model"}, sha256 {sha256[:12]}…)'
    advice = f'Bring it back to "{folders[0]}", or put it beside the model\'s file.'
    there = [folder for folder in dict.fromkeys(folders) if folder.is_dir()]
    for folder in there:
        with suppress(ArtengineError):  # a folder of that name, and no base: told below
            base = Base(name, folder.resolve(), revision)
            if base.sha256 == sha256:
                return base
    if not revision:
        raise ArtengineError(f'{what}, and "{there[0]}" is another.' if there else f"{what}, which is not there.", advice)
    base = _fetched(name, revision)
    if base.sha256 != sha256:
        raise ArtengineError(f"{what}, and what was fetched is another.", advice)
    return base


def _fetched(name: str, revision: str | None = None) -> Base:
    """What Hugging Face has under *name*: from its cache, or the first time from its address."""
    package()
    from huggingface_hub import snapshot_download

    offline = os.environ.get("ARTENGINE_OFFLINE", "") not in {"", "0"}

    def get(patterns: list[str], local: bool) -> Path:
        return Path(snapshot_download(name, revision=revision, allow_patterns=patterns, ignore_patterns=["*/*"],
                                      local_files_only=local))

    try:
        folder = get(_FETCHED, True)
        if any(next(folder.glob(pattern), None) for pattern in _WEIGHTS):
            return Base(name, folder, folder.name)
    except Exception:
        folder = None  # not in the cache: what is wrong, if anything, shows below
    if offline:
        raise ArtengineError(f'The base "{name}" is no folder, and ARTENGINE_OFFLINE forbids to fetch it.',
                             "Unset ARTENGINE_OFFLINE, or give the folder of a base.")
    try:
        folder = get([*_FETCHED, _WEIGHTS[0]], False)
        if not any(folder.glob(_WEIGHTS[0])):
            folder = get([*_FETCHED, _WEIGHTS[1]], False)
    except Exception as error:  # of the network, of the name, of access to it
        reason = (str(error) or type(error).__name__).strip().splitlines()[0].rstrip(".")
        raise ArtengineError(f'The base "{name}" is no folder here and cannot be fetched from Hugging Face: {reason}.',
                             "Check the name and the connection, or give the folder of a base.") from error
    return Base(name, folder, folder.name)


def _digest(paths: Iterable[Path]) -> str:
    total = hashlib.sha256()
    for path in paths:
        try:
            with path.open("rb") as file:
                total.update(path.name.encode() + hashlib.file_digest(file, "sha256").digest())
        except OSError as error:
            raise ArtengineError(f'"{path}" cannot be read: {error.strerror}.', "Copy the base again.") from error
    return total.hexdigest()
