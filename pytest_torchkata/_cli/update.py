"""`torchkata update`: new katas and lessons from the installed package."""

from __future__ import annotations

import click

from .._kata import courses, folders
from .._kata.metadata import KataError
from ._course import Command, Course, tell, typed


@click.command("update", cls=Command)
def command() -> None:
    """Bring this course folder up to date with the installed package.

    Your own files are never touched. Where you changed a lesson or a test, a copy is kept.
    """
    course, source = Course.here(), courses.source()
    say = course.words
    if course.katas.resolve() == source.resolve():
        raise KataError(say("update_the_source", place=course.katas))
    if course.katas.name != "katas":
        raise KataError(say("not_by_init", place=course.katas))
    done = folders.update(course.folder, source)
    for name in done.new_katas:
        click.echo(say("update_new", place=f"katas/{name}"))
    for path in done.added:
        click.echo(say("update_new", place=typed(path)))
    for path in done.replaced:
        click.echo(say("update_replaced", place=typed(path)))
        if done.copies and path in done.copies:
            click.echo(say("update_kept", place=typed(done.copies[path])))
    for name in done.changed_tests:
        tell(say("update_tests", name=name))
    for path in done.changed_stubs:
        tell(say("update_stub", place=typed(path), name=path.parent.name))
    if not (done.new_katas or done.added or done.replaced or done.changed_stubs):
        tell(say("update_nothing"))
