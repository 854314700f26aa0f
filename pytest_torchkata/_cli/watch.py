"""`torchkata watch`: the verdict on every save."""

from __future__ import annotations

import sys

import click

from ._course import Command, Course, console, json_option, kata_argument, lang_option


@click.command("watch", cls=Command)
@kata_argument
@json_option
@lang_option
def command(kata: str | None, as_json: bool, lang: str | None) -> None:
    """Watch KATA, by default the one you are at: save its file and know at once.

    Keys: h hint, r run all, n next kata, p previous, l list, o lesson, q quit; the space bar turns
    the page of what is too long for the terminal.

    With --json, prints one JSON object a line: running, ready, verdict (state red, passing or
    green), slow, ended.

    Exit code: 0 when you quit, 128 and the signal's number when one ended it.
    """
    from .._kata.watch.loop import Watcher
    from .._kata.watch.views import Json, Screen

    course = Course.here(lang)
    chosen = course.choose(kata)
    view = Json() if as_json else Screen(console(), course.words)
    again = ["watch", "--lang", course.language, *(["--json"] if as_json else [])]
    sys.exit(Watcher(course.every, chosen, view, course.words, again=again).watch())
