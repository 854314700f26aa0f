"""The command that repeats one test, as text for a shell."""

from __future__ import annotations

import shlex
from dataclasses import dataclass


@dataclass(frozen=True)
class Repeat:
    """The command that repeats one test as it ran."""

    path: str  # of the test's file, as the user who started pytest would write it
    name: str  # what follows the file in the node id, with its "::"
    options: tuple[str, ...]

    def __str__(self) -> str:
        return " ".join(["pytest", _quoted(self.path + self.name), *self.options])


def _quoted(text: str) -> str:
    """Quoted for a POSIX shell, and for Windows' where the text allows it."""
    return shlex.quote(text) if any(char in text for char in '"$`\\!') else f'"{text}"'
