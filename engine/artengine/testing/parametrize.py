"""The kit under pytest: one test case for each check."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from artengine.errors import ArtengineError
from artengine.testing.kit import Check, Failed, Subject, chosen, run_check


class Case:
    """One check of one part, as a test is given it: call it."""

    def __init__(self, check: Check, name: str, corpus: str, model: str, expected: str | None) -> None:
        self.check, self.name, self.corpus, self.model, self.expected = check, name, corpus, model, expected

    def __call__(self) -> None:
        """Pass, fail with :class:`Failed`, or leave the test as skipped or as failed where that was expected."""
        import pytest

        __tracebackhide__ = True
        outcome = run_check(self.check, subject(self.name, self.corpus, self.model), self.expected)
        if outcome.verdict == "skipped":
            pytest.skip(outcome.wrong)
        if outcome.verdict == "expected":
            pytest.xfail(outcome.wrong)
        if not outcome.good:
            raise Failed(outcome.wrong, outcome.advice)

    def __repr__(self) -> str:
        return f"<check {self.check.id} of {self.name}>"


@cache
def subject(name: str, corpus: str = "", model: str = "") -> Subject:
    """The subject that all checks of one part in this process share, so that its tiny model is trained once."""
    return Subject(name, corpus or None, model or None)


def parametrize_checks(name: str, *, expected_failures: Mapping[str, str] | None = None, only: Sequence[str] = (),
                       skip: Sequence[str] = (), corpus: str | Path | None = None,
                       model: str | Path | None = None) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Decorate a test function of one argument, ``check``, to be run once for every check of the part *name*.

        @parametrize_checks("my-part", expected_failures={"seeds-differ": "it always draws the same circle"})
        def test_part(check):
            check()

    :param expected_failures: ids of checks known to fail, with the reason; one that passes all the same fails the test.
    :param only: ids of the checks to run; by default all.
    :param skip: ids of checks to leave out.
    :param corpus: file or folder for a corpus part to read; that, or a corpus by name, for a generator to learn from.
    :param model: name or file of a model to render with or, for a critic, to measure by.
    :raises ArtengineError: for an id that there is not.
    """
    import pytest  # wanted by tests only; the command works without it

    found = cases(name, expected_failures, only, skip, corpus, model)
    return pytest.mark.parametrize("check", found, ids=[case.check.id for case in found])


def cases(name: str, expected_failures: Mapping[str, str] | None = None, only: Sequence[str] = (), skip: Sequence[str] = (),
          corpus: str | Path | None = None, model: str | Path | None = None) -> list[Case]:
    """The test cases of :func:`parametrize_checks`, for whoever puts those of several parts together."""
    expected = dict(expected_failures or {})
    try:
        kind = subject(name).raw.kind
    except ArtengineError:
        kind = None  # every check is then asked, and says what is wrong
    return [Case(one, name, str(corpus or ""), str(model or ""), expected.get(one.id))
            for one in chosen(kind, only, skip, tuple(expected))]
