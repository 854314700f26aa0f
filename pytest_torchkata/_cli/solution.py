"""`torchkata solution`: how the authors solved a kata, once it is green."""

from __future__ import annotations

import click

from .._kata import courses, progress
from .._kata.metadata import KataError
from ._course import Command, Course, console, kata_required, tell, typed


@click.command("solution", cls=Command)
@kata_required
@click.option("--give-up", is_flag=True, help="Show it although the kata is not green.")
def command(kata: str, give_up: bool) -> None:
    """Show the authors' solution of KATA, once yours is green."""
    course = Course.here()
    chosen = course.choose(kata)
    # Beside the package in a checkout; the course folder itself may lie anywhere.
    path = courses.PACKAGE.parent / "tests" / "katas" / chosen.name / "solution.py"
    if not path.is_file():
        raise KataError(course.words("no_solution", name=chosen.name, short=chosen.number))
    standing = progress.standing(chosen, course.book.read())
    if not (standing.done or give_up):
        raise KataError(
            course.words(
                "solution_waits",
                name=chosen.name,
                passed=standing.passed,
                total=standing.total,
                short=chosen.number,
            )
        )
    text = path.read_text(encoding="utf-8")
    out = console()
    if not out.is_terminal:
        click.echo(text, nl=False)
        return
    from rich.syntax import Syntax

    tell(f"# {typed(path)}", dim=True)
    out.print(Syntax(text, "python", background_color="default", word_wrap=True))
