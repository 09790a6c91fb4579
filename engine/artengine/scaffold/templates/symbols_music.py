"""What a symbol is: a note or a rest with its length, such as ``67 1/2``; tunes are moved to end on a C."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import islice
from typing import ClassVar

import numpy as np

from artengine.scaffold.templates.plugin_generator_music import Controls
from artengine.works import Key, Meter, Note, Score, Tempo

GRID = 4  # places in a quarter note
PLACES = 12 * GRID  # a place in twelve quarter notes is one in the bar, in any common metre


def spell(work: Score) -> list[str]:
    """The symbols of the first voice; a note that begins before the last one ends cuts it short."""
    notes = work.voice(0)
    if not notes:
        return []
    home = -(notes[-1].pitch % 12)
    home += 12 if home < -6 else 0
    symbols: list[str] = []
    at = notes[0].onset
    for i, note in enumerate(notes):
        if note.onset < at:
            continue  # another note of a chord
        if note.onset > at:
            symbols.append(f"R {note.onset - at}")
        end = next((later.onset for later in islice(notes, i + 1, None) if later.onset > note.onset), work.length)
        length = min(note.duration, end - note.onset)
        symbols.append(f"{min(127, max(0, note.pitch + home))} {length}")
        at = note.onset + length
    return symbols


def places(symbols: Sequence[str]) -> list[int]:
    """Where each symbol begins, on the grid."""
    found, at = [], Fraction(0)
    for symbol in symbols:
        found.append(int(at * GRID) % PLACES)
        at += length_of(symbol)
    return found


def length_of(symbol: str) -> Fraction:
    """Quarter notes that a symbol lasts."""
    return Fraction(symbol.partition(" ")[2] or 0)


class Line:
    """One tune as it is written: knows what may come next, so that it ends on time and at home."""

    NEEDS: ClassVar[tuple[str, ...]] = ()  # symbols that the alphabet must have whatever the corpus

    def __init__(self, alphabet: Sequence[str], controls: Controls) -> None:
        self.alphabet = alphabet
        self.lengths = [length_of(symbol) for symbol in alphabet]
        self.home = np.array([symbol.partition(" ")[0] in map(str, range(0, 128, 12)) for symbol in alphabet])
        top, bottom = map(int, controls.meter.split("/"))
        self.meter = Meter(Fraction(0), top, bottom)
        self.end = controls.bars * self.meter.bar
        self.symbols = [0]
        self.at = Fraction(0)
        self._may = self._fitting()

    @property
    def done(self) -> bool:
        """Nothing more fits."""
        return not self._may.any()

    def fields(self) -> tuple[int, int]:
        """What the network is told: the last symbol and the place of the next."""
        return self.symbols[-1], int(self.at * GRID) % PLACES

    def allowed(self) -> np.ndarray:
        """What may come next.  (V,) bool"""
        return self._may

    def push(self, symbol: int) -> None:
        """Take the next symbol."""
        self.symbols.append(symbol)
        self.at += self.lengths[symbol]
        self._may = self._fitting()

    def _fitting(self) -> np.ndarray:
        left = self.end - self.at
        fits = np.array([0 < length <= left for length in self.lengths])
        closing = fits & self.home & np.array([length == left for length in self.lengths])
        return closing if closing.any() and left <= self.meter.beat * 2 else fits

    def work(self) -> Score:
        """The tune."""
        notes, at = [], Fraction(0)
        for symbol in self.symbols[1:]:
            pitch = self.alphabet[symbol].partition(" ")[0]
            if pitch != "R":
                notes.append(Note(at, self.lengths[symbol], int(pitch)))
            at += self.lengths[symbol]
        return Score(tuple(notes), (self.meter,), (Key.of(0),), (Tempo(Fraction(0), 100.0),), length=self.end, title="Tune")
