"""Everything about one part, for ``artengine plugins NAME``."""

from __future__ import annotations

import textwrap
from typing import Any

from artengine import options
from artengine.api import Part
from artengine.plugins import load, package_of

_FORMATS = {"corpus": "reads", "exporter": "writes"}


def text(name: str) -> str:
    """A page for a person.

    :raises ArtengineError: where the part is unknown or broken.
    """
    part = load(name)
    package, version = package_of(name)
    lines = [f"{part.name}: {_a(part.kind)} of {part.medium}", f"  {part.summary}", ""]
    facts = {"package": f"{package} {version}", "target": part.target,
             _FORMATS.get(part.kind, "formats"): ", ".join(part.formats),
             "models": ", ".join(f"{model} (default)" if i == 0 else model for i, model in enumerate(part.models)),
             "recipe": "kept inside the file" if part.embeds else "kept beside the file" if part.kind == "exporter" else ""}
    lines += [f"  {key:<8} {value}" for key, value in facts.items() if value]
    if part.controls:
        lines += _section(f"Controls, for `artengine render --plugin {name}`", part.controls, True)
    if part.options:
        lines += _section(_options_heading(part), part.options, part.kind != "generator")
    return "\n".join(lines)


def data(name: str) -> dict[str, Any]:
    """The same as plain data, options and controls as JSON schemas.

    :raises ArtengineError: where the part is unknown or broken.
    """
    part = load(name)
    package, version = package_of(name)
    return {"kind": part.kind, "name": part.name, "medium": part.medium, "summary": part.summary, "package": package,
            "version": version, "target": part.target, "formats": list(part.formats), "models": dict(part.models),
            "embeds": part.embeds, "options": options.schema(part.options) if part.options else None,
            "controls": options.schema(part.controls) if part.controls else None}


def _options_heading(part: Part) -> str:
    if part.kind == "generator":
        return f"Options, for `artengine train --plugin {part.name} --set option=value`"
    return "Options"


def _section(heading: str, cls: type, flags: bool) -> list[str]:
    rows = []
    for field in options.fields(cls):
        if field.type is bool and not field.many:
            left = f"--{field.flag} / --no-{field.flag}" if flags else f"{field.name} BOOL"
        else:
            left = f"{f'--{field.flag}' if flags else field.name} {options.metavar(field)}"
        rows.append((left, options.line(field, "flag" if flags else "set")))
    width = max((len(left) for left, _ in rows), default=0)
    lines = ["", heading]
    for left, right in rows:
        wrapped = textwrap.wrap(right, 96 - width) or [""]
        lines.append(f"  {left:<{width}}  {wrapped[0]}")
        lines += [f"  {'':<{width}}  {line}" for line in wrapped[1:]]
    return lines


def _a(noun: str) -> str:
    return f"an {noun}" if noun[0] in "aeiou" else f"a {noun}"
