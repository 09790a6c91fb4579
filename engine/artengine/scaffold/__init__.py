"""``artengine plugin new``: a complete project of one part, put together from :mod:`.templates`."""

from __future__ import annotations

import ast
import keyword
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from artengine.api import KINDS, MEDIA
from artengine.errors import ArtengineError, nearest
from artengine.scaffold import wording

TEMPLATES = Path(__file__).with_name("templates")
_PACKAGE = "artengine.scaffold.templates"
_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_WORKS = {"music": "Score", "image": "Image", "text": "Text"}
# What is merged into the module of a kind: the part of it that differs between media.
_MERGED = {"critic": ("look",), "exporter": ("encode",), "corpus": ("read",), "generator": ()}


@dataclass(frozen=True)
class Piece:
    """One part of the project."""

    kind: str
    medium: str
    name: str

    @property
    def described(self) -> str:
        """The template that describes it."""
        name = f"plugin_{self.kind}_{self.medium}"
        return name if (TEMPLATES / f"{name}.py").exists() else f"plugin_{self.kind}"

    @property
    def modules(self) -> dict[str, str]:
        """Its modules: the template of each by the name it gets."""
        if self.kind != "generator":
            return {self.kind: self.kind}
        if self.medium == "image":
            return {"generator": "generator_image", "learner": "learner_image"}
        return {"generator": "generator_sequence", "symbols": f"symbols_{self.medium}", "learner": "learner_sequence"}


def new(name: str, kind: str, medium: str, folder: Path) -> list[Path]:
    """Write the project of a part into *folder*, which must not be there yet; returns its files.

    :raises ArtengineError: for a name that cannot be one, or a folder that is there.
    """
    check_name(name)
    for word, known in ((kind, KINDS), (medium, MEDIA)):
        if word not in known:
            raise ArtengineError(f'"{word}" is none of {", ".join(known)}.', nearest(word, known) or "Give one of these.")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ArtengineError(f'"{folder}" is already there.', "Give another folder with --output, or move that one away.")
    written = []
    for path, text in project(name, kind, medium).items():
        file = folder / path
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, "utf-8", newline="\n")
        except OSError as error:
            raise ArtengineError(f'"{file}" cannot be written: {error.strerror}.',
                                 "Choose another place with --output.") from error
        written.append(file)
    return written


def check_name(name: str) -> None:
    """Make sure that *name* can be the name of a part, a distribution and (with underscores) a package.

    :raises ArtengineError: where it cannot, saying why.
    """
    if not _NAME.fullmatch(name):
        words = re.findall(r"[a-z0-9]+", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", name).lower())
        proposed = "-".join(words).lstrip("0123456789-")
        raise ArtengineError(f'"{name}" cannot be the name of a part: lower-case letters and digits, parted by single '
                             "hyphens, the first a letter.", f'Try "{proposed}".' if proposed else 'Try one like "my-part".')
    module = name.replace("-", "_")
    if keyword.iskeyword(module) or module in sys.stdlib_module_names or module in ("tests", "artengine"):
        raise ArtengineError(f'A package "{module}" would stand in the way of Python\'s own.', f'Try "{name}-art".')
    spec = find_spec(module)
    if spec is not None and Path(spec.origin or "").parent.name == module:
        raise ArtengineError(f'A package "{module}" is already installed, in {Path(spec.origin or "").parent}.',
                             f'Choose another name, such as "{name}-2", or uninstall it first.')


def project(name: str, kind: str, medium: str) -> dict[str, str]:
    """The text of every file of a project, by its path."""
    module = name.replace("-", "_")
    piece = Piece(kind, medium, name)
    words = {"my-part": name, "my_part": module, "MyPart": "".join(word.capitalize() for word in name.split("-")),
             "SUMMARY": wording.SUMMARIES.get((kind, medium), ""), "ONE_SENTENCE": wording.description(kind, medium),
             "DEPENDENCIES": wording.dependencies(kind, medium)}
    files = {f"{module}/__init__.py": f'"""{name}: a plugin of artengine."""\n',
             f"{module}/plugin.py": merged([source(piece.described, medium)])}
    for target, template in piece.modules.items():
        files[f"{module}/{target}.py"] = merged([source(template, medium),
                                                 *(source(f"{other}_{medium}", medium) for other in _MERGED[kind])])
    files["pyproject.toml"] = (TEMPLATES / "pyproject.txt").read_text("utf-8")
    files[f"tests/test_{module}.py"] = wording.test(kind)
    if kind == "corpus":
        files |= {f"tests/examples/{path}": text for path, text in wording.EXAMPLES[medium].items()}
    files["README.md"] = wording.readme(kind, medium)
    files["LICENSE"] = (TEMPLATES / "LICENSE.txt").read_text("utf-8")
    files[".gitignore"] = wording.GITIGNORE
    return {replaced(path, words): text if path == "LICENSE" else replaced(text, words) for path, text in files.items()}


def replaced(text: str, words: Mapping[str, str]) -> str:
    """*text* with some words in the place of others."""
    for old, new_ in words.items():
        text = text.replace(old, new_)
    return text


def source(template: str, medium: str) -> str:
    """A template for a medium: the words of the others give way, and so do the names of templates."""
    text = (TEMPLATES / f"{template}.py").read_text("utf-8")
    if medium != "music":  # those that are shared are written for music
        text = re.sub(r"\bScore\b", _WORKS[medium], text)
        text = text.replace('medium="music"', f'medium="{medium}"').replace("_music import", f"_{medium} import")
    return text


def merged(texts: Sequence[str]) -> str:
    """One module of several: their docstrings, every import once, and then all that they hold, in order.

    Hooks become one hook that yields what each of them did. What comes from a module that is merged in is not imported.
    """
    trees = [ast.parse(text) for text in texts]
    imports = _Imports()
    bodies, hooks = [], []
    for text, tree in zip(texts, trees, strict=True):
        lines = text.splitlines()
        held = []
        start = tree.body[0].end_lineno or 0
        for node in tree.body[1:]:
            if isinstance(node, ast.Import | ast.ImportFrom):
                imports.add(node)
                start = node.end_lineno or 0
            elif isinstance(node, ast.FunctionDef) and node.name == "artengine_parts":
                hooks.append(lines[node.decorator_list[0].lineno - 1:node.end_lineno])
            else:
                held.append(lines[start:node.end_lineno])
                start = node.end_lineno or 0
        bodies.append(held)
    body = [lines for held in (*bodies[1:], bodies[0]) for lines in held]  # what is used stands before what uses it
    if hooks:
        body = [lines for held in bodies for lines in held]
        body.append(["", "", *hooks[0], *(line for hook in hooks[1:] for line in hook[3:])])
    said = [ast.get_docstring(tree, clean=False) or "" for tree in trees]
    # Of what is merged in, only more than a line is worth repeating.
    docstring = "\n\n".join(text.rstrip("\n") for i, text in enumerate(said) if i == 0 or "\n" in text)
    docstring += "\n" if "\n" in docstring else ""
    text = "\n".join("\n".join(lines) for lines in body).strip("\n")
    gap = "\n\n\n" if re.match(r"class|def|@", text) else "\n\n"
    return f'"""{docstring}"""\n\n{imports.text()}{gap}{_relative(text)}\n'


def _relative(text: str) -> str:
    """Imports inside of functions, from the project's own modules in place of the templates."""
    return re.sub(rf"{re.escape(_PACKAGE)}\.(\w+)", lambda match: f"my_part.{_home(match[1])}", text)


def _home(template: str) -> str:
    """The module of a project that a template becomes."""
    return template.partition("_")[0]


class _Imports:
    """Imports of several modules, each once, in the usual order."""

    def __init__(self) -> None:
        self.plain: set[str] = set()
        self.names: dict[str, set[str]] = {}

    def add(self, node: ast.Import | ast.ImportFrom) -> None:
        if isinstance(node, ast.Import):
            self.plain |= {ast.unparse(node)}
            return
        module = node.module or ""
        if module.startswith(_PACKAGE):
            module = f"my_part.{_home(module.rpartition('.')[2])}"
            if module.rpartition(".")[2] in ("look", "encode", "read"):
                return  # merged in
        self.names.setdefault(module, set()).update(ast.unparse(alias) for alias in node.names)

    def text(self) -> str:
        groups: list[list[str]] = [[], [], [], []]
        for line in sorted(self.plain, key=str.lower):
            groups[self._group(line.split()[1])].append(line)
        for module in sorted(self.names, key=str.lower):
            names = ", ".join(sorted(self.names[module], key=_case))
            groups[self._group(module)].append(f"from {module} import {names}")
        return "\n\n".join("\n".join(group) for group in groups if group)

    @staticmethod
    def _group(module: str) -> int:
        top = module.partition(".")[0]
        if top == "__future__":
            return 0
        return 1 if top in sys.stdlib_module_names else 3 if top == "my_part" else 2


def _case(name: str) -> tuple[int, str]:
    """The order that linters like: constants, classes, functions."""
    return (0 if name.isupper() and len(name) > 1 else 1 if name[:1].isupper() else 2, name)


def next_commands(name: str, kind: str, medium: str, folder: Path) -> list[tuple[str, str]]:
    """What to do with a new project: commands, and what each is for."""
    where = f"./{folder}" if not folder.is_absolute() and not str(folder).startswith(".") else str(folder)
    return [(f'pip install -e "{where}[test]"', "so that artengine finds it, and sees every change"),
            (f'pytest "{where}"', f"the checks of `artengine check {name}`, as tests"),
            wording.first_use(name, kind, medium)]


def clashes(name: str) -> Iterator[str]:
    """Sentences about installed parts that the new one will be in conflict with."""
    from artengine import plugins  # needed only once everything else is settled

    for entry in plugins.entries():
        if entry.name == name:
            yield (f'"{entry.name}" is already a part of {entry.package} {entry.version}: '
                   "with both installed, neither can be used.")
