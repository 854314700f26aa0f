"""In which language a learner is spoken to."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path

from .metadata import LANGUAGES, KataError

INI_KEY = "torchkata_lang"


def by_locale(environment: Mapping[str, str] = os.environ) -> str:
    """The language of the locale where there are texts in it, else English.

    The first of LC_ALL, LC_MESSAGES and LANG that is set decides, as in POSIX.
    """
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if value := environment.get(name):
            language = value.partition("_")[0].partition(".")[0].lower()
            return language if language in LANGUAGES else LANGUAGES[0]
    return LANGUAGES[0]


def chosen(name: str) -> str:
    """The language `name`, or the locale's where it is empty.

    Raises:
        KataError: there are no texts in that language.
    """
    if name and name not in LANGUAGES:
        raise KataError(f"{INI_KEY} = {name!r}: a kata speaks {' or '.join(LANGUAGES)}")
    return name or by_locale()


def of_course(course: Path) -> str:
    """The language of the course folder: its `torchkata_lang`, else the locale's."""
    try:
        table = tomllib.loads((course / "pyproject.toml").read_text(encoding="utf-8"))
        wanted = table["tool"]["pytest"]["ini_options"][INI_KEY]
    except (OSError, ValueError, KeyError, TypeError):
        wanted = ""  # no such file or key: pytest itself complains of a broken one
    return wanted if wanted in LANGUAGES else by_locale()
