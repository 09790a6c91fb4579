"""What a poem was asked to be, as its labels say, and how it keeps that."""

from __future__ import annotations

from dataclasses import dataclass

from artengine.errors import ArtengineError
from artengine_text.critics.hearing import Heard
from artengine_text.forms import Form, resolve
from artengine_text.forms.checking import Checked, check
from artengine_text.forms.wish import FormControls

_OF_A_WORD = ("acrostic", "藏头", "藏頭")


@dataclass(frozen=True)
class Kept:
    """A poem beside the form that it was asked to have."""

    form: Form
    checked: Checked
    planned: int
    """Lines that were asked for."""

    @property
    def whole(self) -> float:
        """Share of the lines planned that are there, less those too many."""
        held = len(self.checked.lines)
        return min(1.0, held / max(self.planned, 1))

    def says(self, *kinds: str) -> list[str]:
        """What is wrong, of these kinds."""
        return [fault.says for fault in self.checked.faults if fault.kind in kinds]


def form_of(heard: Heard) -> Form | None:
    """The form that a work's labels name; ``None`` for none, for free verse, and for one that cannot be looked up."""
    labels = heard.work.labels
    name = labels.get("form", "")
    if name in _OF_A_WORD and labels.get("word"):
        name = f"{name}:{labels['word']}"
    metre = labels.get("meter") or labels.get("metre", "")
    counts = tuple(int(part) for part in labels.get("syllables", "").replace(" ", "").split(",") if part.isdecimal())
    own = labels.get("rhyme", "") if heard.prosody.language != "zh" else ""  # a Chinese poem's label names its rhyme's class
    for rhyme in dict.fromkeys((own, "")):  # what others call its rhyme may be no scheme; then the form's own is taken
        try:
            form = resolve(FormControls(form=name or "free", rhyme=rhyme, meter=metre, syllables=counts), heard.prosody)
        except ArtengineError:
            continue
        asks = any(line.patterns or line.rhyme or line.starts or line.refrain for plan in form.variants for line in plan)
        return form if asks else None
    return None


def kept(heard: Heard, form: Form) -> Kept:
    """How *heard* keeps *form*."""
    lines = len(heard.lines)
    least, most = form.repeats
    sizes = [times * len(variant) for variant in form.variants for times in range(least, most + 1)]
    return Kept(form, check(form, heard.body, heard.prosody), min(sizes, key=lambda size: abs(size - lines)))
