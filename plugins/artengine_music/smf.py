"""The Standard MIDI File as bytes: chunks, times and events, and nothing about music.

Our own because a cold render writes one of these (importing mido costs 30 ms of CPU, symusic 70, this 1) and because a
reader must survive whatever it is given: every loop here ends with the data, and what follows a broken event in its track
is dropped. ``benchmarks/reading_music.py`` holds it against mido, pretty_midi and symusic.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from artengine.errors import ArtengineError

# Meta events that concern us.
TEXT, NAME, END, TEMPO, METER, KEY = 0x01, 0x03, 0x2F, 0x51, 0x58, 0x59
_SIZES = {0x8: 2, 0x9: 2, 0xA: 2, 0xB: 2, 0xC: 1, 0xD: 1, 0xE: 2}  # data bytes of the channel messages


class Event(NamedTuple):
    """Something at a time in a track."""

    tick: int
    """From the start of the track."""
    status: int
    """0x80–0xEF a channel message, 0xFF a meta event."""
    data: bytes
    """Two bytes at most for a channel message; type and content for a meta event."""


class File(NamedTuple):
    """A parsed file."""

    format: int
    """0 one track, 1 tracks at the same time, 2 tracks one after another."""
    division: int
    """Ticks of a quarter note."""
    tracks: list[list[Event]]


def parse(data: bytes) -> File:
    """Read the bytes of a file, as far as they make sense.

    :raises ArtengineError: where there is no header, or no track.
    """
    start = data.find(b"MThd", 0, 256)  # RIFF and other wrappers put something before it
    if start < 0 or len(data) < start + 14:
        raise ArtengineError("This is not a MIDI file: it has no MThd header.",
                             "Export it again from the program it came from.")
    size = int.from_bytes(data[start + 4:start + 8], "big")
    kind = int.from_bytes(data[start + 8:start + 10], "big")
    division = int.from_bytes(data[start + 12:start + 14], "big")
    if division & 0x8000:  # frames and parts of a frame: at 120 beats a minute a quarter note lasts half a second
        division = (256 - (division >> 8)) * (division & 0xFF) // 2
    if division == 0:
        raise ArtengineError("The header of this MIDI file gives a quarter note no ticks.", "Export it again.")
    tracks = []
    at = start + 8 + max(size, 6)
    while at + 8 <= len(data):
        length = int.from_bytes(data[at + 4:at + 8], "big")
        if data[at:at + 4] == b"MTrk":
            tracks.append(_track(data, at + 8, min(at + 8 + length, len(data))))
        elif not data[at:at + 4].isalnum():  # the length before was wrong: look for the next track
            found = data.find(b"MTrk", at)
            if found < 0:
                break
            at = found
            continue
        at += 8 + length
    if not tracks:
        raise ArtengineError("This MIDI file has no track.", "Export it again from the program it came from.")
    return File(min(kind, 2), division, tracks)


def _track(data: bytes, at: int, end: int) -> list[Event]:  # noqa: PLR0912 (one loop over bytes, as the format is)
    """The events of a track; a broken one ends it."""
    events: list[Event] = []
    tick, status = 0, 0
    try:
        while at < end:
            delta = 0
            for _ in range(4):
                byte = data[at]
                at += 1
                delta = delta << 7 | byte & 0x7F
                if byte < 0x80:
                    break
            tick += delta
            byte = data[at]
            if byte >= 0x80:
                at += 1
                if byte < 0xF0:
                    status = byte
            elif status:
                byte = status
            else:
                break
            if byte < 0xF0:
                size = _SIZES[byte >> 4]
                content = data[at:at + size]
                if len(content) < size or max(content) > 0x7F or at + size > end:
                    break
                events.append(Event(tick, byte, content))
                at += size
                continue
            kind = b""
            if byte == 0xFF:
                kind = data[at:at + 1]
                at += 1
            elif byte not in (0xF0, 0xF7):
                at += {0xF1: 1, 0xF2: 2, 0xF3: 1}.get(byte, 0)
                continue
            size = 0
            for _ in range(4):
                part = data[at]
                at += 1
                size = size << 7 | part & 0x7F
                if part < 0x80:
                    break
            if byte == 0xFF:
                events.append(Event(tick, byte, kind + data[at:min(at + size, end)]))
                if kind[0] == END:
                    break
            at += size
    except IndexError:  # cut short
        pass
    return events


def build(division: int, tracks: Iterable[Iterable[Event]], ends: int) -> bytes:
    """The bytes of a file of format 1. *ends* is the tick at which every track ends; events must be in order of time."""
    chunks = []
    for track in tracks:
        body, before = bytearray(), 0
        for event in track:
            body += _number(event.tick - before)
            before = event.tick
            if event.status == 0xFF:
                body += bytes((0xFF, event.data[0])) + _number(len(event.data) - 1) + event.data[1:]
            else:
                body += bytes((event.status,)) + event.data
        body += _number(max(ends - before, 0)) + bytes((0xFF, END, 0))
        chunks.append(b"MTrk" + len(body).to_bytes(4, "big") + body)
    head = b"MThd" + (6).to_bytes(4, "big") + b"".join(n.to_bytes(2, "big") for n in (1, len(chunks), division))
    return head + b"".join(chunks)


def meta(tick: int, kind: int, content: bytes) -> Event:
    """A meta event."""
    return Event(tick, 0xFF, bytes((kind,)) + content)


def _number(value: int) -> bytes:
    """A variable-length quantity."""
    out = [value & 0x7F]
    while value := value >> 7:
        out.append(value & 0x7F | 0x80)
    return bytes(reversed(out))
