"""Which form a poem most likely has."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from artengine_text.forms.checking import Checked, check, demands, split
from artengine_text.forms.describing import Described, known
from artengine_text.forms.finding import has
from artengine_text.forms.form import Form
from artengine_text.forms.resolving import resolve
from artengine_text.forms.wish import FormControls
from artengine_text.prosody.base import Prosody

# How surprising it is that a line of any verse happens to have what is asked, in bits, as far as one form is told from
# another: one line in eight has a given number of syllables, one pair in sixteen rhymes. A fault counts twice against it.
_BITS = {"syllables": 3.0, "beats": 2.0, "rhyme": 4.0, "starts": 4.5, "refrain": 8.0}
_LINES = 2.0
_AGAINST = 2.0
_HALF = 0.5
_ENOUGH = 3.0  # bits that verse of no form may happen to show
_SHORTEST = 4  # letters of an acrostic's word: three may come by chance
_EACH = 4.5  # bits that a line begins with a given letter


def guess(text: str, prosody: Prosody, title: str = "") -> str:
    """The name of the form, of those there are in the language, whose demands *text* meets most tellingly.

    ``free`` where it meets those of none. An acrostic is known by its word standing in the title or the text.
    """
    lines, _ = split(text)
    best, most = "free", _ENOUGH
    for form in known().values():
        if not has(prosody.language, form) or form.takes or form.stanzas == "free":
            continue
        resolved = _resolved(form, prosody)
        if not resolved.plans(len(lines)):
            continue
        for tried in (resolved, _unmetred(resolved)) if "meter" in form.loose else (resolved,):
            if (telling := _telling(check(tried, text, prosody))) > most:
                best, most = form.name, telling
    word = "".join(line.lstrip("\"'“‘(—– ")[:1] for line in lines).casefold()
    if len(word) >= _SHORTEST and word in f"{title} {text}".casefold() and _EACH * len(word) > most:
        return "藏头" if prosody.language == "zh" else "acrostic"
    return best


def _unmetred(form: Form) -> Form:
    """The form by its rhymes alone: of one that leaves its metre open, what any poem of it must have."""
    return replace(form, variants=tuple(dict.fromkeys(
        tuple(replace(line, patterns=()) for line in variant) for variant in form.variants)))


@lru_cache(maxsize=256)
def _resolved(form: Described, prosody: Prosody) -> Form:
    return resolve(FormControls(form=form.name), prosody)


def _telling(checked: Checked) -> float:
    """How much more likely the poem is by the form than by chance, in bits; none where half of what is asked is wanting."""
    if any((share := checked.share(kind)) is not None and share < _HALF for kind in _BITS):
        return 0.0
    bits = _LINES
    for line in checked.lines:
        failed = {fault.kind for fault in line.faults}
        for kind in demands(line.plan) & set(_BITS):
            if kind == "rhyme" and line.grade is None:
                continue  # nothing before it to rhyme with
            if kind == "beats" and "syllables" in failed:
                continue  # said already
            bits += -_AGAINST * _BITS[kind] if kind in failed else _BITS[kind]
    return bits
