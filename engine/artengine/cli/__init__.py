"""The command line: one file per verb, each with a ``command``, imported only when its verb is asked for.

To add a verb, add its file (hyphens as underscores) and a line here, and run ``make help-text``.
"""

from __future__ import annotations

VERBS: dict[str, tuple[str, str]] = {
    "render": ("make", "Make works with a generator."),
    "rerender": ("make", "Make the work of a file again, to the byte."),
    "interpolate": ("make", "Walk from one work to another."),
    "train": ("learn", "Train a model on your own works, or on a corpus that ships."),
    "evaluate": ("learn", "Measure a model on works that it has not seen."),
    "critique": ("judge", "Score works, and say why."),
    "verify": ("judge", "Tell whether a file is what its recipe says."),
    "works": ("look after", "List the works of this studio."),
    "models": ("look after", "List the models of this studio and those that ship."),
    "plugins": ("look after", "List what is installed, or show one part in full."),
    "plugin": ("look after", "Begin a plugin of your own."),
    "check": ("look after", "Tell a plugin author what a part gets wrong."),
}
"""Section and summary of each verb, in the order of ``artengine --help``; one whose file is not there is left out."""

SECTIONS = ("make", "learn", "judge", "look after")


def module_of(verb: str) -> str:
    """Module of a verb's file."""
    return f"artengine.cli.{verb.replace('-', '_')}"
