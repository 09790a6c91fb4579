import json
import sqlite3
import subprocess
import sys
import threading

import pytest
from versestudio import save_model

import artengine
from artengine import catalog
from artengine.catalog import Catalog
from artengine.errors import ArtengineError
from artengine.studio import Studio


@pytest.fixture
def place(studio):
    return Studio(studio)


def test_works_are_listed_newest_first(cli, studio, place):
    cli("render", "--plugin", "verse", "--seed", 1, "--count", 3, "--critic", "vowels", "--title", "Ode",
        "--format", "verse,raw")
    save_model(studio / "models/mine.safetensors")
    cli("render", "--plugin", "verse-net", "--model", "mine", "--seed", 9)
    works = place.catalog.works()
    assert [(w["plugin"], w["seed"], w["model"], w["title"]) for w in works] == [
        ("verse-net", 9, "mine", ""), ("verse", 3, "", "Ode"), ("verse", 2, "", "Ode"), ("verse", 1, "", "Ode")]
    assert works[1]["files"] == [str(studio / f"works/verse-ode-seed3.{e}") for e in ("verse", "raw")]
    assert 0 < works[1]["scores"]["vowels"] < 1
    assert [w["seed"] for w in place.catalog.works("verse", 2)] == [3, 2]
    assert [(r["verb"], r["plugin"], r["detail"]) for r in place.catalog.runs()] == [
        ("render", "verse-net", {"count": 1, "seed": 9}), ("render", "verse", {"count": 3, "seed": 1})]

    (studio / "works/verse-ode-seed1.raw").unlink()
    code, out, _ = cli("works", "--plugin", "verse")
    assert code == 0
    assert len(out.splitlines()) == 4
    assert "works/verse-ode-seed1.verse, .raw (gone)" in out
    assert [w["seed"] for w in json.loads(cli("works", "--limit", 2, "--json")[1])] == [9, 3]


def test_an_empty_studio_has_no_works_and_gets_no_catalog(cli, studio):
    code, out, err = cli("works")
    assert (code, out) == (0, "")
    assert "artengine render --plugin NAME" in err
    assert cli("works", "--json")[1] == "[]\n"
    assert cli("works", "--plugin", "verze")[0] == 2
    assert not list(studio.iterdir())


def test_what_is_not_written_is_not_recorded(studio):
    artengine.render("verse")
    assert not list(studio.iterdir())


def test_a_run_that_failed_is_recorded_with_the_reason(cli, place):
    cli("render", "--plugin", "verse", "--count", 3, "--lazy")
    run = place.catalog.runs()[0]
    assert "made 1 of 3 works" in run["error"]
    assert len(place.catalog.works()) == 1


def test_it_is_sqlite_in_wal_mode_with_foreign_keys(cli, studio, place):
    cli("render", "--plugin", "verse")
    db = sqlite3.connect(studio / "catalog.db")
    assert db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert db.execute("PRAGMA user_version").fetchone() == (len(catalog.MIGRATIONS),)
    with place.catalog._open(catalog.WRITE) as own, pytest.raises(sqlite3.IntegrityError):
        own.execute("INSERT INTO judgements VALUES (99, 'x', 0.5, '{}', '[]')")


def test_migrations_bring_an_old_catalog_up_to_date_once_and_keep_its_works(cli, place, monkeypatch):
    cli("render", "--plugin", "verse", "--seed", 4)
    monkeypatch.setattr(catalog, "MIGRATIONS", (*catalog.MIGRATIONS, "ALTER TABLE works ADD COLUMN stars INTEGER; SELECT 1"))
    for _ in range(2):
        assert [w["seed"] for w in place.catalog.works()] == [4]
    with place.catalog._open() as db:
        assert db.execute("SELECT stars FROM works").fetchall() == [(None,)]


def test_a_catalog_of_a_newer_artengine_is_left_alone_and_the_work_kept(cli, studio):
    db = sqlite3.connect(studio / "catalog.db")
    db.execute("PRAGMA user_version = 99")
    db.close()
    with pytest.raises(ArtengineError, match="newer artengine"):
        Catalog(studio / "catalog.db").works()
    code, out, err = cli("render", "--plugin", "verse", "--seed", 1)
    assert (code, out) == (0, "works/verse-seed1.verse\n")
    assert "newer artengine" in err
    assert cli("works")[0] == 2


def test_a_damaged_catalog_is_said_and_costs_no_work(cli, studio):
    (studio / "catalog.db").write_text("not a database, " * 100)
    code, out, err = cli("render", "--plugin", "verse", "--seed", 1)
    assert (code, out) == (0, "works/verse-seed1.verse\n")
    assert err.startswith("Note: The catalog")
    assert err.endswith("is begun. The works are kept all the same.\n")
    code, _, err = cli("works")
    assert code == 2
    assert "cannot be used: file is not a database" in err


def test_many_writers_at_once_all_get_their_turn(place):
    errors = []

    def write():
        try:
            for _ in range(5):
                Catalog(place.catalog.path).rendered("verse", [], 0.0)
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=write) for _ in range(4)]
    code = ("from artengine.catalog import Catalog\nfrom pathlib import Path\n"
            f"for _ in range(5): Catalog(Path({str(place.catalog.path)!r})).rendered('verse', [], 0.0)")
    processes = [subprocess.Popen([sys.executable, "-c", code]) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [process.wait(60) for process in processes] == [0, 0]
    assert errors == []
    assert len(place.catalog.runs()) == 30


def test_a_path_used_again_belongs_to_the_newer_work(cli, studio, place):
    for _ in range(2):
        cli("render", "--plugin", "verse", "--seed", 1)
        (studio / "works/verse-seed1.verse").unlink()
    assert [len(w["files"]) for w in place.catalog.works()] == [1, 0]


def test_a_training_is_recorded_with_its_model(place, studio):
    file = save_model(studio / "models/mine.safetensors")
    for _ in range(2):
        place.catalog.trained(file, "verse-net", "ab", {"steps": 3}, started=0.0)
    assert [(r["verb"], r["detail"]) for r in place.catalog.runs()] == [("train", {"model": "mine"})] * 2
    with place.catalog._open() as db:
        assert db.execute("SELECT part, header FROM models").fetchall() == [("verse-net", '{"steps": 3}')]


def test_works_are_entered_while_a_long_rendering_goes_on(cli, studio, place, monkeypatch):
    seen = []
    monkeypatch.setattr(catalog.Recorder, "EVERY", 0.0)
    monkeypatch.setattr(catalog.Recorder, "end", lambda *_: seen.append(len(place.catalog.works())))  # as if killed
    cli("render", "--plugin", "verse", "--count", 3)
    assert seen == [3]
    assert len(place.catalog.runs()) == 1


def test_a_catalog_that_cannot_be_written_is_still_listed(cli, studio, monkeypatch):
    cli("render", "--plugin", "verse", "--seed", 1)

    def full(*_):
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(Catalog, "_open", full)
    code, out, _ = cli("works")
    assert code == 0
    assert "works/verse-seed1.verse" in out
    code, _, err = cli("render", "--plugin", "verse", "--seed", 2)
    assert code == 0
    assert "Make room on its disk. The works are kept all the same." in err


def test_paths_that_are_no_text_are_kept_and_found(place):
    path = catalog.Path(place.folder) / "b\udcff.verse"
    key = catalog._key(path)
    assert isinstance(key, bytes)
    assert catalog._path(key) == str(path)
    assert catalog._key(place.folder / "ä.verse") == str(place.folder / "ä.verse")
