"""A broken plugin is its own trouble: really installed distributions, wrong in every way there is, beside good ones."""

import json
import subprocess

import pytest

from environments import Environment, wheel
from helpers import describing, interrupted

GOOD = '''
from artengine.works import Text


class Writer:
    def __init__(self, model, run):
        pass

    def render(self, controls, seeds):
        yield from (Text(f"Poem {seed}") for seed in seeds)


class File:
    def __init__(self, options, run):
        pass

    def write(self, work, path, recipe):
        path.write_text(work.body)

    def recipe(self, path):
        return None
'''
HOOK = "from artengine.api import hookimpl\n\n\n@hookimpl\ndef artengine_parts():\n    "
# name of the part: (package, version, source, group, reason in the listing)
BROKEN = {
    "raises": ("loud-art", "0.3", "raise RuntimeError('no such brush')", "artengine1",
               "importing raises raised RuntimeError: no such brush (raises.py, line 1)"),
    "misspelt": ("clumsy-art", "1.4.2", "def (:\n", "artengine1", "importing misspelt met a syntax error in"),
    "needy": ("needy-art", "2.0", "import surely_not_installed.anywhere", "artengine1",
              'importing needy needs the module "surely_not_installed", which is not installed'),
    "later": ("later-art", "9.1", "raise SystemExit('imported')", "artengine2",
              "written for version 2 of the plugin contract; this artengine speaks version 1"),
    "rubbish": ("rubbish-art", "0.1", HOOK + "return [1, 'two', {'name': 'rubbish'}]", "artengine1",
                "the hook artengine_parts of rubbish yields an int, where a Part belongs"),
}
RIVALS = {"first-art": "1.1", "second-art": "2.2"}  # both offer "wanted"


def good(folder):
    """The wheel of a plugin as it should be."""
    poet = describing("good-poet", medium="text", target="good_code:Writer", formats='("poem",)')
    file = describing("good-file", kind="exporter", medium="text", target="good_code:File", formats='("poem",)')
    return wheel(folder, "good-art", {"good_poet.py": poet, "good_file.py": file, "good_code.py": GOOD},
                 {"good-poet": "good_poet", "good-file": "good_file"})


@pytest.fixture(scope="module")
def environment(tmp_path_factory):
    """An environment with one good plugin and every broken one."""
    folder = tmp_path_factory.mktemp("isolation")
    wheels = [good(folder)]
    wheels += [wheel(folder, package, {f"{name}.py": source}, {name: name}, version=version, group=group)
               for name, (package, version, source, group, _) in BROKEN.items()]
    wheels += [wheel(folder, package, {f"{package.replace('-', '_')}.py": describing("wanted")},
                     {"wanted": package.replace("-", "_")}, version=version) for package, version in RIVALS.items()]
    made = Environment(folder / "venv")
    made.install(*wheels)
    return made


def test_listing_names_each_with_package_version_and_reason(environment):
    done = environment.artengine("plugins", "--json")
    assert done.returncode == 0, done.stderr
    rows = {(row["name"], row["package"]): row for row in json.loads(done.stdout) if row["package"] != "artengine"}
    for name, (package, version, _, _, reason) in BROKEN.items():
        row = rows.pop((name, package))
        assert (row["version"], bool(row["advice"])) == (version, True)
        assert reason in row["error"]
    for package, version in RIVALS.items():
        row = rows.pop(("wanted", package))
        assert row["version"] == version
        assert 'The name "wanted" is claimed by' in row["error"]
    assert {name: row["error"] for (name, _), row in rows.items()} == {"good-poet": "", "good-file": ""}


def test_listing_shows_a_person_the_same(environment):
    done = environment.artengine("plugins")
    fine, _, broken = done.stdout.partition("\nBroken\n")
    assert "good-poet" in fine
    assert "melody-rnn" in fine
    for name, (package, version, _, _, reason) in BROKEN.items():
        assert f"    {name} ({package} {version})\n" in broken
        assert reason in broken
    assert not done.stderr


@pytest.mark.parametrize("args", [("render", "--plugin", "melody-rnn", "--help"), ("train", "--plugin", "melody-rnn", "--help"),
                                  ("plugins", "good-poet"), ("--help",)])
def test_commands_that_need_none_of_them_say_nothing_of_them(environment, args):
    done = environment.artengine(*args)
    assert done.returncode == 0, done.stderr
    assert not done.stderr
    assert not any(package in done.stdout for package, *_ in BROKEN.values())


def test_good_plugin_renders_beside_them(environment, tmp_path):
    done = environment.artengine("render", "--plugin", "good-poet", "--count", "2", "--seed", "5", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert [(tmp_path / line).read_text() for line in done.stdout.split()] == ["Poem 5", "Poem 6"]


@pytest.mark.parametrize("name", BROKEN)
def test_command_that_names_one_says_what_is_wrong(environment, name, tmp_path):
    package, version, _, _, reason = BROKEN[name]
    done = environment.artengine("render", "--plugin", name, cwd=tmp_path)
    assert done.returncode == 2
    assert f'"{name}" of {package} {version}' in done.stderr
    assert reason in done.stderr
    assert "Traceback" not in done.stderr
    assert any(word in done.stderr for word in ("Upgrade", "upgrade", "Install", "Uninstall", "uninstall"))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("args", [("train", "--plugin", "melody-rnn", "--corpus", "{}"), ("render", "--plugin", "melody-rnn", "--critic", "{}"),
                                  ("check", "{}"), ("plugins", "{}")])
def test_whatever_the_verb(environment, args, tmp_path):
    done = environment.artengine(*(word.format("raises") for word in args), cwd=tmp_path)
    assert done.returncode != 0
    assert "no such brush" in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


def test_command_that_names_what_two_claim_names_both(environment):
    done = environment.artengine("plugins", "wanted")
    assert done.returncode == 2
    assert all(f"{package} {version}" in done.stderr for package, version in RIVALS.items())
    assert "Uninstall all of them but one." in done.stderr


def test_uninstalling_one_of_the_two_settles_it(tmp_path):
    made = Environment(tmp_path / "venv")
    made.install(*(wheel(tmp_path, package, {f"{package.replace('-', '_')}.py": describing("wanted")},
                         {"wanted": package.replace("-", "_")}, version=version) for package, version in RIVALS.items()))
    assert made.artengine("plugins", "wanted").returncode == 2
    made.pip("uninstall", "--quiet", "--yes", "first-art")
    done = made.artengine("plugins", "wanted", "--json")
    assert (done.returncode, json.loads(done.stdout)["package"]) == (0, "second-art")


@pytest.fixture(scope="module")
def tarpit(tmp_path_factory):
    """An environment with a plugin that never finishes importing, and a good one; and the file its import begins with."""
    folder = tmp_path_factory.mktemp("tarpit")
    begun = folder / "begun"
    made = Environment(folder / "venv")
    made.install(
        wheel(folder, "tarpit-art", {"tarpit.py": f"open({str(begun)!r}, 'w').close()\nimport time\n"
                                                  "while True:\n    time.sleep(0.05)\n"}, {"tar": "tarpit"}, version="0.9"),
        good(folder))
    return made, begun


@pytest.mark.parametrize("args", [("plugins",), ("plugins", "tar"), ("render", "--plugin", "tar"),
                                  ("render", "--plugin", "tar", "--help"), ("train", "--plugin", "tar", "--corpus", "folk")])
def test_what_needs_it_can_be_interrupted_and_names_it(tarpit, args, tmp_path):
    made, begun = tarpit
    begun.unlink(missing_ok=True)
    process = subprocess.Popen([made.python, "-m", "artengine", *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                               text=True, env=made.env, cwd=tmp_path)
    code, said = interrupted(process, begun)
    assert code == 130
    assert "Stopped while importing tarpit (tarpit-art 0.9)" in said
    assert "uninstall tarpit-art" in said
    assert "Traceback" not in said


@pytest.mark.parametrize("args", [("render", "--plugin", "good-poet"), ("render", "--plugin", "good-poet", "--help"),
                                  ("plugins", "good-poet"), ("render", "--plugin", "melody-rnn", "--help"), ("--help",)])
def test_what_does_not_need_it_neither_loads_nor_waits_for_it(tarpit, args, tmp_path):
    made, begun = tarpit
    begun.unlink(missing_ok=True)
    done = made.artengine(*args, cwd=tmp_path, ARTENGINE_CACHE=str(tmp_path / "cache"))  # which knows nothing of it yet
    assert done.returncode == 0, done.stderr
    assert not begun.exists()
    assert ("not looked at yet" in done.stdout) == (args[0] == "render" and "--help" in args)


def test_listing_waits_for_it_in_vain_and_says_so(tarpit):
    made, _ = tarpit
    done = made.run("-c", "from artengine.plugins import cache; cache.LONG_PATIENCE = 4.0\n"
                          "from artengine.__main__ import main; main(['plugins'])")
    assert "    tar (tarpit-art 0.9)\n        importing tarpit took longer than 4 seconds.\n" in done.stdout
    assert "good-poet" in done.stdout
