"""Every part that ships passes the conformance kit that strangers' parts are held to."""

import pytest

from artengine import plugins
from artengine.testing.parametrize import cases

CASES = [case for entry in plugins.entries() if entry.package == "artengine"
         for case in cases(entry.name)]


@pytest.mark.parametrize("check", CASES, ids=[f"{case.name}-{case.check.id}" for case in CASES])
def test_built_in_part(check):
    check()


def test_all_parts_are_held_to_it():
    assert {case.name for case in CASES} == {entry.name for entry in plugins.entries() if entry.package == "artengine"}
    assert {"melody-rnn", "tonality", "folk", "midi"} <= {case.name for case in CASES}
