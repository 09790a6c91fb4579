"""Writes a Score as ABC 2.1.

Kept exactly: pitches, lengths, bars, metres, keys with church modes, pick-up, tempos, voices, rests at the end. The recipe
stands in a ``%%artengine`` comment line. Not kept: velocities, programs, time signatures that only repeat the one in
force, changes after the last bar, two notes of one voice that start together on one pitch.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

from artengine.works.score import Key, Score
from artengine_music import notated
from artengine_music.abc import PICKUP, RECIPE
from artengine_music.abc_header import ACCIDENTALS, accidentals
from artengine_music.notated import Piece
from artengine_music.spelling import Keys, Spelt, spell

_UNIT = Fraction(1, 2)  # L:1/8, in quarter notes
_PER_LINE = 4  # bars
_LABELS = {"C": "composer", "R": "rhythm", "S": "source", "B": "collection", "O": "origin"}
_SIGNS = {shift: sign for sign, shift in ACCIDENTALS.items()}
_TUPLETS = {3: (3, 2), 5: (5, 4), 7: (7, 4)}


def write(score: Score, recipe: str = "", number: int = 1) -> str:
    """The text of one tune, with *recipe* (one line) in a comment where it is not empty."""
    count = max((n.voice for n in score.notes), default=0) + 1
    lines = [f"X:{number}", f"{PICKUP}{score.pickup}"]
    if recipe:
        lines.append(RECIPE + recipe)
    lines.append(f"T:{_clean(score.title) or 'Untitled'}")
    lines += [f"{field}:{_clean(score.labels[label])}" for field, label in _LABELS.items() if label in score.labels]
    lines += [f"M:{score.meter}", "L:1/8"]
    if score.tempos and score.tempos[0].onset == 0:
        lines.append(f"Q:1/4={_number(score.tempo)}")
    for i in range(count if count > 1 else 0):
        name = _clean(score.voices[i]).replace('"', "'") if i < len(score.voices) else ""
        lines.append(f"V:{i + 1}" + (f' name="{name}"' if name else ""))
    lines.append("K:" + _key(score.keys[0] if score.keys and score.keys[0].onset == 0 else None))
    for i in range(count):
        if count > 1:
            lines.append(f"V:{i + 1}")
        lines += _Voice(score, i).lines()
    return "\n".join(lines) + "\n"


def _clean(text: str) -> str:
    return " ".join(text.replace("%", "\\%").split())


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) else repr(value)


def _key(key: Key | None) -> str:
    return "none" if key is None else key.tonic + {"major": "", "minor": "m"}.get(key.mode, " " + key.mode)


class _Voice:
    """Writes one voice."""

    def __init__(self, score: Score, voice: int) -> None:
        self.score = score
        self.keys = Keys(score)
        self.spans = notated.bars(score)
        self.fields: dict[Fraction, list[str]] = {}
        for meter in score.meters[1:]:
            self.fields.setdefault(meter.onset, []).append(f"[M:{meter}]")
        for key in score.keys:
            if key.onset:
                self.fields.setdefault(key.onset, []).append(f"[K:{_key(key)}]")
        for tempo in score.tempos if voice == 0 else ():
            if tempo.onset or tempo != score.tempos[0]:
                self.fields.setdefault(tempo.onset, []).append(f"[Q:1/4={_number(tempo.quarters)}]")
        # A field can only stand between two symbols: what sounds on through it is cut and tied.
        self.lanes = [notated.pieces(lane, self.spans, self.fields) for lane in notated.lanes(score.voice(voice))]

    def lines(self) -> Iterator[str]:
        """The lines of music."""
        line: list[str] = []
        for i in range(len(self.spans)):
            self.marks: dict[tuple[str, int], int] = {}  # accidentals in this bar, by letter and octave
            self.letters: dict[str, int] = {}  # and by letter, as readers differ over other octaves
            sung = [bars[i] for k, bars in enumerate(self.lanes) if k == 0 or any(p.notes for p in bars[i])]
            line.append(" & ".join(self._bar(pieces, lead=k == 0) for k, pieces in enumerate(sung)))
            if len(line) == _PER_LINE or i == len(self.spans) - 1:
                yield " | ".join(line) + (" |]" if i == len(self.spans) - 1 else " |")
                line = []

    def _bar(self, pieces: Sequence[Piece], lead: bool) -> str:
        out: list[str] = []
        i = 0
        while i < len(pieces):
            if lead:
                out += self.fields.get(pieces[i].onset, ())
            group, (p, q) = self._tuplet(pieces, i)
            if len(group) > 1:
                out.append((f"({p}" if (p, q) == (3, 2) and len(group) == 3 else f"({p}:{q}:{len(group)}")
                           + "".join(self._symbol(x, Fraction(p, q)) for x in group))
                i += len(group)
            else:
                # Eighths and shorter notes of one beat are written together, so that they are beamed.
                text = self._symbol(pieces[i], Fraction(1))
                if i and self._beamed(pieces[i - 1], pieces[i]) and out and not out[-1].startswith(("[", "(")):
                    out[-1] += text
                else:
                    out.append(text)
                i += 1
        return " ".join(out)

    def _beamed(self, a: Piece, b: Piece) -> bool:
        return a.duration < 1 and b.duration < 1 and self._beat(a.onset) == self._beat(b.onset)

    def _beat(self, onset: Fraction) -> int:
        meter = next(m for m in reversed(self.score.meters) if m.onset <= onset)
        start = meter.onset or self.score.pickup
        return (onset - start) // meter.beat

    def _tuplet(self, pieces: Sequence[Piece], i: int) -> tuple[Sequence[Piece], tuple[int, int]]:
        """The pieces from the *i*-th on that make a whole tuplet; just that one where they do not."""
        odd = next((n for n in _TUPLETS if pieces[i].duration.denominator % n == 0), 0)
        total = Fraction(0)
        for j in range(i, min(i + 9, len(pieces)) if odd else i):
            if pieces[j].duration.denominator % odd or (j > i and pieces[j].onset in self.fields):
                break
            total += pieces[j].duration
            if total.denominator % odd:
                if j == i + 8:
                    break
                continue
            if j > i:
                return pieces[i:j + 1], _TUPLETS[odd]
        return pieces[i:i + 1], (1, 1)

    def _symbol(self, piece: Piece, stretch: Fraction) -> str:
        length = _length(piece.duration * stretch / _UNIT)
        if not piece.notes:
            return "z" + length
        sharps = self.keys.sharps(piece.onset)
        spelt = [spell(note.pitch, sharps) for note in piece.notes]
        # E flat and E natural in one chord: a tie would carry the one's accidental to the other.
        crowded = len({(p.step, p.octave) for p in spelt}) < len(spelt)
        names = [self._pitch(pitch, sharps, crowded) for pitch in spelt]
        tie = "-" if piece.tied else ""
        return (names[0] if len(names) == 1 else f"[{''.join(names)}]") + length + tie

    def _pitch(self, pitch: Spelt, sharps: int, explicit: bool) -> str:
        letter, shift, octave = pitch
        usual = accidentals(sharps).get(letter, 0)
        sign = ""
        if explicit or self.marks.get((letter, octave), usual) != shift or self.letters.get(letter, usual) != shift:
            sign = _SIGNS[shift]
            self.marks[letter, octave] = self.letters[letter] = shift
        return sign + (letter.lower() + "'" * (octave - 5) if octave >= 5 else letter + "," * (4 - octave))


def _length(units: Fraction) -> str:
    top = "" if units.numerator == 1 else str(units.numerator)
    bottom = "" if units.denominator == 1 else "/" if units.denominator == 2 else f"/{units.denominator}"
    return top + bottom
