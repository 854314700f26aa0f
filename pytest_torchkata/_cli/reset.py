"""`torchkata reset`: begin a kata anew, with a copy kept of what was written."""

from __future__ import annotations

from dataclasses import replace

import click

from .._kata import kept, pristine
from ._course import Command, Course, kata_required, tell, typed


@click.command("reset", cls=Command)
@kata_required
def command(kata: str) -> None:
    """Put KATA's file back as it came. Your version is kept, and you are told where."""
    course = Course.here()
    say = course.words
    chosen = course.choose(kata)
    original = pristine.stub(chosen)
    if chosen.stub.is_file() and chosen.stub.read_bytes() == original:
        tell(say("as_it_came", place=typed(chosen.stub)))
        return
    if chosen.stub.is_file():
        click.echo(say("kept", place=typed(kept.keep(chosen.stub, course.folder))))
    chosen.stub.write_bytes(original)
    click.echo(say("reset", place=typed(chosen.stub)))
    course.change(
        lambda known: replace(
            known.changed(chosen, replace(known.entry(chosen), steps={}, refactored="")),
            current=chosen.name,
        )
    )
