"""What lines begin with: the letters of an acrostic, head characters, a prefix."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from itertools import zip_longest

from artengine.errors import ArtengineError
from artengine_text.forms.form import LinePlan, Plan
from artengine_text.prosody.base import Prosody


def spell(word: str, takes: str) -> tuple[tuple[str, ...], frozenset[int]]:
    """What each line of an acrostic on *word* begins with, and the lines that end a stanza: the words' last.

    :raises ArtengineError: for what no line can begin with.
    """
    words = unicodedata.normalize("NFC", word).split()
    for mark in "".join(words):
        if not mark.isalpha():
            raise ArtengineError(f'No line can begin with "{mark}", which "{word}" has.',
                                 f"Give {'characters' if takes == 'characters' else 'letters'} only.")
    ends, total = set(), 0
    for part in words[:-1]:
        total += len(part)
        ends.add(total - 1)
    return tuple("".join(words)), frozenset(ends)


def is_character(mark: str) -> bool:
    """Whether it is a Chinese character, of any of the scripts that have them."""
    return unicodedata.name(mark, "").startswith("CJK")


def opening(prefix: str) -> tuple[str, ...]:
    """What the first lines begin with so that the poem begins with *prefix*; all but its last line are whole."""
    lines = [line.strip() for line in prefix.splitlines() if line.strip()]
    whole = prefix.endswith("\n") and bool(lines)
    return tuple(f"{line}\n" if whole or i < len(lines) - 1 else line for i, line in enumerate(lines))


def merged(plan: Plan, first: Sequence[str]) -> tuple[str, ...]:
    """What the lines of *plan* begin with where its first ones must also begin with *first*.

    :raises ArtengineError: where the one does not begin as the other.
    """
    if len(first) > len(plan):
        raise ArtengineError(f"The prefix has {len(first)} lines, the poem only {len(plan)}.", "Give fewer lines.")
    found = []
    for number, (line, starts) in enumerate(zip_longest(plan, first, fillvalue=None), 1):
        own = line.starts if line else ""
        if starts and not starts.casefold().startswith(own.casefold()):
            raise ArtengineError(f'Line {number} must begin with "{own}", and the prefix has "{starts.strip()}" there.',
                                 "Change the one or the other.")
        found.append(starts or own)
    return tuple(found)


def reach(patterns: Sequence[str], words: Sequence[str], prosody: Prosody) -> set[tuple[str, int]]:
    """How far into which patterns *words* lead; empty where they fit none."""
    from artengine_text.forms.form import MARKS

    places = {(pattern, 0) for pattern in patterns}
    for word in words:
        places = {(pattern, at + len(reading.beats)) for pattern, at in places for reading in prosody.readings(word)
                  if at + len(reading.beats) <= len(pattern)
                  and all(beat in MARKS[mark] for mark, beat in zip(pattern[at:], reading.beats, strict=False))}
    return places


def refuse(plan: Plan, prosody: Prosody) -> str:
    """Why no poem can have *plan* with what its lines begin with; empty where nothing stands against it."""
    for number, line in enumerate(plan, 1):
        if reason := _refuse(line, prosody):
            return f"line {number} {reason}"
    return ""


def _refuse(line: LinePlan, prosody: Prosody) -> str:
    words = prosody.words(line.starts)
    if not line.patterns or not words:
        return ""
    whole = line.starts.endswith("\n")
    places = reach(line.patterns, words, prosody)
    if any(at == len(pattern) if whole else at < len(pattern) or not line.rhyme for pattern, at in places):
        return ""
    beats = " ".join("/".join(dict.fromkeys(reading.beats for reading in prosody.readings(word))) for word in words)
    return f'must be {" or ".join(line.patterns)}, and "{line.starts.strip()}" is {beats}'
