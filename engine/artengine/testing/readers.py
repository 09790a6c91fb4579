"""Independent readers: by file ending, another library that reads what an exporter wrote and finds the work in it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from artengine.works import Work


class Unknown(Exception):  # not an error of anybody's
    """There is no reader of this ending here."""


def read(path: Path, ending: str, work: Work) -> None:
    """Read a file of *work* whole.

    :raises Unknown: where the kit knows no reader of the ending.
    :raises Exception: whatever the reader makes of a file that is not as it should be.
    """
    reader = READERS.get(ending)
    if reader is None:
        raise Unknown(ending)
    reader(path, work)


def _expect(holds: bool, what: str) -> None:
    if not holds:
        raise ValueError(what)


def _midi(path: Path, work: Any) -> None:
    import mido

    sounding = sum(m.type == "note_on" and m.velocity > 0 for track in mido.MidiFile(path).tracks for m in track)
    _expect(sounding == len(work.notes), f"it has {sounding} notes, the work {len(work.notes)}")


def _xml(path: Path, work: Any) -> str:
    from xml.etree import ElementTree

    return str(ElementTree.parse(path).getroot().tag).rpartition("}")[2]


def _svg(path: Path, work: Any) -> None:
    from xml.etree import ElementTree

    root = ElementTree.parse(path).getroot()
    _expect(root.tag.rpartition("}")[2] == "svg", f"its root is <{root.tag}>, not <svg>")
    shown = " ".join(root.itertext()).split() if work.medium == "text" else []
    missing = [word for line in work.lines for word in line.split() if word not in shown] if shown else []
    _expect(not missing, f"the word {missing[0]!r} is not in it" if missing else "")


def _musicxml(path: Path, work: Any) -> None:
    from xml.etree import ElementTree

    root = ElementTree.parse(path).getroot()
    _expect(root.tag in ("score-partwise", "score-timewise"), f"its root is <{root.tag}>")
    pitched = sum(note.find("pitch") is not None for note in root.iter("note"))
    _expect(pitched >= len(work.notes), f"it has {pitched} notes, the work {len(work.notes)}")


def _pixels(path: Path, work: Any) -> None:
    from PIL import Image

    with Image.open(path) as image:
        image.load()
        _expect(min(image.size) > 0, "it has no pixels")
        if work.medium == "image" and len(set(work.pixels.reshape(-1).tolist())) > 1:
            _expect(len(set(image.convert("L").tobytes())) > 1, "it is of one colour, and the work is not")


def _wav(path: Path, work: Any) -> None:
    import wave

    with wave.open(str(path)) as sound:
        frames = sound.readframes(sound.getnframes())
        _expect(any(frames), "it is silent, or has no sound at all")


def _text(path: Path, work: Any) -> None:
    text = path.read_text("utf-8")
    missing = [line for line in work.lines for word in line.split() if word not in text] if work.medium == "text" else []
    _expect(not missing, f"the line {missing[0]!r} is not in it" if missing else "")


def _abc(path: Path, work: Any) -> None:
    lines = path.read_text("utf-8").splitlines()
    _expect(any(line.startswith("X:") for line in lines), "there is no X: field")
    _expect(any(line.startswith("K:") for line in lines), "there is no K: field")


def _json(path: Path, work: Any) -> None:
    import json

    json.loads(path.read_text("utf-8"))


def _csv(path: Path, work: Any) -> None:
    import csv

    with path.open(newline="", encoding="utf-8") as file:
        _expect(len(list(csv.reader(file, strict=True))) > 0, "it has no rows")


_PRINTED = str.maketrans("‘’“”", "''\"\"")  # a page may set quotation marks as a printer does


def _html(path: Path, work: Any) -> None:
    from html.parser import HTMLParser

    found: list[str] = []

    class Parser(HTMLParser):
        def handle_data(self, data: str) -> None:
            found.append(data)

    parser = Parser()
    parser.feed(path.read_text("utf-8"))
    parser.close()
    if work.medium == "text":
        words = set(" ".join(found).translate(_PRINTED).split())
        _expect(all(word.translate(_PRINTED) in words for line in work.lines for word in line.split()),
                "not every word of the text is in it")


READERS: dict[str, Callable[[Path, Any], Any]] = {
    **dict.fromkeys(("mid", "midi"), _midi), "svg": _svg, "xml": _xml, "musicxml": _musicxml, "wav": _wav, "abc": _abc,
    **dict.fromkeys(("png", "jpg", "jpeg", "gif", "bmp", "webp", "tif", "tiff", "ppm", "pgm"), _pixels),
    **dict.fromkeys(("txt", "text", "md"), _text), "json": _json, "csv": _csv, **dict.fromkeys(("html", "htm"), _html)}
