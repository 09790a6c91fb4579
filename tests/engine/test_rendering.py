import errno
import io
import json
import os
import resource
import signal
import threading
import time

import pytest
from versestudio import start

import artengine
from artengine import files, planning, rendering
from artengine.errors import ArtengineError, Interrupted
from artengine.runs import Line
from artengine.studio import Studio


def bodies(**more):
    return [work.body for work in artengine.render("verse", **more)]


def test_a_work_depends_on_its_own_seed_alone(studio):
    assert bodies(seed=7, count=3) == [bodies(seed=7 + i)[0] for i in range(3)]
    assert bodies(seed=7) != bodies(seed=8)


def test_one_command_makes_a_file_with_its_seed_in_the_name(cli, studio):
    code, out, err = cli("render", "--plugin", "verse", "--seed", 7, "--words", 3)
    assert (code, out, err) == (0, "works/verse-seed7.verse\n", "")
    assert (studio / "works/verse-seed7.verse").read_text().split("\n")[0] == bodies(seed=7, words=3)[0]
    assert [p.name for p in (studio / "works").iterdir()] == ["verse-seed7.verse"]


def test_a_seed_drawn_at_random_is_told_and_makes_the_same_again(cli, studio):
    code, out, err = cli("render", "--plugin", "verse")
    drawn = int(err.split()[1].rstrip(","))
    assert code == 0
    assert f"verse-seed{drawn}.verse" in out
    assert 0 <= drawn < 2**32
    assert bodies(seed=drawn)[0] in (studio / out.strip()).read_text()


def test_the_title_is_part_of_the_name(cli):
    assert cli("render", "--plugin", "verse", "--seed", 1, "--title", "Ода к Радости / No. 9!")[1] == \
        "works/verse-ода-к-радости-no-9-seed1.verse\n"


def test_no_file_is_ever_written_over(cli, studio):
    (studio / "works").mkdir()
    (studio / "works/verse-seed1.raw").write_text("mine")
    (studio / "works/verse-seed1-2.raw.recipe.json").write_text("mine too")
    outs = [cli("render", "--plugin", "verse", "--seed", 1, "--format", "raw,verse")[1] for _ in range(2)]
    # All files of a work share one name, so every name of the third must be free.
    assert outs == [f"works/verse-seed1-{n}.raw\nworks/verse-seed1-{n}.verse\n" for n in (3, 4)]
    assert (studio / "works/verse-seed1.raw").read_text() == "mine"
    assert (studio / "works/verse-seed1-2.raw.recipe.json").read_text() == "mine too"
    assert not list((studio / "works").glob(".*"))


def test_without_hard_links_names_are_still_taken_by_creating_them(cli, studio, monkeypatch):
    monkeypatch.setattr(os, "link", lambda *a: (_ for _ in ()).throw(OSError(errno.EOPNOTSUPP, "no links here")))
    for name in ("verse-seed1.verse", "verse-seed1-2.verse"):
        assert cli("render", "--plugin", "verse", "--seed", 1)[1] == f"works/{name}\n"
        assert "%%" in (studio / "works" / name).read_text()
    assert len(list((studio / "works").iterdir())) == 2


@pytest.mark.parametrize(("output", "count", "expected"), [
    ("a/b", 1, ["a/b/verse-seed1.verse"]),
    ("a/x.vrs", 1, ["a/x.vrs"]),
    ("x.verse", 3, ["x-1.verse", "x-2.verse", "x-3.verse"]),
    ("v1.25", 1, ["v1.25/verse-seed1.verse"]),
    ("dots.odd/", 1, ["dots.odd/verse-seed1.verse"]),
])
def test_output_is_a_folder_or_a_file_name(cli, output, count, expected):
    assert cli("render", "--plugin", "verse", "--seed", 1, "--count", count, "--output", output)[1].split() == expected


def test_numbers_in_names_sort(cli):
    out = cli("render", "--plugin", "verse", "--seed", 1, "--count", 10, "--output", "x.verse")[1].split()
    assert out == sorted(out)


@pytest.mark.parametrize(("args", "wrong", "advice"), [
    ([], "--plugin is missing.", "verse, verse-net"),
    (["--plugin", "vers"], 'There is no generator "vers".', 'Did you mean "verse"?'),
    (["--plugin", "vowels"], '"vowels" is a critic', "verse"),
    (["--plugin", "verse", "--wrds", "3"], "has no option --wrds.", 'Did you mean "--words"?'),
    (["--plugin", "verse", "--words", "0"], "--words must be at least 1", "1 to 5000"),
    (["--plugin", "verse", "--mood", "merr"], "--mood must be one of", 'Did you mean "merry"?'),
    (["--plugin", "verse", "--seed", "-1"], "--seed -1 is out of range", "from 0"),
    (["--plugin", "verse", "--seed", str(2**63)], "is out of range", "from 0"),
    (["--plugin", "verse", "--count", "0"], "--count is less than 1", "1 or more"),
    (["--plugin", "verse", "--format", "verze"], 'There is no format "verze" for text.', 'Did you mean "verse"?'),
    (["--plugin", "verse", "--output", "x.verze"], 'writes ".verze" files', 'Did you mean "verse"?'),
    (["--plugin", "verse", "--output", "x.raw", "--format", "verse"], "ends in .raw", "Give a name"),
    (["--plugin", "verse", "--critic", "vowel"], 'no critic "vowel"', 'Did you mean "vowels"?'),
    (["--plugin", "verse", "--best-of", "3"], "needs a critic", "vowels, brevity, mad"),
    (["--plugin", "verse", "--model", "x"], 'has no model "x"', "train"),
    (["--plugin", "verse", "--model", "x/y.safetensors"], "There is no model file", "artengine models"),
    (["--plugin", "verse", "--format", "raw", "--shout"], "option of the exporter verse-file", "Add --format verse."),
])
def test_what_a_person_gets_wrong_is_one_sentence_and_the_next_step(cli, studio, args, wrong, advice):
    code, out, err = cli("render", *args)
    assert (code, out) == (2, "")
    assert wrong in err.splitlines()[0]
    assert advice in err.splitlines()[1]
    assert len(err.splitlines()) == 2
    assert not list(studio.iterdir())


def test_help_shows_the_controls_of_the_plugin_under_its_name(cli):
    code, plain, _ = cli("render", "--help")
    assert code == 0
    assert "--words" not in plain
    assert "verse, verse-net" in plain
    code, full, _ = cli("render", "--plugin", "verse", "--help")
    engine, rest = full.split("Controls of verse:")
    controls, _, exporter = rest.partition("Options of")
    assert code == 0
    assert "--best-of" in engine
    assert "--words N" in controls
    assert "[merry|sad]" in controls
    assert "--shout" in exporter
    assert "--verse-file-words" in exporter  # the control has the plain name


def test_a_clashing_option_of_an_exporter_is_spelt_with_its_name(cli, studio):
    cli("render", "--plugin", "verse", "--seed", 1, "--words", 4, "--verse-file-words", 2, "--shout", "--output", "x.verse")
    lines = (studio / "x.verse").read_text().splitlines()
    assert [len(line.split()) for line in lines[:2]] == [2, 2]
    assert lines[0].isupper()


def test_defaults_come_from_the_studio_and_flags_win(cli, studio):
    (studio / "artengine.toml").write_text(
        '[render]\nplugin = "verse"\nformat = ["raw", "verse"]\noutput = "made"\n'
        "[render.verse]\nwords = 2\nseed = 5\n[export.verse-file]\nshout = true\n")
    code, out, _ = cli("render")
    assert (code, out.split()) == (0, ["made/verse-seed5.raw", "made/verse-seed5.verse"])
    assert (studio / "made/verse-seed5.raw").read_text() == bodies(seed=5, words=2)[0] + "\n"
    assert (studio / "made/verse-seed5.verse").read_text().split("\n")[0].isupper()
    assert bodies() == bodies(seed=5, words=2)  # the Python face reads them too
    _, out, _ = cli("render", "--words", 1, "--format", "verse", "--no-shout", "--seed", 6)
    assert (studio / out.strip()).read_text().split("\n")[0] == bodies(seed=6, words=1)[0]


@pytest.mark.parametrize(("toml", "said"), [
    ("[render]\nwrods = 3\n", "wrods"), ("[render.verse]\nwrods = 3\n", "words"), ("[render.verse]\nwords = 0\n", "words"),
    ("[render]\ncount = 'many'\n", "count"), ("render = 3\n", "[render]"), ("[render\n", "artengine.toml"),
    ("[rendr]\nwords = 3\n", 'Did you mean "render"?'), ("[render.vers]\nwords = 3\n", 'Did you mean "verse"?'),
    ("frob = 3\n", "which nothing reads"), ("[render]\ncount = 0\n", "--count is less than 1"),
    ("[render.verse]\nwords = 0\n", "[render.verse] of artengine.toml"),
])
def test_a_mistake_in_the_studios_file_is_named(cli, studio, toml, said):
    (studio / "artengine.toml").write_text(toml)
    code, _, err = cli("render", "--plugin", "verse")
    assert code == 2
    assert said in err
    assert "--words" not in err
    assert not (studio / "works").exists()


def test_the_best_of_many_is_chosen_by_the_critics_and_is_the_work_of_its_seed(cli, studio):
    asked = ("--best-of", 6, "--critic", "vowels", "--json")
    code, out, _ = cli("render", "--plugin", "verse", "--seed", 3, "--count", 2, *asked)
    assert code == 0
    for i, one in enumerate(json.loads(out)):
        seeds = rendering.candidates(3 + i, 6)
        shares = {seed: sum(c in "aeiou" for c in bodies(seed=seed)[0]) for seed in seeds}
        assert seeds[0] == 3 + i
        assert len(shares) == 6
        assert shares[one["seed"]] == max(shares.values())
        assert max(shares.values()) > min(shares.values())
        text = (studio / one["files"][0]).read_text()
        assert bodies(seed=one["seed"])[0] in text
        assert '"of":6' in text
    # Work 1 of seed 3 is work 0 of seed 4, also when there is a choice.
    again = json.loads(cli("render", "--plugin", "verse", "--seed", 4, *asked)[1])
    assert again[0]["seed"] == one["seed"]


def test_a_critic_that_breaks_its_word_is_named_with_its_package(cli):
    code, _, err = cli("render", "--plugin", "verse", "--critic", "vowels,mad")
    assert code == 2
    assert 'The critic "mad" of verses 1.2 gave the score nan' in err


def test_a_generator_that_gives_too_few_works_is_named(cli, studio):
    code, out, err = cli("render", "--plugin", "verse", "--count", 3, "--lazy", "--seed", 1)
    assert code == 2
    assert out == "works/verse-seed1.verse\n"
    assert '"verse" of verses 1.2 made 1 of 3 works' in err
    assert "The work finished before is kept." in err


def test_ctrl_c_keeps_what_is_finished_and_says_how_to_go_on(cli, studio):
    code, out, err = cli("render", "--plugin", "verse", "--count", 9, "--interrupt", 3, "--seed", 1)
    assert code == 130
    assert out.split() == [f"works/verse-seed{n}.verse" for n in (1, 2, 3)]
    assert "Stopped after 3 of 9 works; they are kept." in err
    assert "--seed 4 --count 6" in err
    assert len(list((studio / "works").iterdir())) == 3
    assert len(Studio(studio).catalog.works()) == 3
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_second_ctrl_c_stops_at_once(studio):
    from artengine.runs import LocalRun

    with LocalRun() as run:
        os.kill(os.getpid(), signal.SIGINT)
        assert run.stopped()
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)


def test_every_plugin_is_told_of_a_run_and_of_what_ended_it(studio):
    import verses

    verses.TOLD.clear()
    artengine.render("verse", count=2)
    with pytest.raises(Interrupted):
        artengine.render("verse", count=5, interrupt=1)
    assert verses.TOLD[0] == (2, None)
    assert isinstance(verses.TOLD[1][1], Interrupted)


def test_a_full_disk_is_said_and_leaves_nothing_half_written(cli, studio, monkeypatch):
    import verses

    made = []

    def write(self, work, path, recipe):
        path.write_text("half")
        made.append(path)
        if len(made) == 3:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(verses.File, "write", write)
    code, out, err = cli("render", "--plugin", "verse", "--count", 5, "--seed", 1, "--format", "raw,verse")
    assert code == 2
    assert "The disk that holds" in err
    assert "The 2 works finished before are kept." in err
    assert len(out.split()) == 4
    assert len(list((studio / "works").iterdir())) == 6  # each with the sidecar of its .raw, and no temporary file


def test_a_file_too_large_for_the_disk_leaves_nothing(studio):
    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))

    process = start("render", "--plugin", "verse", "--words", 4000, preexec_fn=limit)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 2
    assert "could not be written" in err
    assert "Traceback" not in err
    assert not list((studio / "works").iterdir())


@pytest.mark.parametrize(("output", "said"), [("taken/x", '"taken" is a file'), ("taken", '"taken" is a file'),
                                              ("/proc/nowhere", "could not be written")])
def test_a_place_that_cannot_be_is_said(cli, studio, output, said):
    (studio / "taken").write_text("mine")
    code, _, err = cli("render", "--plugin", "verse", "--output", output)
    assert code == 2
    assert said in err
    assert (studio / "taken").read_text() == "mine"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_may_not_be_written_to_is_said(cli, studio):
    (studio / "locked").mkdir(mode=0o500)
    code, _, err = cli("render", "--plugin", "verse", "--output", "locked")
    assert code == 2
    assert "may not be written to" in err


@pytest.mark.parametrize(("number", "said"), [
    (errno.ENOSPC, "is full"), (errno.EROFS, "may not be written to"), (errno.EACCES, "may not be written to"),
    (errno.EIO, "could not be written")])
def test_every_error_of_a_disk_has_a_sentence_and_a_next_step(number, said):
    error = files.explain(OSError(number, os.strerror(number)), "place")
    assert said in error.wrong
    assert "--output" in error.advice


def test_a_catalog_that_cannot_be_written_costs_no_work(cli, studio):
    (studio / "catalog.db").mkdir()
    code, out, err = cli("render", "--plugin", "verse", "--seed", 1)
    assert (code, out) == (0, "works/verse-seed1.verse\n")
    assert "The works are kept all the same." in err


def test_two_processes_never_write_over_each_other(studio):
    both = [start("render", "--plugin", "verse", "--seed", 1, "--count", 20, "--format", "raw,verse") for _ in range(2)]
    names = [name for process in both for name in process.communicate(timeout=60)[0].split()]
    assert [process.returncode for process in both] == [0, 0]
    assert len(set(names)) == 80
    for name in names:
        seed = int(name.partition("seed")[2].partition(".")[0].partition("-")[0])
        assert (studio / name).read_text().split("\n")[0] == bodies(seed=seed)[0]
    assert len(list((studio / "works").iterdir())) == 120
    assert len(Studio(studio).catalog.works()) == 40


def test_kill_9_loses_nothing_that_was_finished(studio):
    process = start("render", "--plugin", "verse", "--seed", 1, "--count", 5000, "--wait", 0.002)
    while len(list((studio / "works").glob("*.verse"))) < 20:
        assert process.poll() is None
        time.sleep(0.01)
    process.kill()
    told = process.communicate()[0].split()
    files = list((studio / "works").glob("verse-*.verse"))
    assert {studio / name for name in told} <= set(files)
    for file in files:
        body, recipe = file.read_text().split("\n%% ")
        assert body == bodies(seed=json.loads(recipe)["seed"])[0]
    assert cli_ok(studio)


def cli_ok(studio):
    from artengine.cli import common

    return common.run(["render", "--plugin", "verse", "--seed", "1"]) == 0


def slow_disk(monkeypatch):
    sync = os.fsync

    def fsync(handle):
        time.sleep(0.01)
        sync(handle)

    monkeypatch.setattr(os, "fsync", fsync)


def test_a_slow_disk_is_waited_for_while_the_next_works_are_made(cli, studio, monkeypatch):
    slow_disk(monkeypatch)
    code, out, _ = cli("render", "--plugin", "verse", "--count", 40, "--seed", 1, "--format", "raw,verse")
    assert code == 0
    assert out.split() == [f"works/verse-seed{n}.{e}" for n in range(1, 41) for e in ("raw", "verse")]
    assert len(list((studio / "works").iterdir())) == 120
    assert len(Studio(studio).catalog.works()) == 40
    assert not [t for t in threading.enumerate() if t.name.startswith("artengine")]


@pytest.mark.parametrize("ends", ["interrupt", "full"])
def test_what_ends_a_run_early_costs_no_work_that_a_slow_disk_still_has_to_take(cli, studio, monkeypatch, ends):
    slow_disk(monkeypatch)
    link, taken = os.link, []

    def full(temp, path):
        taken.append(path)
        if ends == "full" and len(taken) == 5:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        link(temp, path)

    monkeypatch.setattr(files, "_claim", full)
    code, out, err = cli("render", "--plugin", "verse", "--count", 30, "--interrupt", 12, "--seed", 1)
    files_there = {f"works/{p.name}" for p in (studio / "works").iterdir()}
    assert set(out.split()) == files_there
    assert len(Studio(studio).catalog.works()) == len(files_there)
    if ends == "full":
        assert code == 2
        assert "is full" in err
        assert len(files_there) > 4
    else:
        assert code == 130
        assert len(files_there) == 12
        assert "Stopped after 12 of 30" in err


def test_what_a_killed_run_left_behind_is_taken_away_a_day_later(cli, studio):
    (studio / "works").mkdir()
    old, new = studio / "works/.artengine-1-0.verse", studio / "works/.artengine-1-1.verse"
    for file in (old, new):
        file.write_text("half a ver")
    os.utime(old, (0, time.time() - 100_000))
    cli("render", "--plugin", "verse")
    assert not old.exists()
    assert new.exists()


def test_progress_is_shown_on_a_terminal_after_a_while_and_nowhere_else(monkeypatch):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    def seen(stream, patience):
        monkeypatch.setattr("sys.stderr", stream)
        line = Line("works", patience)
        line(3, 10, {"loss": 0.5})
        line(4, 10, {})  # too soon for another
        line.close()
        return stream.getvalue()

    assert "3 of 10 works" in seen(Terminal(), 0.0)
    assert "4 of 10" not in seen(Terminal(), 0.0)
    assert seen(Terminal(), 60.0) == ""
    assert seen(io.StringIO(), 0.0) == ""


def test_a_fault_of_the_generators_own_is_not_put_on_the_disk(cli, studio, monkeypatch):
    import verses

    def render(self, controls, seeds):
        os.listdir("/nowhere/at/all")

    monkeypatch.setattr(verses.Verse, "render", render)
    code, _, err = cli("render", "--plugin", "verse")
    assert code == 2
    assert "/nowhere/at/all" in err
    assert "could not be written" not in err


def test_a_plan_can_be_made_without_writing(studio):
    job = planning.plan(Studio(studio), "verse", seed=1, export=False)
    assert [f.paths for f in rendering.render(job)] == [()]
    assert not list(studio.iterdir())


def test_a_work_can_be_given_as_a_work_a_file_or_text(cli, studio):
    inline = bodies(seed=1, after="once upon")[0]
    assert inline.startswith("once upon ")
    assert bodies(seed=1, after=artengine.Text("once upon"))[0] == inline
    (studio / "start.verse").write_text("once upon\n")
    cli("render", "--plugin", "verse", "--seed", 1, "--after", "start.verse", "--output", "x.verse")
    text = (studio / "x.verse").read_text()
    assert text.split("\n")[0] == inline
    assert '"body":"once upon"' in text  # the recipe does not depend on the file
    with pytest.raises(ArtengineError):
        bodies(after=artengine.Image)
