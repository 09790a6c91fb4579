"""The information fields of ABC: key, metre, unit length and tempo, in all the forms that files in the wild use."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import NamedTuple

from artengine.works.score import Key

LETTERS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
ACCIDENTALS = {"^^": 2, "^": 1, "=": 0, "_": -1, "__": -2}
_SHARPS = "FCGDAEB"
# Quarter notes a minute where a tempo is given as a word only.
_WORDS = {"larghetto": 60.0, "largo": 50.0, "grave": 40.0, "lento": 50.0, "adagio": 66.0, "andantino": 84.0, "andante": 76.0,
          "moderato": 108.0, "allegretto": 116.0, "allegro": 132.0, "vivace": 160.0, "prestissimo": 200.0, "presto": 184.0,
          "slow": 66.0, "moderate": 100.0, "lively": 132.0, "fast": 144.0}


class Signature(NamedTuple):
    """What a ``K:`` field says."""

    key: tuple[str, str] | None
    """Tonic and mode; ``None`` where it names none."""
    accidentals: dict[str, int]
    """Semitones by which each altered letter (capital) is raised."""
    octave: int
    """Octaves by which everything sounds higher."""


def accidentals(sharps: int) -> dict[str, int]:
    """The key signature of that many sharps (flats where negative)."""
    if sharps >= 0:
        return {letter: 1 + (i < sharps - 7) for i, letter in enumerate(_SHARPS[:sharps])}
    return dict.fromkeys(_SHARPS[sharps:], -1)


_KEY = re.compile(r"([A-G])([#b♯♭n]?)\s*(m(?!aj|in|ix|ajor|inor)|[A-Za-z]{3,}|M)?", re.A)
_EXTRA = re.compile(r"(\^\^?|__?|=)([A-Ga-g])")
_OCTAVE = re.compile(r"octave\s*=\s*([+-]?\d)")
_CLEF = re.compile(r"(?:treble|bass|alto|tenor|perc|G2?|F4?|C[34]?)([+-])8")


def key(text: str) -> Signature:
    """Read a key: ``G``, ``Em``, ``A Dorian``, ``D Phr ^f``, ``D exp ^f ^c``, ``HP``, ``none``; junk is no key."""
    text = text.strip()
    octave = sum(int(n) for n in _OCTAVE.findall(text)) + sum(1 if s == "+" else -1 for s in _CLEF.findall(text))
    text = re.sub(r"\b(?:clef|octave|middle|m|transpose|score|sound|shift|stafflines|staffscale|style|cue|t|name|nm|snm)"
                  r"\s*=\s*(?:\"[^\"]*\"|\S+)", "", text)
    if text[:2] in ("HP", "Hp"):
        return Signature(("A", "mixolydian"), {"F": 1, "C": 1, **({"G": 0} if text[1] == "p" else {})}, octave)
    extra = {letter.upper(): ACCIDENTALS[sign] for sign, letter in _EXTRA.findall(text)}
    match = _KEY.match(text)
    if not match or text.lower().startswith("none"):
        return Signature(None, extra, octave)
    letter, sign, word = match.groups()
    sign = {"♯": "#", "♭": "b", "n": ""}.get(sign, sign)
    if word in ("exp", "Exp"):
        return Signature(None, extra, octave)
    word = (word or "").strip()
    try:
        # The standard ignores the case of a mode, so that even "M" is minor; the two tunes of Ryan's that have it are.
        named = Key.parse(letter + sign + (" m" if word in ("m", "M") else f" {word[:3]}" if word else ""))
    except ValueError:  # "bass", say
        named = Key.parse(letter + sign)
    if abs(named.sharps) > 8:
        named = Key.of(named.pitch_class, named.mode)
    return Signature((named.tonic, named.mode), {**accidentals(named.sharps), **extra}, octave)


def meter(text: str) -> tuple[int, int] | None:
    """Read a metre: ``6/8``, ``C``, ``C|``, ``2+3/8``, ``(2+3+2)/8``; (0, 0) for ``none``, ``None`` for what is no metre."""
    text = text.strip()
    if text.startswith("C|"):
        return 2, 2
    if text[:1] in ("C", "c"):
        return 4, 4
    if not text or text.lower().startswith("none"):
        return 0, 0
    match = re.match(r"\(?\s*(\d+(?:\s*\+\s*\d+)*)\s*\)?\s*/\s*(\d+)", text)
    if not match:
        return None
    top, bottom = sum(int(n) for n in match[1].split("+")), int(match[2])
    return (top, bottom) if 0 < top <= 512 and bottom in (1, 2, 4, 8, 16, 32, 64) else None


def fraction(text: str) -> Fraction | None:
    """Read a length such as ``1/8``, of a whole note."""
    match = re.match(r"\s*(\d+)\s*(?:/\s*(\d+))?", text)
    if not match or int(match[1]) == 0 or int(match[2] or 1) == 0:
        return None
    return Fraction(int(match[1]), int(match[2] or 1))


def tempo(text: str, unit: Fraction) -> float | None:
    """Read a tempo as quarter notes a minute: ``1/4=120``, ``"Slow" 3/8=60``, ``120``, ``C3=80``, ``Andante``.

    *unit* is the unit length (of a whole note) in force. A bare number counts quarter notes.
    """
    words = " ".join(re.findall(r'"([^"]*)"', text)) or text
    bare = re.sub(r'"[^"]*"', " ", text).strip()
    match = re.search(r"=\s*(\d+(?:\.\d+)?)", bare)
    if match:
        beats, rate = bare[: match.start()], float(match[1])
        lengths = [Fraction(int(a), int(b)) for a, b in re.findall(r"(\d+)\s*/\s*(\d+)", beats) if int(b)]
        if not lengths:
            of_unit = re.search(r"C\s*(\d*)", beats)
            lengths = [unit * int(of_unit[1] or 1)] if of_unit else [Fraction(1, 4)]
        found = rate * float(sum(lengths) * 4)
    elif match := re.match(r"(\d+(?:\.\d+)?)\s*$", bare):
        found = float(match[1])
    else:
        found = next((q for word, q in _WORDS.items() if word in words.lower()), 0.0)
    return found if 5.0 <= found <= 1000.0 else None
