"""Reading ABC: our reader against music21 note for note, and against music21 and symusic for speed.

Run as ``python benchmarks/reading_music.py [--tunes 300] [--seed 0] [--show 10]``. Agreement means the same list of (pitch,
duration) for every note on the page, ties joined, repeats not played. Times are CPU milliseconds a tune.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
import warnings
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

from artengine_corpora.folk import Folk
from artengine_music import abc

Notes = list[tuple[int, Fraction]]


def ours(text: str) -> Notes:
    score = abc.read_tune(text, "all")
    return [] if score is None else sorted_notes([(n.onset, n.pitch, n.duration) for n in score.notes])


def theirs(text: str) -> Notes:
    from music21 import converter

    score = converter.parse(text, format="abc").stripTies()
    found = []
    for part in score.parts:
        for note in part.flatten().notes:
            if note.isRest or note.duration.isGrace or "Harmony" in note.classes:
                continue
            length = Fraction(note.quarterLength).limit_denominator(5040)
            found += [(Fraction(note.offset), p.midi, length) for p in note.pitches]
    return sorted_notes(found)


def sorted_notes(notes: list[tuple[Fraction, int, Fraction]]) -> Notes:
    return [(pitch, length) for _, pitch, length in sorted(notes)]


def clock(work: Callable[[str], object], texts: list[str]) -> float:
    start = time.process_time()
    for text in texts:
        work(text)
    return (time.process_time() - start) * 1000 / len(texts)


def symusic_reader() -> Callable[[str], object] | None:
    try:
        from symusic import Score
    except ImportError:
        return None
    folder = Path(tempfile.mkdtemp())

    def read(text: str) -> object:
        path = folder / "tune.abc"
        path.write_text(text, encoding="utf-8")
        try:
            return Score.from_file(str(path))
        except Exception:  # whatever it raises: this is its benchmark, not ours
            return None

    return read


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--tunes", type=int, default=300)
    arguments.add_argument("--seed", type=int, default=0)
    arguments.add_argument("--show", type=int, default=10)
    given = arguments.parse_args()
    warnings.simplefilter("ignore")
    corpus = Folk(None, None, None)  # type: ignore[arg-type]
    texts = [text for piece in corpus.pieces() for text in corpus.texts(piece)]
    start = time.process_time()
    whole = sum(1 for _ in corpus)
    print(f"folk: {whole} tunes in {time.process_time() - start:.2f} CPU s, duplicates dropped")
    sample = random.Random(given.seed).sample(texts, given.tunes)
    same, failed, different = 0, 0, []
    for text in sample:
        mine = ours(text)
        try:
            other = theirs(text)
        except Exception as error:  # music21 gives up on some
            failed += 1
            print("music21 cannot read:", text[:40].split("\n"), repr(error)[:80])
            continue
        if mine == other:
            same += 1
        else:
            different.append((text, mine, other))
    print(f"{same} of {given.tunes} tunes agree note for note with music21; {len(different)} differ; it fails on {failed}")
    for text, mine, other in different[: given.show]:
        title = next((line for line in text.split("\n") if line.startswith("T:")), "")
        at = next((i for i, (a, b) in enumerate(zip(mine, other, strict=False)) if a != b), min(len(mine), len(other)))
        print(f"  {title.strip()}: {len(mine)} notes here, {len(other)} there; first difference at {at}: "
              f"{[(p, str(d)) for p, d in mine[at:at + 4]]} and {[(p, str(d)) for p, d in other[at:at + 4]]}")
    few = sample[:60]
    print(f"ours     {clock(abc.read_tune, sample):7.3f} ms a tune")
    print(f"music21  {clock(theirs, few):7.3f} ms a tune")
    if symusic := symusic_reader():
        symusic(sample[0])
        print(f"symusic  {clock(symusic, sample):7.3f} ms a tune (plays repeats; includes writing the file it reads)")


if __name__ == "__main__":
    main()
