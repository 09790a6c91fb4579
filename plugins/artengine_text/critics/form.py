"""Critic ``form``: is it the form that was asked for, or one that can be named, or at least a shape that it keeps?"""

from __future__ import annotations

from collections.abc import Sequence
from math import exp, sqrt
from typing import Any

from artengine.api import Judgement, Run
from artengine.models import Model
from artengine.works import Text
from artengine_text import forms
from artengine_text.critics import metre, rhyme
from artengine_text.critics.asking import Kept, form_of, kept
from artengine_text.critics.hearing import NEUTRAL, Heard, hear
from artengine_text.forms.checking import ASKED
from artengine_text.forms.guessing import guess
from artengine_text.forms.wish import FormControls

NAMED = 0.6  # of a form that nobody asked for: how well it must be kept for the poem to be called one
_MOST = 60  # lines of a poem that may be in a named form
_UNTOLD = ("free", "acrostic", "藏头")  # which ask nothing, or cannot be asked without the word
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
    says = held.says(*ASKED)
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
    name = guess(heard.body, heard.prosody, heard.work.title) if len(heard.lines) <= _MOST else "free"
    held = kept(heard, forms.resolve(FormControls(form=name), heard.prosody)) if name not in _UNTOLD else None
    named = _closeness(held, len(heard.lines)) if held else 0.0
    likeness = max(0.0, (named - NAMED) / (1 - NAMED))
    if held and likeness > 0.5:
        faults = len(held.checked.faults)
        wrong = f"with {faults} fault{'s' if faults > 1 else ''}" if faults else "without a fault"
        return Judgement(_over(likeness), {"kept": named}, (f"Nothing was asked; it is a {name}, {wrong}.",))
    shape = sqrt(metre.found(heard).score - NEUTRAL) * sqrt(rhyme.found(heard).score - NEUTRAL) / (1 - NEUTRAL)
    score, aspects = _over(max(likeness, shape)), {"kept": named, "shape": shape}
    if held and likeness > shape:
        return Judgement(score, aspects, (f"Nothing was asked; it comes near a {name}.", *held.says(*ASKED)[:_TOLD]))
    sizes = {end - start for start, end in heard.stanzas}
    stanzas = f"{len(heard.stanzas)} stanzas of {sizes.pop()} lines" if len(sizes) == 1 and len(heard.stanzas) > 1 \
        else f"{len(heard.lines)} lines"
    if shape > 0.5:
        return Judgement(score, aspects, (f"Nothing was asked; its {stanzas} keep metre and rhyme, in no named form.",))
    return Judgement(score, aspects, (f"Nothing was asked, and its {stanzas} are in no named form.",))


def _over(likeness: float) -> float:
    return NEUTRAL + (1 - NEUTRAL) * likeness
