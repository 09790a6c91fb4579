"""From bars as they are written (short ones, repeats, endings) to bars as a :class:`Score` has them.

A page of music breaks bars at repeat signs: the pick-up of the second strain completes the short bar that ended the first.
Here such halves become whole bars again, and what stays irregular becomes a metre of its own. Times are whole ticks,
so that a large tune book reads quickly; a tick is fine enough for every tuplet of 3, 5, 7, 9, 11 and 13.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache
from itertools import groupby

from artengine.errors import ArtengineError
from artengine.works.score import Key, Meter, Note, Score, Tempo

TICKS = 2**10 * 9 * 5 * 7 * 11 * 13  # ticks of a quarter note
_FINEST = TICKS // 16  # bars are whole multiples of a 64th note: no time signature says less
LONGEST = 100_000  # quarter notes, about 14 hours: a file that claims more is broken, and its bars would fill the memory
_MOST_BARS = 20_000  # written-out repeats of a hostile file must end somewhere


# One written note in a bar: ticks from the bar's start, its length in ticks, MIDI pitch, whether it is tied on, velocity.
Sound = tuple[int, int, int, bool, int]


@dataclass(slots=True)
class Bar:
    """What stands between two bar lines, in one voice."""

    meter: tuple[int, int]
    """The time signature in force; (0, 0) where there is none."""
    sounds: list[Sound] = field(default_factory=list)
    ticks: int = 0
    """Its written length."""
    keys: list[tuple[int, str, str]] = field(default_factory=list)
    """Key changes in it: ticks from its start, tonic, mode."""
    tempos: list[tuple[int, float]] = field(default_factory=list)
    """Tempo changes in it: ticks from its start, quarter notes a minute."""
    start: bool = False
    """A repeat starts here."""
    end: int = 0
    """How many more times the passage that ends here is played."""
    ending: tuple[int, ...] = ()
    """The times this bar is played, where it stands in an alternative ending."""
    bracket: int = 0
    """Which ending bracket it stands in, counted from 1; 0 for none."""


@lru_cache(1 << 16)
def quarters(ticks: int) -> Fraction:
    """Ticks as quarter notes."""
    return Fraction(ticks, TICKS)


def bar_ticks(meter: tuple[int, int]) -> int:
    """Length of a full bar."""
    return 4 * TICKS * meter[0] // meter[1]


def unfold(bars: Sequence[Bar], repeats: str) -> list[Bar]:
    """The bars in the order wanted: each once, with the last of the endings (``written``) or with all, or as ``played``."""
    return list(bars) if repeats == "all" else _written(bars) if repeats == "written" else _played(bars)


def _written(bars: Sequence[Bar]) -> list[Bar]:
    kept: list[Bar] = []
    later: Bar | None = None  # the bar that follows the bracket we are in
    for i in range(len(bars) - 1, -1, -1):
        bar = bars[i]
        if i + 1 < len(bars) and bars[i + 1].bracket != bar.bracket:
            later = bars[i + 1]
        if bar.bracket and later is not None and later.bracket and later.ending[0] > bar.ending[0]:
            continue
        kept.append(bar)
    return kept[::-1]


def _played(bars: Sequence[Bar]) -> list[Bar]:
    out: list[Bar] = []
    start, time, i = 0, 1, 0
    last = [0] * len(bars)  # for a bar in an ending: the last time its passage is played
    for alone, run in groupby(range(len(bars)), key=lambda k: not bars[k].bracket):
        indices = list(run)
        most = 0 if alone else max(max(bars[k].ending) for k in indices)
        for k in indices:
            last[k] = most
    while i < len(bars) and len(out) < _MOST_BARS:
        bar = bars[i]
        if i != start and (bar.start or (not bar.bracket and bars[i - 1].bracket)):
            start, time = i, 1
        if bar.bracket and time not in bar.ending and last[i] >= time:
            i += 1
            continue
        out.append(bar)
        if bar.end:
            if time < (last[i] or bar.end + 1):
                time, i = time + 1, start
                continue
            if not bar.bracket:
                start, time = i + 1, 1
        i += 1
    return out


@dataclass(slots=True)
class _Measure:
    meter: tuple[int, int]
    ticks: int
    parts: list[tuple[int, list[Bar | None]]]  # (offset in the measure, a bar of each voice)


def _whole(measures: list[_Measure]) -> list[_Measure]:
    """Join the halves of bars that a repeat sign or an ending had parted."""
    out: list[_Measure] = []
    i = 0
    while i < len(measures):
        m = measures[i]
        full = bar_ticks(m.meter) if m.meter[1] else 0
        total, j = m.ticks, i + 1
        while j < len(measures) and j < i + 4 and total < full and measures[j].meter == m.meter:
            total += measures[j].ticks
            j += 1
        # The very first bar is a pick-up unless what follows shows that it is half of a whole.
        if m.ticks < full and total == full and j > i + 1 and (i > 0 or j < len(measures)):
            parts, at = [], 0
            for part in measures[i:j]:
                parts += [(at + offset, bars) for offset, bars in part.parts]
                at += part.ticks
            out.append(_Measure(m.meter, full, parts))
            i = j
        else:
            out.append(m)
            i += 1
    return out


def _corrected(measures: list[_Measure]) -> None:
    """Where most bars are equally long but not as long as the time signature says, believe the bars."""
    inner: dict[tuple[int, int], Counter[int]] = {}
    for m in measures[1:-1]:
        inner.setdefault(m.meter, Counter())[m.ticks] += 1
    for meter, lengths in inner.items():
        ticks, count = lengths.most_common(1)[0]
        total = lengths.total()
        if meter[1] and total >= 4 and count >= 0.6 * total and ticks < bar_ticks(meter) and ticks % _FINEST == 0:
            for m in measures:
                if m.meter == meter:
                    m.meter = signature(ticks, meter[1])


def signature(ticks: int, denominator: int = 4) -> tuple[int, int]:
    """The time signature of an irregular bar, in the *denominator* given where that is fine enough."""
    while ticks * denominator % (4 * TICKS):
        denominator *= 2
    return ticks * denominator // (4 * TICKS), denominator


def assemble(voices: Sequence[Sequence[Bar]], *, title: str = "", names: Iterable[str] = (), programs: Iterable[int] = (),
             labels: dict[str, str] | None = None, exact: Fraction | None = None) -> Score:
    """A score from the bars of its voices, in playing order (see :func:`unfold`).

    :param exact: the pick-up of a file we wrote ourselves, whose bars are to be taken as they stand.
    :raises ArtengineError: where it would last for days.
    """
    measures = []
    for k in range(max(map(len, voices), default=0)):
        column = [v[k] if k < len(v) else None for v in voices]
        present = [b for b in column if b is not None]
        measures.append(_Measure(present[0].meter, max(b.ticks for b in present), [(0, column)]))
    if exact is None:
        _corrected(measures)
        measures = _whole(measures)
        starts, meters, pickup, end = _layout(measures)
    else:
        starts, meters, pickup, end = _as_written(measures, exact)
    notes, keys, tempos, last = _flatten(measures, starts, len(voices))
    end = max(end, last)
    if end > LONGEST * TICKS:
        raise ArtengineError(f"This piece claims to last more than {LONGEST} quarter notes.",
                             "It is broken; export it again.")
    score = Score(notes=(), meters=tuple(Meter(quarters(at), n, d) for at, n, d in meters), keys=tuple(keys),
                  tempos=tuple(tempos) or ((Tempo(Fraction(0), 100.0),) if exact is None else ()), pickup=quarters(pickup),
                  length=quarters(end), title=title, voices=tuple(names), programs=tuple(programs), labels=labels or {})
    return with_notes(score, notes)


def with_notes(score: Score, notes: list[Note]) -> Score:
    """*score* given its notes, which are in a Score's order and end within its length.

    To let the Score sort and sum so many fractions would double the time of reading.
    """
    object.__setattr__(score, "notes", tuple(notes))
    return score


def _layout(measures: Sequence[_Measure]) -> tuple[list[int], list[tuple[int, int, int]], int, int]:
    """Where each measure starts, the metres, the length of the pick-up and of the whole; all in ticks."""
    starts: list[int] = []
    meters: list[tuple[int, int, int]] = []
    at = pickup = 0

    def change(onset: int, meter: tuple[int, int]) -> None:
        if not meters or meters[-1][1:] != meter:
            meters.append((onset, *meter))

    for i, m in enumerate(measures):
        starts.append(at)
        if not m.meter[1]:  # free of metre: bars of 4/4 just for counting
            change(at, (4, 4))
            at += m.ticks
            continue
        full, final = bar_ticks(m.meter), i == len(measures) - 1
        if i == 0 and m.ticks < full and not final:
            change(0, m.meter)
            pickup = at = -(-m.ticks // _FINEST) * _FINEST
            continue
        whole = m.ticks // full if m.ticks >= 2 * full or m.ticks == full else 0
        rest = m.ticks - whole * full
        if whole or (final and rest < full):
            change(at, m.meter)
        at += whole * full
        if rest and (rest > full or not final):
            rest = -(-rest // _FINEST) * _FINEST  # a tuplet cut short: room up to the next 64th
            change(at, signature(rest, m.meter[1]))
        elif rest:
            change(at, m.meter)
        at += rest
    return starts, meters or [(0, 4, 4)], pickup, at


def _as_written(measures: Sequence[_Measure], pickup: Fraction) -> tuple[list[int], list[tuple[int, int, int]], int, int]:
    """As :func:`_layout`, of bars that are right already."""
    starts: list[int] = []
    meters: list[tuple[int, int, int]] = []
    at = 0
    for m in measures:
        starts.append(at)
        if not meters or meters[-1][1:] != m.meter:
            meters.append((at, *m.meter))
        at += m.ticks
    meters = meters or [(0, 4, 4)]
    short = int(pickup * TICKS)
    return starts, meters, short if 0 < short < bar_ticks(meters[0][1:]) else 0, at


def _flatten(measures: Sequence[_Measure], starts: Sequence[int],
             voices: int) -> tuple[list[Note], list[Key], list[Tempo], int]:
    """Notes with their ties joined, key changes, tempos, and the tick at which the last note ends."""
    found: list[tuple[int, int, int, int, int]] = []  # onset, voice, pitch, length, velocity: the order of a Score
    keys: dict[int, tuple[str, str]] = {}
    tempos: dict[int, float] = {}
    held: list[dict[int, tuple[int, int, int]]] = [{} for _ in range(voices)]  # pitch → onset, end, velocity of a tied note
    for measure, start in zip(measures, starts, strict=True):
        for offset, column in measure.parts:
            base = start + offset
            for voice, bar in enumerate(column):
                if bar is None:
                    continue
                keys.update({base + at: (tonic, mode) for at, tonic, mode in bar.keys})
                tempos.update({base + at: q for at, q in bar.tempos})
                open_ = held[voice]
                for at, ticks, pitch, tied, velocity in bar.sounds:
                    onset = first = base + at
                    loud = velocity
                    if open_ and pitch in open_:
                        begun, end, louder = open_.pop(pitch)
                        if end == onset:
                            first, loud = begun, louder
                        else:  # the tie led nowhere
                            found.append((begun, voice, pitch, end - begun, louder))
                    if tied:
                        open_[pitch] = (first, onset + ticks, loud)
                    else:
                        found.append((first, voice, pitch, onset + ticks - first, loud))
    for voice, open_ in enumerate(held):
        found += [(begun, voice, pitch, end - begun, loud) for pitch, (begun, end, loud) in open_.items()]
    found.sort()
    found = struck_once(found)
    notes = [Note(quarters(onset), quarters(length), pitch, loud, voice) for onset, voice, pitch, length, loud in found]
    last = max((onset + length for onset, _, _, length, _ in found), default=0)
    return notes, _changes(keys), [Tempo(quarters(at), q) for at, q in sorted(tempos.items())], last


def struck_once(sounds: list[tuple[int, int, int, int, int]]) -> list[tuple[int, int, int, int, int]]:
    """Without empty notes, and without unisons within a voice: a pitch struck again while it sounds ends there."""
    out: list[tuple[int, int, int, int, int]] = []
    last: dict[tuple[int, int], int] = {}  # (voice, pitch) → index of its last note
    for sound in sounds:
        onset, voice, pitch, length, loud = sound
        if length <= 0:
            continue
        i = last.get((voice, pitch))
        if i is not None and out[i][0] + out[i][3] > onset:
            before = out[i]
            if before[0] == onset:
                out[i] = (onset, voice, pitch, max(length, before[3]), max(loud, before[4]))
                continue
            out[i] = (*before[:3], onset - before[0], before[4])
        last[voice, pitch] = len(out)
        out.append(sound)
    return out


def _changes(keys: dict[int, tuple[str, str]]) -> list[Key]:
    out: list[Key] = []
    for at, (tonic, mode) in sorted(keys.items()):
        if not out or out[-1][1:] != (tonic, mode):
            out.append(Key(quarters(at), tonic, mode))
    return out
