"""Words for captions."""

from __future__ import annotations

from collections.abc import Sequence

_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")


def number(count: int) -> str:
    """``three``; in figures above twelve."""
    return _NUMBERS[count] if count < len(_NUMBERS) else str(count)


def several(count: int, thing: str) -> str:
    """``one bar`` or ``three bars``."""
    if count == 1:
        return f"one {thing}"
    end = "es" if thing.endswith(("s", "x", "ch", "sh")) else "s"
    return f"{number(count)} {thing}{end}"


def a(thing: str) -> str:
    """With its article: ``an ochre disc``."""
    return f"{'an' if thing[0] in 'aeiou' else 'a'} {thing}"


def joined(things: Sequence[str]) -> str:
    """``red, blue and ochre``, each named once."""
    once = list(dict.fromkeys(things))
    return once[0] if len(once) == 1 else f"{', '.join(once[:-1])} and {once[-1]}"


def sentence(text: str) -> str:
    """With a capital and a full stop."""
    return f"{text[0].upper()}{text[1:]}."
