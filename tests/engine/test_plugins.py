"""Finding and loading plugins: every way in which one can be wrong, and that it stays its own trouble."""

import importlib.metadata
import os
import shutil
import sys

import pytest

from artengine import api, plugins
from artengine.errors import ArtengineError
from artengine.plugins import scan
from helpers import SETTINGS, artengine, describing, install, listed


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
        install(second, "old-style", describing("old"), "old", version="2.0", module="elsewhere")
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

    def test_looks_once_and_again_when_something_changes(self, site, monkeypatch):
        looks = []
        search = scan._search
        monkeypatch.setattr(scan, "_search", lambda: looks.append(1) or search())
        monkeypatch.setattr(sys, "path", [str(site)])
        install(site, "one", describing("one"), "one")
        assert [e.name for e in plugins.entries()] == ["one"]
        install(site, "two", describing("two"), "two")
        assert {e.name for e in plugins.entries()} == {"one", "two"}
        os.utime(site, (1_700_000_000, 1_700_000_000))  # and quiet since
        looks.clear()
        assert {e.name for _ in range(3) for e in plugins.entries()} == {"one", "two"}
        assert len(looks) == 1
        shutil.rmtree(site / "one-1.0.dist-info")
        assert [e.name for e in plugins.entries()] == ["two"]

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
