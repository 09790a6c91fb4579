"""Verse by a trained model: does it keep its form, does it end as verse does, what does it cost, and whose words are they?

    python benchmarks/verse.py [--plugin NAME] [--model FILE] [--tang FILE] [--works 100] [--dict cmudict.dict]

``forms``  So many haiku, sonnets, limericks, quatrains ABAB and 七绝: how many keep their form by ``forms.check``, and by a
    second check that shares nothing with it but the table of Chinese rhymes: syllables and rhymes of English by the CMU
    dictionary (``--dict``; any pronunciation, and letters for words it lacks), of Chinese by the likeliest rhyme of each
    character alone, tones by the rule of the second, fourth and sixth. The dictionary knows neither *o'er* nor *heav'n* as
    verse says them: a line also counts where the line would be whole with an apostrophe's vowel or a glide less.
    To reach: all of them by ``forms.check``.
    Then the poems' ends beside the corpus': share of lines that end on an article, preposition or conjunction, share of
    poems that end with a mark that ends a sentence.
``time``   CPU ms of a poem once the model is loaded: in a row, and alone (with what every rendering prepares).
    To reach: a haiku 50, a sonnet 400, a 七绝 100.
``cold``   Wall seconds of ``artengine render --form haiku`` from nothing, beside ``python -c "import torch"``, in turn.
``chance`` The peer: the same model without its masks, asked for three lines. How many are haiku?
``words``  Longest span shared with one training poem, and the share of windows of 32 characters (7 of Chinese) found there.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from itertools import islice
from pathlib import Path
from statistics import median

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

from artengine import corpus, models, plugins
from artengine.nn.decoding import decode
from artengine.nn.sampling import Sampler
from artengine.runs import LocalRun
from artengine.studio import Studio
from artengine_text import prosody
from artengine_text.fingerprint import Fingerprint
from artengine_text.forms import check, resolve
from artengine_text.poetry import fields as f
from artengine_text.poetry.settings import Controls
from artengine_text.poetry.tokens import NEWLINE, STANZA, START, UNKNOWN

PARTS = ("forms", "time", "cold", "chance", "words")
ASKED = {"haiku": Controls(form="haiku"), "sonnet": Controls(form="sonnet"), "limerick": Controls(form="limerick"),
         "quatrain": Controls(form="quatrain", rhyme="ABAB"), "七绝": Controls(form="七绝")}
TARGETS = {"haiku": 50, "sonnet": 400, "七绝": 100}
SCHEMES = {"haiku": "---", "sonnet": "ababcdcdefefgg", "limerick": "aabba", "quatrain": "abab"}
_CLOSED = """
a an the and or nor but if than though although because unless lest while whilst till until as of to at by for from in into
on onto upon with within without amid amidst among amongst against towards toward through between beneath betwixt above about
after before behind beyond under over since like
"""
CLOSED = frozenset(_CLOSED.split())
"""Articles, conjunctions and prepositions."""


# --- a second opinion on English

class Dictionary:
    """Pronunciations by the CMU dictionary, and by letters where it has none, or where there is no dictionary."""

    def __init__(self, path):
        self.said = defaultdict(list)
        for line in path.read_text("utf-8", errors="replace").splitlines() if path else ():
            word, *sounds = line.partition("#")[0].split()
            self.said[re.sub(r"\(\d+\)", "", word)].append(sounds)

    def sounds(self, word):
        """Ways to say a word; of an old spelling that the dictionary lacks (strew'd, starres, showes), the new one's."""
        new = (word, word.replace("'", "e"), word.replace("'", ""), re.sub(r"e(?=s?$)", "", word),
               re.sub(r"(.)\1es?$", r"\1", word), re.sub(r"(.)\1es$", r"\1s", word))
        return next((self.said[spelt] for spelt in new if spelt in self.said), [])

    def syllables(self, word):
        """Every number of syllables the word may have."""
        if "-" in word:
            return {a + b for a in self.syllables(word.partition("-")[0]) for b in self.syllables(word.partition("-")[2])}
        known = {sum(sound[-1].isdigit() for sound in sounds) for sounds in self.sounds(word)}
        spoken = re.sub(r"(?<=[^aeiouyl])es?$|(?<=[aeiouy]l)es?$|(?<=[^td])e['’]?d$", "", word)
        known = known or {max(1, len(re.findall("[aeiouy]+", spoken)))}
        glides = "'" in word or re.search("[iueo][aeou]|[ao]w?er|[ei]r[ei]|[aeiou]v?en$", word)
        fewer = {n - 1 for n in known if n > 1 and glides}
        more = {n + 1 for n in known if word.endswith("ed")}  # banishèd
        return known | fewer | more | ({0} if word == "th'" else set())

    def line(self, text):
        """Every number of syllables the line may have."""
        totals = {0}
        for word in words(text):
            totals = {total + n for total in totals for n in self.syllables(word)}
        return totals

    def rhymes(self, a, b):
        """Whether two words may rhyme: the same from a stressed vowel on, or where one is unknown the same letters."""
        one, other = ({tuple(sounds[i:]) for sounds in self.sounds(word) for i in stressed(sounds)} for word in (a, b))
        bare = [{tuple(sound.rstrip("012") for sound in part) for part in parts} for parts in (one, other)]
        return bool(bare[0] & bare[1]) if all(bare) else a[-2:] == b[-2:]


def words(line):
    """The words of a line of English, in lower case."""
    return re.findall(r"th'(?=\s)|[a-z]+(?:['-][a-z]+)*", line.lower().replace("’", "'").replace("—", " "))


def stressed(sounds):
    """Where a rhyme may begin: the last vowel with a stress, and the last of all in a word of several."""
    vowels = [i for i, sound in enumerate(sounds) if sound[-1].isdigit()]
    return {next((i for i in reversed(vowels) if sounds[i][-1] != "0"), vowels[-1]), vowels[-1]} if vowels else set()


def second_english(form, text, dictionary):
    """Lines that have the syllables of the form, lines, pairs that rhyme, pairs."""
    lines = [line for line in text.splitlines() if line.strip()]
    scheme = SCHEMES[form]
    counts = [dictionary.line(line) for line in lines]
    if form == "haiku":
        right = [want in have for want, have in zip((5, 7, 5), counts, strict=True)]
    elif form == "sonnet":
        right = [bool({10, 11} & have) for have in counts]
    elif form == "limerick":
        right = [bool(set(range(low, low + 4)) & have) for low, have in zip((7, 7, 5, 5, 7), counts, strict=True)]
    else:
        right = [bool({6, 7, 8, 9, 10, 11} & have) for have in counts]
    ends = [words(line)[-1] for line in lines]
    pairs = [(ends[i], ends[j]) for j in range(len(scheme)) for i in [scheme.rfind(scheme[j], 0, j)]
             if scheme[j] != "-" and i >= 0]
    return right, [dictionary.rhymes(a, b) for a, b in pairs]


# --- and on Chinese

def likeliest_rhymes():
    """The likeliest rhyme of each character, read off the table by itself."""
    found = {}
    for line in Path(prosody.__file__).with_name("chinese.txt").read_text("utf-8").splitlines():
        tag, *parts = line.split(" ")
        if tag[0] in "上下去入" and parts:
            found.update(dict.fromkeys(parts[0], tag))
    return found


def second_chinese(text, rhymes):
    """Lines whose second, fourth and sixth tones are right, and whether the even lines rhyme, on a level tone."""
    lines = [re.findall("[㐀-鿿]", line) for line in text.splitlines() if line.strip()]
    level = [[rhymes.get(c, "??")[1] == "平" for c in line] for line in lines]
    right = [len(line) == 7 and line[1] != line[3] and line[1] == line[5] for line in level]
    if all(right) and len(lines) == 4:  # 對, 粘, 對
        right = [True, level[0][1] != level[1][1], level[1][1] == level[2][1], level[2][1] != level[3][1]]
    ends = [rhymes.get(line[-1], "??") for line in (lines[1], lines[3])]
    return right, [ends[0] == ends[1] and ends[0][1] == "平"]


# --- the parts

class Writer:
    """A generator with the model that suits what is asked."""

    def __init__(self, plugin, file, controls):
        self.part = plugins.load(plugin)
        self.model = models.find(self.part, file, Studio.find(), controls)
        self.generator = plugins.target(self.part)(self.model, LocalRun())

    def poems(self, controls, seeds):
        """The poems, and the CPU ms of each."""
        poems, spent = [], []
        start = time.process_time()
        for poem in self.generator.render(controls, seeds):
            spent.append(1000 * (time.process_time() - start))
            poems.append(poem)
            start = time.process_time()
        return poems, spent


def show_forms(writers, made, dictionary):
    table, faults = likeliest_rhymes(), []
    print(f"{'':10}{'poems':>6}{'by forms.check':>16}{'by the second check':>21}{'its lines, %':>14}{'its rhymes, %':>15}")
    for form, (poems, _) in made.items():
        sounds = writers[form].generator.prosody
        asked = resolve(ASKED[form], sounds)
        checked = [check(asked, poem.body, sounds) for poem in poems]
        faults += [f"{form} {seed}: {one.faults[0].says}" for seed, one in enumerate(checked) if not one]
        second = [second_chinese(poem.body, table) if form == "七绝" else second_english(form, poem.body, dictionary)
                  for poem in poems]
        lines, rhymes = ([ok for one in second for ok in one[i]] for i in (0, 1))
        both = sum(all(a) and all(b) for a, b in second)
        print(f"{form:10}{len(poems):6}{sum(map(bool, checked)):16}{both:21}{100 * np.mean(lines):14.1f}"
              + (f"{100 * np.mean(rhymes):15.1f}" if rhymes else f"{'':>15}"))
    print("\n".join(faults))


def show_ends(writer, poems):
    def shares(bodies):
        lines = [found[-1] for body in bodies for line in body.splitlines() if (found := words(line))]
        final = [bool(re.search(r"[.!?…][\"'”’)\]]*\s*$", body)) for body in bodies]
        return 100 * np.mean([word in CLOSED for word in lines]), 100 * np.mean(final)

    header = writer.model.header["corpus"]
    real = [text.body for text in corpus.open(header["part"], "text", LocalRun()) if text.language.startswith("en")]
    ours, theirs = shares([poem.body for poem in poems]), shares(real)
    print(f"\nlines that end on an article, preposition or conjunction: {ours[0]:.1f} %, the corpus {theirs[0]:.1f} %")
    print(f"poems that end with a mark that ends a sentence: {ours[1]:.0f} %, the corpus {theirs[1]:.0f} %")


def show_time(writers, made):
    print(f"\n{'CPU ms':10}{'in a row':>10}{'90 %':>8}{'alone':>8}{'to reach':>10}")
    for form, (_, spent) in made.items():
        alone = [writers[form].poems(ASKED[form], [seed])[1][0] for seed in range(1000, 1005)]
        print(f"{form:10}{median(spent[1:] or spent):10.0f}{np.quantile(spent, 0.9):8.0f}{median(alone):8.0f}"
              f"{TARGETS.get(form, ''):>10}")


def show_cold(plugin, file):
    program = [sys.executable, "-m", "artengine", "render", "--plugin", plugin, "--form", "haiku", "--seed", "1"]
    ways = {"artengine render --form haiku": program + (["--model", str(Path(file).resolve())] if file else []),
            "import torch": [sys.executable, "-c", "import torch"]}
    spent = {name: [] for name in ways}
    for turn in range(6):
        for name, command in ways.items():
            with tempfile.TemporaryDirectory() as folder:
                extra = ["--output", f"{folder}/"] if "artengine" in name else []
                start = time.perf_counter()
                subprocess.run([*command, *extra], stdout=subprocess.DEVNULL, check=True)
                if turn:  # the first reads the files from the disk
                    spent[name].append(time.perf_counter() - start)
    print("\nwall s, cold: " + ", ".join(f"{name} {median(times):.2f}" for name, times in spent.items()))


class Unmasked:
    """A poem of three lines as the model writes it unasked: it is told that there are three, and stops after them."""

    def __init__(self, tokens):
        self.tokens, self.symbols, self.ended = tokens, [START], 0
        self._mask = np.ones(len(tokens), bool)
        self._mask[[START, UNKNOWN]] = False

    @property
    def done(self):
        return self.ended == 3 or len(self.symbols) > 150

    def fields(self):
        left = 3 - self.ended
        return self.symbols[-1], 0, f.lines_left(left, f.STANZA_LINES), f.lines_left(left, f.POEM_LINES), 0, 0

    def allowed(self):
        return self._mask

    def push(self, symbol):
        self.symbols.append(symbol)
        self.ended += symbol in (NEWLINE, STANZA)

    @property
    def text(self):
        return "".join("\n" if s in (NEWLINE, STANZA) else self.tokens.pieces[s] for s in self.symbols[1:])


def show_chance(writer, tries):
    generator = writer.generator
    asked = resolve(ASKED["haiku"], generator.prosody)
    controls = Controls()
    sampler = Sampler(controls.temperature, controls.top_k, controls.top_p, controls.min_p)
    poems = [line.text for line in decode(generator.step, lambda seed: Unmasked(generator.tokens), range(tries), sampler)]
    haiku = sum(bool(check(asked, poem, generator.prosody)) for poem in poems)
    print(f"\nwithout masks, asked for three lines: {haiku} of {tries} are haiku")


def show_words(writers, made):
    print(f"\n{'':10}{'longest shared span, characters: median':>40}{'95 %':>7}{'most':>6}{'windows found, %':>18}")
    for form, (poems, _) in made.items():
        known = Fingerprint.from_arrays(writers[form].model.weights)
        found = [known.overlap(poem) for poem in poems]
        spans = [one.longest.characters if one.longest else 0 for one in found]
        worst = max((one.longest for one in found if one.longest), key=lambda one: one.characters, default=None)
        print(f"{form:10}{np.median(spans):40.0f}{np.quantile(spans, 0.95):7.0f}{max(spans):6}"
              f"{100 * np.mean([one.share for one in found]):18.2f}" + (f'   "{worst.quoted()}"' if worst else ""))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--plugin", default="poetry-rnn", help="poetry-rnn or poetry-transformer")
    parser.add_argument("--model", help="model of English, by name or file; by default the one that ships")
    parser.add_argument("--tang", help="model of Chinese; \"none\" for none")
    parser.add_argument("--works", type=int, default=100)
    parser.add_argument("--dict", type=Path)
    parser.add_argument("--parts", nargs="*", default=PARTS, choices=PARTS)
    args = parser.parse_args()
    english = Writer(args.plugin, args.model, ASKED["haiku"])
    writers = dict.fromkeys(("haiku", "sonnet", "limerick", "quatrain"), english)
    if args.tang != "none":
        writers["七绝"] = Writer(args.plugin, args.tang, ASKED["七绝"])
    print(f"{args.plugin}, {', '.join(dict.fromkeys(w.model.name or w.model.part for w in writers.values()))}")
    made = {}
    if {"forms", "time", "words"} & {*args.parts}:
        for form, writer in writers.items():
            writer.poems(ASKED[form], [10**6])  # loads what is loaded once
            made[form] = writer.poems(ASKED[form], range(args.works))
    if "forms" in args.parts:
        show_forms(writers, made, Dictionary(args.dict))
        show_ends(english, [poem for form, (poems, _) in made.items() if form != "七绝" for poem in poems])
        for form, (poems, _) in made.items():
            print("\n".join(["", form, *(poem.body for poem in islice(poems, 1))]))
    if "time" in args.parts:
        show_time(writers, made)
    if "cold" in args.parts:
        show_cold(args.plugin, args.model)
    if "chance" in args.parts:
        show_chance(english, 500)
    if "words" in args.parts:
        show_words(writers, made)


if __name__ == "__main__":
    main()
