"""Folders of text, and verse that is fetched: here from a server on this machine, which breaks off, lies and disappears."""

import hashlib
import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from artengine.api import Splittable
from artengine.corpus import open as open_corpus
from artengine.errors import ArtengineError, Interrupted, Unreachable
from artengine.runs import LocalRun
from artengine_corpora import fetched, fetching
from artengine_corpora.fetching import Remote, fetch
from artengine_corpora.text_folder import TextFolder, TextOptions

BOOK = (b"*** START OF THE PROJECT GUTENBERG EBOOK ***\n\nTHE SONNETS\n\n\n  I\n\n  From fairest creatures we desire increase,\n  That thereby beauty's rose might never die,\n"
        b"    To eat the world's due, by the grave and thee.\n\n  II\n\n  When forty winters shall besiege thy brow,\n  And dig deep trenches in thy beauty's field,\n"
        b"\n*** END OF THE PROJECT GUTENBERG EBOOK ***\n")


@pytest.fixture
def folder(tmp_path):
    place = tmp_path / "verse"
    (place / "deep").mkdir(parents=True)
    (place / "a.txt").write_text("Rose red\nRose white", "utf-8")
    (place / "deep" / "b.json").write_text(json.dumps([{"title": "春曉", "paragraphs": ["春眠不覺曉，", "處處聞啼鳥。"]}]), "utf-8")
    (place / "c.txt").write_bytes("浔阳江头夜送客，枫叶荻花秋瑟瑟。主人下马客在船，举酒欲饮无管弦。".encode("gb18030"))
    (place / "noise.txt").write_bytes(bytes(range(256)) * 9)
    (place / "LICENSE.txt").write_text("CC0 1.0\n", "utf-8")
    (place / "picture.png").write_bytes(b"\x89PNG")
    return place


def test_a_folder_of_text(folder):
    run = LocalRun()
    corpus = TextFolder(folder, TextOptions(), run)
    assert [(t.title, t.language, t.labels["source"]) for t in corpus] == [("", "", "a.txt"), ("", "zh-Hans", "c.txt"), ("春曉", "zh-Hant", "deep/b.json")]
    assert [source for source, _ in run.skipped] == ["noise.txt"]
    assert "CC0" in corpus.licence
    assert isinstance(corpus, Splittable)
    before = corpus.fingerprint()
    (folder / "a.txt").rename(folder / "z.txt")
    assert TextFolder(folder, None, LocalRun()).fingerprint() == before
    (folder / "z.txt").write_text("Rose red\nRose blue", "utf-8")
    assert TextFolder(folder, None, LocalRun()).fingerprint() != before


def test_a_corpus_is_found_by_its_path_and_read_in_workers(folder):
    for n in range(20):
        (folder / f"more-{n:02}.txt").write_text(f"Line {n} of the sea\nand the second", "utf-8")
    corpus = open_corpus(folder, "text", LocalRun())
    assert corpus.part.name == "text-folder"
    assert [t.body.split("\n")[0] for t in corpus if "more" in t.labels["source"]] == [f"Line {n} of the sea" for n in range(20)]


def test_what_parts_poems_can_be_said(folder):
    options = TextOptions(split="line", language="sco")
    assert [(t.body, t.language) for t in TextFolder(folder / "a.txt", options, LocalRun())] == [("Rose red", "sco"), ("Rose white", "sco")]


def test_a_long_file_is_read_in_pieces(folder):
    from artengine_text import reading

    body = "verse of the sea\nand the second\n" * 8
    (folder / "long.txt").write_text("\n\n\n".join(f"Poem the {n}th\n\n{body}" for n in range(12_000)), "utf-8")
    corpus = TextFolder(folder / "long.txt", None, LocalRun())
    pieces = corpus.pieces()
    assert len(pieces) == round((folder / "long.txt").stat().st_size / reading.PIECE)
    assert re.fullmatch(r"long\.txt \[bytes \d+-\d+\]", pieces[1])
    assert next(iter(corpus.read(pieces[1]))).body == body.rstrip()


@pytest.mark.parametrize("path", [None, "nowhere"])
def test_a_folder_that_is_not_there(tmp_path, path):
    with pytest.raises(ArtengineError):
        TextFolder(path and tmp_path / path, None, LocalRun())


class Server:
    """Serves files; can break off after some bytes, ignore ranges, or answer with an error."""

    def __init__(self):
        self.files, self.breaks, self.ranges, self.status, self.asked = {}, [], True, 200, []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                outer.asked.append((self.path, self.headers.get("Range")))
                if outer.status != 200 or self.path not in outer.files:
                    self.send_error(outer.status if outer.status != 200 else 404)
                    return
                data, start = outer.files[self.path], 0
                if outer.ranges and (asked := self.headers.get("Range")):
                    start = int(asked.removeprefix("bytes=").rstrip("-"))
                    if start >= len(data):
                        self.send_error(416)
                        return
                    self.send_response(206)
                    self.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
                else:
                    self.send_response(200)
                self.send_header("Content-Length", str(len(data) - start))
                self.end_headers()
                end = start + outer.breaks.pop(0) if outer.breaks else len(data)
                self.wfile.write(data[start:end])

            def log_message(self, *args):
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_address[1]}"
        threading.Thread(target=self.http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def close(self):
        self.http.shutdown()
        self.http.server_close()


@pytest.fixture
def server(tmp_path, monkeypatch):
    monkeypatch.setenv("ARTENGINE_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("ARTENGINE_OFFLINE", raising=False)
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.setattr(fetching, "_silent", set())
    one = Server()
    yield one
    one.close()


DATA = bytes(range(256)) * 2000
SHA = hashlib.sha256(DATA).hexdigest()


def test_a_file_is_fetched_once_and_then_never_asked_for(server):
    server.files["/book.txt"] = DATA
    remote = Remote(f"{server.url}/book.txt", "book.txt", SHA)
    reports = []
    run = LocalRun(progress=lambda step, total, numbers: reports.append((step, total)))
    path = fetch(remote, "books", run)
    assert path.read_bytes() == DATA
    assert reports[-1] == (len(DATA), len(DATA))
    server.close()
    assert fetch(remote, "books", LocalRun()) == path
    assert server.asked == [("/book.txt", None)]


def test_a_connection_that_breaks_is_taken_up_where_it_broke(server):
    server.files["/book.txt"], server.breaks = DATA, [100_000, 200_000]
    path = fetch(Remote(f"{server.url}/book.txt", "book.txt", SHA), "books", LocalRun())
    assert path.read_bytes() == DATA
    assert [asked for _, asked in server.asked] == [None, "bytes=100000-", "bytes=300000-"]
    assert list(path.parent.glob("*.part")) == []


def test_a_server_without_ranges_begins_again(server):
    server.files["/book.txt"], server.breaks, server.ranges = DATA, [100_000], False
    assert fetch(Remote(f"{server.url}/book.txt", "book.txt", SHA), "books", LocalRun()).read_bytes() == DATA


def test_a_stopped_fetch_goes_on_another_time(server):
    server.files["/book.txt"] = DATA
    remote = Remote(f"{server.url}/book.txt", "book.txt", SHA)
    run = LocalRun()
    run.stop()
    with pytest.raises(Interrupted):
        fetch(remote, "books", run)
    assert fetch(remote, "books", LocalRun()).read_bytes() == DATA
    assert server.asked[1][1].startswith("bytes=65536")


def test_the_beginning_of_another_version_is_thrown_away(server, tmp_path):
    server.files["/book.txt"] = DATA
    part = tmp_path / "cache" / "fetched" / "books" / "book.txt.part"
    part.parent.mkdir(parents=True)
    for stale in (b"x" * 5000, b"y" * (len(DATA) + 5)):
        part.write_bytes(stale)
        path = fetch(Remote(f"{server.url}/book.txt", "book.txt", SHA), "books", LocalRun())
        assert path.read_bytes() == DATA
        path.unlink()


def test_another_file_than_expected_is_not_taken(server, tmp_path):
    server.files["/book.txt"] = b"<html>Log in, please</html>"
    with pytest.raises(ArtengineError, match="is not the file this recipe was written for"):
        fetch(Remote(f"{server.url}/book.txt", "book.txt", SHA), "books", LocalRun())
    with pytest.raises(ArtengineError, match="may be a login or error page"):
        fetch(Remote(f"{server.url}/book.txt", "book.txt", holds="From fairest"), "books", LocalRun())
    assert not [p for p in (tmp_path / "cache" / "fetched" / "books").iterdir() if p.name.startswith("book")]


def test_without_a_checksum_the_first_fetch_says_what_is_right(server):
    server.files["/book.txt"] = BOOK
    remote = Remote(f"{server.url}/book.txt", "book.txt", holds="From fairest creatures")
    path = fetch(remote, "books", LocalRun())
    assert fetch(remote, "books", LocalRun()) == path
    assert len(server.asked) == 1
    path.write_bytes(b"damaged")
    assert fetch(remote, "books", LocalRun()).read_bytes() == BOOK
    assert len(server.asked) == 2


def test_being_offline_is_said_with_what_to_do(server, monkeypatch, tmp_path):
    server.close()
    remote = Remote(f"{server.url}/book.txt", "book.txt", SHA)
    for _ in range(2):
        with pytest.raises(Unreachable, match='The corpus "books" cannot be fetched from 127') as caught:
            fetch(remote, "books", LocalRun())
        assert str(tmp_path / "cache" / "fetched" / "books" / "book.txt") in caught.value.advice
    monkeypatch.setenv("ARTENGINE_OFFLINE", "1")
    with pytest.raises(Unreachable, match="ARTENGINE_OFFLINE"):
        fetch(remote, "books", LocalRun())
    path = tmp_path / "cache" / "fetched" / "books" / "book.txt"
    path.write_bytes(DATA)  # put there by hand
    assert fetch(remote, "books", LocalRun()) == path


def test_an_error_of_the_server_is_said(server):
    with pytest.raises(Unreachable, match="answers 404"):
        fetch(Remote(f"{server.url}/none.txt", "none.txt"), "books", LocalRun())
    server.status = 503
    with pytest.raises(Unreachable, match="answers 503"):
        fetch(Remote(f"{server.url}/none.txt", "none.txt"), "books", LocalRun())


def test_the_sonnets(server, monkeypatch):
    server.files["/1041.txt"] = BOOK
    monkeypatch.setattr(fetched.Sonnets, "remotes", lambda self: (Remote(f"{server.url}/1041.txt", "1041.txt", holds="From fairest"),))
    corpus = open_corpus("sonnets", "text", LocalRun())
    works = list(corpus)
    assert [(t.title, t.body.split("\n")[0]) for t in works] == [
        ("Sonnet I", "From fairest creatures we desire increase,"), ("Sonnet II", "When forty winters shall besiege thy brow,")]
    assert works[0].body.endswith("\n  To eat the world's due, by the grave and thee.")
    assert re.fullmatch("[0-9a-f]{32}", corpus.fingerprint())
    assert "Gutenberg" in corpus.licence
    assert len(server.asked) == 1


def test_tang_poems_lose_notes_and_those_with_lost_characters(server, monkeypatch):
    data = json.dumps([{"title": "甲", "author": "乙", "paragraphs": ["春眠不覺曉（一作曙），處處聞啼鳥。"]},
                       {"title": "丙", "author": "丁", "paragraphs": ["夜來□雨聲，花落知多少。"]}, {"title": "戊", "author": "己", "paragraphs": []}]).encode()
    server.files["/300.json"] = data
    remote = Remote(f"{server.url}/300.json", "300.json", hashlib.sha256(data).hexdigest())
    monkeypatch.setattr(fetched.Tang, "remotes", lambda self: (remote,))
    assert [(t.title, t.body, t.language, t.labels["author"]) for t in fetched.Tang(None, None, LocalRun())] == [("甲", "春眠不覺曉，處處聞啼鳥。", "zh-Hant", "乙")]


WHITMAN = ("BOOK I.  INSCRIPTIONS\n\n\nOne's-Self I Sing\n\n  One's-self I sing, a simple separate person,\n  Not physiognomy alone is worthy, I say\n      the Form complete is worthier far,\n"
           "       An image, an eidolon.\n\n\nStarting from Paumanok\n\n       1\n  Starting from fish-shape Paumanok,\n  Well-begotten.\n\n\n       2\n  Victory, union, faith.\n\n\nBOOK II\n")
DICKINSON = ("PREFACE.\n\nThe verses of Emily Dickinson belong emphatically to what Emerson long since\ncalled the Poetry of the Portfolio, something produced absolutely without\nthe thought of publication.\n\n\n"
             "    This is my letter to the world,\n       That never wrote to me,\n    The simple news that Nature told.\n\n\nI. LIFE.\n\n\nI.\n\nSUCCESS.\n\n[Published in A Masque of Poets\nat the request of H.H.]\n\n"
             "Success is counted sweetest\nBy those who ne'er succeed.\nTo comprehend a nectar\n\nNot one of all\nthe purple host\n\n\nII.\n\nOur share of night to bear,\nOur share of morning,\nOur blank\n")
BLAKE = "CONTENTS\n\nThe Lamb   6\n\n\nINTRODUCTION\n\n\nPiping down the valleys wild,\n   Piping songs\n\n\nSONGS OF EXPERIENCE\n\n\nTHE VOICE OF THE BARD\n\n\nYouth of delight! come hither\nAnd see\n"


@pytest.mark.parametrize(("kind", "text", "expected"), [
    (fetched.Whitman, WHITMAN, [("One's-Self I Sing", "One's-self I sing, a simple separate person,\nNot physiognomy alone is worthy, I say the Form complete is worthier far,\n     An image, an eidolon."),
                                ("Starting from Paumanok", "Starting from fish-shape Paumanok,\nWell-begotten.\n\nVictory, union, faith.")]),
    (fetched.Dickinson, DICKINSON, [("", "This is my letter to the world,\n   That never wrote to me,\nThe simple news that Nature told."),
                                    ("Success", "Success is counted sweetest\nBy those who ne'er succeed.\nTo comprehend a nectar\n\nNot one of all\nthe purple host"),
                                    ("", "Our share of night to bear,\nOur share of morning,\nOur blank")]),
    (fetched.Blake, BLAKE, [("Introduction", "Piping down the valleys wild,\n   Piping songs"), ("The Voice of the Bard", "Youth of delight! come hither\nAnd see")]),
])
def test_books_are_read_as_they_are_printed(tmp_path, kind, text, expected):
    file = tmp_path / "book.txt"
    file.write_text(text, "utf-8")
    assert [(t.title, t.body) for t in kind(None, None, LocalRun()).poems(file)] == expected


def test_every_recipe_names_its_address_licence_and_what_is_right():
    for kind in (fetched.Sonnets, fetched.Dickinson, fetched.Blake, fetched.Whitman, fetched.Tang):
        one = kind(None, None, LocalRun())
        assert one.licence
        for remote in one.remotes():
            assert remote.url.startswith("https://")
            assert re.fullmatch("[0-9a-f]{64}", remote.sha256) or remote.holds
