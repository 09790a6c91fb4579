"""Pictures that are none, too large or too few, as a person meets them: one sentence each, and nothing lost."""

import struct
import zlib

import numpy as np
import pytest
from PIL import Image as Pillow
from tests.plugins.image.autoencoders import discs, generator_of, shelved, target, trained

import artengine
from artengine import options
from artengine.corpus import open as open_corpus
from artengine.errors import ArtengineError
from artengine.models import Model
from artengine.runs import LocalRun


def huge(path, side):
    """A PNG that says it is so large, in a hundred bytes."""
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 99)) + chunk(b"IEND", b""))


@pytest.fixture
def folder(tmp_path):
    place = tmp_path / "pictures"
    place.mkdir()
    for i, work in enumerate(discs(6)):
        Pillow.fromarray(work.pixels).save(place / f"good-{i}.png")
    Pillow.fromarray(discs(7)[6].pixels).convert("CMYK").save(place / "cmyk.jpg")
    Pillow.fromarray((np.arange(256, dtype=np.uint16) * 257).reshape(16, 16)).save(place / "sixteen-bits.png")
    frames = [Pillow.fromarray(work.pixels) for work in discs(10)[7:]]
    frames[0].save(place / "animated.gif", save_all=True, append_images=frames[1:])
    Pillow.fromarray(discs(11, 24, 40)[10].pixels).save(place / "other-size.webp", lossless=True)
    Pillow.fromarray(discs(12)[11].pixels).save(place / "jpeg-indeed.png", "JPEG")
    whole = (place / "good-0.png").read_bytes()
    (place / "truncated.png").write_bytes(whole[:len(whole) // 2])
    (place / "zero.png").write_bytes(b"")
    (place / "words.png").write_text("not a picture at all")
    huge(place / "huge.png", 20_000)
    return place


BAD = {"truncated.png": "ends too early", "zero.png": "empty", "words.png": "not a picture but text",
       "huge.png": "400,000,000 pixels; at most 80,000,000"}


@pytest.mark.parametrize("name", ["image-vae", "image-cppn"])
def test_a_folder_of_all_kinds_is_learnt_from_and_the_bad_are_named(folder, name):
    run = LocalRun()
    _, cls = target(name)
    generator = cls(Model(name, options.make(target(name)[0].options, {"size": "16x16"}), {}), run)
    arrays = generator.prepare(open_corpus(folder, "image", run))
    assert len(arrays["pictures"]) == 11
    skipped = dict(run.skipped)
    assert skipped.keys() == BAD.keys()
    assert all(said in skipped[file] for file, said in BAD.items())


@pytest.mark.parametrize("name", ["image-vae", "image-cppn"])
@pytest.mark.parametrize(("pictures", "says"), [
    ([], "no usable picture"), ([0], "one picture|one usable"), ([0, 0, 0], "one picture, 3 times"), (["black", "black"], "one picture, 2 times"),
    (["black", "dark"], "Nothing is to be seen")])
def test_too_little_to_learn_from_is_said_before_anything_is_made(name, pictures, says):
    from artengine.works import Image

    shades = {"black": 0, "dark": 1}
    works = [Image(np.full((16, 16, 3), shades[p], np.uint8)) if isinstance(p, str) else discs(1)[p] for p in pictures]
    part, cls = target(name)
    with pytest.raises(ArtengineError, match=says) as caught:
        cls(Model(name, options.make(part.options, {}), {}), LocalRun()).prepare(works)
    assert caught.value.advice


@pytest.fixture
def studio(tmp_path):
    return shelved(tmp_path / "studio")


@pytest.mark.parametrize("name", ["image-vae", "image-cppn"])
@pytest.mark.parametrize("file", [*BAD, "nowhere.png"])
def test_a_walk_from_what_is_no_picture_is_refused_and_leaves_nothing(studio, folder, name, file):
    said = BAD.get(file, "nowhere.png")
    with pytest.raises(ArtengineError) as caught:
        artengine.interpolate(name, folder / file, 8, model=f"{name}-small", frames=4, studio=studio, save=studio / "walk.gif")
    assert said in caught.value.wrong
    assert "seed" in caught.value.advice
    assert not list(studio.glob("walk*"))


@pytest.mark.parametrize("kind", ["grey.png", "cmyk.jpg", "animated.gif", "other-size.webp", "sixteen-bits.png", "jpeg-indeed.png"])
def test_any_picture_can_be_encoded(folder, kind):
    from artengine_image import reading

    if kind == "grey.png":
        Pillow.fromarray(discs(1, channels=1)[0].pixels).save(folder / "grey.png")
    generator = generator_of(trained("image-vae")[0])
    z = generator.encode(reading.read(folder / kind))
    assert z.shape == (1, generator.latent_dim)
    assert np.isfinite(z).all()
