"""A piece of music, in notated time.

Time is in quarter notes, as exact fractions, from the start of the piece (the start of the pick-up where there is one).
Bars follow from the metres: each :class:`Meter` starts a bar at its onset and holds until the next. An irregular bar is a
metre of its own, as in engraving programs.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import Any, ClassVar, NamedTuple

_LETTERS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_FIFTHS = {"F": -1, "C": 0, "G": 1, "D": 2, "A": 3, "E": 4, "B": 5}
# Church modes as steps on the circle of fifths away from the major key on the same tonic.
MODES = {"major": 0, "minor": -3, "dorian": -2, "phrygian": -4, "lydian": 1, "mixolydian": -1, "locrian": -5}
_SCALES = {"major": (0, 2, 4, 5, 7, 9, 11), "minor": (0, 2, 3, 5, 7, 8, 10), "dorian": (0, 2, 3, 5, 7, 9, 10),
           "phrygian": (0, 1, 3, 5, 7, 8, 10), "lydian": (0, 2, 4, 6, 7, 9, 11), "mixolydian": (0, 2, 4, 5, 7, 9, 10),
           "locrian": (0, 1, 3, 5, 6, 8, 10)}


class Note(NamedTuple):
    """One sounding note; a tied note is one note."""

    onset: Fraction
    """Quarter notes from the start of the piece."""
    duration: Fraction
    """Quarter notes, more than 0."""
    pitch: int
    """MIDI number, 0 to 127; 60 is middle C, written C4."""
    velocity: int = 80
    """1 to 127."""
    voice: int = 0
    """Index of the voice, from 0."""


class Meter(NamedTuple):
    """A time signature from *onset* on."""

    onset: Fraction
    numerator: int
    denominator: int

    @property
    def bar(self) -> Fraction:
        """Length of a bar in quarter notes."""
        return Fraction(4 * self.numerator, self.denominator)

    @property
    def beat(self) -> Fraction:
        """Length of a felt beat in quarter notes: a dotted value in compound time (6/8, 9/8, 12/8)."""
        compound = self.denominator >= 8 and self.numerator % 3 == 0 and self.numerator > 3
        return Fraction(4 * (3 if compound else 1), self.denominator)

    def __str__(self) -> str:
        return f"{self.numerator}/{self.denominator}"


class Tempo(NamedTuple):
    """A tempo from *onset* on."""

    onset: Fraction
    quarters: float
    """Quarter notes a minute."""


class Key(NamedTuple):
    """A key from *onset* on."""

    onset: Fraction
    tonic: str
    """Letter with ``#`` or ``b``, for example ``F#``."""
    mode: str = "major"
    """One of ``MODES``."""

    @property
    def pitch_class(self) -> int:
        """Semitones of the tonic above C, 0 to 11."""
        return (_LETTERS[self.tonic[0]] + self.tonic.count("#") - self.tonic.count("b")) % 12

    @property
    def sharps(self) -> int:
        """Sharps of the key signature; negative for flats."""
        return _FIFTHS[self.tonic[0]] + 7 * (self.tonic.count("#") - self.tonic.count("b")) + MODES[self.mode]

    @property
    def scale(self) -> tuple[int, ...]:
        """Pitch classes of the scale, from the tonic up."""
        return tuple((self.pitch_class + step) % 12 for step in _SCALES[self.mode])

    def __str__(self) -> str:
        return f"{self.tonic} {self.mode}"

    @classmethod
    def parse(cls, text: str, onset: Fraction = Fraction(0)) -> Key:
        """Read ``G``, ``F# minor``, ``Bb mixolydian``, ``Em`` or ``Ador``. Raises ``ValueError`` for anything else."""
        text = text.strip().replace("♯", "#").replace("♭", "b")
        letter, rest = text[:1].upper(), text[1:]
        if letter not in _LETTERS:
            raise ValueError(f"{text!r} is not a key")
        accidental = rest[: len(rest) - len(rest.lstrip("#b"))]
        word = rest[len(accidental):].strip().lower()
        named = {"": "major", "m": "minor", "ionian": "major", "aeolian": "minor"}.get(word)
        mode = named or next((m for m in MODES if len(word) >= 3 and (m.startswith(word) or word[:3] == m[:3])), None)
        if word[:3] in ("ion", "aeo"):
            mode = "major" if word[:3] == "ion" else "minor"
        if mode is None or len(accidental) > 1:
            raise ValueError(f"{text!r} is not a key")
        return cls(onset, letter + accidental, mode)

    @classmethod
    def of(cls, pitch_class: int, mode: str = "major", onset: Fraction = Fraction(0)) -> Key:
        """The key on *pitch_class* spelt with the fewest accidentals."""
        names = [n + a for n in _LETTERS for a in ("", "#", "b")]
        keys = [cls(onset, n, mode) for n in names]
        return min((k for k in keys if k.pitch_class == pitch_class % 12), key=lambda k: (abs(k.sharps), k.sharps < 0))


@dataclass(frozen=True)
class Score:
    """A piece of music. Equal when what is heard and how it is barred are equal; titles and names do not count."""

    medium: ClassVar[str] = "music"
    notes: tuple[Note, ...]
    """Sorted by onset, then voice, then pitch."""
    meters: tuple[Meter, ...] = (Meter(Fraction(0), 4, 4),)
    """At least one, the first at onset 0 (it governs the pick-up too)."""
    keys: tuple[Key, ...] = ()
    """Empty where the key is not known."""
    tempos: tuple[Tempo, ...] = (Tempo(Fraction(0), 100.0),)
    pickup: Fraction = Fraction(0)
    """Length of the incomplete bar before the first full one, less than a bar."""
    length: Fraction = Fraction(-1)
    """End of the piece with its closing rests; by default the end of the last note."""
    title: str = field(default="", compare=False)
    voices: tuple[str, ...] = field(default=(), compare=False)
    """Names of the voices, where they have any."""
    programs: tuple[int, ...] = field(default=(), compare=False)
    """General MIDI program (0 to 127) of each voice, where known."""
    labels: dict[str, str] = field(default_factory=dict, compare=False)
    """What else is known: composer, rhythm (``reel``), source."""

    def __post_init__(self) -> None:
        # One order, so that equal music compares equal.
        object.__setattr__(self, "notes", tuple(sorted(self.notes, key=lambda n: (n.onset, n.voice, n.pitch, n.duration))))
        end = max((n.onset + n.duration for n in self.notes), default=Fraction(0))
        object.__setattr__(self, "length", max(end, self.length))
        if not self.meters or self.meters[0].onset != 0:
            raise ValueError("a score needs a metre at its start")

    @property
    def meter(self) -> Meter:
        """The metre it starts in."""
        return self.meters[0]

    @property
    def key(self) -> Key | None:
        """The key it starts in, ``None`` where it is not known."""
        return self.keys[0] if self.keys else None

    @property
    def tempo(self) -> float:
        """Quarter notes a minute at the start."""
        return self.tempos[0].quarters if self.tempos else 100.0

    @cached_property
    def barlines(self) -> tuple[Fraction, ...]:
        """Onsets of the bars, the pick-up's (0) included where there is one; never empty."""
        lines: list[Fraction] = [Fraction(0)] if self.pickup else []
        at = self.pickup
        later = list(self.meters[1:])
        meter = self.meters[0]
        while at < self.length or not lines:
            while later and later[0].onset <= at:
                meter = later.pop(0)
            lines.append(at)
            at += meter.bar
            if later and later[0].onset < at:  # a metre always starts a bar
                at = later[0].onset
        return tuple(lines)

    @property
    def bars(self) -> int:
        """Number of full bars begun (the pick-up does not count)."""
        return len(self.barlines) - bool(self.pickup)

    def voice(self, index: int) -> tuple[Note, ...]:
        """The notes of one voice."""
        return tuple(n for n in self.notes if n.voice == index)

    def seconds(self, at: Fraction) -> float:
        """Time in seconds of the score time *at*."""
        total, last = 0.0, Tempo(Fraction(0), self.tempo)
        for tempo in (*self.tempos[1:], Tempo(at, 0.0)):
            until = min(tempo.onset, at)
            if until > last.onset:
                total += float(until - last.onset) * 60.0 / last.quarters
                last = Tempo(until, last.quarters)
            if tempo.onset >= at:
                break
            last = tempo
        return total

    def to_data(self) -> dict[str, Any]:
        """Plain data, as kept in a recipe."""
        return {
            "medium": self.medium,
            "notes": [[str(n.onset), str(n.duration), n.pitch, n.velocity, n.voice] for n in self.notes],
            "meters": [[str(m.onset), m.numerator, m.denominator] for m in self.meters],
            "keys": [[str(k.onset), k.tonic, k.mode] for k in self.keys],
            "tempos": [[str(t.onset), t.quarters] for t in self.tempos],
            "pickup": str(self.pickup), "length": str(self.length), "title": self.title,
            "voices": list(self.voices), "programs": list(self.programs), "labels": dict(self.labels),
        }

    @classmethod
    def from_data(cls, data: dict[str, Any]) -> Score:
        """What :meth:`to_data` gave."""
        return cls(
            notes=tuple(Note(Fraction(o), Fraction(d), p, v, w) for o, d, p, v, w in data["notes"]),
            meters=tuple(Meter(Fraction(o), n, d) for o, n, d in data["meters"]),
            keys=tuple(Key(Fraction(o), t, m) for o, t, m in data["keys"]),
            tempos=tuple(Tempo(Fraction(o), float(q)) for o, q in data["tempos"]),
            pickup=Fraction(data["pickup"]), length=Fraction(data["length"]), title=data.get("title", ""),
            voices=tuple(data.get("voices", ())), programs=tuple(data.get("programs", ())), labels=data.get("labels", {}),
        )

    def __iter__(self) -> Iterator[Note]:
        return iter(self.notes)

    def __len__(self) -> int:
        return len(self.notes)

    def _repr_html_(self) -> str:
        from artengine import showing  # stands above the works, and is only ever needed in a notebook

        return showing.html(self)

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        from artengine import showing  # as above

        printer.text(showing.summary(self))
