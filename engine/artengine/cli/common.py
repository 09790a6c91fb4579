"""What every verb shares: the studio, and the one place where errors are told.

Exit codes: 0 done, 1 a bug of ours (or a verb's own "no"), 2 something the user can mend, 130 stopped by Ctrl-C, 141 nobody
reads our output any more.
"""

from __future__ import annotations

import errno
import os
import sys
import traceback
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from artengine.errors import ArtengineError, Interrupted, nearest

if TYPE_CHECKING:
    import click

    from artengine.studio import Studio

_FULL = {errno.ENOSPC: "The disk is full", errno.EDQUOT: "The disk quota is used up"}
_DENIED = {errno.EACCES: "permission is denied", errno.EPERM: "the operation is not permitted",
           errno.EROFS: "the disk is read-only"}


def run(args: Sequence[str]) -> int:
    """Run a command line (without the program's name) and return its exit code; whatever goes wrong is told here."""
    _open_streams()
    rest, debug, folder = split(args)

    def verb() -> Any:
        if folder is not None:
            if not folder or folder.startswith("-"):
                raise ArtengineError("--studio is not followed by a folder.", "Write --studio DIR.")
            os.environ["ARTENGINE_STUDIO"] = folder  # and so in every process this one starts
        return _click(rest)

    return run_verb(verb, debug)


def _open_streams() -> None:
    """Make output possible on streams that are closed, or whose encoding lacks some letter."""
    sys.stdout = sys.stdout or open(os.devnull, "w")  # noqa: SIM115
    sys.stderr = sys.stderr or open(os.devnull, "w")  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure") and stream.errors == "strict":
            stream.reconfigure(errors="replace")


def run_verb(verb: Callable[[], Any], debug: bool = False) -> int:
    """Call *verb* and return the exit code: its own where it returns one; an error is told on stderr."""
    try:
        code = verb()
        sys.stdout.flush()
        return code if isinstance(code, int) else 0
    except (Exception, KeyboardInterrupt) as error:
        return failed(error, debug)


def failed(error: BaseException, debug: bool = False) -> int:
    """Tell an error on stderr and return the exit code that belongs to it."""
    try:
        sys.stdout.flush()
    except OSError:  # what is still in the buffer would be complained of while the interpreter ends
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    if isinstance(error, BrokenPipeError):
        return 141
    if isinstance(error, ArtengineError):
        _tell(error, error.wrong, error.advice, debug)
        return 130 if isinstance(error, Interrupted) else 2
    if isinstance(error, KeyboardInterrupt):
        _tell(error, "Stopped.", "", debug)
        return 130
    if told := _system(error):
        _tell(error, *told, debug)
        return 2
    frames = traceback.extract_tb(error.__traceback__)
    where = f" ({os.path.basename(frames[-1].filename)}, line {frames[-1].lineno})" if frames else ""
    said = " ".join(str(error).split()).rstrip(".")
    _tell(error, f"An error that should not happen: {type(error).__name__}{f': {said}' if said else ''}{where}.",
          "Please report it, with the command, `artengine --version` and what the same command prints with --debug.", debug)
    return 1


def split(args: Sequence[str]) -> tuple[list[str], bool, str | None]:
    """Take ``--debug`` and ``--studio DIR`` out of a command line, wherever they stand before a ``--``.

    :returns: the rest, whether ``--debug`` was there, and the studio.
    """
    rest: list[str] = []
    debug, studio = False, None
    left = list(args)
    while left:
        word = left.pop(0)
        if word == "--":
            rest += [word, *left]
            break
        if word == "--debug":
            debug = True
        elif word.startswith("--studio="):
            studio = word.partition("=")[2]
        elif word == "--studio":
            studio = left.pop(0) if left else ""
        else:
            rest.append(word)
    return rest, debug, studio


def studio(ctx: click.Context | None = None) -> Studio:
    """The studio that the command works in: ``--studio``, ``$ARTENGINE_STUDIO``, the nearest above, or here."""
    from artengine.studio import Studio  # not every verb needs one

    return Studio.find()


def _click(args: list[str]) -> Any:
    """Run the verb through click, with click's own errors in our words."""
    import click
    from click.shell_completion import shell_complete

    from artengine.cli.group import main

    if complete := os.environ.get("_ARTENGINE_COMPLETE"):
        return shell_complete(main, {}, "artengine", "_ARTENGINE_COMPLETE", complete)
    try:
        # Not main.main(), which has its own ways with Ctrl-C and closed pipes.
        with main.make_context("artengine", args) as ctx:
            return main.invoke(ctx)
    except click.exceptions.Exit as error:
        return error.exit_code
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.ctx.get_help() if error.ctx else "")
        return 0
    except click.Abort as error:
        raise KeyboardInterrupt from error
    except click.NoSuchOption as error:
        path = error.ctx.command_path if error.ctx else "artengine"
        # Not command.params: the flags of render depend on --plugin.
        params = error.ctx.command.get_params(error.ctx) if error.ctx else []
        known = [flag for p in params for flag in (*p.opts, *p.secondary_opts)]
        advice = f"{nearest(error.option_name, known)} `{path} --help` lists its options.".strip()
        raise ArtengineError(f"`{path}` has no option {error.option_name}.", advice) from error
    except click.BadParameter as error:
        raise _bad_parameter(error) from error
    except click.ClickException as error:
        path = error.ctx.command_path if isinstance(error, click.UsageError) and error.ctx else "artengine"
        raise ArtengineError(f"{' '.join(error.format_message().split()).rstrip('.')}.", f"See `{path} --help`.") from error


def _bad_parameter(error: click.BadParameter) -> ArtengineError:
    """A wrong value in the words that the engine has for a plugin's own flags."""
    import click

    path = error.ctx.command_path if error.ctx else "artengine"
    see = f"See `{path} --help`."
    flag = error.param.opts[-1] if error.param and error.param.opts else ""
    if isinstance(error, click.MissingParameter):
        name = error.param.make_metavar(error.ctx) if error.param and error.ctx else "A value"
        return ArtengineError(f"{name} is missing.", see)
    said = " ".join(error.message.split()).rstrip(".")
    number = {"is not a valid integer": "a whole number", "is not a valid float": "a number"}
    for ending, noun in number.items():
        if said.startswith("'") and ending in said:
            return ArtengineError(f'{flag} must be {noun}, not "{said[1:said.index(ending)].rstrip()[:-1]}".', see)
    return ArtengineError(f"{flag}: {said}.", see)


def _system(error: BaseException) -> tuple[str, str] | None:
    """What to say of an error of the system that the user can mend."""
    if isinstance(error, MemoryError):
        return "There is not enough memory for this.", "Ask for less at once, or close other programs."
    if not isinstance(error, OSError):
        return None
    path = f' ("{error.filename}")' if error.filename else ""
    if error.errno in _FULL:
        return f"{_FULL[error.errno]}{path}.", "Make room, then run the command again; what was finished is kept."
    if error.errno in _DENIED and error.filename:
        return (f'"{error.filename}" cannot be used: {_DENIED[error.errno]}.',
                "Choose another place, or change its permissions.")
    if error.filename and error.strerror:
        return f'"{error.filename}": {error.strerror.lower()}.', "Check the path."
    return None


def _tell(error: BaseException, wrong: str, advice: str, debug: bool) -> None:
    """One error, once, on stderr: the trace where asked for, then the sentence (red on a terminal) and the advice."""
    try:
        if debug:
            traceback.print_exception(error)
        red, plain = ("\x1b[31m", "\x1b[0m") if sys.stderr.isatty() and not os.environ.get("NO_COLOR") else ("", "")
        print(f"{red}{wrong}{plain}" + (f"\n{advice}" if advice else ""), file=sys.stderr, flush=True)
    except OSError:  # nobody there to be told
        pass
