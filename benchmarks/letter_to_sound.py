"""How well the sounds of English are known, against its dictionary and its verse.

    python benchmarks/letter_to_sound.py --dict cmudict.dict --sonnets shakespeare_sonnets.txt [--prose FILE…]

1. Letters to sounds: the network alone on dictionary entries it never saw, with no table, no rule and no user's dictionary.
   *stems*: no word that shares the stem was trained on; *entries*: held out one by one, as a draw of entries is; *verse*:
   those of both that occur in the verse the table was made from. Right is what equals any reading listed. The rhyme part
   runs from the last stressed vowel to the end, stress dropped; *as heard* those sounds are one that the dictionary itself
   mixes (IH and AH without stress, IH and IY before R). Beside it, for syllables, the rule that counts groups of vowels.
   To reach: syllables 98 %, rhyme part 92 %. Not reached: see the end.
2. Metre: the share of lines that some reading of their words fits to iambic pentameter, its first foot inverted or not, a
   light syllable at its end or not: the sonnets; the same lines with their words shuffled; runs of prose of ten syllables.
   To reach: 85 % of the sonnets, and of prose clearly less. Also with other beats for words of one syllable.
3. Rhyme: what the gold pairs of the sonnets (ABAB CDCD EFEF GG) are called, what the peer calls them (a strict test: equal
   from the last primary stress on in the table's first readings), and what random pairs of line ends are called.
4. Weak words: the share of the sonnets' lines that end on one, and their share among all words.
5. Speed, in seconds of CPU: loading, 15,000 words of verse, and 15,000 words that are in no table.

What was reached, and what was tried, on held-out stems and entries (rhyme part / as heard / all sounds but stress, %):

    2 layers of LSTM, a chunk for each letter by itself, 410 CPU-s           73.3 / 75.2 / 68.6    75.9 / 78.0 / 72.3
    a third that knows what it said before, 400 CPU-s (average of weights)   74.3 / 76.1 / 70.4    75.6 / 77.8 / 72.1
    800 CPU-s                                                                75.6 / 77.4 / 71.4    77.1 / 79.0 / 74.6
    1,200 CPU-s                                                              75.8 / 77.6 / 71.7    78.1 / 80.0 / 75.8
    1,560 CPU-s, the rate fallen to nothing                                  75.9 / 77.8 / 71.6    78.2 / 80.0 / 76.2
    the same in bytes, on all that is held out: what ships                   75.0 / 77.0 / 71.3    77.7 / 79.4 / 75.8

(The four between on a sample of 4,000.) Time is not what lacks: the loss on held-out letters is least at 800 CPU-s (0.242
nats) and rises after, though more words come out right. A beam of 4 is worth 0.2 over the single likeliest chunk, one of 12
nothing more. The ten likeliest ways that 1,200 CPU-s give, ranked anew together with a joint n-gram of letters and chunks
(order 7, Kneser and Ney, 1.3 million n-grams): 77.2 / 79.0 / 73.6 and 79.5 / 81.3 / 78.2 where the network alone has
75.7 / 77.2 / 71.8 and 78.0 / 79.7 / 76.2; not worth ten times the file. The right sounds are among these ten for 95 %.
Endings put to known stems by rule (-s, -ed, -ing, -ly, -ness, ...): 89.5 as heard where the network, on the same 777 words,
has 90.1; words parted in two known ones: 40 where it has 78. The best published figures for all sounds of this dictionary's
words, stress left out, are 75 to 80 % (joint n-grams, networks, and both together), which is where this stands: very many
entries are names of people from everywhere, whose letters do not tell. Of words that verse uses 85 % (88 as heard) are
right; and those that the dictionary has are in the table, or are said as it has them.
"""

from __future__ import annotations

import argparse
import random
import re
import time
from collections import Counter
from pathlib import Path

from artengine_text.prosody.base import EYE, NONE, PERFECT, SLANT
from artengine_text.prosody.english import English
from artengine_text.prosody.english_rhyme import bare, is_vowel, key, rhyme_part
from artengine_text.prosody.english_sounds import LetterToSound
from artengine_text.prosody.recipe_english import held_out, read

METRES = ("0101010101", "1001010101", "01010101010", "10010101010")
GOLD = ((0, 2), (1, 3), (4, 6), (5, 7), (8, 10), (9, 11), (12, 13))
GRADES = {PERFECT: "perfect", SLANT: "slant", EYE: "eye", NONE: "none"}


def by_rule(word):
    """Syllables by groups of vowels, without a silent e or -ed."""
    spoken = re.sub(r"(?<=[^aeiouyl])es?$|(?<=[aeiouy]l)es?$|(?<=[^td])ed$", "", word)
    return max(len(re.findall("[aeiouy]+", spoken)), 1)


def syllables(sounds):
    return sum(map(is_vowel, sounds))


def letters_to_sounds(entries, verse):
    groups = {name: [word for word in entries if re.fullmatch("[a-z]+", word) and held_out(word) == name]
              for name in ("stem", "random")}
    both = groups["stem"] + groups["random"]
    groups = {"stems": groups["stem"], "entries": groups["random"], "verse": [word for word in both if word in verse]}
    said = LetterToSound().say(both)
    print(f"{'held out':10}{'entries':>8}{'syllables':>11}{'(rule)':>8}{'rhyme part':>12}{'as heard':>10}{'sounds':>8}"
          f"{'with stress':>13}")
    for name, words in groups.items():
        rows = [(any(syllables(said[word]) == syllables(gold) for gold in entries[word]),
                 any(by_rule(word) == syllables(gold) for gold in entries[word]),
                 any(rhyme_part(said[word]) == rhyme_part(gold) for gold in entries[word]),
                 any(key(said[word]) == key(gold) for gold in entries[word]),
                 any([*map(bare, said[word])] == [*map(bare, gold)] for gold in entries[word]),
                 said[word] in entries[word]) for word in words]
        shares = [100 * sum(column) / len(rows) for column in zip(*rows, strict=True)]
        print(f"{name:10}{len(words):8}{shares[0]:11.1f}{shares[1]:8.1f}{shares[2]:12.1f}{shares[3]:10.1f}{shares[4]:8.1f}"
              f"{shares[5]:13.1f}")


def fits(words, beats_of):
    """Whether some reading of each word makes one of the metres together."""
    options = [set(beats_of(word)) for word in words]
    for metre in METRES:
        reached = {0}
        for beats in options:
            reached = {at + len(own) for at in reached for own in beats if at + len(own) <= len(metre)
                       and all(x in {"x", y} for x, y in zip(own, metre[at:], strict=False))}
        if len(metre) in reached:
            return True
    return False


def metre(english, lines, prose):
    def own(word):
        return [reading.beats for reading in english.readings(word)]

    def all_free(word):
        return [beats if len(beats) > 1 else "x" for beats in own(word)]

    def content_stressed(word):
        return [beats if len(beats) > 1 or word.lower() in english.weak else "1" for beats in own(word)]

    draw = random.Random(0)
    sets = {"sonnets": lines, "shuffled": [draw.sample(line, len(line)) for line in lines], "prose": prose}
    print("\nfits iambic pentameter, % of lines" + "".join(f"{name:>10}" for name in sets))
    ways = {"as it is": own, "every monosyllable free": all_free, "content words stressed": content_stressed}
    for name, beats_of in ways.items():
        print(f"  {name:32}" + "".join(f"{100 * sum(fits(x, beats_of) for x in some) / len(some):10.1f}"
                                       for some in sets.values() if some))


def ten_syllables(english, text):
    """Runs of ten syllables, by first readings."""
    runs, run, count = [], [], 0
    for word in english.words(text):
        run.append(word)
        count += len(english.readings(word)[0].beats)
        if count >= 10:
            runs += [run] if count == 10 else []
            run, count = [], 0
    return runs


def strictly(english, a, b):
    """The peer: equal from the last primary stress on, as dictionaries of rhymes have it."""
    def part(word):
        said = english._said(word)[0]
        stressed = [i for i, sound in enumerate(said) if sound[-1] == "1"]
        return [*map(bare, said[stressed[-1]:])] if stressed else None

    return part(a) is not None and part(a) == part(b)


def rhymes(english, sonnets):
    gold = [(sonnet[i][-1], sonnet[j][-1]) for sonnet in sonnets for i, j in GOLD]
    ends = [line[-1] for sonnet in sonnets for line in sonnet]
    draw = random.Random(0)
    chance = [pair for pair in (draw.sample(ends, 2) for _ in range(5000)) if pair[0].lower() != pair[1].lower()]
    names = "".join(f"{name:>9}" for name in GRADES.values())
    print(f"\n{'rhyme, % of pairs':20}{names}{'shared key':>12}{'peer':>8}")
    for name, pairs in (("gold", gold), ("random", chance)):
        counts = Counter(english.rhyme(a, b) for a, b in pairs)
        shared = sum(bool({x for r in english.readings(a) for x in (r.rhyme, "~" + r.slant)}
                          & {x for r in english.readings(b) for x in (r.rhyme, "~" + r.slant)}) for a, b in pairs)
        print(f"  {name:10}{len(pairs):8}" + "".join(f"{100 * counts[grade] / len(pairs):9.1f}" for grade in GRADES)
              + f"{100 * shared / len(pairs):12.1f}{100 * sum(strictly(english, a, b) for a, b in pairs) / len(pairs):8.1f}")
    print("  none: " + ", ".join("/".join(pair) for pair in gold if english.rhyme(*pair) == NONE))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dict", type=Path, required=True)
    parser.add_argument("--sonnets", type=Path, required=True)
    parser.add_argument("--prose", type=Path, nargs="*", default=[])
    asked = parser.parse_args()
    import numpy  # noqa: F401 (not part of our loading)

    start = time.process_time()
    english = English()
    english.readings("the")
    loading = time.process_time() - start
    verse = list(english._lexicon._table)[:20000]  # beyond are words whose letters mislead
    start = time.process_time()
    english.prepare(["zorblax"])
    network = time.process_time() - start

    letters_to_sounds(read(asked.dict), set(verse))
    lines = [english.words(line) for line in asked.sonnets.read_text(encoding="utf-8").splitlines() if line.strip()]
    sonnets = [[english.words(line) for line in poem.splitlines()] for poem in
               re.split(r"\n\s*\n", asked.sonnets.read_text(encoding="utf-8").strip())]
    prose = " ".join(path.read_text(encoding="utf-8", errors="replace") for path in asked.prose)
    prose = re.sub(r"[^\w\s'’,.;:!?-]|\w*_\w*", " ", prose)
    english.prepare({word for line in lines for word in line} | set(english.words(prose)))
    metre(english, lines, ten_syllables(english, prose))
    rhymes(english, [sonnet for sonnet in sonnets if len(sonnet) == 14])
    ends, words = [line[-1].lower() for line in lines], [word.lower() for line in lines for word in line]
    print(f"\nweak words: {100 * sum(word in english.weak for word in ends) / len(ends):.1f} % of line ends, "
          f"{100 * sum(word in english.weak for word in words) / len(words):.1f} % of words")
    commonest = Counter(word for word in ends if word in english.weak).most_common(16)
    print("  at ends: " + ", ".join(f"{word} {n}" for word, n in commonest))

    print(f"\nCPU s: loading {loading:.3f}, the network {network:.3f}", end="")
    drawn = random.Random(1).choices(verse[500:], k=30000)
    archaic = [f"{word}'d" for word in verse[2000:3500]] + [f"{word}eth" for word in verse[3000:4500]]
    stocks = {"15,000 words of verse": verse[:12000] + archaic,
              "15,000 in no table": [f"{a}{b}"[:7] + "q" for a, b in zip(drawn[::2], drawn[1::2], strict=True)]}
    for name, stock in stocks.items():
        fresh = English()
        fresh.readings("the")
        start = time.process_time()
        fresh.prepare(stock)
        prepared = time.process_time() - start
        for word in stock:
            fresh.readings(word)
        print(f", {name} {prepared:.2f} prepared, {time.process_time() - start:.2f} with readings", end="")
    print()


if __name__ == "__main__":
    main()
