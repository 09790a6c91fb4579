"""A stranger's plugin: verse from seeds, with and without a model, two exporters, three critics and a reader."""

import math
import os
import signal
import time
from dataclasses import dataclass
from typing import Annotated

import numpy as np

from artengine.api import Judgement, Opt, Part, hookimpl
from artengine.works import Text

TOLD = []  # what artengine_finished was told


@dataclass(frozen=True)
class Options:
    letters: Annotated[int, Opt("Letters in a word.", min=1, max=9)] = 4


@dataclass(frozen=True)
class Controls:
    words: Annotated[int, Opt("Words to write.", min=1, max=5000)] = 5
    mood: Annotated[str, Opt("Its mood.", choices=("merry", "sad"))] = "merry"
    after: Annotated[Text | None, Opt("A text to go on from.", work="text")] = None
    title: Annotated[str, Opt("Its title.")] = ""
    wait: Annotated[float, Opt("Seconds to take over each work.", min=0)] = 0.0
    interrupt: Annotated[int, Opt("Press Ctrl-C after so many works.", min=0)] = 0
    lazy: Annotated[bool, Opt("Stop after one work.")] = False


@dataclass(frozen=True)
class Look:
    shout: Annotated[bool, Opt("Write in capitals.")] = False
    words: Annotated[int, Opt("Words on a line.", min=1)] = 100


@dataclass(frozen=True)
class Taste:
    vowels: Annotated[str, Opt("Letters it likes.")] = "aeiou"


@hookimpl
def artengine_parts():
    more = {"medium": "text", "summary": "For tests."}
    yield Part(kind="generator", name="verse", target="verses:Verse", controls=Controls, formats=("verse",), **more)
    yield Part(kind="generator", name="verse-net", target="verses:Net", options=Options, controls=Controls,
               formats=("verse",), **more)
    yield Part(kind="exporter", name="verse-raw", target="verses:Raw", formats=("raw",), **more)
    yield Part(kind="exporter", name="verse-file", target="verses:File", options=Look, formats=("verse", "vrs"), embeds=True,
               **more)
    yield Part(kind="corpus", name="verse-reader", target="verses:Reader", formats=("verse", "vrs"), **more)
    yield Part(kind="critic", name="vowels", target="verses:Vowels", options=Taste, **more)
    yield Part(kind="critic", name="brevity", target="verses:Brevity", **more)
    yield Part(kind="critic", name="mad", target="verses:Mad", **more)


@hookimpl
def artengine_finished(works, error):
    TOLD.append((len(works), error))


class Verse:
    alphabet = "aeioubcdfg"
    letters = 4

    def __init__(self, model, run):
        self.run = run

    def render(self, controls, seeds):
        for i, seed in enumerate(seeds):
            if self.run.stopped() or (controls.lazy and i):
                return
            time.sleep(controls.wait)
            rng = np.random.Generator(np.random.Philox(key=seed))
            words = ["".join(rng.choice(list(self.alphabet), self.letters)) for _ in range(controls.words)]
            yield Text(" ".join([*(controls.after.body.split() if controls.after else ()), *words]), controls.title)
            if controls.interrupt == i + 1:
                os.kill(os.getpid(), signal.SIGINT)


class Net(Verse):
    """One that has to be trained: its weights are the letters it knows."""

    learner = None

    def __init__(self, model, run):
        super().__init__(model, run)
        self.alphabet = "".join(chr(int(c)) for c in model.weights["alphabet"])
        self.letters = model.options.letters


class Raw:
    def __init__(self, options, run):
        self.shout, self.width = (options.shout, options.words) if options else (False, 100)

    def body(self, work):
        words = (work.body.upper() if self.shout else work.body).split()
        return "\n".join(" ".join(words[i:i + self.width]) for i in range(0, len(words), self.width)) + "\n"

    def write(self, work, path, recipe):
        path.write_text(self.body(work))

    def recipe(self, path):
        return None


class File(Raw):
    def write(self, work, path, recipe):
        path.write_text(f"{self.body(work)}%% {recipe}\n")

    def recipe(self, path):
        return next((line[3:] for line in path.read_text().splitlines() if line.startswith("%% ")), None)


class Reader:
    licence = "CC0-1.0"

    def __init__(self, source, options, run):
        self.source, self.run = source, run

    def __iter__(self):
        text = " ".join(line for line in self.source.read_text().splitlines() if not line.startswith("%%"))
        if "?" in text:
            self.run.skip(str(self.source), "it asks questions")
        else:
            yield Text(" ".join(text.split()))


class Vowels:
    def __init__(self, options, run, model=None):
        self.vowels, self.model = options.vowels, model

    def judge(self, works):
        shares = [sum(c in self.vowels for c in w.body) / len(w.body) for w in works]
        made_by = self.model.name if self.model else "nobody"
        return [Judgement(s, {"share": s}, (f"{s:.0%} vowels, by {made_by}.",)) for s in shares]


class Brevity:
    def __init__(self, options, run, model=None):
        pass

    def judge(self, works):
        return [Judgement(1 / (1 + len(w.body.split())), {}, ("Short is good.",)) for w in works]


class Mad:
    def __init__(self, options, run, model=None):
        pass

    def judge(self, works):
        return [Judgement(math.nan) for _ in works]

