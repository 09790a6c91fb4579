"""The errors a person can do something about.

Everything that is the user's to mend is an :class:`ArtengineError`: one sentence of what is wrong, one of what to do next.
The command line prints it in one place and exits with code 2; ``--debug`` adds the trace. Anything else that escapes is a
bug of ours.
"""

from __future__ import annotations

from collections.abc import Iterable


class ArtengineError(Exception):
    """Something the user can mend.

    :param wrong: one sentence that says what is wrong, naming the file, flag or value.
    :param advice: one sentence that says what to do next.
    """

    def __init__(self, wrong: str, advice: str = "") -> None:
        super().__init__(wrong)
        self.wrong = wrong
        self.advice = advice

    def __str__(self) -> str:
        return f"{self.wrong} {self.advice}".strip()

    def __reduce__(self) -> tuple[type[ArtengineError], tuple[str, str]]:
        # The default would lose the advice on the way back from a worker process.
        return type(self), (self.wrong, self.advice)


class Unreachable(ArtengineError):
    """Something on the network that is not to be had now; the same may work another time, or elsewhere."""


class Interrupted(ArtengineError):
    """The run was asked to stop and did; what was finished is kept."""


def nearest(word: str, known: Iterable[str]) -> str:
    """``Did you mean "melody-rnn"?`` or an empty string when nothing known is close to *word*."""
    import difflib  # 4 ms, and only ever needed when something already went wrong

    close = difflib.get_close_matches(word, list(known), n=1, cutoff=0.5)
    return f'Did you mean "{close[0]}"?' if close else ""
