"""Reading music: our readers against music21 note for note, and against music21, symusic, mido and pretty_midi for speed.

Run as ``python benchmarks/reading_music.py [--tunes 300] [--chorales 20] [--seed 0] [--show 10]``; it needs the packages of
the extra ``dev``. Two readers agree on a piece when they give the same list of (pitch, duration), ties joined, repeats not
played. Times are CPU milliseconds a piece, for each reader in the same run on the same pieces.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import subprocess
import sys
import tempfile
import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any

from artengine.errors import ArtengineError
from artengine.works import Score
from artengine_corpora.bach import BachChorales
from artengine_corpora.folk import Folk
from artengine_music import abc, midi_read, midi_write, musicxml_read

Notes = list[tuple[int, Fraction]]


def listed(score: Score | None) -> Notes:
    return [] if score is None else in_order([(n.onset, n.pitch, n.duration) for n in score.notes])


def in_order(notes: list[tuple[Fraction, int, Fraction]]) -> Notes:
    return [(pitch, length) for _, pitch, length in sorted(notes)]


def music21_notes(source: Any, form: str) -> Notes:
    from music21 import converter

    found = []
    for part in converter.parse(source, format=form, forceSource=True).stripTies().parts:
        for note in part.flatten().notes:
            if note.duration.isGrace or "Harmony" in note.classes:
                continue
            length = Fraction(note.quarterLength).limit_denominator(5040)
            found += [(Fraction(note.offset), p.midi, length) for p in note.pitches]
    return in_order(found)


# Where music21 and we differ, the text is made plainer, one rule of the standard at a time, without our reader having a say.
# If music21 then reads what we had read from the text as it was, its trouble was that rule.

def bare(text: str) -> str:
    """Without decorations, annotations, grace notes, slurs and beams, none of which change a length or a pitch."""
    return by_line(text, lambda line: re.sub(r'"[^"]*"|![^!\s]+!|\{[^}]*\}|[~`.HLMOPSTuvkJR]|\((?!\d)|\)', "", line))


def tied(text: str) -> str:
    """Without hyphens between notes of different pitch: a tie joins equal ones, and these are slurs."""
    note = r"((?:\^\^?|__?|=)?[A-Ga-g][,']*)(\d*/*\d*[<>]*)-([\s|:]*)(?=((?:\^\^?|__?|=)?[A-Ga-g][,']*))"
    return by_line(text, lambda line: re.sub(note, lambda m: m[0] if m[1].lstrip("^_=") == m[4].lstrip("^_=")
                                             else f"{m[1]}{m[2]}{m[3]}", line))


def spelt(text: str) -> str:
    """With every accidental written out: one holds for its letter, in every octave, until the bar line."""
    held: dict[str, str] = {}  # from line to line too: the end of a line ends no bar

    def line(music: str) -> str:
        def one(m: re.Match[str]) -> str:
            if m[1] is None:
                held.clear()
                return m[0]
            if m[2]:
                held[m[3].upper()] = m[2]
            return held.get(m[3].upper(), "") + m[3]

        return re.sub(r"((\^\^?|__?|=)?([A-Ga-g]))|\|", one, music)

    return by_line(text, line)


def by_line(text: str, change: Callable[[str], str]) -> str:
    lines = text.replace("\\\n", "").split("\n")
    return "\n".join(line if re.match(r"[A-Za-z]:(?![|:])|%", line) else change(line) for line in lines)


def why(text: str, mine: Notes) -> str:
    for reason, plain in (("decorations or slurs between notes", bare), ("slurs written as ties", lambda t: tied(bare(t))),
                          ("accidentals that hold through the bar", lambda t: spelt(tied(bare(t))))):
        try:
            if music21_notes(plain(text), "abc") == mine:
                return f"music21 errs over {reason}"
        except Exception:  # it gives up on some texts, which is no answer
            continue
    return "not explained"


def clock(work: Callable[[Any], object], sources: list[Any]) -> float:
    start = time.process_time()
    for source in sources:
        work(source)
    return (time.process_time() - start) * 1000 / len(sources)


@contextmanager
def quiet() -> Iterator[None]:
    """Without what symusic's native code prints."""
    kept = [os.dup(1), os.dup(2)]
    sys.stdout.flush()
    with Path(os.devnull).open("w") as nothing:
        os.dup2(nothing.fileno(), 1)
        os.dup2(nothing.fileno(), 2)
    try:
        yield
    finally:
        for number, descriptor in zip(kept, (1, 2), strict=True):
            os.dup2(number, descriptor)
            os.close(number)


def read_abc(tunes: int, seed: int, show: int) -> None:
    corpus = Folk(None, None, None)  # type: ignore[arg-type]  # it reports to nobody here
    texts = [text for piece in corpus.pieces() for text in corpus.texts(piece)]
    start = time.process_time()
    count = sum(1 for _ in corpus)
    print(f"ABC: all of folk, {count} tunes, in {time.process_time() - start:.2f} CPU s")
    sample = random.Random(seed).sample(texts, tunes)
    reasons: Counter[str] = Counter()
    for text in sample:
        mine = listed(abc.read_tune(text, "all"))
        try:
            other = music21_notes(text, "abc")
        except Exception as error:
            reasons[f"music21 gives up: {type(error).__name__}"] += 1
            continue
        reason = "the same notes" if mine == other else why(text, mine)
        reasons[reason] += 1
        if reason == "not explained" and reasons[reason] <= show:
            title = next((line for line in text.split("\n") if line.startswith("T:")), "").strip()
            at = next((i for i, (a, b) in enumerate(zip(mine, other, strict=False)) if a != b), min(len(mine), len(other)))
            print(f"  {title}: {len(mine)} notes here, {len(other)} there; at {at}: "
                  f"{[(p, str(d)) for p, d in mine[at:at + 3]]} and {[(p, str(d)) for p, d in other[at:at + 3]]}")
    for reason, n in reasons.most_common():
        print(f"  {n:4d} {reason}")
    print(f"  ours {clock(abc.read_tune, sample):.3f}", end=", ")
    print(f"music21 {clock(lambda t: music21_notes(t, 'abc'), sample[:60]):.3f}", end=", ")
    import symusic

    with tempfile.TemporaryDirectory() as folder, quiet():
        paths = []
        for i, text in enumerate(sample):
            paths.append(Path(folder, f"{i}.abc"))
            paths[-1].write_text(text, encoding="utf-8")
        symusic_time = clock(lambda p: attempt(lambda: symusic.Score(str(p))), paths)
    print(f"symusic {symusic_time:.3f} (which plays the repeats) ms a tune")


def attempt(work: Callable[[], object]) -> object:
    try:
        return work()
    except Exception as error:
        return error


def read_musicxml(count: int, seed: int) -> None:
    corpus = BachChorales(None, None, None)  # type: ignore[arg-type]  # as above
    sample = random.Random(seed).sample(list(corpus.pieces()), count)
    blobs = [(corpus.folder / piece).read_bytes() for piece in sample]
    same = sum(listed(musicxml_read.read(blob, "all")) == music21_notes(corpus.folder / piece, "musicxml")
               for piece, blob in zip(sample, blobs, strict=True))
    print(f"MusicXML: {same} of {count} files of Bach agree note for note with music21")
    print(f"  ours {clock(musicxml_read.read, blobs):.1f}", end=", ")
    print(f"music21 {clock(lambda p: music21_notes(corpus.folder / p, 'musicxml'), sample):.1f} ms a file")


CRASHES = """
import sys, symusic
from pathlib import Path
for path in sorted(Path(sys.argv[1]).glob("*.mid"))[int(sys.argv[2]):]:
    print(path.name, flush=True)
    try:
        symusic.Score(str(path))
    except Exception:
        pass
"""


def read_midi(seed: int) -> None:
    import mido
    from pretty_midi import PrettyMIDI

    r = random.Random(seed)
    corpus = Folk(None, None, None)  # type: ignore[arg-type]  # as above
    scores = [s for piece in corpus.pieces()[:6] for s in corpus.read(piece)][:200]
    blobs = [midi_write.write(s) for s in scores]
    print(f"MIDI: {len(blobs)} tunes of folk; writing takes us {clock(midi_write.write, scores):.3f} ms each")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        paths = [folder / f"{i:04d}.mid" for i in range(len(blobs))]
        for path, blob in zip(paths, blobs, strict=True):
            path.write_bytes(blob)
        import symusic

        for who, work in (("ours", lambda p: midi_read.read(p.read_bytes())), ("mido (events only)", mido.MidiFile),
                          ("pretty_midi", lambda p: PrettyMIDI(str(p))), ("symusic", lambda p: symusic.Score(str(p)))):
            print(f"  {who} {clock(work, paths):.3f}", end=", ")
        print("ms a file to read")
        broken = []
        for i in range(300):
            data = bytearray(r.choice(blobs))
            for _ in range(r.randint(1, 12)):
                data[r.randrange(len(data))] = r.randrange(256)
            broken.append(bytes(data[: r.randrange(20, len(data))] if i % 3 == 0 else data))
        for path in paths:
            path.unlink()
        paths = [folder / f"{i:04d}.mid" for i in range(len(broken))]
        for path, blob in zip(paths, broken, strict=True):
            path.write_bytes(blob)
        ours = [attempt(lambda b=b: midi_read.read(b)) for b in broken]
        escaped = sum(isinstance(x, Exception) and not isinstance(x, ArtengineError) for x in ours)
        read = sum(isinstance(x, Score) for x in ours)
        theirs = sum(not isinstance(attempt(lambda p=p: mido.MidiFile(p)), Exception) for p in paths)
        print(f"  of {len(broken)} damaged we read {read} and refuse the others in a sentence; {escaped} errors escape; "
              f"mido reads {theirs}; symusic's process dies of {deaths(folder, len(broken))}")


def deaths(folder: Path, count: int) -> int:
    """How many of the files kill a process that lets symusic read them."""
    at = dead = 0
    while at < count:
        command = [sys.executable, "-c", CRASHES, str(folder), str(at)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode == 0:
            return dead
        dead += 1
        at = int(re.findall(r"(\d{4})\.mid", done.stdout)[-1]) + 1
    return dead


def cold() -> None:
    def cpu(code: str) -> float:
        best = 1e9
        for _ in range(5):
            before = os.times()
            subprocess.run([sys.executable, "-c", code], check=True)
            after = os.times()
            best = min(best, after.children_user + after.children_system - before.children_user - before.children_system)
        return best * 1000

    base = cpu("from artengine.works import Score")
    for who, code in (("our MIDI writer", "import artengine_music.midi_write"), ("mido", "import mido"),
                      ("symusic", "import symusic"), ("pretty_midi", "import pretty_midi")):
        print(f"  importing {who} costs {cpu('from artengine.works import Score; ' + code) - base:.0f} ms over our Score")


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--tunes", type=int, default=300)
    arguments.add_argument("--chorales", type=int, default=20)
    arguments.add_argument("--seed", type=int, default=0)
    arguments.add_argument("--show", type=int, default=10)
    given = arguments.parse_args()
    warnings.simplefilter("ignore")
    read_abc(given.tunes, given.seed, given.show)
    read_musicxml(given.chorales, given.seed)
    read_midi(given.seed)
    cold()


if __name__ == "__main__":
    main()
