"""Trainings that are killed, interrupted and resumed, through the command line."""

import json
import os
import random
import select
import shlex
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from forker import MARK
from safetensors.numpy import load_file
from toys import HERE, TOY, python

from artengine.models import read_header


class Forker:
    """``forker.py``, spoken to."""

    def __init__(self, save, log):
        self.log, self.errors = log, log.open("w", encoding="utf-8")
        self.process = subprocess.Popen(python(HERE / "forker.py", save), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=self.errors, text=True)

    def start(self, *args):
        """Begin a command here and now; returns its process id."""
        line = {"args": [str(a) for a in args], "folder": os.getcwd(), "path": str(TOY),
                "environ": {"ARTENGINE_CACHE": os.environ["ARTENGINE_CACHE"]}}
        self.process.stdin.write(json.dumps(line) + "\n")
        self.process.stdin.flush()
        return self._number()

    def idle(self):
        """True once the command has ended."""
        return bool(select.select([self.process.stdout], [], [], 0)[0])

    def end(self):
        """Wait for the command; returns its exit code, negative for the signal that killed it."""
        return os.waitstatus_to_exitcode(self._number())

    def _number(self):
        while not (line := self.process.stdout.readline()).strip().isdigit():  # what the command itself prints
            assert line, self.words()
        return int(line)

    def words(self):
        """What the command said on standard error."""
        return self.log.read_text("utf-8").rpartition(MARK)[2]

    def close(self):
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()
        self.errors.close()


@pytest.fixture(scope="module")
def one(tmp_path_factory):
    made = Forker(0.02, tmp_path_factory.mktemp("forker") / "log")
    yield made
    made.close()


@pytest.fixture
def forker(one, toy_trained):
    return one


def rows(name):
    path = Path("runs", name, "metrics.jsonl")
    lines = path.read_text("utf-8").splitlines() if path.exists() else []
    return [{k: v for k, v in json.loads(line).items() if k != "seconds"} for line in lines if line.endswith("}")]


def wait_for(condition):
    patience = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < patience
        time.sleep(0.005)


def train(name, *more, steps=240):
    return ("train", "--plugin", "toy-writer", "--model", name, "--device", "cpu", "--steps", steps, *more)


def newest(name):
    return sorted(Path("runs", name, "checkpoints").glob("*.safetensors"))[-1]


def assert_same(name, other, why=""):
    """Everything that two runs leave behind, checkpoints with their optimisers included, is the same to the bit."""
    for ours, theirs in ((f"models/{name}.safetensors", f"models/{other}.safetensors"),
                         (f"runs/{name}/last.safetensors", f"runs/{other}/last.safetensors"), (newest(name), newest(other))):
        a, b = load_file(ours), load_file(theirs)
        assert a.keys() == b.keys()
        assert all(np.array_equal(a[key], b[key]) for key in a), why
    assert rows(name) == rows(other)


def test_killed_and_interrupted_trainings_reach_the_very_same_weights(forker, texts):
    fresh = ("--corpus", texts, "--set", "delay=0.002", "--quiet")
    forker.start(*train("whole", *fresh))
    assert forker.end() == 0
    rng = random.Random()  # other moments every time
    kills = []
    for kill in range(3):
        before = len(rows("cut"))
        pid = forker.start(*train("cut", *(("--resume", "--quiet") if kill else fresh)))
        # Anywhere from before the first new row to far beyond it.
        more = rng.randint(0 if kill else 1, 4)
        wait_for(lambda seen=before, more=more: len(rows("cut")) >= seen + more or forker.idle())
        time.sleep(rng.uniform(0, 0.1))
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        kills.append((forker.end(), rows("cut")[-1]["step"]))
    assert kills[0][0] == -signal.SIGKILL
    forker.start(*train("cut", "--resume", "--quiet"))
    assert forker.end() == 0
    assert_same("cut", "whole", kills)



@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_asked_to_stop_it_saves_and_says_how_to_go_on(forker, texts, number):
    fresh = ("--corpus", texts, "--set", "delay=0.002")
    forker.start(*train("whole", *fresh, steps=150))
    assert forker.end() == 0
    pid = forker.start(*train("asked", *fresh, steps=150))
    wait_for(lambda: len(rows("asked")) > 2)
    os.kill(pid, number)
    assert forker.end() == 130
    assert Path("models/asked.safetensors").exists()
    words = forker.words().splitlines()
    told = next(line for line in words if "--resume" in line)
    command = shlex.split(told[told.index("artengine train"):].rstrip("."))
    forker.start(*command[1:])
    assert forker.end() == 0
    assert_same("asked", "whole")


def test_asked_twice_it_leaves_at_once(forker, texts):
    pid = forker.start(*train("slow", "--corpus", texts, "--set", "delay=600"))
    wait_for(lambda: Path("runs/slow/tensorboard").exists())
    for _ in range(2):
        time.sleep(0.3)
        os.kill(pid, signal.SIGINT)
    assert forker.end() == 130
    assert "before there was anything to keep" in forker.words()
    assert not Path("runs/slow").exists()


@pytest.mark.parametrize(("flags", "said"), [
    (["--set", "units"], "--set units is not of the form OPTION=VALUE"), (["--set", "units=x"], "units"),
    (["--set", "unit=3"], 'Did you mean "units"'), (["--corpus", "toy-fils"], 'Did you mean "toy-files"'),
    (["--plugin", "toy-writr"], 'Did you mean "toy-writer"'), (["--plugin", "toy-fixed"], "toy-writer"),
    (["--model", "none", "--resume"], "no run")])
def test_wrong_flags_cost_one_sentence(forker, texts, flags, said):
    base = ["--plugin", "toy-writer", "--corpus", texts, "--model", "m"]
    forker.start("train", *base, *flags)
    assert forker.end() == 2
    assert said in forker.words()
    assert "Traceback" not in forker.words()
    assert not Path("models").exists()


def test_the_studio_gives_defaults(forker, texts):
    Path("artengine.toml").write_text(f'[train]\nplugin = "toy-writer"\ncorpus = "{texts}"\nsteps = 7\n'
                                      '[train.toy-writer]\nunits = 5\nseed = 4\ndevice = "cpu"\n', "utf-8")
    forker.start("train", "--model", "m", "--set", "dropout=0.1", "--seed", "6")
    assert forker.end() == 0
    head = read_header(Path("models/m.safetensors"))
    Path("artengine.toml").write_text('[train]\nplugin = "toy-writer"\nsteps = "many"\n', "utf-8")
    forker.start("train", "--corpus", texts, "--model", "n")
    assert forker.end() == 2
    assert "steps = 'many' under [train]" in forker.words()
    assert (head["steps"], head["seed"], head["options"]["units"], head["options"]["dropout"]) == (7, 6, 5, 0.1)


def test_help_has_examples():
    said = subprocess.run(python("-m", "artengine", "train", "--help"), capture_output=True, text=True, check=True).stdout
    assert "artengine train --plugin melody-rnn --model mine --resume" in said
    assert "torch" not in subprocess.run(python("-X", "importtime", "-m", "artengine", "train", "--help"), check=True,
                                         capture_output=True, text=True).stderr
