"""How well each critic of verse tells real poems from damaged ones: ``python benchmarks/text_critics.py --verse FILE...``.

For every critic and every kind of damage, the AUC: how often a real poem gets a better score than a damaged one (0.5 is
chance). Real are the corpus verses and the poems of the files given (as ``text-folder`` reads them), odd-numbered ones only:
the critics' ranges were read off the even-numbered ones. First the critics are told nothing, and metre, rhyme and form are
shown verse in metre and rhyme alone: English of six lines or more, and Chinese of four or eight. Then they are told by the
labels of the corpus verses (those of five lines or more) what was asked, and the damaged poem was asked the same. Prose is
that of this project's pages, cut into lines of as many words as the poem has; of Chinese, characters by their frequency.
Lines in another order are no damage that can be heard in half of all Chinese quatrains, where three lines of four rhyme.

``text-originality`` measures by a fingerprint of the even-numbered poems; ``text-likelihood`` by the model given with
``--model``, which should not have learnt from the files. To reach: 0.9 for the damage that a critic is about, marked ``*``.
"""

from __future__ import annotations

import argparse
import random
import re
import string
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from artengine.models import Model
from artengine.plugins import load
from artengine.runs import LocalRun
from artengine.works import Text
from artengine_corpora.verses import Verses
from artengine_text import fingerprint, reading
from artengine_text.critics.diversity import Diversity
from artengine_text.critics.form import Form
from artengine_text.critics.likelihood import Likelihood
from artengine_text.critics.metre import Metre
from artengine_text.critics.originality import Originality
from artengine_text.critics.rhyme import Rhyme

PAGES = Path(__file__).resolve().parent.parent / "docs"
FREE = ("free", "haiku", "tanka", "acrostic")  # forms of the corpus verses without metre and rhyme
DAMAGES = ("prose", "shuffle_lines", "shuffle_in_lines", "shuffle_words", "letters", "markov", "loop", "echo", "phrase")


def han(text: Text) -> bool:
    """Whether a poem is Chinese."""
    return text.language.startswith("zh")


def single(text: Text) -> Text:
    """*text* with a line of Chinese for each that its punctuation ends."""
    return replace(text, body=re.sub(r"(?<=[，。；！？])(?=[㐀-鿿])", "\n", text.body)) if han(text) else text


def relined(text: Text, lines: Sequence[str]) -> Text:
    """*text* with other lines, its stanzas kept."""
    rest = iter(lines)
    return replace(text, body="\n".join(next(rest, "") if line.strip() else "" for line in text.body.splitlines()))


def parts(line: str, text: Text) -> list[str]:
    """The words of a line, the characters of a Chinese one."""
    return re.findall(r"[㐀-鿿]", line) if han(text) else line.split()


def dealt(text: Text, words: Sequence[str]) -> Text:
    """*words* in lines of as many as the poem's lines have."""
    rest, lines = list(words), []
    for line in text.lines:
        count = len(parts(line, text))
        lines.append(("" if han(text) else " ").join(rest[:count]) + ("。" if han(text) else ""))
        del rest[:count]
    return relined(text, lines)


class Damages:
    """The ways to damage a poem, with what is needed for them."""

    def __init__(self, poems: Sequence[Text]) -> None:
        pages = " ".join(re.sub(r"```.*?```|`[^`]*`|[^\w\s.,;:'!?-]", " ", page.read_text("utf-8"), flags=re.DOTALL)
                         for page in sorted(PAGES.glob("*.md")))
        self.words = re.findall(r"[a-z]+", pages.lower())
        self.characters = [c for poem in poems if han(poem) for c in parts(poem.body, poem)]
        self.follows: dict[bool, dict[str, Counter[str]]] = {False: defaultdict(Counter), True: defaultdict(Counter)}
        for poem in poems:
            body = poem.body.lower()
            for i in range(len(body) - 2):
                self.follows[han(poem)][body[i:i + 2]][body[i + 2]] += 1

    def prose(self, text: Text, rng: random.Random) -> Text:
        """Prose from the project's pages; of Chinese, characters of other poems by their frequency."""
        words = self.characters if han(text) else self.words
        start = rng.randrange(len(words) - 4000)
        return dealt(text, rng.sample(words, 4000) if han(text) else words[start:start + 4000])

    def shuffle_lines(self, text: Text, rng: random.Random) -> Text:
        """The same lines in another order."""
        return relined(text, rng.sample(text.lines, len(text.lines)))

    def shuffle_in_lines(self, text: Text, rng: random.Random) -> Text:
        """The words of each line in another order."""
        lines = [parts(line, text) for line in text.lines]
        return dealt(text, [word for line in lines for word in rng.sample(line, len(line))])

    def shuffle_words(self, text: Text, rng: random.Random) -> Text:
        """All words in another order."""
        words = [word for line in text.lines for word in parts(line, text)]
        return dealt(text, rng.sample(words, len(words)))

    def letters(self, text: Text, rng: random.Random) -> Text:
        """Letters, or characters, at random."""
        def other(match: re.Match[str]) -> str:
            if han(text):
                return rng.choice(self.characters)
            return "".join(rng.choices(string.ascii_lowercase, k=len(match[0])))

        return replace(text, body=re.sub(r"[㐀-鿿]|[A-Za-z]+", other, text.body))

    def markov(self, text: Text, rng: random.Random) -> Text:
        """Characters drawn by the two before them."""
        follows = self.follows[han(text)]
        body = text.body[:2].lower()
        while len(body) < len(text.body):
            nexts = follows.get(body[-2:]) or follows[rng.choice(list(follows))]
            body += rng.choices(list(nexts), list(nexts.values()))[0]
        return replace(text, body=body)

    def loop(self, text: Text, rng: random.Random) -> Text:
        """One line over and over."""
        return relined(text, [rng.choice(text.lines)] * len(text.lines))

    def echo(self, text: Text, rng: random.Random) -> Text:
        """Every line said twice."""
        return relined(text, [text.lines[i - i % 2] for i in range(len(text.lines))])

    def phrase(self, text: Text, rng: random.Random) -> Text:
        """A few words of it over and over."""
        words = [word for line in text.lines for word in parts(line, text)]
        start = rng.randrange(max(1, len(words) - 6))
        return dealt(text, words[start:start + rng.randint(2, 6)] * len(words))


NONSENSE = {"prose", "shuffle_words", "letters", "markov"}
TOLD_NOTHING = {"metre": NONSENSE, "rhyme": {*NONSENSE, "shuffle_lines"}, "form": {*NONSENSE, "shuffle_lines"},
                "diversity": {"loop", "echo", "phrase"},
                "text-likelihood": {*NONSENSE, "shuffle_in_lines", "loop", "phrase"}}
TOLD = {"metre": NONSENSE, "rhyme": {*NONSENSE, "shuffle_lines", "loop"}, "form": {*NONSENSE, "shuffle_lines", "loop"}}


def auc(good: Sequence[float], bad: Sequence[float]) -> float:
    """How often a good one scores higher, ties counting half."""
    a, b = np.array(good)[:, None], np.array(bad)
    return float((a > b).mean() + 0.5 * (a == b).mean())


def table(title: str, critics: dict[str, Any], poems: dict[str, list[Text]], about: dict[str, set[str]], damages: Damages,
          seed: int) -> bool:
    """Print one table of AUC; True where all that a critic is about reaches 0.9."""
    print(f"\n{title:18}" + "".join(f"{name:>17}" for name in critics))
    real = {name: [j.score for j in critic.judge(poems[name])] for name, critic in critics.items()}
    good = True
    for damage in DAMAGES:
        line = f"{damage:18}"
        for name, critic in critics.items():
            rng = random.Random(f"{seed} {damage}")
            broken = [getattr(damages, damage)(poem, rng) for poem in poems[name]]
            value = auc(real[name], [j.score for j in critic.judge(broken)])
            own = damage in about.get(name, ())
            good &= value >= 0.9 or not own
            line += f"{value:16.3f}{'*' if own else ' '}"
        print(line)
    print(f"{'median, real':18}" + "".join(f"{np.median(s):16.2f} " for s in real.values()))
    print(f"{'poems':18}" + "".join(f"{len(poems[name]):16} " for name in critics))
    return good


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--verse", type=Path, nargs="*", default=[], help="files of poems")
    parser.add_argument("--free", type=Path, nargs="*", default=[], help="files of poems in free verse")
    parser.add_argument("--poems", type=int, default=60, help="poems of each file (60)")
    parser.add_argument("--seed", type=int, default=0, help="draws the damage (0)")
    parser.add_argument("--model", type=Path, help="a model of verse, for text-likelihood")
    parser.add_argument("--part", default="poetry-rnn", help="the generator that made it (poetry-rnn)")
    given = parser.parse_args()
    run = LocalRun()
    sets: dict[str, list[Text]] = {"verses": list(Verses(None, None, run))}
    for file in [*given.verse, *given.free]:
        sets[file.stem] = list(reading.read(file))
    sets = {name: [single(poem) for poem in poems] for name, poems in sets.items()}
    learnt = [poem for poems in sets.values() for poem in poems[::2]]
    long = {name: [poem for poem in poems[1::2] if len(poem.lines) >= (4 if han(poem) else 6)]
            for name, poems in sets.items()}
    ours = {name: poems[:: max(1, len(poems) // given.poems)] for name, poems in long.items()}
    every = [poem for poems in ours.values() for poem in poems]
    free = {file.stem for file in given.free}
    metrical = [poem for name, poems in ours.items() if name not in free for poem in poems
                if poem.labels.get("form") not in FREE]
    bare = {chinese: [replace(poem, labels={}) for poem in metrical if han(poem) == chinese
                      and (not chinese or len(poem.lines) in (4, 8))] for chinese in (False, True)}
    damages = Damages([poem for poems in sets.values() for poem in poems])
    heard: dict[str, Any] = {"metre": Metre(None, run), "rhyme": Rhyme(None, run), "form": Form(None, run)}
    critics: dict[str, Any] = {"diversity": Diversity(None, run)}
    shown = {"diversity": every}
    if given.model:
        critics["text-likelihood"] = Likelihood(None, run, Model.load(given.model, load(given.part, "generator")))
        shown["text-likelihood"] = every
    good = True
    abouts = {False: TOLD_NOTHING, True: dict.fromkeys(heard, NONSENSE)}
    for title, poems, about in (("English", bare[False], abouts[False]), ("Chinese", bare[True], abouts[True])):
        good &= table(title, heard, dict.fromkeys(heard, poems), about, damages, given.seed) if poems else True
    good &= table("any verse", critics, shown, TOLD_NOTHING, damages, given.seed)
    labelled = [poem for poem in sets["verses"] if "rhyme" in poem.labels and len(poem.lines) >= 5][1::2]
    good &= table("told what was asked", heard, dict.fromkeys(heard, labelled), TOLD, damages, given.seed)
    good &= originality(learnt, every, damages, given.seed)
    for name, critic in {**heard, **critics}.items():
        start = time.process_time()
        critic.judge(every[:100])
        print(f"{name}: {1000 * (time.process_time() - start) / len(every[:100]):.1f} ms a poem")
    return int(not good)


def originality(learnt: Sequence[Text], fresh: Sequence[Text], damages: Damages, seed: int) -> bool:
    """Whether copies are told from poems the fingerprint does not hold: whole, disguised, and in part."""
    arrays = {f"fingerprint.{name}": array for name, array in fingerprint.build(learnt).items()}
    critic = Originality(None, LocalRun(), Model("poetry-rnn", None, arrays))
    rng = random.Random(f"{seed} copies")
    copied = rng.sample([poem for poem in learnt if len(poem.lines) >= 6], 150)
    other = [replace(poem, body=poem.body.upper().replace(",", " —").replace("'", "’")) for poem in copied]
    part = []
    for poem in copied:  # four lines of it, in a poem of other words
        quoted = damages.shuffle_words(poem, rng).lines
        start = rng.randrange(len(poem.lines) - 3)
        quoted[start:start + 4] = poem.lines[start:start + 4]
        part.append(relined(poem, quoted))
    real = [j.score for j in critic.judge(fresh)]
    good, size = True, sum(array.nbytes for array in arrays.values()) / 1e3
    print(f"\ntext-originality: {len(learnt)} poems in {size:.0f} kB; {len(fresh)} unseen, median {np.median(real):.2f}")
    for name, works in (("copies", copied), ("copies in capitals, repointed", other), ("four lines copied", part)):
        value = auc(real, [j.score for j in critic.judge(works)])
        good &= value >= 0.9
        print(f"  {name:30}{value:.3f}*")
    return good


if __name__ == "__main__":
    sys.exit(main())
