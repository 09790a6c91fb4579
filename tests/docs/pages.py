"""Markdown pages and the blocks of code in them."""

import doctest
import random
import re
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
SHIPPED = ROOT / "plugins/artengine_music/models/melody-rnn-folk.safetensors"
SMALL = {"units": 32, "layers": 1, "embedding": 16}


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, and what else stands beside that (``python file="x.py"``)."""

    language: str
    text: str
    line: int
    notes: dict[str, str] = field(default_factory=dict)


def blocks(page: Path) -> list[Block]:
    """The fenced blocks of a page, in order."""
    found = []
    for match in re.finditer(r"^```(\w*)([^\n]*)\n(.*?)^```$", page.read_text("utf-8"), re.M | re.S):
        notes = dict(re.findall(r'(\w+)="([^"]*)"', match[2]))
        found.append(Block(match[1], match[3], match.string.count("\n", 0, match.start()) + 1, notes))
    return found


def write_tunes(folder: Path, count: int) -> Path:
    """A folder of *count* melodies in ABC."""
    folder.mkdir(parents=True)
    rng = random.Random(1)
    for i in range(count):
        at, bars = 4, []
        for _ in range(8):
            notes = []
            for _ in range(8):
                at = min(9, max(0, at + rng.choice((-2, -1, 0, 1, 2))))
                notes.append("DEFGABcdef"[at])
            bars.append("".join(notes))
        (folder / f"tune-{i:02d}.abc").write_text(f"X:1\nT:Tune {i}\nM:4/4\nL:1/8\nK:D\n{'|'.join(bars)}|]\n")
    return folder


def run_python(examples: list[Block], names: dict | None = None) -> dict:
    """Run the Python blocks of a page in order, in one namespace; where they show what comes out, that is checked.

    Fails for a block of any other language: it would be an example that nobody tests.
    """
    names = {"__name__": "page"} if names is None else names
    for block in examples:
        assert block.language == "python", f"line {block.line} holds {block.language or 'no language'}"
        if ">>> " in block.text:
            test = doctest.DocTestParser().get_doctest(block.text, names, f"line {block.line}", None, block.line)
            said = []
            doctest.DocTestRunner(verbose=False, optionflags=doctest.ELLIPSIS).run(test, out=said.append, clear_globs=False)
            assert not said, "".join(said)
            names.update(test.globs)
        else:
            exec(compile(block.text, f"line {block.line}", "exec"), names)
    return names
