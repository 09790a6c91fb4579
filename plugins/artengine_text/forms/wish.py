"""What may be asked of a poem's form: the controls that every generator of verse shares."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from artengine.api import Opt

MOST_LINES = 200


@dataclass(frozen=True)
class FormControls:
    """Asked of one poem; :func:`artengine_text.forms.resolve` makes a form of it."""

    form: Annotated[str, Opt('Form: "haiku", "sonnet", "acrostic:TIDE", "七绝", a file "my.toml"; by default free.',
                             metavar="NAME")] = ""
    rhyme: Annotated[str, Opt('Lines that rhyme: "ABAB"; "-" for one that need not, "/" ends a stanza.',
                              metavar="ABAB")] = ""
    meter: Annotated[str, Opt('Metre: "iambic pentameter", "iambic 4343", or beats, "0101010101".', metavar="METRE")] = ""
    syllables: Annotated[tuple[int, ...], Opt("Syllables of each line, 5,7,5; over again where there are more lines.",
                                              min=1, max=40)] = ()
    lines: Annotated[int, Opt("Lines of the poem; 0 leaves it to the form.", min=0, max=MOST_LINES)] = 0
    prefix: Annotated[str, Opt("Text that the poem begins with.", metavar="TEXT")] = ""
    theme: Annotated[tuple[str, ...], Opt("Words that the poem should turn on.", metavar="WORD")] = ()
