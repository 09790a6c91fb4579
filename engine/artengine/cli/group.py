"""The top-level command: its verbs by section, imported one at a time."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import click

from artengine import cli
from artengine.errors import ArtengineError, nearest

EXAMPLES = """\
  artengine render --plugin melody-rnn --seed 7
  artengine train --plugin melody-rnn --corpus ./my-tunes --model mine
  artengine critique works/*.mid"""

EVERYWHERE = "Everywhere: --studio DIR works in that studio, --debug shows the trace of an error."


class LazyGroup(click.Group):
    """A group that knows its verbs by name and imports the file of the one that is used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The verbs whose file is there."""
        folder = Path(__file__).parent
        return [verb for verb in cli.VERBS if (folder / f"{verb.replace('-', '_')}.py").exists()]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of a verb, ``None`` where there is no such verb."""
        if cmd_name not in self.list_commands(ctx):
            return None
        command: click.Command = import_module(cli.module_of(cmd_name)).command
        if EVERYWHERE not in (command.epilog or ""):
            command.epilog = f"{command.epilog or ''}\n\n{EVERYWHERE}".strip()
        return command

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does, with an error that suggests the nearest verb."""
        verb = args[0]
        if verb.startswith("-") or verb in (verbs := self.list_commands(ctx)):
            return super().resolve_command(ctx, args)
        raise ArtengineError(f'There is no verb "{verb}".', nearest(verb, verbs) or f"There are: {', '.join(verbs)}.")

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Examples first, then the verbs by section."""
        formatter.write("artengine trains small models on your own tunes, pictures and poems, and renders works\n"
                        "that you can make again.\n\n")
        formatter.write(f"Usage: artengine VERB [OPTIONS]\n\nTry:\n{EXAMPLES}\n")
        verbs = self.list_commands(ctx)
        width = max(map(len, verbs))
        for section in cli.SECTIONS:
            rows = [verb for verb in verbs if cli.VERBS[verb][0] == section]
            if rows:
                formatter.write(f"\n{section.capitalize()}:\n")
                formatter.write("".join(f"  {verb:<{width}}  {cli.VERBS[verb][1]}\n" for verb in rows))
        formatter.write("\nOptions, anywhere on the line:\n"
                        "  --help        What a verb does and takes: artengine VERB --help\n"
                        "  --version     The version of artengine.\n"
                        "  --studio DIR  Work in that studio; by default the nearest folder above with an\n"
                        "                artengine.toml, or else this folder.\n"
                        "  --debug       Show the trace of an error.\n")


@click.command(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Train small models on your own works and render new ones."""
