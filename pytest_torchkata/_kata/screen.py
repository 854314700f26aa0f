"""What a run of katas shows at its end: one screen, the next step in full."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from . import metadata, steps
from .metadata import Kata
from .refactor import reading
from .steps import Step
from .words import Words, label

NOT_RUN, GREEN, RED = "not run", "ok", "red"


class Writer(Protocol):
    """The part of pytest's terminal reporter that is used here."""

    def write_sep(self, sep: str, title: str | None = None, **markup: bool) -> None: ...
    def write_line(self, line: str, **markup: bool) -> None: ...


@dataclass(frozen=True)
class Result:
    """How one kata's steps ended."""

    kata: Kata
    states: Mapping[str, str]  # step name -> GREEN or RED
    headlines: Mapping[str, str]
    texts: Mapping[str, str]

    @property
    def steps(self) -> tuple[Step, ...]:
        """Every step, those that did not run included."""
        return steps.read(self.kata.tests)

    def state(self, step: Step) -> str:
        """How `step` ended."""
        return self.states.get(step.name, NOT_RUN)

    @property
    def say(self) -> Words:
        """The machinery's own words, in the kata's language."""
        return Words(self.kata.language)

    @property
    def reasons(self) -> list[str]:
        """Why steps were skipped, each reason once: a library is missing, say."""
        skipped = [step.name for step in self.steps if self.states.get(step.name) == NOT_RUN]
        return list(dict.fromkeys(self.headlines[name] for name in skipped))

    @property
    def green(self) -> bool:
        """Whether every step ran and passed."""
        return all(self.state(step) == GREEN for step in self.steps)


def results(records: Iterable[Mapping[str, str]], language: str = "en") -> list[Result]:
    """Gather the records that the reports of a run carry, a kata each, in the katas' order."""
    found: dict[str, list[Mapping[str, str]]] = {}
    for record in records:
        found.setdefault(record["kata"], []).append(record)
    return [_result(Path(folder), found[folder], language) for folder in sorted(found)]


def _result(folder: Path, records: Iterable[Mapping[str, str]], language: str) -> Result:
    states: dict[str, str] = {}
    headlines: dict[str, str] = {}
    texts: dict[str, str] = {}
    for record in records:
        name = record["step"]
        if "headline" in record:
            if states.get(name) != RED:  # on one device is enough
                headlines[name], texts[name] = record["headline"], record["text"]
            states[name] = RED
        elif record.get("skipped"):
            states.setdefault(name, NOT_RUN)
            headlines.setdefault(name, record["skipped"])
        else:
            states.setdefault(name, GREEN)
    return Result(metadata.load(folder, language), states, headlines, texts)


def show(writer: Writer, found: list[Result], *, width: int, here: Path) -> None:
    """Write the screen: the first red kata in full, every other one in a line."""
    red = [result for result in found if RED in result.states.values()]
    for result in found:
        title = f"{_path(result.kata.folder, here)}: {result.kata.title}"
        if result in red:
            writer.write_sep("-", title, red=True, bold=True)
            if result is red[0]:
                _show_red(writer, result, width=width, here=here)
            else:
                count = sum(state == GREEN for state in result.states.values())
                writer.write_line(result.say("passed", passed=count, total=len(result.steps)))
        else:
            writer.write_sep("-", title, green=True, bold=True)
            _show_green(writer, result, width=width)


def _show_red(writer: Writer, result: Result, *, width: int, here: Path) -> None:
    kata, everything, say = result.kata, result.steps, result.say
    first = next((step for step in everything if result.state(step) == RED), None)
    if first is None:  # the learner's file could not be imported
        name, text = next(iter(result.texts.items()))
        writer.write_line(text)
    else:
        name, text = first.name, result.texts[first.name]
        passed = sum(result.state(step) == GREEN for step in everything)
        writer.write_line(say("passed_next", passed=passed, total=len(everything)))
        writer.write_line("")
        writer.write_line(f"{say('step')} {first.number}  {first.name}", bold=True)
        _write_wrapped(writer, first.claim, width)
        writer.write_line("")
        for line in text.splitlines():
            writer.write_line(line, **({"red": True} if line == text.splitlines()[0] else {}))
        writer.write_line("")
        for step in everything:
            if step is not first:
                line = f"{result.state(step):>7}  {step.number:2}  {step.claim}"
                writer.write_line(_cut(line, width))
    for reason in result.reasons:
        _write_wrapped(writer, f"{NOT_RUN}: {reason}", width)
    writer.write_line("")
    again = f"pytest {_path(kata.folder, here)}"
    edit = say("edit_then", stub=_path(kata.stub, here), again=again)
    writer.write_line(label(say("next")) + edit, bold=True)
    lesson, hints = _path(kata.lesson, here), _path(kata.hints, here)
    writer.write_line(label(say("lesson")) + lesson)
    writer.write_line(label(say("hints")) + hints)
    if first is not None:
        writer.write_line(f"{label(say('more'))}{again} -k {name} --tb=long")


def _show_green(writer: Writer, result: Result, *, width: int) -> None:
    say, total = result.say, len(result.steps)
    if not result.green:
        ran = sum(state == GREEN for state in result.states.values())
        writer.write_line(say("ran_and_pass", passed=ran, total=total))
        for reason in result.reasons:
            _write_wrapped(writer, f"{NOT_RUN}: {reason}", width)
        return
    writer.write_line(say("green", total=total), green=True)
    for title, texts in (
        (say("learned"), result.kata.learned),
        (say("refactor"), result.kata.refactor),
    ):
        if texts:
            writer.write_line(f"{title}:", bold=True)
            for text in texts:
                _write_wrapped(writer, text, width, bullet="- ")
    for found in reading.suggest(result.kata.stub)[:3]:  # what costs no time to find
        writer.write_line(f"  {result.kata.stub.name}:{found.line}: {found.text}")
    name = result.kata.name
    writer.write_line(say("look_closer", command=f"torchkata refactor {name}"))


def _write_wrapped(writer: Writer, text: str, width: int, bullet: str = "") -> None:
    import textwrap

    for line in textwrap.wrap(
        text,
        width - 2,
        initial_indent=f"  {bullet}",
        subsequent_indent=" " * (2 + len(bullet)),
    ):
        writer.write_line(line)


def _cut(line: str, width: int) -> str:
    return line if len(line) <= width else line[: width - 3].rstrip() + "..."


def _path(path: Path, here: Path) -> str:
    """`path` as one would type it from `here`."""
    try:
        return path.relative_to(here).as_posix()
    except ValueError:
        return os.path.relpath(path, here)
