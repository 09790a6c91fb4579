"""One voice of an ABC tune while it is read: from the symbols of its lines to bars of notes."""

from __future__ import annotations

import re
from fractions import Fraction

from artengine_music.abc_header import ACCIDENTALS, LETTERS, Signature
from artengine_music.bars import TICKS, Bar, bar_ticks

_LENGTH = r"(\d{0,5}/*\d{0,5})"
_TOKEN = re.compile(  # what could run on is bounded, or a file of opening brackets would take hours
    r"(?P<note>((?:\^\^?|__?|=)?[A-Ga-g][,']*)" + _LENGTH + ")"
    r"|(?P<bar>(?:\[?\|+\]?:*|:+\|+\]?:*|::+)(\d[\d,.\-]*)?)"
    r"|(?P<broken>>+|<+)"
    r"|(?P<tie>-)"
    r"|(?P<rest>([zxZX])" + _LENGTH + ")"
    r"|(?P<tuplet>\((\d)(?::(\d*))?(?::(\d*))?)"
    r'|(?P<skip>\{[^}]{0,400}\}|"[^"]{0,400}"|!\s?[^!|\s]{1,24}!|\+[a-zA-Z.()<>]{1,24}\+|y\d*)'
    r"|(?P<inline>\[([A-Za-z]):([^\]]{0,400})\])"
    r"|(?P<ending>\[\"?(\d[\d,.\-]*))"
    r"|(?P<open>\[)"
    r"|(?P<close>\]" + _LENGTH + ")"
    r"|(?P<overlay>&)", re.A)
_NUMBER = re.compile(r"(\d*)(/*)(\d*)")
_PITCH = re.compile(r"(\^\^|\^|=|__|_)?([A-Ga-g])([,']*)")
_LOUD = 80


class Voice:
    """Takes the lines of one voice, in order, and keeps its bars."""

    def __init__(self, meter: tuple[int, int], unit: Fraction | None, signature: Signature, propagate: str) -> None:
        self.meter, self.unit, self.signature, self.propagate = meter, unit, signature, propagate
        self.name = ""
        self.octave = 0
        self.bars: list[Bar] = []
        self.bar = Bar(meter)
        self.at = 0  # ticks in the bar
        self.lengths: dict[str, int] = {}
        self.names: dict[str, tuple[str, int, int | None]] = {}  # written pitch → letter, octave, accidental
        self.marks: dict[str, int] = {}  # accidentals written in this bar
        self.tied: dict[str, int] = {}  # accidentals that a tie holds into the next note
        self.spelt = ("", 0)
        self.last = (0, 0, 0)  # last note, chord or rest: index of its first sound, its start, its length
        self.broken = (1, 1)  # what broken rhythm makes of the next note
        self.tuplet = (1, 1, 0)  # p, q and how many notes are left
        self.chord = -1  # index of the first sound of the chord that is open
        self.chord_ticks = 0
        self.ending: tuple[int, ...] = ()
        self.bracket = self.brackets = 0

    def set_meter(self, meter: tuple[int, int]) -> None:
        """A time signature; within a bar it holds from the next."""
        self.meter = meter
        if not self.bar.ticks:
            self.bar.meter = meter
        if self.unit is None:
            self.lengths.clear()

    def set_unit(self, unit: Fraction) -> None:
        """The unit length, of a whole note."""
        self.unit = unit
        self.lengths.clear()

    def set_key(self, signature: Signature) -> None:
        """A key, from here on."""
        self.signature = signature
        if signature.key:
            self.bar.keys.append((self.at, *signature.key))

    @property
    def unit_length(self) -> Fraction:
        """The unit length in force: where none is given, a 16th in short bars and an eighth in others."""
        if self.unit is not None:
            return self.unit
        top, bottom = self.meter if self.meter[1] else (4, 4)
        return Fraction(1, 16) if 4 * top < 3 * bottom else Fraction(1, 8)

    def read(self, line: str, start: int = 0) -> tuple[str, str, int] | None:  # noqa: PLR0912 (a symbol is one branch each)
        """Read a line from *start*, up to a field in brackets: its letter, its value, and where the line goes on."""
        for m in _TOKEN.finditer(line, start):
            kind = m.lastgroup
            if kind == "note":
                self._note(m[2], m[3])
            elif kind == "bar":
                self.close(m[4], m[5])
            elif kind == "broken":
                self._break(m[6])
            elif kind == "tie":
                self._tie()
            elif kind == "rest":
                self._rest(m[9], m[10])
            elif kind == "tuplet":
                self._start_tuplet(int(m[12]), m[13], m[14])
            elif kind == "open":
                self.chord, self.chord_ticks = len(self.bar.sounds), 0
            elif kind == "close":
                if self.chord >= 0:
                    self._end_chord(self._ticks(m[23]))
            elif kind == "inline":
                return m[17], m[18].strip(), m.end()
            elif kind == "ending":
                self.close("|" if self.bar.ticks else "", m[20], whole=False)
            elif kind == "overlay":
                self.bar.ticks, self.at = max(self.bar.ticks, self.at), 0
        return None

    def _ticks(self, text: str) -> int:
        ticks = self.lengths.get(text)
        if ticks is None:
            top, slashes, bottom = _NUMBER.fullmatch(text).groups()  # type: ignore[union-attr]  # the token's own pattern
            length = self.unit_length * int(top or 1)
            if slashes:
                length /= int(bottom) if int(bottom or 0) else 2 ** min(len(slashes), 10)
            ticks = self.lengths[text] = int(length * 4 * TICKS)
        return ticks

    def _pitch(self, text: str) -> int:
        known = self.names.get(text)
        if known is None:
            sign, letter, marks = _PITCH.fullmatch(text).groups()  # type: ignore[union-attr]  # as above
            octave = (5 if letter >= "a" else 4) + marks.count("'") - marks.count(",")
            known = self.names[text] = letter.upper(), octave, ACCIDENTALS[sign] if sign else None
        letter, octave, shift = known
        place = letter if self.propagate == "pitch" else f"{letter}{octave}"
        if shift is not None:
            if self.propagate != "not":
                self.marks[place] = shift
        elif self.tied and f"{letter}{octave}" in self.tied:
            shift = self.tied[f"{letter}{octave}"]
        else:
            shift = self.marks.get(place)
            if shift is None:
                shift = self.signature.accidentals.get(letter, 0)
        self.spelt = letter + str(octave), shift
        pitch = 12 * (octave + 1 + self.octave + self.signature.octave) + LETTERS[letter] + shift
        return min(max(pitch, 0), 127)

    def _note(self, name: str, length: str) -> None:
        pitch = self._pitch(name)
        ticks = self._ticks(length)
        sounds = self.bar.sounds
        if self.chord >= 0:
            self.chord_ticks = self.chord_ticks or ticks
            sounds.append((self.at, ticks, pitch, False, _LOUD))
            return
        if self.tied:
            self.tied = {}
        ticks = self._scaled(ticks)
        if ticks:
            sounds.append((self.at, ticks, pitch, False, _LOUD))
            self._advance(len(sounds) - 1, ticks)

    def _scaled(self, ticks: int) -> int:
        """The length with broken rhythm and tuplet applied."""
        if self.broken != (1, 1):
            ticks = ticks * self.broken[0] // self.broken[1]
            self.broken = (1, 1)
        p, q, left = self.tuplet
        if left:
            ticks = ticks * q // p
            self.tuplet = (p, q, left - 1)
        return ticks

    def _advance(self, first: int, ticks: int) -> None:
        self.last = (first, self.at, ticks)
        self.at += ticks
        self.bar.ticks = max(self.bar.ticks, self.at)

    def _stretch(self, first: int, top: int, bottom: int) -> None:
        """Scale the lengths of the sounds from the index *first* on."""
        sounds = self.bar.sounds
        for i in range(first, len(sounds)):
            at, ticks, pitch, tied, loud = sounds[i]
            sounds[i] = at, ticks * top // bottom, pitch, tied, loud

    def _end_chord(self, ticks: int) -> None:
        """End of a chord: its notes take the length after the bracket times their own."""
        unit = self._ticks("")
        total = self._scaled(self.chord_ticks * ticks // unit if unit else 0)
        if self.chord_ticks and total:
            self._stretch(self.chord, total, self.chord_ticks)
            self._advance(self.chord, total)
        else:
            del self.bar.sounds[self.chord:]
        if not any(sound[3] for sound in self.bar.sounds[self.chord:]):
            self.tied = {}
        self.chord = -1

    def _rest(self, which: str, length: str) -> None:
        self.tied = {}
        if which in "zx":
            self._advance(len(self.bar.sounds), self._scaled(self._ticks(length)))
            return
        full = bar_ticks(self.meter if self.meter[1] else (4, 4))
        for i in range(min(int(length) if length.isdigit() else 1, 1000)):
            if i:
                self.close("|", None)
            self._advance(len(self.bar.sounds), full)

    def _tie(self) -> None:
        sounds = self.bar.sounds
        first = len(sounds) - 1 if self.chord >= 0 else self.last[0]
        if not sounds or first < 0:
            return
        for i in range(first, len(sounds)):
            sounds[i] = (*sounds[i][:3], True, _LOUD)
        self.tied[self.spelt[0]] = self.spelt[1]

    def _break(self, signs: str) -> None:
        """Broken rhythm: the last note and the next share their time unevenly."""
        first, start, ticks = self.last
        if not ticks or self.broken != (1, 1):
            return
        n = 2 ** min(len(signs), 4)
        long, short = (2 * n - 1, n), (1, n)
        mine, self.broken = (long, short) if signs[0] == ">" else (short, long)
        self._stretch(first, *mine)
        scaled = ticks * mine[0] // mine[1]
        if self.bar.ticks == self.at:
            self.bar.ticks += scaled - ticks
        self.at = start + scaled
        self.last = (first, start, scaled)

    def _start_tuplet(self, p: int, q: str | None, r: str | None) -> None:
        compound = self.meter[1] >= 8 and self.meter[0] % 3 == 0
        usual = {2: 3, 3: 2, 4: 3, 6: 2, 8: 3}.get(p, 3 if compound else 2)
        if p > 1:
            self.tuplet = (p, int(q or 0) or usual, int(r or 0) or p)

    def close(self, sign: str, times: str | None, whole: bool = True) -> None:
        """A bar line with what it says of repeats, and the ending that starts after it.

        :param whole: whether it ends a bar; an ending that starts within a bar only parts it.
        """
        end = len(sign) - len(sign.lstrip(":"))
        start = len(sign) - len(sign.rstrip(":"))
        if end == len(sign):  # "::"
            end = start = end // 2
        if self.bar.ticks:
            self.bars.append(self.bar)
            self.bar = Bar(self.meter)
            self.at, self.last, self.broken, self.tuplet, self.chord = 0, (0, 0, 0), (1, 1), (1, 1, 0), -1
        if whole and self.marks:
            self.marks = {}
        if end and self.bars:
            self.bars[-1].end = max(self.bars[-1].end, end)
        self.bar.start = self.bar.start or start > 0
        if end or start or "||" in sign or "]" in sign or "[" in sign:
            self.ending, self.bracket = (), 0
        if times:
            self.brackets += 1
            self.ending, self.bracket = _numbers(times), self.brackets
        self.bar.ending, self.bar.bracket = self.ending, self.bracket

    def finish(self) -> list[Bar]:
        """All bars, the last one too."""
        if self.bar.ticks:
            self.close("|", None)
        return self.bars


def _numbers(text: str) -> tuple[int, ...]:
    """``1``, ``1,3`` or ``1-3`` as the times an ending is played."""
    times: set[int] = set()
    for part in re.split(r"[,.]", text):
        ends = [min(int(n), 99) for n in part.split("-") if n]
        if ends:
            times.update(range(ends[0], ends[-1] + 1))
    return tuple(sorted(times)) or (1,)
