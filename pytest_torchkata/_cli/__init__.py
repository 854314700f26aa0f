"""The command `torchkata`: one module a subcommand, loaded when it is called."""

from __future__ import annotations

import contextlib
import importlib
import importlib.metadata
import sys
from typing import Any

import click

from .._kata import courses
from .._kata.metadata import KataError
from . import _course
from ._course import lang_option, spoken, tell

# In the order of a learner's use.
_COMMANDS = (
    "list",
    "run",
    "watch",
    "hint",
    "next",
    "refactor",
    "solution",
    "reset",
    "init",
    "update",
    "verify",
)


class _Group(click.Group):
    """Loads subcommands late, and shows a `KataError` as a message for the user."""

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        say = spoken()
        _course.write_help(formatter, say("help"), say("help_alone"))

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [*_COMMANDS]  # `list` is a module here, once it is loaded

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        module = importlib.import_module(f".{cmd_name}", __name__)
        command: click.Command = module.command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in _COMMANDS and not args[0].startswith("-"):
            say, close = spoken(), courses.nearest(args[0], _COMMANDS)
            meant = say("meant", close=close) if close else ""
            names = ", ".join(_COMMANDS)
            raise _CannotBeDone(say("no_command", name=args[0], meant=meant, names=names))
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:  # click's own signature
        try:
            return super().invoke(ctx)
        except KataError as error:
            raise _CannotBeDone(str(error)) from None


class _CannotBeDone(click.ClickException):
    """What was asked for cannot be done: like a wrong call."""

    exit_code = 2

    def show(self, file: object = None) -> None:
        """Print it, as `tell` does."""
        tell(spoken()("error", text=self.message), err=True)


@click.group(
    cls=_Group,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="KATA is a number (3), a name (03_softmax), a topic (softmax) or the start of one.\n\n"
    "Exit codes: 0 done, or green; 1 red, or not proved; 2 a call that cannot be carried out; "
    "130 stopped by Ctrl-C.",
)
@click.version_option(importlib.metadata.version("pytest-torchkata"), prog_name="torchkata")
@lang_option
@click.pass_context
def group(ctx: click.Context, lang: str | None) -> None:
    """Tell where the learner is, unless a subcommand was called. Its help is `_Group`'s."""
    if ctx.invoked_subcommand is None:
        from .status import status

        status()


def main() -> None:
    """Run the command, and exit."""
    for stream in (sys.stdout, sys.stderr):
        # A name that the terminal's encoding lacks must not end the command.
        with contextlib.suppress(AttributeError, ValueError):
            stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]  # may lack it
    try:
        group(prog_name="torchkata", standalone_mode=False)
    except click.Abort:
        tell(spoken()("stopped"), err=True)
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except BrokenPipeError:  # `torchkata list | head`
        sys.stderr.close()
        sys.exit(141)
