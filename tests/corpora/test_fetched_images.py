"""Pictures that are fetched: here from a server on this machine."""

import gzip
import hashlib
import io
import zipfile

import numpy as np
import pytest
from PIL import Image as Pillow
from tests.corpora.test_text_corpora import server  # noqa: F401  # a fixture

from artengine.corpus import open as open_corpus
from artengine.errors import ArtengineError, Unreachable
from artengine.runs import LocalRun
from artengine_corpora import fetched_images
from artengine_corpora.fetching import Remote


def idx(array):
    head = bytes((0, 0, 8, array.ndim)) + b"".join(side.to_bytes(4, "big") for side in array.shape)
    return gzip.compress(head + array.tobytes(), mtime=0)


@pytest.fixture
def clothes(server, monkeypatch):  # noqa: F811
    random = np.random.default_rng(0)
    for part, count in (("train", 12), ("t10k", 5)):
        server.files[f"/{part}-images-idx3-ubyte.gz"] = idx(random.integers(0, 256, (count, 28, 28), np.uint8))
        server.files[f"/{part}-labels-idx1-ubyte.gz"] = idx((np.arange(count) % 10).astype(np.uint8))
    monkeypatch.setattr(fetched_images.FashionMnist, "address", f"{server.url}/")
    monkeypatch.setattr(fetched_images.FashionMnist, "sums", {name[1:]: hashlib.sha256(data).hexdigest() for name, data in server.files.items()})
    return server


def test_pictures_come_with_their_labels_and_are_kept(clothes, monkeypatch):
    clothes.breaks = [100]
    corpus = open_corpus("fashion-mnist", "image", LocalRun())
    works = list(corpus)
    assert [work.labels["label"] for work in works[:3]] == ["t-shirt", "trousers", "pullover"]
    assert works[9].title == "Ankle-boot"
    assert works[0].pixels.shape == (28, 28)
    assert len(works) == 12
    assert "MIT" in corpus.licence
    asked = len(clothes.asked)
    assert asked == 3  # the first file in two goes
    before = corpus.fingerprint()
    clothes.close()
    monkeypatch.setenv("ARTENGINE_OFFLINE", "1")
    again = open_corpus("fashion-mnist", "image", LocalRun())
    assert [work.labels for work in again] == [work.labels for work in works]
    assert again.fingerprint() == before


@pytest.mark.parametrize(("part", "count"), [("test", 5), ("all", 17)])
def test_the_test_pictures_are_another_part(clothes, part, count):
    corpus = fetched_images.FashionMnist(None, fetched_images.StackOptions(part=part), LocalRun())
    assert len(list(corpus)) == count


def test_other_content_is_not_taken(clothes):
    clothes.files["/train-images-idx3-ubyte.gz"] = b"<html>gone</html>"
    with pytest.raises(ArtengineError, match="not the file this recipe was written for"):
        list(open_corpus("fashion-mnist", "image", LocalRun()))


def test_without_a_connection_it_says_what_to_do(clothes, monkeypatch):
    monkeypatch.setenv("ARTENGINE_OFFLINE", "1")
    with pytest.raises(Unreachable, match="ARTENGINE_OFFLINE"):
        list(open_corpus("kmnist", "image", LocalRun()))


def test_every_recipe_has_a_checksum_for_every_file():
    for corpus in (fetched_images.Mnist, fetched_images.FashionMnist, fetched_images.Kmnist):
        assert len(set(corpus.sums.values())) == 4
        assert all(len(value) == 64 and int(value, 16) for value in corpus.sums.values())
        assert len(set(corpus.classes)) == 10


def png(shade, alpha):
    file = io.BytesIO()
    Pillow.fromarray(np.full((32, 32, 4), (shade, 0, 0, alpha), np.uint8)).save(file, "PNG")
    return file.getvalue()


@pytest.fixture
def tiles(server, monkeypatch):  # noqa: F811
    file, root = io.BytesIO(), "Dungeon Crawl Stone Soup Full/"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(f"{root}monster/undead/bone_dragon.png", png(9, 0))
        archive.writestr(f"{root}monster/adder.png", png(200, 255))
        archive.writestr(f"{root}item/ring/gold.png", png(100, 255))
        archive.writestr(f"{root}item/broken.png", b"\x89PNG nothing more")
        archive.writestr(f"{root}LICENSE.txt", "CC0")
    server.files["/tiles.zip"] = file.getvalue()
    monkeypatch.setattr(fetched_images.CrawlTiles, "remote", lambda self: Remote(f"{server.url}/tiles.zip", "tiles.zip", holds=root))
    return server


def test_tiles_are_told_by_their_folders(tiles):
    run = LocalRun()
    works = list(open_corpus("crawl-tiles", "image", run))
    assert [(work.title, work.labels["label"], work.labels["kind"]) for work in works] == [
        ("Gold", "item", "ring"), ("Adder", "monster", "monster"), ("Bone dragon", "monster", "undead")]
    assert works[2].pixels.shape == (32, 32, 4)
    assert [source for source, _ in run.skipped] == ["item/broken.png"]
    assert len(tiles.asked) == 1
    only = fetched_images.CrawlTiles(None, fetched_images.TileOptions(only="monster"), LocalRun())
    assert [work.title for work in only] == ["Adder", "Bone dragon"]
    with pytest.raises(ArtengineError, match='no tiles called "monsters"'):
        list(fetched_images.CrawlTiles(None, fetched_images.TileOptions(only="monsters"), LocalRun()))
    assert len(tiles.asked) == 1  # and kept


def test_a_login_page_is_not_taken_for_tiles(tiles):
    tiles.files["/tiles.zip"] = b"<html>Log in</html>"
    with pytest.raises(ArtengineError, match="login or error page"):
        list(open_corpus("crawl-tiles", "image", LocalRun()))
