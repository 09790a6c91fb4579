"""A tune in one line of text, for a command line or a test: ``"[key=G] [meter=6/8] D4/2 G4 G4/2 B4*2 R"``.

Words, parted by spaces:

* ``C4``, ``F#5``, ``Bb3``: a note, by letter, ``#`` or ``b`` (twice for double ones) and octave; C4 is middle C. It lasts
  a quarter note.
* ``/N`` after a note makes it N times shorter, ``*N`` N times longer: ``E4/2`` is an eighth, ``E4*2`` a half, ``E4*3/2``
  a dotted quarter, ``E4/1.5`` a triplet quarter. N is a whole or a decimal number.
* ``R`` (or ``r``, ``z``): a rest, with a length in the same way.
* ``C4+E4+G4/2``: notes that sound together, with one length for all.
* ``|``: a bar line, for the reader's eye only.
* ``[key=G]``, ``[key=F# minor]``, ``[meter=6/8]``, ``[tempo=90]`` (quarter notes a minute): from here on.
* ``[pickup=1/2]``: quarter notes before the first full bar; ``[length=16]``: quarter notes in all, with rests at the end.
"""

from __future__ import annotations

import re
from fractions import Fraction

from artengine.errors import ArtengineError
from artengine.works.score import Key, Meter, Note, Score, Tempo

_STEPS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_NUMBER = r"\d{1,6}(?:\.\d{1,6})?"
_LENGTH = rf"((?:\*{_NUMBER})?(?:/{_NUMBER})?)"
_PITCH = re.compile(r"([A-Ga-g])(##?|bb?|♯|♭)?(-?\d{1,2})")
_SOUND = re.compile(rf"((?:[A-Ga-g][#b♯♭]{{0,2}}-?\d{{1,2}}\+?)+|[Rrz]){_LENGTH}")
_WORD = re.compile(r"\[[^\]]*\]|\S+")
_NAMES = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")
_FLATS = ("C", "Db", "D", "Eb", "E", "F", "Gb", "G", "Ab", "A", "Bb", "B")
_HELP = 'A tune is written like "C4 D4 E4/2 R G#4*1.5 [key=G] [meter=6/8]": /2 halves a quarter note, *2 doubles it.'


def parse(text: str) -> Score:
    """The tune that *text* describes.

    :raises ArtengineError: naming the word that is not understood.
    """
    at = Fraction(0)
    notes: list[Note] = []
    meters: dict[Fraction, Meter] = {Fraction(0): Meter(Fraction(0), 4, 4)}
    keys: dict[Fraction, Key] = {}
    tempos: dict[Fraction, Tempo] = {Fraction(0): Tempo(Fraction(0), 100.0)}
    pickup = length = Fraction(0)
    for word in _WORD.findall(text):
        if set(word) <= set("|:"):
            continue
        if word.startswith("["):
            name, value = _setting(word)
            try:
                if name == "key":
                    keys[at] = Key.parse(value, at)
                elif name == "meter":
                    meters[at] = _meter(value, at)
                elif name == "tempo":
                    tempos[at] = Tempo(at, _positive(float(value)))
                elif name == "pickup":
                    pickup = Fraction(value)
                else:
                    length = Fraction(value)
            except (ValueError, ZeroDivisionError):
                raise ArtengineError(f'"{value}" in "{word}" is not a {name}.', _HELP) from None
            continue
        sound = _SOUND.fullmatch(word)
        if not sound or sound[1].endswith("+"):
            raise ArtengineError(f'"{word[:40]}" is not a note.', _HELP)
        duration = _duration(sound[2], word)
        notes += [Note(at, duration, pitch) for pitch in dict.fromkeys(_pitches(sound[1], word))]
        at += duration
    if not notes:
        raise ArtengineError("There is no note in this tune.", _HELP)
    if not 0 <= pickup < meters[Fraction(0)].bar:
        raise ArtengineError(f"A pick-up of {pickup} does not fit a bar of {meters[Fraction(0)]}.",
                             "It is counted in quarter notes.")
    return Score(tuple(notes), tuple(meters.values()), tuple(keys.values()), tuple(tempos.values()), pickup, max(length, at))


def unparse(score: Score) -> str:
    """The text that :func:`parse` reads as *score*: its first voice, where notes that sound together begin and end together.

    :raises ArtengineError: where they do not.
    """
    settings: dict[Fraction, list[str]] = {}
    if score.pickup:
        settings.setdefault(Fraction(0), []).append(f"[pickup={score.pickup}]")
    for meter in score.meters:
        settings.setdefault(meter.onset, []).append(f"[meter={meter}]")
    for key in score.keys:
        settings.setdefault(key.onset, []).append(f"[key={key}]")
    for tempo in score.tempos:
        settings.setdefault(tempo.onset, []).append(f"[tempo={tempo.quarters!r}]")
    chords: dict[Fraction, list[Note]] = {}
    for note in score.voice(0):
        chords.setdefault(note.onset, []).append(note)
    words: list[str] = []
    at = Fraction(0)

    def settle(until: Fraction) -> None:
        """Rests up to *until*, with the settings on the way."""
        nonlocal at
        for onset in sorted(t for t in settings if t <= until):
            if onset > at:
                words.append("R" + _text(onset - at))
                at = onset
            words.extend(settings.pop(onset))
        if until > at:
            words.append("R" + _text(until - at))
            at = until

    for onset, chord in sorted(chords.items()):
        duration = chord[0].duration
        if onset < at or any(n.duration != duration for n in chord) or any(onset < t < onset + duration for t in settings):
            raise ArtengineError(f"The notes at {onset} overlap in a way that one line of text cannot say.",
                                 "Write a MIDI file instead.")
        settle(onset)
        flats = any(k.sharps < 0 for k in score.keys if k.onset <= onset)
        names = _FLATS if flats else _NAMES
        words.append("+".join(f"{names[n.pitch % 12]}{n.pitch // 12 - 1}" for n in chord) + _text(duration))
        at = onset + duration
    if score.length > at:
        words.append(f"[length={score.length}]")
    return " ".join(words)


def _text(duration: Fraction) -> str:
    top, bottom = duration.numerator, duration.denominator
    return (f"*{top}" if top != 1 else "") + (f"/{bottom}" if bottom != 1 else "")


def _setting(word: str) -> tuple[str, str]:
    match = re.fullmatch(r"\[\s*(key|meter|metre|tempo|pickup|length)\s*=\s*([^\]]*?)\s*\]", word, re.I)
    if not match:
        raise ArtengineError(f'"{word[:40]}" is not a setting.',
                             "Settings are [key=G], [meter=6/8], [tempo=90], [pickup=1/2] and [length=16].")
    return match[1].lower().replace("metre", "meter"), match[2]


def _meter(value: str, at: Fraction) -> Meter:
    top, _, bottom = value.partition("/")
    numerator, denominator = int(top), int(bottom)
    if not 1 <= numerator <= 64 or denominator not in (1, 2, 4, 8, 16, 32, 64):
        raise ValueError(value)
    return Meter(at, numerator, denominator)


def _positive(value: float) -> float:
    if not 1.0 <= value <= 1000.0:
        raise ValueError(value)
    return value


def _duration(length: str, word: str) -> Fraction:
    duration = Fraction(1)
    for sign, number in re.findall(rf"([*/])({_NUMBER})", length):
        # Decimals are rounded to simple fractions, so that 0.333333 is a third.
        n = Fraction(number).limit_denominator(1000)
        if n == 0:
            raise ArtengineError(f'"{word}" has no length.', _HELP)
        duration = duration * n if sign == "*" else duration / n
    if duration > 1024:
        raise ArtengineError(f'"{word}" lasts {duration} quarter notes, more than 1024.', _HELP)
    return duration


def _pitches(names: str, word: str) -> list[int]:
    found = []
    for letter, sign, octave in _PITCH.findall("" if names in ("R", "r", "z") else names):
        alter = sign.count("#") + sign.count("♯") - sign.count("b") - sign.count("♭")
        pitch = 12 * (int(octave) + 1) + _STEPS[letter.upper()] + alter
        if not 0 <= pitch <= 127:
            raise ArtengineError(f'"{word}" is out of reach: notes go from C-1 to G9.', "C4 is middle C.")
        found.append(pitch)
    return found
