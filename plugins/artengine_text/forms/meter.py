"""Metres by name (``iambic pentameter``) or as beats (``0101010101``), with the licences that poets take."""

from __future__ import annotations

import re

from artengine.errors import ArtengineError, nearest
from artengine_text.forms.form import MARKS

FEET = {"iambic": "01", "trochaic": "10", "anapaestic": "001", "dactylic": "100", "amphibrachic": "010"}
MEASURES = {"monometer": 1, "dimeter": 2, "trimeter": 3, "tetrameter": 4, "pentameter": 5, "hexameter": 6, "heptameter": 7,
            "octameter": 8}
_MOST_FEET = 12
_SPELT = {"anapestic": "anapaestic", "iamb": "iambic", "iambs": "iambic", "trochee": "trochaic", "trochees": "trochaic",
          "anapest": "anapaestic", "anapaest": "anapaestic", "dactyl": "dactylic", "amphibrach": "amphibrachic",
          "alexandrine": "hexameter"}
_ADVICE = 'Ask for a foot and a measure ("iambic pentameter"), a foot and the feet of each line ("iambic 4343"), or ' \
          'beats, 1 stressed and 0 not ("01010101").'


def parse(text: str, syllables: tuple[int, ...] = ()) -> tuple[tuple[str, ...], ...]:
    """The patterns of each line of *text*, which repeat; of a foot alone, as many feet as *syllables* need.

    :raises ArtengineError: for a metre that is none.
    """
    words = [_SPELT.get(word, word) for word in re.findall(r"[^\s,/;]+", text.lower())]
    if words and all(set(word) <= set(MARKS) | {"中"} for word in words) and not any(word in FEET for word in words):
        return tuple((word.replace("中", "x"),) for word in words)
    foot, *measures = words or [""]
    if foot not in FEET:
        raise ArtengineError(f'"{text}" is no metre.', nearest(foot, FEET) or _ADVICE)
    if not measures:
        if not syllables:
            raise ArtengineError(f'"{text}" does not say how many feet a line has.',
                                 f'Say "{text.strip()} tetrameter" or "{text.strip()} 4343", or give --syllables.')
        return tuple(_of_length(foot, count) for count in syllables)
    feet = [n for measure in measures for n in _feet(measure, text)]
    return tuple(licensed(foot, n) for n in feet)


def licensed(foot: str, feet: int) -> tuple[str, ...]:
    """The patterns of a line of so many feet, the plain one first.

    A beat may fall on a syllable without stress ("as cheer-ful-LY as lace"), a stress never where there is no beat, but in
    the first syllable of the line, or in the first of two between beats ("he would TIME every ONE"). An iambic or
    anapaestic line may have a syllable more at its end, unstressed; an anapaestic or amphibrachic line may lack its first;
    a trochaic or dactylic one those after its last beat.
    """
    whole = (FEET[foot] * feet).replace("1", "x").replace("00", "x0")
    if foot == "iambic":
        whole = "x" + whole[1:]
        return whole, whole + "-"
    if foot == "anapaestic":
        return whole, whole[1:], whole + "-", whole[1:] + "-"
    if foot == "amphibrachic":
        return whole, whole[1:], whole[:-1], whole[1:-1]
    return tuple(whole[:len(whole) - cut] for cut in range(len(FEET[foot])))


def _of_length(foot: str, count: int) -> tuple[str, ...]:
    for feet in range(1, count + 1):
        if of_length := tuple(pattern for pattern in licensed(foot, feet) if len(pattern) == count):
            return of_length
    raise ArtengineError(f"No line in {foot} metre has {count} syllables.", "Ask for other --syllables, or for no --meter.")


def _feet(measure: str, text: str) -> list[int]:
    if measure in MEASURES:
        return [MEASURES[measure]]
    if measure.isascii() and measure.isdigit():
        feet = [int(measure)] if 10 <= int(measure) <= _MOST_FEET else [int(digit) for digit in measure]
        if 0 not in feet:
            return feet
    raise ArtengineError(f'"{text}" is no metre: "{measure}" is no number of feet.', nearest(measure, MEASURES) or _ADVICE)
