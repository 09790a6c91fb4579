"""Markdown pages and the blocks of code in them."""

import doctest
import random
import re
import shlex
import subprocess
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


def run_commands(block: Block, folder: Path, environment: dict[str, str]) -> Path:
    """Run the commands of a console block (lines that begin with ``$``) in *folder*; what is shown below one must come out.

    ``...`` in what is shown stands for anything. With ``exit="2"`` the last command must end with 2, otherwise all with 0.
    Returns the folder that the commands have changed to.
    """
    commands = _commands(block)
    for i, (line, shown) in enumerate(commands):
        if line.startswith("cd "):
            folder = folder / line[3:]
            assert folder.is_dir()
            continue
        done = subprocess.run(line, shell=True, cwd=folder, env=environment, capture_output=True, text=True, check=False,
                              timeout=300)
        said = done.stdout + done.stderr
        code = int(block.notes.get("exit", 0)) if i == len(commands) - 1 else 0
        assert done.returncode == code, f"$ {line}\nends with {done.returncode}:\n{said}"
        if shown.strip():
            same = doctest.OutputChecker().check_output(shown.rstrip() + "\n", said.rstrip() + "\n",
                                                        doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)
            assert same, f"$ {line}\nis shown as\n{shown}\nbut says\n{said}"
    return folder


def parse_commands(block: Block) -> None:
    """Hold the commands of a console block that takes too long for a test against the flags there are."""
    import click

    from artengine.cli.group import main

    above = click.Context(main, info_name="artengine", **main.context_settings)
    for line, _ in _commands(block):
        words = shlex.split(line)
        assert words[0] == "artengine"
        main.get_command(above, words[1]).make_context(words[1], words[2:], parent=above).close()


def _commands(block: Block) -> list[tuple[str, str]]:
    """The command lines of a block, each with what is shown below it."""
    found: list[list[str]] = []
    for line in block.text.splitlines():
        if line.startswith("$ "):
            found.append([line[2:], ""])
        elif found[-1][0].endswith("\\"):
            found[-1][0] += "\n" + line
        else:
            found[-1][1] += line + "\n"
    return [(command, shown) for command, shown in found]


def run_page(page: Path, folder: Path, environment: dict[str, str]) -> Path:
    """Go through a page as its reader would, from *folder*: write files, run commands and Python; returns the last folder.

    Beside the language of a block may stand ``file`` (it is the content of that file), ``add`` (it is added to the end of a
    file, or below the line that begins with ``after``), ``instead`` (of the line that begins with ``line``) or ``part`` (it
    stands in a file).
    """
    names: dict = {"__name__": "page"}
    for block in blocks(page):
        where = f"line {block.line} of {page.name}"
        note, path = next(((note, folder / block.notes[note]) for note in ("file", "add", "instead", "part") if note in block.notes),
                          ("", folder))
        if note == "file":
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.text, "utf-8")
        elif note in ("add", "instead"):
            lines = path.read_text("utf-8").splitlines(keepends=True)
            start = block.notes.get("after" if note == "add" else "line")
            at = len(lines) if start is None else next(i for i, line in enumerate(lines, 1) if line.startswith(start))
            lines[at if note == "add" else at - 1:at] = [block.text]
            path.write_text("".join(lines), "utf-8")
        elif note == "part":
            assert block.text in path.read_text("utf-8"), f"{where} does not stand in {path.name}"
        elif block.notes.get("parse") == "only":
            parse_commands(block)
        elif block.language == "console":
            folder = run_commands(block, folder, environment)
        elif block.language == "python":
            run_python([block], names)
        else:
            assert block.language == "text", f"{where}: nobody tests {block.language or 'no language'}"
    return folder
