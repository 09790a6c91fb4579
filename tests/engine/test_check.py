"""The conformance kit finds each fault it is there for: a part that is well is broken in just one way, for every check."""

import json
import os
import subprocess
import sys

import pytest
from projects import installed

from artengine.errors import ArtengineError
from artengine.testing import Failed, Subject, checks, parametrize_checks, run_checks
from artengine.testing.kit import run_check
from artengine.testing.parametrize import Case
from helpers import artengine

SEEDS = "seeds, sampler"  # as the generator hands them on
LATENT = '''

    latent_dim = 2

    def encode(self, works):
        return np.array([[len(work.body), 1] for work in works], np.float32)

    def latents(self, seeds, controls):
        return np.array([[seed, -1] for seed in seeds], np.float32)

    def decode(self, z, controls):
        return [Text("a" * max(1, int(n))) if kind > 0 else next(iter(self.render(controls, [int(n)]))) for n, kind in z]

    def prepare('''
AS_LATENT = ("\n    def prepare(", LATENT)

# check, kind, medium, {module: (what stands there, what is there instead)}, what the kit must say
FAULTS = [
    ("options-documented", "generator", "text", {"plugin": ('Opt("Lines to write.", ', 'Opt("", ')}, "lines of Controls has no help"),
    ("options-documented", "generator", "text", {"plugin": ("    lines:", "    count:")}, "shadow the engine's own --count"),
    ("options-documented", "critic", "text", {"plugin": ("easier.", "easier")}, "no sentence"),
    ("declared-properly", "exporter", "text", {"plugin": ('formats=("svg",)', 'formats=(".svg",)')}, "formats must be file endings"),
    ("declared-properly", "exporter", "text", {"plugin": (', formats=("svg",)', "")}, "must name the formats"),
    ("declared-properly", "generator", "text", {"plugin": ('tiny={"units": 12, "length": 16, "batch_size": 4}, ', "")}, "names no tiny options"),
    ("declared-properly", "critic", "text", {"critic": ("def judge", "def score")}, "has no judge"),
    ("declared-properly", "corpus", "text", {"plugin": ("corpus:Toy", "corpus:Tyo")}, "has no Tyo"),
    ("declared-properly", "generator", "text", {"generator": ("    def prepare(", "    def ready(")}, "has a learner and no prepare"),
    ("declared-properly", "critic", "text", {"plugin": ('summary="', 'summary="Very' + " very" * 20)}, "has room for 100"),
    ("listing-is-light", "critic", "image", {"plugin": ("from typing", "import numpy\nfrom typing")}, "brings numpy with it"),
    ("listing-is-light", "critic", "text", {"plugin": ("@hookimpl", "import socket\nsocket.socket(socket.AF_INET, socket.SOCK_DGRAM).connect(('127.0.0.1', 9))\n\n@hookimpl")}, "goes to the network"),
    ("models-exist", "generator", "text", {"plugin": ("formats=", 'models={"one": "toy:one.safetensors"}, formats=')}, 'The model "one" is not at'),
    ("renders-declared-medium", "generator", "text", {"generator": ("line.work()", "line.work().body")}, "is str, not a work"),
    ("renders-declared-medium", "generator", "text", {"generator": ("decode(network", "decode([np.random.seed(s) for s in seeds] and network")}, "Seed 4294967296 is too much"),
    ("renders-declared-medium", "generator", "text", {"generator": (SEEDS, "seeds[1:], sampler")}, "yields 3 works for 4 seeds"),
    ("same-seed-same-bytes", "generator", "text", {"generator": (SEEDS, "[s + np.random.randint(10**6) for s in seeds], sampler")}, "twice gives other works"),
    ("same-seed-same-bytes", "generator", "text", {"generator": (SEEDS, "[s + id(self) % 10**6 for s in seeds], sampler")}, "made anew gives other works"),
    ("seeds-differ", "generator", "text", {"generator": (SEEDS, "[s // 2 for s in seeds], sampler")}, "Seeds 8 and 9 give the same work"),
    ("work-independent-of-count", "generator", "text", {"generator": (SEEDS, "[s + i for i, s in enumerate(seeds)], sampler")}, "come in another order"),
    ("work-independent-of-count", "generator", "text", {"generator": (SEEDS, "[s + len(seeds) for s in seeds], sampler")}, "another alone than among 6"),
    ("stops-within-a-second", "generator", "text", {"generator": ("        network =", "        len(seeds) > 99 and __import__('time').sleep(5.5)\n        network =")}, "goes on for more than a second"),
    ("stops-within-a-second", "generator", "text", {"generator": (SEEDS, "(list(seeds[:50]) if self.run.stopped() else __import__('time').sleep(0.4) or 1 / 0)")}, "does not leave cleanly"),
    ("errors-are-ours", "generator", "text", {"generator": ("        network =", "        1 / (controls.width - 4)\n        network =")}, "With width = 4: It raised ZeroDivisionError"),
    ("trains-on-tiny", "generator", "text", {"learner": ("return {name: array", "return {} if self else {name: array")}, "gives no arrays"),
    ("trains-on-tiny", "generator", "text", {"learner": ('{"loss": loss}', '{"loss": float("nan")}')}, "not a finite number"),
    ("saves-and-loads", "generator", "text", {"generator": (SEEDS, "[s + hash('x') % 1000 for s in seeds], sampler")}, "renders other works from the saved model"),
    ("resume-equals-uninterrupted", "generator", "text", {"learner": ("        draw =", "        step = self.n = getattr(self, 'n', 0) + 1\n        draw =")}, "is another than after 6 at once"),
    ("learner-keeps-to-protocol", "generator", "text", {"learner": ("        draw =", "        step = self.n = getattr(self, 'n', 0) + 1\n        draw =")}, "another batch every time"),
    ("learner-keeps-to-protocol", "generator", "text", {"learner": ("        optimizer.step()\n", "")}, "changes no parameter"),
    ("nothing-to-learn", "generator", "text", {"generator": ("raise ArtengineError(", "raise LookupError(")}, "prepare() of no works: It raised LookupError"),
    ("encode-decode-shapes", "generator", "text", {"generator": (AS_LATENT[0], LATENT.replace("float32", "float64"))}, "not float32 (3, 2)"),
    ("encode-decode-shapes", "generator", "text", {"generator": (AS_LATENT[0], LATENT.replace("in z]", "in z[1:]]"))}, "does not give 3 works"),
    ("seeds-are-latents", "generator", "text", {"generator": (AS_LATENT[0], LATENT.replace("[seed, -1]", "[seed + 1, -1]"))}, "render() of seed 7 gives another work"),
    ("seeds-are-latents", "generator", "text", {"generator": (AS_LATENT[0], LATENT.replace("in seeds]", "in seeds[1:]]"))}, "latents() of 3 seeds"),
    ("critic-scores", "critic", "text", {"critic": ("Judgement(mean **", "Judgement(2 + mean **")}, "It scores works 2."),
    ("critic-scores", "critic", "text", {"critic": ("figures, remarks)", "figures)")}, "does not say why"),
    ("critic-scores", "critic", "text", {"critic": ("for work in works]", "for work in works[1:]]")}, "11 judgements of 12"),
    ("critic-scores", "critic", "text", {"critic": ("Judgement(mean **", "Judgement(__import__('random').random() * mean **")}, "otherwise the second time"),
    ("critic-tells-apart", "critic", "text", {"critic": ("Judgement(mean ** self.options.strict", "Judgement(0.0")}, "very different works 0 each"),
    ("critic-takes-minimal-works", "critic", "text", {"critic": ("if not figures:", "if False:")}, "Judging a text without letters: It raised ZeroDivisionError"),
    ("critic-options-hold", "critic", "text", {"critic": ("Judgement(mean **", "Judgement(1 / (10 - self.options.strict) * 0 + mean **")}, "With strict = 10.0: It raised ZeroDivisionError"),
    ("corpus-reads-works", "corpus", "text", {"corpus": ("yield from self.read(piece)", "yield from [text.body for text in self.read(piece)]")}, "It yields str"),
    ("corpus-reads-works", "corpus", "text", {"corpus": ('licence = "as the files\' owner states"', 'licence = ""')}, "Its licence is ''"),
    ("corpus-reads-works", "corpus", "text", {"corpus": ("def __iter__(self) -> Iterator[Text]:", "def __iter__(self) -> Iterator[Text]:\n        return")}, "yields no works"),
    ("corpus-fingerprint-stable", "corpus", "text", {"corpus": ("return fingerprint_files(", "return f'{abs(hash(str(1))):016x}' or (")}, "another in another process"),
    ("corpus-fingerprint-follows-content", "corpus", "text", {"corpus": ("return fingerprint_files(", "return str(self.source).encode().hex()[-64:] or (")}, "A copy of the files"),
    ("corpus-fingerprint-follows-content", "corpus", "text", {"corpus": ("return fingerprint_files(", "return '0' * 16 or (")}, "same after a file was taken away"),
    ("corpus-pieces-agree", "corpus", "text", {"corpus": ("for piece in self.pieces():\n            try", "for piece in self.pieces()[::-1]:\n            try")}, "gives other works than iterating"),
    ("corpus-skips-bad-files", "corpus", "text", {"corpus": ("except UnicodeDecodeError", "except KeyError")}, "Given a folder of junk: It raised UnicodeDecodeError"),
    ("exporter-decodes", "exporter", "text", {"exporter": ("work.body.splitlines()", "work.body[:40].splitlines()")}, "An independent reader refuses"),
    ("exporter-decodes", "exporter", "image", {"exporter": ("return file.getvalue()", "return file.getvalue()[:60]")}, "An independent reader refuses"),
    ("exporter-keeps-recipe", "exporter", "image", {"exporter": ("DESCRIPTION: recipe", "DESCRIPTION: recipe[:9]")}, "gives 9 letters"),
    ("exporter-keeps-recipe", "exporter", "image", {"exporter": ("tiffinfo={DESCRIPTION: recipe}", "tiffinfo={}")}, "gives nothing"),
    ("exporter-same-bytes", "exporter", "text", {"exporter": ("path.write_bytes(encode(", "path.write_bytes(str(__import__('time').time_ns()).encode() + encode(")}, "twice gives other bytes"),
    ("exporter-writes-nowhere-else", "exporter", "text", {"exporter": ("path.write_bytes(", "path.with_suffix('.log').write_bytes(b'x'); path.write_bytes(")}, 'leaves "work.log" as well'),
    ("exporter-writes-nowhere-else", "exporter", "text", {"exporter": ("path.write_bytes(", "Path(__import__('os').environ['ELSEWHERE']).write_bytes(b'x'); path.write_bytes(")}, "other.log"),
    ("exporter-takes-any-work", "exporter", "text", {"exporter": ("    title = ", "    lines[0]\n    title = ")}, "Given a text without letters: It raised IndexError"),
    ("exporter-takes-any-work", "exporter", "text", {"exporter": ("    size, step =", "    1 / (400 - options.size)\n    size, step =")}, "With size = 400: It raised ZeroDivisionError"),
]
@pytest.mark.parametrize(("check", "kind", "medium", "changed", "said"), FAULTS,
                         ids=[f"{fault[0]}-{i}" for i, fault in enumerate(FAULTS)])
def test_a_fault_is_found(site, tmp_path, monkeypatch, check, kind, medium, changed, said):
    monkeypatch.setenv("ELSEWHERE", str(tmp_path / "other.log"))
    installed(site, "toy", kind, medium, **changed)
    outcome = run_check(next(one for one in checks() if one.id == check), Subject("toy", site / "examples" if kind == "corpus" else None))
    assert outcome.verdict == "failed", outcome
    assert said in outcome.wrong
    assert outcome.advice.endswith((".", "?"))
    assert len(outcome.advice.split()) > 1


def test_every_check_has_a_fault_that_it_finds():
    assert {fault[0] for fault in FAULTS} == {check.id for check in checks()}
    for check in checks():
        assert check.help.endswith(".")
        assert check.run.__doc__


def test_a_part_that_is_well_passes_and_what_does_not_apply_is_said(site):
    installed(site, "toy", "generator", "text", generator=AS_LATENT)
    outcomes = {outcome.check.id: outcome for outcome in run_checks(Subject("toy"))}
    assert {outcome.verdict for outcome in outcomes.values()} == {"passed", "skipped"}, outcomes
    assert [id for id, outcome in outcomes.items() if outcome.verdict == "skipped"] == ["models-exist"]
    assert outcomes["models-exist"].wrong == "it ships no models"


def test_a_format_that_nobody_reads_is_said_and_no_fault(site):
    installed(site, "toy", "exporter", "text", plugin=('formats=("svg",)', 'formats=("cards",)'))
    outcomes = {outcome.check.id: outcome for outcome in run_checks(Subject("toy"))}
    assert outcomes["exporter-decodes"].verdict == "skipped"
    assert "no independent reader of .cards" in outcomes["exporter-decodes"].wrong
    assert all(outcome.good for outcome in outcomes.values())


def test_a_corpus_of_its_own_format_asks_for_files(site):
    installed(site, "toy", "corpus", "text")
    outcomes = {outcome.check.id: outcome for outcome in run_checks(Subject("toy"))}
    assert outcomes["corpus-reads-works"].verdict == "skipped"
    assert "the kit cannot write .fortune files" in outcomes["corpus-reads-works"].wrong
    assert all(outcome.good for outcome in outcomes.values())


def test_a_generator_that_learns_from_other_works_is_given_them(site):
    installed(site, "toy", "generator", "text", generator=("if len(symbols) < 2:", "if '三' not in symbols:"))
    (outcome,) = run_checks(Subject("toy"), only=["trains-on-tiny"])
    assert (outcome.verdict, outcome.wrong[:50]) == ("failed", "It can learn nothing from the kit's own works: The")
    assert "--corpus" in outcome.advice
    (site / "numbers.txt").write_text("一二三四五六七八九十\n" * 9, "utf-8")
    (outcome,) = run_checks(Subject("toy", site / "numbers.txt"), only=["trains-on-tiny"])
    assert outcome.verdict == "passed", outcome


BROKEN = {"generator": (SEEDS, "[s // 2 for s in seeds], sampler")}


def test_an_expected_failure_is_no_failure_and_an_unexpected_pass_is_one(site):
    installed(site, "toy", "generator", "text", **BROKEN)
    subject = Subject("toy")
    expected = {"seeds-differ": "pairs are the point", "same-seed-same-bytes": "a dice is thrown"}
    one, two = run_checks(subject, only=tuple(expected), expected_failures=expected)
    assert (one.check.id, one.verdict, one.good) == ("same-seed-same-bytes", "unexpected", False)
    assert "passes" in one.wrong
    assert "expected_failures" in one.advice
    assert (two.verdict, two.good) == ("expected", True)
    assert "pairs are the point" in two.wrong
    applies_not = {"models-exist": "there are none"}
    (skipped,) = run_checks(subject, only=("models-exist",), expected_failures=applies_not)
    assert skipped.verdict == "skipped"


@pytest.mark.parametrize("name", ["sede-differ", "seeds"])
def test_an_unknown_check_is_said(site, name):
    installed(site, "toy", "critic", "text")
    with pytest.raises(ArtengineError, match="There is no check"):
        list(run_checks(Subject("toy"), expected_failures={name: "why"}))
    with pytest.raises(ArtengineError, match="There is no check"):
        parametrize_checks("toy", skip=[name])


def test_a_part_that_does_not_load_is_told_of_in_every_way(site):
    installed(site, "toy", "critic", "text", plugin=("from typing", "import nothing_of_the_kind\nfrom typing"))
    with pytest.raises(ArtengineError, match="nothing_of_the_kind"):
        list(run_checks(Subject("toy")))
    done = artengine("check", "toy", path=site)
    assert done.returncode == 2
    assert "nothing_of_the_kind" in done.stderr
    check = next(one for one in checks() if one.id == "options-documented")
    with pytest.raises(Failed, match="nothing_of_the_kind"):
        Case(check, "toy", "", "", None)()


def test_under_pytest(site, tmp_path):
    """A test module as an author writes it, run by a pytest of its own."""
    installed(site, "toy", "critic", "text", critic=("Judgement(mean ** self.options.strict", "Judgement(0.0"))
    tests = tmp_path / "test_toy.py"
    tests.write_text('''
from artengine.testing import parametrize_checks

@parametrize_checks("toy", only=["critic-tells-apart", "critic-scores"])
def test_plain(check):
    check()

@parametrize_checks("toy", only=["critic-tells-apart", "critic-scores"],
                    expected_failures={"critic-tells-apart": "all are bad", "critic-scores": "nothing is good"})
def test_expected(check):
    check()
''')
    done = subprocess.run([sys.executable, "-m", "pytest", "-rA", "-p", "no:cacheprovider", str(tests)], cwd=tmp_path, text=True,
                          capture_output=True, env={**os.environ, "PYTHONPATH": str(site)}, check=False, timeout=120)
    said = done.stdout
    assert "PASSED test_toy.py::test_plain[critic-scores]" in said, said
    assert "FAILED test_toy.py::test_plain[critic-tells-apart]" in said
    assert "It scores 16 very different works 0 each. Give a score that depends on the work." in said
    assert "XFAIL test_toy.py::test_expected[critic-tells-apart]" in said
    assert "all are bad" in said
    assert "FAILED test_toy.py::test_expected[critic-scores]" in said
    assert "2 failed, 1 passed, 1 xfailed" in said


def test_the_command(site):
    installed(site, "toy", "critic", "text", critic=("Judgement(mean ** self.options.strict", "Judgement(0.0"))
    done = artengine("check", "toy", path=site)
    assert done.returncode == 1
    assert "✓ critic-scores" in done.stdout
    assert "✗ critic-tells-apart" in done.stdout
    assert "    Give a score that depends on the work." in done.stdout
    assert done.stdout.endswith("6 passed, 1 failed, 0 with nothing to check\n")
    done = artengine("check", "toy", "--skip", "critic-tells-apart", "--json", path=site)
    assert done.returncode == 0
    found = json.loads(done.stdout)
    assert found["good"] is True
    assert {check["verdict"] for check in found["checks"]} == {"passed"}
    done = artengine("check", "toy", "--expect", "critic-tells-apart=all are bad", "--only", "critic-tells-apart", path=site)
    assert (done.returncode, done.stdout.count("all are bad")) == (0, 1)
    done = artengine("check", "toy", "--list", path=site)
    assert done.returncode == 0
    assert "critic-scores" in done.stdout
    assert "seeds-differ" not in done.stdout
    assert artengine("check", "--list").stdout.count("\n") == len(checks()) + 1


@pytest.mark.parametrize(("args", "said"), [
    (["nobody"], 'No installed plugin offers "nobody"'), ([], "which part"), (["tonality", "--only", "critic-score"], '"critic-scores"'),
    (["tonality", "--expect", "critic-scores"], "gives no reason"), (["midi", "--corpus", "./nowhere"], "no corpus of that name")])
def test_the_command_says_what_it_does_not_understand(args, said):
    done = artengine("check", *args)
    assert done.returncode == 2
    assert said in done.stderr
