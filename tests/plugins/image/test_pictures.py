import json
import sys
import threading

import numpy as np
import pytest
from PIL import Image as Pillow
from tests.plugins.image.files import drawn

from artengine.errors import ArtengineError
from artengine.pictures import film, film_recipe, films, fit, sheet
from artengine.pictures.colours import oklab, srgb
from artengine.works import Image

RECIPE = json.dumps({"plugin": "x", "said": "\"--> ]]> & <b> % ☃", "primer": "C4 D4 " * 300}, ensure_ascii=False)


def frames(count=7, channels=3, width=33, height=21):
    """A light that moves over a slope of two colours; what is transparent has straight edges."""
    y, x = np.mgrid[0:height, 0:width] / width
    for n in range(count):
        light = np.exp(-((x - 0.2 - 0.08 * n) ** 2 + (y - 0.3) ** 2) * 8)
        pixels = np.round(np.dstack([60 + 100 * light, 80 + 60 * x + 60 * light, 200 - 120 * y])).astype(np.uint8)
        if channels == 4:
            pixels = np.dstack([pixels, np.where((x > 0.2) & (x < 0.7) & (y < 0.4), 255, 0).astype(np.uint8)])
        yield Image(np.ascontiguousarray(pixels[..., 0]) if channels == 1 else pixels)


def test_fit_keeps_the_middle_the_whole_or_the_frame():
    pixels = np.zeros((10, 30, 3), np.uint8)
    pixels[:, 10:20] = 255
    wide = Image(pixels, "t", {"a": "b"})
    cropped = fit(wide, 10, 10)
    assert (cropped.pixels[:, 2:8] > 250).all()
    assert (cropped.title, cropped.labels) == ("t", {"a": "b"})
    padded = fit(wide, 30, 30, "pad")
    assert np.array_equal(padded.pixels[10:20], pixels)
    assert not padded.pixels[:10].any()
    assert fit(wide, 5, 20, "stretch").pixels.shape == (20, 5, 3)
    clear = np.zeros((4, 8, 4), np.uint8)
    clear[:, :4] = (255, 0, 0, 255)
    assert fit(Image(clear), 8, 8, "pad").pixels[0].max() == 0
    small = fit(Image(clear), 4, 2, "stretch").pixels
    assert (small[small[..., 3] > 200][:, 0] > 250).all()  # colours do not bleed out of what is transparent
    assert fit(wide, 30, 10) is wide
    with pytest.raises(ValueError, match="squeeze"):
        fit(wide, 3, 3, "squeeze")


def test_oklab_and_back():
    colours = np.random.default_rng(0).integers(0, 256, (500, 3), dtype=np.uint8)
    assert np.abs(srgb(oklab(colours)).astype(int) - colours).max() <= 1
    white, grey = oklab(np.array([[255, 255, 255], [119, 119, 119]], np.uint8))
    assert np.allclose(white, (1, 0, 0), atol=1e-3)
    assert np.allclose(grey[1:], 0, atol=1e-3)


def test_a_sheet_places_each_picture_in_its_cell():
    works = [Image(np.full((4, 6, 3), 40 * i, np.uint8)) for i in range(5)]
    page = sheet(works, columns=3, gap=2, scale=2, background=(200, 210, 220))
    assert page.pixels.shape == (2 * 8 + 3 * 2, 3 * 12 + 4 * 2, 3)
    assert page.pixels[0, 0].tolist() == [200, 210, 220]
    assert [int(page.pixels[2 + i // 3 * 10, 2 + i % 3 * 14, 0]) for i in range(5)] == [0, 40, 80, 120, 160]
    assert page.pixels[-5, -5].tolist() == [200, 210, 220]  # the sixth cell is empty
    assert sheet(works).pixels.shape[1] == 3 * 6 + 4 * 8


def test_a_sheet_of_mixed_kinds_sizes_and_captions():
    works = [Image(drawn(40, 20, 1)), Image(drawn(20, 40, 4)), Image(drawn(30, 30, 3))]
    captions = ["first", "a caption that is much longer than its picture is wide", ""]
    page = sheet(works, 3, captions=captions)
    assert page.pixels.shape[2] == 3
    assert page.height > 40 + 2 * 8
    ink = (page.pixels[48:].min(2) < 128).reshape(page.height - 48, -1)
    assert ink[:, 8:48].any()
    assert not ink[:, 104:].any()
    assert sheet(works, background=(0, 0, 0, 0)).pixels[0, 0].tolist() == [0, 0, 0, 0]
    with pytest.raises(ArtengineError, match="no pictures"):
        sheet([])
    with pytest.raises(ArtengineError, match="too large"):
        sheet(works, scale=1000)
    with pytest.raises(ValueError, match="2 captions for 3"):
        sheet(works, captions=["a", "b"])


@pytest.mark.parametrize("ending", [".gif", ".webp", ".mp4", ""])
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_films_hold_their_frames_and_recipe_and_are_the_same_every_time(tmp_path, ending, channels):
    if ending == ".mp4":
        pytest.importorskip("av")
    paths = [film(frames(channels=channels), tmp_path / f"{name}{ending}", fps=12, recipe=RECIPE) for name in "ab"]
    assert film_recipe(paths[0]) == RECIPE
    one, other = (sorted(p.iterdir()) if p.is_dir() else [p] for p in paths)
    assert [p.read_bytes() for p in one] == [p.read_bytes() for p in other]
    assert sorted(p.name for p in tmp_path.iterdir()) == [f"a{ending}", f"b{ending}"]  # nothing half-made is left
    assert film_recipe(film(frames(1, channels), tmp_path / f"c{ending}")) is None
    shown = _decoded(paths[0])
    assert len(shown) == 7
    for found, work in zip(shown, frames(channels=channels), strict=True):
        expected = np.array(Pillow.fromarray(work.pixels).convert("RGBA"))
        if channels == 4 and ending in (".gif", ".webp", ""):
            assert np.array_equal(found[..., 3] > 127, expected[..., 3] > 127)
        seen = expected[..., 3] > 127
        assert np.abs(found[:21, :33][seen][:, :3].astype(int) - expected[seen][:, :3]).mean() < 6
        if channels == 4 and ending == ".mp4":
            assert found[20, 32, :3].min() > 225  # on white


def _decoded(path):
    if path.is_dir():
        return [np.array(Pillow.open(p).convert("RGBA")) for p in sorted(path.iterdir())]
    if path.suffix == ".mp4":
        import av

        with av.open(str(path)) as container:
            assert container.streams.video[0].average_rate == 12
            return [np.array(frame.to_image().convert("RGBA")) for frame in container.decode(video=0)]
    with Pillow.open(path) as picture:
        shown, times = [], []
        for n in range(picture.n_frames):
            picture.seek(n)
            shown.append(np.array(picture.convert("RGBA")))
            times.append(picture.info["duration"])
        assert picture.info["loop"] == 0
        assert abs(sum(times) - 7 * 1000 / 12) <= 10  # rounding does not add up
        return shown


def test_gif_keeps_every_colour_of_a_frame_with_few(tmp_path):
    pixels = np.random.default_rng(0).integers(0, 6, (20, 20, 3), dtype=np.uint8) * 51
    film([Image(pixels), Image(pixels[::-1])], tmp_path / "a.gif", loop=False)
    with Pillow.open(tmp_path / "a.gif") as picture:
        assert "loop" not in picture.info
        assert np.array_equal(np.array(picture.convert("RGB")), pixels)
        picture.seek(1)
        assert np.array_equal(np.array(picture.convert("RGB")), pixels[::-1])


def test_frames_are_asked_for_only_as_fast_as_they_are_written(tmp_path, monkeypatch):
    from artengine.pictures.frames import Frames

    written, ahead, gate = [], [], threading.Event()
    put = Frames.put

    def slow(self, prepared):
        gate.wait(5)
        put(self, prepared)
        written.append(1)

    def making():
        for n in range(60):
            if n == films.AHEAD:
                gate.set()  # until here nothing is written
            ahead.append(n - len(written))
            yield Image(drawn(seed=n))

    monkeypatch.setattr(Frames, "put", slow)
    film(making(), tmp_path / "out")
    assert len(written) == 60
    assert films.AHEAD - 1 <= max(ahead) <= films.AHEAD + 3


def test_a_failure_in_making_or_writing_leaves_nothing(tmp_path, monkeypatch):
    def failing():
        yield from frames(3)
        raise RuntimeError("the model broke")

    for ending in (".gif", ".webp", ""):
        with pytest.raises(RuntimeError, match="the model broke"):
            film(failing(), tmp_path / f"a{ending}")
    from artengine.pictures.gif import Gif

    monkeypatch.setattr(Gif, "put", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    (tmp_path / "old.gif").write_bytes(b"as it was")
    with pytest.raises(ArtengineError, match="No space left"):
        film(frames(100), tmp_path / "old.gif")
    assert [p.name for p in tmp_path.iterdir()] == ["old.gif"]
    assert (tmp_path / "old.gif").read_bytes() == b"as it was"


def test_what_no_film_can_be_made_of(tmp_path, monkeypatch):
    for made, name, how, word in (([], "a.gif", {}, "no frames"), (frames(), "a.avi", {}, "avi"), (frames(), "a.gif", {"fps": 60}, "60"),
                                  (frames(), "a.mp4", {"fps": 0}, "0 frames"), (frames(), "nowhere/a.gif", {}, "cannot be written"),
                                  ([*frames(2), Image(drawn(9, 9))], "a.webp", {}, "Frame 3 has 9 × 9")):
        with pytest.raises(ArtengineError, match=word):
            film(made, tmp_path / name, **how)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "kept.txt").write_text("kept")
    with pytest.raises(ArtengineError, match="something in"):
        film(frames(), tmp_path / "full")
    monkeypatch.setitem(sys.modules, "av", None)
    with pytest.raises(ArtengineError, match="package av") as caught:
        film(frames(), tmp_path / "a.mp4")
    assert "artengine[film]" in caught.value.advice
    assert sorted(p.name for p in tmp_path.iterdir()) == ["full"]
    assert film_recipe(tmp_path / "nothing.gif") is None
