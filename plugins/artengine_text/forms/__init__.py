"""Forms of verse as data: from what is asked to a plan of each line, and from a poem to what it keeps of one."""

from artengine_text.forms.checking import Checked, check
from artengine_text.forms.form import MARKS, Form, LinePlan, Plan, fits
from artengine_text.forms.resolve import resolve

__all__ = ["MARKS", "Checked", "Form", "LinePlan", "Plan", "check", "fits", "resolve"]
