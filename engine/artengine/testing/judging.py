"""Checks of critics."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from artengine import options
from artengine.errors import ArtengineError
from artengine.testing.kit import Failed, Subject, check, escaped
from artengine.testing.rendering import OURS, odd_values

if TYPE_CHECKING:
    from collections.abc import Sequence

    from artengine.api import Judgement
    from artengine.works import Work

ROUNDING = 1e-5


def critic(subject: Subject, chosen: Any = None) -> Any:
    """The critic, made anew, with the model given to the kit where there is one."""
    model = None
    if subject.model_given is not None:
        from artengine import critics
        from artengine.studio import Studio

        model = critics.named_model(subject.model_given, Studio.find())
    return subject.target(chosen if chosen is not None else subject.options, subject.run(), model)


def judged(judge: Any, works: Sequence[Work], what: str = "works") -> list[Judgement]:
    """Its judgements, each held to the contract."""
    verdicts = list(judge.judge(works))
    if len(verdicts) != len(works):
        raise Failed(f"It gives {len(verdicts)} judgements of {len(works)} {what}.", "Give one per work, in order.")
    for verdict in verdicts:
        score = getattr(verdict, "score", None)
        if not isinstance(score, int | float) or not math.isfinite(score) or not 0 <= score <= 1:
            raise Failed(f"It scores {what} {score!r}.", "Give a Judgement whose score is a number from 0 to 1.")
        if not verdict.remarks or isinstance(verdict.remarks, str) or not all(
                isinstance(remark, str) and remark.strip() for remark in verdict.remarks):
            raise Failed(f"It does not say why it scores {what} {score:.2f}: its remarks are {verdict.remarks!r}.",
                         "Give a tuple with at least one sentence that a person can use.")
        for name, value in verdict.aspects.items():
            if not isinstance(value, int | float) or not math.isfinite(value):
                raise Failed(f'Its aspect "{name}" of {what} is {value!r}.', "Give finite numbers, or leave the aspect out.")
    return verdicts


@check("critic-scores", "Gives every work one finite score from 0 to 1 and says why, the same every time.", "critic")
def critic_scores(subject: Subject) -> None:
    """Works of the kit, twice, in two orders."""
    works = subject.works
    first = judged(critic(subject), works)
    if judged(critic(subject), works) != first:
        raise Failed("It judges the same works otherwise the second time.", "Draw nothing at random.")
    turned = judged(critic(subject), works[::-1])[::-1]
    if any(abs(one.score - other.score) > ROUNDING for one, other in zip(first, turned, strict=True)):
        raise Failed("It judges a work otherwise when the works come in another order.",
                     "Judge each by itself, or against the company as a whole.")
    if judged(critic(subject), []):
        raise Failed("It gives judgements of no works.", "Give none.")


@check("critic-tells-apart", "Not all works get the same score.", "critic")
def critic_tells_apart(subject: Subject) -> None:
    """A dozen works that have little in common, and the minimal ones."""
    scores = {round(verdict.score, 9) for verdict in judged(critic(subject), [*subject.works, *subject.minimal.values()])}
    if len(scores) == 1:
        raise Failed(f"It scores {len(subject.works) + len(subject.minimal)} very different works {scores.pop():g} each.",
                     "Give a score that depends on the work.")


@check("critic-takes-minimal-works", "Works with next to nothing in them are scored like any other.", "critic")
def critic_takes_minimal_works(subject: Subject) -> None:
    """Each by itself."""
    judge = critic(subject)
    for what, work in subject.minimal.items():
        try:
            judged(judge, [work], what)
        except ArtengineError:
            raise
        except (Failed, AssertionError):
            raise
        except Exception as error:
            raise Failed(f"Judging {what}: {escaped(error)}",
                         "Give it a low score and a remark that says what is missing.") from error


@check("critic-options-hold", "Whatever is set within the declared ranges gives scores or an ArtengineError.", "critic")
def critic_options_hold(subject: Subject) -> None:
    """Every option at its ends."""
    if subject.part.options is None:
        return
    for name, value, shown in odd_values(subject.part.options):
        try:
            judged(critic(subject, options.make(subject.part.options, {name: value}, "set")), subject.works[:2])
        except ArtengineError:
            continue
        except Failed as failure:
            raise Failed(f"With {name} = {shown}: {failure.wrong}", failure.advice) from failure
        except Exception as error:
            raise Failed(f"With {name} = {shown}: {escaped(error)}", OURS) from error
