"""What `kata.toml` says of a kata, checked."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

FILE_NAME = "kata.toml"

_TEXTS = {"title", "goal"}
_LISTS = {"topics", "prerequisites", "references", "learned", "refactor"}
_TABLES = {"forbidden", "required"}
_TRANSLATED = _TEXTS | {"learned", "refactor"}
LANGUAGES = ("en", "ko")
_ALLOWED = _TEXTS | _LISTS | _TABLES | {*LANGUAGES[1:]}


class KataError(Exception):
    """A kata's folder or its `kata.toml` is not as it must be."""


@dataclass(frozen=True)
class Rule:
    """Operations that are forbidden, in every step, or required, in the steps that are named."""

    operations: tuple[str, ...] = ()
    reason: str | None = None  # why they are forbidden, for the learner
    hint: str | None = None
    steps: tuple[str, ...] = ()


@dataclass(frozen=True)
class Kata:
    """One kata: a folder `NN_topic` with `topic.py`, `test_topic.py` and `kata.toml`."""

    folder: Path
    title: str
    goal: str
    topics: tuple[str, ...] = ()
    prerequisites: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    learned: tuple[str, ...] = ()
    refactor: tuple[str, ...] = ()
    forbidden: Rule = Rule()
    required: Rule = Rule()
    language: str = "en"

    @property
    def name(self) -> str:
        """The folder's name, such as `01_linear`."""
        return self.folder.name

    @property
    def number(self) -> str:
        """The shortest name that means this kata, such as `1`."""
        return str(int(self.name.partition("_")[0]))

    @property
    def topic(self) -> str:
        """The name without its number, such as `linear`."""
        return self.name.partition("_")[2]

    @property
    def stub(self) -> Path:
        """The learner's file."""
        return self.folder / f"{self.topic}.py"

    @property
    def tests(self) -> Path:
        """The file with the steps."""
        return self.folder / f"test_{self.topic}.py"

    @property
    def lesson(self) -> Path:
        """The lesson, in the kata's language where there is one."""
        return self._translated("README.md")

    @property
    def hints(self) -> Path:
        """The hints, from a question to a nearly complete step."""
        return self._translated("hints.md")

    def _translated(self, name: str) -> Path:
        path = self.folder / name
        other = path.with_suffix(f".{self.language}{path.suffix}")
        return other if other.is_file() else path


def load(folder: Path, language: str = "en") -> Kata:
    """Read the kata in `folder`, its texts in `language` where `kata.toml` has them.

    Raises:
        KataError: `kata.toml` is missing, is no TOML, lacks a key or has one that is unknown.
    """
    path = folder / FILE_NAME
    number, underscore, topic = folder.name.partition("_")
    if not (number.isdigit() and underscore and topic.isidentifier()):
        raise KataError(
            f"{folder}: a kata's folder is named NN_topic, such as 01_linear; this one is not"
        )
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise KataError(f"{path} is missing: every kata has one") from None
    except tomllib.TOMLDecodeError as error:
        raise KataError(f"{path} is not TOML: {error}") from None
    unknown = sorted(set(table) - _ALLOWED)
    if unknown:
        raise KataError(f"{path}: unknown key {unknown[0]!r}; known are {sorted(_ALLOWED)}")
    table |= _translation(path, table, language)
    return Kata(
        folder=folder,
        title=_text(path, table, "title"),
        goal=_text(path, table, "goal"),
        topics=_texts(path, table, "topics"),
        prerequisites=_texts(path, table, "prerequisites"),
        references=_texts(path, table, "references"),
        learned=_texts(path, table, "learned"),
        refactor=_texts(path, table, "refactor"),
        forbidden=_rule(path, table, "forbidden"),
        required=_rule(path, table, "required"),
        language=language,
    )


def is_kata(folder: Path) -> bool:
    """Whether `folder` holds a kata."""
    return (folder / FILE_NAME).is_file()


def _text(path: Path, table: Mapping[str, object], key: str) -> str:
    value = table.get(key)
    if not isinstance(value, str) or not value:
        raise KataError(f"{path}: {key!r} must be a text; it is {value!r}")
    return value


def _texts(path: Path, table: Mapping[str, object], key: str) -> tuple[str, ...]:
    value = table.get(key, [])
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise KataError(f"{path}: {key!r} must be a list of texts; it is {value!r}")
    return tuple(value)


def _translation(path: Path, table: Mapping[str, object], language: str) -> Mapping[str, object]:
    other = table.get(language, {})
    if not isinstance(other, dict) or set(other) - _TRANSLATED:
        raise KataError(f"{path}: [{language}] takes {sorted(_TRANSLATED)}; it is {other!r}")
    return other


def _rule(path: Path, everything: Mapping[str, object], key: str) -> Rule:
    table = everything.get(key, {})
    keys = {"operations", *({"steps"} if key == "required" else {"reason", "hint"})}
    if not isinstance(table, dict) or set(table) - keys:
        raise KataError(f"{path}: [{key}] takes {sorted(keys)}; it is {table!r}")
    rule = Rule(
        operations=_texts(path, table, "operations"),
        reason=_text(path, table, "reason") if "reason" in table else None,
        hint=_text(path, table, "hint") if "hint" in table else None,
        steps=_texts(path, table, "steps"),
    )
    if key == "required" and rule.operations and not rule.steps:
        raise KataError(f"{path}: [required] needs steps = ['test_...'], those it is required in")
    return rule
