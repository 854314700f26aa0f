"""Where the katas are, and which one a name means."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from pathlib import Path

from . import metadata
from .metadata import Kata, KataError
from .words import Words

PACKAGE = Path(__file__).parent.parent


def source() -> Path:
    """The katas that came with the package: in the wheel inside it, in a checkout beside it.

    Raises:
        KataError: neither is there.
    """
    for katas in (PACKAGE / "_course" / "katas", PACKAGE.parent / "katas"):
        if katas.is_dir():
            return katas
    raise KataError(Words.by_locale()("nothing_installed", place=PACKAGE))


def find(start: Path, say: Words | None = None) -> Path:
    """The folder of katas at `start` or above it.

    Raises:
        KataError: there is none; the message says, by `say`, how to get one.
    """
    for folder in (start, *start.parents):
        for katas in (folder, folder / "katas"):
            if katas.is_dir() and any(metadata.is_kata(child) for child in katas.iterdir()):
                return katas
    say = say or Words.by_locale()
    raise KataError(say("no_course", place=start))


def course_of(katas: Path) -> Path:
    """The course folder that the folder `katas` belongs to: where progress and copies go."""
    return katas.parent if katas.name == "katas" else katas


def read(katas: Path, language: str = "en") -> list[Kata]:
    """Every kata in the folder `katas`, by number, its texts in `language` where they exist."""
    return [
        metadata.load(child, language)
        for child in sorted(katas.iterdir())
        if metadata.is_kata(child)
    ]


def choose(among: list[Kata], name: str) -> Kata:
    """The kata that `name` means: its number, its name, its topic, or the start of one.

    Raises:
        KataError: none or several; the message lists them.
    """
    wanted = Path(name.rstrip("/\\")).name  # a path is fine too: shells complete it
    if wanted.isdigit():
        fitting = [kata for kata in among if int(kata.name.partition("_")[0]) == int(wanted)]
    else:
        fitting = [kata for kata in among if wanted in (kata.name, kata.topic)] or [
            kata for kata in among if kata.name.startswith(wanted) or kata.topic.startswith(wanted)
        ]
    if len(fitting) == 1:
        return fitting[0]
    say = Words(among[0].language) if among else Words.by_locale()
    if fitting:
        names = ", ".join(kata.name for kata in fitting)
        raise KataError(say("several_katas", name=name, names=names))
    names = ", ".join(kata.name for kata in among)
    close = nearest(wanted, [word for kata in among for word in (kata.name, kata.topic)])
    meant = say("meant", close=close) if close else ""
    raise KataError(say("no_kata", name=name, meant=meant, names=names))


def nearest(word: str, names: Iterable[str]) -> str:
    """The name that `word` was most likely meant to be, or nothing."""
    close = difflib.get_close_matches(word, names)
    # Letters in another order are the commonest slip, and difflib's ratio counts it high.
    close.sort(key=lambda name: sorted(name) != sorted(word))
    return close[0] if close else ""
