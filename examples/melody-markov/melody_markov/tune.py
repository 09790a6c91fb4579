"""One tune in the making: bars of rhythm, pitches for them, and phrases that come again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from artengine.nn.sampling import Sampler, uniforms
from artengine.works import Key, Meter, Note, Score, Tempo
from melody_markov import Controls
from melody_markov.chain import BAR, CLOSE, LOWEST, MAJOR, MINOR, PITCHES, START, TICKS, Chain

PHRASE = 4  # bars
TRIES = 32  # of the last bar


class Tune:
    """One tune in the making."""

    def __init__(self, chain: Chain, header: Mapping[str, Any], controls: Controls, order: int, seed: int) -> None:
        self.chain, self.controls, self.order, self.noise = chain, controls, order, uniforms(seed)
        frames = header["frames"]
        total = np.cumsum([frame[-1] for frame in frames])
        numerator, denominator, self.tonic, minor, _ = frames[int((total <= next(self.noise) * total[-1]).sum())]
        self.metre, self.kind = Meter(Fraction(0), numerator, denominator), MINOR if minor else MAJOR
        self.bars: list[int] = []  # what is written so far, as symbols
        self.notes = [START] * order
        self.rhythms = header["bars"]
        self.fits = np.array([bar[:2] == [numerator, denominator] for bar in self.rhythms])
        self.begins = self.fits & np.array([bar[2:3] == [0] for bar in self.rhythms])

    def write(self) -> Score:
        """Phrase by phrase; the last bar is drawn until it closes on the tonic by itself, as tunes do."""
        phrases: dict[tuple[str, int], tuple[int, list[int]]] = {}
        for i in range(self.controls.bars - 1):
            place = self.controls.form[i // PHRASE % len(self.controls.form)], i % PHRASE
            if place not in phrases:
                phrases[place] = self.bar(BAR, self.fits if i else self.begins)
            self.bars.append(phrases[place][0])
            self.notes += phrases[place][1]
        for _ in range(TRIES):
            rhythm, pitches = self.bar(CLOSE, self.begins)
            if (pitches[-1] + LOWEST) % 12 == 0:
                break
        pitches[-1] = round((pitches[-1] + LOWEST) / 12) * 12 - LOWEST
        self.bars.append(rhythm)
        self.notes += pitches
        return self.score()

    def bar(self, kind: int, allowed: np.ndarray) -> tuple[int, list[int]]:
        """What may come next: a bar's rhythm, and a pitch for each of its onsets."""
        rhythm = self.draw(kind, self.bars[-1:], allowed)
        notes = self.notes[-self.order:]
        for _ in self.rhythms[rhythm][2:]:
            notes.append(self.draw(self.kind, notes[-self.order:], np.ones(PITCHES, bool)))
        return rhythm, notes[self.order:]

    def draw(self, kind: int, before: Sequence[int], allowed: np.ndarray) -> int:
        """One symbol."""
        logits = self.chain.logits(kind, before, len(allowed))
        return Sampler(self.controls.temperature).pick(logits, allowed, next(self.noise))

    def score(self) -> Score:
        """Every note lasts until the next, so that every bar is full."""
        onsets = [i * self.metre.bar + Fraction(tick, TICKS)
                  for i, bar in enumerate(self.bars) for tick in self.rhythms[bar][2:]]
        ends = [*onsets[1:], len(self.bars) * self.metre.bar]
        pitches = [self.tonic + LOWEST + pitch for pitch in self.notes[self.order:]]
        key = Key.of(self.tonic, "minor" if self.kind == MINOR else "major")
        return Score(tuple(Note(a, b - a, pitch) for a, b, pitch in zip(onsets, ends, pitches, strict=True)), (self.metre,),
                     (key,), (Tempo(Fraction(0), 104 * float(self.metre.beat)),), title=f"Markov tune in {key}")
