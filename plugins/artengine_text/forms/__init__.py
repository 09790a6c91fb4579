"""Forms of verse as data: from what is asked to a plan of each line, and from a poem to what it keeps of one."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from artengine_text.forms.checking import Checked, check
    from artengine_text.forms.form import MARKS, Form, LinePlan, Plan, fits
    from artengine_text.forms.guessing import guess
    from artengine_text.forms.resolving import resolve

__all__ = ["MARKS", "Checked", "Form", "LinePlan", "Plan", "check", "fits", "guess", "resolve"]
_WHERE = {"Checked": "checking", "check": "checking", "guess": "guessing", "resolve": "resolving"}


def __getattr__(name: str) -> Any:
    # The command line imports this package for the controls in wish.py alone, at every start.
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_WHERE.get(name, 'form')}"), name)
