"""What encoding a file of text is in, and what it says.

UTF-8 and UTF-16 say so themselves. For the older ones every candidate is tried, and the one wins whose result reads most
like writing: common characters of a script, not the rare ones that a wrong guess throws up.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

from artengine.errors import ArtengineError

SAMPLE = 1 << 18  # bytes that are looked at
_BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe\x00\x00", "utf-32"), (b"\x00\x00\xfe\xff", "utf-32"),
         (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_CJK = ("gb18030", "big5hkscs", "cp932", "euc_jp", "cp949")
_ONE_BYTE = ("cp1252", "cp1250", "cp1251", "koi8_r", "cp1253")
# The commonest characters of modern prose and of old verse, in both scripts, then letters by frequency.
_HAN = frozenset("的一是不了人我在有他這这中大來来上國国個个到說说們们為为子和你地出道也時时年得就那要下以生會会自著着去之"
                 "過过家學学山風风日雲云春花月無无天何水秋心相夜長长江如知君白青空見见歸归前行清落雨飛飞千里客深高思酒古门門別别聲声愁寒")
_LETTERS = frozenset("оеаинтсрвлкмдпуяыьгзбчйαοιετσνηυρκπμλάέίόή")
_WORDLIKE = frozenset("àáâãäåæçèéêëìíîïñòóôõöøœùúûüýÿßÀÁÂÄÇÈÉÊÍÑÓÖØÜŒąćęłńśźżőűčďěňřšťůžŁŚŻČŠŽ")
_MARKS = frozenset("‘’“”–—…«»¡¿°·£§©\u00a0")
_ENDS = re.compile("\r\n?|[\u2028\u2029\x85]")
_CONTROL = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f\ufeff\ufffe\uffff]")


def decode(data: bytes, encoding: str = "") -> str:
    """The text of *data*, its lines ended by ``\\n``, without control characters.

    :param encoding: of the file that *data* is part of, as :func:`detect` found it; by default it is detected.
    :raises ArtengineError: where it is not text.
    """
    encoding = encoding or detect(data)
    mixed = encoding == "utf-8" and not _valid(data, "utf-8")
    text = "\n".join(_mixed(data)) if mixed else data.decode(encoding, "replace")
    return _CONTROL.sub("", _ENDS.sub("\n", text))


def detect(data: bytes) -> str:
    """Python's name of the encoding that *data*, a file or the beginning of a long one, is in.

    ``utf-8`` also stands for UTF-8 with lines of something older in between.

    :raises ArtengineError: where it is not text.
    """
    data = data[:SAMPLE]
    for mark, name in _BOMS:
        if data.startswith(mark):
            return name
    if b"\x00" in data:
        return _wide(data)
    if _controls(data) > 0.01 * len(data):
        raise _binary()
    if _valid(data, "utf-8"):
        return "utf-8"
    escaped = data.decode("utf-8", "surrogateescape")
    bad = sum("\udc80" <= c <= "\udcff" for c in escaped)
    good = sum(c > "\x7f" for c in escaped) - bad
    return "utf-8" if good > 2 * bad else _older(data)


def _wide(data: bytes) -> str:
    """UTF-16 without a mark: the high bytes of most letters are alike, and stand at every other place."""
    if data.startswith((b"PK", b"\x89PNG", b"\x7fELF", b"RIFF", b"MThd", b"\xff\xd8")):
        raise _binary()
    even, odd = data[0::2], data[1::2]
    for name, high in (("utf-16-le", odd), ("utf-16-be", even)):
        text = data[:len(data) // 2 * 2].decode(name, "replace")
        if len(text) and sum(map(_readable, text)) > 0.97 * len(text) and len(set(high)) < 0.6 * len(set(data)) + 2:
            return name
    raise _binary()


def _binary() -> ArtengineError:
    return ArtengineError("It is not text but binary data.", "Save it as plain text, best in UTF-8.")


def _controls(data: bytes) -> int:
    return len(data) - len(data.translate(None, bytes((*range(9), 11, *range(14, 27), *range(28, 32), 127))))


def _readable(c: str) -> bool:
    return c in "\n\r\t\f" or unicodedata.category(c)[0] in "LNPZSM"


def _valid(data: bytes, encoding: str) -> bool:
    """Whether it decodes, but for a last character that the end of the sample may have cut."""
    try:
        data.decode(encoding)
    except UnicodeDecodeError as error:
        return len(data) >= SAMPLE and error.start > len(data) - 4
    return True


def _older(data: bytes) -> str:
    scores = {name: _score(data, name) for name in (*_ONE_BYTE, *_CJK) if _valid(data, name)}
    best = max(scores, key=lambda name: scores[name], default="")
    if not best or scores[best] <= 0:
        if _controls(data) or not any(65 <= b <= 122 for b in data):
            raise _binary()
        return "latin-1"  # which gives every byte a character
    return best


def _score(data: bytes, name: str) -> float:
    """How much like writing the characters beyond ASCII look, at most about 2."""
    text = data.decode(name, "ignore")
    odd = [c for c in text if c > "\x7f"]
    if not odd:
        return 0.0
    plain = sum(c.isalpha() for c in text) - sum(c.isalpha() for c in odd)
    if name in {"cp1252", "cp1250"}:
        inside = sum(c in _WORDLIKE for c in odd) if plain > 0.6 * len(odd) else 0
        fits = (inside + sum(c in _MARKS for c in odd)) / len(odd)
        return 1.5 * fits - 0.75 - (0.02 if name == "cp1250" else 0)
    if name in _ONE_BYTE:
        letters = sum(c in _LETTERS for c in odd) / len(odd)
        capitals = sum(c.isupper() for c in odd) / len(odd)  # the other code pages have the cases the other way round
        return 1.6 * letters - capitals - 0.2 if plain < len(odd) else -1.0  # its words mix no scripts
    return sum(map(_plausible, odd)) / len(odd)


@lru_cache(maxsize=1 << 14)
def _plausible(c: str) -> float:
    if c in _HAN:
        return 2.0
    if "\u3041" <= c <= "\u30fe" or "\uac00" <= c <= "\ud7a3" or c in "，。、！？；：「」『』《》（）　…—":
        return 1.4
    if "\u4e00" <= c <= "\u9fff":
        return 1.0 if common(c) else -0.4
    return -1.0 if "\uff61" <= c <= "\uff9f" or unicodedata.category(c) in {"Co", "Cn"} else -0.3


def common(c: str) -> bool:
    """Whether a Han character is among the few thousand that the first levels of GB 2312 or Big5 hold."""
    for encoding, low, high in (("gb2312", 0xB0, 0xD7), ("big5", 0xA4, 0xC6)):
        try:
            if low <= c.encode(encoding)[0] <= high:
                return True
        except UnicodeEncodeError:
            continue
    return False


def _mixed(data: bytes) -> Iterator[str]:
    """The lines of UTF-8 among which some are in an older encoding, all in the same."""
    lines = data.splitlines()
    wrong = [line for line in lines if not _valid(line, "utf-8")]
    try:
        other = _older(b"\n".join(wrong)[:SAMPLE])
    except ArtengineError:
        other = "cp1252"
    for line in lines:
        yield line.decode("utf-8") if _valid(line, "utf-8") else line.decode(other, "replace")
