"""Critic ``rhyme``: do the lines rhyme as was asked, or on a scheme of their own?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

from artengine.api import Judgement, Run
from artengine.models import Model
from artengine.works import Text
from artengine_text.critics.asking import Kept, form_of, kept
from artengine_text.critics.hearing import NEUTRAL, Heard, hear
from artengine_text.critics.rhyming import SCHEMES, graded
from artengine_text.forms.scheme import Scheme, parse, plain
from artengine_text.prosody.base import PERFECT

LOOSE, KEPT = 0.36, 0.78  # of a poem that was asked nothing: what chance gives at the most; what rhymed verse usually has
_FREE = 0.6  # what a line counts that its scheme leaves free
_OWN = 0.15  # what a stanza loses that rhymes on a scheme of its own
_HEARD = 60  # lines that are listened to where nothing was asked
_TOLD = 3  # faults that are told of


class Rhyme:
    """Grades each rhyme of the scheme that was asked for, or of the scheme that the poem keeps best."""

    def __init__(self, options: Any, run: Run, model: Model | None = None) -> None:
        pass

    def judge(self, works: Sequence[Text]) -> list[Judgement]:
        """One judgement per text."""
        return [self._one(heard) for heard in hear(works)]

    def _one(self, heard: Heard) -> Judgement:
        if not heard.lines:
            return Judgement(0.0, {}, ("There are no words in it.",))
        form = form_of(heard)
        if form is None:
            return found(heard)
        if any(line.rhyme for plan in form.variants for line in plan):
            return asked(kept(heard, form))
        return Judgement(NEUTRAL, {}, (f'The form "{form.name}" asks for no rhyme.',))


def asked(held: Kept) -> Judgement:
    """How the lines rhyme that were to; the first of each rhyme gives the sound and is not graded."""
    grades = [line.grade for line in held.checked.lines if line.grade is not None]
    letters = plain(tuple(line.plan.rhyme for line in held.checked.lines))
    aspects = {"rhymed": sum(grade >= held.form.grade for grade in grades) / max(1, len(grades)),
               "perfect": sum(grade >= PERFECT for grade in grades) / max(1, len(grades))}
    score = held.whole * sum(min(1.0, grade / held.form.grade) for grade in grades) / max(1, len(grades))
    wrong = held.says("rhyme", "lines")
    if not wrong:
        return Judgement(score, aspects, (f"All rhymes of {letters} are there.",))
    more = (f"{len(wrong)} of {len(grades)} rhymes of {letters} are wanting.",) if len(wrong) > _TOLD else ()
    return Judgement(score, aspects, (*wrong[:_TOLD], *more))


def found(heard: Heard) -> Judgement:
    """How well a poem of which nothing was asked rhymes; one that does not is not marked down under :data:`NEUTRAL`."""
    heard = replace(heard, lines=heard.lines[:_HEARD])
    if len(heard.lines) < 2:
        return Judgement(NEUTRAL, {}, ("One line alone rhymes with nothing; nothing was asked.",))
    value, scheme = best_scheme(heard)
    score = NEUTRAL + (1 - NEUTRAL) * min(1.0, max(0.0, (value - LOOSE) / (KEPT - LOOSE)))
    aspects = {"scheme_kept": value}
    if score < NEUTRAL + 0.1:
        return Judgement(score, aspects, ("No rhyme was asked for and it keeps no scheme.",))
    return Judgement(score, aspects, (f"It rhymes {scheme}, {'well' if score > 0.9 else 'here and there'}.",))


def best_scheme(heard: Heard) -> tuple[float, str]:
    """(how well the poem keeps the scheme that it keeps best, 0..1; the scheme)."""
    stanzas = heard.stanzas
    kept = {name: [_kept(heard, scheme, *stanza) for stanza in stanzas] for name, scheme in _schemes().items()}
    own = [max(values) for values in zip(*kept.values(), strict=True)]
    sizes = [end - start for start, end in stanzas]

    def over_all(values: Sequence[float]) -> float:
        return sum(size * max(value, best - _OWN) for size, value, best in zip(sizes, values, own, strict=True)) / sum(sizes)

    name = max(kept, key=lambda name: over_all(kept[name]))
    return over_all(kept[name]), name


def _kept(heard: Heard, scheme: Scheme, start: int, end: int) -> float:
    """How well the lines of a stanza keep a scheme, from 0 to 1: the mean grade of its rhymes, free lines counted."""
    size = end - start
    times = scheme.filling(size) or size // len(scheme.letters)
    whole = size if scheme.endless else times * len(scheme.letters)
    if not times or (scheme.endless and size < 4):
        return 0.0
    letters = [""] * start + list(scheme.over(whole).letters)
    grades = graded(heard, letters)
    free = whole - len(grades)
    return (sum(grades) + _FREE * free) / size


@lru_cache
def _schemes() -> dict[str, Scheme]:
    return {name: parse(name) for name in SCHEMES}
