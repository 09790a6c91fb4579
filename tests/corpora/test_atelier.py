import subprocess
import sys

import numpy as np
import pytest
from PIL import Image as Pillow

from artengine import options
from artengine.api import Splittable
from artengine.errors import ArtengineError
from artengine_corpora.atelier import MOODS, PALETTES, SCHOOLS, Atelier, Options
from artengine_corpora.atelier.corpus import sides


def shrunk(pixels, width, height):
    return np.asarray(Pillow.fromarray(pixels).resize((width, height), Pillow.Resampling.BOX), float)


@pytest.mark.parametrize("school", SCHOOLS)
def test_every_school_paints_pictures_that_differ_and_are_not_blank(school):
    pictures = [Atelier.paint(seed, school, 32, 32) for seed in range(900, 912)]
    assert len({p.pixels.tobytes() for p in pictures}) == len(pictures)
    for picture in pictures:
        assert picture.pixels.shape == (32, 32, 3)
        colours = len(np.unique(picture.pixels.reshape(-1, 3), axis=0))
        assert colours > 6, (school, picture.title)
        assert picture.pixels.reshape(-1, 3).std(0).max() > 3, (school, picture.title)


@pytest.mark.parametrize("school", SCHOOLS)
def test_one_seed_is_one_picture_at_every_size(school):
    for seed in (3, 4):
        small, large, other = (Atelier.paint(s, school, *size) for s, size in ((seed, (96, 64)), (seed, (288, 192)), (9, (96, 64))))
        assert small.labels == large.labels
        apart, away = (np.abs(shrunk(large.pixels, 24, 16) - shrunk(p.pixels, 24, 16)).mean() for p in (small, other))
        assert apart < 4
        assert away > 6 * apart


@pytest.mark.parametrize("school", SCHOOLS)
@pytest.mark.parametrize(("width", "height"), [(31, 97), (4000, 10), (4, 4)])
def test_odd_sizes(school, width, height):
    picture = Atelier.paint(5, school, width, height)
    assert picture.pixels.shape == (height, width, 3)
    assert picture.pixels.std() > 1


@pytest.mark.parametrize("size", [(1, 1), (3, 64), (64, 0), (20_001, 8), (10_000, 10_000)])
def test_sizes_that_cannot_be_painted_are_refused(size):
    with pytest.raises(ArtengineError, match=r"pixels is too (small|large) to paint"):
        Atelier.paint(0, "grids", *size)


def test_the_same_bytes_in_another_process():
    script = ("import hashlib\nfrom artengine_corpora.atelier import SCHOOLS, paint\n"
              "print(hashlib.sha256(b''.join(paint(11, s, 40, 24).pixels.tobytes() + repr(paint(11, s, 40, 24).labels).encode() "
              "for s in SCHOOLS)).hexdigest())")
    runs = {subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True,
                           env={"PYTHONHASHSEED": seed, "OMP_NUM_THREADS": "1"}).stdout for seed in ("1", "2")}
    assert len(runs) == 1


def test_labels_say_what_was_painted():
    pictures = [Atelier.paint(seed, None, 16, 16) for seed in range(48)]
    assert [p.labels["school"] for p in pictures[:12]] == list(SCHOOLS)
    names = {palette.name: palette.mood for palette in PALETTES}
    for picture in pictures:
        assert set(picture.labels) == {"school", "palette", "mood", "caption"}
        assert names[picture.labels["palette"]] == picture.labels["mood"] in MOODS
        caption = picture.labels["caption"]
        assert caption[0].isupper()
        assert caption.endswith(".")
        assert ".." not in caption
        assert len(caption) < 120
        assert "\n" not in caption
    assert len({p.labels["caption"] for p in pictures}) > 44


def test_palettes_are_many_and_legible():
    assert len(PALETTES) >= 24
    assert len({palette.name for palette in PALETTES}) == len(PALETTES)
    for palette in PALETTES:
        assert abs(palette.ground.lightness - palette.ink.lightness) > 0.5, palette.name
        assert 4 <= len(palette.colours) <= 6
        assert max(abs(c.lightness - palette.ground.lightness) for c in palette.colours) > 0.25, palette.name


def test_an_unknown_school_is_named_with_the_nearest():
    with pytest.raises(ArtengineError, match='Did you mean "mosaic"'):
        Atelier.paint(0, "mosaics")
    with pytest.raises(ArtengineError, match="cannot paint from seed -1"):
        Atelier.paint(-1, "mosaic")


def test_the_corpus_is_its_pieces():
    corpus = Atelier(None, Options(pictures=37, size="12x8", first=5), None)
    assert isinstance(corpus, Splittable)
    pieces = corpus.pieces()
    assert pieces == ["5-20", "21-36", "37-41"]
    works = list(corpus)
    assert works == [work for piece in pieces for work in corpus.read(piece)]
    assert len(works) == 37
    assert works[0] == Atelier.paint(5, None, 12, 8)
    assert corpus.licence == "CC0-1.0"


def test_the_fingerprint_follows_the_options():
    prints = {Atelier(None, Options(**chosen), None).fingerprint() for chosen in (
        {}, {"school": "ink"}, {"size": "64x32"}, {"pictures": 5}, {"first": 9})}
    assert len(prints) == 5
    assert Atelier(None, Options(size="64"), None).fingerprint() == Atelier(None, Options(), None).fingerprint()


def test_sizes_are_read_as_people_write_them():
    assert sides("96x64") == (96, 64)
    assert sides(" 96 × 64 ") == (96, 64)
    assert sides("128") == (128, 128)
    for wrong in ("", "x", "64x", "6.4x3", "-4x4"):
        with pytest.raises(ArtengineError, match="is not a size"):
            sides(wrong)
    with pytest.raises(ArtengineError, match="too large"):
        sides("30000x8")


def test_options_are_flags():
    assert [field.flag for field in options.fields(Options)] == ["school", "pictures", "size", "first"]
    with pytest.raises(ArtengineError):
        options.make(Options, {"school": "cubism"})
