"""The index of plugins is never stale and never in the way; a plugin that hangs or crashes is one line of it."""

import os
import subprocess
import sys

import pytest

from artengine import plugins
from artengine.plugins import cache
from helpers import artengine, describing, install, interrupted, listed


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

    def test_find_by_name_imports_no_other(self, site, imports):
        install(site, "aaa", self.MARK + describing("aaa", kind="exporter"), "aaa")
        install(site, "bbb", describing("bbb", kind="exporter"), "bbb")
        assert plugins.find("exporter", "music", name="bbb") == ["bbb"]
        assert plugins.find("critic", name="bbb") == plugins.find("exporter", name="ccc") == []
        assert imports() == 0
        assert {"aaa", "bbb"} <= set(plugins.find("exporter"))

    def test_what_is_new_can_be_left_out(self, site, imports):
        install(site, "aaa", self.MARK + describing("aaa"), "aaa")
        assert {row.package for row in plugins.index(learn=False)} == {"artengine"}
        assert imports() == 0

    def test_formats_are_looked_up_without_meeting_plugins_that_are_not_needed(self, site, imports):
        from artengine.planning import Exporters

        install(site, "zzz", self.MARK + describing("zzz", kind="exporter", formats='("zzz",)'), "zzz")
        install(site, "yyy", describing("yyy", kind="exporter", formats='("yyy", "mid")'), "yyy")
        known = Exporters("music")
        assert known["mid"] == "midi"
        assert known["yyy"] == "yyy"
        assert imports() == 0
        assert "xxx" not in known
        assert imports() == 1
        assert list(known)[-2:] == ["yyy", "zzz"]


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
        return interrupted(started, tmp_path / "begun")

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
