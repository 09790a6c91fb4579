import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow
from PIL import ImageCms
from tests.plugins.image.files import drawn, huge_png, idx, png

from artengine.errors import ArtengineError
from artengine.pictures import fit
from artengine.works import Image
from artengine_image import reading, stacks


def one(path: Path, **how) -> np.ndarray:
    (work,) = reading.read(path, **how)
    return work.pixels


@pytest.mark.parametrize("ending", ["png", "tif", "webp", "bmp"])
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_formats_without_loss_give_the_very_pixels(tmp_path, ending, channels):
    if ending == "bmp" and channels == 4:
        pytest.skip("BMP's alpha is not written by Pillow")
    pixels, path = drawn(channels=channels), tmp_path / f"a.{ending}"
    Pillow.fromarray(pixels).save(path, **({"lossless": True, "exact": True} if ending == "webp" else {}))
    expected = np.repeat(pixels[..., None], 3, 2) if ending == "webp" and channels == 1 else pixels
    assert np.array_equal(one(path), expected)


def test_a_jpeg_is_close_and_its_orientation_is_honoured(tmp_path):
    pixels = drawn(64, 48)
    exif = Pillow.Exif()
    exif[0x0112] = 6  # to be turned a quarter clockwise
    Pillow.fromarray(pixels).save(tmp_path / "a.jpg", quality=95, subsampling=0, exif=exif)
    found = one(tmp_path / "a.jpg")
    assert found.shape == (64, 48, 3)
    assert np.abs(found.astype(int) - np.rot90(pixels, -1)).mean() < 4


def test_a_large_jpeg_at_a_small_size_is_the_small_picture_of_the_whole(tmp_path):
    pixels = drawn(640, 480)
    Pillow.fromarray(pixels).save(tmp_path / "a.jpg", quality=95)
    found = one(tmp_path / "a.jpg", size=(64, 48), how="crop")
    assert found.shape == (48, 64, 3)
    assert np.abs(found.astype(int) - fit(Image(pixels), 64, 48).pixels).mean() < 3


def test_palette_with_a_transparent_colour_is_rgba(tmp_path):
    indexed = Pillow.fromarray(np.array([[0, 1], [2, 0]], np.uint8))
    indexed.putpalette([10, 20, 30, 40, 50, 60, 70, 80, 90])
    indexed.save(tmp_path / "a.png", transparency=0)
    found = one(tmp_path / "a.png")
    assert found[..., 3].tolist() == [[0, 255], [255, 0]]
    assert found[0, 1, :3].tolist() == [40, 50, 60]


def test_palette_bilevel_and_grey_with_alpha(tmp_path):
    Pillow.fromarray(drawn()).quantize(16).save(tmp_path / "p.png")
    assert one(tmp_path / "p.png").shape == (16, 24, 3)
    Pillow.fromarray(drawn(channels=1)).convert("1").save(tmp_path / "b.png")
    assert set(one(tmp_path / "b.png").ravel().tolist()) == {0, 255}
    Pillow.fromarray(drawn(channels=4)).convert("LA").save(tmp_path / "la.png")
    assert one(tmp_path / "la.png").shape == (16, 24, 4)


def test_sixteen_bits_are_scaled_and_not_clipped(tmp_path):
    deep = (np.arange(256, dtype=np.uint16) * 257).reshape(16, 16)
    Pillow.fromarray(deep).save(tmp_path / "a.png")
    Pillow.fromarray(deep).save(tmp_path / "a.tif")
    expected = np.arange(256).reshape(16, 16)
    assert np.array_equal(one(tmp_path / "a.png"), expected)
    assert np.array_equal(one(tmp_path / "a.tif"), expected)


def test_a_tiff_of_floats_may_hold_what_is_no_number(tmp_path):
    values = np.linspace(0, 1, 64, dtype=np.float32).reshape(8, 8)
    values[0, 1] = np.nan
    Pillow.fromarray(values).save(tmp_path / "a.tif")
    found = one(tmp_path / "a.tif")
    assert (found[0, 0], found[0, 1], found[7, 7]) == (0, 0, 255)


def test_cmyk_is_turned_to_the_colours_of_a_screen(tmp_path):
    solid = Pillow.new("CMYK", (8, 8), (0, 255, 255, 0))  # magenta and yellow ink make red
    solid.save(tmp_path / "a.tif")
    solid.save(tmp_path / "a.jpg", quality=95)
    for name in ("a.tif", "a.jpg"):
        red, green, blue = one(tmp_path / name)[4, 4].tolist()
        assert red > 240
        assert max(green, blue) < 15


def test_a_colour_profile_is_applied_and_a_broken_one_passed_over(tmp_path):
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    # The same under another name, with its red and its blue exchanged.
    other = srgb.replace("sRGB".encode("utf-16-be"), "xRGB".encode("utf-16-be"))
    other = other.replace(b"rXYZ", b"tmp_").replace(b"bXYZ", b"rXYZ").replace(b"tmp_", b"bXYZ")
    pixels = drawn()
    Pillow.fromarray(pixels).save(tmp_path / "same.png", icc_profile=srgb)
    assert np.array_equal(one(tmp_path / "same.png"), pixels)
    clear = np.dstack([pixels, pixels[..., 0]])
    for given in (pixels, clear):
        Pillow.fromarray(given).save(tmp_path / "other.png", icc_profile=other)
        found = one(tmp_path / "other.png")
        assert np.abs(found[..., :3].astype(int) - pixels[..., ::-1]).max() <= 2
        assert np.array_equal(found[..., 3:], given[..., 3:])
    Pillow.fromarray(pixels).save(tmp_path / "junk.png", icc_profile=b"not a profile at all")
    assert np.array_equal(one(tmp_path / "junk.png"), pixels)


@pytest.mark.parametrize("ending", ["gif", "webp", "tif"])
def test_animated_files_give_the_first_frame_or_all(tmp_path, ending):
    frames = [Pillow.new("RGB", (8, 8), colour) for colour in ("red", "lime", "blue")]
    frames[0].save(tmp_path / f"a.{ending}", save_all=True, append_images=frames[1:],
                   **({"lossless": True} if ending == "webp" else {}))
    assert one(tmp_path / f"a.{ending}")[0, 0].tolist()[:3] == [255, 0, 0]
    works = reading.read(tmp_path / f"a.{ending}", frames=True)
    assert [work.pixels[4, 4].tolist()[:3] for work in works] == [[255, 0, 0], [0, 255, 0], [0, 0, 255]]
    assert [work.labels["frame"] for work in works] == ["1", "2", "3"]


def test_the_content_and_not_the_ending_says_what_a_file_is(tmp_path):
    pixels = png(tmp_path / "really.png")
    (tmp_path / "really.png").rename(tmp_path / "a.jpg")
    assert np.array_equal(one(tmp_path / "a.jpg"), pixels)


def refusal(path: Path, read=reading.read) -> str:
    with pytest.raises(ArtengineError) as caught:
        read(path)
    assert caught.value.advice
    assert path.name not in caught.value.wrong  # reasons are counted, so they must be alike
    return caught.value.wrong


@pytest.mark.parametrize("ending", ["png", "jpg", "gif", "tif", "webp", "bmp"])
def test_files_cut_anywhere_are_refused_in_a_short_sentence(tmp_path, ending):
    made = io.BytesIO()
    Pillow.fromarray(drawn(120, 80)).save(made, {"jpg": "JPEG", "tif": "TIFF"}.get(ending, ending.upper()))
    data, path = made.getvalue(), tmp_path / f"a.{ending}"
    for share in (0.02, 0.3, 0.6, 0.9):
        path.write_bytes(data[:int(len(data) * share)])
        assert len(refusal(path)) < 60


def test_junk_is_told_apart(tmp_path):
    path = tmp_path / "a.png"
    for content, word in ((b"", "empty"), (b"Dear diary,\nnothing today.\n" * 9, "text"), (b"%PDF-1.7 \xff\x00", "PDF"),
                          (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "SVG"), (bytes(range(256)), "not a picture"),
                          (b"\x89PNG\r\n\x1a\n", "PNG")):
        path.write_bytes(content)
        assert word in refusal(path)
    assert "opened" in refusal(tmp_path / "nowhere")


def test_a_flipped_byte_never_escapes_as_another_error(tmp_path):
    rng = np.random.default_rng(0)
    for ending in ("png", "jpg", "gif", "tif", "webp"):
        made = io.BytesIO()
        Pillow.fromarray(drawn(40, 30)).save(made, {"jpg": "JPEG", "tif": "TIFF"}.get(ending, ending.upper()))
        for _ in range(40):
            data = bytearray(made.getvalue())
            for at in rng.integers(0, len(data), 3):
                data[at] = rng.integers(0, 256)
            (tmp_path / "a").write_bytes(data)
            try:
                assert one(tmp_path / "a").dtype == np.uint8
            except ArtengineError:
                continue


@pytest.mark.parametrize("side", [9_500, 20_000])
def test_what_unpacks_to_too_much_is_refused_with_the_limit_before_it_is_decoded(tmp_path, side, monkeypatch):
    huge_png(tmp_path / "a.png", side, side)
    assert (tmp_path / "a.png").stat().st_size < 4_000_000
    monkeypatch.setattr(Pillow.Image, "load", lambda self: pytest.fail("it was decoded"))
    assert f"{side * side:,} pixels; at most {reading.LARGEST:,}" in refusal(tmp_path / "a.png")


def test_animations_are_counted_as_a_whole(tmp_path, monkeypatch):
    frames = [Pillow.new("RGB", (100, 100), (i, i, i)) for i in range(9)]
    frames[0].save(tmp_path / "a.gif", save_all=True, append_images=frames[1:])
    monkeypatch.setattr(reading, "LARGEST", 20_000)
    assert "9 frames" in refusal(tmp_path / "a.gif", lambda path: reading.read(path, frames=True))
    assert one(tmp_path / "a.gif").shape == (100, 100, 3)


def test_npz_with_names_and_categories(tmp_path):
    pixels = np.stack([drawn(8, 8, 4, seed) for seed in range(3)])
    np.savez_compressed(tmp_path / "a.npz", images=pixels, names=np.array(["x", "y", "z"]), category=np.array(["p", "q", "p"]),
                        of_another_length=np.arange(7))
    stack = stacks.read(tmp_path / "a.npz")
    assert [stack.work(i).title for i in range(3)] == ["x", "y", "z"]
    assert [stack.work(i).labels for i in range(3)] == [{"label": "p"}, {"label": "q"}, {"label": "p"}]
    assert np.array_equal(stack.work(2).pixels, pixels[2])


@pytest.mark.parametrize(("values", "first"), [
    (np.full((2, 3, 8, 9), 7, np.uint8), (8, 9, 3)), (np.full((2, 8, 9, 1), 7, np.uint8), (8, 9)),
    (np.full((2, 8, 9), 0x07FF, np.uint16), (8, 9)), (np.full((2, 8, 9), 7 / 255, np.float32), (8, 9)),
    (np.full((2, 8, 9, 3), 7, np.int64), (8, 9, 3))])
def test_arrays_of_other_types_and_shapes(values, first):
    found = stacks.bytes_of(values)
    assert found.shape == (2, *first)
    assert set(found.ravel().tolist()) == {7}


def test_arrays_that_are_no_pictures_are_refused(tmp_path):
    path = tmp_path / "a.npz"
    for values, word in ((np.full((2, 8, 9), np.nan), "nan"), (np.zeros((2, 8, 9, 5)), "no pictures"),
                         (np.full((2, 8, 9), 300), "300"), (np.zeros((0, 8, 9), np.uint8), "no pictures"),
                         (np.arange(5), "no array of pictures")):
        np.savez(path, images=values) if values.ndim > 1 else np.savez(path, values=values)
        assert word in refusal(path, stacks.read)
    np.savez(path, images=np.array([{"a": 1}], dtype=object))
    assert "npz" in refusal(path, stacks.read)  # pickled objects are never loaded
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("images.npy", b"no array")
    assert "npz" in refusal(path, stacks.read)


def test_idx_and_its_labels(tmp_path):
    pixels = np.stack([drawn(7, 5, 1, seed) for seed in range(4)])
    path = tmp_path / "t-images-idx3-ubyte.gz"
    idx(path, pixels)
    assert "label" not in stacks.read(path).work(0).labels
    idx(tmp_path / "t-labels-idx1-ubyte.gz", np.array([3, 1, 4, 1], np.uint8))
    stack = stacks.read(path)
    assert np.array_equal(stack.pixels, pixels)
    assert [stack.work(i).labels["label"] for i in range(4)] == ["3", "1", "4", "1"]
    idx(tmp_path / "t-labels-idx1-ubyte.gz", np.array([3, 1], np.uint8))
    assert "4 pictures and 2 labels" in refusal(path, stacks.read)


def test_broken_idx_is_refused(tmp_path):
    path = tmp_path / "a.gz"
    idx(path, np.zeros((4, 5, 6), np.uint8))
    whole = path.read_bytes()
    for content, word in ((b"", "empty"), (whole[:30], "early"), (b"not packed", "no gzip"), (whole[:-20] + bytes(20), "damaged")):
        path.write_bytes(content)
        assert word in refusal(path, stacks.read)
    idx(path, np.zeros(9, np.uint8))
    assert "labels" in refusal(path, stacks.read)
