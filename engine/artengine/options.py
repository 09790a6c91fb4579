"""Options and controls: from one frozen dataclass to flags, TOML keys, JSON schema and recipe, and back.

A field reads ``bars: Annotated[int, Opt("Bars to write.", min=1)] = 8``. Its type is ``int``, ``float``, ``str``, ``bool``,
a ``tuple[X, ...]`` of one of these, any of these ``| None``, or (with ``Opt(work="music")``) a work. A name with
underscores is the flag, and the TOML key, with hyphens; both spellings are read everywhere.
"""

from __future__ import annotations

import dataclasses
import math
import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from artengine.api import Opt
from artengine.errors import ArtengineError, nearest

if TYPE_CHECKING:
    import click

T = TypeVar("T")
Reader = Callable[[str, str], Any]
"""Turns text from the command line and a medium into a work of that medium."""
Where = Literal["flag", "toml", "set"]

RESERVED = frozenset({
    "plugin", "model", "seed", "count", "output", "format", "best-of", "critic", "corpus", "name", "steps", "minutes",
    "resume", "device", "precision", "devices", "set", "debug", "help", "batch", "json", "studio", "quiet", "grid"})
"""The engine's own flags, which no option or control may shadow."""

_SCALARS: tuple[type, ...] = (int, float, str, bool)
_DECORATE = "Decorate it with @dataclass(frozen=True)."
_NOUNS = {int: "a whole number", float: "a number", str: "text", bool: "true or false"}
_WIDE = 36  # columns that a list of choices may take in place of a metavar
_PLURALS = {int: "whole numbers", float: "numbers", str: "words", bool: "true or false"}
# Works are named by Opt.work and may be annotated with types that are imported for type checking only.
_WORKS = dict.fromkeys(("Score", "Image", "Text", "Work"), Any)


@dataclass(frozen=True, slots=True)
class Field:
    """One option or control."""

    name: str
    """As the dataclass spells it."""
    type: Any
    """``int``, ``float``, ``str``, ``bool``, or ``Any`` for a work; of a tuple, the type of its items."""
    many: bool
    """It is a tuple."""
    optional: bool
    """It may be ``None``."""
    default: Any
    opt: Opt

    @property
    def flag(self) -> str:
        """The flag without its dashes, which is the TOML key too."""
        return self.name.replace("_", "-")

    def quoted(self, where: Where) -> str:
        """The field as the person wrote it."""
        return {"flag": f"--{self.flag}", "toml": f'"{self.flag}"', "set": f"--set {self.name}"}[where]

    @property
    def bounds(self) -> str:
        """The values allowed in words, such as ``1 to 64``; empty where any will do."""
        low, high = self.opt.min, self.opt.max
        if self.opt.choices:
            return ", ".join(self.opt.choices)
        if low is not None and high is not None:
            return f"{low:g} to {high:g}"
        return f"{low:g} or more" if low is not None else f"{high:g} or less" if high is not None else ""

    @property
    def shown(self) -> str:
        """The default as one would write it on the command line."""
        if self.many and self.default is not None:
            return ",".join(map(_text, self.default))
        return _text(self.default)


def fields(cls: type[Any]) -> tuple[Field, ...]:
    """The fields of a dataclass of options or controls, in order.

    :raises ArtengineError: for a class or field that cannot become a flag, naming both.
    """
    return _fields(cls)  # type: ignore[arg-type]  # classes are hashable, whatever mypy makes of type[Any]


@cache
def _fields(cls: Any) -> tuple[Field, ...]:
    if not isinstance(cls, type) or not dataclasses.is_dataclass(cls):
        raise ArtengineError(f"{getattr(cls, '__name__', repr(cls))} is not a dataclass.", _DECORATE)
    if not cls.__dataclass_params__.frozen:  # type: ignore[attr-defined]
        raise ArtengineError(f"the dataclass {cls.__name__} is not frozen.", _DECORATE)
    try:
        hints = typing.get_type_hints(cls, localns=_WORKS, include_extras=True)
    except Exception as error:
        raise ArtengineError(f"the types of {cls.__name__} cannot be read: {error}.",
                             "Import what they name, and not under TYPE_CHECKING only.") from error
    return tuple(_field(cls, field, hints[field.name]) for field in dataclasses.fields(cls) if field.init)


def check(cls: type, part: str) -> None:
    """Hold a plugin's dataclass against the rules.

    :raises ArtengineError: naming part, class and field, for one without help or default, of another type than those
        allowed, with a default out of its own range, or in the way of a flag of the engine.
    """
    try:
        flags = [field.flag for field in fields(cls)]
        for field in fields(cls):
            if field.flag in RESERVED:
                raise _fault(cls, field.name, f"would shadow the engine's own --{field.flag}", "Give it another name.")
            if field.flag.startswith("no-") and field.flag[3:] in flags:
                raise _fault(cls, field.name, f"is the negation of --{field.flag[3:]}", "Give it another name.")
    except ArtengineError as error:
        raise ArtengineError(f"{part}: {error.wrong}", error.advice) from error


def make(cls: type[T], values: Mapping[str, Any], where: Where = "flag", read: Reader | None = None) -> T:
    """An instance from *values*, which may be text from the command line; a value of ``None`` leaves the default.

    :param where: where the values came from, so that an error quotes what the person wrote.
    :param read: turns (text, medium) into a work; by default a file through the installed corpora, or inline notation.
    :raises ArtengineError: for an unknown name (with the nearest), a value of the wrong type, or one out of range.
    """
    return _build(cls, {name: value for name, value in values.items() if value is not None}, where, read)


def from_data(cls: type[T], data: Mapping[str, Any]) -> T:
    """The instance that :func:`to_data` described; what the data lacks has its default.

    :raises ArtengineError: for names and values that *cls* does not allow.
    """
    return _build(cls, data, "toml", None)


def to_data(instance: Any) -> dict[str, Any]:
    """Every field as plain data: tuples as lists, works as their ``to_data()``."""
    def plain(value: Any) -> Any:
        return list(value) if isinstance(value, tuple) else value.to_data() if hasattr(value, "to_data") else value
    return {field.name: plain(getattr(instance, field.name)) for field in fields(type(instance))}


def coerce(field: Field, value: Any, where: Where = "flag", read: Reader | None = None) -> Any:
    """*value* as the field's type: itself, text that says it, or plain data.

    :raises ArtengineError: where it is no such thing, or out of range.
    """
    if value is None or (field.optional and isinstance(value, str) and value.lower() == "none"):
        if not field.optional:
            raise _refusal(field, where, f"must be {_noun(field)}, not nothing")
        return None
    if field.opt.work:
        return _work(field, value, where, read)
    if not field.many:
        return _scalar(field, value, where)
    items = [item.strip() for item in value.split(",") if item.strip()] if isinstance(value, str) else value
    if not isinstance(items, list | tuple):
        items = [items]
    return tuple(_scalar(field, item, where) for item in items)


def schema(cls: type) -> dict[str, Any]:
    """A JSON schema (2020-12) of what :func:`from_data` takes."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": cls.__name__, "type": "object",
            "properties": {field.name: _property(field) for field in fields(cls)}, "additionalProperties": False}


def flags(cls: type, read: Reader | None = None) -> list[click.Option]:
    """A click option for each field, under the field's own name; one that is not given is ``None``."""
    import click  # 40 ms, and a plugin is described without it

    class Value(click.ParamType[Any]):
        name = "value"

        def __init__(self, field: Field) -> None:
            self.field = field

        def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
            return coerce(self.field, value, "flag", read)

        def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[Any]:
            from click.shell_completion import CompletionItem

            if self.field.opt.work:
                return [CompletionItem(incomplete, type="file")]
            return [CompletionItem(choice) for choice in self.field.opt.choices if choice.startswith(incomplete)]

    made = []
    for field in fields(cls):
        if field.type is bool and not field.many:
            names = [f"--{field.flag}/--no-{field.flag}", field.name]
            made.append(click.Option(names, default=None, help=line(field)))
        else:
            names = [f"--{field.flag}", field.name]
            made.append(click.Option(names, type=Value(field), default=None, metavar=metavar(field), help=line(field)))
    return made


def line(field: Field, where: Where = "flag") -> str:
    """The line in ``--help``: what it does, its default, and the values allowed where the metavar does not show them."""
    notes = []
    if field.default not in (None, (), ""):
        shown = field.shown
        if where == "flag" and field.type is bool and not field.many:
            shown = f"--{'' if field.default else 'no-'}{field.flag}"
        notes.append(f"default: {shown}")
    if field.bounds and "|" not in metavar(field):
        notes.append(f"one of {field.bounds}" if field.opt.choices else field.bounds)
    return f"{field.opt.help}  [{'; '.join(notes)}]" if notes else field.opt.help


def metavar(field: Field) -> str:
    """How the value is named in ``--help``."""
    if field.opt.metavar:
        return field.opt.metavar
    if field.opt.choices:
        listed = f"[{'|'.join(field.opt.choices)}]"
        return listed if len(listed) <= _WIDE else "WORD"
    if field.opt.work:
        return {"music": "FILE|NOTES", "text": "FILE|TEXT", "image": "FILE"}[field.opt.work]
    word = {int: "N", float: "NUMBER", str: "TEXT", bool: "BOOL"}[field.type]
    return f"{word},{word},…" if field.many else word


def _build(cls: type[T], values: Mapping[str, Any], where: Where, read: Reader | None) -> T:
    known = {field.name: field for field in fields(cls)}
    chosen = {}
    for key, value in values.items():
        name = key.replace("-", "_")
        if name not in known:
            shown = {n: f.flag if where == "flag" else n for n, f in known.items()}
            wrote = {"flag": f"--{key.replace('_', '-')}", "toml": f'"{key}"', "set": f"--set {key}"}[where]
            there = f"There are: {', '.join(shown.values())}." if shown else "There is nothing to set."
            raise ArtengineError(f"There is no {wrote} among the {cls.__name__}.", nearest(key, shown.values()) or there)
        chosen[name] = coerce(known[name], value, where, read)
    try:
        return cls(**chosen)
    except (ValueError, TypeError) as error:  # a check across fields, in __post_init__
        raise ArtengineError(f"{str(error).rstrip('.')}.", "Change one of the values named.") from error


def _field(cls: type, field: dataclasses.Field[Any], hint: Any) -> Field:
    """One field of a dataclass, with everything a person may need to know, or the reason why not."""
    opt = next((extra for extra in getattr(hint, "__metadata__", ()) if isinstance(extra, Opt)), None)
    if opt is None or not opt.help.strip():
        raise _fault(cls, field.name, "has no help", 'Annotate it with Annotated[type, Opt("What it does.")].')
    if field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING:
        raise _fault(cls, field.name, "has no default", "Every option and control must work without being set.")
    default = field.default if field.default_factory is dataclasses.MISSING else field.default_factory()
    base, optional, many = hint.__origin__, False, False
    if typing.get_origin(base) in (typing.Union, types.UnionType):
        rest = [arg for arg in typing.get_args(base) if arg is not types.NoneType]
        optional = len(rest) < len(typing.get_args(base))
        base = rest[0] if len(rest) == 1 or opt.work else base
    if typing.get_origin(base) is tuple and typing.get_args(base)[1:] == (...,):
        base, many = typing.get_args(base)[0], True
    if opt.work:
        base = Any
    elif base not in _SCALARS:
        raise _fault(cls, field.name, f"has the type {getattr(base, '__name__', base)}, which cannot be a flag",
                     "Use int, float, str, bool, a tuple[X, ...] of them, or one of these | None.")
    made = Field(field.name, base, many, optional, default, opt)
    try:
        if coerce(made, default, "set") != default or (isinstance(default, str) and base is not str):
            raise ArtengineError(f"it is {default!r}")
    except ArtengineError as error:
        raise _fault(cls, field.name, f"has a default that it would not take itself ({error.wrong.rstrip('.')})",
                     "Make the default fit the type, the range and the choices.") from error
    return made


def _scalar(field: Field, value: Any, where: Where) -> Any:
    """One value, or one item of a tuple, of the field's type and within its range."""
    given = value
    try:
        if field.type is bool:
            value = {"true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "off": False,
                     "0": False}[str(value).lower()]
        elif field.type is str:
            if not isinstance(value, str):
                raise ValueError
        elif isinstance(value, bool) or (field.type is int and isinstance(value, float) and not value.is_integer()):
            raise ValueError
        else:
            value = field.type(value)
            if not math.isfinite(value):
                raise ValueError
    except (KeyError, TypeError, ValueError, OverflowError):
        raise _refusal(field, where, f"must be {_noun(field)}, not {_quote(given)}") from None
    choices, low, high = field.opt.choices, field.opt.min, field.opt.max
    if choices and value not in choices:
        raise _refusal(field, where, f"must be one of {', '.join(choices)}, not {_quote(given)}",
                       nearest(str(value), choices))
    if low is not None and value < low:
        raise _refusal(field, where, f"must be at least {low:g}, not {_text(value)}")
    if high is not None and value > high:
        raise _refusal(field, where, f"must be at most {high:g}, not {_text(value)}")
    return value


def _work(field: Field, value: Any, where: Where, read: Reader | None) -> Any:
    medium = field.opt.work
    if getattr(value, "medium", None) == medium:
        return value
    if isinstance(value, Mapping):
        from artengine import works  # only recipes come this way

        return works.from_data(dict(value))
    if not isinstance(value, str):
        raise _refusal(field, where, f"must be a work of the medium {medium}, not {_quote(value)}")
    try:
        return (read or _read)(value, medium)
    except ArtengineError as error:
        raise ArtengineError(f"{field.quoted(where)}: {error.wrong}", error.advice) from error


def _read(text: str, medium: str) -> Any:
    """A work from a file, through the plugins; which stand above this module, and are needed by none but this function."""
    from artengine.plugins import read_work

    return read_work(text, medium)  # type: ignore[arg-type]  # Opt allows media only


def _property(field: Field) -> dict[str, Any]:
    opt = field.opt
    if opt.work:
        types = ["object", "string", *(["null"] if field.optional else [])]
        made: dict[str, Any] = {"type": types, "contentMediaType": opt.work}
    else:
        made = {"type": {int: "integer", float: "number", str: "string", bool: "boolean"}[field.type]}
        made |= {key: value for key, value in (("minimum", opt.min), ("maximum", opt.max)) if value is not None}
        if opt.choices:
            made["enum"] = list(opt.choices)
        if field.many:
            made = {"type": "array", "items": made}
        if field.optional:
            made = {"anyOf": [made, {"type": "null"}]}
    default = list(field.default) if field.many and field.default is not None else field.default
    return made | {"description": opt.help, "default": default.to_data() if hasattr(default, "to_data") else default}


def _refusal(field: Field, where: Where, wrong: str, near: str = "") -> ArtengineError:
    give = f"Give {field.bounds}." if field.bounds and not field.opt.choices else field.opt.help
    return ArtengineError(f"{field.quoted(where)} {wrong}.", near or give)


def _fault(cls: type, name: str, wrong: str, advice: str) -> ArtengineError:
    return ArtengineError(f"the field {name} of {cls.__name__} {wrong}.", advice)


def _noun(field: Field) -> str:
    if field.many:
        return f"{_PLURALS[field.type]} parted by commas"
    return _NOUNS.get(field.type, "a work")


def _quote(value: Any) -> str:
    text = value if isinstance(value, str) else repr(value)
    return f'"{text[:60]}{"…" if len(text) > 60 else ""}"'


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:.10g}" if isinstance(value, float) else "none" if value is None else str(value)
