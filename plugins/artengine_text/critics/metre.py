"""Critic ``metre``: do the lines keep the metre that was asked for, or one of their own?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from math import exp
from statistics import median
from typing import Any

from artengine.api import Judgement, Run
from artengine.models import Model
from artengine.works import Text
from artengine_text.critics.asking import Kept, form_of, kept
from artengine_text.critics.hearing import NEUTRAL, Heard, Line, hear
from artengine_text.critics.scanning import misfit, scanned
from artengine_text.forms.checking import CheckedLine
from artengine_text.forms.describing import built_in
from artengine_text.forms.meter import MEASURES

STRESSES, TONES, SYLLABLES = (0.4, 0.72), (0.76, 0.97), (0.5, 0.9)
"""How metrical what was asked nothing is: prose at the most, and metrical verse at the least, by what a metre is made of."""
HARSH = 0.7  # a line with one fault counts exp(-HARSH), one half
KINDS = ("syllables", "beats")  # of the faults that are the metre's
_FEET = {n: name for name, n in MEASURES.items()}
_HEARD = 60  # lines that are listened to where nothing was asked; a metre shows long before
_TOLD = 3  # faults that are told of


class Metre:
    """Counts syllables and beats against the form's patterns, or against the metre that fits the poem best."""

    def __init__(self, options: Any, run: Run, model: Model | None = None) -> None:
        pass

    def judge(self, works: Sequence[Text]) -> list[Judgement]:
        """One judgement per text."""
        return [self._one(heard) for heard in hear(works)]

    def _one(self, heard: Heard) -> Judgement:
        if not heard.lines:
            return Judgement(0.0, {}, ("There are no words in it.",))
        form = form_of(heard)
        if form and any(line.patterns for plan in form.variants for line in plan):
            return asked(heard, kept(heard, form))
        return found(heard)


def asked(heard: Heard, held: Kept) -> Judgement:
    """How the lines keep the patterns they were to have."""
    lines = [(own, of) for own, of in zip(heard.lines, held.checked.lines, strict=False) if of.plan.patterns]
    faults = [misfit(own, of.plan.patterns) for own, of in lines]
    wrong = [(own, of, miss) for (own, of), miss in zip(lines, faults, strict=True) if miss]
    aspects = {"lines_kept": 1 - len(wrong) / max(1, len(lines)), "faults": float(sum(faults))}
    score = held.whole * sum(exp(-HARSH * miss) for miss in faults) / max(1, len(lines))
    if not wrong:
        return Judgement(score, aspects, (f"All {len(lines)} lines keep the metre that was asked for.",))
    remarks = [" ".join([*(fault.says for fault in of.faults if fault.kind in KINDS), *_longest(own, of)])
               for own, of, _ in wrong[:_TOLD]]
    if len(wrong) > _TOLD:
        remarks.append(f"{len(wrong)} of {len(lines)} lines miss the metre.")
    return Judgement(score, aspects, tuple(filter(None, remarks)))


def _longest(line: Line, of: CheckedLine) -> list[str]:
    """The longest word of a line that has too many syllables or too few, which is where one looks first."""
    size, word = max((len(readings[0].beats), word) for word, readings in zip(line.words, line.readings, strict=True))
    wrong = any(fault.kind == "syllables" for fault in of.faults)
    return [f"“{word}” is {size}."] if wrong and size > 1 else []


def found(heard: Heard) -> Judgement:
    """How metrical a poem is of which nothing was asked; free verse is not marked down under :data:`NEUTRAL`."""
    heard = replace(heard, lines=heard.lines[:_HEARD])
    counts = [line.syllables for line in heard.lines]
    if len(counts) < 2:
        return Judgement(NEUTRAL, {"syllables": float(sum(counts))}, ("One line alone has no metre; nothing was asked.",))
    faults, name, (loose, whole) = _measured(heard)
    even, smooth = evenness(heard), sum(exp(-HARSH * fault) for fault in faults) / len(faults)
    metrical = even * smooth
    aspects = {"metrical": metrical, "even": even, "smooth": smooth, "syllables": sum(counts) / len(counts)}
    likeness = min(1.0, max(0.0, (metrical - loose) / (whole - loose)))
    score = NEUTRAL + (1 - NEUTRAL) * likeness
    spread = f"{min(counts)} to {max(counts)} syllables" if min(counts) < max(counts) else f"{counts[0]} syllables"
    if likeness < 0.3:
        return Judgement(score, aspects, (f"No metre was asked for and it keeps none: its lines have {spread}.",))
    if likeness < 0.7:
        return Judgement(score, aspects, (f"Nothing was asked; it is loosely in {name}, lines of {spread}.",))
    return Judgement(score, aspects, (f"Nothing was asked; it is in {name}, lines of {spread}.",))


def _measured(heard: Heard) -> tuple[list[float], str, tuple[float, float]]:
    """(faults of each line, the metre in words, how metrical prose and verse are), by what the language tells apart."""
    marks = {beat for line in heard.lines for readings in line.readings for beat in readings[0].beats}
    if marks & set("平仄"):
        return [misfit(line, _regulated(len(line.words))) for line in heard.lines], "the tones of regulated verse", TONES
    if not marks & set("01"):
        return [0.0] * len(heard.lines), "the number of syllables", SYLLABLES
    foot, feet, faults = scanned(heard.lines, heard.prosody.weak)
    common = sorted((n for n, times in Counter(feet).most_common(2) if times > 0.3 * len(feet)), reverse=True)
    return faults, f"{foot} {' and '.join(_FEET.get(n, f'lines of {n} feet') for n in common) or 'feet'}", STRESSES


@lru_cache
def _regulated(size: int) -> tuple[str, ...]:
    """The patterns that a line of regulated verse of so many characters may have; none of another length."""
    return tuple(dict.fromkeys(pattern for form in built_in().values() if "zh" in form.languages for variant in form.variants
                               for line in variant.lines for pattern in line if len(pattern) == size))


def evenness(heard: Heard) -> float:
    """How even the lines are in length, 0..1: each beside the middle one of its place in the stanza, by the best period.

    A longer period must explain more than a shorter one: each place after the first is paid for with nine tenths of a line.
    """
    counts = [line.syllables for line in heard.lines]
    place = [i - start for start, end in heard.stanzas for i in range(start, end)]
    best = 0.0
    for period in range(1, max(1, min(8, len(counts) // 2)) + 1):
        groups: dict[int, list[int]] = {}
        for at, n in zip(place, counts, strict=True):
            groups.setdefault(at % period, []).append(n)
        even = sum(exp(-((n - median(group)) / 1.5) ** 2) for group in groups.values() for n in group)
        best = max(best, (even - 0.9 * (period - 1)) / len(counts))
    return best
