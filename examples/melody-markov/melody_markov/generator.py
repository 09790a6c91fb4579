"""The generator: tunes in, arrays to learn from; a model in, tunes out."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from artengine.api import Run
from artengine.errors import ArtengineError
from artengine.models import Model
from artengine.works import Key, Score
from melody_markov import Controls
from melody_markov.chain import BAR, CLOSE, LOWEST, MAJOR, MINOR, PITCHES, START, TICKS, Chain, context
from melody_markov.tune import Tune

if TYPE_CHECKING:
    from melody_markov.counting import Counting


class MarkovMelody:
    """Learns and writes melodies of one line, one key and one metre, every bar of them full."""

    def __init__(self, model: Model, run: Run) -> None:
        self.model, self.run, self.options = model, run, model.options

    @property
    def encoder(self) -> str:
        """What :meth:`prepare` makes depends on this, besides the corpus."""
        return f"markov-1-{self.options.order}"

    def prepare(self, works: Iterable[Score]) -> Mapping[str, np.ndarray]:
        """``grams`` (G,) sorted; ``hits`` (N,), each as it was met; ``held`` (H, 2 + order), notes of tunes held out."""
        bars: dict[tuple[int, ...], int] = {}
        frames: Counter[tuple[int, ...]] = Counter()
        met: list[int] = []
        held: list[list[int]] = []
        for score in works:
            try:
                frame, rhythm, pitches = line(score)
            except ArtengineError as error:
                self.run.skip(score.title or "untitled", error.wrong)
                continue
            ids = [bars.setdefault(bar, len(bars)) for bar in rhythm]
            notes, mode = [START] * self.options.order + pitches, MINOR if frame[3] else MAJOR
            events = [(mode, notes[i - self.options.order:i], notes[i]) for i in range(self.options.order, len(notes))]
            if frames and sum(frames.values()) % 10 == 1:  # every tenth tune, beginning with the second
                held += [[kind, symbol, *before] for kind, before, symbol in events]
            else:
                events += [(BAR, ids[i - 1:i], bar) for i, bar in enumerate(ids)] + [(CLOSE, ids[-2:-1], ids[-1])]
                met += [context(kind, before[k:]) + symbol
                        for kind, before, symbol in events for k in range(len(before) + 1)]
            frames[frame] += 1
        if not held:
            raise ArtengineError("Two tunes are the least: one to learn from, one to test on.", "Add more tunes.")
        grams, hits = np.unique(np.array(met, np.int64), return_inverse=True)
        header = {"bars": list(bars), "frames": [[*frame, n] for frame, n in sorted(frames.items())]}
        return {"grams": grams, "hits": hits.astype(np.int32), "held": np.array(held[:4000], np.int16),
                "header": np.frombuffer(json.dumps(header).encode(), np.uint8)}

    def learner(self, arrays: Mapping[str, np.ndarray], run: Run) -> Counting:
        """A training over *arrays*."""
        from melody_markov.counting import Counting  # with its torch, seconds that a rendering must not pay

        return Counting(arrays)

    def render(self, controls: Controls, seeds: Sequence[int]) -> Iterator[Score]:
        """Yield one tune per seed."""
        if not self.model.weights:
            raise ArtengineError("melody-markov comes without a model.", "Train one with artengine train.")
        if not controls.form.isalpha():
            raise ArtengineError(f'"{controls.form}" is no form.', "Give a letter a phrase, such as --form abac.")
        chain = Chain(self.model.weights["grams"], self.model.weights["counts"])
        for seed in seeds:
            yield Tune(chain, self.model.header, controls, min(controls.order, self.options.order), seed).write()
            if self.run.stopped():
                return


def line(score: Score) -> tuple[tuple[int, ...], list[tuple[int, ...]], list[int]]:
    """The frame of a tune (metre, MIDI number of the tonic, whether minor), its bars as onsets in ticks, and its pitches.

    :raises ArtengineError: saying why a tune cannot be used.
    """
    top = {n.onset - score.pickup: n.pitch for n in score.voice(0) if n.onset >= score.pickup}  # the upper of two at once
    if len(score.meters) > 1 or len(top) < 2:
        raise ArtengineError("changes of metre" if len(score.meters) > 1 else "fewer than two notes")
    if any((onset * TICKS).denominator > 1 for onset in (*top, score.meter.bar)):
        raise ArtengineError("notes off the grid of 24 to the quarter")
    rhythm: list[list[int]] = [[] for _ in range(int(max(top) // score.meter.bar) + 1)]
    for onset in sorted(top):
        rhythm[int(onset // score.meter.bar)].append(int(onset % score.meter.bar * TICKS))
    pitches = [top[onset] for onset in sorted(top)]
    thirds = Counter((pitch - pitches[-1]) % 12 for pitch in pitches)  # where no key is given, a tune ends on its tonic
    key = score.key or Key.of(pitches[-1], "minor" if thirds[3] > thirds[4] else "major")
    tonic = sorted(pitches)[len(pitches) // 2] // 12 * 12 + key.pitch_class
    tonic -= 12 * (tonic > sorted(pitches)[len(pitches) // 2])
    symbols = [pitch - tonic - LOWEST for pitch in pitches]
    if min(symbols) < 0 or max(symbols) >= PITCHES:
        raise ArtengineError("a range of more than two octaves around the tonic")
    metre = score.meter.numerator, score.meter.denominator
    return (*metre, tonic, int((key.pitch_class + 3) % 12 in key.scale)), [(*metre, *bar) for bar in rhythm], symbols
