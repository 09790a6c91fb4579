"""Section by section what people do to a command line: each ends with one sentence, the next step and the right code."""

import os
import subprocess
import sys

import pytest

ARTENGINE = [sys.executable, "-m", "artengine"]


def said(code, err):
    """One sentence and the next step, no trace."""
    assert code == 2, err
    assert "Traceback" not in err
    assert "should not happen" not in err
    lines = err.strip().splitlines()
    assert len(lines) == 2, err
    assert all(line[0] in '"-`' or line[0].isupper() for line in lines), err
    return lines


@pytest.mark.parametrize(("args", "wrong"), [
    (("render", "--plugin", "verse", "--seed", "x"), '--seed must be a whole number, not "x".'),
    (("render", "--plugin", "verse", "--seed", -1), "--seed -1 is out of range."),
    (("render", "--plugin", "verse", "--seed", 2**64), f"--seed {2**64} is out of range."),
    (("render", "--plugin", "verse", "--count", 0), "--count is less than 1."),
    (("render", "--plugin", "verse", "--output", "x" * 300 + ".verse"), f'"{"x" * 300}.verse": file name too long.'),
    (("train", "--plugin", "verse-net", "--minutes", "soon"), '--minutes must be a number, not "soon".'),
    (("verify",), "FILE is missing."),
])
def test_values_are_told_in_the_engines_words(cli, args, wrong):
    code, _, err = cli(*args)
    assert said(code, err)[0] == wrong


def test_a_reader_who_has_had_enough_is_no_fault_of_the_disk(studio):
    command = f"{' '.join(ARTENGINE)} render --plugin verse --count 200 | head -1"
    done = subprocess.run(["bash", "-c", f"{command}; echo ${{PIPESTATUS[0]}}"], capture_output=True, text=True, cwd=studio,
                            check=False)
    assert done.stdout.splitlines()[-1] == "141"
    assert "could not be written" not in done.stderr


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
def test_full_and_closed_outputs_are_told_apart_from_the_works(studio):
    command = [*ARTENGINE, "render", "--plugin", "verse", "--seed", "1"]
    with open("/dev/full", "w") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, cwd=studio, check=False)
    assert said(done.returncode, done.stderr)[0] == "The disk is full."
    closed = subprocess.run(["bash", "-c", " ".join(command) + " >&-"], capture_output=True, text=True, cwd=studio,
                            check=False)
    assert (closed.returncode, closed.stderr) == (0, "")
    assert len(list((studio / "works").iterdir())) == 2


def test_letters_that_the_output_lacks_are_replaced(studio):
    (studio / "ő").mkdir()
    done = subprocess.run([*ARTENGINE, "render", "--plugin", "verse", "--seed", "1", "--output", "ő"], capture_output=True,
                          cwd=studio, env={**os.environ, "PYTHONIOENCODING": "latin-1"}, check=False)
    assert (done.returncode, done.stdout) == (0, b"?/verse-seed1.verse\n")
