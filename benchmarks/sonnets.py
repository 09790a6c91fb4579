"""An artist-sized corpus: Shakespeare's 154 sonnets, the last 10 % held out, in a minute of CPU.

    python benchmarks/sonnets.py DIRECTORY [--seconds S] [--first S] [--keep FILE] [--only scratch|verse]

From scratch, and starting from a model of other verse, which has its own counts beside those of the sonnets. DIRECTORY holds
``text-sonnets``, ``text-english`` and ``text-tinyshakespeare``. The other verse is English: the sonnets of deep-speare's
training part (lower case, tokenised: written again as verse is), Dickinson, Whitman, Blake, and the speeches of
tinyshakespeare, which are drama, without their speakers' names. A poem or speech of it that shares 32 letters and spaces
with any of the 154 sonnets is left out whole. Characters that the sonnets lack are left out too. Losses as in
``tinyshakespeare.py``; the 5-gram reads the same.

Measured, cold / carried:

    1.782 / 1.769  5-gram of the sonnets
    1.590 / 1.547  from scratch, 60 CPU-s (dropout of 0.3, 30 CPU-s: 1.596 / 1.556)
    1.561 / 1.538  5-gram of other verse and the sonnets
    1.465 / 1.426  model of other verse alone, 110 CPU-s
    1.400 / 1.352  starting from it, with counts of both, 45 CPU-s
"""

from __future__ import annotations

import argparse
import re
import time
from pathlib import Path

import numpy as np
import torch
from character_models import FiveGram, Ours, Recipe, encoded

WINDOW = 32  # letters and spaces


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directory", type=Path)
    parser.add_argument("--seconds", type=float, default=60, help="CPU seconds for each model of the sonnets")
    parser.add_argument("--first", type=float, default=110, help="CPU seconds for the model of other verse")
    parser.add_argument("--keep", type=Path, help="where the model of other verse is kept, and taken from if it is there")
    parser.add_argument("--only", choices=("scratch", "verse"))
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    text = (args.directory / "text-sonnets" / "shakespeare_sonnets.txt").read_text()
    symbols = sorted(set(text))
    line, size = encoded(text, symbols), len(symbols)
    train, held = line[:int(0.9 * len(line))], line[int(0.9 * len(line)):]
    counts = FiveGram(train, size)
    print(f"5-gram of the sonnets: cold {counts.losses(held, 64):.4f}, carried {counts.losses(held):.4f}", flush=True)
    if args.only != "verse":
        recipe = Recipe(units=256, dropout=0.4, decay=0.1)
        ours = Ours(train, size, recipe, args.seed)
        trained("from scratch", ours, held, args.seconds, 1.70)
    if args.only == "scratch":
        return
    verse = other_verse(args.directory, text)
    others = encoded("\n".join(verse), symbols)
    print(f"other verse: {len(verse):,} poems and speeches, {len(others):,} characters", flush=True)
    counts = FiveGram(np.concatenate((others, train)), size)
    print(f"5-gram of both: cold {counts.losses(held, 64):.4f}, carried {counts.losses(held):.4f}", flush=True)
    first = Ours(others, size, Recipe(units=256, parts=24), args.seed)
    if args.keep and args.keep.exists():
        first.model.load_state_dict(torch.load(args.keep))
    else:
        trained("other verse alone", first, held, args.first)
        if args.keep:
            torch.save(first.model.state_dict(), args.keep)
    ours = Ours(train, size, Recipe(units=256, dropout=0.2, rate=1e-3), args.seed, first)
    trained("starting from it", ours, held, args.seconds, 1.45)


def trained(name, ours, held, seconds, goal=None):
    """Train for so long, and print the losses."""
    begun = time.process_time()
    passes = ours.train(seconds, begun, say=200)
    spent = time.process_time() - begun
    reach = f" (to reach: {goal})" if goal else ""
    some = held[:4_001]
    print(f"{name}: {spent:.0f} CPU-s, {passes:.1f} passes, cold {ours.cold(held):.4f}, "
          f"carried {ours.carried(held, 4):.4f}{reach}; first 4,000 {ours.carried(some, 1, 0):.4f}, "
          f"by the step form {ours.stepped(some):.4f}", flush=True)


def other_verse(directory, sonnets):
    """Poems, stanzas and speeches that share nothing with the sonnets, in the sonnets' characters."""
    plain = letters(sonnets)
    seen = {plain[i:i + WINDOW] for i in range(len(plain) - WINDOW + 1)}
    poems = (directory / "text-sonnets" / "deepspeare_sonnet_train.txt").read_text().splitlines()
    pieces = [as_verse(poem) for poem in poems]
    for name, contents in (("blake_songs", 70), ("dickinson_poems", 120), ("whitman_leaves_of_grass", 30)):  # front matter
        pieces += stanzas((directory / "text-english" / f"{name}.txt").read_text())[contents:]
    drama = (directory / "text-tinyshakespeare" / "input.txt").read_text()
    pieces += [re.sub(r"^[A-Z][^\n]*:\n", "", speech) for speech in stanzas(drama)]
    folded = str.maketrans({'"': "'", "[": "(", "]": ")", "‘": "'", "’": "'"})
    known = set(sonnets)
    kept = []
    for piece in pieces:
        plain = letters(piece)
        if not any(plain[i:i + WINDOW] in seen for i in range(len(plain) - WINDOW + 1)):
            piece = re.sub(r"\s*[—–]\s*", "--", piece)
            kept.append("".join(c for c in piece.translate(folded) if c in known) + "\n")
    return kept


def letters(text):
    """Lower-case letters and single spaces."""
    return re.sub(r"[^a-z]+", " ", text.lower().replace("'", "")).strip()


def stanzas(text):
    """Blocks between empty lines, without indentation."""
    lines = "\n".join(line.strip() for line in text.splitlines())
    return [block for block in re.split(r"\n{2,}", lines) if block]


def as_verse(poem):
    """A poem of the deep-speare corpus as it would be printed: marks at their words, capitals where a line begins."""
    lines = []
    for line in poem.split("<eos>"):
        line = re.sub(r"\s+(?=[,.;:!?)]|'(?:s|d|ll|t|re|ve|m|st)\b|n't)", "", line.strip())
        line = re.sub(r"(?<=\()\s", "", line)
        line = re.sub(r"\bi\b", "I", line)
        line = re.sub(r"\bo\b(?!')", "O", line)
        if line:
            lines.append(re.sub("[a-z]", lambda letter: letter[0].upper(), line, count=1))
    return "\n".join(lines)


if __name__ == "__main__":
    main()
