"""``artengine check NAME``: does a part do what the contract asks?"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from artengine.testing import Outcome

EPILOG = """\b
Examples:
  artengine check melody-rnn
  artengine check my-part --only same-seed-same-bytes
  artengine check my-corpus --corpus ./some-files
  artengine check my-part --expect seeds-differ="it draws one circle"
\b
The same under pytest:
  from artengine.testing import parametrize_checks
\b
  @parametrize_checks("my-part")
  def test_part(check):
      check()
"""

SIGNS = {"passed": "✓", "failed": "✗", "skipped": "–", "expected": "~", "unexpected": "✗"}
COLOURS = {"passed": "green", "failed": "red", "skipped": "bright_black", "expected": "yellow", "unexpected": "red"}


@click.command("check", epilog=EPILOG)
@click.argument("name", required=False)
@click.option("--only", multiple=True, metavar="ID", help="Run this check only; repeatable.")
@click.option("--skip", multiple=True, metavar="ID", help="Leave this check out; repeatable.")
@click.option("--expect", multiple=True, metavar="ID=REASON", help="This check is known to fail, and why; repeatable.")
@click.option("--corpus", metavar="NAME|PATH", help="What a corpus part reads, or a generator learns from.")
@click.option("--model", metavar="NAME|FILE", help="A model to render with, or for a critic to measure by.")
@click.option("--list", "as_list", is_flag=True, help="List the checks (of NAME's kind) and run none.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_context
def command(ctx: click.Context, name: str | None, *, only: tuple[str, ...], skip: tuple[str, ...], expect: tuple[str, ...],
            corpus: str | None, model: str | None, as_list: bool, as_json: bool) -> None:
    """Tell what the part NAME gets wrong, and what to do about it.

    Every check prints ✓ where the part does what the contract asks, ✗ where it does not, – where there is nothing to check
    and ~ for a failure that was announced. The exit code is 1 if any failed.
    """
    from artengine.errors import ArtengineError
    from artengine.testing import Subject, run_checks
    from artengine.testing.kit import chosen

    expected = dict(_reason(text) for text in expect)
    if as_list or name is None:
        if name is None and not as_list:
            raise ArtengineError("It is not said which part to check.", "Give its name; `artengine plugins` lists them.")
        _list(chosen(Subject(name).raw.kind if name else None, only, skip), as_json)
        return
    subject = Subject(name, corpus, model)
    outcomes = []
    if not as_json:
        part = subject.raw
        click.echo(f"{name}, {'an' if part.kind == 'exporter' else 'a'} {part.kind} of {part.medium} ({subject.package})")
    try:
        for outcome in run_checks(subject, only, skip, expected):
            outcomes.append(outcome)
            if not as_json:
                _tell(outcome)
    finally:
        subject.close()
    bad = [outcome for outcome in outcomes if not outcome.good]
    if as_json:
        click.echo(json.dumps({"part": name, "good": not bad, "checks": [_data(o) for o in outcomes]}, ensure_ascii=False))
    else:
        passed = sum(outcome.verdict == "passed" for outcome in outcomes)
        skipped = sum(outcome.verdict == "skipped" for outcome in outcomes)
        click.echo(f"{passed} passed, {len(bad)} failed, {skipped} with nothing to check")
    ctx.exit(1 if bad else 0)


def _reason(text: str) -> tuple[str, str]:
    from artengine.errors import ArtengineError

    id, equals, reason = text.partition("=")
    if not equals or not reason.strip():
        raise ArtengineError(f"--expect {text} gives no reason.", f'Write --expect {id}="why it fails".')
    return id, reason.strip()


def _list(checks: list[Any], as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps([{"id": one.id, "help": one.help, "kinds": list(one.kinds), "ability": one.ability}
                               for one in checks]))
        return
    from artengine.cli.tables import table

    click.echo(table(("check", "of", "what is asked"),
                     [[one.id, one.ability or ("all" if len(one.kinds) == 4 else ", ".join(one.kinds)), one.help]
                      for one in checks]))


def _tell(outcome: Outcome) -> None:
    sign = click.style(SIGNS[outcome.verdict], fg=COLOURS[outcome.verdict])
    took = f"{outcome.seconds:6.1f} s" if outcome.verdict != "skipped" else ""
    click.echo(f"{sign} {outcome.check.id:<36}{took}")
    for line in (outcome.wrong, outcome.advice if not outcome.good else ""):
        if line:
            click.echo(f"    {line}")


def _data(outcome: Outcome) -> dict[str, Any]:
    return {"id": outcome.check.id, "verdict": outcome.verdict, "wrong": outcome.wrong, "advice": outcome.advice,
            "seconds": round(outcome.seconds, 3)}
