"""Which lines of a poem rhyme, and on what scheme."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from artengine_text.critics.hearing import Heard

SCHEMES = ("AA", "AABB", "ABAB", "ABBA", "ABCB", "AABA", "AABBA", "ABA", "ABABCC", "ABABBCC", "AABCCB", "ABCBDB", "ABABAB",
           "ABABCDCDEFEFGG", "ABBAABBACDCDCD", "ABBAABBACDECDE", "ABBAABBACDEDCE", "ABBAABBACDDCEE", "ABABBCBCCDCDEE", "-A+",
           "AA+")
"""What a stanza may be, where nothing is asked; ``+`` goes on with the same rhymes."""


def graded(heard: Heard, letters: Sequence[str]) -> list[float]:
    """For each line that shares its letter, in no order, the mean grade of that letter's rhymes, each line with the next.

    With the next and not with any: among lines enough every one rhymes with some other.
    """
    places: dict[str, list[int]] = {}
    for i, letter in enumerate(letters):
        if letter:
            places.setdefault(letter, []).append(i)
    found = []
    for group in places.values():
        rhymes = [grade(heard, i, j) for i, j in pairwise(group)]
        found += [sum(rhymes) / len(rhymes)] * len(group) if rhymes else []
    return found


def grade(heard: Heard, i: int, j: int) -> float:
    """How well lines *i* and *j* rhyme; asked of the prosody once, for every scheme asks again."""
    pair = (i, j) if i < j else (j, i)
    known = heard.grades.get(pair)
    if known is None:
        known = heard.grades[pair] = heard.prosody.rhyme(*(heard.lines[n].end for n in pair))
    return known
