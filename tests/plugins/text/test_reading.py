"""Files of every encoding and layout become the poems that are in them."""

import json
import random
import tracemalloc
from itertools import islice, pairwise

import pytest

from artengine.errors import ArtengineError
from artengine_text import decoding, reading, records, splitting
from artengine_text.languages import guess

NIGHT = "床前明月光，疑是地上霜。\n舉頭望明月，低頭思故鄉。"
NIGHT_SIMPLE = "床前明月光，疑是地上霜。\n举头望明月，低头思故乡。"
POND = "古池や\n蛙飛びこむ\n水の音"
ENGLISH = "The sun does arise,\nAnd make happy the skies;\nThe merry bells ring\nTo welcome the Spring."
FRENCH = "Les sanglots longs\nDes violons\nDe l’automne\nBlessent mon cœur\nD’une langueur\nMonotone à la fenêtre où l'été s’en est allé."
GERMAN = "Über allen Gipfeln\nIst Ruh,\nIn allen Wipfeln\nSpürest du\nKaum einen Hauch;\nDie Vögelein schweigen im Walde."
RUSSIAN = "Я помню чудное мгновенье:\nПередо мной явилась ты,\nКак мимолетное виденье,\nКак гений чистой красоты."


@pytest.mark.parametrize(("text", "encoding", "language"), [
    *((NIGHT, e, "zh-Hant") for e in ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "gb18030", "big5")),
    *((NIGHT_SIMPLE, e, "zh-Hans") for e in ("utf-8", "utf-16-le", "gb18030", "gb2312")),
    *((POND, e, "ja") for e in ("utf-8", "utf-16", "shift_jis", "euc_jp")),
    *((ENGLISH, e, "en") for e in ("ascii", "utf-16-le", "utf-16-be", "utf-32")),
    *((FRENCH, e, "fr") for e in ("utf-8", "cp1252", "utf-16-le")),
    *((GERMAN, e, "de") for e in ("latin-1", "cp1252")),
    *((RUSSIAN, e, "ru") for e in ("utf-8", "cp1251", "koi8_r")),
])
def test_an_encoding_and_a_language_are_found(tmp_path, text, encoding, language):
    file = tmp_path / "poem.txt"
    file.write_bytes(text.encode(encoding))
    (read,) = reading.read(file, split="whole")
    assert (read.body, read.language) == (text, language)


def test_lines_of_an_older_encoding_among_utf8_are_read_each_as_it_is():
    data = "Élan d’été\n".encode() * 5 + "Forêt à l'aube\n".encode("cp1252") + "naïve rêverie\n".encode()
    assert decoding.decode(data).splitlines() == [*["Élan d’été"] * 5, "Forêt à l'aube", "naïve rêverie"]


@pytest.mark.parametrize("data", [bytes(range(256)) * 9, b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", b"MThd\x00\x00\x00\x06\x00\x01",
                                  random.Random(1).randbytes(5000), b"PK\x03\x04\x14\x00\x00\x00\x08\x00"])
@pytest.mark.parametrize("ending", ["txt", "md", "json", "jsonl", "csv"])
def test_binary_data_is_said_to_be_that(tmp_path, data, ending):
    file = tmp_path / f"noise.{ending}"
    file.write_bytes(data)
    with pytest.raises(ArtengineError, match=r'"noise\.\w+" cannot be read: it is'):
        list(reading.read(file))


@pytest.mark.parametrize("ending", ["txt", "md", "json", "jsonl", "csv"])
@pytest.mark.parametrize("data", [b"", b" \n\r\n\t", b"\xef\xbb\xbf", b"\xff\xfe"])
def test_empty_files_are_said_to_be_that(tmp_path, ending, data):
    file = tmp_path / f"void.{ending}"
    file.write_bytes(data)
    with pytest.raises(ArtengineError, match="it is empty"):
        list(reading.read(file))


A, B, C = "Rose red\nRose white", "Over the hill\nUnder the mill\n\nStill, still", "One more\nAnd no more"
SONNET = "\n".join(f"And verse the {n} is as long as this" for n in range(14))


@pytest.mark.parametrize(("text", "style", "found"), [
    (A, "whole", [("", A)]),
    (f"Roses\n\n{B}", "whole", [("Roses", B)]),
    (f"Roses\n=====\n{A}", "whole", [("Roses", A)]),
    (f"{A}\n\n***\n\n{B}\n\n* * *\n\nLast\n\n{C}", "rule", [("", A), ("", B), ("Last", C)]),
    (f"{A}\n---\n{B}", "whole", [("", f"{A}\n---\n{B}")]),
    (f"{A}\n\n---\n\n{B}", "rule", [("", A), ("", B)]),
    (f"{A}\n\f{B}", "rule", [("", A), ("", B)]),
    (f"{A}\n<|endoftext|>\n{B}", "rule", [("", A), ("", B)]),
    (f"{A}\n\n<eos>\n\n{B}\n<eos>\n", "rule", [("", A), ("", B)]),
    (f"I\n\n{A}\n\nII\n\n{B}\n\nIII.\n{C}", "number", [("I", A), ("II", B), ("III", C)]),
    (f"Sonnet 1\n\n{A}\n\nSonnet 2\n\n{C}", "number", [("Sonnet 1", A), ("Sonnet 2", C)]),
    ("其一\n床前明月光，\n疑是地上霜。\n\n其二\n舉頭望明月，\n低頭思故鄉。", "number", [("其一", "床前明月光，\n疑是地上霜。"), ("其二", "舉頭望明月，\n低頭思故鄉。")]),
    (f"{A}\n\n\n{B}\n\n\n\n{C}", "gap", [("", A), ("", B), ("", C)]),
    (f"ROSES\n\n\n{A}\n\n\nTHE MILL\n\n\n{B}", "gap", [("ROSES", A), ("THE MILL", B)]),
    (f"{SONNET}\n\n{SONNET}\n\n{SONNET}", "blank", [("", SONNET)] * 3),
    (f"Roses\n\n{A}\n\nThe End\n\n{C}", "blank", [("Roses", A), ("The End", C)]),
    ("\n\n".join(["an old pond\na frog jumps in\nsound of water"] * 4), "blank", [("", "an old pond\na frog jumps in\nsound of water")] * 4),
    ("a rose <eos> a thorn <eos>\nthe sea <eos> the shore <eos>\n", "eos", [("", "a rose\na thorn"), ("", "the sea\nthe shore")]),
    ("\n\n".join(["The quick brown fox of morning ran\nAcross the field\nBefore it was a garden for the man\nAnd all had healed"] * 5),
     "whole", [("", "\n\n".join(["The quick brown fox of morning ran\nAcross the field\nBefore it was a garden for the man\nAnd all had healed"] * 5))]),
])
def test_the_poems_in_a_file_are_told_apart(text, style, found):
    assert splitting.style_of(text) == style
    assert [(poem.title, poem.body) for poem in splitting.poems(text)] == found


def test_what_stands_before_a_poem_is_no_part_of_it():
    (poem,) = splitting.poems(f"XII\n\nTHE MILL.\n\n[Published in a paper\nlong ago]\n\n{B}\n", "whole")
    assert poem == ("THE MILL.", B, "")
    (poem,) = splitting.poems(f"The Mill\nby Ann Miller\n\n{B}\n")
    assert poem == ("The Mill", B, "Ann Miller")


def test_a_book_of_project_gutenberg_loses_its_wrapping():
    text = f"Header\n\n*** START OF THE PROJECT GUTENBERG EBOOK X ***\n\n\n{B}\n\n\n*** END OF THE PROJECT GUTENBERG EBOOK X ***\nLicence"
    assert [p.body for p in splitting.poems(text)] == [B]


@pytest.mark.parametrize(("data", "expected"), [
    ([{"title": "春曉", "author": "孟浩然", "paragraphs": ["春眠不覺曉，處處聞啼鳥。", "夜來風雨聲，花落知多少。"]}],
     [("春曉", "春眠不覺曉，處處聞啼鳥。\n夜來風雨聲，花落知多少。", "孟浩然")]),
    ({"title": "Book", "content": [{"type": "x", "content": [{"chapter": "One", "paragraphs": ["a b", "c d"]}, {"chapter": "Two", "paragraphs": ["e"]}]}]},
     [("One", "a b\nc d", ""), ("Two", "e", "")]),
    ({"title": "T", "poet": "P", "text": "a\r\nb"}, [("T", "a\nb", "P")]),
    ({"title": "T", "stanzas": [["a", "b"], ["c"]]}, [("T", "a\nb\n\nc", "")]),
    (["a\nb", "c\nd"], [("", "a\nb", ""), ("", "c\nd", "")]),
    ([["a", "b"], ["c", "d"]], [("", "a\nb", ""), ("", "c\nd", "")]),
    ({"poems": {"x": {"name": "X", "lines": ["a", "b"]}}}, [("X", "a\nb", "")]),
    ([{"id": 3}, {"title": "no body"}], []),
])
@pytest.mark.parametrize("ending", ["json", "jsonl"])
def test_json_of_many_shapes(tmp_path, data, expected, ending):
    file = tmp_path / f"poems.{ending}"
    file.write_text(json.dumps(data, indent=None if ending == "jsonl" else 2), "utf-8")
    assert [(t.title, t.body, t.labels.get("author", "")) for t in reading.read(file)] == expected


@pytest.mark.parametrize(("text", "expected"), [
    ('title,poet,poem\nRoses,Ann,"Rose red\nRose white"\nMill,Bo,Over the hill\n', [("Roses", "Rose red\nRose white", "Ann"), ("Mill", "Over the hill", "Bo")]),
    ("Title;Author;Content\nRoses;Ann;Rose red, white\n", [("Roses", "Rose red, white", "Ann")]),
    ('1,"Rose red\nRose white"\n2,"Over the hill, and under"\n', [("", "Rose red\nRose white", ""), ("", "Over the hill, and under", "")]),
])
def test_tables(tmp_path, text, expected):
    file = tmp_path / "poems.csv"
    file.write_text(text, "utf-8", newline="")
    assert [(t.title, t.body, t.labels.get("author", "")) for t in reading.read(file)] == expected


@pytest.mark.parametrize(("name", "text"), [("a.json", '{"title": '), ("a.jsonl", '{"text": "x"}\n{"text" 1}\n'), ("a.json", "[" * 100_000)])
def test_broken_records_are_said(tmp_path, name, text):
    (tmp_path / name).write_text(text, "utf-8")
    with pytest.raises(ArtengineError, match="is not JSON"):
        list(reading.read(tmp_path / name))


def test_markdown_of_others(tmp_path):
    file = tmp_path / "poems.md"
    file.write_text("---\nauthor: Ann\n---\n\n# Collected\n\n## Roses\n\nRose *red*  \nRose **white**\\\nRose \\*green\n\n## Mill\n\n> Over the hill\n> Under\n", "utf-8")
    assert [(t.title, t.body, t.labels) for t in reading.read(file)] == [
        ("Roses", "Rose red\nRose white\nRose *green", {"author": "Ann"}), ("Mill", "Over the hill\nUnder", {"author": "Ann"})]


def _long(kind, number):
    rows = ((f"Poem {i}", f"verse {i} of the sea\nand the second, {i * 7}\nand \"a third\" one there\nand a last") for i in range(number))
    if kind == "txt":
        return "\n\n\n".join(f"{title}\n\n{body}" for title, body in rows)
    if kind == "md":
        return "\n".join(f"# {title}\n\n{body}\n" for title, body in rows)
    if kind == "jsonl":
        return "\n".join(json.dumps({"title": title, "text": body}) for title, body in rows)
    if kind == "json":
        return json.dumps([{"title": title, "text": body} for title, body in rows])
    return "title,text\n" + "".join('{},"{}"\n'.format(title, body.replace('"', '""')) for title, body in rows)


@pytest.mark.parametrize("kind", ["txt", "md", "jsonl", "json", "csv"])
def test_a_long_file_is_read_in_pieces_and_nothing_is_lost(tmp_path, kind, monkeypatch):
    monkeypatch.setattr(reading, "PIECE", 1 << 14)
    file = tmp_path / f"long.{kind}"
    file.write_text(_long(kind, 3000), "utf-8", newline="")
    spans = reading.pieces(file)
    assert len(spans) > 5 or kind == "json"
    read = [text for span in spans for text in reading.read(file, *span)]
    assert [text.title for text in read] == [f"Poem {i}" for i in range(3000)]
    assert all(text.body.count("\n") == 3 and str(i) in text.body for i, text in enumerate(read))
    assert [reading.located(reading.named("a b.txt", span)) for span in spans] == [("a b.txt", *span) for span in spans]


@pytest.mark.parametrize("text", ["x " * 300_000, "word\n" * 120_000, "\n" * 600_000 + "end"])
def test_a_long_file_without_poems_to_part_is_cut_all_the_same(tmp_path, text, monkeypatch):
    monkeypatch.setattr(reading, "PIECE", 1 << 16)
    file = tmp_path / "long.txt"
    file.write_text(text, "utf-8")
    spans = reading.pieces(file)
    assert spans[0][0] == 0
    assert spans[-1][1] == len(text)
    assert all(a[1] == b[0] and b[1] - b[0] <= 3 << 16 for a, b in pairwise(spans))
    bodies = "".join(t.body for span in spans for t in reading.read(file, *span))
    assert len("".join(bodies.split())) == len("".join(text.split()))


@pytest.mark.parametrize("kind", ["txt", "jsonl", "json", "csv"])
def test_memory_does_not_grow_with_the_file(tmp_path, kind, monkeypatch):
    file = tmp_path / f"long.{kind}"
    monkeypatch.setattr(reading, "PIECE", 1 << 15)
    monkeypatch.setattr(records, "_BLOCK", 1 << 15)
    monkeypatch.setattr(decoding, "SAMPLE", 1 << 14)
    file.write_text(_long(kind, 12_000), "utf-8", newline="")
    assert file.stat().st_size > 1_000_000
    spans = reading.pieces(file)
    tracemalloc.start()
    count = sum(1 for span in (spans[0], spans[-1]) for _ in islice(reading.read(file, *span), 400))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count > 300
    assert peak < 1_000_000


def test_a_language_that_does_not_show_is_not_guessed():
    assert guess("zzz qqq") == guess("") == guess("12 34") == ""


def test_a_page_of_others_is_not_taken_for_verse(tmp_path):
    (tmp_path / "a.html").write_text("<html><p>Roses are red</p></html>", "utf-8")
    with pytest.raises(ArtengineError, match="did not write"):
        list(reading.read(tmp_path / "a.html"))
