"""Writes a Score as MusicXML 4.0 (partwise, uncompressed), one part for each voice.

Kept exactly: everything that two equal Scores have in common, but for time signatures that only repeat the one in force,
changes after the last bar, and two notes of one voice that sound one pitch together. What MusicXML has no element for (the
recipe, labels) stands in ``<miscellaneous-field>``.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from math import lcm

from artengine.works.score import Key, Meter, Score, Tempo
from artengine_music import notated
from artengine_music.notated import Piece, Symbol
from artengine_music.spelling import Keys, spell

FIELD = "artengine"
RECIPE = "artengine-recipe"
_TYPES = {Fraction(8): "breve", Fraction(4): "whole", Fraction(2): "half", Fraction(1): "quarter", Fraction(1, 2): "eighth",
          **{Fraction(4, n): f"{n}th" for n in (16, 64, 128, 256, 512, 1024)}, Fraction(1, 8): "32nd"}
_HEAD = ('<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE score-partwise PUBLIC '
         '"-//Recordare//DTD MusicXML 4.0 Partwise//EN" "http://www.musicxml.org/dtds/partwise.dtd">\n')


def write(score: Score, recipe: str = "") -> str:
    """The text of the file, with *recipe* inside where it is not empty."""
    return _HEAD + "\n".join(_lines(score, recipe)) + "\n"


def _lines(score: Score, recipe: str) -> Iterator[str]:
    count = max((n.voice for n in score.notes), default=0) + 1
    yield '<score-partwise version="4.0">'
    if score.title:
        yield f"<work><work-title>{_text(score.title)}</work-title></work>"
    yield "<identification>"
    if composer := score.labels.get("composer"):
        yield f'<creator type="composer">{_text(composer)}</creator>'
    yield "<encoding><software>artengine</software></encoding><miscellaneous>"
    yield f'<miscellaneous-field name="{FIELD}">pickup {score.pickup}</miscellaneous-field>'
    for name, value in score.labels.items():
        yield f'<miscellaneous-field name="{FIELD}-label-{_text(name)}">{_text(value)}</miscellaneous-field>'
    if recipe:
        yield f'<miscellaneous-field name="{RECIPE}">{_text(recipe)}</miscellaneous-field>'
    yield "</miscellaneous></identification><part-list>"
    for voice in range(count):
        name = score.voices[voice] if voice < len(score.voices) else ""
        yield f'<score-part id="P{voice + 1}"><part-name>{_text(name)}</part-name>'
        if voice < len(score.programs):
            ident, program = f'id="I{voice + 1}"', score.programs[voice] + 1
            yield (f"<score-instrument {ident}><instrument-name>{_text(name)}</instrument-name></score-instrument>"
                   f"<midi-instrument {ident}><midi-program>{program}</midi-program></midi-instrument>")
        yield "</score-part>"
    yield "</part-list>"
    for voice in range(count):
        yield from _Part(score, voice).lines()
    yield "</score-partwise>"


def _text(text: str) -> str:
    """Escaped, without the control characters that XML forbids."""
    text = "".join(c for c in text if c in "\t\n" or ord(c) >= 32)
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


class _Part:
    """Writes one voice."""

    def __init__(self, score: Score, voice: int) -> None:
        self.score, self.voice = score, voice
        self.keys = Keys(score)
        self.spans = notated.bars(score)
        self.lanes = [notated.pieces(lane, self.spans) for lane in notated.lanes(score.voice(voice))]
        times = [t for lane in self.lanes for bar in lane for p in bar for t in (p.onset, p.duration)]
        times += [s.duration for lane in self.lanes for bar in lane for p in bar for s in notated.symbols(p.duration)]
        times += [k.onset for k in score.keys] + [t.onset for t in score.tempos]
        self.divisions = lcm(1, *{t.denominator for t in times})

    def lines(self) -> Iterator[str]:
        """The ``<part>``."""
        yield f'<part id="P{self.voice + 1}">'
        changes = {m.onset: m for m in self.score.meters}
        offset = 0 if self.score.pickup else 1
        for i, (start, end) in enumerate(self.spans):
            implicit = ' implicit="yes"' if i == 0 and self.score.pickup else ""
            yield f'<measure number="{i + offset}"{implicit}>'
            meter, divisions = changes.get(start), f"<divisions>{self.divisions}</divisions>" if i == 0 else ""
            time = self._time(meter) if meter else ""
            keys = {k.onset: k for k in self.score.keys if start <= k.onset < end}
            key = self._key(keys.pop(start)) if start in keys else ""
            clef = self._clef() if i == 0 else ""
            if divisions or time or key:
                yield f"<attributes>{divisions}{key}{time}{clef}</attributes>"
            yield from self._changes(start, end, list(keys.values()))
            yield from self._bar(i, start, end)
            if i == len(self.spans) - 1:
                yield '<barline location="right"><bar-style>light-heavy</bar-style></barline>'
            yield "</measure>"
        yield "</part>"

    def _changes(self, start: Fraction, end: Fraction, keys: list[Key]) -> Iterator[str]:
        """Tempos, and keys within the bar, each at its time; then back to the start."""
        events: list[tuple[Fraction, str]] = [(k.onset, f"<attributes>{self._key(k)}</attributes>") for k in keys]
        if self.voice == 0:
            events += [(t.onset, self._tempo(t)) for t in self.score.tempos if start <= t.onset < end]
        at = start
        for onset, element in sorted(events):
            if onset > at:
                yield f"<forward><duration>{self._ticks(onset - at)}</duration></forward>"
            yield element
            at = onset
        if at > start:
            yield f"<backup><duration>{self._ticks(at - start)}</duration></backup>"

    def _bar(self, i: int, start: Fraction, end: Fraction) -> Iterator[str]:
        # A rest for a short bar must say how long it is: readers take a bar's rest to fill the metre.
        full = next(m for m in reversed(self.score.meters) if m.onset <= start).bar == end - start
        for lane, bars in enumerate(self.lanes):
            if lane and not any(p.notes for p in bars[i]):
                continue
            if lane:
                yield f"<backup><duration>{self._ticks(end - start)}</duration></backup>"
            for piece in bars[i]:
                yield from self._piece(piece, lane + 1, whole=full and piece.duration == end - start)

    def _piece(self, piece: Piece, lane: int, whole: bool) -> Iterator[str]:
        found = notated.symbols(piece.duration)
        if whole and not piece.notes:
            yield (f'<note><rest measure="yes"/><duration>{self._ticks(piece.duration)}</duration>'
                   f"<voice>{lane}</voice></note>")
            return
        if not found:
            found = [Symbol(Fraction(0), 0, 1, 1, piece.duration)]
        for k, symbol in enumerate(found):
            before, after = piece.held or k > 0, piece.tied or k + 1 < len(found)
            if not piece.notes:
                yield f"<note><rest/>{self._value(symbol, lane)}</note>"
            for n, note in enumerate(piece.notes):
                p = spell(note.pitch, self.keys.sharps(piece.onset))
                loud = f' dynamics="{note.velocity / 0.9:.2f}"' if note.velocity != 80 else ""
                alter = f"<alter>{p.alter}</alter>" if p.alter else ""
                ties = ("stop",) * before + ("start",) * after
                chord = "<chord/>" if n else ""
                tied = "".join(f'<tied type="{t}"/>' for t in ties)
                yield (f"<note{loud}>{chord}<pitch><step>{p.step}</step>{alter}<octave>{p.octave}</octave></pitch>"
                       + self._value(symbol, lane, "".join(f'<tie type="{t}"/>' for t in ties))
                       + (f"<notations>{tied}</notations></note>" if ties else "</note>"))

    def _value(self, symbol: Symbol, lane: int, ties: str = "") -> str:
        kind = f"<type>{_TYPES[symbol.quarters]}</type>{'<dot/>' * symbol.dots}" if symbol.quarters else ""
        tuplet = (f"<time-modification><actual-notes>{symbol.actual}</actual-notes>"
                  f"<normal-notes>{symbol.normal}</normal-notes></time-modification>") if symbol.actual > 1 else ""
        return f"<duration>{self._ticks(symbol.duration)}</duration>{ties}<voice>{lane}</voice>{kind}{tuplet}"

    def _ticks(self, time: Fraction) -> int:
        return int(time * self.divisions)

    def _time(self, meter: Meter) -> str:
        return f"<time><beats>{meter.numerator}</beats><beat-type>{meter.denominator}</beat-type></time>"

    def _key(self, key: Key) -> str:
        return f"<key><fifths>{key.sharps}</fifths><mode>{key.mode}</mode></key>"

    def _tempo(self, tempo: Tempo) -> str:
        shown = f"{tempo.quarters:.2f}".rstrip("0").rstrip(".")
        return ('<direction placement="above"><direction-type><metronome><beat-unit>quarter</beat-unit>'
                f"<per-minute>{shown}</per-minute></metronome></direction-type>"
                f'<sound tempo="{tempo.quarters!r}"/></direction>')

    def _clef(self) -> str:
        pitches = sorted(n.pitch for n in self.score.voice(self.voice))
        low = bool(pitches) and pitches[len(pitches) // 2] < 57
        return f"<clef><sign>{'F' if low else 'G'}</sign><line>{4 if low else 2}</line></clef>"
