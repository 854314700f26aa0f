"""`torchkata init`: a course folder of one's own, from the installed package."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

from .._kata import courses, folders
from .._kata.metadata import KataError
from ._course import Command, spoken


@click.command("init", cls=Command)
@click.argument("directory", type=click.Path(path_type=Path))
def command(directory: Path) -> None:
    """Make DIRECTORY a course folder: every kata, ready to start.

    A file that is already there is never touched.
    """
    say = spoken()
    try:
        made = folders.make(directory, courses.source())
    except OSError as error:
        raise KataError(say("no_folder", place=directory, error=error)) from None
    if len(made.kept) > 5:
        click.echo(say("kept_many", count=len(made.kept)))
    else:
        for path in made.kept:
            click.echo(say("left_alone", place=path))
    click.echo(say("written", count=len(made.written), place=directory))
    click.echo(say("start_with", place=shlex.quote(str(directory)), first=made.first))
