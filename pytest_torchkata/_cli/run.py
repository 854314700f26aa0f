"""`torchkata run`: one kata's steps, as pytest runs them."""

from __future__ import annotations

import contextlib
import io
import json
import sys

import click

from .._kata import progress
from ._course import Command, Course, json_option, kata_argument, lang_option
from .list import as_record


@click.command("run", cls=Command, context_settings={"ignore_unknown_options": True})
@kata_argument
@click.argument("pytest_arguments", nargs=-1, type=click.UNPROCESSED)
@json_option
@lang_option
def command(
    kata: str | None, pytest_arguments: tuple[str, ...], as_json: bool, lang: str | None
) -> None:
    """Run the steps of KATA, by default of the one you are at.

    What follows KATA goes to pytest, as in `torchkata run 1 -k bias`.

    Exit code: 0 green, 1 red or no step ran, 2 pytest refused the call, 130 stopped.
    """
    import pytest

    course = Course.here(lang)
    chosen = course.choose(kata)
    arguments = [
        str(chosen.folder),
        "--import-mode=importlib",
        f"--torchkata-lang={course.language}",
        "-q",
        # pytest rewrites an installed plugin's modules; this command has loaded one before it can.
        "-Wignore:Module already imported so cannot be rewritten; pytest_torchkata",
        *pytest_arguments,
    ]
    if as_json:
        swallowed = io.StringIO()
        with contextlib.redirect_stdout(swallowed), contextlib.redirect_stderr(swallowed):
            code = int(pytest.main(arguments))
        record = as_record(progress.standing(chosen, course.book.read()))
        click.echo(json.dumps({**record, "pytest_exit_code": code}, ensure_ascii=False))
    else:
        code = int(pytest.main(arguments))
    sys.exit(_EXIT_CODES.get(code, 2))


# pytest's codes as the command's: its 2 is Ctrl-C, 3 an internal error, 4 a wrong call.
_EXIT_CODES = {0: 0, 1: 1, 2: 130, 5: 1}
