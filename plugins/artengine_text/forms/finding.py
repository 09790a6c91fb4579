"""Finding a form by name, or in a file."""

from __future__ import annotations

from pathlib import Path

from artengine.errors import ArtengineError, nearest
from artengine_text.forms.describing import ENDING, Described, known, named, read

_NAMES = {"en": "English", "zh": "Chinese"}


def look_up(wanted: str, language: str) -> tuple[Described, str]:
    """The form of that name, or in that file, and what stands after its colon.

    A file is named with its ending; one that describes several forms gives its first, or the one after the colon
    (``forms.toml:villanelle``).

    :raises ArtengineError: where there is none, or *language* lacks it.
    """
    name, _, argument = (part.strip() for part in wanted.replace("：", ":").partition(":"))
    path, _, inside = wanted.partition(f"{ENDING}:")
    if wanted.endswith(ENDING) or inside:
        described, argument = _in_file(Path(f"{path.removesuffix(ENDING)}{ENDING}"), inside)
    else:
        found = named(name)
        if not found:
            raise ArtengineError(f'There is no form "{name}".', nearest(name, _names(language)) or _those(language))
        described = found
    if not has(language, described):
        raise ArtengineError(f'{speaking(language)} has no form "{described.name}".', _those(language))
    return described, argument


def _in_file(path: Path, inside: str) -> tuple[Described, str]:
    forms = {form.name: form for form in read(path)}
    name, _, argument = inside.partition(":")
    if not name or name in forms:
        return forms[name or next(iter(forms))], argument
    first = next(iter(forms.values()))
    if first.takes and not argument:
        return first, name
    raise ArtengineError(f'{path} describes no form "{name}".', nearest(name, forms) or f"It describes {', '.join(forms)}.")


def has(language: str, form: Described) -> bool:
    """Whether the form can be had in *language*."""
    barred = [tag[1:] for tag in form.languages if tag.startswith("-")]
    return language not in barred and (len(barred) == len(form.languages) or language in form.languages)


def speaking(language: str) -> str:
    """The language by name, to begin a sentence with."""
    return _NAMES.get(language, f'The language "{language}"')


def _names(language: str) -> list[str]:
    return [name for form in known().values() if has(language, form) for name in (form.name, *form.also)]


def _those(language: str) -> str:
    return f"Its forms are {', '.join(form.name for form in known().values() if has(language, form))}."
