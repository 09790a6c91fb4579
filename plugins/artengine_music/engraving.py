"""Engraving: a score as staff notation. Decides where every head, stem, beam and tie goes; :mod:`.pen` puts the ink down."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from artengine.works import Key, Meter, Score
from artengine_music.pen import ACCIDENTALS, GREY, INK, WIDTHS, Ink
from artengine_music.spacing import BAR_LEFT, HEAD, Placed, accidental_columns, head_glyph, place, seconds, systems
from artengine_music.written import Bar, Event, Head, Staff, signature, write

STAFF_LINE, STEM, THIN, THICK, LEGER, BEAM = 0.13, 0.12, 0.16, 0.5, 0.16, 0.5
_SHARPS = {"treble": (38, 35, 39, 36, 33, 37, 34), "bass": (24, 21, 25, 22, 19, 23, 20)}  # steps, F C G D A E B
_FLATS = {"treble": (34, 37, 33, 36, 32, 35, 31), "bass": (20, 23, 19, 22, 18, 21, 17)}  # B E A D G C F


@dataclass
class System:
    """One line of music, a drawing per staff and what joins them."""

    staves: list[Ink]
    width: float
    first_bar: int
    braced: bool

    def offsets(self) -> list[float]:
        """Top line of each staff below the system's own top, so that nothing touches."""
        out, y = [], 0.0
        for i, ink in enumerate(self.staves):
            if i:
                above = self.staves[i - 1]
                y += max(8.5 if self.braced else 9.5, above.bottom - ink.top + 1.0)
            out.append(y)
        return out

    @property
    def top(self) -> float:
        """How far it reaches above its first line (negative)."""
        return self.staves[0].top

    @property
    def bottom(self) -> float:
        """How far it reaches below its first line."""
        return self.offsets()[-1] + self.staves[-1].bottom


def engrave(score: Score, width: float) -> list[System]:
    """The systems of *score* on lines of *width* staff spaces."""
    plan, bars = write(score)
    sharps = bars[0].key.sharps if bars[0].key else 0
    placed = [place(b, BAR_LEFT + (_change_width(b) if i else 0.0)) for i, b in enumerate(bars)]
    first, later = _prefix(sharps, bars[0].meter), _prefix(sharps, None)
    out: list[System] = []
    ties: dict[tuple[int, int, int], tuple[float, float, bool]] = {}
    for a, b, stretch in systems(placed, first, later, width):
        out.append(_System(plan, placed[a:b], stretch, width, a == 0, b == len(placed), ties).run())
    return out


def _prefix(sharps: int, meter: Meter | None) -> float:
    return 3.9 + abs(sharps) * 1.0 + (0.6 if sharps else 0.0) + (_meter_width(meter) + 0.6 if meter else 0.0)


def _meter_width(meter: Meter) -> float:
    return max(len(str(meter.numerator)), len(str(meter.denominator))) * 1.75


def _change_width(bar: Bar) -> float:
    width = _meter_width(bar.meter) + 0.9 if bar.new_meter else 0.0
    if bar.new_key:
        width += max(1, abs(bar.key.sharps if bar.key else 0)) * 1.0 + 0.8
    return width


class _System:
    """Draws one system."""

    def __init__(self, plan: Sequence[Staff], bars: Sequence[Placed], stretch: float, width: float, first: bool, last: bool,
                 ties: dict[tuple[int, int, int], tuple[float, float, bool]]) -> None:
        self.plan, self.bars, self.stretch, self.first, self.last = plan, bars, stretch, first, last
        self.ties = ties  # open ties by (staff, voice, pitch): where they start, upwards or not
        self.inks = [Ink() for _ in plan]
        self.full = width

    def run(self) -> System:
        """Draw everything."""
        start = self.bars[0].bar
        x = content = _prefix(start.key.sharps if start.key else 0, start.meter if self.first else None)
        self._opening(start)
        if not self.first:
            for key, (_, y, up) in self.ties.items():  # ties that come from the line above start before the first note
                self.ties[key] = (content - 0.9, y, up)
        for i, placed in enumerate(self.bars):
            x = self._bar(placed, x, begins=i == 0)
            self._barline(x, final=self.last and i == len(self.bars) - 1)
        for (s, _, _), (x0, y, up) in self.ties.items():
            if not self.last:
                self.inks[s].curve(x0, x - 0.2, y, _bulge(x - x0, up))
        for ink in self.inks:
            lines = Ink()
            for line in range(5):
                lines.rect(0, line - STAFF_LINE / 2, x, line + STAFF_LINE / 2)
            ink.strokes[:0] = lines.strokes
        if not self.first:
            self.inks[0].text(0.1, -1.9, str(max(1, start.number)), 1.9, "italic", colour=GREY)
        return System(self.inks, x, start.number, len(self.plan) == 2)

    def _opening(self, start: Bar) -> None:
        """Clefs and signatures at the left."""
        sharps = abs(start.key.sharps) if start.key else 0
        for ink, staff in zip(self.inks, self.plan, strict=True):
            line, up, down = (3, 4.4, 2.6) if staff.clef == "treble" else (1, 1.05, 2.5)
            ink.glyph(staff.clef, 0.7, line, up=up, down=down)
            _key_signature(ink, staff, start.key, 4.1)
            if self.first:
                _meter_signature(ink, start.meter, 4.1 + sharps + (0.5 if sharps else 0.0))

    def _barline(self, x: float, final: bool) -> None:
        for ink in self.inks:
            if final:
                ink.rect(x - THICK, 0, x, 4)
                ink.rect(x - THICK - 0.4 - THIN, 0, x - THICK - 0.4, 4)
            else:
                ink.rect(x - THIN, 0, x, 4)

    def _bar(self, placed: Placed, x: float, begins: bool) -> float:
        """Draw one bar from *x* on; the x of its end."""
        bar = placed.bar
        if not begins and (bar.new_key or bar.new_meter):
            at = x + 0.7
            for s, staff in enumerate(self.plan):
                after = _key_signature(self.inks[s], staff, bar.key, at, change=True) if bar.new_key else at
                if bar.new_meter:
                    _meter_signature(self.inks[s], bar.meter, after + 0.2)
        elif begins and not self.first and bar.new_meter:
            for ink in self.inks:
                _meter_signature(ink, bar.meter, x - 0.2)
        x0 = x
        at = x + placed.head + placed.left[0]
        columns: dict[Fraction, float] = {}
        for time, distance in zip(placed.times, placed.distances(self.stretch), strict=True):
            columns[time] = at
            at += distance
        for s, layers in enumerate(bar.staves):
            for number, (voice, events) in enumerate(layers):
                alone = len(self.plan[s].voices) == 1 or len(layers) == 1
                side = None if alone else self.plan[s].voices.index(voice) == 0
                _Layer(self, s, number, voice, events, side, placed, columns, (x0, at)).draw()
        return at


class _Layer:
    """Draws one voice of one bar on its staff."""

    def __init__(self, system: _System, s: int, number: int, voice: int, events: list[Event], side: bool | None,
                 placed: Placed, columns: dict[Fraction, float], span: tuple[float, float]) -> None:
        self.system, self.s, self.number, self.voice, self.events, self.side = system, s, number, voice, events, side
        self.placed, self.columns, self.span = placed, columns, span
        self.ink, self.middle = system.inks[s], system.plan[s].middle

    def y(self, head: Head) -> float:
        """Height of a head below the top line."""
        return 2 - (head.step - self.middle) / 2

    def x(self, event: Event) -> float:
        """Left edge of an event's heads."""
        return self.columns[event.start] + self.placed.shifts.get((self.s, self.number, event.start), 0.0)

    def up(self, group: Sequence[Event]) -> bool:
        """Stem direction of a beamed group or a single chord: away from the side its farthest note leans to."""
        if self.side is not None:
            return self.side
        ys = [self.y(h) for e in group for h in e.heads]
        low, high = max(ys) - 2, 2 - min(ys)
        return low > high or (low == high and sum(ys) / len(ys) > 2)

    def draw(self) -> None:
        """Draw rests, chords, beams, ties and tuplet numbers."""
        groups: dict[int, list[Event]] = {}
        for e in self.events:
            if e.beam >= 0:
                groups.setdefault(e.beam, []).append(e)
        ends: dict[int, float] = {}
        ups: dict[int, bool] = {}
        for group in groups.values():
            up = self.up(group)
            for e, end in zip(group, self._beams(group, up), strict=True):
                ends[id(e)], ups[id(e)] = end, up
        for e in self.events:
            if not e.heads:
                self._rest(e)
                continue
            if id(e) not in ups:
                ups[id(e)] = self.up([e])
            self._chord(e, ups[id(e)], ends)
        self._tuplets(ups, ends)

    def _rest(self, e: Event) -> None:
        shift = 0.0 if self.side is None else -2.0 if self.side else 2.0
        same = [n for n, (_, events) in enumerate(self.placed.bar.staves[self.s])
                if any(not o.heads and (o.start, o.length) == (e.start, e.length) for o in events)]
        if len(same) > 1:  # voices that rest together share one sign
            shift = 0.0
            if self.number != same[0]:
                return
        if e.whole_bar:
            x = (self.span[0] + self.placed.head - BAR_LEFT + self.span[1]) / 2 - 0.56
            self.ink.glyph("rest 4", x, 1 + shift, up=0.1, down=0.6)
            return
        line = 1 if e.value == 4 else 2
        x = self.x(e)
        self.ink.glyph(f"rest {e.value}", x, line + shift, up=1.5 if e.value < 2 else 0.6, down=1.5 if e.value < 2 else 0.2)
        for d in range(e.dots):
            self.ink.glyph("dot", x + 1.3 + 0.6 * d, 1.5 + shift)

    def stem_x(self, e: Event, up: bool) -> float:
        """Left edge of the stem."""
        return self.x(e) + (HEAD - STEM if up else 0.0)

    def _chord(self, e: Event, up: bool, ends: dict[int, float]) -> None:
        x, glyph = self.x(e), head_glyph(e)
        moved = seconds(e.heads, up)
        if self.number == 0 or not self._shared(e):
            layers = self.placed.bar.staves[self.s]
            every = [h for _, events in layers for o in events if o.start == e.start for h in o.heads]
            for h, dx in accidental_columns(every if self.number == 0 else e.heads):
                self.ink.glyph(ACCIDENTALS[h.accidental or 0], self.columns[e.start] + dx, self.y(h), up=1.4, down=1.4)
        width = WIDTHS[glyph]
        for h in e.heads:
            y = self.y(h)
            hx = x + ((width - STEM) * (1 if up else -1) if h.step in moved else 0.0)
            self._legers(hx, y, width)
            self.ink.glyph(glyph, hx, y)
            for d in range(e.dots):
                on_line = (h.step - self.middle) % 2 == 0
                aside = max((v for (s, _, t), v in self.placed.shifts.items() if (s, t) == (self.s, e.start)), default=0.0)
                after = max(x, self.columns[e.start] + aside) + width + (HEAD if moved and up else 0)
                self.ink.glyph("dot", after + 0.32 + 0.6 * d, y - 0.5 * on_line)
        ys = [self.y(h) for h in e.heads]
        if e.value < 4:
            end = ends.get(id(e))
            if end is None:
                flags = {F(1, 2): 1, F(1, 4): 2, F(1, 8): 3, F(1, 16): 4, F(1, 32): 5}.get(e.value, 0)
                reach = 3.5 + 0.75 * max(0, flags - 2) - (0.5 if self.side is not None and not flags else 0)
                end = min(min(ys) - reach, 2.0) if up else max(max(ys) + reach, 2.0)
                if self.side is not None:
                    end = min(ys) - reach if up else max(ys) + reach
                if flags:
                    self.ink.glyph(f"flag {'up' if up else 'down'} {flags}", self.stem_x(e, up), end, up=0.1, down=0.1)
            root = max(ys) - 0.168 if up else min(ys) + 0.168
            sx = self.stem_x(e, up)
            self.ink.rect(sx, min(root, end), sx + STEM, max(root, end))
        self._tie(e, up, width)

    def _shared(self, e: Event) -> bool:
        """Whether the first layer has a chord at the same time, and so draws the accidentals of both."""
        return any(o.start == e.start and o.heads for o in self.placed.bar.staves[self.s][0][1])

    def _legers(self, x: float, y: float, width: float) -> None:
        for line in [*range(-1, int(y - 0.5) - 1 if y < 0 else -1, -1), *range(5, int(y + 0.5) + 1)]:
            if (line < 0 and line >= y - 0.01) or (line > 4 and line <= y + 0.01):
                self.ink.rect(x - 0.36, line - LEGER / 2, x + width + 0.36, line + LEGER / 2)

    def _tie(self, e: Event, up: bool, width: float) -> None:
        ties = self.system.ties
        ordered = sorted(e.heads, key=lambda h: -h.step)
        for i, h in enumerate(ordered):
            key = (self.s, self.voice, h.pitch)
            y = self.y(h)
            if key in ties:
                x0, y0, over = ties.pop(key)
                self.ink.curve(x0, self.x(e) + width * 0.3, y0, _bulge(self.x(e) + width * 0.3 - x0, over))
            if h.tied:
                over = (not up) if len(ordered) == 1 else i < len(ordered) / 2
                if self.side is not None and len(ordered) == 1:
                    over = self.side
                ties[key] = (self.x(e) + width * 0.7, y + (-0.62 if over else 0.62), over)

    def _beams(self, group: list[Event], up: bool) -> list[float]:
        """Draw the beams of *group*; the end of each stem."""
        xs = [self.stem_x(e, up) for e in group]
        tips = [(min if up else max)(self.y(h) for h in e.heads) for e in group]
        counts = [{F(1, 2): 1, F(1, 4): 2, F(1, 8): 3, F(1, 16): 4, F(1, 32): 5}.get(e.value, 1) for e in group]
        most, sign = max(counts), -1 if up else 1
        rise = tips[-1] - tips[0]
        inner = tips[1:-1]
        # A beam leans with its outer notes, gently, and lies flat where the line turns back inside it.
        flat = bool(inner) and ((min(inner) < min(tips[0], tips[-1])) if up else (max(inner) > max(tips[0], tips[-1])))
        span = max(xs[-1] - xs[0], 0.1)
        lean = 0.0 if flat else max(-1.0, min(1.0, rise * 0.5))
        slope = max(-0.25, min(0.25, lean / span))
        base = 3.4 + 0.6 * max(0, most - 2)
        line = (min if up else max)(t + sign * base - slope * (x - xs[0]) for t, x in zip(tips, xs, strict=True))
        if self.side is None:  # stems of notes far off the staff reach its middle
            line = min(line, 2.0 - min(0.0, slope * span)) if up else max(line, 2.0 - max(0.0, slope * span))
        if abs(slope * span) < 0.05:  # a flat beam hangs from, sits on or straddles a line
            line = round(line * 2) / 2
        ends = [line + slope * (x - xs[0]) for x in xs]

        def bar(x0: float, x1: float, level: int) -> None:
            dy = -sign * 0.75 * level
            y0, y1 = line + slope * (x0 - xs[0]) + dy, line + slope * (x1 - xs[0]) + dy
            thick = -sign * BEAM
            self.ink.shape([(x0, y0), (x1, y1), (x1, y1 + thick), (x0, y0 + thick)])

        bar(xs[0], xs[-1] + STEM, 0)
        for level in range(1, most):
            i = 0
            while i < len(group):
                if counts[i] <= level:
                    i += 1
                    continue
                j = i
                while j + 1 < len(group) and counts[j + 1] > level:
                    j += 1
                if j > i:
                    bar(xs[i], xs[j] + STEM, level)
                elif i == 0 or (i + 1 < len(group) and (group[i].start - self.placed.bar.start) % (group[i].value * 2) == 0):
                    bar(xs[i], xs[i] + 1.1, level)
                else:
                    bar(xs[i] - 1.1 + STEM, xs[i] + STEM, level)
                i = j + 1
        return ends

    def _tuplets(self, ups: dict[int, bool], ends: dict[int, float]) -> None:
        groups: dict[int, list[Event]] = {}
        for e in self.events:
            if e.tuplet:
                groups.setdefault(e.tuplet[0], []).append(e)
        for group in groups.values():
            assert group[0].tuplet
            digits = str(group[0].tuplet[1])
            sounding = [e for e in group if e.heads]
            up = ups[id(sounding[0])] if sounding else True
            x0, x1 = self.x(group[0]), self.x(group[-1]) + HEAD
            tips = [ends.get(id(e), min(self.y(h) for h in e.heads) - 3.5 if up else max(self.y(h) for h in e.heads) + 3.5)
                    for e in sounding] or [0.0]
            beamed = len({e.beam for e in group}) == 1 and group[0].beam >= 0
            y = min([*tips, 0.0 if not beamed else 9.0]) - 0.75 if up else max([*tips, 4.0 if not beamed else -9.0]) + 1.5
            middle = (x0 + x1) / 2 - 0.5 * len(digits)
            for i, d in enumerate(digits):
                self.ink.glyph(f"tuplet {d}", middle + i - 0.05, y + (0.0 if beamed else 0.35), 0.85, up=1.0)
            if not beamed:
                hook = 0.7 if up else -0.7
                for a, b in ((x0, middle - 0.3), (middle + len(digits) + 0.2, x1)):
                    self.ink.rect(a, y - 0.07, b, y + 0.07)
                for a in (x0, x1 - 0.14):
                    self.ink.rect(a, min(y, y + hook), a + 0.14, max(y, y + hook))


F = Fraction


def _bulge(length: float, up: bool) -> float:
    height = min(1.3, 0.45 + 0.1 * length)
    return -height if up else height


def _key_signature(ink: Ink, staff: Staff, key: Key | None, x: float, change: bool = False) -> float:
    """Draw the key signature of *key* at *x*; the x after it."""
    sharps = key.sharps if key else 0
    if not sharps and change:
        ink.glyph("natural", x, 2 - (_FLATS[staff.clef][0] - staff.middle) / 2, up=1.4, down=1.4)
        return x + 1.0
    steps, glyph = (_SHARPS, "sharp") if sharps > 0 else (_FLATS, "flat")
    for i in range(min(7, len(signature(sharps)))):
        ink.glyph(glyph, x, 2 - (steps[staff.clef][i] - staff.middle) / 2, up=1.4, down=1.4)
        x += 1.0
    return x


def _meter_signature(ink: Ink, meter: Meter, x: float) -> None:
    wide = _meter_width(meter)
    for digits, y in ((str(meter.numerator), 1.0), (str(meter.denominator), 3.0)):
        at = x + (wide - 1.75 * len(digits)) / 2
        for d in digits:
            ink.glyph(f"time {d}", at, y, up=1, down=1)
            at += 1.75


def joints(system: System, plan_size: int) -> Ink:
    """What joins the staves of a system: the line at its left, barlines across the gap, the brace."""
    ink = Ink()
    offsets = system.offsets()
    bottom = offsets[-1] + 4
    if plan_size > 1:
        ink.rect(0, -STAFF_LINE / 2, THIN, bottom + STAFF_LINE / 2)
        gaps = list(zip([y + 4 for y in offsets], offsets[1:], strict=False))
        for stroke in list(system.staves[0].strokes):
            if stroke[0] == "rect" and stroke[2] == 0 and stroke[4] == 4 and stroke[5] == INK:  # a barline
                for a, b in gaps:
                    ink.rect(stroke[1], a, stroke[3], b)
    if system.braced:
        ink.strokes.append(("glyph", chr(0xE000), -1.35, bottom, bottom / 4, INK))
    return ink
