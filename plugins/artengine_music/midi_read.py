"""Reads MIDI files: our own exactly, those of notation programs as written, played ones quantised.

Left out: the drum channel, pedals, bends, everything but notes, programs, names, tempo, metre and key. Mended: notes without
an end, of no length, or struck again while they sound.
"""

from __future__ import annotations

from bisect import bisect_right
from fractions import Fraction
from typing import NamedTuple

from artengine.errors import ArtengineError
from artengine.works.score import Key, Meter, Note, Score, Tempo
from artengine_music import midi_write, quantise, smf
from artengine_music.bars import LONGEST, struck_once, with_notes
from artengine_music.smf import Event, File

_MAJOR = ("Cb", "Gb", "Db", "Ab", "Eb", "Bb", "F", "C", "G", "D", "A", "E", "B", "F#", "C#")
_MINOR = ("Ab", "Eb", "Bb", "F", "C", "G", "D", "A", "E", "B", "F#", "C#", "G#", "D#", "A#")
_MOST_NOTES = 200_000
_STUCK = 4  # quarter notes that a note without an end may sound
_DRUMS = 9


class _Played(NamedTuple):
    start: int
    end: int
    pitch: int
    velocity: int


class _Voice:
    """The notes of one channel of one track."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.program = 0
        self.notes: list[_Played] = []


def recipe(data: bytes) -> str | None:
    """The recipe that our writer put in the file, ``None`` where there is none."""
    try:
        first = smf.parse(data).tracks[0]
    except ArtengineError:
        return None
    texts = (_text(e.data[1:]) for e in first if e.status == 0xFF and e.data[0] == smf.TEXT)
    return next((t.removeprefix(midi_write.RECIPE) for t in texts if t.startswith(midi_write.RECIPE)), None)


def read(data: bytes) -> Score:
    """The score of a MIDI file.

    :raises ArtengineError: where it is no MIDI file, holds no notes (or only drums), or claims to last for days.
    """
    file = smf.parse(data)
    if file.format == 2:
        file = _in_a_row(file)
    facts = _facts(file)
    voices, drums = _voices(file, keep_empty=bool(facts))
    played = [n for v in voices for n in v.notes]
    if not played:
        raise ArtengineError("This MIDI file has only drums." if drums else "This MIDI file has no notes.",
                             "Choose one with a melody.")
    if max(n.end for n in played) > LONGEST * file.division:
        raise ArtengineError(f"This MIDI file claims to last more than {LONGEST} quarter notes.",
                             "It is broken; export it again.")
    meters, keys, tempos, end = _conductor(file)
    if facts:
        return _ours(file, facts, voices, meters, keys, tempos, end)
    notes = _quantised(voices, file.division)
    ending = quantise.quarters(max(onset + length for onset, _, _, length, _ in notes))
    meters = _clean([m for m in meters if m.onset < ending])
    pickup = Fraction(0)
    if len(meters) > 1 and meters[1].onset == meters[0].bar < meters[1].bar:
        pickup, meters = meters[0].bar, [Meter(Fraction(0), *meters[1][1:]), *meters[2:]]
    score = Score(notes=(), meters=tuple(meters), keys=tuple(k for k in keys if k.onset < ending), length=ending,
                  tempos=tuple(t for t in tempos if t.onset < ending) or (Tempo(Fraction(0), 120.0),), pickup=pickup,
                  title=_title(file), voices=tuple(v.name for v in voices), programs=tuple(v.program for v in voices))
    whole = quantise.quarters
    found = [Note(whole(onset), whole(length), pitch, loud, voice) for onset, voice, pitch, length, loud in notes]
    return with_notes(score, found)


def _title(file: File) -> str:
    name = next((_text(e.data[1:]) for e in file.tracks[0] if e.status == 0xFF and e.data[0] == smf.NAME), "")
    return name.strip() if len(file.tracks) > 1 or file.format == 0 else ""


def _ours(file: File, facts: list[tuple[int, str]], voices: list[_Voice], meters: list[Meter], keys: list[Key],
          tempos: list[Tempo], end: int) -> Score:
    """Exactly what our writer was given."""
    division = file.division
    pickup = Fraction(0)
    for tick, fact in facts:
        at = Fraction(tick, division)
        word, _, value = fact.partition(" ")
        try:
            if word == "pickup":
                length, meter = value.split()
                pickup = Fraction(length)
                top, bottom = meter.split("/")
                first = Meter(Fraction(0), int(top), int(bottom))
                later = meters[1:]
                # The metre after the pick-up is the piece's own unless it changes there.
                meters = [first, *(later[1:] if later and later[0] == (pickup, *first[1:]) else later)]
            elif word == "meter":
                top, bottom = value.split("/")
                meters = [Meter(at, int(top), int(bottom)) if m.onset == at else m for m in meters]
            elif word == "key":
                keys = [Key.parse(value, at) if k.onset == at else k for k in keys]
            elif word == "tempo":
                tempos = [Tempo(at, float(value)) if t.onset == at else t for t in tempos]
        except (ValueError, ZeroDivisionError):
            continue  # someone has edited the text; the event itself still stands
    notes = [Note(Fraction(n.start, division), Fraction(n.end - n.start, division), n.pitch, n.velocity, i)
             for i, v in enumerate(voices) for n in v.notes]
    return Score(notes=tuple(notes), meters=tuple(meters), keys=tuple(keys), tempos=tuple(tempos), pickup=pickup,
                 length=Fraction(end, division), title=_title(file), voices=tuple(v.name for v in voices),
                 programs=tuple(v.program for v in voices))


def _facts(file: File) -> list[tuple[int, str]]:
    """What our writer said in text, with its time; empty for files of others."""
    texts = [(e.tick, _text(e.data[1:])) for e in file.tracks[0] if e.status == 0xFF and e.data[0] == smf.TEXT]
    return [(tick, t.removeprefix(midi_write.FACT).strip()) for tick, t in texts if t.startswith(midi_write.FACT)]


def _voices(file: File, keep_empty: bool) -> tuple[list[_Voice], bool]:
    """The notes of each channel of each track, and whether there were drums."""
    voices: list[_Voice] = []
    drums, count = False, 0
    for i, track in enumerate(file.tracks):
        name = next((_text(e.data[1:]) for e in track if e.status == 0xFF and e.data[0] == smf.NAME), "").strip()
        channels: dict[int, _Voice] = {}
        sounding: dict[tuple[int, int], tuple[int, int]] = {}

        def stop(channel: int, pitch: int, tick: int, channels: dict[int, _Voice] = channels,
                 sounding: dict[tuple[int, int], tuple[int, int]] = sounding) -> None:
            begun = sounding.pop((channel, pitch), None)
            if begun and tick > begun[0]:
                channels[channel].notes.append(_Played(begun[0], tick, pitch, begun[1]))

        for event in track:
            kind, channel = event.status >> 4, event.status & 15
            if kind not in (0x8, 0x9, 0xC):
                continue
            if channel == _DRUMS:
                drums = drums or kind == 0x9
                continue
            voice = channels.setdefault(channel, _Voice(name))
            if kind == 0xC:
                if not voice.notes:
                    voice.program = event.data[0]
            elif kind == 0x9 and event.data[1]:
                stop(channel, event.data[0], event.tick)
                sounding[channel, event.data[0]] = (event.tick, event.data[1])
                count += 1
                if count > _MOST_NOTES:
                    raise ArtengineError(f"This MIDI file has more than {_MOST_NOTES} notes.", "Cut it into pieces.")
            else:
                stop(channel, event.data[0], event.tick)
        last = track[-1].tick if track else 0
        for (channel, pitch), (start, _) in list(sounding.items()):
            limit = start + _STUCK * file.division
            stop(channel, pitch, min(last, limit) if last > start else start + file.division)
        if keep_empty and i and not channels:
            channels[0] = _Voice(name)
        voices += [v for _, v in sorted(channels.items()) if v.notes or keep_empty]
    return voices, drums


def _conductor(file: File) -> tuple[list[Meter], list[Key], list[Tempo], int]:
    """Metres, keys and tempos of all tracks, and the tick where the last track ends."""
    meters: dict[Fraction, Meter] = {}
    keys: dict[Fraction, Key] = {}
    tempos: dict[Fraction, Tempo] = {}
    end = 0
    for track in file.tracks:
        end = max(end, track[-1].tick if track else 0)
        for event in track:
            if event.status != 0xFF or event.data[0] not in (smf.TEMPO, smf.METER, smf.KEY):
                continue
            at, data = Fraction(event.tick, file.division), event.data[1:]
            if event.data[0] == smf.TEMPO and len(data) >= 3 and any(data[:3]):
                tempos[at] = Tempo(at, midi_write.quarters(int.from_bytes(data[:3], "big")))
            elif event.data[0] == smf.METER and len(data) >= 2 and data[0] and data[1] <= 6:
                meters[at] = Meter(at, data[0], 1 << data[1])
            elif event.data[0] == smf.KEY and len(data) >= 2:
                sharps = data[0] - 256 if data[0] > 127 else data[0]
                if abs(sharps) <= 7:
                    keys[at] = Key(at, (_MINOR if data[1] else _MAJOR)[sharps + 7], "minor" if data[1] else "major")
    meters.setdefault(Fraction(0), Meter(Fraction(0), 4, 4))
    return ([m for _, m in sorted(meters.items())], [k for _, k in sorted(keys.items())],
            [t for _, t in sorted(tempos.items())], end)


def _clean(meters: list[Meter]) -> list[Meter]:
    """Without the repeated time signatures that some programs write at every bar."""
    out: list[Meter] = []
    for meter in meters:
        same = out and out[-1][1:] == meter[1:] and (meter.onset - out[-1].onset) % meter.bar == 0
        if not same:
            out.append(meter._replace(onset=quantise.quarters(round(meter.onset * quantise.GRID))))
    return out


def _quantised(voices: list[_Voice], division: int) -> list[tuple[int, int, int, int, int]]:
    """Onset, voice, pitch, length and velocity of the notes, times in steps of the grid; in order, no unisons in a voice."""
    onsets = [n.start for v in voices for n in v.notes]
    beats = None if quantise.notated(onsets, division) else quantise.Beats(onsets, division)
    out: list[tuple[int, int, int, int, int]] = []
    for index, voice in enumerate(voices):
        starts = sorted({n.start for n in voice.notes})
        for n in voice.notes:
            following = bisect_right(starts, n.start)
            until = starts[following] if following < len(starts) else None
            if beats:
                onset, shortest = beats.snap(n.start), quantise.GRID // 4
                end = beats.snap(until if until is not None and 0 < until - n.end <= division // 8 else n.end)
            else:
                onset, shortest = quantise.nearest(n.start, division), quantise.GRID // 48
                end = _end(n, until, division)
            out.append((onset, index, n.pitch, max(end - onset, shortest), n.velocity))
    out.sort()
    return struck_once(out)


def _end(n: _Played, until: int | None, division: int) -> int:
    """Where a note of a notated file ends, in steps of the grid; one that stops just before the next is held to it."""
    exact, off = divmod(n.end * quantise.GRID, division)
    if not off and (exact % 6 == 0 or exact % 8 == 0):  # 32nds, sextuplets
        return exact
    if until is not None and 0 < until - n.end <= division // 8:
        return quantise.nearest(until, division)
    return exact if not off else 6 * round(n.end * 8 / division)


def _in_a_row(file: File) -> File:
    """The tracks of a format 2 file, which are pieces of their own, one after another in one track."""
    events: list[Event] = []
    start = 0
    for track in file.tracks:
        events += [e._replace(tick=e.tick + start) for e in track]
        start = events[-1].tick if events else 0
    return File(0, file.division, [events])


def _text(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1")
