"""Critic ``diversity``: does a poem go on saying new things, or does it loop, and is it another than its neighbours?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from artengine.api import Judgement, Run
from artengine.marks import Usual, score_of
from artengine.models import Model
from artengine.works import Text
from artengine_text.fingerprint import words

# Ranges that hold nineteen twentieths of the even-numbered real poems; benchmarks/text_critics.py measures on the odd ones.
USUAL = {
    "distinct_1": Usual(0.76, 0.88, 1.0, 0.15),
    "distinct_2": Usual(0.9, 0.99, 1.0, 0.15),
    "distinct_3": Usual(0.94, 1.0, 1.0, 0.15),
    "repeated_lines": Usual(0.0, 0.0, 0.06, 0.15),
    "looped": Usual(0.0, 0.0, 0.02, 0.1),
    "elsewhere": Usual(0.0, 0.0, 0.04, 0.15),
}
_SPANS = {1: 24, 2: 48, 3: 96}  # words over which distinct n-grams are counted, so that length does not matter
_PHRASE = 4  # words of a phrase that is looked for in other works
_PERIOD = 12  # words of the longest phrase whose repetition is a loop


def figures(text: Text, elsewhere: Counter[tuple[str, ...]] | None = None) -> dict[str, float]:
    """The figures of a text; *elsewhere* counts in how many works of a batch, this one too, each phrase stands."""
    lines = [found for line in text.lines if (found := words(line))]
    every = [word for line in lines for word in line]
    out = {f"distinct_{n}": _distinct(every, n, span) for n, span in _SPANS.items() if len(every) >= 4 * n}
    counts = Counter(tuple(line) for line in lines if len(line) > 1)
    if len(lines) > 1:
        out["repeated_lines"] = sum(n - 1 for n in counts.values()) / len(lines)
    if len(every) >= 4:
        out["looped"] = _looped(every)
    phrases = _phrases(every)
    if elsewhere is not None and phrases:
        out["elsewhere"] = sum(elsewhere[phrase] > 1 for phrase in phrases) / len(phrases)
    return out


def _distinct(every: Sequence[str], n: int, span: int) -> float:
    """Different n-grams by all of them, the mean over stretches of *span* words that overlap by half."""
    grams = [tuple(every[i:i + n]) for i in range(len(every) - n + 1)]
    starts = range(0, max(1, len(grams) - span + 1), max(1, span // 2))
    shares = [len(set(grams[i:i + span])) / len(grams[i:i + span]) for i in starts]
    return sum(shares) / len(shares)


def _looped(every: Sequence[str]) -> float:
    """Share of the words that say again, at once, what was just said: from the third time on, or a long phrase."""
    again = [False] * len(every)
    for period in range(1, min(_PERIOD, len(every) // 2) + 1):
        run = 0
        for i in range(period, len(every)):
            run = run + 1 if every[i] == every[i - period] else 0
            if run >= max(3, 2 * period if period < 4 else period):
                again[i - run + 1:i + 1] = [True] * run
    return sum(again) / len(every)


def _phrases(every: Sequence[str]) -> set[tuple[str, ...]]:
    return {tuple(every[i:i + _PHRASE]) for i in range(len(every) - _PHRASE + 1)}


class Diversity:
    """Judges each work by itself, and by what it shares with the others it is shown with."""

    def __init__(self, options: Any, run: Run, model: Model | None = None) -> None:
        pass

    def judge(self, works: Sequence[Text]) -> list[Judgement]:
        """One judgement per text."""
        batch: Counter[tuple[str, ...]] = Counter()
        for work in works if len(works) > 1 else ():
            batch.update(_phrases([word for line in work.lines for word in words(line)]))
        return [self._one(work, batch if len(works) > 1 else None) for work in works]

    def _one(self, work: Text, batch: Counter[tuple[str, ...]] | None) -> Judgement:
        found = figures(work, batch)
        if "looped" not in found:
            return Judgement(0.0, found, ("There are too few words to tell.",))
        score, marks = score_of(found, USUAL)
        return Judgement(score, found, tuple(_remarks(work, found, marks)))


def _remarks(work: Text, found: dict[str, float], marks: dict[str, float]) -> list[str]:
    out = []
    bad = {name for name, mark in marks.items() if mark < 0.6}
    if "repeated_lines" in bad:
        counts = Counter(" ".join(words(line)) for line in work.lines)
        line, times = counts.most_common(1)[0]
        first = next(line_ for line_ in work.lines if " ".join(words(line_)) == line).strip()
        out.append(f"“{first}” is said {times} times; {found['repeated_lines']:.0%} of the lines were there before.")
    if "looped" in bad:
        out.append(f"It loops: {found['looped']:.0%} of its words say over what has just been said.")
    if not out and bad & {"distinct_2", "distinct_3"}:
        out.append(f"The same phrases come back: {found.get('distinct_2', 1):.0%} of its pairs of words are different ones.")
    elif not out and "distinct_1" in bad:
        out.append(f"The same words come back: {found['distinct_1']:.0%} of any two dozen are different ones.")
    if "elsewhere" in bad:
        out.append(f"{found['elsewhere']:.0%} of its phrases of {_PHRASE} words stand in other works shown with it.")
    pairs = found.get("distinct_2", 1)
    return out or [f"It goes on saying new things: {pairs:.0%} of its pairs of words are different ones."]
