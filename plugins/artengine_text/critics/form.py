"""Critic ``form``: is it the form that was asked for, or one that can be named, or at least a shape that it keeps?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from math import exp, sqrt
from typing import Any

from artengine.api import Judgement, Run
from artengine.errors import ArtengineError
from artengine.models import Model
from artengine.works import Text
from artengine_text import forms
from artengine_text.critics import metre, rhyme
from artengine_text.critics.asking import Kept, form_of, kept
from artengine_text.critics.hearing import NEUTRAL, Heard, hear
from artengine_text.forms.describing import known
from artengine_text.forms.finding import has
from artengine_text.forms.wish import FormControls
from artengine_text.prosody.base import Prosody

NAMED = 0.6  # of a form that nobody asked for: how well it must be kept for the poem to be called one
_MOST = 40  # lines of a poem that may be one of a named form
_TOLD = 4  # faults that are told of


class Form:
    """Holds a poem against the form in its labels; without one, against every form of its language."""

    def __init__(self, options: Any, run: Run, model: Model | None = None) -> None:
        pass

    def judge(self, works: Sequence[Text]) -> list[Judgement]:
        """One judgement per text."""
        return [self._one(heard) for heard in hear(works)]

    def _one(self, heard: Heard) -> Judgement:
        if not heard.lines:
            return Judgement(0.0, {}, ("There are no words in it.",))
        form = form_of(heard)
        return asked(kept(heard, form), len(heard.lines)) if form else found(heard)


def asked(held: Kept, lines: int) -> Judgement:
    """How a poem keeps the form that it was to have, of all the lines that were asked for and those that are too many."""
    name, checked = held.form.name, held.checked
    shares = {kind: checked.share(kind) for kind in ("syllables", "beats", "rhyme", "starts")}
    aspects = {kind: share for kind, share in shares.items() if share is not None}
    score = _closeness(held, lines)
    if checked:
        return Judgement(score, aspects, (f"It is a {name} without a fault.",))
    says = held.says(*{fault.kind for fault in checked.faults})
    more = (f"{len(says)} faults in all, as a {name}.",) if len(says) > _TOLD else ()
    return Judgement(score, aspects, (*says[:_TOLD], *more))


def _closeness(held: Kept, lines: int) -> float:
    """1 for a form that is kept, half for one fault in every line; lines that want or are too many count nothing."""
    total = sum(exp(-metre.HARSH * len(line.faults)) for line in held.checked.lines)
    return total / max(lines, held.planned, 1)


def found(heard: Heard) -> Judgement:
    """The form that a poem of which nothing was asked comes nearest to; free verse is not marked down under ``NEUTRAL``."""
    if len(heard.lines) < 2:
        return Judgement(NEUTRAL, {}, ("One line alone has no form; nothing was asked.",))
    tried = [kept(heard, form) for form in _forms(heard.prosody, len(heard.lines))] if len(heard.lines) <= _MOST else []
    best = max(tried, key=lambda held: _closeness(held, len(heard.lines)), default=None)
    named = _closeness(best, len(heard.lines)) if best else 0.0
    sound = [judged.score for judged in (metre.found(heard), rhyme.found(heard))]
    shape = sqrt((sound[0] - NEUTRAL) * (sound[1] - NEUTRAL)) / (1 - NEUTRAL)
    likeness = max(0.0, (named - NAMED) / (1 - NAMED))
    score = NEUTRAL + (1 - NEUTRAL) * max(likeness, shape)
    aspects = {"shape": shape, **({"nearest": named} if best else {})}
    if best and likeness > 0:
        wrong = f"; it has {len(best.checked.faults)} faults as one" if best.checked.faults else ", without a fault"
        return Judgement(score, aspects, (f"Nothing was asked; it is a {best.form.name}{wrong}.", *best.says("lines")))
    sizes = {end - start for start, end in heard.stanzas}
    stanzas = f"{len(heard.stanzas)} stanzas of {sizes.pop()} lines" if len(sizes) == 1 and len(heard.stanzas) > 1 \
        else f"{len(heard.lines)} lines"
    if shape > 0.5:
        return Judgement(score, aspects, (f"Nothing was asked; its {stanzas} keep metre and rhyme, in no named form.",))
    return Judgement(score, aspects, (f"Nothing was asked, and its {stanzas} are in no named form.",))


def _forms(prosody: Prosody, lines: int) -> list[forms.Form]:
    """The forms that a poem of so many lines may have, of those that ask for something without being told a word."""
    return [form for form in _every(prosody) if form.plans(lines)]


@lru_cache
def _every(prosody: Prosody) -> tuple[forms.Form, ...]:
    found = []
    for described in known().values():
        if described.takes or not has(prosody.language, described):
            continue
        try:
            form = forms.resolve(replace(FormControls(), form=described.name), prosody)
        except ArtengineError:
            continue
        if any(line.patterns or line.rhyme for plan in form.variants for line in plan):
            found.append(form)
    return tuple(found)
