"""A poem as a model reads it: lines of units, a unit being a word with the space before it, or a mark of punctuation.

The units of a line, put together, are the line. What a model is not to learn (quotation marks, brackets, emphasis) is left
out; lines of Chinese and Japanese end at their punctuation, which comes back by rule when a poem is written down.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from sys import intern

CJK = "\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U000323af"
MARKS = ",.;:!?…—"
FINAL = ".!?…"
"""Marks that end a sentence."""
_APHAERETIC = "tis|twas|twere|twill|twixt|twould|gainst|neath|mid|mong|em|scape|gan|tween|ere|round|till|bout|cause"
_LETTER = rf"[^\W_{CJK}]"
_WORD = re.compile(rf"[{CJK}]|(?:'(?:{_APHAERETIC})\b|{_LETTER})(?:{_LETTER}|[\u0300-\u036f]|['\-](?={_LETTER}))*"
                   rf"(?:(?<=\bth)'|(?<=\bo)')?|[{MARKS}]", re.IGNORECASE)
_FOLDED = str.maketrans({"’": "'", "‘": "'", "ʼ": "'", "`": "'", "´": "'", "‐": "-", "‑": "-", "–": "—", "―": "—", "，": ",",
                         "。": ".", "；": ";", "：": ":", "！": "!", "？": "?", "、": ",", "．": ".", "_": " ", "*": " "})
_DASH = re.compile(r"\s*(?:--+|(?<=\s)-(?=\s|$)|—+)\s*")
_DOTS = re.compile(r"\.\s*\.[.\s]*(?=\s|$|[^.])|…+")
_PARTS = re.compile(rf"(?<=[{CJK}])[{MARKS}]+")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of verse."""

    units: tuple[str, ...]
    """Words, each but the first with the space before it where the script has spaces, and marks."""
    ends_stanza: bool = False

    @property
    def words(self) -> list[str]:
        """Without marks and spaces."""
        return [unit.strip() for unit in self.units if unit not in MARKS]

    def __str__(self) -> str:
        return "".join(self.units).replace("—", " —")


def lines_of(body: str) -> list[Line]:
    """The lines of a poem; empty where it has no words."""
    body = unicodedata.normalize("NFC", body).translate(_FOLDED)
    lines: list[Line] = []
    for stanza in re.split(r"\n\s*\n", body):
        found = []
        for text in stanza.splitlines():
            for part in _PARTS.split(text):
                units = units_of(part)
                if any(unit not in MARKS for unit in units):
                    found.append(Line(units))
        if found:
            lines += [*found[:-1], Line(found[-1].units, ends_stanza=True)]
    return lines


def units_of(text: str) -> tuple[str, ...]:
    """Words and marks of one line: no mark begins it, and none follows another."""
    units: list[str] = []
    for match in _WORD.finditer(_DASH.sub(" — ", _DOTS.sub("…", text))):
        unit = match[0]
        if unit in MARKS:
            if units and units[-1] not in MARKS:
                units.append(unit)
        else:
            units.append(intern(unit if not units or is_cjk(unit) else f" {unit}"))  # words come again: kept once
    return tuple(units)


def is_cjk(unit: str) -> bool:
    """A script without spaces between words, whose characters are words of their own."""
    return re.match(rf"[{CJK}]", unit) is not None


def written(lines: Sequence[Sequence[str]], ends: Sequence[bool]) -> str:
    """A poem's body from the units of its lines and whether each ends a stanza; Chinese gets its commas and full stops."""
    body = []
    spaceless = sum(is_cjk(unit) for units in lines for unit in units) > 0.5 * sum(len(units) for units in lines)
    odd = False
    for i, (units, end) in enumerate(zip(lines, ends, strict=True)):
        line = str(Line(tuple(units)))
        if spaceless:
            odd = not odd
            line += "，" if odd and not end and i + 1 < len(lines) else "。"
            odd = odd and not end
        body.append(line + ("\n" if end and i + 1 < len(lines) else ""))
    return "\n".join(body)
