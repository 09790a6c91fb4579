"""The pages that are made from the source: current, complete, and with examples that run."""

import importlib.util

import pluggy
import pytest
from pages import DOCS

import artengine
from artengine import api, rendering
from artengine.recipe import Recipe
from artengine.works import Text

CURRENT = "Run `make docs`."


@pytest.fixture(scope="module")
def generate():
    spec = importlib.util.spec_from_file_location("generate", DOCS / "generate.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def source(generate):
    return generate.API.read_text("utf-8")


def test_the_reference_is_current(generate, source):
    assert (DOCS / "reference.md").read_text("utf-8") == generate.reference(source), CURRENT


def test_the_python_page_is_current(generate):
    page = (DOCS / "python.md").read_text("utf-8")
    assert page == generate.python(), CURRENT
    for name in artengine.__all__:
        assert f"### `{name}`" in page or name in ("ArtengineError", "Studio", "Work", "__version__")


def test_the_commands_are_current(generate):
    assert (DOCS / "cli.md").read_text("utf-8") == generate.commands(), CURRENT


def test_the_commands_do_not_depend_on_the_plugins_of_a_stranger(generate, site):
    from helpers import describing, install

    install(site, "strangers-pen", describing("pen", kind="exporter", formats='("pen",)'), "pen")
    install(site, "strangers-tune", describing("tune"), "tune")
    assert generate.commands() == (DOCS / "cli.md").read_text("utf-8")


def test_every_command_is_there(generate):
    from artengine.cli.group import main

    page = (DOCS / "cli.md").read_text("utf-8")
    for verb in main.list_commands(None):
        assert f"\n$ artengine {verb} --help\n" in page
    assert "Controls of melody-rnn:" in page


def test_nothing_of_the_contract_is_undocumented(generate, source):
    assert generate.undocumented(source) == []


@pytest.mark.parametrize(("words", "missing"), [
    ('    """One line for listings."""\n', "Part.summary"),
    ('    """Least value allowed, inclusive."""\n', "Opt.min"),
    ('        """One judgement per work, in order."""\n', "Critic.judge"),
    ('    """A generator that can go on for ever."""\n', "Streaming"),
    ('    """Decay of the moving average of the parameters that is validated and kept, 0 for none."""\n', "Learner.ema"),
])
def test_what_is_undocumented_is_found(generate, source, words, missing):
    assert source.count(words) == 1
    bare = source.replace(words, "        ...\n" if words.startswith(" " * 8) else "")
    assert generate.undocumented(bare) == [missing]


def test_an_undocumented_hook_is_found(generate, source):
    more = source + "\n    @hookspec\n    def artengine_begun(self, run: Run) -> None: ...\n"
    assert generate.undocumented(more) == ["Hooks.artengine_begun"]
    assert generate.examples(more)["artengine_begun"] == ""


def test_the_reference_names_every_class_and_member(generate, source):
    page = generate.reference(source)
    for name in ("Part", "Opt", "Run", "Generator", "Trainable", "Learner", "Latent", "Streaming", "Critic", "Judgement",
                 "Corpus", "Splittable", "Exporter"):
        assert f"### `{name}`" in page
        for member in [m for m in vars(getattr(api, name)) if not m.startswith("_")]:
            assert f"`{member}" in page, f"{name}.{member}"
    assert "**`artengine_finished(run: Run, works: Sequence[Any], error: BaseException | None) -> None`**" in page
    with pytest.raises(SystemExit, match="lacks Sculptor"):
        generate.reference(source + '\n\nclass Sculptor(Protocol):\n    """Carves."""\n')


# ---- every hook has a one-line example, which runs

@pytest.fixture
def plugin(generate, source, request):
    """A manager with a plugin that is nothing but the example of the hook that the test is named after."""
    hook = request.function.__name__.removeprefix("test_")
    names = {"Part": api.Part, "hookimpl": api.hookimpl}
    exec(generate.examples(source)[hook], names)
    manager = pluggy.PluginManager("artengine")
    manager.add_hookspecs(api.Hooks)
    manager.register(type("Plugin", (), {hook: staticmethod(names[hook])}))
    manager.check_pending()
    return manager


def test_artengine_parts(plugin):
    (part,), = plugin.hook.artengine_parts()
    assert (part.kind, part.name, part.medium) == ("critic", "brevity", "text")


def test_artengine_finished(plugin, tmp_path, capsys):
    made = [rendering.Finished(Text("a"), (tmp_path / "a.txt", tmp_path / "a.html"), Recipe("verse", "text", "verses", "1", 7, {}))]
    plugin.hook.artengine_finished(run=None, works=made, error=None)
    assert capsys.readouterr().out.split() == [str(tmp_path / "a.txt"), str(tmp_path / "a.html")]


def test_every_hook_is_tested_here(generate, source):
    for hook in generate.examples(source):
        assert f"test_{hook}" in globals()
