"""Makes what ``english`` knows of sounds, the network and the table of words, from the CMU Pronouncing Dictionary and verse.

    python -m artengine_text.prosody.recipe_english --dict cmudict.dict --licence cmudict.LICENSE --verse *.txt --out FOLDER

The network is trained on the entries spelt with letters alone, on the first reading of each, for ``--cpu-seconds`` of one
thread. It never sees the entries held out: those of about 4 % of the word stems (:func:`stem`), so that no form of such a
word is learnt, and 3 % of the other words, drawn plainly. ``benchmarks/letter_to_sound.py`` measures it on both. The
table has those words of the verse files that the dictionary has, the commonest first, and then every other word of the
dictionary to which the network gives beats or a rhyme that it does not have.

The weights that ship are those of 1,560 CPU-seconds, 24,721 steps. ``benchmarks/letter_to_sound.py`` has the curve, and what
else was tried.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import re
import time
from collections import Counter, defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from artengine_text.prosody.english_alignment import align, chunk_counts
from artengine_text.prosody.english_rhyme import beats, key
from artengine_text.prosody.english_sounds import ALPHABET, LetterToSound, Sounds

BATCH, RATE, WARM_UP = 128, 3e-3, 300
LEVEL = 0.35  # share of the time before the rate falls
AVERAGED = 0.9993  # decay of the average of weights, which is what ships
_RARE = 10  # a chunk said less often is not learnt, nor the words that have it
_ENDINGS = """s es ed d ing er ers or ors ly ness ment ments ful less able ible est en ens ings y ies ied ier iest al ic ical
ist ists ism ize ise izes ized izing ation ations ion ions ity ities ive ous ship ships hood man men"""


def read(path: Path) -> dict[str, list[Sounds]]:
    """The readings of every word of a dictionary in CMU's format, in its order."""
    entries = defaultdict(list)
    for line in path.read_text(encoding="utf-8").splitlines():
        word, *sounds = line.split("#")[0].split()
        entries[re.sub(r"\(\d+\)$", "", word)].append(tuple(sounds))
    return dict(entries)


def stem(word: str) -> str:
    """What is left of a word without endings, cut to eight letters: words that share a lemma nearly always share it."""
    word = word.replace("'", "")
    endings = sorted(_ENDINGS.split(), key=len, reverse=True)
    while ending := next((e for e in endings if word.endswith(e) and len(word) - len(e) >= 4), ""):
        word = word[: -len(ending)]
    word = word.rstrip("eiy") or word
    if len(word) > 3 and word[-1] == word[-2]:
        word = word[:-1]
    return word[:8]


def held_out(word: str) -> str:
    """``stem`` for a word whose stem is never trained on, ``random`` for one held out by itself, else nothing."""
    if _share(stem(word)) < 0.04:
        return "stem"
    return "random" if _share("w " + word) < 0.03 else ""


def table(entries: dict[str, list[Sounds]], verse: Iterable[str], network: LetterToSound) -> str:
    """Lines of a word and its readings, parted by ``/``: the words of the verse, the commonest first, and the exceptions."""
    counts: Counter[str] = Counter()
    for text in verse:
        counts.update(re.findall("[a-z]+(?:'[a-z]+)*", text.lower().replace("’", "'").replace("<eos>", "")))
    found = sorted((word for word in counts if word in entries), key=lambda word: (-counts[word], word))
    others = sorted(word for word in entries if word not in counts and re.fullmatch("[a-z]+", word))
    said = network.say(others)
    found += [word for word in others if _heard(said[word]) not in map(_heard, entries[word])]
    found += sorted(word for word in entries if word not in counts and re.fullmatch("[a-z]+n't|[a-z]+'(?:d|ll|re|ve)", word))
    return "".join(f"{word} {'/'.join(' '.join(said) for said in entries[word])}\n" for word in found)


def _heard(sounds: Sounds) -> tuple[str, str]:
    """What verse hears of a word."""
    return beats(sounds), key(sounds)


def train(entries: dict[str, list[Sounds]], cpu_seconds: float, seed: int = 0) -> tuple[dict[str, Any], list[Sounds]]:
    """The arrays of the network, as ``english_sounds`` reads them, and the chunks that it can say."""
    import torch
    from torch import nn

    from artengine_text.prosody.english_network import Speaker, arrays

    torch.set_num_threads(1)
    torch.manual_seed(seed)
    draw = random.Random(seed)
    chunks, data = _data(entries)
    network = Speaker(len(chunks))
    optimiser = torch.optim.AdamW(network.parameters(), lr=RATE, betas=(0.9, 0.98), weight_decay=0.02)
    average = {name: value.detach().clone() for name, value in network.state_dict().items()}
    start, steps, spent = time.process_time(), 0, 0.0
    while spent < 1:
        batches = [(i, rows) for i, (x, _) in enumerate(data) for rows in torch.randperm(len(x)).split(BATCH)]
        draw.shuffle(batches)
        for i, rows in batches:
            spent = (time.process_time() - start) / cpu_seconds
            if spent >= 1:
                break
            steps += 1
            falling = 1.0 if spent < LEVEL else max((1 - spent) / (1 - LEVEL), 0.004)
            for group in optimiser.param_groups:
                group["lr"] = RATE * min(steps / WARM_UP, 1) * falling
            x, y = data[i][0][rows], data[i][1][rows]
            with torch.autocast("cpu", torch.bfloat16):  # twice as quick where the processor has it
                scores = network(x, y)
            loss = nn.functional.cross_entropy(scores.float().flatten(0, 1), y.flatten(), label_smoothing=0.02)
            optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimiser.step()
            kept = min(AVERAGED, 1 - 1 / (steps + 1))
            with torch.no_grad():
                for name, value in network.state_dict().items():
                    average[name].lerp_(value, 1 - kept)
            if steps % 500 == 0:
                print(f"{steps} steps, {spent * cpu_seconds:.0f} s: {float(loss.detach()):.3f} nats a letter", flush=True)
    return arrays(average), chunks


def _data(entries: dict[str, list[Sounds]]) -> tuple[list[Sounds], list[Any]]:
    """The chunks that there are; and of the words trained on, by length, letters and chunks, the last first."""
    import torch

    words = [(word, said[0]) for word, said in entries.items() if re.fullmatch("[a-z]+", word)]
    aligned = align(words)
    counts = chunk_counts(aligned)
    chunks = sorted(chunk for chunk in counts if counts[chunk] >= _RARE)
    numbers = {chunk: i for i, chunk in enumerate(chunks)}
    lengths = defaultdict(list)
    for (word, _), said in zip(words, aligned, strict=True):
        if said is not None and all(chunk in numbers for chunk in said) and not held_out(word):
            letters, spoken = [ALPHABET.index(c) + 1 for c in word[::-1]], [numbers[chunk] for chunk in said[::-1]]
            lengths[len(word)].append((letters, spoken))
    return chunks, [(torch.tensor([x for x, _ in group]), torch.tensor([y for _, y in group])) for group in lengths.values()]


def _share(text: str) -> float:
    """A number from 0 to 1 that is a text's own."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big") / 2**32


def main() -> None:
    """Read the command line, train, and write the three files."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dict", type=Path, required=True, help="cmudict.dict of the CMU Pronouncing Dictionary")
    parser.add_argument("--licence", type=Path, required=True, help="its licence, to be kept beside what is made from it")
    parser.add_argument("--verse", type=Path, nargs="+", required=True, help="texts whose words the table has")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent, help="folder to write to")
    parser.add_argument("--cpu-seconds", type=float, default=1560, help="how long to train")
    parser.add_argument("--table-only", action="store_true", help="leave the network as it is")
    asked = parser.parse_args()
    entries = read(asked.dict)
    asked.out.mkdir(parents=True, exist_ok=True)
    notice = "english.safetensors and english_words.txt are made from the CMU Pronouncing Dictionary, whose licence is:\n\n"
    (asked.out / "english.licence.txt").write_text(notice + asked.licence.read_text(), encoding="utf-8")
    if not asked.table_only:
        from safetensors.numpy import save_file

        found, chunks = train(entries, asked.cpu_seconds)
        save_file(found, asked.out / "english.safetensors", {"chunks": json.dumps([" ".join(chunk) for chunk in chunks])})
    verse = (path.read_text(encoding="utf-8", errors="replace") for path in asked.verse)
    words = table(entries, verse, LetterToSound(asked.out / "english.safetensors"))
    (asked.out / "english_words.txt").write_text(words, encoding="ascii")


if __name__ == "__main__":
    main()
