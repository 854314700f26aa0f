"""What a learner reads of a failed step: the claim, the case, what went wrong, their line."""

from __future__ import annotations

import linecache
import re
import textwrap
import traceback
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from .limits import OutOfTime
from .metadata import Kata
from .words import Words

_INDENT = "    "


class StateChanged(AssertionError):
    """The learner's code left torch's global state changed."""


@dataclass(frozen=True)
class Place:
    """A line of code that was running."""

    path: Path
    line: int
    function: str

    @property
    def source(self) -> str:
        """The line itself, without its indentation."""
        return linecache.getline(str(self.path), self.line).strip()


@dataclass(frozen=True)
class Failure:
    """One failed step: a line for the list, and the whole text."""

    headline: str
    text: str


def describe(error: BaseException, kata: Kata) -> Failure:
    """Tell why a step failed."""
    places = list(_places(error.__traceback__))
    own = [place for place in places if _is_learners(place.path, kata)]
    step = [
        place for place in places if place.path == kata.tests and place.function.startswith("test_")
    ]
    say = Words(kata.language)
    summary, details = _message(error, own[-1] if own else None, kata, say)
    unwritten = isinstance(error, NotImplementedError)
    case = [] if unwritten else _case(error)
    blocks = ["\n".join([summary, *details])]
    if case:
        blocks.append(f"{say('smallest_case')}\n{_indented(case)}")
    if own and not unwritten and not _tells_its_line(error):
        blocks.append(_at("your_line", own[-1], say))
    elif step and not own:
        blocks.append(_at("steps_line", step[-1], say))
    return Failure(headline=summary, text="\n\n".join(blocks))


def describe_import(error: BaseException, kata: Kata) -> Failure:
    """Tell why the learner's file cannot be imported."""
    stub, say = kata.stub.name, Words(kata.language)
    if not kata.stub.exists():
        head = say("stub_missing", stub=stub, name=kata.name)
        return Failure(head, head)
    if isinstance(error, StateChanged):
        first, *rest = str(error).splitlines()
        head = say("when_imported", stub=stub, what=first)
        return Failure(head, "\n".join([head, *rest]))
    if isinstance(error, SyntaxError):
        line = (error.text or "").rstrip()
        where = f"{Path(error.filename).name if error.filename else stub}:{error.lineno}"
        head = say("not_python", where=where, what=error.msg)
        mark = " " * max((error.offset or 1) - 1, 0) + "^" if line else ""
        return Failure(head, "\n".join([head, "", _INDENT + line, _INDENT + mark]))
    own = [place for place in _places(error.__traceback__) if _is_learners(place.path, kata)]
    missing = re.match(r"cannot import name '(\w+)' from", str(error))
    if isinstance(error, ImportError) and not own and missing:
        head = say("name_missing", stub=stub, name=missing[1])
        return Failure(head, head)
    head = say("no_import", stub=stub, what=_exception_line(error))
    if own:
        head = f"{own[-1].path.name}:{own[-1].line}: {head}"
        return Failure(head, f"{head}\n\n{_at('your_line', own[-1], say)}")
    return Failure(head, head)


def _tells_its_line(error: BaseException) -> bool:
    return type(error).__name__ == "ForbiddenOperation"  # by name: its module imports torch


def _message(
    error: BaseException, own: Place | None, kata: Kata, say: Words
) -> tuple[str, list[str]]:
    text = str(error).strip()
    if isinstance(error, NotImplementedError) and own is not None:
        return say("unwritten", where=_where(own, say)), [
            _INDENT + line for line in text.splitlines()
        ]
    if isinstance(error, OutOfTime):
        return say("endless", what=text or "did not end in time"), []
    if isinstance(error, AssertionError) and text:
        first, *rest = _without_introspection(text.splitlines())
        return first, rest
    if type(error).__name__ == "BdbQuit":  # its module would be loaded for its name alone
        return say("no_keyboard", name=kata.name), []
    return _exception_line(error), []


def _without_introspection(lines: list[str]) -> list[str]:
    """A message without what pytest appends to it: `assert 0 == 2` tells a learner no more."""
    appended = (at for at, line in enumerate(lines) if at and line.startswith("assert "))
    return lines[: next(appended, None)]


def _exception_line(error: BaseException) -> str:
    return " ".join(traceback.format_exception_only(error)[0].split())


def _case(error: BaseException) -> list[str]:
    """The arguments of Hypothesis's falsifying example, each beginning a line."""
    arguments: list[list[str]] = []
    for note in getattr(error, "__notes__", ()):
        head, *rest = note.splitlines()
        if _EXAMPLE.match(head):
            for line in textwrap.dedent("\n".join(rest[:-1])).splitlines():
                if line.startswith((" ", ")", "]")) and arguments:
                    arguments[-1].append(line)
                else:
                    arguments.append([line])
        elif head.startswith("Draw "):
            arguments.append([head, *rest])
    return [
        line
        for argument in arguments
        if not argument[0].startswith("device=")  # a fixture: no choice
        for line in [*argument[:-1], argument[-1].rstrip(",")]
    ]


# Hypothesis renamed it from "Falsifying example" to "Failing test case".
_EXAMPLE = re.compile(r"(Falsifying|Failing) .*\btest_\w+\($")


def _places(trace: TracebackType | None) -> Iterable[Place]:
    while trace is not None:
        code = trace.tb_frame.f_code
        yield Place(Path(code.co_filename), trace.tb_lineno, code.co_name)
        trace = trace.tb_next


def _is_learners(path: Path, kata: Kata) -> bool:
    return path.parent == kata.folder and path != kata.tests


def _at(title: str, place: Place, say: Words) -> str:
    return f"{say(title)}: {_where(place, say)}\n{_INDENT}{place.source}"


def _where(place: Place, say: Words) -> str:
    return say("place", file=place.path.name, line=place.line, function=place.function)


def _indented(lines: Iterable[str]) -> str:
    return "\n".join(_INDENT + line for line in lines)
