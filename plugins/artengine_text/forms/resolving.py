"""From what was asked to the form of a poem; what cannot be is said here, before a word is drawn."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from typing import Protocol

from artengine.errors import ArtengineError
from artengine_text.forms import meter as metres
from artengine_text.forms.describing import Described, Variant, built_in
from artengine_text.forms.finding import look_up, speaking
from artengine_text.forms.form import Form, LinePlan, Plan, lengths, meet
from artengine_text.forms.scheme import Scheme, plain
from artengine_text.forms.scheme import parse as parse_scheme
from artengine_text.forms.starting import is_character, merged, opening, refuse, spell
from artengine_text.prosody.base import PERFECT, SLANT, Prosody

MOST_LINES = 200
BEATS = {"en": "01", "zh": "平仄"}
"""The beats that a language tells apart; of one that is not here the syllables are counted."""
CHARACTERS = frozenset(("zh", "ja", "ko", "und"))
"""Languages whose lines may begin with a Chinese character."""
_EXAMPLES = {"letters": "TIDE", "characters": "春夏秋冬"}
Lines = tuple[tuple[str, ...], ...]


class Wish(Protocol):
    """What may be asked: the fields of :class:`artengine_text.forms.wish.FormControls`, which says what each is."""

    # ruff: noqa: D102
    @property
    def form(self) -> str: ...
    @property
    def rhyme(self) -> str: ...
    @property
    def meter(self) -> str: ...
    @property
    def syllables(self) -> tuple[int, ...]: ...
    @property
    def lines(self) -> int: ...
    @property
    def prefix(self) -> str: ...


def resolve(wish: Wish, prosody: Prosody) -> Form:
    """The form that *wish* asks for, in the language of *prosody*.

    Rhyme, metre, syllables and lines replace those of the form where it leaves them open, and otherwise choose among its
    variants; what is shorter than the poem is gone through again.

    :raises ArtengineError: for what there is not, what the language lacks, and what contradicts itself.
    """
    described, argument = look_up(wish.form or "free", prosody.language)
    return _Wanted(wish, described, argument, prosody).form()


class _Wanted:
    """A wish, beside the form that it names."""

    def __init__(self, wish: Wish, described: Described, argument: str, prosody: Prosody) -> None:
        self.wish = wish
        self.described = described
        self.prosody = prosody
        self.notes: dict[str, None] = {}
        if described.takes and not argument:
            raise ArtengineError(f'"{described.name}" does not say what its lines begin with.',
                                 f"Say it after a colon: --form {described.name}:{_EXAMPLES[described.takes]}.")
        if argument and not described.takes:
            raise ArtengineError(f'"{described.name}" takes nothing after a colon.', f"Ask for --form {described.name}.")
        self.starts, self.breaks = spell(argument, described.takes)
        strange = next((mark for mark in self.starts if is_character(mark)), "")
        if strange and prosody.language not in CHARACTERS:
            raise ArtengineError(f'{speaking(prosody.language)} has no word that begins with the character "{strange}".',
                                 "Give letters, or take a model of Chinese with --model.")
        self.scheme = parse_scheme(wish.rhyme) if wish.rhyme else None
        self.metre = self._metre(wish.meter, wish.syllables) if wish.meter else ()

    def form(self) -> Form:
        """The form, of those of its variants that can be had.

        :raises ArtengineError: the first variant's reason, where none can.
        """
        described = self.described
        first = opening(self.wish.prefix)
        found: dict[tuple[Plan, tuple[int, int]], str] = {}
        wrong: list[ArtengineError] = []
        notes: tuple[str, ...] = ()
        for variant in self._variants():
            for rhyme, metre in product(variant.rhyme or ("",), variant.meter or ("",)):
                try:
                    self.notes.clear()
                    plan, repeats = self._plan(variant, parse_scheme(rhyme) if rhyme else None, metre)
                    longest = plan * repeats[1]
                    starts = merged(longest, first) if first else ()
                    opened = tuple(replace(line, starts=start) for line, start in zip(longest, starts, strict=False)) or plan
                    if (first or described.takes == "characters") and (reason := refuse(opened, self.prosody)):
                        raise ArtengineError(f'"{described.name}" cannot begin so: {reason}.', "Begin it otherwise.")
                    found.setdefault((plan, repeats), variant.title)
                    notes = tuple(self.notes)
                except ArtengineError as error:
                    wrong.append(error)
        if not found:
            raise wrong[0]
        repeats = next(iter(found))[1]
        return Form(described.name, tuple(plan for plan, _ in found), described.summary, described.languages, repeats,
                    SLANT if described.grade == "slant" else PERFECT, tuple(found.values()), first, notes)

    def _variants(self) -> Iterator[Variant]:
        """Those of the form; where it is like others that have as many lines, those of the others first."""
        like = [variant for name in self.described.like for variant in built_in()[name].variants
                if len(variant.lines) == len(self.starts)]
        yield from like or self.described.variants

    def _plan(self, variant: Variant, scheme: Scheme | None, metre: str) -> tuple[Plan, tuple[int, int]]:
        """The lines of one variant (of a stanza, where it has several), and how many stanzas there may be."""
        patterns = self._patterns(variant, metre)
        scheme = self._rhymes(scheme)
        count, repeats = self._count(variant, patterns, scheme)
        patterns = self._narrowed(self._cycled(patterns, count, "metre"))
        scheme = self._stretched(scheme, count)
        breaks = scheme.breaks | self.breaks
        free = self.described.stanzas == "free" and not self.breaks and not scheme.breaks and not self.scheme
        closes = self.described.closes or ("",)
        last = repeats[1] > 1 and count > 1
        return tuple(LinePlan(patterns[i], scheme.letters[i], self.starts[i] if self.starts else "",
                              None if free else i in breaks or (last and i == count - 1), scheme.refrains[i],
                              closes[i % len(closes)]) for i in range(count)), repeats

    def _patterns(self, variant: Variant, metre: str) -> Lines:
        """What each line may be, over again where there are more lines; ``()`` for anything."""
        own = variant.lines
        if not own and metre:
            own = metres.parse(metre)
            if not self._stressed:
                own = tuple(("x" * len(line[0]),) for line in own)
        if not own and variant.syllables:
            own = tuple(("x" * n,) for n in variant.syllables)
        loose = self.described.loose
        if (self.metre and "meter" in loose) or (self.wish.syllables and "syllables" in loose):
            own = ()
        return own or self.metre or tuple(("x" * n,) for n in self.wish.syllables) or ((),)

    def _narrowed(self, patterns: Lines) -> Lines:
        """Those patterns that also are what the wish says of metre and syllables."""
        count = len(patterns)
        for wanted, shown in ((self.metre, f'metre "{self.wish.meter}"'),
                              (tuple(("x" * n,) for n in self.wish.syllables), "--syllables")):
            if not wanted:
                continue
            asked = self._cycled(wanted, count, shown)
            narrowed = []
            for number, (line, of) in enumerate(zip(patterns, asked, strict=True), 1):
                narrowed.append(tuple(dict.fromkeys(pattern for a in line for b in of if (pattern := meet(a, b)))))
                if not narrowed[-1]:
                    raise ArtengineError(f'Line {number} of "{self.described.name}" has {lengths(line)} syllables, and the '
                                         f"{shown} contradicts it.", "Leave out the one or the other.")
            patterns = tuple(narrowed)
        return patterns

    def _rhymes(self, own: Scheme | None) -> Scheme | None:
        """The scheme: the wish's, where the form leaves it open or has it too."""
        if self.scheme and own and "rhyme" not in self.described.loose and self.scheme.letters != own.letters:
            raise ArtengineError(f'"{self.described.name}" rhymes {plain(own.letters)}, and --rhyme {self.wish.rhyme} '
                                 "contradicts it.", "Leave out --rhyme, or ask for --form free.")
        return self.scheme or own

    def _count(self, variant: Variant, patterns: Lines, scheme: Scheme | None) -> tuple[int, tuple[int, int]]:
        """How many lines a stanza has, and how many stanzas the poem."""
        wish, described = self.wish, self.described
        parts = [len(patterns), len(scheme.letters) if scheme else 1, len(wish.syllables)]
        fixed = len(self.starts) or variant.count or len(variant.lines) or len(variant.syllables) or max(
            len(parse_scheme(rhyme).letters) for rhyme in variant.rhyme or ("A",))
        if described.repeats == (1, 1):
            if wish.lines not in (0, fixed):
                raise ArtengineError(f'"{described.name}" has {fixed} lines, and --lines {wish.lines} contradicts it.',
                                     f"Leave out --lines, or ask for --form free --lines {wish.lines}.")
            return fixed, (1, 1)
        if fixed > 1:  # stanzas of so many lines
            stanzas, over = divmod(wish.lines, fixed)
            if over or (wish.lines and "lines" not in described.loose):
                raise ArtengineError(f'"{described.name}" has stanzas of {fixed} lines, and --lines {wish.lines} cannot be '
                                     "parted so.", f"Ask for {fixed * max(stanzas, 1)} or {fixed * (stanzas + 1)} lines.")
            return fixed, (stanzas, stanzas) if stanzas else described.repeats
        if wish.lines:
            return wish.lines, (1, 1)
        return (max(parts), (1, 1)) if max(parts) > 1 else (1, described.repeats)

    def _cycled(self, lines: Lines, count: int, what: str) -> Lines:
        """*lines*, over again until they are *count*."""
        times, over = divmod(count, len(lines))
        if over:
            raise ArtengineError(f"The poem has {count} lines, which the {what} of {len(lines)} lines does not fill evenly.",
                                 f"Give one that {count} lines can be divided by, or other --lines.")
        if times > 1 and len(lines) > 1:
            self.notes[f"The {what} of {len(lines)} lines is gone through {times} times."] = None
        return lines * times

    def _stretched(self, scheme: Scheme | None, count: int) -> Scheme:
        """*scheme*, over again with new rhymes until it has *count* lines."""
        if not scheme:
            return Scheme(("",) * count, ("",) * count, frozenset())
        size = len(scheme.letters)
        times = scheme.filling(count)
        if not times:
            raise ArtengineError(f"The rhyme scheme {plain(scheme.letters)} is for {size} lines, and the poem has {count}.",
                                 f"Give a letter for each line, or one scheme that {count} lines can be divided by.")
        if times > 1 and self.scheme:
            self.notes[f"The rhyme scheme {plain(scheme.letters)} is gone through {times} times, each a stanza."] = None
        return scheme.over(count)

    @property
    def _stressed(self) -> bool:
        return BEATS.get(self.prosody.language) == "01"

    def _metre(self, text: str, syllables: tuple[int, ...]) -> Lines:
        """The metre that was asked for.

        :raises ArtengineError: for none, or one whose beats the language does not tell apart.
        """
        lines = metres.parse(text, syllables)
        marks = {mark for line in lines for pattern in line for mark in pattern} - {"x"}
        told = BEATS.get(self.prosody.language, "")
        if not marks <= set(told) | ({"-"} if "0" in told else set()):
            raise ArtengineError(f'{speaking(self.prosody.language)} has no such beats as the metre "{text}" asks for.',
                                 f"Write beats of {' and '.join(told)}." if told else "Ask for --syllables instead.")
        return lines
