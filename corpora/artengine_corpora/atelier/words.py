"""Words for captions."""

from __future__ import annotations

from collections.abc import Sequence

_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
            "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen")
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")


def number(count: int) -> str:
    """``three``, ``forty-one``, ``two hundred and six``; in figures from a thousand on."""
    if count < 20:
        return _NUMBERS[count]
    if count < 100:
        tens, ones = divmod(count, 10)
        return _TENS[tens - 2] + (f"-{_NUMBERS[ones]}" if ones else "")
    if count < 1000:
        hundreds, rest = divmod(count, 100)
        return f"{_NUMBERS[hundreds]} hundred" + (f" and {number(rest)}" if rest else "")
    return f"{count:,}"


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
