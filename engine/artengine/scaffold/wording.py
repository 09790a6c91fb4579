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

EXAMPLES = {
    "music": {"tunes.notes": """\
# A line a tune: its title, a colon, and notes as artengine.works.notation reads them.
Up and down: [key=C] C4 D4 E4 F4 G4 F4 E4 D4 C4*4
In three: [key=G] [meter=3/4] G4 B4 D5 D5*2 B4 A4 F#4 A4 G4*3
""", "jigs.notes": """\
Skipping: [key=D] [meter=6/8] D4 F#4/2 A4 F#4/2 G4 E4/2 A4*3/2 D4*3
"""},
    "image": {"moon.pix": """\
. = #102040
o = #ffe0a0
..oo..
.oo...
.oo...
..oo..
""", "boat.pix": """\
## A letter a pixel.
- = #80c0e0
/ = #ffffff
~ = #204080
---/---
--//---
-///---
~~~~~~~
"""},
    "text": {"evening.fortune": """\
The kettle hums before the house is up,
a narrow light lies down across the floor.
%
Rain at the window keeps a crooked time;
the clock across the hall has given in.
""", "sea.fortune": """\
Slow boats go out and do not ask for more.
"""},
}
"""Files for the tests of a corpus to read, by medium and name."""


def description(kind: str, medium: str) -> str:
    """The project in one sentence."""
    return f"{'An' if kind == 'exporter' else 'A'} {kind} that {_VERBS[kind]} {_NOUNS[medium]}, for artengine."


def dependencies(kind: str, medium: str) -> str:
    """What the project needs besides the standard library, as TOML."""
    needs = ["artengine>=0.1"]
    if kind == "generator" or (kind == "critic" and medium == "image") or (kind == "corpus" and medium == "image"):
        needs.append("numpy>=2")
    if medium == "image" and kind in ("generator", "exporter"):
        needs.append("pillow>=11")
    if kind == "generator":
        needs.append("torch>=2.6")
    return "[" + ", ".join(f'"{need}"' for need in needs) + "]"


def test(kind: str) -> str:
    """The module of tests: the conformance kit."""
    path, corpus = "", ""
    if kind == "corpus":
        path, corpus = "from pathlib import Path\n\n", ', corpus=Path(__file__).with_name("examples")'
    return f'''"""The conformance kit of artengine: everything that the engine expects of a part."""

{path}from artengine.testing import parametrize_checks


@parametrize_checks("my-part"{corpus})
def test_my_part(check):
    check()
'''


def first_use(name: str, kind: str, medium: str) -> tuple[str, str]:
    """The command that puts a new part to use, and what it does."""
    if kind == "generator":
        corpus = {"music": "folk", "image": "./my-pictures", "text": "./my-poems"}[medium]
        return (f"artengine train --plugin {name} --corpus {corpus} --model first --minutes 5",
                f"then `artengine render --plugin {name} --model first` makes works")
    return {
        "critic": (f"artengine critique --critic {name} FILE", "scores, and why"),
        "corpus": (f"artengine check {name} --corpus ./my-files", "the same checks on files of your own"),
        "exporter": (f"artengine plugins {name}", "what it writes and takes; `artengine render --format` writes with it"),
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

`artengine check my-part` (and `pytest`, which does the same) tells what the engine expects and the part does not do yet.

## Licence
Apache-2.0, as in LICENSE; what `artengine plugin new` wrote is yours to put under any other.
"""
