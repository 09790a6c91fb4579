"""A poem as the critics of its sound hear it: lines of words, with the ways to say them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from artengine.works import Text
from artengine_text.critics.company import language_of
from artengine_text.poetry.verse import lines_of
from artengine_text.prosody.base import Prosody, Reading, prosody_for

NEUTRAL = 0.5
"""The score of what a poem does not have and was not asked for: neither a merit nor a fault."""


@dataclass(frozen=True)
class Line:
    """A line as it is said."""

    text: str
    words: tuple[str, ...]
    readings: tuple[tuple[Reading, ...], ...]
    ends_stanza: bool

    @cached_property
    def end(self) -> str:
        """Its last word, empty where it has none."""
        return self.words[-1] if self.words else ""

    @cached_property
    def beats(self) -> tuple[tuple[str, ...], ...]:
        """The beats that each word may have."""
        return tuple(tuple(dict.fromkeys(reading.beats for reading in readings)) for readings in self.readings)

    @cached_property
    def syllables(self) -> int:
        """As it is likeliest said."""
        return sum(len(readings[0].beats) for readings in self.readings)


@dataclass(frozen=True)
class Heard:
    """A poem as it is said."""

    lines: tuple[Line, ...]
    prosody: Prosody
    work: Text
    grades: dict[tuple[int, int], float] = field(default_factory=dict, compare=False)
    """Of the rhymes of lines, as far as they were asked for."""

    @property
    def body(self) -> str:
        """The lines as they were heard, a line of Chinese for each that its punctuation ends."""
        return "\n".join(line.text + ("\n" if line.ends_stanza else "") for line in self.lines)

    @property
    def stanzas(self) -> list[tuple[int, int]]:
        """First line of each stanza, and the one after its last."""
        ends = [i + 1 for i, line in enumerate(self.lines) if line.ends_stanza]
        ends = ends if ends and ends[-1] == len(self.lines) else [*ends, len(self.lines)]
        return list(zip([0, *ends], ends, strict=False))


def hear(works: Sequence[Text]) -> list[Heard]:
    """The works as they are said; all words of a language are worked out at once."""
    prosodies = [prosody_for(language_of(work) or "und") for work in works]
    spoken = [[(line, prosody.words(str(line))) for line in lines_of(work.body)]
              for work, prosody in zip(works, prosodies, strict=True)]
    for prosody in {id(p): p for p in prosodies}.values():
        prosody.prepare(sorted({word for lines, own in zip(spoken, prosodies, strict=True) if own is prosody
                                for _, words in lines for word in words}))
    heard = []
    for work, prosody, lines in zip(works, prosodies, spoken, strict=True):
        said = tuple(Line(str(line), tuple(words), tuple(map(prosody.readings, words)), line.ends_stanza)
                     for line, words in lines if words)
        heard.append(Heard(said, prosody, work))
    return heard
