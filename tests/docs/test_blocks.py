"""The building blocks: every example of the page runs, in order, and shows what it says."""

from pages import DOCS, blocks, run_python


def test_every_example_runs():
    run_python(blocks(DOCS / "blocks.md"))
