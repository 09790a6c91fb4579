"""Critic ``tonality``: is there a key, does the music keep to it, and does it come home?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from artengine.api import Judgement, Run
from artengine.marks import Usual, score_of
from artengine.models import Model
from artengine.works import Key, Note, Score
from artengine_music.theory import PROFILES, correlation, key_fit, pitch_class_weights

# Ranges that hold nine tenths of the even-numbered folk tunes; benchmarks/music_critics.py measures on the odd ones.
USUAL = {
    "clarity": Usual(0.70, 0.9, 1.0, 0.12, 1.0),
    "in_scale": Usual(0.95, 1.0, 1.0, 0.09, 1.5),
    "steadiness": Usual(0.8, 1.0, 1.0, 0.3, 0.7),
    "ending": Usual(0.7, 1.0, 1.0, 0.6, 0.4),
}
_DIATONIC = (0, 2, 4, 5, 7, 9, 11)


def figures(score: Score) -> tuple[dict[str, float], Key]:
    """The figures of a score with notes, and the key it is heard in."""
    weights = pitch_class_weights(score)
    clarity, tonic, mode = key_fit(weights)[0]
    key = Key.of(tonic, mode)
    # A stated key is believed where it is heard nearly as well as the best: modes share their notes.
    if score.key and _heard(score.key, weights) > clarity - 0.25:
        key = score.key
    scales = [frozenset((t + step) % 12 for step in _DIATONIC) for t in range(12)]
    if key.mode == "minor":  # the sixth and seventh of a minor key may be raised
        scales.append(frozenset({*key.scale, (key.pitch_class + 11) % 12, (key.pitch_class + 9) % 12}))
    scale = max(scales, key=lambda s: sum(weights[p] for p in s))
    windows = _windows(score)
    steady = sum(sum(w[p] for p in scale) > 0.9 * sum(w) for w in windows)
    place = (_last(score).pitch - key.pitch_class) % 12
    inside = (place + key.pitch_class) % 12 in key.scale
    at_home = 1.0 if place == 0 else 0.7 if place in (3, 4, 7) else 0.4 if inside else 0.0
    return {"clarity": clarity, "in_scale": sum(weights[p] for p in scale) / sum(weights),
            "steadiness": steady / len(windows), "ending": at_home}, key


def _heard(key: Key, weights: list[float]) -> float:
    """Correlation of *weights* with the profile of *key*; a mode counts as major or minor by its third."""
    kind = "minor" if (key.scale[2] - key.pitch_class) % 12 == 3 else "major"
    return correlation(weights[key.pitch_class:] + weights[: key.pitch_class], list(PROFILES[kind]))


def _last(score: Score) -> Note:
    """The note that closes: the last of a melody, the bass of a last chord."""
    end = max(n.onset for n in score)
    return min((n for n in score if n.onset + n.duration > end), key=lambda n: n.pitch)


def _windows(score: Score) -> list[list[float]]:
    """Time of each pitch class in every two bars."""
    lines = score.barlines
    out: list[list[float]] = []
    at = 0
    for i in range(0, len(lines), 2):
        end = lines[i + 2] if i + 2 < len(lines) else None
        weights = [0.0] * 12
        while at < len(score.notes) and (end is None or score.notes[at].onset < end):
            weights[score.notes[at].pitch % 12] += float(score.notes[at].duration)
            at += 1
        if sum(weights):
            out.append(weights)
    return out


class Tonality:
    """Judges key clarity, notes outside the scale, and the close."""

    def __init__(self, options: Any, run: Run, model: Model | None = None) -> None:
        pass

    def judge(self, works: Sequence[Score]) -> list[Judgement]:
        """One judgement per score."""
        return [self._one(work) for work in works]

    def _one(self, work: Score) -> Judgement:
        if len(work) < 4:
            return Judgement(0.0, {}, ("There are too few notes to hear a key.",))
        found, key = figures(work)
        score, marks = score_of(found, USUAL)
        remarks = []
        if marks["clarity"] < 0.5:
            remarks.append(f"No key is clear; {key} fits best, with a correlation of {found['clarity']:.2f}.")
        else:
            remarks.append(f"It is heard in {key} (correlation {found['clarity']:.2f}).")
        if found["in_scale"] < 0.95:
            remarks.append(f"{1 - found['in_scale']:.0%} of the time is spent on notes outside the scale.")
        if found["ending"] < 0.7:
            remarks.append(f"It does not come home: it ends away from the chord of {key.tonic}.")
        return Judgement(score, found, tuple(remarks))
