"""Lets every test import :mod:`helpers`, however pytest is started, and keeps the user's own caches and studio out of it."""

import signal
import sys
from pathlib import Path

import pytest

from artengine import plugins

sys.path.insert(0, str(Path(__file__).parent))

# A shell starts what it puts in the background deaf to Ctrl-C, and every process that a test starts would inherit that.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True, scope="session")
def _own_places(tmp_path_factory: pytest.TempPathFactory):
    """A cache folder for this session, and no studio from the environment, here and in every process that a test starts."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ARTENGINE_CACHE", str(tmp_path_factory.mktemp("cache")))
        patch.delenv("ARTENGINE_STUDIO", raising=False)
        patch.setenv("ARTENGINE_OFFLINE", "1")  # no test fetches a corpus from the world
        yield


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
