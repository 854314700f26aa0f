"""What the learner's commands share: the course they stand in, and how they print."""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .._kata import courses, language, progress
from .._kata.metadata import LANGUAGES, Kata, KataError
from .._kata.progress import Book, Progress, Standing
from .._kata.words import Words

if TYPE_CHECKING:
    from rich.console import Console


@dataclass(frozen=True)
class Course:
    """The course folder around the working directory."""

    katas: Path
    folder: Path
    language: str

    @classmethod
    def here(cls, wanted: str | None = None) -> Course:
        """The course at the working directory or above it, speaking `wanted` or its own language.

        Raises:
            KataError: there is none.
        """
        wanted = wanted or _asked_before()
        katas = courses.find(Path.cwd(), Words(wanted) if wanted else None)
        folder = courses.course_of(katas)
        return cls(katas, folder, wanted or language.of_course(folder))

    @cached_property
    def every(self) -> list[Kata]:
        """Its katas, by number."""
        return courses.read(self.katas, self.language)

    @property
    def words(self) -> Words:
        """What the command says, in the course's language."""
        return Words(self.language)

    @property
    def book(self) -> Book:
        """The learner's progress."""
        return Book(self.folder)

    def standings(self, known: Progress | None = None) -> list[Standing]:
        """Where the learner stands with each kata."""
        known = known or self.book.read()
        return [progress.standing(kata, known) for kata in self.every]

    def choose(self, name: str | None) -> Kata:
        """The kata that `name` means, or the one to work on when no name is given.

        Raises:
            KataError: `name` means none or several, or there is nothing left to work on.
        """
        if name:
            return courses.choose(self.every, name)
        known = self.book.read()
        found = progress.current(self.standings(known), known)
        if found is not None:
            return found.kata
        for kata in self.every:  # all is green: the last one worked on
            if kata.name == known.current:
                return kata
        if not self.every:
            raise KataError(self.words("empty_course", place=self.katas))
        return self.every[-1]

    def change(self, edit: Callable[[Progress], Progress]) -> None:
        """Change the progress; a folder that cannot be written costs no more than a remark."""
        try:
            remarks = self.book.change(edit)
        except OSError as error:
            remarks = [self.words("not_kept", error=error)]
        for remark in remarks:
            tell(remark, err=True)


class Command(click.Command):
    """A subcommand whose help begins in the learner's language."""

    def get_short_help_str(self, limit: int = 45) -> str:
        return spoken()(f"help_{self.name}")

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        _, _, rest = inspect.cleandoc(self.help or "").partition("\n\n")
        write_help(formatter, self.get_short_help_str(), rest)


def write_help(formatter: click.HelpFormatter, first: str, rest: str) -> None:
    """What a command is for, above its options."""
    formatter.write_paragraph()
    with formatter.indentation():
        formatter.write_text(f"{first}\n\n{rest}".strip())


if TYPE_CHECKING:
    _Text = click.ParamType[str]
else:
    _Text = click.ParamType  # generic since click 8.4 only


class KataName(_Text):
    """A kata: its number, its name, its topic or the start of one. Shells complete it."""

    name = "kata"

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[click.shell_completion.CompletionItem]:
        try:
            every = Course.here().every
        except KataError:
            return []
        return [
            click.shell_completion.CompletionItem(kata.name, help=kata.title)
            for kata in every
            if kata.name.startswith(incomplete) or kata.topic.startswith(incomplete)
        ]


# click's decorators keep the type of what they decorate; it is any command function here.
Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

kata_argument: Decorator = click.argument("kata", required=False, type=KataName())
kata_required: Decorator = click.argument("kata", type=KataName())
lang_option: Decorator = click.option(
    "--lang",
    "lang",
    type=click.Choice(LANGUAGES),
    help="Language of lessons, hints and messages.  [default: torchkata_lang, or the locale]",
)
json_option: Decorator = click.option(
    "--json", "as_json", is_flag=True, help="Print JSON, for a program to read."
)


def console() -> Console:
    """Where to print: in colour on a terminal that wants it, 80 columns where nobody knows."""
    from rich.console import Console

    return Console(highlight=False, soft_wrap=False)


def tell(text: str, *, err: bool = False, **style: Any) -> None:  # what Rich's Style takes
    """Print a message: on a terminal wrapped between words, elsewhere as it is."""
    from rich.console import Console
    from rich.style import Style
    from rich.text import Text

    from .._kata.wrapping import hanging

    out = Console(stderr=err, highlight=False)
    if not out.is_terminal:
        click.echo(text, err=err)
        return
    for line in hanging(Text(text, Style(**style)), out):
        out.print(line, soft_wrap=True)


def spoken() -> Words:
    """What the command says before it knows of a course, or where there is none."""
    try:
        return Course.here().words
    except KataError:
        asked = _asked_before()
        return Words(asked) if asked else Words.by_locale()


def _asked_before() -> str | None:
    """The language in `torchkata --lang ko list`, asked for before the subcommand."""
    context = click.get_current_context(silent=True)
    return context.find_root().params.get("lang") if context else None


def bar(done: int, total: int, width: int, *, plain: bool) -> str:
    """A progress bar of `width` characters; never full before everything is done."""
    filled = width * done // total if total else 0
    full, empty = ("#", ".") if plain else ("█", "░")
    return full * filled + empty * (width - filled)


def typed(path: Path) -> str:
    """`path` as one would type it from the working directory."""
    try:
        return os.path.relpath(path)
    except ValueError:  # another drive, on Windows
        return str(path)
