"""Reads MusicXML, plain or compressed (.mxl), as notation programs write it.

Every voice of every part becomes a voice of the Score. Left out: grace and cue notes, unpitched notes, ornaments, lyrics;
pitches stay as written for transposing instruments. Repeats are taken as our ABC reader takes them.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from dataclasses import replace
from fractions import Fraction
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from artengine.errors import ArtengineError
from artengine.works.score import MODES, Score
from artengine_music.bars import TICKS, Bar, Sound, assemble, unfold

_LARGEST = 96 << 20  # bytes, once unpacked
_STEPS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_FIFTHS = "FCGDAEB"
_UNITS = {"long": 16.0, "breve": 8.0, "whole": 4.0, "half": 2.0, "quarter": 1.0, "eighth": 0.5, "16th": 0.25, "32nd": 0.125}
_BROKEN = "Export it again from the program it came from."
FIELD, RECIPE = "artengine", "artengine-recipe"


def read(data: bytes, repeats: str = "written") -> Score:
    """The score in the bytes of a file.

    :param repeats: ``written``, ``played`` or ``all``, see :func:`artengine_music.abc.read`.
    :raises ArtengineError: where it is no MusicXML, too large, or holds no notes.
    """
    root = parse(data)
    if root.tag == "score-timewise":
        root = _partwise(root)
    if root.tag != "score-partwise":
        raise ArtengineError(f"This XML file holds <{root.tag[:40]}>, not a score.",
                             "MusicXML begins with <score-partwise>.")
    ours = _fields(root)
    parts = [_Part(part, ours is not None) for part in root.findall("part")]
    names, programs, voices = [], [], []
    listed = {p.get("id"): p for p in root.iterfind("part-list/score-part")}
    for part in parts:
        entry = listed.get(part.id)
        name = (entry.findtext("part-name") or "" if entry is not None else "").strip()
        program = (entry.findtext("midi-instrument/midi-program") or "" if entry is not None else "").strip()
        for bars in part.voices():
            voices.append(bars)
            names.append(name)
            programs.append(min(max(int(program) - 1, 0), 127) if program.isdigit() else 0)
    if not any(bar.sounds for bars in voices for bar in bars):
        raise ArtengineError("This score has no notes.", "Choose one with a melody.")
    labels = {k.removeprefix(f"{FIELD}-label-"): v for k, v in (ours or {}).items() if k.startswith(f"{FIELD}-label-")}
    for creator in root.iterfind("identification/creator"):
        if creator.text and creator.get("type") in ("composer", None):
            labels.setdefault("composer", creator.text.strip())
    title = root.findtext("work/work-title") or root.findtext("movement-title") or ""
    pickup = Fraction(ours[FIELD].split()[1]) if ours and ours.get(FIELD, "").startswith("pickup ") else None
    order = "all" if ours else repeats
    return assemble([unfold(bars, order) for bars in voices], title=" ".join(title.split()), names=names, programs=programs,
                    labels=labels, exact=pickup)


def recipe(data: bytes) -> str | None:
    """The recipe that our writer put in the file, ``None`` where there is none."""
    try:
        return (_fields(parse(data)) or {}).get(RECIPE)
    except ArtengineError:
        return None


def parse(data: bytes) -> Element:
    """The root element of a plain or compressed file.

    :raises ArtengineError: where it is too large, or not well formed, or declares entities (which could grow without bound).
    """
    if data[:2] == b"PK":
        data = _unpacked(data)
    head = data[:4096]
    if b"<!ENTITY" in data or b"<\x00!\x00E\x00N\x00T\x00" in data or b"\x00<\x00!\x00E\x00N\x00T" in data:
        raise ArtengineError("This XML file declares entities, which no score needs.", _BROKEN)
    if b"<" not in head:
        raise ArtengineError("This is not an XML file.", _BROKEN)
    try:
        return ElementTree.fromstring(data)
    except (ElementTree.ParseError, ValueError, LookupError) as error:
        line = f" (line {error.position[0]})" if isinstance(error, ElementTree.ParseError) else ""
        raise ArtengineError(f"This XML file is damaged or cut short{line}.", _BROKEN) from error


def _unpacked(data: bytes) -> bytes:
    """The score inside a compressed file."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = [n for n in archive.namelist() if n.lower().endswith((".xml", ".musicxml")) and n[:8] != "META-INF"]
            if "META-INF/container.xml" in archive.namelist():
                container = ElementTree.fromstring(_entry(archive, "META-INF/container.xml"))
                named = [e.get("full-path", "") for e in container.iter() if e.tag.endswith("rootfile")]
                names = [n for n in named if n in archive.namelist()][:1] or names
            if not names:
                raise ArtengineError("This compressed file holds no score.", _BROKEN)
            return _entry(archive, names[0])
    except (zipfile.BadZipFile, ElementTree.ParseError, zlib.error, OSError, EOFError, RuntimeError) as error:
        raise ArtengineError(f"This compressed file is damaged ({error}).", _BROKEN) from error


def _entry(archive: zipfile.ZipFile, name: str) -> bytes:
    with archive.open(name) as file:
        data = file.read(_LARGEST + 1)
    if len(data) > _LARGEST:
        raise ArtengineError(f"This score is larger than {_LARGEST >> 20} MB once unpacked.", "Cut it into pieces.")
    return data


def _fields(root: Element) -> dict[str, str] | None:
    """What our writer noted in the file; ``None`` for a file of others."""
    fields = {f.get("name", ""): f.text or "" for f in root.iterfind("identification/miscellaneous/miscellaneous-field")}
    return fields if FIELD in fields else None


def _partwise(root: Element) -> Element:
    """A score ordered by measure turned into one ordered by part."""
    out = Element("score-partwise")
    out.extend(child for child in root if child.tag != "measure")
    parts: dict[str, Element] = {}
    for measure in root.iterfind("measure"):
        for part in measure.iterfind("part"):
            name = part.get("id", "")
            if name not in parts:
                parts[name] = Element("part", {"id": name})
            mine = Element("measure", measure.attrib)
            mine.extend(part)
            parts[name].append(mine)
    out.extend(parts.values())
    return out


def _number(text: str | None, default: float = 0.0) -> float:
    try:
        return float(text) if text else default
    except ValueError:
        return default


class _Part:
    """Reads one part, bar by bar."""

    def __init__(self, part: Element, ours: bool) -> None:
        self.id = part.get("id")
        self.ours = ours
        self.divisions = 1.0
        self.meter = (4, 4)
        self.loud = 80
        self.bracket = self.brackets = 0
        self.ending: tuple[int, ...] = ()
        self.bars: list[Bar] = []
        self.sounds: list[dict[str, list[Sound]]] = []
        for measure in part.iterfind("measure"):
            self._measure(measure)

    def voices(self) -> list[list[Bar]]:
        """The bars of each voice, in order of first appearance; a part without notes has none (of ours: one, of rests)."""
        names: list[str] = []
        for bar in self.sounds:
            names += [name for name in bar if name not in names]
        out = []
        for name in names or [""] * self.ours:
            pairs = zip(self.bars, self.sounds, strict=True)
            out.append([replace(bar, sounds=sounds.get(name, [])) for bar, sounds in pairs])
        return out

    def _measure(self, measure: Element) -> None:
        bar = Bar(self.meter)
        sounds: dict[str, list[Sound]] = {}
        at = start = 0
        closes = False
        for element in measure:
            tag = element.tag
            if tag == "note":
                at, start = self._note(element, bar, sounds, at, start)
            elif tag == "backup":
                at = max(at - self._ticks(element), 0)
            elif tag == "forward":
                at += self._ticks(element)
                bar.ticks = max(bar.ticks, at)
            elif tag == "attributes":
                self._attributes(element, bar, at)
            elif tag in ("direction", "sound"):
                self._tempo(element, bar, at)
            elif tag == "barline":
                closes = self._barline(element, bar) or closes
        if not bar.ticks:  # a bar with nothing in it still takes its time, as some programs write rests
            bar.ticks = 4 * TICKS * self.meter[0] // self.meter[1]
        bar.ending, bar.bracket = self.ending, self.bracket
        self.bars.append(bar)
        for voice in sounds.values():
            voice.sort(key=lambda s: s[0])
        self.sounds.append(sounds)
        if closes:
            self.ending, self.bracket = (), 0

    def _ticks(self, element: Element) -> int:
        return round(max(_number(element.findtext("duration")), 0.0) * TICKS / self.divisions)

    def _note(self, note: Element, bar: Bar, sounds: dict[str, list[Sound]], at: int, start: int) -> tuple[int, int]:
        """Take in a note; returns the time after it, and its own start for the chord notes that may follow."""
        if note.find("grace") is not None:
            return at, start
        ticks = self._ticks(note)
        onset = start if note.find("chord") is not None else at
        pitch = note.find("pitch")
        if pitch is not None and ticks and note.find("cue") is None:
            step = _STEPS.get((pitch.findtext("step") or "").strip().upper())
            if step is not None:
                octave, alter = _number(pitch.findtext("octave"), 4.0), _number(pitch.findtext("alter"))
                number = min(max(12 * (int(octave) + 1) + step + round(alter), 0), 127)
                tied = any(t.get("type") == "start" for t in note.iterfind("tie"))
                loud = min(max(round(_number(note.get("dynamics")) * 0.9), 1), 127) if note.get("dynamics") else self.loud
                voice = "1" if self.ours else f"{note.findtext('staff') or ''}.{note.findtext('voice') or '1'}"
                sounds.setdefault(voice, []).append((onset, ticks, number, tied, loud))
        end = onset + ticks
        bar.ticks = max(bar.ticks, end)
        return max(end, at) if onset != at else end, onset

    def _attributes(self, attributes: Element, bar: Bar, at: int) -> None:
        self.divisions = max(_number(attributes.findtext("divisions"), self.divisions), 1e-6)
        time = attributes.find("time")
        if time is not None:
            pairs = zip(time.findall("beats"), time.findall("beat-type"), strict=False)
            found = [m for m in (self._signature(beats.text, kind.text) for beats, kind in pairs) if m]
            if found:
                bottom = max(m[1] for m in found)
                self.meter = sum(m[0] * bottom // m[1] for m in found), bottom
                if at == 0:
                    bar.meter = self.meter
        key = attributes.find("key")
        fifths = key.findtext("fifths") if key is not None else None
        if key is not None and fifths is not None:
            mode = (key.findtext("mode") or "major").strip().lower()
            mode = {"ionian": "major", "aeolian": "minor"}.get(mode, mode if mode in MODES else "major")
            place = int(_number(fifths)) - MODES[mode]
            if abs(place) <= 15:
                sign = (place + 1) // 7
                bar.keys.append((at, _FIFTHS[(place + 1) % 7] + ("#" * sign if sign > 0 else "b" * -sign), mode))

    def _signature(self, beats: str | None, kind: str | None) -> tuple[int, int] | None:
        tops = [int(b) for b in (beats or "").replace(" ", "").split("+") if b.isdigit()]
        bottom = int(kind) if kind and kind.strip().isdigit() else 0
        return (sum(tops), bottom) if (0 < sum(tops) <= 255 and bottom in (1, 2, 4, 8, 16, 32, 64)) or self.ours else None

    def _tempo(self, element: Element, bar: Bar, at: int) -> None:
        sound = element if element.tag == "sound" else element.find("sound")
        quarters = 0.0
        if sound is not None:
            quarters = _number(sound.get("tempo"))
            if sound.get("dynamics") and not self.ours:
                self.loud = min(max(round(_number(sound.get("dynamics"), 89.0) * 0.9), 1), 127)
        metronome = element.find("direction-type/metronome")
        if not quarters and metronome is not None:
            unit = _UNITS.get(metronome.findtext("beat-unit") or "", 1.0)
            dotted = 2 - 0.5 ** min(len(metronome.findall("beat-unit-dot")), 4)
            quarters = _number(metronome.findtext("per-minute")) * unit * dotted
        offset = 0 if element.find("offset") is None else round(_number(element.findtext("offset")) * TICKS / self.divisions)
        if 1.0 <= quarters <= 2000.0 or (self.ours and quarters > 0):
            bar.tempos.append((max(at + offset, 0), quarters))

    def _barline(self, barline: Element, bar: Bar) -> bool:
        """Take in a bar line; tells whether an ending closes with it."""
        repeat, ending = barline.find("repeat"), barline.find("ending")
        if repeat is not None and repeat.get("direction") == "forward":
            bar.start = True
        elif repeat is not None:
            times = repeat.get("times") or ""
            bar.end = min(max(int(times) - 1, 1), 9) if times.isdigit() else 1
        if ending is None:
            return False
        if ending.get("type") == "start":
            numbers = [int(n) for n in (ending.get("number") or "").replace(",", " ").split() if n.isdigit()]
            self.brackets += 1
            self.ending, self.bracket = tuple(sorted(numbers)) or (1,), self.brackets
            return False
        return True
