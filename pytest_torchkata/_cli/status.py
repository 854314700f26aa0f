"""`torchkata` alone: where you are, and what to do next."""

from __future__ import annotations

from pathlib import Path

import click
from rich.markup import escape

from .._kata import courses, hints, progress, words
from .._kata.metadata import KataError
from .._kata.progress import LAPSED, NEW, Standing
from ._course import Course, bar, console, spoken, tell, typed


def status() -> None:
    """Show it; without a course, say how to get one."""
    try:
        course = Course.here()
    except KataError:
        _no_course()
        return
    known = course.book.read()
    standings = course.standings(known)
    out, say = console(), course.words
    green = sum(one.done for one in standings)
    line = say("overview", green=green, total=len(standings))
    plain = not out.encoding.startswith("utf")
    out.print(
        f"{escape(course.folder.resolve().name)}: {line}  "
        f"[green]{bar(green, len(standings), 20, plain=plain)}[/]"
    )
    here = progress.current(standings, known)
    if here is None:
        out.print(say("everything_green"))
        return
    kata = here.kata
    out.print()
    out.print(f"[bold]{escape(say('you_are_at', name=kata.name, title=kata.title))}[/]")
    out.print(escape(describe(course, here)))
    out.print()
    seen, there = known.entry(kata).hints, len(hints.read(kata.hints))
    for name, text in (
        (say("next"), f"torchkata watch {kata.number}   |   torchkata run {kata.number}"),
        (say("lesson"), typed(kata.lesson)),
        (say("hints"), f"torchkata hint {kata.number}   ({min(seen, there)}/{there})"),
    ):
        out.print(f"[bold]{words.label(name)}[/]{escape(text)}", overflow="fold")


def describe(course: Course, here: Standing) -> str:
    """How a kata stands, in a sentence."""
    say = course.words
    if here.state == NEW:
        return say("begin", stub=typed(here.kata.stub))
    if here.state == LAPSED:
        return say(
            f"lapsed_{here.because}",
            was=say(f"state_{here.was}"),
            passed=here.passed,
            total=here.total,
        )
    step = here.next_step
    if step is None:
        return say("green", total=here.total)
    return say(
        "next_step",
        passed=here.passed,
        total=here.total,
        number=step.number,
        claim=step.claim,
    )


def _no_course() -> None:
    say, count = spoken(), len(courses.read(courses.source()))
    tell(say("no_course_yet", place=Path.cwd(), count=count))
    click.echo(words.label(say("next")) + "torchkata init my-katas")
    click.echo(words.label(say("help_label")) + "torchkata --help")
