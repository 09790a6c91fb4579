"""Symbols of a base: its tokeniser behind the interface of :class:`artengine_text.poetry.tokens.Tokens`.

A symbol is a token of the base, four up, after the usual four. The end of a line is the base's own token for it; the end of
a stanza its token for two, where it has one, and else a row of its own that is learnt with the adapters.

Every unit is made tokens by itself, as it would be after the end of a line, so that the words of a poem form a trie: a word
has the space before it in its first token, which therefore never goes on with another.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from functools import cached_property
from typing import Any

import numpy as np

from artengine.errors import ArtengineError
from artengine_text.poetry.tokens import NEWLINE, SPECIAL, STANZA, START, UNKNOWN
from artengine_text.poetry.verse import MARKS

_ANCHORS = ("\n", "(", "a")  # what a unit may stand after to become the tokens it becomes within a text
_PROBES = ("The", " the", " heart", "Night", " night")
_BYTE = re.compile(r"<0x([0-9A-F]{2})>")


class BaseTokens:
    """What the tokens of a base stand for.

    :param tokeniser: as transformers reads it.
    :param size: values that the base puts out.
    :param name: of the base, for errors.
    :raises ArtengineError: for a tokeniser that does not keep letters and spaces as they are.
    """

    def __init__(self, tokeniser: Any, size: int, name: str = "") -> None:
        self.size = size
        self._tokeniser = tokeniser
        self._bytes = _bytes(tokeniser, size)
        self._anchors = [(anchor, self._plain(anchor)) for anchor in _ANCHORS]
        self._known: dict[str, tuple[int, ...]] = {}
        known = [unit for unit in _PROBES if tokeniser.unk_token_id not in self._plain(unit)]
        if not self._bytes or any(UNKNOWN in self.encode(unit) for unit in known):
            raise ArtengineError(f'The tokeniser of the base "{name}" does not keep letters and spaces as they are written.',
                                 "Take a base whose tokeniser gives back the text it was given, as most causal ones do.")
        line, stanza = self._end("\n"), self._end("\n\n")
        self.own = (line is None) + (stanza is None)
        """Rows that the base lacks: they follow its last token."""
        self.line = size if line is None else line
        """The base's token for the end of a line, or the row in its place."""
        self.stanza = size + self.own - 1 if stanza is None else stanza
        """The same for the end of a stanza."""
        begin = tokeniser.bos_token_id, tokeniser.eos_token_id
        self.start: int = next((token for token in begin if token is not None and token < size), self.line)
        """The base's token for the beginning."""

    def __len__(self) -> int:
        return self.size + SPECIAL

    @cached_property
    def table(self) -> np.ndarray:
        """The base's token, or row, of every symbol.  (V,) int64"""
        unknown = self._tokeniser.unk_token_id
        first = [self.start, self.line, self.stanza, self.start if unknown is None else unknown]  # in the order of the four
        return np.concatenate((first, np.arange(self.size))).astype(np.int64)

    @cached_property
    def twice(self) -> np.ndarray:
        """Symbols that are not to be drawn: the beginning, and tokens that stand among the first four already."""
        ends = {int(token) for token in self.table[[NEWLINE, STANZA, UNKNOWN]] if token < self.size}
        return np.array([START, *(token + SPECIAL for token in sorted(ends))], np.intp)

    @cached_property
    def pieces(self) -> list[str]:
        """The text of each symbol; of the marks only the tokens that stand for them within a text."""
        pieces = ["", "\n", "\n\n", "\ufffd", *(b.decode("utf-8", "replace") for b in self._bytes)]
        pieces = ["\ufffd" if piece in MARKS and len(piece) == 1 else piece for piece in pieces]
        for mark in MARKS:
            symbols = self.encode(mark)
            if len(symbols) == 1 and symbols[0] != UNKNOWN:
                pieces[symbols[0]] = mark
        return pieces

    def encode(self, unit: str) -> tuple[int, ...]:
        """The symbols of one unit."""
        known = self._known.get(unit)
        if known is None:
            known = self._known[unit] = self._encoded(" —" if unit == "—" else unit)
        return known

    def decode(self, symbols: Iterable[int]) -> str:
        """Their text."""
        ends = {NEWLINE: b"\n", STANZA: b"\n\n"}
        text = b"".join(self._bytes[s - SPECIAL] if s >= SPECIAL else ends.get(s, b"") for s in symbols)
        return text.decode("utf-8", "replace")

    def to_data(self) -> dict[str, Any]:
        """Plain data for a model's header; the symbols themselves are the base's."""
        return {"size": self.size}

    def _plain(self, text: str) -> list[int]:
        tokens: list[int] = self._tokeniser(text, add_special_tokens=False, verbose=False)["input_ids"]
        return tokens

    def _encoded(self, text: str) -> tuple[int, ...]:
        wanted = text.encode()
        for anchor, before in self._anchors:
            tokens = self._plain(anchor + text)
            after = tokens[len(before):]
            if (tokens[:len(before)] == before and after and max(after) < self.size
                    and b"".join(self._bytes[token] for token in after) == wanted):
                return tuple(token + SPECIAL for token in after)
        return (UNKNOWN,)

    def _end(self, text: str) -> int | None:
        """The one token that ends a line, or a stanza."""
        before, tokens = self._plain("a"), self._plain(f"a{text}")
        after = tokens[len(before):]
        sound = tokens[:len(before)] == before and len(after) == 1 and self._bytes[after[0]] == text.encode()
        return after[0] if sound else None


def _bytes(tokeniser: Any, size: int) -> list[bytes]:
    """The bytes of each token, none for tokens that are no text; empty for a tokeniser that is of neither kind known.

    Byte-level ones write every byte as a letter, a space as "Ġ"; SentencePiece writes a space as "▁", and bytes that are no
    letter of its own as ``<0x0A>``.
    """
    tokens: list[str | None] = tokeniser.convert_ids_to_tokens(list(range(min(size, len(tokeniser)))))
    first = Counter(token[0] for token in tokens if token)
    special = set(tokeniser.all_special_ids)
    added = set(tokeniser.added_tokens_decoder)
    letters = {chr(code): byte for byte, code in enumerate(_letters())}
    if not first["Ġ"] and not first["▁"]:
        return []
    levels = first["Ġ"] >= first["▁"]

    def of(i: int, token: str | None) -> bytes:
        if not token or i in special:
            return b""
        if i in added and not token.startswith("▁"):
            return token.encode()
        if levels:
            return bytes(letters[c] for c in token) if all(c in letters for c in token) else token.encode()
        byte = _BYTE.fullmatch(token)
        return bytes([int(byte[1], 16)]) if byte else token.replace("▁", " ").encode()

    return [*(of(i, token) for i, token in enumerate(tokens)), *[b""] * (size - len(tokens))]


def _letters() -> list[int]:
    """The letter that stands for each byte: itself where it can be seen, else one of those from 256 on in turn."""
    seen = {*range(33, 127), *range(161, 173), *range(174, 256)}
    others = iter(range(256, 512))
    return [byte if byte in seen else next(others) for byte in range(256)]
