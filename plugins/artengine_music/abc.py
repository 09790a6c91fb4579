"""Reads ABC, the notation of folk tune books, as files in the wild have it.

Notes, rests, chords, ties, tuplets, broken rhythm, accidentals, keys with modes and extras, metre and key changes,
repeats and alternative endings, several voices, tempo. Left out: grace notes, decorations, chord symbols, lyrics.
Written for the ABC 2.1 standard (accidentals hold for their letter in every octave until the bar line, unless
``propagate-accidentals`` says otherwise), lenient about everything else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal

from artengine.works.score import Score
from artengine_music import abc_header
from artengine_music.bars import TICKS, Bar, Sound, assemble, bar_ticks, unfold

Repeats = Literal["written", "played", "all"]

_FIELD = re.compile(r"([A-Za-z])\s?:(?![|:])(.*)", re.S)
_COMMENT = re.compile(r"(?<!\\)%.*")
_MUSIC = re.compile(r"\|.*\||[A-Ga-gz][,']*\d*.*\|")
_PROSE = re.compile(r"[A-Za-z]{4,}")


def read(text: str, repeats: Repeats = "written") -> list[Score]:
    """The tunes of an ABC file, in order; those without a note are left out.

    :param repeats: ``written`` gives each passage once, with the last of its alternative endings; ``played`` repeats it;
        ``all`` gives every bar on the page once, all endings too (to hold one reader against another).
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
    starts = [m.start() for m in re.finditer(r"^X\s?:", text, re.M)]
    if not starts:
        return [text] if re.search(r"^\s*K\s?:", text, re.M) else []
    head = "".join(line + "\n" for line in text[: starts[0]].split("\n") if _FIELD.match(line) and line[0] in "CILMOQRSBV")
    return [head + text[a:b] for a, b in zip(starts, [*starts[1:], len(text)], strict=True)]


def read_tune(text: str, repeats: Repeats = "written") -> Score | None:
    """The tune of one ``X:`` block, ``None`` where it has no note."""
    tune = _Tune()
    blank = False
    for raw in text.split("\n"):
        line = raw.strip()
        if not line:
            blank = tune.in_body
        elif line[0] == "%":
            tune.directive(line)
        else:
            line = _COMMENT.sub("", line).strip()
            match = _FIELD.match(line)
            if match:
                tune.field(match[1], match[2].strip())
            elif tune.in_body and not (blank and _prose(line)):
                tune.music(line)
    return tune.score(repeats)


def _prose(line: str) -> bool:
    """Whether a line after a gap is talk about the tune rather than more of it."""
    bare = re.sub(r'"[^"]*"|![^!]*!|\[[A-Za-z]:[^\]]*\]', "", line)
    return not _MUSIC.search(bare) or len(_PROSE.findall(re.sub(r"[a-gA-G]{4,}", "", bare))) > 1


_LENGTH = r"(\d{0,5}/*\d{0,5})"
_TOKEN = re.compile(
    r"(?P<note>(\^\^?|__?|=)?([A-Ga-g])([,']*)" + _LENGTH + ")"
    r"|(?P<bar>(?:\[?\|+\]?:*|:+\|+\]?:*|::+)(\d[\d,.\-]*)?)"
    r"|(?P<broken>>+|<+)"
    r"|(?P<tie>-)"
    r"|(?P<rest>([zxZX])" + _LENGTH + ")"
    r"|(?P<tuplet>\((\d)(?::(\d*))?(?::(\d*))?)"
    r'|(?P<skip>\{[^}]*\}|"[^"]*"|!\s?[^!|\s]{1,24}!|\+[a-zA-Z.()<>]{1,24}\+|y\d*)'
    r"|(?P<inline>\[([A-Za-z]):([^\]]*)\])"
    r"|(?P<ending>\[\"?(\d[\d,.\-]*))"
    r"|(?P<open>\[)"
    r"|(?P<close>\]" + _LENGTH + ")"
    r"|(?P<overlay>&)", re.A)


@dataclass(slots=True)
class _Voice:
    bars: list[Bar]
    bar: Bar
    name: str = ""
    octave: int = 0
    marks: dict[tuple[str, int], int] = field(default_factory=dict)  # accidentals written in this bar
    tied: dict[tuple[str, int], int] = field(default_factory=dict)  # pitches held into the next note
    at: int = 0
    last: tuple[int, int, int] = (0, 0, 0)  # last note, chord or rest: index of its first sound, its start, its length
    scale: tuple[int, int] = (1, 1)  # of the next note, from broken rhythm
    tuplet: tuple[int, int, int] = (1, 1, 0)  # p, q and how many notes are left
    chord: int = -1  # index of the first sound of the chord that is open
    chord_ticks: int = 0
    ending: tuple[int, ...] = ()
    bracket: int = 0
    brackets: int = 0


class _Tune:
    """The state of reading one tune."""

    def __init__(self) -> None:
        self.in_body = False
        self.titles: list[str] = []
        self.labels: dict[str, str] = {}
        self.meter: tuple[int, int] = (4, 4)
        self.unit: Fraction | None = None
        self.tempo_text = ""
        self.signature = abc_header.Signature(None, {}, 0)
        self.octaves_alike = True
        self.alone = False
        self.voices: dict[str, _Voice] = {}
        self.voice: _Voice | None = None
        self.lengths: dict[str, int] = {}

    # Fields

    def directive(self, line: str) -> None:
        """Take note of the one directive that changes what is heard."""
        words = line.lstrip("%I: ").split()
        if len(words) > 1 and words[0].lstrip(":") == "propagate-accidentals":
            self.octaves_alike, self.alone = words[1] == "pitch", words[1] == "not"

    def field(self, name: str, value: str) -> None:
        """One information field, in the head, on a line of the body or inline."""
        if name == "M":
            self.meter = abc_header.meter(value) or self.meter
            if self.voice and not self.voice.bar.ticks:
                self.voice.bar.meter = self.meter
            if not self.in_body and self.unit is None:
                self.lengths.clear()
        elif name == "L":
            self.unit = abc_header.fraction(value) or self.unit
            self.lengths.clear()
        elif name == "K":
            self._key(value)
        elif name == "Q":
            self.tempo_text = value
            tempo = abc_header.tempo(value, self._unit())
            if tempo and self.voice:
                self.voice.bar.tempos.append((self.voice.at, tempo))
        elif name == "V":
            self._switch(value)
        elif name == "I":
            self.directive(value)
        elif name == "T" and value and not self.in_body:
            self.titles.append(value)
        elif value and (label := {"R": "rhythm", "C": "composer", "S": "source", "B": "collection", "O": "origin",
                                  "X": "number"}.get(name)):
            self.labels.setdefault(label, value.strip('"').lower() if name == "R" else value.strip().strip('"'))

    def _key(self, value: str) -> None:
        if self.in_body and not re.match(r"\s*([A-G]|HP|Hp|none|[\^_=])", value):
            return  # a change of clef
        self.signature = abc_header.key(value)
        if not self.in_body:
            self.in_body = True
            if self.voice is None:
                self._switch(next(iter(self.voices), "1"))
            tempo = abc_header.tempo(self.tempo_text, self._unit()) if self.tempo_text else None
            if tempo and self.voice:
                self.voice.bar.tempos.append((0, tempo))
        if self.signature.key and self.voice:
            self.voice.bar.keys.append((self.voice.at, *self.signature.key))

    def _switch(self, value: str) -> None:
        words = value.split()
        name = words[0] if words else "1"
        if name not in self.voices:
            self.voices[name] = _Voice([], Bar(self.meter))
        voice = self.voices[name]
        if found := re.search(r'(?:name|nm)\s*=\s*(?:"([^"]*)"|(\S+))', value):
            voice.name = found[1] or found[2] or ""
        if found := re.search(r"octave\s*=\s*([+-]?\d)", value):
            voice.octave = int(found[1])
        if self.in_body:
            self.voice = voice
            if not voice.bar.ticks:
                voice.bar.meter = self.meter

    def _unit(self) -> Fraction:
        if self.unit is None:
            top, bottom = self.meter if self.meter[1] else (4, 4)
            return Fraction(1, 16) if 4 * top < 3 * bottom else Fraction(1, 8)
        return self.unit

    def _ticks(self, text: str) -> int:
        ticks = self.lengths.get(text)
        if ticks is None:
            top, slashes, bottom = re.fullmatch(r"(\d*)(/*)(\d*)", text).groups()  # type: ignore[union-attr]
            whole = self._unit() * int(top or 1)
            if slashes:
                whole /= int(bottom) * 2 ** (len(slashes) - 1) if int(bottom or 0) else 2 ** min(len(slashes), 10)
            ticks = self.lengths[text] = int(whole * 4 * TICKS)
        return ticks

    # Music

    def music(self, line: str) -> None:
        """One line of notes."""
        v = self.voice
        assert v is not None  # a body has a voice
        for m in _TOKEN.finditer(line):
            kind = m.lastgroup
            if kind == "note":
                _, sign, letter, marks, length = m.group(1, 2, 3, 4, 5)
                self._note(v, sign, letter, marks, self._ticks(length))
            elif kind == "bar":
                self._bar(v, *m.group("bar", 7))
            elif kind == "rest":
                which, length = m.group(11, 12)
                self._rest(v, which, length)
            elif kind == "broken":
                self._broken(v, m["broken"])
            elif kind == "tie":
                self._tie(v)
            elif kind == "tuplet":
                self._tuplet(v, *m.group(14, 15, 16))
            elif kind == "open":
                v.chord, v.chord_ticks = len(v.bar.sounds), 0
            elif kind == "close" and v.chord >= 0:
                self._close(v, self._ticks(m[25]))
            elif kind == "inline":
                self.field(m[19], m[20].strip())
                v = self.voice or v
            elif kind == "ending":
                self._bar(v, "|" if v.bar.ticks else "", m[22])
            elif kind == "overlay":
                v.bar.ticks, v.at = max(v.bar.ticks, v.at), 0

    def _note(self, v: _Voice, sign: str | None, letter: str, marks: str, ticks: int) -> None:
        upper = letter.upper()
        octave = (5 if letter >= "a" else 4) + marks.count("'") - marks.count(",")
        place = (upper, 0 if self.octaves_alike else octave)
        if sign is not None:
            shift = abc_header.ACCIDENTALS[sign]
            if not self.alone:
                v.marks[place] = shift
        elif (upper, octave) in v.tied:
            shift = v.tied[upper, octave]
        else:
            shift = v.marks.get(place, self.signature.accidentals.get(upper, 0))
        pitch = 12 * (octave + 1 + v.octave + self.signature.octave) + abc_header.LETTERS[upper] + shift
        pitch = min(max(pitch, 0), 127)
        self._spelt = (upper, octave, shift)
        if v.chord >= 0:
            v.chord_ticks = v.chord_ticks or ticks
            v.bar.sounds.append(Sound(v.at, ticks, pitch, False))
            return
        v.tied = {}
        ticks = self._scaled(v, ticks)
        if ticks:
            v.bar.sounds.append(Sound(v.at, ticks, pitch, False))
        self._advance(v, len(v.bar.sounds) - 1 if ticks else len(v.bar.sounds), ticks)

    def _scaled(self, v: _Voice, ticks: int) -> int:
        """The length with tuplet and broken rhythm applied."""
        if v.scale != (1, 1):
            ticks = ticks * v.scale[0] // v.scale[1]
            v.scale = (1, 1)
        p, q, left = v.tuplet
        if left:
            ticks = ticks * q // p
            v.tuplet = (p, q, left - 1)
        return ticks

    def _advance(self, v: _Voice, first: int, ticks: int) -> None:
        v.last = (first, v.at, ticks)
        v.at += ticks
        v.bar.ticks = max(v.bar.ticks, v.at)

    def _close(self, v: _Voice, ticks: int) -> None:
        """End of a chord: its notes take the length after the bracket times their own."""
        unit = self._ticks("")
        total = self._scaled(v, v.chord_ticks * ticks // unit if unit else 0)
        sounds = v.bar.sounds
        for i in range(v.chord, len(sounds)):
            s = sounds[i]
            sounds[i] = s._replace(ticks=s.ticks * total // v.chord_ticks)
        if v.chord_ticks and total:
            self._advance(v, v.chord, total)
        v.tied = {}
        v.chord = -1

    def _rest(self, v: _Voice, which: str, length: str) -> None:
        v.tied = {}
        if which in "zx":
            ticks = self._scaled(v, self._ticks(length))
            self._advance(v, len(v.bar.sounds), ticks)
            return
        full = bar_ticks(self.meter if self.meter[1] else (4, 4))
        for i in range(min(int(length) if length.isdigit() else 1, 1000)):
            if i:
                self._bar(v, "|", None)
            self._advance(v, len(v.bar.sounds), full)

    def _tie(self, v: _Voice) -> None:
        if not v.bar.sounds:
            return
        first = len(v.bar.sounds) - 1 if v.chord >= 0 else v.last[0]
        for i in range(first, len(v.bar.sounds)):
            v.bar.sounds[i] = v.bar.sounds[i]._replace(tied=True)
        letter, octave, shift = self._spelt
        v.tied[letter, octave] = shift

    def _broken(self, v: _Voice, signs: str) -> None:
        if not v.last[2] or v.scale != (1, 1):
            return
        n = 2 ** min(len(signs), 4)
        long, short = (2 * n - 1, n), (1, n)
        mine, v.scale = (long, short) if signs[0] == ">" else (short, long)
        first, start, ticks = v.last
        scaled = ticks * mine[0] // mine[1]
        for i in range(first, len(v.bar.sounds)):
            s = v.bar.sounds[i]
            v.bar.sounds[i] = s._replace(ticks=s.ticks * mine[0] // mine[1])
        if v.bar.ticks == v.at:
            v.bar.ticks += scaled - ticks
        v.at = start + scaled
        v.last = (first, start, scaled)

    def _tuplet(self, v: _Voice, p: str, q: str | None, r: str | None) -> None:
        n = int(p)
        if n < 2:
            return
        compound = self.meter[1] >= 8 and self.meter[0] % 3 == 0
        usual = {2: 3, 3: 2, 4: 3, 6: 2, 8: 3}.get(n, 3 if compound else 2)
        v.tuplet = (n, int(q or 0) or usual, int(r or 0) or n)

    def _bar(self, v: _Voice, sign: str, times: str | None) -> None:
        """A bar line, with what it says of repeats, and the ending that starts after it."""
        end = len(sign) - len(sign.lstrip(":"))
        start = len(sign) - len(sign.rstrip(":"))
        if end == len(sign):  # "::"
            end, start = (end // 2, end // 2)
        if v.bar.ticks:
            v.bars.append(v.bar)
            v.bar = Bar(self.meter, ending=v.ending, bracket=v.bracket)
            v.at, v.last, v.scale, v.tuplet, v.chord = 0, (0, 0, 0), (1, 1), (1, 1, 0), -1
        if sign:
            v.marks = {}
        if end and v.bars:
            v.bars[-1].end = max(v.bars[-1].end, end)
        v.bar.start = v.bar.start or start > 0
        if end or start or "||" in sign or "]" in sign or "[" in sign:
            v.ending, v.bracket = (), 0
        if times:
            v.ending, v.brackets = _numbers(times), v.brackets + 1
            v.bracket = v.brackets
        v.bar.ending, v.bar.bracket = v.ending, v.bracket

    def score(self, repeats: Repeats) -> Score | None:
        """What was read."""
        for v in self.voices.values():
            if v.bar.ticks:
                v.bars.append(v.bar)
        voices = [v for v in self.voices.values() if any(bar.sounds for bar in v.bars)]
        if not voices:
            return None
        first = voices[0].bars
        for v in voices[1:]:  # repeats are often written in the first voice alone
            if len(v.bars) == len(first):
                for mine, lead in zip(v.bars, first, strict=True):
                    mine.start, mine.end, mine.ending, mine.bracket = lead.start, lead.end, lead.ending, lead.bracket
        title = self.titles[0] if self.titles else ""
        names = [v.name for v in voices] if any(v.name for v in voices) else ()
        return assemble([unfold(v.bars, repeats) for v in voices], title=title, names=names, labels=self.labels)


def _numbers(text: str) -> tuple[int, ...]:
    """``1``, ``1,3`` or ``1-3`` as the times an ending is played."""
    def parts() -> Iterator[int]:
        for part in re.split(r"[,.]", text):
            ends = [int(n) for n in part.split("-") if n]
            if ends:
                yield from range(min(ends[0], 99), min(ends[-1], 99) + 1)
    return tuple(sorted(set(parts()))) or (1,)
