"""Forms as data: what one is in a TOML file, and where the files are."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from functools import lru_cache
from pathlib import Path
from typing import Any

from artengine.errors import ArtengineError, nearest

GROUP = "artengine1.forms"
ENDING = ".toml"
_HERE = Path(__file__).parent
_PAGE = "The page on forms (docs/forms.md) has an example of each entry."
TAKES = {"letters": "a word", "characters": "characters"}


@dataclass(frozen=True, slots=True)
class Variant:
    """One way to have a form."""

    title: str = ""
    rhyme: tuple[str, ...] = ()
    """Schemes to choose from."""
    meter: tuple[str, ...] = ()
    """Metres to choose from."""
    syllables: tuple[int, ...] = ()
    lines: tuple[tuple[str, ...], ...] = ()
    """The patterns of each line."""
    count: int = 0
    """Lines, where nothing else says how many."""


@dataclass(frozen=True, slots=True)
class Described:
    """A form as its file describes it."""

    name: str
    summary: str
    source: str
    """What described it: a file, or a package."""
    variants: tuple[Variant, ...]
    also: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    loose: frozenset[str] = field(default_factory=frozenset)
    """What a wish may change: of rhyme, meter, syllables and lines."""
    repeats: tuple[int, int] = (1, 1)
    stanzas: str = ""
    """``free`` where an empty line may follow any line."""
    takes: str = ""
    """What stands after the colon of its name: ``letters`` or ``characters``, one for each line."""
    like: tuple[str, ...] = ()
    """Forms whose variants it takes, where they have as many lines."""
    closes: tuple[str, ...] = ()
    grade: str = "perfect"


@lru_cache
def built_in() -> dict[str, Described]:
    """The forms that come with artengine, by name."""
    return {form.name: form for file in ("forms", "chinese") for form in read(_HERE / f"{file}{ENDING}")}


def known() -> dict[str, Described]:
    """Every form there is, by name: those that come with artengine, then those of installed packages.

    A form that a package describes wrongly is left out here, and said to be wrong by whoever asks for it.
    """
    found = dict(built_in())
    for name, form in installed().items():
        if isinstance(form, Described):
            found.setdefault(name, form)
    return found


def named(name: str) -> Described | None:
    """The form of that name or by-name, in whatever case; ``None`` where there is none.

    :raises ArtengineError: where a package offers it and describes it wrongly.
    """
    wanted = name.casefold()
    for form in known().values():
        if wanted in (form.name.casefold(), *(other.casefold() for other in form.also)):
            return form
    broken = installed().get(name)
    if isinstance(broken, ArtengineError):
        raise broken
    return None


def installed() -> dict[str, Described | ArtengineError]:
    """The forms of installed packages, read without importing them: entry points ``NAME = package:path/in/it.toml``.

    By name; of one that is described wrongly, what is wrong with it, by the name of its entry point.
    """
    from artengine.plugins.scan import distributions  # walks sys.path, for forms that are not our own

    return _installed(tuple(distributions()))


@lru_cache(maxsize=1)
def _installed(folders: tuple[str, ...]) -> dict[str, Described | ArtengineError]:
    found: dict[str, Described | ArtengineError] = {}
    for entry, value, package in _entries(folders):
        try:
            for form in read(_inside(entry, value, package), package):
                found.setdefault(form.name, form)
        except ArtengineError as error:
            found.setdefault(entry, error)
    return found


def read(path: Path, source: str = "") -> list[Described]:
    """The forms described in a file.

    :raises ArtengineError: where it cannot be read, or something in it is wrong; names the form and the entry.
    """
    import tomllib  # only whoever asks for a form reads one

    source = source or str(path)
    try:
        data = tomllib.loads(path.read_text("utf-8-sig"))
    except OSError as error:
        raise ArtengineError(f"{path} cannot be read: {error.strerror}.", "Check the path.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ArtengineError(f"{path} is not TOML: {error}.", "Mend it there.") from error
    patterns = _table(data.pop("patterns", {}), "[patterns]", source)
    forms = _table(data.pop("form", {}), "[form]", source)
    if data or not forms:
        wrong = f'{source} has "{next(iter(data))}" where only [form.NAME] and [patterns] may stand.' if data \
            else f"{source} describes no form."
        raise ArtengineError(wrong, f"A form begins with a line [form.NAME]. {_PAGE}")
    groups = {name: _strings(value, f'"{name}" of [patterns]', source) for name, value in patterns.items()}
    return [_Reader(source, name, groups).form(_table(table, f"[form.{name}]", source)) for name, table in forms.items()]


class _Reader:
    """Reads one form; whatever is wrong is said of it by name."""

    def __init__(self, source: str, name: str, groups: Mapping[str, tuple[str, ...]]) -> None:
        self.where = f'The form "{name}" of {source}'
        self.name = name
        self.source = source
        self.groups = groups

    def form(self, table: dict[str, Any]) -> Described:
        variants = table.pop("variant", [])
        if not isinstance(variants, list) or not all(isinstance(variant, dict) for variant in variants):
            raise self.wrong('"variant" must stand in double brackets', f"Write [[form.{self.name}.variant]].")
        own = {key: table.pop(key) for key in ("rhyme", "meter", "syllables", "lines") if key in table}
        form = {key: self.entry(key, value) for key, value in table.items()}
        if not form.get("summary"):
            raise self.wrong("has no summary", 'Say in one line what it is: summary = "…".')
        return Described(name=self.name, source=self.source,
                         variants=tuple(self.variant(own | variant) for variant in variants or [{}]), **form)

    def entry(self, key: str, value: Any) -> Any:
        if key == "summary" and isinstance(value, str):
            return value
        if key in ("also", "languages", "like") and (strings := self.strings(value)):
            return strings
        if key == "closes" and isinstance(value, str) and value:
            return tuple(value)
        if key == "repeats":
            pair = [value, value] if isinstance(value, int) else value
            if _whole(pair) and len(pair) == 2 and 1 <= pair[0] <= pair[1]:
                return pair[0], pair[1]
        choices = {"takes": tuple(TAKES), "stanzas": ("free",), "grade": ("perfect", "slant")}
        if key in choices and value in choices[key]:
            return value
        loose = ("rhyme", "meter", "syllables", "lines")
        if key == "loose" and (strings := self.strings(value)) and set(strings) <= set(loose):
            return frozenset(strings)
        keys = [entry.name for entry in fields(Described) if entry.name not in {"name", "source", "variants"}]
        if key not in keys:
            raise self.wrong(f'has "{key}", which no form has', nearest(key, [*keys, *loose, "variant"]) or _PAGE)
        raise self.wrong(f'has "{key} = {value!r}"', {"loose": f"It may list {', '.join(loose)}.",
                         **{k: f"It may be {' or '.join(v)}." for k, v in choices.items()},
                         "repeats": "It is the least and the greatest number of stanzas: repeats = [3, 8]."}.get(key, _PAGE))

    def variant(self, table: dict[str, Any]) -> Variant:
        lines, syllables = table.pop("lines", ()), table.pop("syllables", ())
        if syllables and not (_whole(syllables) and min(syllables) > 0):
            raise self.wrong(f'has "syllables = {syllables!r}"', "It lists those of each line: syllables = [5, 7, 5].")
        title, rhyme, meter = (table.pop(key, "") for key in ("title", "rhyme", "meter"))
        if table:
            key = next(iter(table))
            raise self.wrong(f'has a variant with "{key}"', "A variant may have title, rhyme, meter, syllables and lines.")
        count = lines if isinstance(lines, int) else 0
        return Variant(title=str(title), rhyme=self.strings(rhyme), meter=self.strings(meter), syllables=tuple(syllables),
                       lines=() if count else self.patterns(lines), count=count)

    def patterns(self, lines: Any) -> tuple[tuple[str, ...], ...]:
        if not isinstance(lines, list | tuple):
            raise self.wrong(f'has "lines = {lines!r}"', 'It is a number, or lists a pattern for each line: ["01", "x1"].')
        found = []
        for line in lines:
            of_line = tuple(pattern for name in self.strings(line) for pattern in self.groups.get(name, (name,)))
            for pattern in of_line:
                self.check(pattern)
            found.append(of_line)
        return tuple(found)

    def check(self, pattern: str) -> None:
        from artengine_text.forms.form import MARKS

        if not set(pattern) <= set(MARKS):
            raise self.wrong(f'has the pattern "{pattern}"', f"The marks of a pattern are {' '.join(MARKS)}.")

    def strings(self, value: Any) -> tuple[str, ...]:
        return _strings(value, "an entry", self.where) if value else ()

    def wrong(self, what: str, advice: str) -> ArtengineError:
        return ArtengineError(f"{self.where} {what}.", advice)


def _strings(value: Any, what: str, where: str) -> tuple[str, ...]:
    values = [value] if isinstance(value, str) else value
    if not isinstance(values, list) or not all(isinstance(item, str) for item in values):
        raise ArtengineError(f"{where}: {what} is {value!r}, neither text nor a list of texts.", _PAGE)
    return tuple(values)


def _whole(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(type(item) is int for item in value)


def _table(value: Any, what: str, source: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ArtengineError(f"{what} of {source} is no table.", _PAGE)
    return dict(value)


def _entries(folders: Iterable[str]) -> Iterator[tuple[str, str, str]]:
    """Name, value and package of every entry point of the group in the distributions whose metadata stands in *folders*."""
    from artengine.plugins.scan import identity  # as above

    for folder in folders:
        file = Path(folder) / "entry_points.txt"
        if not os.path.exists(file):
            continue
        section = ""
        for line in file.read_text("utf-8", "replace").splitlines():
            if line.strip().startswith("["):
                section = line.strip()[1:-1].strip()
            elif section == GROUP and "=" in line:
                name, _, value = line.partition("=")
                yield name.strip(), value.strip(), identity(folder)[0]


def _inside(entry: str, value: str, package: str) -> Path:
    """The file that *value* names, ``package:path``, found without importing the package."""
    from importlib.util import find_spec  # 3 ms, for packages that offer forms

    module, _, inside = value.partition(":")
    try:
        spec = find_spec(module.partition(".")[0]) if inside else None
    except (ImportError, ValueError):
        spec = None
    below = module.split(".")[1:]
    for base in (spec.submodule_search_locations or []) if spec else []:
        return Path(base, *below, inside)
    raise ArtengineError(f'The form "{entry}" of {package} is said to be at "{value}", which is not there.',
                         f"Write package:path/in/it.toml in its entry point, or uninstall {package}.")
