"""A corpus by its melodies alone, small enough to travel in a model's file: does a new tune quote an old one?

A melody becomes one byte a note: the interval from the note before (up to an octave either way) and how its length relates
to that note's, so that transposition, tempo and notation do not matter. The bytes are kept whole, one tune after the other.
Eight of them are one 64-bit number, exactly and without hashing, so a look-up finds every place where eight steps agree and
a longer run is a chain of such places: nothing is found that is not there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from artengine.works import Note, Score
from artengine_music.critics.lines import voice_line

GRAM = 8  # steps (nine notes) that must agree before a likeness counts
_RATIOS = np.log2(np.array([1 / 4, 1 / 3, 1 / 2, 2 / 3, 1, 3 / 2, 2, 3, 4]))  # of a note's length to the one before
_END = 255  # stands between tunes and in no melody


@dataclass(frozen=True, slots=True)
class Overlap:
    """How much of a score is also in a corpus."""

    notes: int
    """Notes of the longest run shared with one tune, 0 where it is under nine."""
    bars: float
    """Length of that run in bars of the score."""
    share: float
    """Share of the score's nine-note figures that occur anywhere in the corpus, 0..1."""
    title: str
    """The tune with the longest run; empty for none."""
    start: int = 0
    """Bar of the score in which the run begins, counted from 1 (0: in the pick-up)."""


def steps(line: Sequence[Note]) -> Any:
    """A line as bytes, one for each note after the first.  (notes - 1,) uint8"""
    if len(line) < 2:
        return np.zeros(0, np.uint8)
    pitch = np.array([n.pitch for n in line])
    onset = np.array([float(n.onset) for n in line])
    # From onset to onset, so that a note held and a note cut short by a rest are the same figure.
    length = np.maximum(np.diff(np.r_[onset, onset[-1] + float(line[-1].duration)]), 1e-3)
    ratio = np.log2(length[1:] / length[:-1])
    classes = np.abs(ratio[:, None] - _RATIOS).argmin(axis=1)
    return ((np.clip(np.diff(pitch), -12, 12) + 12) * len(_RATIOS) + classes).astype(np.uint8)


def build(scores: Iterable[Score]) -> dict[str, Any]:
    """The fingerprint of a corpus: ``steps`` uint8 (n,), ``starts`` uint32 (tunes,), ``titles`` uint8 (UTF-8 lines)."""
    parts: list[Any] = []
    starts: list[int] = []
    titles: list[str] = []
    at = 0
    for score in scores:
        for voice in sorted({n.voice for n in score}):
            line = steps(voice_line(score, voice))
            if line.size < GRAM:
                continue
            starts.append(at)
            titles.append(" ".join(score.title.split()) or "untitled")
            parts += [line, np.array([_END], np.uint8)]
            at += line.size + 1
    packed = np.frombuffer("\n".join(titles).encode(), np.uint8).copy()
    return {"steps": np.concatenate(parts) if parts else np.zeros(0, np.uint8), "starts": np.array(starts, np.uint32),
            "titles": packed}


class Fingerprint:
    """A fingerprint made ready for questions."""

    def __init__(self, arrays: Mapping[str, Any]) -> None:
        self.steps = np.ascontiguousarray(arrays["steps"], np.uint8)
        self.starts = np.asarray(arrays["starts"])
        self.titles = bytes(np.asarray(arrays["titles"], np.uint8)).decode("utf-8", "replace").split("\n")
        grams = _grams(self.steps)
        self.order = np.argsort(grams, kind="stable")
        self.grams = grams[self.order]

    def tune_at(self, position: int) -> int:
        """Index of the tune that holds a position of ``steps``."""
        return int(np.searchsorted(self.starts, position, "right")) - 1

    def overlap(self, score: Score) -> Overlap:
        """What *score* shares with the corpus, in the voice that shares most."""
        best, found, asked = Overlap(0, 0.0, 0.0, ""), 0, 0
        for voice in sorted({n.voice for n in score}):
            line = voice_line(score, voice)
            grams = _grams(steps(line))
            low, high = np.searchsorted(self.grams, grams, "left"), np.searchsorted(self.grams, grams, "right")
            found, asked = found + int((high > low).sum()), asked + grams.size
            length, end, place = self._longest(low, high)
            if length + GRAM > best.notes and length:
                first, last = end - length + 1, end + GRAM  # notes of the line
                until = line[last + 1].onset if last + 1 < len(line) else line[last].onset + line[last].duration
                lines = score.barlines
                bar = int(np.searchsorted([float(b) for b in lines], float(line[first].onset), "right")) - bool(score.pickup)
                best = Overlap(length + GRAM, float((until - line[first].onset) / score.meter.bar), 0.0,
                               self.titles[self.tune_at(place)], bar)
        return Overlap(best.notes, best.bars, found / asked if asked else 0.0, best.title, best.start)

    def _longest(self, low: Any, high: Any) -> tuple[int, int, int]:
        """(grams in the longest chain, index of its last gram, place of that in the corpus)."""
        best = (0, 0, 0)
        places, lengths = np.zeros(0, np.int64), np.zeros(0, np.int64)
        for i, (a, b) in enumerate(zip(low, high, strict=True)):
            now = np.sort(self.order[a:b])
            grown = np.ones(now.size, np.int64)
            if places.size and now.size:
                at = np.minimum(np.searchsorted(places, now - 1), places.size - 1)
                goes_on = places[at] == now - 1
                grown[goes_on] = lengths[at[goes_on]] + 1
            if now.size and grown.max() > best[0]:
                best = (int(grown.max()), i, int(now[grown.argmax()]))
            places, lengths = now, grown
        return best


def overlap(score: Score, arrays: Mapping[str, Any]) -> Overlap:
    """What *score* shares with the corpus of :func:`build`; for many scores make one :class:`Fingerprint`."""
    return Fingerprint(arrays).overlap(score)


def _grams(line: Any) -> Any:
    """Every ``GRAM`` neighbouring bytes as one number.  (n - 7,) uint64"""
    if line.size < GRAM:
        return np.zeros(0, np.uint64)
    # A figure that reaches over the end of a tune holds the byte 255, which no melody has, and so is never found.
    return np.lib.stride_tricks.sliding_window_view(line, GRAM).copy().view(np.uint64)[:, 0]
