"""What a check is, what it looks at, and how checks are run.

A check is a function of a :class:`Subject`. It returns where the part behaves, raises :class:`Failed` where it does not, and
:class:`NotApplicable` where there is nothing to look at. Whatever else escapes from the part's code is a failure too.
"""

from __future__ import annotations

import os
import time
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Literal

from artengine import plugins
from artengine.api import KINDS, Kind, Part
from artengine.errors import ArtengineError, Unreachable, nearest
from artengine.plugins.loading import described
from artengine.runs import LocalRun

if TYPE_CHECKING:
    from artengine.models import Model
    from artengine.works import Work


class Failed(AssertionError):  # reads as what it says
    """A part does not do what the contract asks.

    :param wrong: one sentence that says what it does instead.
    :param advice: one sentence that says what its author can do.
    """

    def __init__(self, wrong: str, advice: str) -> None:
        super().__init__(f"{wrong} {advice}")
        self.wrong = wrong
        self.advice = advice


class NotApplicable(Exception):  # neither success nor error
    """A check has nothing to look at; its text says why."""


@dataclass(frozen=True)
class Check:
    """One thing the contract asks of parts."""

    id: str
    """Lower case with hyphens; what ``--only``, ``--skip`` and ``expected_failures`` name."""
    help: str
    """One line that says what a part must do."""
    kinds: tuple[Kind, ...]
    """Kinds of parts it applies to."""
    ability: str
    """``Trainable``, ``Latent`` or ``Splittable`` where only such parts are asked, else empty."""
    raw: bool
    """It looks at the description itself, and so runs for a part that cannot be loaded."""
    run: Callable[[Subject], None]


_CHECKS: dict[str, Check] = {}


def check(id: str, help: str, *kinds: Kind, ability: str = "", raw: bool = False) -> Callable[[Callable[[Subject], None]],
                                                                                            Callable[[Subject], None]]:
    """Register the function below as the check *id*; no *kinds* for all of them."""
    def register(function: Callable[[Subject], None]) -> Callable[[Subject], None]:
        _CHECKS[id] = Check(id, help, kinds or KINDS, ability, raw, function)
        return function
    return register


def checks(kind: str | None = None) -> list[Check]:
    """All checks, or those that apply to parts of a *kind*, in the order they run."""
    # Each module registers its checks; imported here because they import this one.
    from artengine.testing import describing, rendering, training, judging, corpora, exporting  # noqa: F401, I001

    return [one for one in _CHECKS.values() if kind is None or kind in one.kinds]


def chosen(kind: str | None, only: Sequence[str] = (), skip: Sequence[str] = (), others: Sequence[str] = ()) -> list[Check]:
    """The checks of a *kind* that are in *only* (where given) and not in *skip*.

    :param others: more ids that must exist.
    :raises ArtengineError: for an id that there is not.
    """
    known = [one.id for one in checks()]
    for id in (*only, *skip, *others):
        if id not in known:
            raise ArtengineError(f'There is no check "{id}".', nearest(id, known) or "`artengine check --list` lists them.")
    return [one for one in checks(kind) if (not only or one.id in only) and one.id not in skip]


class Subject:
    """A part under test, with what the checks share so that it is made once: a tiny model, works, runs.

    :param corpus: file or folder for a corpus part to read; that, or a corpus by name, for a generator to learn from.
        By default works made here.
    :param model: name or file of a model for a generator to render with, or a critic to measure by; by default one is
        trained with the part's tiny options, and critics are given none.
    """

    def __init__(self, name: str, corpus: str | Path | None = None, model: str | Path | None = None) -> None:
        self.name = name
        self.given = None if corpus is None else _corpus(corpus)
        self.model_given = model
        self._folder: TemporaryDirectory[str] | None = None
        self._count = 0
        self.shared: dict[str, Any] = {}
        """What one check made and others use, by a name of their own."""

    @cached_property
    def raw(self) -> Part:
        """The part as described, whatever is wrong with it."""
        return described(self.name)

    @cached_property
    def part(self) -> Part:
        """The part, loaded as every command does."""
        return plugins.load(self.name)

    @cached_property
    def target(self) -> Any:
        """The class behind it."""
        return plugins.target(self.part)

    @cached_property
    def package(self) -> str:
        """``package version``, for messages."""
        return " ".join(plugins.package_of(self.name))

    def has(self, ability: str) -> bool:
        """Whether the part has what the protocol *ability* asks for."""
        from artengine import api

        members = {"Trainable": ("prepare", "learner"), "Latent": ("encode", "decode", "latent_dim"),
                   "Splittable": ("pieces", "read")}[ability]
        assert hasattr(api, ability)
        return all(hasattr(self.target, name) for name in members[:2])

    def folder(self) -> Path:
        """A new empty folder; all are removed when the subject goes."""
        if self._folder is None:
            self._folder = TemporaryDirectory(prefix="artengine-check-", ignore_cleanup_errors=True)
        self._count += 1
        path = Path(self._folder.name) / str(self._count)
        path.mkdir()
        return path

    def run(self, seed: int = 0) -> LocalRun:
        """A fresh run."""
        return LocalRun(seed, folder=self.folder())

    @cached_property
    def works(self) -> list[Work]:
        """A few works of the part's medium."""
        from artengine.testing import fixtures

        return fixtures.works(self.part.medium)

    @cached_property
    def minimal(self) -> dict[str, Work]:
        """Works of the part's medium with next to nothing in them, by what they are."""
        from artengine.testing import fixtures

        return fixtures.minimal(self.part.medium)

    @cached_property
    def options(self) -> Any:
        """The part's default options; a generator's with ``tiny`` set."""
        from artengine import options

        if self.part.options is None:
            return None
        return options.make(self.part.options, self.part.tiny if self.part.kind == "generator" else {}, "set")

    @cached_property
    def model(self) -> Model:
        """What the generator renders with: the model given, one trained here, or a fresh one where it needs none."""
        from artengine import models
        from artengine.studio import Studio

        if self.model_given is not None:
            return models.find(self.part, self.model_given, Studio.find())
        if self.has("Trainable"):
            from artengine.testing import training

            return models.Model.load(training.trained(self), self.part)
        return models.Model.fresh(self.part, self.options)

    def generator(self, run: LocalRun | None = None, model: Model | None = None) -> Any:
        """The generator, made anew."""
        return self.target(model or self.model, run or self.run())

    @property
    def controls(self) -> Any:
        """The default controls."""
        return self.part.controls() if self.part.controls else None

    def close(self) -> None:
        """Remove what was made on the way."""
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None


def _corpus(named: str | Path) -> str | Path:
    """A file or folder as a path, and the name of a corpus as it is."""
    path = Path(named).expanduser()
    if path.exists():
        return path
    known = plugins.find("corpus")
    if str(named) in known:
        return str(named)
    raise ArtengineError(f'There is no file or folder "{named}", and no corpus of that name.',
                         nearest(str(named), known) or "Check what is given with --corpus.")


Verdict = Literal["passed", "failed", "skipped", "expected", "unexpected"]


@dataclass(frozen=True)
class Outcome:
    """What came of one check."""

    check: Check
    verdict: Verdict
    """``expected`` for a failure that was announced, ``unexpected`` for one that was announced and did not come."""
    wrong: str = ""
    """What is wrong, or why the check was skipped."""
    advice: str = ""
    seconds: float = 0.0

    @property
    def good(self) -> bool:
        """Nothing for the author to do."""
        return self.verdict in ("passed", "skipped", "expected")


def run_check(one: Check, subject: Subject, expected: str | None = None) -> Outcome:
    """Run one check; *expected* is the reason why it is known to fail."""
    began = time.perf_counter()
    verdict: Verdict = "passed"
    wrong = advice = ""
    try:
        _applies(one, subject)
        one.run(subject)
    except NotApplicable as reason:
        verdict, wrong = "skipped", str(reason)
    except Failed as failure:
        verdict, wrong, advice = "failed", failure.wrong, failure.advice
    except Unreachable as error:  # says nothing of the part
        verdict, wrong = "skipped", error.wrong.rstrip(".")
    except ArtengineError as error:
        verdict, wrong, advice = "failed", error.wrong, error.advice
    except Exception as error:  # the part's own, since a check raises Failed
        verdict, wrong, advice = "failed", escaped(error), "Mend the part; the place is where the exception was raised."
    seconds = time.perf_counter() - began
    if expected is not None and verdict in ("passed", "failed"):
        if verdict == "passed":
            return Outcome(one, "unexpected", f'It was expected to fail ("{expected}") and passes.',
                           "Take it out of expected_failures.", seconds)
        return Outcome(one, "expected", f"{expected} ({wrong})", advice, seconds)
    return Outcome(one, verdict, wrong, advice, seconds)


def _applies(one: Check, subject: Subject) -> None:
    if one.raw:
        part = subject.raw
    else:
        try:
            part = subject.part
        except ArtengineError as error:
            raise NotApplicable(f"the part cannot be loaded: {error.wrong}") from error
    if part.kind not in one.kinds:
        raise NotApplicable(f"it is {'an' if part.kind == 'exporter' else 'a'} {part.kind}, "
                            f"and this is asked of {' and '.join(f'{kind}s' for kind in one.kinds)}")
    if one.ability and not subject.has(one.ability):
        raise NotApplicable(f"it is not {one.ability}")


def escaped(error: BaseException) -> str:
    """An exception in one sentence, with the place in the part's code it came from."""
    ours = os.path.dirname(__file__)
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if not frame.filename.startswith(ours)]
    where = f" ({os.path.basename(frames[-1].filename)}, line {frames[-1].lineno})" if frames else ""
    said = " ".join(str(error).split()).rstrip(".")
    return f"It raised {type(error).__name__}{f': {said}' if said else ''}{where}."


def run_checks(subject: Subject, only: Sequence[str] = (), skip: Sequence[str] = (),
               expected_failures: Mapping[str, str] | None = None) -> Iterator[Outcome]:
    """Run the checks of the subject's kind, one after another.

    :param expected_failures: ids of checks known to fail, with the reason.
    :raises ArtengineError: for an unknown part or check.
    """
    expected = expected_failures or {}
    for one in chosen(subject.raw.kind, only, skip, tuple(expected)):
        yield run_check(one, subject, expected.get(one.id))
