"""`torchkata next`: move on to the next kata that is not green."""

from __future__ import annotations

from dataclasses import replace

import click

from ._course import Command, Course
from .status import status


@click.command("next", cls=Command)
def command() -> None:
    """Move on: the next kata after the one you are at that is not green yet."""
    course = Course.here()
    known = course.book.read()
    standings = course.standings(known)
    names = [one.kata.name for one in standings]
    # From the kata run last, when that is green: the one to work on is then the next already.
    here = known.current if known.current in names else course.choose(None).name
    after = names.index(here) + 1
    left = [one for one in [*standings[after:], *standings[:after]] if not one.done]
    if left:
        course.change(lambda known: replace(known, current=left[0].kata.name))
    status()
