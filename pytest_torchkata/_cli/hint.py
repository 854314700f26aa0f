"""`torchkata hint`: the next hint that was not seen yet."""

from __future__ import annotations

from dataclasses import replace

import click

from .._kata import hints
from .._kata.metadata import KataError
from .._kata.progress import Progress
from ._course import Command, Course, console, kata_argument, lang_option, tell, typed


@click.command("hint", cls=Command)
@kata_argument
@click.option("--all", "everything", is_flag=True, help="Show every hint, seen or not.")
@lang_option
def command(kata: str | None, everything: bool, lang: str | None) -> None:
    """Show the next hint of KATA that you have not seen, by default of the kata you are at."""
    course = Course.here(lang)
    chosen = course.choose(kata)
    there = hints.read(chosen.hints)
    if not there:
        raise KataError(course.words("no_hints", place=typed(chosen.hints)))
    seen = course.book.read().entry(chosen).hints
    if everything:
        for number, text in enumerate(there, start=1):
            tell(course.words("hint_of", number=number, total=len(there)), bold=True)
            _show(text)
        return
    if seen >= len(there):
        tell(course.words("hints_over", total=len(there), name=chosen.name))
        return
    title = course.words("hint_of", number=seen + 1, total=len(there))
    tell(f"{chosen.name}, {title}", bold=True)
    _show(there[seen])

    def note(known: Progress) -> Progress:
        entry = known.entry(chosen)
        return known.changed(chosen, replace(entry, hints=max(entry.hints, seen + 1)))

    course.change(note)


def _show(text: str) -> None:
    """Markdown, rendered on a terminal and as it is written elsewhere."""
    out = console()
    if not out.is_terminal:
        click.echo(text + "\n")
        return
    from rich.markdown import Markdown

    out.print(Markdown(text))
    out.print()
