"""An exporter for artengine that draws a score by hand: a melody goes round a ring, every note a stroke of the brush.

Time runs clockwise from the top, pitch outwards, and the colour is the note's place on the circle of fifths, so that notes
which sound well together look so too. A long piece winds inwards. The SVG needs no other file, and holds its recipe.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil, cos, hypot, pi, sin
from pathlib import Path
from random import Random
from textwrap import wrap
from typing import Annotated
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from artengine.api import Opt, Part, Run, hookimpl
from artengine.works import Score

Point = tuple[float, float]
MIDDLE, OUTSIDE, INSIDE = 500.0, 440.0, 150.0  # of a drawing 1000 wide
TURN = 24  # bars once round, at most
PAPERS = {"cream": ("#f6f0e3", "#3a332c", 0.0), "night": ("#171a2b", "#e9e2d0", 0.35)}  # paper, ink, chalk in the colours
# By fifths from the tonic: the tonic deep blue, its dominant sea green, its subdominant violet, what is far away warm.
INKS = ("#2b4c8c", "#1f7f8c", "#2f8f63", "#7d9a3c", "#c9a227", "#e0832b", "#d9562f", "#c8364b", "#b02f72", "#8d3a94",
        "#6a479f", "#484ea0")
RECIPE = "https://artengine.invalid/recipe"  # a name, no address: what the recipe's element is known by


@dataclass(frozen=True)
class Options:
    """How it is drawn."""

    size: Annotated[int, Opt("Width and height in pixels, for programs that ask.", min=100, max=10000)] = 1000
    paper: Annotated[str, Opt("Light or dark.", choices=tuple(PAPERS))] = "cream"


class SvgExporter:
    """Writes a score as a drawing."""

    def __init__(self, options: Options, run: Run) -> None:
        self.options = options

    def write(self, work: Score, path: Path, recipe: str) -> None:
        """Draw *work* into *path*."""
        paper, ink, chalk = PAPERS[self.options.paper]
        size, drawn = self.options.size, "\n".join(Drawing(work, ink, chalk).elements())
        path.write_text(f'<svg xmlns="http://www.w3.org/2000/svg" width="{size}" height="{size}" viewBox="0 0 1000 1000">\n'
                        f"<title>{escape(work.title or 'Untitled')}</title>\n"
                        f'<metadata><recipe xmlns="{RECIPE}">{escape(recipe)}</recipe></metadata>\n'
                        f'<rect width="1000" height="1000" fill="{paper}"/>\n'
                        f"{drawn}\n</svg>\n", "utf-8", newline="\n")

    def recipe(self, path: Path) -> str | None:
        """The recipe in the metadata of *path*, ``None`` where there is none."""
        try:
            found = ElementTree.parse(path).find(f".//{{{RECIPE}}}recipe")
        except (ElementTree.ParseError, UnicodeDecodeError):
            return None
        return found.text if found is not None else None


class Drawing:
    """A score on its way round the ring."""

    def __init__(self, score: Score, ink: str, chalk: float) -> None:
        self.score, self.ink, self.hand = score, ink, Random(1)  # the same score is always drawn by the same hand
        self.turns = max(1, ceil(score.bars / TURN))
        self.length = float(max(score.length, 1))
        pitches = [note.pitch for note in score] or [60]
        self.low, self.span = min(pitches) - 2, max(14, max(pitches) - min(pitches) + 4)
        self.height = (OUTSIDE - INSIDE) / (1 if self.turns == 1 else 1.1 * (self.turns + 1))  # of one turn
        self.tonic = score.key.pitch_class if score.key else 0
        self.inks = [mixed(colour, chalk) for colour in INKS]

    def at(self, time: float, pitch: float) -> Point:
        """Where a pitch is at a time in quarter notes."""
        angle = 2 * pi * (time / self.length * self.turns - 0.25)
        wound = time / self.length * (OUTSIDE - INSIDE - self.height)
        radius = OUTSIDE - wound - self.height * (1 - (pitch - self.low) / self.span)
        return MIDDLE + radius * cos(angle), MIDDLE + radius * sin(angle)

    def elements(self) -> Iterable[str]:
        """The drawing, from the paper upwards: bars, the thread of each voice, the notes, and the words in the middle."""
        yield f'<g fill="none" stroke="{self.ink}" stroke-linecap="round">'
        for i, bar in enumerate(self.score.barlines):
            ends = [self.at(float(bar), self.low + share * self.span) for share in (0.06, 0.35, 0.65, 0.94)]
            yield f'<path d="{thread([self.near(point, 0.8) for point in ends])}" opacity="{0.4 if i % 4 == 0 else 0.16}"/>'
        for home in range(self.low + (self.tonic - self.low) % 12, self.low + self.span, 12):  # where the tonic is
            way = [self.near(self.at(self.length * i / (40 * self.turns), home), 1.2) for i in range(40 * self.turns + 1)]
            yield f'<path d="{thread(way)}" stroke-width="0.8" opacity="0.3"/>'
        for voice in sorted({note.voice for note in self.score}):
            points = [self.at(float(n.onset + n.duration / 2), n.pitch) for n in self.score.voice(voice)]
            yield f'<path d="{thread(points)}" stroke-width="1.4" opacity="0.5"/>'
        yield "</g>"
        for note in self.score:
            ink = self.inks[(note.pitch - self.tonic) * 7 % 12]
            for wet, opacity in ((1.25, 0.35), (0.9, 0.75)):  # the colour runs a little, as on wet paper
                shape = self.stroke(float(note.onset), float(note.duration), note.pitch, wet)
                yield f'<path d="{shape}" fill="{ink}" opacity="{opacity}"/>'
        about = " · ".join(filter(None, (str(self.score.key or ""), str(self.score.meter), f"{self.score.bars} bars")))
        yield f'<g font-family="Georgia, serif" font-style="italic" text-anchor="middle" fill="{self.ink}">'
        for i, line in enumerate(lines := wrap(self.score.title, 24)[:4]):
            yield f'<text x="500" y="{500 - 14 * len(lines) + 30 * i:g}" font-size="26">{escape(line)}</text>'
        yield f'<text x="500" y="{520 + 16 * len(lines):g}" font-size="15" opacity="0.65">{escape(about)}</text>\n</g>'

    def stroke(self, onset: float, duration: float, pitch: int, wet: float) -> str:
        """A stroke of the brush: it lands full, thins out, and no two are alike."""
        thick = wet * min(13.0, max(3.0, 0.7 * self.height / self.span))
        start, long = onset + 0.05 * duration, 0.85 * duration
        begin, end = self.at(start, pitch), self.at(start + long, pitch)
        steps = max(4, int(hypot(begin[0] - end[0], begin[1] - end[1]) / 18))
        edges: tuple[list[Point], list[Point]] = [], []
        for i in range(steps + 1):
            share = i / steps
            full = sin(pi * (0.1 + 0.9 * share)) ** 0.6 * (1.2 - 0.5 * share) if 0 < i < steps else 0.3
            lean = 0.06 * self.hand.uniform(-1, 1)
            for side, edge in zip((1, -1), edges, strict=True):
                width = side * full * thick * self.hand.uniform(0.88, 1.12) * self.span / self.height  # in semitones
                edge.append(self.at(start + share * long, pitch + lean + width))
        return blob([*edges[0], *reversed(edges[1])])

    def near(self, point: Point, far: float) -> Point:
        """The point, by a hand that is not quite still."""
        return point[0] + self.hand.uniform(-far, far), point[1] + self.hand.uniform(-far, far)


def mixed(colour: str, chalk: float) -> str:
    """A colour with some white in it."""
    return "#" + "".join(f"{round(value + (255 - value) * chalk):02x}" for value in bytes.fromhex(colour[1:]))


def blob(points: Sequence[Point]) -> str:
    """A smooth closed path around *points*."""
    middles = [((a + c) / 2, (b + d) / 2) for (a, b), (c, d) in pairwise([*points, points[0]])]
    return f"M{xy(middles[-1])}{''.join(f'Q{xy(a)} {xy(b)}' for a, b in zip(points, middles, strict=True))}Z"


def thread(points: Sequence[Point]) -> str:
    """A smooth path through *points* (Catmull and Rom's)."""
    path, around = f"M{xy(points[0])}", [points[0], *points, points[-1]]
    for (ax, ay), b, c, (dx, dy) in zip(around, around[1:], around[2:], around[3:], strict=False):
        leaving = b[0] + (c[0] - ax) / 6, b[1] + (c[1] - ay) / 6
        arriving = c[0] - (dx - b[0]) / 6, c[1] - (dy - b[1]) / 6
        path += f"C{xy(leaving)} {xy(arriving)} {xy(c)}"
    return path


def xy(point: Point) -> str:
    """A point as a path has it."""
    return f"{point[0]:.1f} {point[1]:.1f}"


@hookimpl
def artengine_parts() -> Iterable[Part]:
    """What this package offers."""
    yield Part(kind="exporter", name="svg", medium="music", summary="A score drawn by hand, round a ring, as SVG.",
               target="svg_exporter:SvgExporter", options=Options, formats=("svg",), embeds=True)
