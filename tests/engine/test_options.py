"""One dataclass becomes flags, TOML keys, a JSON schema and a recipe, and what does not fit is refused in plain words."""

import json
from dataclasses import dataclass, field, make_dataclass
from fractions import Fraction
from typing import Annotated, Any

import click
import pytest
from click.testing import CliRunner

from artengine import options
from artengine.api import Opt
from artengine.errors import ArtengineError
from artengine.works import Note, Score, Text
from helpers import install

AMEN = Text("amen")


@dataclass(frozen=True)
class Toy:
    bars: Annotated[int, Opt("Bars to write.", min=1, max=64)] = 8
    top_p: Annotated[float, Opt("Nucleus.", min=0, max=1)] = 0.95
    mood: Annotated[str, Opt("Mood.", choices=("glad", "sad"))] = "glad"
    title: Annotated[str, Opt("Title.")] = ""
    ending: Annotated[bool, Opt("Close on the tonic.")] = True
    lines: Annotated[tuple[int, ...], Opt("Syllables of each line.", min=1)] = (5, 7, 5)
    words: Annotated[tuple[str, ...], Opt("Words to use.")] = ()
    weights: Annotated[tuple[float, ...], Opt("Weights.")] = field(default_factory=lambda: (0.5,))
    top_k: Annotated[int | None, Opt("Most likely kept.", min=1)] = None
    low: Annotated[int | None, Opt("Lowest note.", metavar="PITCH")] = 40
    primer: Annotated[Score | None, Opt("Goes on from this.", work="music")] = None
    motto: Annotated[Text, Opt("Stands above.", work="text")] = AMEN


def score():
    return Score((Note(Fraction(0), Fraction(1), 60),))


class TestMake:
    @pytest.mark.parametrize(("key", "given", "value"), [
        ("bars", "16", 16), ("bars", 16, 16), ("bars", 16.0, 16), ("top-p", "0.5", 0.5), ("top_p", 1, 1.0),
        ("mood", "sad", "sad"), ("title", "a b", "a b"), ("title", "none", "none"),
        ("ending", "no", False), ("ending", "ON", True), ("ending", False, False),
        ("lines", "5,7,5,", (5, 7, 5)), ("lines", [3, 4], (3, 4)), ("lines", "9", (9,)), ("lines", 9, (9,)),
        ("words", "sun, moon", ("sun", "moon")), ("words", "", ()), ("weights", "1,.5", (1.0, 0.5)),
        ("top-k", "5", 5), ("low", "none", None), ("low", None, 40)])
    def test_takes_text_and_values(self, key, given, value):
        made = getattr(options.make(Toy, {key: given}), key.replace("-", "_"))
        assert made == value
        assert type(made) is type(value)

    @pytest.mark.parametrize(("key", "given", "wrong"), [
        ("bars", "0", "--bars must be at least 1, not 0."),
        ("bars", "65", "--bars must be at most 64, not 65."),
        ("bars", "x", '--bars must be a whole number, not "x".'),
        ("bars", "8.5", '--bars must be a whole number, not "8.5".'),
        ("bars", 8.5, '--bars must be a whole number, not "8.5".'),
        ("bars", True, '--bars must be a whole number, not "True".'),
        ("bars", "9" * 5000, '--bars must be a whole number, not "999'),
        ("top_p", "1.5", "--top-p must be at most 1, not 1.5."),
        ("top_p", "nan", '--top-p must be a number, not "nan".'),
        ("top_p", "inf", '--top-p must be a number, not "inf".'),
        ("mood", "sat", '--mood must be one of glad, sad, not "sat".'),
        ("title", 3, '--title must be text, not "3".'),
        ("ending", "maybe", '--ending must be true or false, not "maybe".'),
        ("lines", "5,x", '--lines must be whole numbers parted by commas, not "x".'),
        ("lines", "5,0", "--lines must be at least 1, not 0."),
        ("primer", 5, '--primer must be a work of the medium music, not "5".'),
    ])
    def test_refuses_in_plain_words(self, key, given, wrong):
        with pytest.raises(ArtengineError) as caught:
            options.make(Toy, {key: given})
        assert caught.value.wrong.startswith(wrong)
        assert caught.value.advice.endswith((".", "?"))

    def test_advice(self):
        with pytest.raises(ArtengineError, match=r"Give 1 to 64\."):
            options.make(Toy, {"bars": "0"})
        with pytest.raises(ArtengineError, match=r'Did you mean "sad"\?'):
            options.make(Toy, {"mood": "sat"})

    @pytest.mark.parametrize(("where", "key", "wrong", "advice"), [
        ("flag", "topp", "There is no --topp", 'Did you mean "top-p"?'),
        ("toml", "top_pp", 'There is no "top_pp"', 'Did you mean "top_p"?'),
        ("set", "bar", "There is no --set bar", 'Did you mean "bars"?'),
        ("set", "zzz", "There is no --set zzz", "There are: bars, top_p, mood"),
    ])
    def test_unknown_names_the_nearest(self, where, key, wrong, advice):
        with pytest.raises(ArtengineError) as caught:
            options.make(Toy, {key: 1}, where)
        assert wrong in caught.value.wrong
        assert caught.value.advice.startswith(advice)

    @pytest.mark.parametrize(("where", "quoted"), [("flag", "--top-p must"), ("toml", '"top-p" must'),
                                                   ("set", "--set top_p must")])
    def test_quotes_what_was_written(self, where, quoted):
        with pytest.raises(ArtengineError, match=f"^{quoted}"):
            options.make(Toy, {"top_p": 2}, where)

    def test_check_across_fields(self):
        @dataclass(frozen=True)
        class Range:
            low: Annotated[int, Opt("Lowest.")] = 1
            high: Annotated[int, Opt("Highest.")] = 2

            def __post_init__(self):
                if self.low > self.high:
                    raise ValueError("low must not be above high")

        with pytest.raises(ArtengineError, match=r"low must not be above high\."):
            options.make(Range, {"low": 3})


class TestWorks:
    def test_value(self):
        assert options.make(Toy, {"primer": score()}).primer == score()
        with pytest.raises(ArtengineError, match="--primer must be a work of the medium music"):
            options.make(Toy, {"primer": Text("x")})

    def test_text_goes_to_the_reader(self):
        asked = []
        made = options.make(Toy, {"primer": "C4 D4"}, read=lambda *given: asked.append(given) or score())
        assert made.primer == score()
        assert asked == [("C4 D4", "music")]

    def test_text_is_itself(self):
        assert options.make(Toy, {"motto": "all is well"}).motto == Text("all is well")

    def test_file_is_read_through_the_corpus_of_its_ending(self, tmp_path, monkeypatch):
        monkeypatch.setenv("ARTENGINE_CACHE", str(tmp_path / "cache"))
        (tmp_path / "site").mkdir()
        monkeypatch.syspath_prepend(tmp_path / "site")
        source = '''
from artengine.api import Part, hookimpl
from artengine.works import Text

class Verse:
    licence = "CC0-1.0"
    def __init__(self, source, options, run):
        self.source, self.run = source, run
    def __iter__(self):
        if self.source.stat().st_size == 0:
            self.run.skip(str(self.source), "it is empty.")
        else:
            yield Text(self.source.read_text())
    def fingerprint(self):
        return "0"

@hookimpl
def artengine_parts():
    yield Part(kind="corpus", name="verse-files", medium="text", summary="Verse.", target="verse_files:Verse",
               formats=("verse",))
'''
        install(tmp_path / "site", "verse-files", source, "verse-files")
        (tmp_path / "a.verse").write_text("roses are red")
        (tmp_path / "b.verse").write_text("")
        (tmp_path / "c.vorse").write_text("")
        assert options.make(Toy, {"motto": str(tmp_path / "a.verse")}).motto == Text("roses are red")
        with pytest.raises(ArtengineError, match=r'--motto: ".*b.verse" cannot be read: it is empty\.'):
            options.make(Toy, {"motto": str(tmp_path / "b.verse")})
        with pytest.raises(ArtengineError, match=r'No corpus of the medium text reads "\.vorse" files .*verse') as caught:
            options.make(Toy, {"motto": str(tmp_path / "c.vorse")})
        assert 'Did you mean "verse"?' in caught.value.advice

    @pytest.mark.parametrize("path", ["not/there.mid", "gone.abc"])
    def test_file_that_is_not_there(self, path):
        with pytest.raises(ArtengineError, match=f'--primer: There is no file "{path}"'):
            options.make(Toy, {"primer": path})


class TestData:
    def test_there_and_back(self):
        made = options.make(Toy, {"bars": 3, "lines": "1,2", "low": "none", "primer": score(), "ending": False, "top_k": 4})
        data = json.loads(json.dumps(options.to_data(made)))
        assert options.from_data(Toy, data) == made
        assert data["lines"] == [1, 2]
        assert data["primer"]["medium"] == "music"

    def test_what_is_missing_has_its_default(self):
        assert options.from_data(Toy, {"bars": 3}) == Toy(bars=3)

    def test_what_does_not_fit_is_refused(self):
        with pytest.raises(ArtengineError, match='"bars" must be at least 1'):
            options.from_data(Toy, {"bars": 0})
        with pytest.raises(ArtengineError, match='There is no "barz"'):
            options.from_data(Toy, {"barz": 1})
        with pytest.raises(ArtengineError, match='"bars" must be a whole number, not nothing'):
            options.from_data(Toy, {"bars": None})

    def test_schema(self):
        schema = json.loads(json.dumps(options.schema(Toy)))
        assert set(schema["properties"]) == {f.name for f in options.fields(Toy)}
        assert schema["additionalProperties"] is False
        p = schema["properties"]
        assert p["bars"] == {"type": "integer", "minimum": 1, "maximum": 64, "description": "Bars to write.", "default": 8}
        assert p["mood"]["enum"] == ["glad", "sad"]
        assert p["lines"] == {"type": "array", "items": {"type": "integer", "minimum": 1}, "default": [5, 7, 5],
                              "description": "Syllables of each line."}
        assert p["top_k"]["anyOf"] == [{"type": "integer", "minimum": 1}, {"type": "null"}]
        assert p["primer"]["type"] == ["object", "string", "null"]
        assert p["motto"]["default"]["body"] == "amen"


class TestFlags:
    @pytest.fixture
    def command(self):
        def run(**values: Any):
            self.made = options.make(Toy, values)
        return click.Command("toy", params=options.flags(Toy), callback=run)

    def test_values_arrive(self, command):
        done = CliRunner().invoke(command, ["--bars", "4", "--no-ending", "--lines", "1,2", "--mood=sad", "--top-k", "3"])
        assert done.exception is None
        assert self.made == Toy(bars=4, ending=False, lines=(1, 2), mood="sad", top_k=3)

    def test_nothing_given_is_all_defaults(self, command):
        assert CliRunner().invoke(command, []).exception is None
        assert self.made == Toy()

    def test_refusal_is_ours(self, command):
        error = CliRunner().invoke(command, ["--bars", "0"]).exception
        assert isinstance(error, ArtengineError)
        assert error.wrong == "--bars must be at least 1, not 0."

    def test_help_shows_defaults_ranges_and_choices(self, command):
        text = " ".join(CliRunner().invoke(command, ["--help"]).output.split())
        for wanted in ("--bars N Bars to write. [default: 8; 1 to 64]", "--mood [glad|sad] Mood. [default: glad]",
                       "--ending / --no-ending Close on the tonic. [default: --ending]", "[default: 5,7,5; 1 or more]",
                       "--top-k N Most likely kept. [1 or more]", "--low PITCH", "--primer FILE|NOTES", "--lines N,N,…"):
            assert wanted in text

    def test_many_choices_are_listed_after_the_help(self):
        scales = ("major", "minor", "dorian", "phrygian", "lydian", "mixolydian")
        made = make_dataclass("Made", [("scale", Annotated[str, Opt("Scale.", choices=scales)], "major")], frozen=True)
        field = options.fields(made)[0]
        assert options.metavar(field) == "WORD"
        assert options.line(field) == "Scale.  [default: major; one of major, minor, dorian, phrygian, lydian, mixolydian]"

    def test_completion(self, command):
        mood = next(p for p in command.params if p.name == "mood")
        context = click.Context(command)
        assert [item.value for item in mood.shell_complete(context, "s")] == ["sad"]
        primer = next(p for p in command.params if p.name == "primer")
        assert [item.type for item in primer.shell_complete(context, "x")] == ["file"]


class TestCheck:
    @pytest.mark.parametrize(("hint", "default", "wrong"), [
        (int, 1, "the field x of Bad has no help"),
        (Annotated[int, Opt("")], 1, "has no help"),
        (Annotated[int, "Help."], 1, "has no help"),
        (Annotated[int, Opt("Help.")], ..., "has no default"),
        (Annotated[dict, Opt("Help.")], ..., "has no default"),
        (Annotated[bytes, Opt("Help.")], b"", "has the type bytes, which cannot be a flag"),
        (Annotated[tuple[int, int], Opt("Help.")], (1, 2), "cannot be a flag"),
        (Annotated[int | str, Opt("Help.")], 1, "cannot be a flag"),
        (Annotated[int, Opt("Help.", min=2)], 1, "has a default that it would not take itself"),
        (Annotated[int, Opt("Help.")], None, "has a default that it would not take itself"),
        (Annotated[int, Opt("Help.")], "1", "has a default that it would not take itself"),
        (Annotated[int, Opt("Help.")], 1.5, "has a default that it would not take itself"),
        (Annotated[str, Opt("Help.", choices=("a", "b"))], "c", "has a default that it would not take itself"),
    ])
    def test_names_part_class_and_field(self, hint, default, wrong):
        bad = make_dataclass("Bad", [("x", hint) if default is ... else ("x", hint, default)], frozen=True)
        with pytest.raises(ArtengineError, match=r"^toy: the field x of Bad") as caught:
            options.check(bad, "toy")
        assert wrong in caught.value.wrong

    @pytest.mark.parametrize("name", sorted(options.RESERVED))
    def test_engines_own_flags_are_reserved(self, name):
        bad = make_dataclass("Bad", [(name.replace("-", "_"), Annotated[int, Opt("Help.")], 1)], frozen=True)
        with pytest.raises(ArtengineError, match=rf"toy: .* of Bad would shadow the engine's own --{name}"):
            options.check(bad, "toy")

    def test_negation_of_another(self):
        fields = [("x", Annotated[bool, Opt("Help.")], True), ("no_x", Annotated[int, Opt("Help.")], 1)]
        bad = make_dataclass("Bad", fields, frozen=True)
        with pytest.raises(ArtengineError, match="the field no_x of Bad is the negation of --x"):
            options.check(bad, "toy")

    def test_what_is_no_frozen_dataclass(self):
        with pytest.raises(ArtengineError, match="toy: dict is not a dataclass"):
            options.check(dict, "toy")
        with pytest.raises(ArtengineError, match="toy: the dataclass Soft is not frozen"):
            options.check(make_dataclass("Soft", []), "toy")

    def test_works_need_no_import(self):
        hint = 'Annotated["Score | None", Opt("Help.", work="music")]'
        lazy = dataclass(frozen=True)(type("Lazy", (), {"__annotations__": {"x": hint}, "x": None, "__module__": __name__}))
        assert options.fields(lazy)[0].opt.work == "music"
