"""`torchkata list`: the state of every kata."""

from __future__ import annotations

import json

import click
from rich.table import Table
from rich.text import Text

from .._kata.progress import GREEN, LAPSED, NEW, RED, REFACTORED, Standing
from ._course import Command, Course, bar, console, json_option, lang_option
from .status import describe

_STYLES = {NEW: "dim", RED: "red", GREEN: "green", REFACTORED: "bold green", LAPSED: "yellow"}


@click.command("list", cls=Command)
@json_option
@lang_option
def command(as_json: bool, lang: str | None) -> None:
    """Show the state of every kata: steps passed, prerequisites, progress."""
    course = Course.here(lang)
    standings = course.standings()
    if as_json:
        click.echo(json.dumps([as_record(one) for one in standings], indent=1, ensure_ascii=False))
        return
    show(course, standings)


def as_record(one: Standing) -> dict[str, object]:
    """A standing for a program to read."""
    return {
        "kata": one.kata.name,
        "title": one.kata.title,
        "state": one.state,
        "was": one.was or None,
        "because": one.because or None,
        "passed": one.passed,
        "steps": one.total,
        "next_step": one.next_step.name if one.next_step else None,
        "prerequisites": list(one.kata.prerequisites),
        "folder": str(one.kata.folder),
    }


def show(course: Course, standings: list[Standing]) -> None:
    """Print the table."""
    out, say = console(), course.words
    plain = not out.encoding.startswith("utf")
    done = {one.kata.name for one in standings if one.done}
    table = Table(box=None, show_header=False, pad_edge=False, expand=False)
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True, justify="right")
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for one in standings:
        style = _STYLES[one.state]
        remark = Text(one.kata.title)
        missing = [name for name in one.kata.prerequisites if name not in done]
        if missing and not one.done:
            remark.append(f"\n{say('after', names=', '.join(missing))}", style="dim")
        if one.state == LAPSED:
            remark.append(f"\n{describe(course, one)}", style="yellow")
        counted = 0 if one.state == LAPSED else one.passed
        table.add_row(
            Text(one.kata.name),
            Text(say(f"state_{one.state}"), style=style),
            f"{counted}/{one.total}",
            Text(bar(counted, one.total, 10, plain=plain), style=style),
            remark,
        )
    out.print(table)
    green = len(done)
    out.print(
        f"{bar(green, len(standings), 20, plain=plain)} "
        f"{say('overview', green=green, total=len(standings))}"
    )
