import shutil

import numpy as np
import pytest
from PIL import Image as Pillow
from tests.plugins.image.files import drawn, idx, png

from artengine import corpus
from artengine.errors import ArtengineError
from artengine.runs import LocalRun
from artengine_corpora.image_folder import Options


def read(folder, **options):
    """The works of a folder, what was skipped, and the corpus."""
    with LocalRun() as run:
        opened = corpus.open(folder, "image", run, Options(**options))
        return list(opened), run.skipped, opened


def test_folders_are_labels_and_order_is_that_of_paths(tmp_path):
    for i, name in enumerate(("b/2.png", "a/1.png", "a/deep/3.png", "0.png", ".hidden/4.png")):
        png(tmp_path / name, seed=i)
    works, skipped, _ = read(tmp_path)
    assert [work.labels["source"] for work in works] == ["0.png", "a/1.png", "a/deep/3.png", "b/2.png"]
    assert [work.labels.get("label") for work in works] == [None, "a", "a/deep", "b"]
    assert [work.title for work in works] == ["0", "1", "3", "2"]
    assert not skipped
    assert "label" not in read(tmp_path, labels="none")[0][1].labels


def test_labels_from_a_csv_by_path_name_or_stem(tmp_path):
    for i, name in enumerate(("a/1.png", "2.png", "3.png")):
        png(tmp_path / name, seed=i)
    (tmp_path / "labels.csv").write_text("file,mood,school\na/1.png,calm,grid\n2.png,wild,\n3,calm,ink\nmissing.png,x,y\n")
    works, skipped, _ = read(tmp_path)
    found = {work.title: {k: v for k, v in work.labels.items() if k != "source"} for work in works}
    assert found == {"1": {"mood": "calm", "school": "grid"}, "2": {"mood": "wild"}, "3": {"mood": "calm", "school": "ink"}}
    assert skipped == [("missing.png (a line of the labels)", "no such picture")]
    assert read(tmp_path, labels="folder")[0][-1].labels["label"] == "a"


def test_labels_that_match_nothing_are_an_error(tmp_path):
    png(tmp_path / "a.png")
    with pytest.raises(ArtengineError, match=r"no labels\.csv"):
        read(tmp_path, labels="csv")
    for content, word in (("file,label\nx.png,1\ny.png,2\n", "x.png"), ("file\na.png\n", "has no labels"), ("", "has no labels")):
        (tmp_path / "labels.csv").write_text(content)
        with pytest.raises(ArtengineError, match=word):
            read(tmp_path)


def test_duplicates_and_broken_files_are_counted_and_named(tmp_path):
    png(tmp_path / "a.png")
    png(tmp_path / "z.png", seed=3)
    shutil.copyfile(tmp_path / "a.png", tmp_path / "b.png")
    for name in ("c.png", "d.jpg"):
        (tmp_path / name).write_bytes(b"")
    (tmp_path / "e.png").write_bytes((tmp_path / "a.png").read_bytes()[:100])
    (tmp_path / "f.gif").write_text("not a picture")
    works, skipped, _ = read(tmp_path)
    assert [work.title for work in works] == ["a", "z"]
    assert dict(skipped) == {"b.png (as a.png)": "the same picture again", "c.png": "The file is empty.",
                             "d.jpg": "The file is empty.", "e.png": "The picture ends too early.",
                             "f.gif": "It is not a picture but text."}
    told = corpus.summary(len(works), skipped)
    assert told.startswith("Skipped 5 of 7: the file is empty (2, the first is c.png)")
    assert [work.title for work in read(tmp_path, duplicates=True)[0]] == ["a", "b", "z"]


def test_unreadable_files_and_dead_links_cost_no_others(tmp_path):
    png(tmp_path / "a.png")
    (tmp_path / "b.png").symlink_to(tmp_path / "nowhere.png")
    works, skipped, opened = read(tmp_path)
    assert len(works) == 1
    assert skipped[0][0] == "b.png"
    assert opened.fingerprint()


@pytest.mark.parametrize("fit", ["crop", "pad", "stretch"])
def test_pictures_of_all_sizes_come_to_one(tmp_path, fit):
    for i, (width, height, channels) in enumerate(((30, 10, 3), (10, 30, 4), (7, 7, 1), (200, 100, 3))):
        png(tmp_path / f"{i}.png", width=width, height=height, channels=channels)
    works, _, _ = read(tmp_path, size="24x16", fit=fit)
    assert [work.pixels.shape for work in works] == [(16, 24, 3), (16, 24, 4), (16, 24), (16, 24, 3)]
    assert {(w.width, w.height) for w in read(tmp_path, size="9", fit=fit)[0]} == {(9, 9)}


@pytest.mark.parametrize("size", ["0x9", "axb", "1x2x3", "-4", "x", "99999"])
def test_sizes_that_are_none(tmp_path, size):
    png(tmp_path / "a.png")
    with pytest.raises(ArtengineError, match=size):
        read(tmp_path, size=size)


def test_frames_on_demand(tmp_path):
    frames = [Pillow.fromarray(drawn(seed=seed)) for seed in range(3)]
    frames[0].save(tmp_path / "a.gif", save_all=True, append_images=frames[1:])
    assert len(read(tmp_path)[0]) == 1
    assert [work.labels["frame"] for work in read(tmp_path, frames=True)[0]] == ["1", "2", "3"]


def test_arrays_beside_files_with_their_repeats_named(tmp_path):
    pixels = np.stack([drawn(9, 9, 4, seed) for seed in (0, 1, 0, 2)])
    np.savez(tmp_path / "tiles.npz", images=pixels, names=np.array(["n0", "n1", "n2", "n3"]))
    png(tmp_path / "z.png")
    idx(tmp_path / "t-images-idx3-ubyte.gz", np.stack([drawn(6, 6, 1, s) for s in range(3)]))
    idx(tmp_path / "t-labels-idx1-ubyte.gz", np.array([5, 6, 7], np.uint8))
    works, skipped, opened = read(tmp_path)
    assert [work.title for work in works] == ["", "", "", "n0", "n1", "n3", "z"]
    assert [work.labels["label"] for work in works[:3]] == ["5", "6", "7"]
    assert skipped == [("tiles.npz#2 (as #0)", "the same picture again")]
    before = opened.fingerprint()
    idx(tmp_path / "t-labels-idx1-ubyte.gz", np.array([5, 6, 8], np.uint8))
    assert read(tmp_path)[2].fingerprint() != before
    assert len(read(tmp_path / "tiles.npz")[0]) == 3
    (tmp_path / "tiles.npz").write_bytes(b"PK\x03\x04 and no more")
    assert [source for source, _ in read(tmp_path)[1]] == ["tiles.npz#0-0"]


def test_a_large_array_is_read_in_pieces_that_are_the_whole(tmp_path):
    rng = np.random.default_rng(1)
    pixels = rng.integers(0, 256, (3000, 32, 32), dtype=np.uint8)
    np.savez(tmp_path / "a.npz", images=pixels)
    works, _, opened = read(tmp_path)
    assert len(opened.inner.pieces()) == 3
    assert all(np.array_equal(work.pixels, one) for work, one in zip(works, pixels, strict=True))


def test_the_fingerprint_is_that_of_content_and_labels(tmp_path):
    for i, name in enumerate(("a/1.png", "a/2.png", "b/3.png")):
        png(tmp_path / "x" / name, seed=i)
    first = read(tmp_path / "x")[2].fingerprint()
    shutil.copytree(tmp_path / "x", tmp_path / "y")
    assert read(tmp_path / "y")[2].fingerprint() == first
    (tmp_path / "y/a/1.png").rename(tmp_path / "y/a/another.png")
    assert read(tmp_path / "y")[2].fingerprint() == first
    (tmp_path / "y/a/another.png").rename(tmp_path / "y/b/1.png")  # another label
    assert read(tmp_path / "y")[2].fingerprint() != first
    assert read(tmp_path / "y", labels="none")[2].fingerprint() == read(tmp_path / "x", labels="none")[2].fingerprint()


def test_nothing_usable_and_no_folder(tmp_path):
    (tmp_path / "a.txt").write_text("words")
    with pytest.raises(ArtengineError, match="can be read as image"):
        read(tmp_path)
    png(tmp_path / "one" / "a.png")
    (tmp_path / "one" / "LICENCE").write_text("CC0-1.0\n")
    works, _, opened = read(tmp_path / "one" / "a.png")
    assert len(works) == 1
    assert opened.licence == "CC0-1.0 (see LICENCE in the corpus folder)"
