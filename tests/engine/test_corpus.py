import json
import os
import subprocess
import time

import numpy as np
import pytest
from toys import python, write_texts

from artengine import arrays, corpus, plugins, reading
from artengine.errors import ArtengineError, Interrupted
from artengine.models import Model
from artengine.runs import LocalRun

pytestmark = pytest.mark.usefixtures("toy")


def writer(run, **options):
    part = plugins.load("toy-writer")
    return plugins.target(part)(Model.fresh(part, part.options(**options)), run), part


def prepare(path, run=None):
    run = run or LocalRun()
    generator, part = writer(run)
    return corpus.prepared(generator, part, corpus.open(path, "text", run), run)


def test_a_folder_is_read_in_order_and_bad_files_cost_only_themselves(texts):
    (texts / "005b.toy").write_text("", "utf-8")
    (texts / "010b.toy").write_text("segfault", "utf-8")
    (texts / "010c.toy").write_text("segfault again", "utf-8")
    (texts / "020b.toy").write_text("bug", "utf-8")
    (texts / "021b.toy").write_text("chatty " * 5, "utf-8")
    (texts / "022b.toy").write_bytes(b"\xff\xfe\x00")
    run = LocalRun()
    titles = [work.title for work in corpus.open(texts, "text", run)]
    bad = {"005b.toy", "010b.toy", "010c.toy", "020b.toy", "022b.toy"}
    assert titles == [p.name for p in sorted(texts.iterdir()) if p.name not in bad]
    reasons = {os.path.basename(source): reason for source, reason in run.skipped}
    assert reasons.keys() == bad
    assert reasons["005b.toy"] == "it is empty."
    assert "crashed" in reasons["010b.toy"]
    assert "KeyError" in reasons["020b.toy"]


def test_a_reader_that_hangs_is_given_up(texts, monkeypatch):
    monkeypatch.setattr(reading, "PATIENCE", 0.0)
    answers = reading.Worker(reading.Source("toy-files", texts, None)).read([str(texts / "000.toy")])
    assert "took longer" in answers[0].skipped[0][1]


def test_stopping_while_reading(texts):
    run = LocalRun()
    run.stop()
    with pytest.raises(Interrupted):
        list(corpus.open(texts, "text", run))
    with pytest.raises(Interrupted):
        prepare(texts, run)


def test_the_second_time_comes_from_the_cache(texts, monkeypatch):
    (texts / "900.toy").write_text("ab", "utf-8")
    (texts / "901.toy").write_text("", "utf-8")
    first = prepare(texts)
    assert (first.works, len(first.skipped)) == (30, 2)
    assert not first["rows"].flags.writeable
    assert isinstance(first["rows"], np.memmap)
    monkeypatch.setattr(corpus.Opened, "__iter__", lambda self: pytest.fail("read again"))
    run = LocalRun()
    second = prepare(texts, run)
    assert np.array_equal(first["rows"], second["rows"])
    assert second["ballast"].shape == (0, 1024)
    assert run.skipped == list(first.skipped) == list(second.skipped)
    assert corpus.summary(second.works, second.skipped).startswith("Skipped 2 of 32: ")


def test_changed_content_is_prepared_again(texts):
    first = prepare(texts)
    (texts / "000.toy").write_text("quite another text", "utf-8")
    assert len(prepare(texts)["rows"]) != len(first["rows"])


def test_damaged_arrays_are_prepared_again(texts):
    first = prepare(texts)
    folder = arrays.cache() / "arrays" / first.key
    rows = np.array(first["rows"])
    (folder / "0.npy").write_bytes(b"rubbish" * 1000)
    assert np.array_equal(prepare(texts)["rows"], rows)
    assert arrays.load(first.key) is not None


def test_processes_may_prepare_the_same_corpus_at_once(texts):
    code = ("import sys, numpy as np; from artengine import arrays\n"
            "for i in range(20): arrays.keep('key', {'a': np.full(5000, 7)}, {'i': i})\n"
            "assert (arrays.load('key')[0]['a'] == 7).all()")
    processes = [subprocess.Popen(python("-c", code)) for _ in range(3)]
    assert [p.wait() for p in processes] == [0, 0, 0]
    assert [p.name for p in (arrays.cache() / "arrays").iterdir()] == ["key"]


def test_the_cache_is_bounded_and_the_oldest_use_goes_first():
    for i, name in enumerate(("old", "used", "new")):
        arrays.keep(name, {"a": np.zeros(10_000)}, {})
        os.utime(arrays.cache() / "arrays" / name / arrays.NOTE, (i + 1, i + 1))
    mapped, _ = arrays.load("old")  # using it makes it the newest
    arrays.evict(arrays.cache() / "arrays", limit=170_000)
    assert {p.name for p in (arrays.cache() / "arrays").iterdir()} == {"old", "new"}
    arrays.evict(arrays.cache() / "arrays", limit=0)
    assert mapped["a"].sum() == 0  # a map that is open stays valid


def test_the_cache_cannot_be_written(texts, monkeypatch, tmp_path):
    (tmp_path / "file").write_text("in the way", "utf-8")
    monkeypatch.setenv("ARTENGINE_CACHE", str(tmp_path / "file"))
    with pytest.raises(ArtengineError, match="ARTENGINE_CACHE"):
        prepare(texts)


def test_a_fingerprint_is_of_content_alone(texts, tmp_path):
    def of(folder):
        return corpus.fingerprint_files(corpus.walk(folder, ("toy",)))

    before = of(texts)
    other = tmp_path / "other"
    other.mkdir()
    for i, file in enumerate(sorted(texts.iterdir(), reverse=True)):
        (other / f"x{i}.toy").write_bytes(file.read_bytes())
    assert of(other) == before
    (texts / "000.toy").write_bytes((texts / "000.toy").read_bytes()[::-1])
    assert of(texts) != before


def test_a_fingerprint_is_remembered_until_the_file_changes(texts, monkeypatch):
    old = time.time() - 60
    for file in texts.iterdir():
        os.utime(file, (old, old))
    files = sorted(texts.iterdir())
    before = corpus.fingerprint_files(files)
    opened = []
    real = type(texts).open
    monkeypatch.setattr(type(texts), "open", lambda self, *a, **k: (opened.append(self.name), real(self, *a, **k))[1])
    assert corpus.fingerprint_files(files) == before
    assert opened == []
    files[3].write_bytes(files[3].read_bytes()[::-1])
    opened.clear()
    assert corpus.fingerprint_files(files) != before
    assert "003.toy" in opened
    assert "004.toy" not in opened


@pytest.mark.parametrize(("name", "said"), [
    ("toy-flies", 'no text corpus "toy-flies"'), ("./nowhere/at-all", "no file or folder")])
def test_an_unknown_corpus(name, said):
    with pytest.raises(ArtengineError, match=said) as caught:
        corpus.open(name, "text", LocalRun())
    if "flies" in name:
        assert 'Did you mean "toy-files"?' in caught.value.advice


def test_folders_with_nothing_to_read(tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(ArtengineError, match="There is no file") as caught:
        corpus.open(tmp_path / "empty", "text", LocalRun())
    assert ".toy" in caught.value.advice
    (tmp_path / "others").mkdir()
    for name in ("a.pdf", "b.pdf", "README"):
        (tmp_path / "others" / name).write_text("x", "utf-8")
    with pytest.raises(ArtengineError, match=r"2 \.pdf, 1 without an ending"):
        corpus.open(tmp_path / "others", "text", LocalRun())


def test_a_corpus_with_nothing_usable_lists_the_reasons(tmp_path):
    folder = write_texts(tmp_path / "bad", 0)
    for i in range(3):
        (folder / f"{i}.toy").write_text("ab", "utf-8")
    (folder / "9.toy").write_text("", "utf-8")
    with pytest.raises(ArtengineError) as caught:
        prepare(folder)
    assert "too short (3, the first is 0.toy), it is empty (" in caught.value.wrong
    assert not list((tmp_path / "cache").glob("arrays/*"))


def test_reasons_are_counted_and_bounded():
    skipped = [(f"{i}.mid", f"reason {i % 6}") for i in range(20)]
    assert corpus.reasons(skipped, most=2) == ("reason 0 (4, the first is 0.mid), reason 1 (4, the first is 1.mid) and 12 "
                                               "for other reasons")
    sentences = [("a.xml", "It is damaged (line 3)."), ("b.xml", "It is damaged (line 9).")]
    assert corpus.reasons(sentences) == "it is damaged (2, the first is a.xml)"
    assert corpus.summary(5, []) == ""
    json.dumps(skipped)
