"""The contract between the engine and its plugins, version 1.

A plugin is a module (or any object) named by an entry point of the group ``artengine1``; its hook :func:`artengine_parts`
yields :class:`Part` values. A part is *data*: the code behind it is a string, ``target``, imported only when the part runs.
Nothing here imports more than the standard library and pluggy.

The protocols below say what the object behind a target must offer. They are structural: nothing needs to be inherited.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol, runtime_checkable

import pluggy

if TYPE_CHECKING:
    import numpy as np
    import torch

    from artengine.models import Model
    from artengine.works import Work

API_VERSION = 1
GROUP = f"artengine{API_VERSION}"  # the entry-point group carries the version of the contract

Kind = Literal["generator", "critic", "corpus", "exporter"]
Medium = Literal["image", "music", "text"]
KINDS: tuple[Kind, ...] = ("generator", "critic", "corpus", "exporter")
MEDIA: tuple[Medium, ...] = ("image", "music", "text")

hookspec = pluggy.HookspecMarker("artengine")
hookimpl = pluggy.HookimplMarker("artengine")


@dataclass(frozen=True, slots=True)
class Opt:
    """What a person needs to know of one option or control; sits beside the default in ``Annotated[type, Opt(...)]``.

    The command-line flag, the TOML key, the JSON schema and the line in ``--help`` all come from it.
    """

    help: str
    """One sentence, ending in a full stop."""
    min: float | None = None
    """Least value allowed, inclusive."""
    max: float | None = None
    """Greatest value allowed, inclusive."""
    choices: tuple[str, ...] = ()
    """The values allowed, for a ``str`` field."""
    metavar: str = ""
    """How ``--help`` names the value, where the type's own name says too little."""
    work: Medium | Literal[""] = ""
    """The value is a work of this medium: on the command line a file of any format a corpus reads, or inline notation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One thing a plugin offers, described as data."""

    kind: Kind
    """What it is: ``generator``, ``critic``, ``corpus`` or ``exporter``."""
    name: str
    """Its name on the command line, equal to the name of its entry point: lower case, digits and hyphens."""
    medium: Medium
    """The medium of the works it makes, judges, holds or writes."""
    summary: str
    """One line for listings."""
    target: str
    """``module:attribute`` of the class behind it; imported when the part runs, not before."""
    options: type | None = None
    """Frozen dataclass of what is fixed when a model is trained (generators) or the part is made (all others)."""
    controls: type | None = None
    """Frozen dataclass of what may be asked of one rendering (generators). It may have a property ``wants``, options
    by name: where no model is named, the first of those that ship that was trained with these options is taken."""
    tiny: Mapping[str, Any] = field(default_factory=dict)
    """Options that train in seconds, for ``artengine check``."""
    formats: tuple[str, ...] = ()
    """File endings without the dot: those an exporter writes or a corpus reads from a path; of a generator, those its works
    are best kept in. The first is the default."""
    models: Mapping[str, str] = field(default_factory=dict)
    """Models that ship with a generator, by name, as ``package:path/in/it.safetensors``; the first is the default."""
    embeds: bool = False
    """The exporter keeps the recipe inside the file; without it the engine writes a sidecar ``NAME.recipe.json``."""


class Run(Protocol):
    """The host's side of one run: the single argument through which a part speaks with the engine."""

    seed: int
    """Seed of the run; work *i* has seed ``seed + i``."""
    device: str
    """``cpu``, ``cuda``, ``cuda:1`` or ``mps``."""
    folder: Path
    """A folder the part may write to during this run."""

    def report(self, step: int, total: int | None = None, **numbers: float) -> None:
        """Tell how far the run is: *step* of *total* (``None`` where that is not known), and any figures worth showing."""
    def skip(self, source: str, reason: str) -> None:
        """Tell that *source* (a file, a tune) was left out and why; the engine counts and names them."""
    def stopped(self) -> bool:
        """True once the person asked to stop; a part looks at least every second and leaves cleanly."""


class Generator(Protocol):
    """Makes works from seeds."""

    def __init__(self, model: Model, run: Run) -> None:
        """*model* holds weights and options; ``model.weights`` is empty for one about to be trained."""
    def render(self, controls: Any, seeds: Sequence[int]) -> Iterator[Work]:
        """Yield one work per seed, in order.

        The work of a seed depends on that seed, the model and the controls alone: not on the other seeds, how many there
        are, or how the generator batches them.
        """


@runtime_checkable
class Trainable(Protocol):
    """A generator that learns from a corpus."""

    encoder: str
    """Version of :meth:`prepare`, with every option it depends on: arrays are cached by corpus, part and encoder."""

    def prepare(self, works: Iterable[Work]) -> Mapping[str, np.ndarray]:
        """Turn a corpus into arrays, once; they come back memory-mapped. A work it cannot use goes to ``run.skip``.

        Raises :class:`artengine.errors.ArtengineError` when nothing usable is left.
        """
    def learner(self, arrays: Mapping[str, np.ndarray], run: Run) -> Learner:
        """A training over *arrays*. torch is imported here, and not before."""


class Learner(Protocol):
    """One training: networks, optimisers and data, stepped by the engine.

    The engine wraps :attr:`module` and :attr:`optimizers` (device, precision, several processes), keeps an exponential
    moving average of the parameters, saves, resumes and stops. Everything drawn at random in a step must come from torch's
    default generator, which the engine seeds from (seed, step, rank) before every step, or be a function of the *step* given
    to :meth:`batch`: that is what makes a resumed training equal an uninterrupted one bit for bit.
    """

    module: torch.nn.Module
    """Everything with parameters; call it (not its submodules) so that several processes stay in step."""
    optimizers: dict[str, torch.optim.Optimizer]
    """By name; the engine saves and restores their state."""
    ema: float
    """Decay of the moving average of the parameters that is validated and kept, 0 for none."""

    def batch(self, step: int, rank: int, world: int) -> Any:
        """The batch of one step for process *rank* of *world*, on the CPU: a tensor, or a tuple or dict of tensors."""
    def step(self, step: int, batch: Any, backward: Any) -> Mapping[str, float]:
        """One update: call ``backward(loss)`` in place of ``loss.backward()``. Returns figures to show; ``loss`` is one."""
    def validate(self) -> Mapping[str, float]:
        """Figures on held-out works; ``loss`` decides which weights are kept and when to stop."""
    def weights(self) -> Mapping[str, np.ndarray]:
        """What goes into the model file: arrays by name, from :attr:`module` as it is now."""
    def header(self) -> Mapping[str, Any]:
        """Plain data for the model file's header: vocabulary, units of the loss, whatever rendering needs."""
    def state(self) -> Mapping[str, torch.Tensor]:
        """Whatever else a resumed training needs (a carried hidden state, an augmentation strength)."""
    def load_state(self, state: Mapping[str, torch.Tensor]) -> None:
        """Take back what :meth:`state` gave."""


@runtime_checkable
class Latent(Protocol):
    """A generator with a latent space one can walk in.

    The work that ``render`` makes of a seed is the one that :meth:`decode` makes of that seed's latent. It *may* also have
    these; each has a default without it.

    ``latents(seeds: Sequence[int], controls: Any) -> np.ndarray``
        The latents that ``render`` decodes for these seeds, (n, d) float32; without it they are draws from the standard
        normal, :func:`artengine.nn.walks.normal`. Whatever is chosen by a control (a label, say) may be dimensions of them.
    ``decode(z, controls)``
        A second parameter named ``controls`` is given the controls; without it they act in ``latents`` alone.

    A model may hold directions that were learnt with it, as arrays ``attribute.NAME`` of its weights, (d,).
    """

    latent_dim: int
    """Number of dimensions *d* of the latent space."""

    def encode(self, works: Sequence[Work]) -> np.ndarray:
        """Latents of works.  (n, d) float32"""
    def decode(self, z: np.ndarray) -> Sequence[Work]:
        """Works of latents *z*.  (n, d)"""


@runtime_checkable
class Streaming(Protocol):
    """A generator that can go on for ever."""

    def stream(self, controls: Any, seed: int) -> Iterator[Any]:
        """Yield fragments of one endless work; memory stays bounded."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a critic thinks of one work."""

    score: float
    """From 0 (poor) to 1 (good), finite."""
    aspects: Mapping[str, float] = field(default_factory=dict)
    """The figures the score was made of, by name."""
    remarks: tuple[str, ...] = ()
    """Why, in sentences a person can use; at least one."""


class Critic(Protocol):
    """Gives each work a score from 0 to 1, and says why."""

    def __init__(self, options: Any, run: Run, model: Model | None = None) -> None:
        """*model* is the model that made the works, where it is known: its file holds the training corpus' fingerprint."""
    def judge(self, works: Sequence[Work]) -> Sequence[Judgement]:
        """One judgement per work, in order."""


class Corpus(Protocol):
    """The works a generator learns from."""

    licence: str
    """SPDX identifier or a short phrase; it travels into the header of every model trained on the corpus."""

    def __init__(self, source: Path | None, options: Any, run: Run) -> None:
        """*source* is the file or folder a person named, ``None`` for a corpus with a name of its own."""
    def __iter__(self) -> Iterator[Work]:
        """The works, in a fixed order; one that cannot be read goes to ``run.skip``."""
    def fingerprint(self) -> str:
        """Hex digest of the content (not of names, times or places), the same in every process; cheap to ask."""


@runtime_checkable
class Splittable(Protocol):
    """A corpus whose parts can be read in any process, so that the engine reads it on all cores."""

    def pieces(self) -> Sequence[str]:
        """Names of the pieces (files, say), in the order of ``__iter__``."""
    def read(self, piece: str) -> Iterable[Work]:
        """The works of one piece; raises :class:`artengine.errors.ArtengineError` where it cannot be read."""


class Exporter(Protocol):
    """Writes a work in a file format."""

    def __init__(self, options: Any, run: Run) -> None:
        """*options* is an instance of the part's own options, ``None`` where it has none."""
    def write(self, work: Work, path: Path, recipe: str) -> None:
        """Write *work* to *path*, whose ending is one of the part's formats, with *recipe* inside where it ``embeds``.

        The engine hands a temporary path and renames it when it is whole. The same work and recipe give the same bytes.
        """
    def recipe(self, path: Path) -> str | None:
        """The recipe inside a file, ``None`` where there is none."""


class Hooks:
    """The hooks of the contract; a plugin implements them with ``@hookimpl`` and may take fewer arguments."""

    @hookspec
    def artengine_parts(self) -> Iterable[Part]:  # type: ignore[empty-body]
        """The parts that the plugin offers.

        Example::

            @hookimpl
            def artengine_parts():
                yield Part(kind="critic", name="brevity", medium="text", summary="Short is good.", target="brevity:Brevity")
        """

    @hookspec
    def artengine_finished(self, run: Run, works: Sequence[Any], error: BaseException | None) -> None:
        """Told after a run: the works it finished (:class:`artengine.rendering.Finished`), and what ended it early.

        Example::

            @hookimpl
            def artengine_finished(works):
                print(*(path for work in works for path in work.paths), sep="\\n")
        """
