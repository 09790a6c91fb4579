"""The sheet of paper: title, systems and rolls set one below the other."""

from __future__ import annotations

from typing import Any

from PIL import Image as Pillow

from artengine.errors import ArtengineError
from artengine.works import Score
from artengine_music import engraving, pianoroll
from artengine_music.pen import FINE, GREY, INK, PAPER, Ink, strip, text_width

ACROSS = 126.0  # staff spaces across the sheet, nearly: a space is a whole number of pixels, so that lines are crisp
MARGIN = 9.0
TALLEST = 7.5  # a picture is at most this many times as high as it is wide

Band = tuple[float, float, list[tuple[Ink, float, float]]]  # space above, height, (strokes, dx, dy within the band)


def sheet(score: Score, view: str = "both", width: int = 1600, page: int = 1) -> Any:
    """A picture of *score*: ``view`` is ``score``, ``roll`` or ``both``; *width* in pixels.

    :raises ArtengineError: for a *page* the score does not have.
    """
    space = max(3, round(width / ACROSS))
    inner = width / space - 2 * MARGIN
    bands = [_heading(score, inner)]
    if view in ("score", "both"):
        bands += _engraved(score, inner)
    if view in ("roll", "both"):
        bands += _rolled(score, inner, alone=view == "roll")
    pages = _paginate(bands, width / space * TALLEST)
    if page > len(pages):
        raise ArtengineError(f"This score fills {len(pages)} page{'s' if len(pages) > 1 else ''}; there is no page {page}.",
                             f"Ask for --page {len(pages)} or less.")
    chosen = pages[page - 1]
    chosen.append(_caption(score, inner, (page, len(pages)), roll=view != "score"))
    heights = [(round(above * space), max(1, round(tall * space))) for above, tall, _ in chosen]
    total = sum(a + b for a, b in heights) + round(MARGIN * 0.55 * space)
    picture = Pillow.new("RGB", (width, total), PAPER)
    y = 0
    for (above, tall), (_, _, drawings) in zip(heights, chosen, strict=True):
        y += above

        def draw(large: Any, drawings: list[tuple[Ink, float, float]] = drawings) -> None:
            for ink, dx, dy in drawings:
                ink.draw(large, space * FINE, MARGIN + dx, round(dy * space) / space)

        picture.paste(strip(width, tall, draw), (0, y))
        y += tall
    return picture


def _heading(score: Score, inner: float) -> Band:
    ink = Ink()
    base = 3.0
    if score.title:
        title = score.title.replace("'", "’").replace("--", "–")
        size = min(5.2, 5.2 * inner * 0.86 / max(1.0, text_width(title, 5.2)))
        ink.text(inner / 2, 5.0, title, size, anchor="ms")
        base = 9.3
    composer = score.labels.get("composer", "")
    if composer:
        ink.text(inner, base, composer, 2.2, "italic", anchor="rs")
    rhythm = score.labels.get("rhythm", "")
    x = 0.0
    if rhythm:
        rhythm = rhythm[:1].upper() + rhythm[1:]
        ink.text(x, base, rhythm, 2.5, "italic")
        x += text_width(rhythm, 2.5, "italic") + 1.8
    beat = score.meter.beat
    for name, value, dotted in (("met half", 2.0, False), ("met quarter", 1.5, True), ("met quarter", 1.0, False),
                                ("met eighth", 0.5, False), ("met quarter", 1.0, False)):
        if float(beat) in {value, 3.0}:  # a beat without a sign of its own is counted in halves
            ink.glyph(name, x, base, 0.62)
            x += 1.15
            if dotted:
                ink.glyph("met dot", x, base, 0.62)
                x += 0.55
            ink.text(x + 0.35, base, f"= {score.tempo / value:.0f}", 2.3)
            break
    return (MARGIN * 0.45, base + 1.9, [(ink, 0.0, 0.0)])


def _engraved(score: Score, inner: float) -> list[Band]:
    bands: list[Band] = []
    for system in engraving.engrave(score, inner):
        top = system.top - 0.3
        drawings = [(ink, 0.0, y - top) for ink, y in zip(system.staves, system.offsets(), strict=True)]
        drawings.append((engraving.joints(system, len(system.staves)), 0.0, -top))
        # The gap between staves counts from line to line, as the eye does, with room for what stands between.
        bands.append((max(1.2, 3.2 + top * 0.4), system.bottom - top + 0.3, drawings))
    return bands


def _rolled(score: Score, inner: float, alone: bool) -> list[Band]:
    out: list[Band] = []
    for i, ink in enumerate(pianoroll.rolls(score, inner)):
        out.append((4.2 if i == 0 and not alone else 1.6, ink.bottom - ink.top + 0.6, [(ink, 0.0, -ink.top + 0.3)]))
    return out


def _caption(score: Score, inner: float, page: tuple[int, int], roll: bool) -> Band:
    """A line at the foot: what the music is, and what the colours mean."""
    ink = Ink()
    key = str(score.key).replace("#", "♯").replace("b ", "♭ ") if score.key else ""
    words = [key, str(score.meter), f"{score.tempo:.0f} quarters a minute",
             f"{score.bars} bars" if score.bars != 1 else "1 bar", f"page {page[0]} of {page[1]}" if page[1] > 1 else ""]
    ink.text(0, 2.2, "  ·  ".join(w for w in words if w), 1.75, "italic", colour=GREY)
    x = inner
    voices = sorted({n.voice for n in score})
    if roll and len(voices) == 1 and score.key:
        for number, colour in reversed(list(enumerate(pianoroll.DEGREES, start=1))):
            ink.text(x, 2.2, str(number), 1.75, anchor="rs", colour=GREY)
            ink.rounded(x - 2.3, 1.05, x - 1.1, 2.2, 0.34, colour)
            x -= 4.0
    elif roll and len(voices) > 1:
        for i, voice in reversed(list(enumerate(voices))):
            name = (score.voices[voice] if voice < len(score.voices) else "") or f"voice {i + 1}"
            ink.text(x, 2.2, name, 1.75, anchor="rs", colour=INK)
            x -= text_width(name, 1.75) + 0.5
            ink.rounded(x - 1.2, 1.05, x, 2.2, 0.34, pianoroll.VOICES[i % len(pianoroll.VOICES)])
            x -= 2.8
    return (2.0, 3.2, [(ink, 0.0, 0.0)])


def _paginate(bands: list[Band], tallest: float) -> list[list[Band]]:
    pages: list[list[Band]] = [[]]
    filled = 0.0
    for band in bands:
        if pages[-1] and filled + band[0] + band[1] > tallest:
            pages.append([])
            filled = 0.0
        pages[-1].append(band)
        filled += band[0] + band[1]
    return pages
