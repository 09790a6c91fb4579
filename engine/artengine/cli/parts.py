"""A command whose flags depend on the parts that its command line names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from artengine.api import Part

Section = tuple[str, list[click.Option]]
"""A heading of the help page and the flags below it."""

_FLAGS = "artengine.parts"  # key in ctx.meta: the sections of this command line


class PartsCommand(click.Command):
    """Looks at the command line before it is parsed, and takes on the flags of the parts that it names."""

    def sections(self, ctx: click.Context, args: Sequence[str], helping: bool) -> Iterable[Section]:
        """The flags that *args* call for.

        :param helping: the help page is asked for, which may show more than this command line can use.
        """
        raise NotImplementedError

    def unknown(self, ctx: click.Context, flag: str) -> None:
        """Raise a better error than that *flag* is unknown, where there is one."""

    def more_help(self, ctx: click.Context) -> str:
        """A last paragraph of the help page."""
        return ""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse, with the flags of the parts."""
        ctx.meta[_FLAGS] = list(self.sections(ctx, args, "--help" in args or "-h" in args))
        try:
            return super().parse_args(ctx, args)
        except click.NoSuchOption as error:
            self.unknown(ctx, error.option_name)
            raise

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        """The engine's flags, then the parts'."""
        return [*super().get_params(ctx), *(option for _, flags in ctx.meta.get(_FLAGS, []) for option in flags)]

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The engine's flags, then each part's under its name."""
        for heading, flags in [("Options", super().get_params(ctx)), *ctx.meta.get(_FLAGS, [])]:
            rows = [row for flag in flags if (row := flag.get_help_record(ctx))]
            if rows:
                with formatter.section(heading):
                    formatter.write_dl(rows)
        if text := self.more_help(ctx):
            formatter.write_paragraph()
            formatter.write_text(text)


def given(args: Sequence[str], flag: str) -> Iterator[str]:
    """The values of *flag* on a command line not parsed yet."""
    for i, arg in enumerate(args):
        if arg == "--":
            return
        if arg == flag and i + 1 < len(args):
            yield args[i + 1]
        elif arg.startswith(flag + "="):
            yield arg[len(flag) + 1:]


def part_flags(part: Part, cls: type, taken: set[str]) -> list[click.Option]:
    """The flags of the dataclass *cls* of *part*, named ``PART:field``.

    :param taken: flags there are already; one that is among them is spelt with the part's name. The new ones are added.
    """
    from artengine import options  # after the engine's own flags are known to be right

    flags = options.flags(cls)
    for flag in flags:
        flag.name = f"{part.name}:{flag.name}"
        if taken & set(flag.opts):
            flag.opts = [f"--{part.name}-{opt.lstrip('-')}" for opt in flag.opts]
            flag.secondary_opts = [f"--no-{part.name}-{opt.removeprefix('--no-')}" for opt in flag.secondary_opts]
        taken |= set(flag.opts)
    return flags


def chosen(ctx: click.Context, values: dict[str, object]) -> dict[str, dict[str, object]]:
    """The values that were given for flags of :func:`part_flags`, by part and field."""
    found: dict[str, dict[str, object]] = {}
    for key, value in values.items():
        if ":" in key and ctx.get_parameter_source(key) == click.core.ParameterSource.COMMANDLINE:
            part, _, field = key.partition(":")
            found.setdefault(part, {})[field] = value
    return found


class Grid(click.ParamType[Any]):
    """Columns and rows, as ``8x8``."""

    name = "grid"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, int]:
        """Two numbers of ``8x6``."""
        columns, _, rows = str(value).lower().replace("×", "x").partition("x")
        if not (columns.isdigit() and rows.isdigit()):
            self.fail(f'"{value}" is not columns x rows, such as 8x8.', param, ctx)
        return int(columns), int(rows)
