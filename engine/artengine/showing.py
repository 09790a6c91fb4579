"""How works show themselves in a notebook: a picture, sound to play, verse as it is set, and what critics said.

Scores are drawn and played by whatever exporters of ``png`` and ``wav`` are installed; without them they are a table. What
is shown is self-contained, the same every time, and small enough to keep: a picture of more than :data:`LARGEST` bytes is
scaled down, sound that is longer is cut.
"""

from __future__ import annotations

import base64
import io
import wave
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from artengine import options, plugins
from artengine.runs import LocalRun
from artengine.works import Image, Score, Text, Work

if TYPE_CHECKING:
    from artengine.api import Judgement
    from artengine.models import Model

LARGEST = 2_000_000  # bytes of a picture or a sound in a page
RATE = 22050  # samples a second, where the exporter lets one choose: half the size, and still bright
MANY = 24  # works of a list that are shown,
PAGE = 16_000_000  # and characters, after which no more are
ROWS = 64  # bars of a table
VERTICAL = ("ja", "lzh", "zh-hant")  # languages whose verse is set in columns, from right to left

_SERIF = "font-family: 'EB Garamond', Garamond, Georgia, 'Noto Serif', serif"
_QUIET = "font: 90% sans-serif; opacity: .7"
_NAMES = ("C", "C♯", "D", "D♯", "E", "F", "F♯", "G", "G♯", "A", "A♯", "B")


class Works(list[Work]):
    """A list of works that shows them one after another in a notebook, and knows the model that made them."""

    def __init__(self, works: Iterable[Work] = (), model: Model | None = None) -> None:
        super().__init__(works)
        self.model = model

    def _repr_html_(self) -> str:
        shown: list[str] = []
        for work in self[:MANY]:
            if sum(map(len, shown)) > PAGE:
                break
            shown.append(f'<div style="margin: 0 1.5em 1.5em 0">{html(work)}</div>')
        left = len(self) - len(shown)
        more = f'<p style="{_QUIET}">and {left} more</p>' if left else ""
        return f'<div style="display: flex; flex-wrap: wrap; align-items: flex-start">{"".join(shown)}</div>{more}'


class Judgements(list["dict[str, Judgement]"]):
    """For each work its judgements by critic's name; a table in a notebook."""

    def _repr_html_(self) -> str:
        rows = []
        for i, verdicts in enumerate(self):
            for k, (name, verdict) in enumerate(verdicts.items()):
                first = f'<td rowspan="{len(verdicts)}">{i}</td>' if k == 0 else ""
                remarks = escape(" ".join(verdict.remarks))
                rows.append(f'<tr>{first}<td style="text-align: left">{escape(name)}</td><td>{verdict.score:.2f}</td>'
                            f'<td style="text-align: left">{remarks}</td></tr>')
        return _table(("work", "critic", "score", "why"), rows)


def summary(work: Work) -> str:
    """A work in one line: what it is called, and how much there is of it."""
    if isinstance(work, Image):
        kind = "grey" if work.pixels.ndim == 2 else {3: "RGB", 4: "RGBA"}[work.pixels.shape[2]]
        return f"{work.title or 'Picture'}: {work.width} × {work.height} pixels, {kind}"
    if isinstance(work, Text):
        return f"{work.title or 'Text'}: {_many(len(work.lines), 'line')}"
    return f"{work.title or 'Music'}: {_many(work.bars, 'bar')} of {work.meter}, {_many(len(work), 'note')}, {_clock(work)}"


def html(work: Work) -> str:
    """A work as a self-contained piece of HTML."""
    if isinstance(work, Image):
        return _figure(_embedded("image/png", png(work)), work.title)
    return _text(work) if isinstance(work, Text) else _score(work)


def png(work: Image) -> bytes:
    """A picture as PNG, scaled down until it has at most :data:`LARGEST` bytes."""
    from PIL import Image as Pillow  # 50 ms that only a picture needs

    return _fitted(Pillow.fromarray(work.pixels))


def _figure(source: str, title: str, rest: str = "", alt: str = "") -> str:
    caption = f'<figcaption style="{_QUIET}">{escape(title)}</figcaption>' if title else ""
    style = "max-width: 100%; background: white"
    picture = f'<img src="{source}" alt="{escape(alt or title)}" style="{style}">' if source else ""
    return f'<figure style="margin: 0; max-width: 60em">{caption}{picture}{rest}</figure>'


def _score(work: Score) -> str:
    drawn, why = _exported(work, "png", {})
    played, why_not = _exported(_beginning(work), "wav", {"sample_rate": RATE})
    rest = ""
    picture = _embedded("image/png", _smaller(drawn)) if drawn else ""
    if not drawn:
        rest += _bars(work) + _note(why)
    if played:
        sound, seconds = _shortened(played)
        rest += f'<audio controls style="display: block; width: 100%" src="{_embedded("audio/wav", sound)}"></audio>'
        rest += _note(f"The first {seconds:.0f} seconds." if seconds < work.seconds(work.length) else "")
    else:
        rest += _note(why_not)
    return _figure(picture, summary(work), rest, f"The score of {work.title or 'the piece'}")


def _beginning(work: Score) -> Score:
    """As much of a score as there is room for as sound, so that nobody waits for an hour to be played."""
    room = LARGEST / (2 * RATE)
    if work.seconds(work.length) <= room:
        return work
    return replace(work, notes=tuple(n for n in work if work.seconds(n.onset) < room), length=Fraction(-1))


def _exported(work: Score, ending: str, wishes: Mapping[str, Any]) -> tuple[bytes, str]:
    """*work* in the format *ending*, or nothing and the reason why not.

    :param wishes: options by name, for exporters that have them.
    """
    name = next(iter(plugins.find("exporter", work.medium, ending)), None)
    if name is None:
        return b"", f"No exporter of {work.medium} that writes .{ending} is installed."
    try:
        part = plugins.load(name, "exporter")
        known = {field.name for field in options.fields(part.options)} if part.options else set()
        chosen = options.make(part.options, {k: v for k, v in wishes.items() if k in known}) if part.options else None
        with LocalRun() as run:
            path = Path(run.folder) / f"work.{ending}"
            plugins.target(part)(chosen, run).write(work, path, "")
            return path.read_bytes(), ""
    except Exception as error:  # a notebook's output is no place to fail: the work is there all the same
        return b"", f"The exporter {name} could not write it: {error}"


def _bars(work: Score) -> str:
    """The notes of a score by bars, for want of a picture."""
    lines = (*work.barlines, work.length)
    rows = []
    for i, start in enumerate(work.barlines[:ROWS]):
        notes = " ".join(f"{_NAMES[n.pitch % 12]}{n.pitch // 12 - 1}" for n in work if start <= n.onset < lines[i + 1])
        rows.append(f'<tr><td>{i + (not work.pickup)}</td><td style="text-align: left">{notes}</td></tr>')
    if len(work.barlines) > ROWS:
        rows.append(f"<tr><td>…</td><td>and {len(work.barlines) - ROWS} more</td></tr>")
    return _table(("bar", "notes"), rows)


def _text(work: Text) -> str:
    """Verse as it is set: its stanzas apart, its indents kept, a line that is too long hung under itself."""
    column = work.language.lower().startswith(VERTICAL)
    style = f"{_SERIF}; font-size: 115%; line-height: 1.5"
    hang = "display: block; white-space: pre-wrap; padding-inline-start: 2em; text-indent: -2em"
    if column:
        style, hang = f"{style}; writing-mode: vertical-rl; max-height: 40em", "display: block; white-space: pre-wrap"
    language = f' lang="{escape(work.language)}"' if work.language else ""
    title = f'<p style="font-weight: bold; margin: 0 0 1em 0">{escape(work.title)}</p>' if work.title else ""
    stanzas = "\n".join('<p style="margin: 0; margin-block-end: 1em">' + "".join(
        f'<span style="{hang}">{escape(line)}</span>' for line in stanza) + "</p>" for stanza in _stanzas(work.body))
    return f'<div{language} dir="auto" style="{style}">{title}{stanzas}</div>'


def _stanzas(body: str) -> Iterator[list[str]]:
    stanza: list[str] = []
    for line in [*body.splitlines(), ""]:
        if line.strip():
            stanza.append(line.rstrip())
        elif stanza:
            yield stanza
            stanza = []


def _smaller(picture: bytes) -> bytes:
    """A PNG file with at most :data:`LARGEST` bytes."""
    if len(picture) <= LARGEST:
        return picture
    from PIL import Image as Pillow  # as in png()

    with Pillow.open(io.BytesIO(picture)) as opened:
        return _fitted(opened)


def _fitted(picture: Any) -> bytes:
    """A Pillow picture as PNG, as large as fits into :data:`LARGEST` bytes."""
    share = 1.0
    while True:
        size = tuple(max(1, round(side * share)) for side in picture.size)
        sized = picture if share == 1 else picture.resize(size, 1)  # 1 is Lanczos: sharp, and without moiré
        file = io.BytesIO()
        sized.save(file, "PNG", compress_level=6)
        if file.tell() <= LARGEST or max(size) == 1:
            return file.getvalue()
        share *= 0.95 * (LARGEST / file.tell()) ** 0.5


def _shortened(sound: bytes) -> tuple[bytes, float]:
    """A WAV file with at most :data:`LARGEST` bytes, in mono and cut where it must be; and how many seconds it has."""
    import numpy as np  # 100 ms that a text need not pay

    with wave.open(io.BytesIO(sound)) as file:
        rate, channels, width, length = file.getframerate(), file.getnchannels(), file.getsampwidth(), file.getnframes()
        if len(sound) <= LARGEST or width != 2:  # small enough, or not for us to take apart
            return sound, length / rate
        samples = np.frombuffer(file.readframes(length), "<i2")
    mono = samples.reshape(-1, channels).astype(np.int32).sum(1) // channels  # (n,)
    if length > LARGEST // 2:
        mono = mono[:LARGEST // 2]
        mono[-rate:] = mono[-rate:] * np.linspace(1, 0, rate)
    made = io.BytesIO()
    with wave.open(made, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(mono.astype("<i2").tobytes())
    return made.getvalue(), len(mono) / rate


def _embedded(kind: str, content: bytes) -> str:
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"


def _table(heads: Sequence[str], rows: Sequence[str]) -> str:
    head = "".join(f"<th>{name}</th>" for name in heads)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"


def _note(text: str) -> str:
    return f'<p style="{_QUIET}">{escape(text)}</p>' if text else ""


def _many(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _clock(work: Score) -> str:
    seconds = round(work.seconds(work.length))
    return f"{seconds // 60}:{seconds % 60:02d}"
