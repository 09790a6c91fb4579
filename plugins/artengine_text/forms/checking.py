"""Holding a poem against a form: what each line was asked, how it reads, and what it fails, in words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from artengine_text.forms.form import MARKS, Form, LinePlan, Plan, lengths
from artengine_text.prosody.base import NONE, PERFECT, SLANT, Prosody, Reading

ASKED = ("lines", "syllables", "beats", "rhyme", "starts", "refrain", "stanza")
"""What a form may ask for: the kinds of :class:`Fault`."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that a form asks for and a poem has not."""

    kind: str
    """One of :data:`ASKED`."""
    says: str
    """What is wrong, in a sentence."""


@dataclass(frozen=True, slots=True)
class CheckedLine:
    """One line, beside what was asked of it."""

    text: str
    plan: LinePlan
    beats: str
    """Its beats, said as they fit best; as they are likeliest where any will do."""
    pattern: str
    """The pattern that it has, or comes nearest to; empty where any will do."""
    grade: float | None
    """Grade of its rhyme with the lines before it that it should rhyme with; ``None`` where there is none."""
    faults: tuple[Fault, ...]


@dataclass(frozen=True, slots=True)
class Checked:
    """A poem, beside that variant of a form that it comes nearest to."""

    form: Form
    lines: tuple[CheckedLine, ...]
    faults: tuple[Fault, ...]
    """What is wrong with the whole and with each line, in order."""

    def __bool__(self) -> bool:
        return not self.faults

    def share(self, kind: str) -> float | None:
        """Share of the lines that were asked for *kind* and have it; ``None`` where none was."""
        asked = [line for line in self.lines if kind in demands(line.plan) and (kind != "rhyme" or line.grade is not None)]
        failed = sum(any(fault.kind == kind for fault in line.faults) for line in asked)
        return 1 - failed / len(asked) if asked else None


def demands(plan: LinePlan) -> set[str]:
    """What *plan* asks of a line, of :data:`ASKED`."""
    asked = {"syllables"} if plan.patterns else set()
    if any(set(pattern) != {"x"} for pattern in plan.patterns):
        asked.add("beats")
    return asked | {kind for kind in ("rhyme", "starts", "refrain") if getattr(plan, kind)} | (
        {"stanza"} if plan.ends_stanza else set())


def check(form: Form, text: str, prosody: Prosody) -> Checked:
    """Hold *text* against *form*, by that of its variants that fails least.

    A line keeps its pattern where some way to say its words does. A rhyme counts from the second line that has it on.
    """
    lines, breaks = split(text)
    prosody.prepare([word for line in lines for word in prosody.words(line)])
    plans = form.plans(len(lines))
    if lines and plans:
        return min((_held(form, plan, lines, breaks, prosody) for plan in plans), key=lambda checked: len(checked.faults))
    expected = " or ".join(map(str, sorted({len(variant) for variant in form.variants})))
    stanzas = "stanzas of " if form.repeats[1] > 1 else ""
    wrong = Fault("lines", f"The poem has {len(lines)} lines, where {form.name} has {stanzas}{expected}.")
    nearest = min((form.plan(_First()) if stanzas else variant for variant in form.variants),
                  key=lambda plan: abs(len(plan) - len(lines)))
    held = _held(form, nearest[:len(lines)], lines[:len(nearest)], breaks, prosody)
    return Checked(form, held.lines, (wrong, *held.faults))


class _First:
    def integers(self, high: int, /) -> int:
        return 0


def split(text: str) -> tuple[list[str], set[int]]:
    """The lines of a poem with something on them, and which of them an empty line follows."""
    lines: list[str] = []
    breaks = set()
    for line in text.splitlines():
        if line.strip():
            lines.append(line.strip())
        elif lines:
            breaks.add(len(lines) - 1)
    return lines, breaks - {len(lines) - 1}


@dataclass(slots=True)
class _Said:
    """The best way to say a line."""

    beats: str
    pattern: str
    ends: tuple[Reading, ...]
    """How its last word may be said in it."""
    faults: list[Fault]


def _held(form: Form, plan: Plan, lines: Sequence[str], breaks: set[int], prosody: Prosody) -> Checked:
    said = [_say(line, asked, prosody) for line, asked in zip(lines, plan, strict=True)]
    grades: list[float | None] = [None] * len(said)
    groups: dict[str, list[int]] = {}
    for i, asked in enumerate(plan):
        groups.setdefault(asked.rhyme, []).append(i)
    groups.pop("", None)
    for group in groups.values():
        _rhyme(group, plan, lines, said, grades, form.grade, prosody)
    refrains: dict[str, int] = {}
    checked = []
    for i, (line, asked) in enumerate(zip(lines, plan, strict=True)):
        faults = said[i].faults
        if asked.starts and not _starts(line, asked.starts, prosody):
            faults.append(Fault("starts", f'Line {i + 1} does not begin with "{asked.starts.strip()}".'))
        if asked.refrain and (first := refrains.setdefault(asked.refrain, i)) != i and _bare(line) != _bare(lines[first]):
            faults.append(Fault("refrain", f"Line {i + 1} does not say line {first + 1} again."))
        if asked.ends_stanza and i not in breaks and i < len(lines) - 1:
            faults.append(Fault("stanza", f"No empty line follows line {i + 1}, where a stanza ends."))
        checked.append(CheckedLine(line, asked, said[i].beats, said[i].pattern, grades[i],
                                   tuple(Fault(fault.kind, fault.says.replace("#", str(i + 1))) for fault in faults)))
    return Checked(form, tuple(checked), tuple(fault for line in checked for fault in line.faults))


def _say(line: str, asked: LinePlan, prosody: Prosody) -> _Said:
    words = prosody.words(line)
    readings = [prosody.readings(word) for word in words]
    if not words:
        return _Said("", "", (), [Fault("syllables", "Line # has no word.")])
    likeliest = "".join(reading[0].beats for reading in readings)
    if not asked.patterns:
        return _Said(likeliest, "", readings[-1], [])
    ways = [way for pattern in asked.patterns if (way := _way(pattern, readings))]
    if not ways:
        spoken = sorted({sum(map(len, way)) for way in _lengths(readings)})
        return _Said(likeliest, asked.patterns[0], readings[-1], [Fault(
            "syllables", f'Line #, "{line}", has {" or ".join(map(str, spoken))} syllables, where {lengths(asked.patterns)} '
                         "are asked.")])
    missed, beats, pattern, ends = min(ways, key=lambda way: way[0])
    if not missed:
        return _Said(beats, pattern, ends, [])
    at = next(i for i, (mark, beat) in enumerate(zip(pattern, beats, strict=True)) if beat not in MARKS[mark])
    places = [word for word, reading in zip(words, readings, strict=True) for _ in reading[0].beats]
    word = places[at] if at < len(places) else words[-1]
    return _Said(beats, pattern, ends, [Fault(
        "beats", f'Line #, "{line}", is {beats} where {pattern} is asked: syllable {at + 1}, of "{word}", is {beats[at]}.')])


def _way(pattern: str, readings: Sequence[tuple[Reading, ...]]) -> tuple[int, str, str, tuple[Reading, ...]] | None:
    """The way to say a line that misses fewest marks of *pattern*: how many, its beats, how its last word may be said."""
    ways: dict[int, tuple[int, str]] = {0: (0, "")}
    ends: dict[int, list[tuple[int, Reading]]] = {}
    for choices in readings:
        further: dict[int, tuple[int, str]] = {}
        ends = {}
        for at, (missed, beats) in ways.items():
            for reading in choices:
                to = at + len(reading.beats)
                if to > len(pattern):
                    continue
                marks = zip(pattern[at:to], reading.beats, strict=True)
                more = missed + sum(beat not in MARKS[mark] for mark, beat in marks)
                ends.setdefault(to, []).append((more, reading))
                if to not in further or more < further[to][0]:
                    further[to] = more, beats + reading.beats
        ways = further
    if len(pattern) not in ways:
        return None
    missed, beats = ways[len(pattern)]
    return missed, beats, pattern, tuple(reading for more, reading in ends[len(pattern)] if more == missed)


def _lengths(readings: Sequence[tuple[Reading, ...]]) -> set[tuple[str, ...]]:
    """One way to say the line for each number of syllables it may have."""
    totals: dict[int, tuple[str, ...]] = {0: ()}
    for choices in readings:
        totals = {total + len(reading.beats): (*way, reading.beats) for total, way in totals.items() for reading in choices}
    return set(totals.values())


def _rhyme(group: list[int], plan: Plan, lines: Sequence[str], said: Sequence[_Said], grades: list[float | None],
           least: float, prosody: Prosody) -> None:
    """Grade the lines of one rhyme, each with those before it."""
    ends = [(words or [""])[-1] for words in (prosody.words(lines[i]) for i in group)]
    shared = set.intersection(*({reading.rhyme for reading in said[i].ends if reading.rhyme} for i in group))
    for place in range(1, len(group)):
        i, word = group[place], ends[place]
        before = [ends[j] for j in range(place) if not (plan[i].refrain and plan[i].refrain == plan[group[j]].refrain)]
        if not before:
            continue  # all of them are the same line, said again
        pairs = {other: prosody.rhyme(word, other) for other in before}
        same = next((other for other in before if other.casefold() == word.casefold()), None)
        alike = next((other for other in before if pairs[other] < SLANT and _spelt(other) == _spelt(word)), None)
        grade = grades[i] = NONE if same or alike else PERFECT if shared else max(pairs.values())
        if grade < least:
            other = same or alike or max(pairs, key=lambda other: pairs[other])
            how = "is the same word as" if same else "is another spelling of" if alike else \
                "rhymes only by half with" if grade >= SLANT else "rhymes only to the eye with" if grade > NONE else \
                "does not rhyme with"
            said[i].faults.append(Fault("rhyme", f'"{word}", which ends line #, {how} "{other}" of line '
                                                 f"{group[ends.index(other)] + 1}."))


def _spelt(word: str) -> str:
    """A word as it is spelt but for what spelling once left open: *glass* and *glasse*, *sun* and *sunne*."""
    return re.sub(r"(.)\1", r"\1", word.casefold()).rstrip("e")


def _starts(line: str, starts: str, prosody: Prosody) -> bool:
    fold = getattr(prosody, "standard", str)  # of Chinese: a character and its variant forms are one
    own, wanted = ("".join(map(fold, _bare(part))) for part in (line, starts))
    return own == wanted if starts.endswith("\n") else own.startswith(wanted)


def _bare(line: str) -> str:
    return "".join(mark for mark in line.casefold() if mark.isalnum())
