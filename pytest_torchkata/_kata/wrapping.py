"""Long lines for a narrow terminal: wrapped between words, their indentation kept."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console
from rich.text import Text

_NARROWEST = 20  # columns: below, indentation leaves no room


def hanging(text: Text, console: Console) -> Iterator[Text]:
    """The lines of `text`, none wider than `console`.

    What a line goes on with stands where its text begins: after its indentation and its "- ".
    """
    for line in text.split("\n", allow_blank=True):
        plain = line.plain
        start = len(plain) - len(plain.lstrip(" "))
        start += 2 if plain.startswith("- ", start) else 0
        head, rest = line[:start], line[start:]
        for piece in rest.wrap(console, max(console.width - start, _NARROWEST)) or [rest]:
            piece.rstrip()
            yield head + piece
            head = Text(" " * start)
