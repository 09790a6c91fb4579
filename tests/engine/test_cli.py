"""The command line itself: its start, its help, and the one door through which errors leave."""

import errno
import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

import artengine as package
from artengine import cli
from artengine.cli import common, helptext, listing
from artengine.cli.group import main as group
from artengine.errors import ArtengineError, Interrupted
from artengine.plugins import Listed
from helpers import SETTINGS, artengine, describing, install


@pytest.fixture
def site(tmp_path, monkeypatch):
    """A folder for installed distributions, and an index of its own."""
    monkeypatch.setenv("ARTENGINE_CACHE", str(tmp_path / "cache"))
    (tmp_path / "site").mkdir()
    return tmp_path / "site"


def modules_after(*args, path=""):
    """The modules that a command line has imported when it ends, in a process of its own.

    Without site, whose work for editable installs imports half the standard library before we begin.
    """
    ours = ("artengine", "artengine_music", "artengine_corpora")
    homes = [str(Path(import_module(name).__file__).parents[1]) for name in ours]
    code = f"import sys\nsys.path += {homes + sys.path!r}\nfrom artengine.__main__ import main\nmain({list(args)!r})\n" \
           "print('|', *sys.modules, file=sys.stderr)"
    done = subprocess.run([sys.executable, "-S", "-c", code], capture_output=True, text=True, timeout=60, check=False,
                          env={**os.environ, "PYTHONPATH": str(path)})
    assert done.returncode == 0, done.stderr
    return set(done.stderr.rpartition("|")[2].split())


class TestStart:
    @pytest.mark.parametrize("args", [("--help",), (), ("--version",)])
    def test_help_imports_nothing_that_takes_time(self, args):
        heavy = {"torch", "numpy", "music21", "pydantic", "click", "rich", "pluggy", "dataclasses", "typing", "re", "enum",
                 "collections", "pathlib", "json", "importlib.metadata", "sqlite3"}
        assert modules_after(*args) & heavy == set()

    def test_plugins_from_the_index_imports_nothing_that_takes_time(self, site):
        install(site, "toy", "import json\n" + describing("toy"), "toy")
        modules_after("plugins", path=site)
        modules_after("plugins", path=site)  # the first may have made __pycache__, and so changed a folder
        heavy = {"click", "pluggy", "dataclasses", "typing", "re", "enum", "json", "toy", "artengine_music.plugin"}
        assert modules_after("plugins", path=site) & heavy == set(), "or a part of the engine's own is broken"

    def test_a_verb_imports_no_other(self, site):
        code = "import sys\nfrom artengine.__main__ import main\nmain(['plugins', '--kind', 'critic'])\n" \
               "print('|', *sys.modules, file=sys.stderr)"
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
        loaded = set(done.stderr.rpartition("|")[2].split())
        assert "artengine.cli.plugins" in loaded
        assert {f"artengine.cli.{verb}" for verb in cli.VERBS if verb != "plugins"} & loaded == set()
        assert {"torch", "numpy", "music21", "PIL", "sqlite3"} & loaded == set()

    def test_program_that_pip_installs(self):
        program = Path(sys.executable).with_name("artengine")
        if not program.exists():
            pytest.skip("artengine is on the path, not installed")
        done = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=60, check=True)
        assert done.stdout == f"artengine {package.__version__}\n"


class TestHelp:
    def test_file_is_what_click_would_say(self):
        assert helptext.FILE.read_text(encoding="utf-8") == helptext.text(), "run `make help-text`"

    def test_shows_examples_and_every_verb_by_section(self):
        text = artengine("--help").stdout
        assert text == artengine().stdout == artengine("-h").stdout == helptext.text()
        assert text.count("  artengine ") >= 3
        context = click.Context(group)
        for verb in group.list_commands(context):
            assert f"\n  {verb} " in text
        sections = [line.rstrip(":").lower() for line in text.splitlines() if line.endswith(":")]
        assert [s for s in sections if s in cli.SECTIONS] == [s for s in cli.SECTIONS if any(cli.VERBS[v][0] == s for v in
                                                              group.list_commands(context))]
        assert max(map(len, text.splitlines())) <= 88

    def test_examples_name_verbs_that_there_are(self):
        verbs = group.list_commands(click.Context(group))
        text = helptext.text()
        examples = [line.split()[1] for line in text.splitlines() if line.startswith("  artengine ")]
        assert set(examples) <= {*verbs, "train"}

    @pytest.mark.parametrize("verb", group.list_commands(click.Context(group)))
    def test_every_verb_has_help(self, verb):
        done = artengine(verb, "--help")
        assert done.returncode == 0, done.stderr
        assert done.stdout.startswith(f"Usage: artengine {verb}")
        assert "--studio DIR" in done.stdout

    def test_verb_that_there_is_not(self):
        done = artengine("rendr")
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr == 'There is no verb "rendr".\nDid you mean "render"?\n'
        assert "There are: " in artengine("zzz").stderr

    def test_usage_errors_are_told_in_the_same_way(self):
        done = artengine("plugins", "--jsn")
        assert done.returncode == 2
        assert done.stderr == "`artengine plugins` has no option --jsn.\n" \
                              'Did you mean "--json"? `artengine plugins --help` lists its options.\n'
        done = artengine("plugins", "--kind", "generater")
        assert done.returncode == 2
        assert done.stderr.count("\n") == 2
        assert "'generater' is not one of" in done.stderr
        assert "See `artengine plugins --help`." in done.stderr

    def test_completion_of_verbs(self):
        done = artengine(_ARTENGINE_COMPLETE="bash_complete", COMP_WORDS="artengine re", COMP_CWORD="1")
        assert done.stdout.split() == ["plain,render", "plain,rerender"]


def told(capsys, error, **more):
    """Exit code and what is said of an error that a verb raises."""
    def verb():
        raise error
    code = common.run_verb(verb, **more)
    out, err = capsys.readouterr()
    assert out == ""
    return code, err


class TestDoor:
    def test_what_the_user_can_mend(self, capsys):
        assert told(capsys, ArtengineError("It is wrong.", "Do this.")) == (2, "It is wrong.\nDo this.\n")
        assert told(capsys, ArtengineError("It is wrong.")) == (2, "It is wrong.\n")

    def test_debug_adds_the_trace(self, capsys):
        code, err = told(capsys, ArtengineError("It is wrong.", "Do this."), debug=True)
        assert code == 2
        assert err.startswith("Traceback")
        assert err.endswith("It is wrong.\nDo this.\n")

    def test_red_on_a_terminal_only(self, capsys, monkeypatch):
        monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
        monkeypatch.delenv("NO_COLOR", raising=False)
        assert told(capsys, ArtengineError("It is wrong.", "Do this."))[1] == "\x1b[31mIt is wrong.\x1b[0m\nDo this.\n"
        monkeypatch.setenv("NO_COLOR", "1")
        assert told(capsys, ArtengineError("It is wrong.", "Do this."))[1] == "It is wrong.\nDo this.\n"

    def test_bug_of_ours(self, capsys):
        code, err = told(capsys, ZeroDivisionError("division\nby zero"))
        assert code == 1
        first, second = err.splitlines()
        assert first.startswith("An error that should not happen: ZeroDivisionError: division by zero (test_cli.py, line ")
        assert "report" in second
        assert "--debug" in second
        assert "Traceback" in told(capsys, ZeroDivisionError("x"), debug=True)[1]

    def test_stopped(self, capsys):
        assert told(capsys, KeyboardInterrupt()) == (130, "Stopped.\n")
        error = Interrupted("Stopped after 3.", "Go on with --resume.")
        assert told(capsys, error) == (130, "Stopped after 3.\nGo on with --resume.\n")

    @pytest.mark.parametrize(("error", "said"), [
        (OSError(errno.ENOSPC, "x", "/w/a.mid"), 'The disk is full ("/w/a.mid").'),
        (PermissionError(errno.EACCES, "x", "/w/a.mid"), '"/w/a.mid" cannot be used: permission is denied.'),
        (OSError(errno.EROFS, "x", "/w/a.mid"), '"/w/a.mid" cannot be used: the disk is read-only.'),
        (FileNotFoundError(errno.ENOENT, "No such file or directory", "a.mid"), '"a.mid": no such file or directory.'),
        (MemoryError(), "There is not enough memory for this."),
    ])
    def test_what_the_system_says(self, capsys, error, said):
        code, err = told(capsys, error)
        assert code == 2
        assert err.splitlines()[0] == said
        assert len(err.splitlines()) == 2

    def test_code_of_the_verbs_own(self):
        assert common.run_verb(lambda: None) == 0
        assert common.run_verb(lambda: 1) == 1

    @pytest.mark.parametrize(("line", "rest", "debug", "studio"), [
        ("render --bars 8", "render --bars 8", False, None),
        ("--debug render", "render", True, None),
        ("render --plugin x --debug", "render --plugin x", True, None),
        ("render --studio a/b --count 2", "render --count 2", False, "a/b"),
        ("--studio=c render", "render", False, "c"),
        ("works -- --debug --studio x", "works -- --debug --studio x", False, None),
    ])
    def test_anywhere_on_the_line(self, line, rest, debug, studio):
        assert common.split(line.split()) == (rest.split(), debug, studio)

    def test_studio_without_a_folder(self):
        for args in (["works", "--studio"], ["works", "--studio", "--json"], ["works", "--studio="]):
            done = artengine(*args)
            assert done.returncode == 2
            assert done.stderr == "--studio is not followed by a folder.\nWrite --studio DIR.\n"

    def test_debug_alone_asks_for_nothing(self):
        assert artengine("--debug").stdout == artengine("--help", "--debug").stdout == helptext.text()
        assert artengine("--studio", "x").stdout.rstrip() == helptext.text().rstrip()

    def test_debug_anywhere(self):
        for args in (["--debug", "plugins", "nobody"], ["plugins", "nobody", "--debug"]):
            done = artengine(*args)
            assert done.returncode == 2
            assert done.stderr.startswith("Traceback")
            assert done.stderr.count('No installed plugin offers "nobody".') == 2  # in the trace, and told

    @pytest.mark.parametrize("args", [("plugins",), ("plugins", "--json"), ("--help",)])
    def test_closed_pipe_is_quiet(self, args):
        command = [sys.executable, "-m", "artengine", *args]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(timeout=60) == 141


    @pytest.mark.skipif(not Path("/dev/full").exists(), reason="no such device here")
    @pytest.mark.parametrize("args", [("plugins", "--json"), ("--help",)])
    def test_full_disk_behind_our_output(self, args):
        with open("/dev/full", "w") as full:
            done = subprocess.run([sys.executable, "-m", "artengine", *args], stdout=full, stderr=subprocess.PIPE, text=True,
                                  timeout=60, check=False)
        assert done.returncode == 2
        assert done.stderr.startswith("The disk is full.\n")
        assert done.stderr.count("\n") == 2


class TestPlugins:
    @pytest.fixture(autouse=True)
    def plugins(self, site):
        source = SETTINGS + describing("kosmos", controls="Controls", options="Controls",
                                       models="{'folk': 'kosmos:folk.safetensors'}")
        install(site, "kosmos-art", source, "kosmos", version="2.1", module="kosmos")
        install(site, "writer", describing("toy-writer", kind="exporter", medium="text", embeds="True"), "toy-writer")
        install(site, "ruin", "1 / 0", "ruin")

    def test_table(self, site):
        text = artengine("plugins", path=site).stdout
        lines = text.splitlines()
        assert any(line.split() == ["kosmos", "A", "part", "named", "kosmos.", "(kosmos-art", "2.1)"] for line in lines)
        ruin = lines.index("    ruin (ruin 1.0)")
        assert lines.index("Generators") < lines.index("Exporters") < lines.index("Broken") < ruin
        assert lines[ruin + 1].strip().startswith("importing ruin raised ZeroDivisionError")
        assert "uninstall ruin" in lines[ruin + 2]

    def test_only_a_kind_or_a_medium(self, site):
        text = artengine("plugins", "--kind", "exporter", "--medium", "text", path=site).stdout
        assert "toy-writer" in text
        assert "kosmos" not in text
        assert "Broken" in text  # it may be one

    def test_fits_a_terminal(self):
        rows = [Listed(kind="generator", name="a-name", medium="music", summary="long " * 40, package="p", version="1")]
        assert all(len(line) <= 80 for line in listing.table(rows, 80).splitlines())
        assert "…" in listing.table(rows, 80)
        assert "…" not in listing.table(rows)

    def test_one_in_full(self, site):
        done = artengine("plugins", "kosmos", path=site)
        assert done.returncode == 0, done.stderr
        for wanted in ("kosmos: a generator of music", "kosmos-art 2.1", "nowhere:Thing", "folk (default)", "--bars N",
                       "Bars to write.", "[default: 8; 1 to 64]", "--mood [glad|sad]", "--set option=value"):
            assert wanted in done.stdout
        assert "writes   toy" in artengine("plugins", "toy-writer", path=site).stdout

    def test_one_as_data(self, site):
        import json

        data = json.loads(artengine("plugins", "kosmos", "--json", path=site).stdout)
        assert data["controls"]["properties"]["bars"]["maximum"] == 64
        assert (data["package"], data["version"]) == ("kosmos-art", "2.1")
        assert data["models"] == {"folk": "kosmos:folk.safetensors"}

    def test_one_that_is_broken(self, site):
        done = artengine("plugins", "ruin", path=site)
        assert done.returncode == 2
        assert done.stderr.startswith('"ruin" of ruin 1.0 cannot be used: importing ruin raised ZeroDivisionError')

    def test_in_process_too(self, site, monkeypatch):
        monkeypatch.syspath_prepend(site)
        done = CliRunner().invoke(group, ["plugins", "--kind", "exporter"], standalone_mode=False)
        assert done.exception is None
        assert "toy-writer" in done.output
