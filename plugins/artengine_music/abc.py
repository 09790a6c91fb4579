"""Reads ABC, the notation of folk tune books, as files in the wild have it.

Notes, rests, chords, ties, tuplets, broken rhythm, accidentals, keys with modes and extras, metre and key changes,
repeats and alternative endings, several voices, tempo. Left out: grace notes, decorations, chord symbols, lyrics.
After the ABC 2.1 standard (accidentals hold for their letter in every octave until the bar line, unless
``propagate-accidentals`` says otherwise), lenient about everything else.
"""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Literal

from artengine.errors import ArtengineError
from artengine.works.score import Score
from artengine_music import abc_header
from artengine_music.abc_body import Voice
from artengine_music.abc_header import Signature
from artengine_music.bars import assemble, unfold

Repeats = Literal["written", "played", "all"]
RECIPE, PICKUP = "%%artengine-recipe ", "%%artengine pickup "

_FIELD = re.compile(r"([A-Za-z])\s?:(?![|:])(.*)", re.S)
_COMMENT = re.compile(r"(?<!\\)%.*")
_LARGEST = 1 << 20  # characters of one tune; the longest in the books have 10,000
_PROSE = re.compile(r"[A-Za-z]{4,}")
_LABELS = {"R": "rhythm", "C": "composer", "S": "source", "B": "collection", "O": "origin", "X": "number"}


def read(text: str, repeats: Repeats = "written") -> list[Score]:
    """The tunes of an ABC file, in order; those without a note are left out.

    :param repeats: ``written`` gives each passage once, with the last of its alternative endings; ``played`` repeats it;
        ``all`` gives every bar on the page once, all endings too (to hold one reader against another).
    :raises ArtengineError: where a tune is far too long for one.
    """
    return [score for tune in tunes(text) if (score := read_tune(tune, repeats)) is not None]


def decode(data: bytes) -> str:
    """The text of a file: UTF-8, or Latin-1 where it is not that (as old tune books are)."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def tunes(text: str) -> list[str]:
    """The text of each tune of a file, with the fields of the file's head put before each."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    starts = [m.start() for m in re.finditer(r"^[ \t]*X[ \t]?:", text, re.M)]
    if not starts:
        return [text] if re.search(r"^\s*K\s?:", text, re.M) else []
    head = "".join(line + "\n" for line in text[: starts[0]].split("\n") if _FIELD.match(line) and line[0] in "CILMOQRSBV")
    return [head + text[a:b] for a, b in zip(starts, [*starts[1:], len(text)], strict=True)]


def recipe(text: str) -> str | None:
    """The recipe that our writer put in the file, ``None`` where there is none."""
    return next((line.removeprefix(RECIPE) for line in text.split("\n") if line.startswith(RECIPE)), None)


def read_tune(text: str, repeats: Repeats = "written") -> Score | None:
    """The tune of one ``X:`` block, ``None`` where it has no note.

    :raises ArtengineError: where it is far too long for a tune.
    """
    if len(text) > _LARGEST:
        raise ArtengineError(f"One tune in it is longer than {_LARGEST} characters.", "It is broken, or no ABC.")
    tune = _Tune()
    blank = False
    for raw in text.split("\n"):
        line = raw.strip()
        if not line:
            blank = tune.in_body
        elif line[0] == "%":
            tune.directive(line)
        else:
            if "%" in line:
                line = _COMMENT.sub("", line).replace("\\%", "%").strip()
            match = _FIELD.match(line) if line[1:3].lstrip()[:1] == ":" else None
            if match:
                tune.field(match[1], match[2].strip())
            elif tune.in_body and not (blank and _prose(line)):
                tune.music(line)
    return tune.score(repeats)


def _prose(line: str) -> bool:
    """Whether a line after a gap is talk about the tune rather than more of it."""
    bare = re.sub(r'"[^"]{0,400}"|![^!]{0,40}!|\[[A-Za-z]:[^\]]{0,400}\]', "", line)
    return "|" not in bare or len(_PROSE.findall(re.sub(r"[a-gA-G]{4,}", "", bare))) > 1


class _Tune:
    """The state of reading one tune: what its head says, and its voices."""

    def __init__(self) -> None:
        self.in_body = False
        self.titles: list[str] = []
        self.labels: dict[str, str] = {}
        self.meter: tuple[int, int] = (4, 4)
        self.unit: Fraction | None = None
        self.tempo = ""
        self.signature = Signature(None, {}, 0)
        self.propagate = "pitch"
        self.exact: Fraction | None = None
        self.voices: dict[str, Voice] = {}
        self.voice: Voice | None = None  # the one being written; there is none before the body

    def directive(self, line: str) -> None:
        """Take note of the directives that change what is heard, and of ours."""
        if line.startswith(PICKUP):
            try:
                self.exact = Fraction(line.removeprefix(PICKUP).strip())
            except (ValueError, ZeroDivisionError):
                self.exact = None
        words = line.lstrip("%I: ").split()
        if len(words) > 1 and words[0] == "propagate-accidentals":
            self.propagate = words[1]

    def field(self, name: str, value: str) -> None:  # noqa: PLR0912 (a field is one branch each)
        """One information field, in the head, on a line of the body or inline."""
        voice = self.voice
        if name == "M" and (meter := abc_header.meter(value)):
            if voice:
                voice.set_meter(meter)
            else:
                self.meter = meter
        elif name == "L" and (unit := abc_header.fraction(value)):
            if voice:
                voice.set_unit(unit)
            else:
                self.unit = unit
        elif name == "K":
            self._key(value)
        elif name == "Q":
            self.tempo = value
            if voice:
                self._set_tempo(voice)
        elif name == "V":
            self._switch(value)
        elif name == "I":
            self.directive(value)
        elif name == "T" and value and not self.in_body:
            self.titles.append(value)
        elif value and name in _LABELS:
            value = value.strip('" ')
            self.labels.setdefault(_LABELS[name], value.lower() if name == "R" else value)

    def _key(self, value: str) -> None:
        if not self.voice:  # the first key ends the head
            self.signature = abc_header.key(value)
            self.in_body = True
            self._switch(next(iter(self.voices), "1"))
            assert self.voice is not None  # switching made it
            self._set_tempo(self.voice)
        elif re.match(r"\s*([A-G]|HP|Hp|none|[\^_=])", value):  # and not just a clef
            self.voice.set_key(abc_header.key(value))

    def _set_tempo(self, voice: Voice) -> None:
        tempo = abc_header.tempo(self.tempo, voice.unit_length) if self.tempo else None
        if tempo:
            voice.bar.tempos.append((voice.at, tempo))

    def _switch(self, value: str) -> None:
        """Go over to a voice, or define one in the head."""
        words = value.split()
        name = words[0] if words else "1"
        voice = self.voices.get(name)
        if voice is None:
            voice = self.voices[name] = Voice(self.meter, self.unit, self.signature, self.propagate)
        if found := re.search(r'(?:name|nm)\s*=\s*(?:"([^"]*)"|(\S+))', value):
            voice.name = found[1] or found[2] or ""
        if found := re.search(r"octave\s*=\s*([+-]?\d)", value):
            voice.octave = int(found[1])
        if self.in_body:
            if not voice.bars and not voice.bar.ticks and not voice.bar.keys:  # it starts as the head says
                voice.unit, voice.propagate = voice.unit or self.unit, self.propagate
                voice.set_meter(self.meter)
                voice.set_key(self.signature)
            self.voice = voice

    def music(self, line: str) -> None:
        """One line of notes."""
        at = 0
        while self.voice and (inline := self.voice.read(line, at)):
            name, value, at = inline
            self.field(name, value)

    def score(self, repeats: Repeats) -> Score | None:
        """What was read."""
        found = [(v.name, v.finish()) for v in self.voices.values()]
        voices = [(name, bars) for name, bars in found if self.exact is not None or any(bar.sounds for bar in bars)]
        if not any(bar.sounds for _, bars in voices for bar in bars):
            return None
        first = voices[0][1]
        for _, bars in voices[1:]:  # repeats are often written in the first voice alone
            if len(bars) == len(first):
                for mine, lead in zip(bars, first, strict=True):
                    mine.start, mine.end, mine.ending, mine.bracket = lead.start, lead.end, lead.ending, lead.bracket
        names = [name for name, _ in voices] if any(name for name, _ in voices) else ()
        order: Repeats = repeats if self.exact is None else "all"
        title = self.titles[0] if self.titles else ""
        score = assemble([unfold(bars, order) for _, bars in voices], title=title, names=names, labels=self.labels,
                         exact=self.exact)
        return score if score.notes else None
