"""`torchkata refactor`: what could be better, now that it is green."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict, replace

import click

from .._kata import progress
from .._kata.metadata import Kata, KataError
from .._kata.progress import Progress
from .._kata.refactor import Suggestion, advice, lint
from ._course import Command, Course, json_option, kata_argument, lang_option, tell, typed


@click.command("refactor", cls=Command)
@kata_argument
@click.option("--done", is_flag=True, help="Say that you are done with it.")
@json_option
@lang_option
def command(kata: str | None, done: bool, as_json: bool, lang: str | None) -> None:
    """Suggest what could be better in KATA, by default in the last one you worked on.

    Looks for code that no step runs, ruff's findings, docstrings and type hints; tries
    torch.compile, torch.func.vmap, float64, bfloat16, the meta device and the speed. Suggestions
    only: green stays green. The kata is refactored when you say --done, or when nothing is left to
    suggest.
    """
    course = Course.here(lang)
    say = course.words
    chosen = course.choose(kata) if kata else _last(course)
    standing = progress.standing(chosen, course.book.read())
    if not standing.done:
        raise KataError(
            say(
                "not_green",
                name=chosen.name,
                passed=standing.passed,
                total=standing.total,
                state=say(f"state_{standing.state}"),
                short=chosen.number,
            )
        )
    if done:
        _mark(course, chosen)
        tell(say("is_refactored", name=chosen.name))
        return
    if sys.stderr.isatty():
        tell(say("trying"), err=True, dim=True)
    everything = list(advice.gather(chosen))
    found = [one for one in everything if not one.fact]
    if not found:
        _mark(course, chosen)
    if as_json:
        click.echo(json.dumps([asdict(one) for one in everything], ensure_ascii=False))
        return
    _show(course, chosen, everything)


def _last(course: Course) -> Kata:
    """The kata that was worked on last, else the one to work on."""
    current = course.book.read().current
    return next((one for one in course.every if one.name == current), None) or course.choose(None)


def _mark(course: Course, chosen: Kata) -> None:
    def mark(known: Progress) -> Progress:
        entry = known.entry(chosen)
        return known.changed(chosen, replace(entry, refactored=entry.code))

    course.change(mark)


def _show(course: Course, chosen: Kata, everything: list[Suggestion]) -> None:
    say, count = course.words, 0
    for one in everything:
        place = f"{typed(chosen.stub)}:{one.line}" if one.line else typed(chosen.stub)
        tell(f"{place}  {one.topic}", bold=True)
        tell(f"    {one.text}")
        count += not one.fact
    if not lint.available():
        tell(say("no_ruff"))
    if not advice.reference_of(chosen).is_dir():
        tell(say("no_reference"))
    if chosen.refactor:
        tell(say("questions"), bold=True)
        for text in chosen.refactor:
            tell(f"  - {text}")
    if count:
        tell(say("suggestions", count=count, name=chosen.number))
    else:
        tell(say("nothing_left", name=chosen.name))
