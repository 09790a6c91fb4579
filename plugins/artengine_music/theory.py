"""What the music plugins share: keys found by ear, and a line found in chords."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from itertools import pairwise

from artengine.works.score import Key, Note

# Probe-tone ratings: Krumhansl & Kessler, "Tracing the dynamic changes in perceived tonal organization", 1982.
PROFILES = {
    "major": (6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88),
    "minor": (6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17),
}


def pitch_class_weights(notes: Iterable[Note]) -> list[float]:
    """Time each pitch class sounds, in quarter notes.  (12,)"""
    weights = [0.0] * 12
    for note in notes:
        weights[note.pitch % 12] += float(note.duration)
    return weights


def correlation(a: list[float], b: list[float]) -> float:
    """Pearson's r, 0 where either is constant."""
    ma, mb = sum(a) / len(a), sum(b) / len(b)
    ab = sum((x - ma) * (y - mb) for x, y in zip(a, b, strict=True))
    aa, bb = sum((x - ma) ** 2 for x in a), sum((y - mb) ** 2 for y in b)
    return float(ab / (aa * bb) ** 0.5) if aa and bb else 0.0


def key_fit(weights: list[float]) -> list[tuple[float, int, str]]:
    """All 24 keys by how well they fit, best first: (r, tonic's pitch class, mode)."""
    fits = [(correlation(weights[tonic:] + weights[:tonic], list(profile)), tonic, mode)
            for mode, profile in PROFILES.items() for tonic in range(12)]
    return sorted(fits, reverse=True)


def estimate_key(notes: Iterable[Note]) -> Key:
    """The major or minor key whose Krumhansl-Kessler profile fits best; C major for no notes at all."""
    _, tonic, mode = key_fit(pitch_class_weights(notes))[0]
    return Key.of(tonic, mode)


def skyline(notes: Sequence[Note]) -> list[Note]:
    """One line out of chords: at each onset the highest note, cut where the next one starts."""
    tops: dict[Fraction, Note] = {}
    for note in notes:
        if note.onset not in tops or note.pitch > tops[note.onset].pitch:
            tops[note.onset] = note
    line = [tops[at] for at in sorted(tops)]
    return [n._replace(duration=min(n.duration, after.onset - n.onset)) for n, after in pairwise(line)] + line[-1:]
