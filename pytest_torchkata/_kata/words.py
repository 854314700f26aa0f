"""The sentences that the machinery itself says to a learner, in every language it speaks.

What a kata says is in its own files (`kata.toml`, `README.ko.md`, `hints.ko.md`).
"""

from __future__ import annotations

import unicodedata

from . import language
from .metadata import LANGUAGES
from .sentences import TABLE


class Words:
    """The sentences in one language."""

    def __init__(self, spoken: str) -> None:
        self._index = LANGUAGES.index(spoken)

    @classmethod
    def by_locale(cls) -> Words:
        """The sentences in the locale's language: where there is no course to ask."""
        return cls(language.by_locale())

    def __call__(self, key: str, **values: object) -> str:
        """The sentence `key` with its {names} filled in."""
        return TABLE[key][self._index].format(**values)


def label(text: str, width: int = 8) -> str:
    """`text` padded to `width` columns of a terminal, where a Korean letter takes two."""
    columns = sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)
    return text + " " * max(width - columns, 1)


def keys() -> tuple[str, ...]:
    """Every key of the table."""
    return tuple(TABLE)


def sentences(key: str) -> tuple[str, ...]:
    """The sentence `key` in each language, not filled in."""
    return TABLE[key]
