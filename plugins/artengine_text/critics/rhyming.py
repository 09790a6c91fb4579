"""Which lines of a poem rhyme, and on what scheme."""

from __future__ import annotations

from collections.abc import Sequence

from artengine_text.critics.hearing import Heard

SCHEMES = ("AA", "AABB", "ABAB", "ABBA", "ABCB", "AABA", "AABBA", "ABA", "ABABCC", "ABABBCC", "AABCCB", "ABCBDB", "ABABAB",
           "ABABCDCDEFEFGG", "ABBAABBACDCDCD", "ABBAABBACDECDE", "ABBAABBACDEDCE", "ABBAABBACDDCEE", "ABABBCBCCDCDEE", "-A+",
           "AA+")
"""What a stanza may be, where nothing is asked; ``+`` goes on with the same rhymes."""


def graded(heard: Heard, letters: Sequence[str]) -> list[float]:
    """The grade of each line that has a letter with the best of the other lines that share it, in no order."""
    places: dict[str, list[int]] = {}
    for i, letter in enumerate(letters):
        if letter:
            places.setdefault(letter, []).append(i)
    return [max(grade(heard, i, j) for j in group if j != i) for group in places.values() if len(group) > 1 for i in group]


def grade(heard: Heard, i: int, j: int) -> float:
    """How well lines *i* and *j* rhyme; asked of the prosody once, for every scheme asks again."""
    pair = (i, j) if i < j else (j, i)
    known = heard.grades.get(pair)
    if known is None:
        known = heard.grades[pair] = heard.prosody.rhyme(*(heard.lines[n].end for n in pair))
    return known
