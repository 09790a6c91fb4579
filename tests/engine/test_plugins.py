"""Finding and loading plugins: every way in which one can be wrong, and that it stays its own trouble."""

import importlib.metadata
import json
import os
import signal
import subprocess
import sys
import textwrap
import time

import pytest

from artengine import api, plugins
from artengine.errors import ArtengineError
from artengine.plugins import cache, scan
from helpers import SETTINGS, artengine, describing, install


@pytest.fixture
def site(tmp_path, monkeypatch):
    """A folder of installed distributions, first on sys.path, and a cache of its own."""
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(folder)
    monkeypatch.setenv("ARTENGINE_CACHE", str(tmp_path / "cache"))
    before = set(sys.modules)
    yield folder
    for name in set(sys.modules) - before:
        if str(folder) in str(getattr(sys.modules[name], "__file__", "")):
            plugin = sys.modules.pop(name)
            if plugins.manager().is_registered(plugin):
                plugins.manager().unregister(plugin)


def listed(site, *more):
    """What ``artengine plugins --json`` says of parts that are not the engine's own, by name."""
    done = artengine("plugins", "--json", *more, path=site)
    assert done.returncode == 0, done.stderr
    return {row["name"]: row for row in json.loads(done.stdout) if row["package"] != "artengine"}


class TestScan:
    def test_agrees_with_importlib_metadata(self, site, tmp_path, monkeypatch):
        second = tmp_path / "second"
        install(site, "one", describing("one"), "one")
        install(site, "Two.Parts", describing("two", "two-b"), "two", "two-b", module="two_parts")
        install(site, "old-style", describing("old"), "old", egg=True)
        install(site, "future", "", "far", group="artengine2")
        install(site, "stranger", "", "x", group="artengineer")
        install(second, "one", describing("one"), "hidden", version="2.0", module="elsewhere")
        install(second, "two_parts", describing("two"), "hidden", version="3.0", module="elsewhere")
        install(second, "third", "", "third", module="third:plugin")
        monkeypatch.syspath_prepend(second)
        monkeypatch.syspath_prepend(site)
        ours = {(f"artengine{e.api}", e.name, e.value, e.package, e.version) for e in plugins.entries()}
        theirs = {(e.group, e.name, e.value, e.dist.name, e.dist.version) for version in range(4)
                  for e in importlib.metadata.entry_points(group=f"artengine{version}")}
        assert ours == theirs
        assert {"one", "two", "two-b", "old", "far", "third"} <= {e.name for e in plugins.entries()}
        assert "hidden" not in {e.name for e in plugins.entries()}

    def test_knows_the_contracts_version(self):
        assert scan.API_VERSION == api.API_VERSION
        assert f"{scan.PREFIX}{scan.API_VERSION}" == api.GROUP

    def test_imports_nothing(self, site):
        install(site, "bang", "raise RuntimeError", "bang")
        assert plugins.package_of("bang") == ("bang", "1.0")
        assert "bang" not in sys.modules

    def test_metadata_that_cannot_be_read_leaves_the_folders_name(self, site):
        install(site, "bare", describing("bare"), "bare", version="3.1")
        (site / "bare-3.1.dist-info" / "METADATA").unlink()
        assert plugins.package_of("bare") == ("bare", "3.1")

    def test_unknown_names_the_nearest(self, site):
        install(site, "kosmos", describing("kosmos-sound"), "kosmos-sound")
        with pytest.raises(ArtengineError, match=r'"kosmos-sund".*Did you mean "kosmos-sound"\?'):
            plugins.load("kosmos-sund")


HOOK = "from artengine.api import hookimpl\n@hookimpl\ndef artengine_parts():\n    "
BROKEN = {
    "raises on import": ("1 / 0", "ZeroDivisionError: division by zero (broken.py, line 1)"),
    "syntax error": ("def (", "syntax error in"),
    "missing dependency": ("import surely_not_there.at_all", 'needs the module "surely_not_there", which is not installed'),
    "leaves the program": ("import sys; sys.exit(3)", "tried to end the program (SystemExit: 3)"),
    "no hook": ("def artengine_parts(): return []", "broken has no hook artengine_parts"),
    "hook with an argument too many": (HOOK.replace("()", "(nonsense)") + "pass", "PluginValidationError"),
    "hook raises": (HOOK + "raise KeyError('oh')", "raised KeyError: 'oh' (broken.py, line 4)"),
    "hook raises while it yields": (describing("broken") + "    raise KeyError('oh')", "raised KeyError"),
    "hook leaves the program": (HOOK + "raise SystemExit",
                                "tried to end the program"),
    "hook returns rubbish": (HOOK + "return 42", "returned an int, where parts belong"),
    "hook returns text": (HOOK + "return 'parts'", "returned a str, where parts belong"),
    "hook yields rubbish": (HOOK + "yield {'name': 'broken'}", "yields a dict, where a Part belongs"),
    "hook does not end": (HOOK + "while True:\n        yield None", "does not end"),
    "duplicate names": (describing("broken", "broken"), 'describes "broken" 2 times'),
    "another name than the entry's": (describing("borken"), 'no part "broken" (it describes: borken)'),
    "field that is no field": (describing("broken", colour="3"), "unexpected keyword argument 'colour'"),
    "kind": (describing("broken", kind="generater"), 'kind \'generater\' is none of generator, critic, corpus, exporter. '
                                                     'Did you mean "generator"?'),
    "medium": (describing("broken", medium="smell"), "medium 'smell' is none of image, music, text"),
    "target": (describing("broken", target="just.a.module"), 'target must read "module:class", not \'just.a.module\''),
    "summary of two lines": (describing("broken").replace("A part", "A\\npart"), "summary must be one line"),
    "formats": (describing("broken", formats='(".mid",)'), 'such as ("mid",), not (\'.mid\',)'),
    "exporter without formats": (describing("broken", kind="exporter", formats="()"), "an exporter must name the formats"),
    "models": (describing("broken", models="['folk']"), "models must map names"),
    "options that are no dataclass": (describing("broken", options="dict"), "dict is not a dataclass"),
    "control without help": (SETTINGS.replace('"Bars to write."', '""') + describing("broken", controls="Controls"),
                             "broken: the field bars of Controls has no help"),
    "control without default": (SETTINGS.replace(" = 8", "") + describing("broken", controls="Controls"),
                                "broken: the field bars of Controls has no default"),
    "control in the engine's way": (SETTINGS.replace("bars:", "seed:") + describing("broken", controls="Controls"),
                                    "broken: the field seed of Controls would shadow the engine's own --seed"),
    "tiny that is no option": (SETTINGS + describing("broken", options="Controls", tiny="{'layers': 1}"), "tiny: "),
    "name that is no flag's": (describing("broken_name"), "lower-case letters and digits"),
}


@pytest.mark.parametrize("what", BROKEN)
def test_broken_plugin_is_named_with_package_version_and_reason(site, what):
    source, reason = BROKEN[what]
    name = "broken_name" if what.startswith("name ") else "broken"
    install(site, "broken-art", source, name, version="2.3", module="broken")
    rows = [row for row in plugins.index(retry=True) if row.package == "broken-art" and row.name == name]
    assert [(row.version, bool(row.advice)) for row in rows] == [("2.3", True)]
    assert reason in rows[0].error
    assert "\n" not in rows[0].error
    with pytest.raises(ArtengineError) as caught:
        plugins.load(name)
    assert reason in caught.value.wrong
    assert f'"{name}" of broken-art 2.3 cannot be used: ' in caught.value.wrong
    assert caught.value.advice


def test_broken_plugins_stop_nobody_else(site):
    for number, (source, _) in enumerate(BROKEN.values()):
        install(site, f"broken-{number}", source, f"broken-{number}")
    install(site, "sound", describing("sound"), "sound")
    assert plugins.load("sound", "generator").name == "sound"
    rows = listed(site)
    assert [name for name, row in rows.items() if not row["error"]] == ["sound"]
    assert {f"broken-{n}" for n in range(len(BROKEN))} <= set(rows)
    done = artengine("plugins", path=site)
    assert done.returncode == 0
    assert done.stdout.index("sound") < done.stdout.index("Broken") < done.stdout.index("broken-0 (broken-0 1.0)")


def test_only_the_plugin_named_is_imported(site):
    install(site, "wanted", describing("wanted"), "wanted")
    install(site, "other", describing("other"), "other")
    plugins.load("wanted")
    assert "wanted" in sys.modules
    assert "other" not in sys.modules


def test_a_part_without_an_entry_is_shown_to_its_author(site):
    install(site, "half", describing("seen", "unseen"), "seen", module="half")
    rows = listed(site)
    assert rows["seen"]["error"] == ""
    assert 'describes a part "unseen", and no entry point has that name' in rows["unseen"]["error"]
    assert 'unseen = "half"' in rows["unseen"]["advice"]


def test_one_broken_part_leaves_its_neighbours(site):
    install(site, "mixed", describing("good") + describing("bad", medium="smell").split("\n\n\n")[1].split("\n", 2)[2],
            "good", "bad")
    assert plugins.load("good").name == "good"
    with pytest.raises(ArtengineError, match="medium 'smell'"):
        plugins.load("bad")


def test_object_behind_an_entry(site):
    source = "from artengine.api import Part, hookimpl\nclass P:\n    @hookimpl\n    def artengine_parts(self):\n" \
             "        return [Part(kind='critic', name='thing', medium='text', summary='A thing.', target='objects:P')]\n" \
             "plugin = P()"
    install(site, "objects", source, "thing", module="objects:plugin")
    part = plugins.load("thing", "critic")
    assert plugins.target(part).__name__ == "P"
    with pytest.raises(ArtengineError, match='"thing" is a critic, and a generator is needed here'):
        plugins.load("thing", "generator")


def test_two_packages_that_claim_one_name(site):
    install(site, "alpha", describing("clash", "alone"), "clash", "alone", version="1.5")
    install(site, "beta", describing("clash"), "clash", version="2.5")
    with pytest.raises(ArtengineError, match=r'"clash" is claimed by .* and .*') as caught:
        plugins.load("clash")
    assert "alpha 1.5" in caught.value.wrong
    assert "beta 2.5" in caught.value.wrong
    with pytest.raises(ArtengineError, match="claimed by"):
        plugins.package_of("clash")
    assert not {"alpha", "beta"} & set(sys.modules)
    assert plugins.load("alone").name == "alone"
    rows = [row for row in plugins.index() if row.name == "clash"]
    assert {row.package for row in rows} == {"alpha", "beta"}
    assert all("alpha 1.5" in row.error and "beta 2.5" in row.error for row in rows)


@pytest.mark.parametrize(("group", "version", "advice"),
                         [("artengine2", 2, "Upgrade artengine"), ("artengine0", 0, "Upgrade odd")])
def test_another_version_of_the_contract_is_named_and_not_imported(site, group, version, advice):
    install(site, "odd", "raise RuntimeError('imported')", "odd-part", version="4.2", group=group)
    said = rf'"odd-part" of odd 4\.2 is written for version {version} .* speaks version 1\. {advice}'
    with pytest.raises(ArtengineError, match=said):
        plugins.load("odd-part")
    row = next(row for row in plugins.index(retry=True) if row.name == "odd-part")
    assert f"version {version} of the plugin contract" in row.error
    assert "odd" not in sys.modules


def test_a_package_may_speak_two_versions(site):
    install(site, "both", describing("both"), "both")
    with (site / "both-1.0.dist-info" / "entry_points.txt").open("a") as file:
        file.write("\n[artengine2]\nboth = both2\n")
    assert plugins.load("both").name == "both"


def test_target_that_fails_names_package_version_and_target(site):
    install(site, "lame", describing("lame", target="lame_code:Missing"), "lame", version="7.0",
            files={"lame_code.py": "here = 1"})
    install(site, "limp", describing("limp", target="limp_code:X"), "limp",
            files={"limp_code.py": "import not_there_either"})
    said = r'"lame" of lame 7\.0 cannot run, its target lame_code:Missing fails: .*has no Missing'
    with pytest.raises(ArtengineError, match=said):
        plugins.target(plugins.load("lame"))
    with pytest.raises(ArtengineError, match='needs the module "not_there_either", which is not installed'):
        plugins.target(plugins.load("limp"))


def test_what_a_plugin_prints_stays_out_of_our_output(site):
    install(site, "noisy", "print('hello from noisy')\n" + describing("noisy"), "noisy")
    assert "noisy" in listed(site)


class TestIndex:
    """The index is never stale, never needed, and never in the way."""

    MARK = "import os\nopen(os.environ['MARK'], 'a').write('x')\n"

    @pytest.fixture
    def imports(self, tmp_path, monkeypatch):
        """How often a plugin that starts with MARK was imported."""
        monkeypatch.setenv("MARK", str(tmp_path / "mark"))
        return lambda: len((tmp_path / "mark").read_text()) if (tmp_path / "mark").exists() else 0

    def test_second_listing_imports_nothing(self, site, imports):
        install(site, "kept", self.MARK + describing("kept"), "kept")
        first = listed(site)
        assert imports() == 1
        assert listed(site) == first
        assert imports() == 1

    @pytest.mark.parametrize("change", ["module", "helper", "helper in a package", "entry point", "version", "uninstall",
                                        "shadow"])
    def test_any_change_counts(self, site, imports, tmp_path, change):
        home = tmp_path / "source"
        source = self.MARK + "import kept_helper, kept_pack.inner\n" + describing("kept", "more")
        install(site, "kept", source, "kept", home=home,
                files={"kept_helper.py": "SUMMARY = 1", "kept_pack/__init__.py": "", "kept_pack/inner.py": ""})
        path = f"{site}{os.pathsep}{home}"
        listed(path)
        listed(path)  # making __pycache__ may have cost one more
        count = imports()
        info = site / "kept-1.0.dist-info"
        if change == "module":
            source = (home / "kept.py").read_text()
            (home / "kept.py").write_text(source.replace("A part named", "A thing named"))
        elif change == "helper":
            (home / "kept_helper.py").write_text("SUMMARY = 2")
        elif change == "helper in a package":
            (home / "kept_pack" / "inner.py").write_text("A = 2")
        elif change == "entry point":
            with (info / "entry_points.txt").open("a") as file:
                file.write("more = kept\n")
        elif change == "version":
            (info / "METADATA").write_text("Name: kept\nVersion: 1.1\n")
        elif change == "shadow":
            (home / "kept_pack" / "os.py").write_text("")
        else:
            for file in info.iterdir():
                file.unlink()
            info.rmdir()
        rows = listed(path)
        if change == "uninstall":
            assert rows == {}
        else:
            assert imports() == count + 1
            assert change != "module" or rows["kept"]["summary"].startswith("A thing")
            assert change != "version" or rows["kept"]["version"] == "1.1"
            assert change != "entry point" or rows["more"]["error"] == ""

    def test_broken_is_tried_again_and_mended_counts(self, site):
        install(site, "needy", "import surely_missing\n" + describing("needy"), "needy")
        assert "surely_missing" in listed(site)["needy"]["error"]
        assert "surely_missing" in listed(site)["needy"]["error"]
        (site / "surely_missing.py").write_text("")
        assert listed(site)["needy"]["error"] == ""

    @pytest.mark.parametrize("damage", ["", "rubbish", "artengine index 1\nend", "cut"])
    def test_damaged_index_is_made_again(self, site, tmp_path, damage):
        install(site, "kept", describing("kept"), "kept")
        before = listed(site)
        for file in (tmp_path / "cache").iterdir():
            text = file.read_text()
            file.write_text(text[:len(text) * 2 // 3] if damage == "cut" else damage)
        assert listed(site) == before

    def test_cache_that_cannot_be_written_is_no_matter(self, site, tmp_path):
        install(site, "kept", describing("kept"), "kept")
        (tmp_path / "file").write_text("")
        done = artengine("plugins", path=site, ARTENGINE_CACHE=str(tmp_path / "file" / "below"))
        assert done.returncode == 0
        assert done.stderr == ""
        assert "kept" in done.stdout

    def test_place(self, monkeypatch):
        monkeypatch.setenv("ARTENGINE_CACHE", "/a/b")
        assert plugins.cache_dir() == "/a/b"
        monkeypatch.delenv("ARTENGINE_CACHE")
        monkeypatch.setenv("XDG_CACHE_HOME", "/c")
        assert plugins.cache_dir() == os.path.join("/c", "artengine")
        monkeypatch.delenv("XDG_CACHE_HOME")
        import platformdirs

        assert plugins.cache_dir() == platformdirs.user_cache_dir("artengine", appauthor=False)

    def test_find(self, site):
        install(site, "aaa", describing("aaa", kind="exporter", formats='("toy", "tox")'), "aaa")
        install(site, "bbb", describing("bbb", kind="exporter", medium="text"), "bbb")
        install(site, "ccc", describing("ccc", kind="critic", medium="smell"), "ccc")
        assert {"aaa", "bbb"} <= set(plugins.find("exporter"))
        assert plugins.find("exporter", "text", "toy") == ["bbb"]
        assert plugins.find("exporter", format="tox") == ["aaa"]
        assert plugins.find("exporter", format="nothing") == []
        assert "ccc" not in plugins.find("critic")

    def test_find_meets_no_plugin_it_has_no_need_of(self, site, imports):
        install(site, "aaa", describing("aaa", kind="exporter"), "aaa")
        install(site, "bbb", self.MARK + describing("bbb", kind="exporter"), "bbb")
        assert plugins.find("exporter", format="toy") == ["aaa"]
        assert imports() == 0


class TestHanging:
    """A plugin that never finishes importing."""

    @pytest.fixture
    def hanging(self, site, tmp_path):
        source = f"open({str(tmp_path / 'begun')!r}, 'a').write('x')\nimport time\nwhile True: time.sleep(0.05)"
        install(site, "tarpit", source, "tar", version="0.9")
        install(site, "fine", describing("fine"), "fine")

    def interrupted(self, site, tmp_path, *args):
        """Run Python, press Ctrl-C once the import hangs, and return the exit code and what it said."""
        started = subprocess.Popen([sys.executable, *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                   text=True, env={**os.environ, "PYTHONPATH": str(site)})
        deadline = time.monotonic() + 30
        while not (tmp_path / "begun").exists() and time.monotonic() < deadline:
            time.sleep(0.02)
        (tmp_path / "begun").unlink()
        started.send_signal(signal.SIGINT)
        _, said = started.communicate(timeout=30)
        return started.returncode, said

    @pytest.mark.usefixtures("hanging")
    @pytest.mark.parametrize("args", [("plugins",), ("plugins", "tar"), ("plugins", "--json")])
    def test_can_be_interrupted_and_is_named(self, site, tmp_path, args):
        code, said = self.interrupted(site, tmp_path, "-m", "artengine", *args)
        assert code == 130
        assert "Stopped while importing tarpit (tarpit 0.9)" in said
        assert "uninstall tarpit" in said
        assert "Traceback" not in said

    @pytest.mark.usefixtures("hanging")
    def test_commands_that_name_another_do_not_notice(self, site, tmp_path):
        assert artengine("plugins", "fine", path=site).returncode == 0
        assert not (tmp_path / "begun").exists()

    @pytest.mark.usefixtures("hanging")
    def test_commands_that_look_around_wait_for_it_once_and_not_long(self, tmp_path, monkeypatch):
        monkeypatch.setattr(cache, "PATIENCE", 0.3)
        assert "fine" in plugins.find("generator")
        (tmp_path / "begun").unlink()
        assert "fine" in plugins.find("generator")
        row = next(row for row in plugins.index() if row.name == "tar")
        assert row.error == "importing tarpit took longer than 0.3 seconds."
        assert not (tmp_path / "begun").exists()

    @pytest.mark.usefixtures("hanging")
    def test_one_that_was_stopped_holds_nobody_up_again(self, site, tmp_path):
        look = ["-c", "from artengine import plugins; print(plugins.find('generator'))"]
        code, said = self.interrupted(site, tmp_path, *look)
        assert code == 1
        assert "Interrupted: Stopped while importing tarpit (tarpit 0.9)" in said
        names = subprocess.run([sys.executable, *look], text=True, capture_output=True, timeout=30, check=True,
                               env={**os.environ, "PYTHONPATH": str(site)}).stdout
        assert "fine" in names
        assert not (tmp_path / "begun").exists()


@pytest.mark.parametrize("source", ["import os; os._exit(7)", "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)"])
def test_crash_on_import_is_one_line_of_the_listing(site, source):
    install(site, "aaa-fine", describing("aaa"), "aaa")
    install(site, "crasher", source, "crash")
    install(site, "zzz-fine", describing("zzz"), "zzz")
    rows = listed(site)
    assert not rows["aaa"]["error"]
    assert not rows["zzz"]["error"]
    assert rows["crash"]["error"].startswith("importing crasher ended the process (exit code ")


def test_thread_that_a_plugin_leaves_behind_holds_nothing_up(site):
    source = "import threading, time\nthreading.Thread(target=time.sleep, args=(600,)).start()\n" + describing("threads")
    install(site, "threads", source, "threads")
    assert not listed(site)["threads"]["error"]


def test_where_no_process_can_be_started_the_import_is_our_own(site, monkeypatch):
    install(site, "alone", describing("alone"), "alone")
    monkeypatch.setattr(sys, "executable", "/bin/false")
    assert "alone" in plugins.find("generator")
    assert "alone" in sys.modules


def test_installed_as_a_wheel_everything_is_there(tmp_path):
    """A regular install holds every module and every data file that the source tree has."""
    import shutil
    import zipfile
    from pathlib import Path

    root = Path(__file__).parents[2]
    copy = tmp_path / "copy"
    copy.mkdir()
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(root / name, copy)
    for name in ("engine", "plugins", "corpora"):
        shutil.copytree(root / name, copy / name, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
    build = textwrap.dedent("""
        import sys
        from setuptools import build_meta
        build_meta.build_wheel(sys.argv[1])
    """)
    pytest.importorskip("setuptools", minversion="77")
    subprocess.run([sys.executable, "-c", build, str(tmp_path)], cwd=copy, check=True, capture_output=True, timeout=120)
    wheel = zipfile.ZipFile(next(tmp_path.glob("*.whl")))
    held = {name for name in wheel.namelist() if ".dist-info/" not in name}
    wanted = {file.relative_to(copy / top).as_posix() for top in ("engine", "plugins", "corpora")
              for file in (copy / top).rglob("*") if file.is_file() and ".egg-info" not in str(file)}
    assert wanted - held == set()
    assert "artengine/cli/help.txt" in held
    assert "[artengine1]" in wheel.read(next(n for n in wheel.namelist() if n.endswith("entry_points.txt"))).decode()
