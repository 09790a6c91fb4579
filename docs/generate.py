"""Writes the pages that are made from the source: ``make docs`` runs it, tests hold them to it.

reference.md comes from ``artengine.api``, python.md from the verbs and works, cli.md from every ``--help``. For the first
two the source is read and never imported, so that they show signatures and defaults as they are written.
"""

from __future__ import annotations

import ast
import contextlib
import inspect
import io
import os
import re
import tempfile
import textwrap
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).parent
ENGINE = HERE.parent / "engine/artengine"
API = ENGINE / "api.py"
WIDTH = 80

CHAPTERS = (
    ("Describing a plugin", ("Part", "Opt")),
    ("Hooks", ("Hooks",)),
    ("What the engine gives", ("Run", "Model")),
    ("Generators", ("Generator", "Trainable", "Learner", "Latent", "Streaming")),
    ("Critics", ("Critic", "Judgement")),
    ("Corpora", ("Corpus", "Splittable")),
    ("Exporters", ("Exporter",)),
)
"""Every class of the contract, in the order a reader wants them."""
ELSEWHERE = {"Model": "models", "ArtengineError": "errors", "Interrupted": "errors"}
"""Classes that the contract speaks of and other modules hold."""

VERBS = (("studio.py", "render"), ("studio.py", "critique"), ("training.py", "train"), ("latent.py", "interpolate"),
         ("evaluating/__init__.py", "evaluate"))
WORKS = (("score.py", ("Score", "Note", "Meter", "Key", "Tempo")), ("image.py", ("Image",)), ("text.py", ("Text",)))

HEAD = """\
# Reference of the plugin contract

Written by `make docs` from the source of `artengine.api`, version {version} of the contract. The tutorial is
[plugins.md](plugins.md), the building blocks are in [blocks.md](blocks.md).

An entry point in the group `{group}` names a module; the module's hook `artengine_parts` yields a `Part` for each thing
it offers; the part's `target` names a class that has the methods below. Nothing is inherited: a class that has the
methods is one.
"""


# ---- reference.md

def reference(source: str) -> str:
    """The page about the contract in *source*."""
    tree = ast.parse(source)
    classes = {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}
    classes |= {name: _class(name, module) for name, module in ELSEWHERE.items()}
    unplaced = set(classes) - {name for _, names in CHAPTERS for name in names} - set(ELSEWHERE)
    if unplaced:
        raise SystemExit(f"CHAPTERS in {__file__} lacks {', '.join(sorted(unplaced))}.")
    constants = {ast.unparse(node.targets[0]): node.value for node in tree.body if isinstance(node, ast.Assign)}
    version = ast.literal_eval(constants["API_VERSION"])
    lines = [HEAD.format(version=version, group=f"artengine{version}")]
    for chapter, names in CHAPTERS:
        lines.append(f"## {chapter}")
        if chapter == CHAPTERS[0][0]:
            lines += [f"`{name}` is one of {', '.join(f'`{v}`' for v in ast.literal_eval(value.slice))}."
                      for name, value in constants.items() if ast.unparse(value).startswith("Literal[")]
        for name in names:
            node = classes[name]
            if name != chapter:
                lines.append(f"### `{name}`")
            lines.append(prose(ast.get_docstring(node) or ""))
            lines += [_method(member) for member in methods(node)] if not fields(node) else _fields(node)
        if chapter == "Generators":
            about = ast.get_docstring(ast.parse((ENGINE / "training.py").read_text("utf-8"))) or ""
            lines += ["### Optional members of a learner", prose(about.partition("\n\n")[2])]
    lines += ["## Errors", "From `artengine.errors`."]
    for name in ("ArtengineError", "Interrupted"):
        lines += [f"### `{name}`", prose(ast.get_docstring(classes[name]) or "")]
        lines += [f"```python\n{name}({_arguments(m)})\n```" for m in methods(classes[name]) if m.name == "__init__"]
    return "\n\n".join(line.strip() for line in lines if line.strip()) + "\n"


def _class(name: str, module: str) -> ast.ClassDef:
    """A class of another module as a reader needs it: without its methods."""
    body = ast.parse((ENGINE / f"{module}.py").read_text("utf-8")).body
    node = next(node for node in body if isinstance(node, ast.ClassDef) and node.name == name)
    node.body = [member for member in node.body if not isinstance(member, ast.FunctionDef) or member.name == "__init__"]
    return node


def fields(node: ast.ClassDef) -> list[tuple[ast.AnnAssign, str]]:
    """The annotated names of a class, each with the string below it."""
    found = []
    for i, member in enumerate(node.body):
        if isinstance(member, ast.AnnAssign):
            after = node.body[i + 1] if i + 1 < len(node.body) else None
            text = after.value.value if isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant) else ""
            found.append((member, inspect.cleandoc(str(text))))
    return found


def methods(node: ast.ClassDef) -> list[ast.FunctionDef]:
    """The functions of a class."""
    return [member for member in node.body if isinstance(member, ast.FunctionDef)]


def undocumented(source: str) -> list[str]:
    """Every class, field, method and hook of the contract without a word about it, as ``Class.member``."""
    found = []
    for node in ast.parse(source).body:
        if isinstance(node, ast.ClassDef):
            found += [] if ast.get_docstring(node) else [node.name]
            found += [f"{node.name}.{field.target.id}" for field, text in fields(node) if not text.strip()]
            found += [f"{node.name}.{method.name}" for method in methods(node) if not ast.get_docstring(method)]
    return found


def examples(source: str) -> dict[str, str]:
    """The example in the docstring of each hook, by the hook's name; empty where there is none."""
    hooks = next(node for node in ast.parse(source).body if isinstance(node, ast.ClassDef) and node.name == "Hooks")
    return {hook.name: _example(ast.get_docstring(hook) or "") for hook in methods(hooks)}


def _example(text: str) -> str:
    _, _, after = text.partition("Example::\n\n")
    return inspect.cleandoc(re.split(r"\n\n(?=\S)", after)[0]) if after else ""


def _fields(node: ast.ClassDef) -> Iterator[str]:
    """The fields of a class as a table where they have defaults, as a list where they are promises; then its methods."""
    if any(isinstance(d, ast.Call) and ast.unparse(d.func) == "dataclass" for d in node.decorator_list):
        rows = ["| field | type | default | |", "|---|---|---|---|"]
        for field, text in fields(node):
            rows.append(_row(field, text))
        yield "\n".join(rows)
    else:
        yield "\n".join(f"- **`{field.target.id}: {ast.unparse(field.annotation)}`** {prose(text)}"
                        .replace("\n", "\n  ") for field, text in fields(node))
    yield from (_method(method) for method in methods(node))


def _row(field: ast.AnnAssign, text: str) -> str:
    default = "" if field.value is None else f"`{_default(field.value)}`"
    cells = (ast.unparse(field.annotation), prose(text))
    kind, words = (cell.replace("|", r"\|").replace("\n", " ") for cell in cells)
    return f"| `{field.target.id}` | `{kind}` | {default} | {words} |"


def _default(value: ast.expr) -> str:
    keywords = {k.arg: k.value for k in value.keywords} if isinstance(value, ast.Call) else {}
    if "default_factory" in keywords:
        return f"{ast.unparse(keywords['default_factory'])}()"
    return ast.unparse(keywords.get("default", value))


def _method(method: ast.FunctionDef) -> str:
    returns = f" -> {ast.unparse(method.returns)}" if method.returns and method.name != "__init__" else ""
    text = ast.get_docstring(method) or ""
    example = _example(text)
    words = prose(text.partition("Example::")[0])
    code = f"\n\n```python\n{example}\n```" if example else ""
    return f"**`{method.name}({_arguments(method)}){returns}`**\n\n{words}{code}"


def _arguments(method: ast.FunctionDef) -> str:
    return re.sub(r"(?<=[\w\]])=", " = ", re.sub(r"^self(, )?", "", ast.unparse(method.args)))


def prose(text: str) -> str:
    """A docstring as Markdown."""
    text = re.sub(r":\w+:`~?(?:artengine\.)?(?:errors\.|api\.)?([^`]*)`", r"`\1`", text)
    text = re.sub(r"``([^`]+)``", r"`\1`", text)
    text = re.sub(r"^(`.*`)\n    (?=\S)", r"- **\1** ", text, flags=re.M)  # a list of definitions
    text = re.sub(r"^    (?=\S)", "  ", text, flags=re.M)
    text = re.sub(r"^:param (\w+):", r"- `\1`:", text, flags=re.M)
    text = re.sub(r"^:raises (\w+):", r"- raises `\1`", text, flags=re.M)
    text = re.sub(r"(?<=\S)\n(- )", r"\n\1", text)
    return text.strip()


# ---- python.md

def python() -> str:
    """The page about what Python users call, and what they get."""
    lines = ["# From Python", "Written by `make docs` from the source. A tour: [the notebook](../examples/notebook.ipynb).",
             "## Verbs"]
    for file, name in VERBS:
        node = next(node for node in _body(file) if isinstance(node, ast.FunctionDef) and node.name == name)
        whole = re.split(r", (?![^\[]*\])", _arguments(node))  # a line may end after an argument, not within
        call = textwrap.fill(", ".join(one.replace(" ", "\0") for one in whole), 100, break_long_words=False,
                             initial_indent=f"artengine.{name}(", subsequent_indent=" " * len(f"artengine.{name}("))
        call = f"{call})\0->\0{ast.unparse(node.returns)}".replace("\0", " ")
        lines += [f"### `{name}`", f"```python\n{call}\n```", prose(ast.get_docstring(node) or "")]
    lines += ["## Works", "What is rendered, read and judged: values, from `artengine` or `artengine.works`."]
    for file, names in WORKS:
        classes = {node.name: node for node in _body(f"works/{file}") if isinstance(node, ast.ClassDef)}
        for name in names:
            lines += [f"### `{name}`", prose(ast.get_docstring(classes[name]) or ""), *_value(classes[name])]
    return "\n\n".join(line.strip() for line in lines if line.strip()) + "\n"


def _body(file: str) -> list[ast.stmt]:
    return ast.parse((ENGINE / file).read_text("utf-8")).body


def _value(node: ast.ClassDef) -> Iterator[str]:
    """The fields of a work or of a piece of one, and what can be asked of it."""
    rows = ["| field | type | default | |", "|---|---|---|---|"]
    for field, text in fields(node):
        if not ast.unparse(field.annotation).startswith("ClassVar"):
            rows.append(_row(field, text))
    yield "\n".join(rows)
    yield "\n".join(_asked(method) for method in methods(node) if ast.get_docstring(method) and method.name[0] != "_")


def _asked(method: ast.FunctionDef) -> str:
    is_property = any(ast.unparse(d) in ("property", "cached_property") for d in method.decorator_list)
    call = "" if is_property else f"({re.sub(r'^cls(, )?', '', _arguments(method))})"
    return f"- **`{method.name}{call} -> {ast.unparse(method.returns)}`** {prose(ast.get_docstring(method))}"


# ---- cli.md

def commands() -> str:
    """The page of every verb's ``--help``, as the parts of artengine's own package make it."""
    os.environ["COLUMNS"] = str(WIDTH)
    from artengine.cli import SECTIONS, VERBS
    from artengine.cli.group import main
    from artengine.plugins import scan

    everything = scan.declared
    scan.declared = lambda folder: everything(folder) if Path(folder).name.startswith(("artengine-", "artengine.")) else []
    scan._last.clear()  # what it found before
    with tempfile.TemporaryDirectory() as folder:  # a cache and a studio of its own
        before = {name: os.environ.get(name) for name in ("ARTENGINE_CACHE", "ARTENGINE_STUDIO")}
        os.environ |= dict.fromkeys(before, folder)
        try:
            there = main.list_commands(None)
            lines = ["# Commands", "Written by `make docs`: what each command says with `--help`.", _help([])]
            for section in SECTIONS:
                lines.append(f"## {section.capitalize()}")
                for verb in (verb for verb in there if VERBS[verb][0] == section):
                    lines += [f"### `artengine {verb}`", _help([verb])]
                    for below in getattr(main.get_command(None, verb), "commands", {}):
                        lines += [f"### `artengine {verb} {below}`", _help([verb, below])]
                    if verb == "render":
                        lines += ["### `artengine render --plugin melody-rnn`", "Each generator adds its controls.",
                                  _help(["render", "--plugin", "melody-rnn"])]
        finally:
            scan.declared = everything
            scan._last.clear()
            for name, value in before.items():
                os.environ.pop(name)
                os.environ |= {name: value} if value is not None else {}
    return "\n\n".join(lines) + "\n"


def _help(words: list[str]) -> str:
    from artengine.cli.common import run

    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        code = run([*words, "--help"])
    if code:
        raise SystemExit(f"artengine {' '.join(words)} --help ends with {code}.")
    text = "\n".join(line.rstrip() for line in out.getvalue().rstrip().splitlines())
    return f"```console\n$ artengine {' '.join([*words, '--help'])}\n{text}\n```"


def pages() -> dict[Path, str]:
    """The text of every page that is made here, by file."""
    return {HERE / "reference.md": reference(API.read_text("utf-8")), HERE / "python.md": python(),
            HERE / "cli.md": commands()}


if __name__ == "__main__":
    for path, text in pages().items():
        path.write_text(text, "utf-8")
