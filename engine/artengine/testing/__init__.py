"""The conformance kit: tells the author of a part what it gets wrong, in a command and under pytest.

    from artengine.testing import parametrize_checks

    @parametrize_checks("my-part")
    def test_part(check):
        check()

The same checks run as ``artengine check my-part``. :mod:`.kit` says what a check is; the others hold the checks of one
kind each.
"""

from __future__ import annotations

from artengine.testing.kit import Check, Failed, NotApplicable, Outcome, Subject, checks, run_checks
from artengine.testing.parametrize import parametrize_checks

__all__ = ["Check", "Failed", "NotApplicable", "Outcome", "Subject", "checks", "parametrize_checks", "run_checks"]
