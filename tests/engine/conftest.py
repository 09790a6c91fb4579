"""Fixtures of the engine's tests."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from toys import texts, toy, toy_trained  # noqa: F401 -- fixtures, which pytest finds by name
from versestudio import cli, studio  # noqa: F401 -- fixtures, which pytest finds by name
