"""What the files of a new project say in words."""

from __future__ import annotations

SUMMARIES = {
    ("critic", "music"): "Whether it sings, remembers its figures, and breathes.",
    ("critic", "image"): "Contrast, colour, and the balance of its sides.",
    ("critic", "text"): "Variety of words, even lines, and endings that echo.",
}
_NOUNS = {"music": "music", "image": "pictures", "text": "texts"}
_VERBS = {"generator": "makes", "critic": "judges", "corpus": "reads", "exporter": "writes"}

GITIGNORE = """\
__pycache__/
*.egg-info/
.pytest_cache/
build/
dist/
.venv/
# a studio's own
models/
runs/
works/
catalog.db*
"""

EXAMPLE_NOTES = """\
# A line a tune: its title, a colon, and notes as artengine.works.notation reads them.
Up and down: [key=C] C4 D4 E4 F4 G4 F4 E4 D4 C4*4
In three: [key=G] [meter=3/4] G4 B4 D5 D5*2 B4 A4 F#4 A4 G4*3
Skipping: [key=D] [meter=6/8] D4 F#4/2 A4 F#4/2 G4 E4/2 A4*3/2 D4*3
"""


def description(kind: str, medium: str) -> str:
    """The project in one sentence."""
    return f"A {kind} that {_VERBS[kind]} {_NOUNS[medium]}, for artengine."


def dependencies(kind: str, medium: str) -> str:
    """What the project needs besides the standard library, as TOML."""
    needs = ["artengine>=0.1"]
    if kind == "generator" or (kind == "critic" and medium == "image") or (kind == "corpus" and medium == "image"):
        needs.append("numpy>=2")
    if medium == "image" and kind != "critic":
        needs.append("pillow>=11")
    if kind == "generator":
        needs.append("torch>=2.6")
    return "[" + ", ".join(f'"{need}"' for need in needs) + "]"


def test(names: list[str], kind: str, medium: str) -> str:
    """The module of tests: the conformance kit for every part of the project."""
    example = kind == "corpus" and medium == "music"
    lines = ['"""The conformance kit of artengine: everything that the engine expects of a part."""', ""]
    if example:
        lines += ["from pathlib import Path", ""]
    lines += ["from artengine.testing import parametrize_checks", ""]
    for name in names:
        corpus = ', corpus=Path(__file__).with_name("example.notes")' if example else ""
        lines += ["", f'@parametrize_checks("{name}"{corpus})',
                  f"def test_{name.replace('-', '_')}(check):", "    check()", ""]
    return "\n".join(lines)


def first_use(name: str, kind: str, medium: str) -> tuple[str, str]:
    """The command that puts a new part to use, and what it does."""
    if kind == "generator":
        corpus = {"music": "folk", "image": "./my-pictures", "text": "./my-poems"}[medium]
        return (f"artengine train --plugin {name} --corpus {corpus} --model first --minutes 5",
                f"then `artengine render --plugin {name} --model first` makes works")
    return {
        "critic": (f"artengine critique --critic {name} FILE", "scores, and why"),
        "corpus": (f"artengine check {name}" + (" --corpus tests/example.notes" if medium == "music" else ""),
                   "what it still gets wrong; once it is right, `artengine train --corpus PATH` reads through it"),
        "exporter": (f"artengine plugins {name}", "what it offers; `artengine render --format` writes with it"),
    }[kind]


def readme(kind: str, medium: str) -> str:
    """The project's front page."""
    command, _ = first_use("my-part", kind, medium)
    after = "\nartengine render --plugin my-part --model first --seed 7" if kind == "generator" else ""
    files = {"generator": "`generator.py` prepares a corpus and renders; `learner.py` trains",
             "critic": "`critic.py` looks at works and judges them", "corpus": "`corpus.py` reads files",
             "exporter": "`exporter.py` writes files"}[kind]
    if kind == "generator" and medium != "image":
        files += "; `symbols.py` says what is learnt and what may follow what"
    more = ""
    if kind == "generator" and medium != "music":
        other = "PNG pictures" if medium == "image" else "plain text"
        more = (f"\n`exporter.py` and `corpus.py` write and read {other}, so that this works where no other plugin for "
                f"{_NOUNS[medium]} is\ninstalled. Where one is, delete them, with their entry points and descriptions.\n")
    return f"""# my-part

{description(kind, medium)}

```
pip install -e '.[test]'
pytest
{command}{after}
```

## What is where
`my_part/plugin.py` describes the part: its name, what can be set, and where the code is. It is imported by every listing, so
it imports nothing heavy. {files[0].upper() if files[0] != "`" else files[0]}{files[1:]}.
{more}
`artengine check my-part` (and `pytest`, which does the same) tells what the engine expects and the part does not do yet.

## Licence
Apache-2.0, as in LICENSE; what `artengine plugin new` wrote is yours to put under any other.
"""
