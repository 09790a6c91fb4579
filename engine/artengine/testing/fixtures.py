"""Works to test with: a few of each medium, small, unlike each other, and the same every time.

A dozen is enough for a generator to hold some out; the minimal ones are what a careless part stumbles over.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from artengine.errors import ArtengineError

if TYPE_CHECKING:
    from artengine.works import Image, Score, Text, Work

COUNT = 12  # of every medium
IN_PARTS = 4  # and scores in four parts
_STEPS = (0, 2, 4, 5, 7, 9, 11, 12, 14, 16)
_LINES = (
    "The kettle hums before the house is up,", "a narrow light lies down across the floor,",
    "and someone's left a thumbprint on the cup", "that no one drinks from any more.",
    "Rain at the window keeps a crooked time;", "the clock across the hall has given in.",
    "We wrote the shopping list as if in rhyme:", "bread, oranges, a thread to mend the skin",
    "of evening where it tore along the hill.", "The gate is open and the lane is still.",
    "Slow boats go out and do not ask for more,", "their lamps are stitches on a sleeve of shore.",
)


def works(medium: str) -> list[Work]:
    """``COUNT`` small works; of music, ``IN_PARTS`` in four parts as well."""
    made = [_MAKERS[medium](i) for i in range(COUNT)]
    return [*made, *(_in_parts(i) for i in range(IN_PARTS))] if medium == "music" else made


def minimal(medium: str) -> dict[str, Work]:
    """Works with next to nothing in them, by what they are."""
    return _MINIMAL[medium]()


def _score(i: int) -> Score:
    """Four to eight bars in one of three metres, on a scale of its own, that come back to where they began."""
    from artengine.works import Key, Meter, Note, Score, Tempo

    top, bottom = ((4, 4), (3, 4), (6, 8))[i % 3]
    meter = Meter(Fraction(0), top, bottom)
    key = Key.of((5 * i) % 12, "major" if i % 4 else "dorian")
    pattern = ((2, 2, 4), (4, 2, 2), (2, 1, 1, 4), (3, 1, 2, 2))[i % 4]  # eighths
    notes: list[Note] = []
    at, end, k = Fraction(0), (4 + 2 * (i % 3)) * meter.bar, i
    base = 60 + (5 * i) % 12
    while at < end:
        duration = min(Fraction(pattern[len(notes) % len(pattern)], 2), end - at, meter.bar - at % meter.bar)
        k = (k + (3, 1, -2, 2, -1, -1, 4, -3)[(len(notes) * (i + 1) + i) % 8]) % 8
        notes.append(Note(at, duration, base + _STEPS[k], 70 + 3 * (k % 5)))
        at += duration
    notes[-1] = notes[-1]._replace(pitch=base)
    return Score(tuple(notes), (meter,), (key,), (Tempo(Fraction(0), 90.0 + 5 * i),), title=f"Tune {i + 1}",
                 labels={"source": f"fixture {i + 1}"})


def _in_parts(i: int) -> Score:
    """Eight bars of chords for four voices, from the tonic and back to it."""
    from artengine.works import Key, Meter, Note, Score, Tempo

    tonic = (60, 55, 62, 57)[i % 4]
    roots = [(0, 5, 7, 0, 9, 2, 7, 0)[(k * (i + 1)) % 8] if 0 < k < 15 else 0 for k in range(16)]
    notes = [Note(Fraction(2 * k), Fraction(2), tonic + root + above - (12 if voice == 3 and root > 4 else 0), 80, voice)
             for k, root in enumerate(roots)
             for voice, above in enumerate((12, 7, 3 if root in (2, 9) else 4, -12))]
    return Score(tuple(notes), (Meter(Fraction(0), 4, 4),), (Key.of(tonic % 12),), (Tempo(Fraction(0), 80.0),),
                 title=f"Chorale {i + 1}", voices=("Soprano", "Alto", "Tenor", "Bass"), programs=(52,) * 4)


def _image(i: int) -> Image:
    """48 by 32 pixels: a disc on a sloping ground, in colours of its own."""
    import numpy as np

    from artengine.works import Image

    y, x = np.mgrid[0:32, 0:48] / 32.0
    hue = np.array([i / COUNT, (i / COUNT + 1 / 3) % 1, (i / COUNT + 2 / 3) % 1])
    ground = 0.5 + 0.5 * np.cos(2 * np.pi * (hue + (x * np.cos(i) + y * np.sin(i))[..., None] / 3))
    inside = ((x - 0.3 - 0.08 * i) ** 2 + (y - 0.5) ** 2 < (0.1 + 0.02 * (i % 5)) ** 2)[..., None]
    return Image(np.round(np.where(inside, 1 - ground, ground) * 255).astype(np.uint8), title=f"Picture {i + 1}")


def _text(i: int) -> Text:
    """Two quatrains."""
    from artengine.works import Text

    lines = [_LINES[(i * 5 + k) % len(_LINES)] for k in range(8)]
    return Text("\n".join([*lines[:4], "", *lines[4:]]), title=f"Poem {i + 1}", language="en")


def _least_scores() -> dict[str, Work]:
    from artengine.works import Note, Score

    one = Note(Fraction(0), Fraction(1), 60)
    return {"a score without notes": Score(()), "a score of one note": Score((one,)),
            "a score of one very short, very high note": Score((Note(Fraction(7, 3), Fraction(1, 96), 127, 1),)),
            "a score of two voices": Score((one, Note(Fraction(0), Fraction(1, 3), 0, 127, 1)))}


def _least_images() -> dict[str, Work]:
    import numpy as np

    from artengine.works import Image

    return {"a picture of one grey pixel": Image(np.zeros((1, 1), np.uint8)),
            "a picture of one line": Image(np.full((1, 9, 3), 255, np.uint8)),
            "a transparent picture": Image(np.zeros((4, 3, 4), np.uint8))}


def _least_texts() -> dict[str, Work]:
    from artengine.works import Text

    return {"a text without letters": Text(""), "a text of one letter": Text("a"), "a text of empty lines": Text("\n \n\n"),
            "a text in another script": Text("春眠不覺曉\n處處聞啼鳥", language="zh-Hant")}


_MAKERS: dict[str, Callable[[int], Work]] = {"music": _score, "image": _image, "text": _text}
_MINIMAL: dict[str, Callable[[], dict[str, Work]]] = {"music": _least_scores, "image": _least_images, "text": _least_texts}


def write(folder: Path, formats: Sequence[str], works: Sequence[Work]) -> list[Path]:
    """Files of *works* in the first of *formats* that the kit or an exporter can write; none where none can."""
    from artengine import plugins

    for ending in formats:
        paths = [folder / f"{i:02d}.{ending}" for i in range(len(works))]
        if ending in _WRITERS.get(works[0].medium, ()):
            for work, path in zip(works, paths, strict=True):
                _plain(work, path)
            return paths
        for name in plugins.find("exporter", works[0].medium, ending):
            part = plugins.load(name)
            from artengine.runs import LocalRun

            try:
                exporter = plugins.target(part)(part.options() if part.options else None, LocalRun(folder=folder))
                for work, path in zip(works, paths, strict=True):
                    exporter.write(work, path, "")
            except ArtengineError:
                continue
            return paths
    return []


_WRITERS = {"image": ("png", "jpg", "jpeg", "bmp", "gif", "tif", "tiff", "webp", "ppm"), "text": ("txt", "md", "text")}


def _plain(work: Work, path: Path) -> None:
    from artengine.works import Image, Text

    if isinstance(work, Image):
        from PIL import Image as Pillow

        Pillow.fromarray(work.pixels).save(path)
    elif isinstance(work, Text):
        path.write_text(f"{work.body}\n", "utf-8")
