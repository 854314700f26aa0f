"""What the watcher shows: on a terminal one screen, elsewhere lines, for a program JSON."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from rich.console import Console, RenderableType
from rich.markdown import Markdown
from rich.rule import Rule
from rich.text import Text

from ..metadata import Kata
from ..words import Words
from ..wrapping import hanging
from .verdicts import ENDED, GREEN, PASSING, RED, RUNNING, Run

_LEAST_ROOM = 5  # lines for what changes, however low the terminal


@dataclass(frozen=True)
class Moment:
    """What there is to show at one moment."""

    kata: Kata
    run: Run | None = None  # None while the runner warms up
    remarks: Iterable[str] = ()
    more: str = ""  # Markdown, such as a hint
    page: int = 0  # of what is too long for the screen; counts round


class View(Protocol):
    """Where verdicts go."""

    def event(self, name: str, **details: object) -> None:
        """Tell that something happened."""

    def draw(self, at: Moment) -> None:
        """Show where things stand."""

    def forget(self) -> None:
        """The terminal no longer shows what was drawn last: it has another size, say."""


class Json:
    """One JSON object a line."""

    def event(self, name: str, **details: object) -> None:
        """Print it."""
        sys.stdout.write(json.dumps({"event": name, **details}, ensure_ascii=False) + "\n")
        sys.stdout.flush()

    def draw(self, at: Moment) -> None:
        """Nothing: the events say it."""

    def forget(self) -> None:
        """Nothing either."""


class Screen:
    """The whole screen, drawn anew; or, where there is no terminal, one block after the other."""

    def __init__(self, console: Console, say: Words) -> None:
        self._console, self._say = console, say
        self._clears = console.is_terminal and not console.is_dumb_terminal
        self._before = ""

    def event(self, name: str, **details: object) -> None:
        """Nothing: the screen shows it."""

    def forget(self) -> None:
        """Draw the next time even what was drawn last."""
        self._before = ""

    def draw(self, at: Moment) -> None:
        """Draw it; cut into pages where the terminal is too low for all of it."""
        settled = at.run is None or at.run.over or at.more or at.remarks
        if not (self._clears or settled):
            return  # what is printed stays: one block a run, not one a moment
        out, say = self._console, self._say
        state = at.run.state if at.run else ""
        style = {RED: "red", ENDED: "red", GREEN: "green"}.get(state, "")
        title = Text(f"{at.kata.name}: {at.kata.title}", style="bold")
        head = self._lines([Rule(title, align="left", style=style)])
        content = self._lines(_body(at.run, say, out))
        tail = self._lines(self._tail(at))
        extra = self._lines(self._extra(at.more)) if at.more else []
        if self._clears:
            room = max(out.size.height - len(head) - len(tail) - 2, _LEAST_ROOM)
            # What was asked for comes first, where there is no room for both.
            fits = len(content) + 1 + len(extra) <= room
            content = [*content, "", *extra] if extra and fits else extra or content
            if len(content) > room:
                content, place = _page(content, room - 1, at.page)
                tail[:0] = self._lines([Text(say("page", **place), style="dim")])
        elif extra:
            content += ["", *extra]
        self._show("\n".join([*head, *content, "", *tail]) + "\n")

    def _lines(self, parts: Iterable[RenderableType]) -> list[str]:
        with self._console.capture() as captured:
            for part in parts:
                self._console.print(part)
        return captured.get().splitlines()

    def _extra(self, more: str) -> Iterator[RenderableType]:
        yield Markdown(more) if self._clears else Text(more)

    def _tail(self, at: Moment) -> Iterator[RenderableType]:
        say = self._say
        for remark in at.remarks:
            yield Text(remark, style="yellow")
        if at.run is None:
            yield Text(say("warming"), style="dim")
        elif at.run.over:
            yield Text(say("waiting", stub=at.kata.stub.name), style="dim")
        if self._console.is_terminal:
            yield Text(say("keys"), style="dim")

    def _show(self, shown: str) -> None:
        if shown == self._before:
            return
        self._before = shown
        if self._clears:
            # Home, and clear from there on: no flicker, and what was before stays above.
            shown = "\x1b[H\x1b[2J" + shown
        sys.stdout.write(shown)
        sys.stdout.flush()


def _page(lines: list[str], room: int, number: int) -> tuple[list[str], Mapping[str, int]]:
    """The lines of one page, and which of how many it is."""
    total = -(-len(lines) // room)
    number %= total
    return lines[number * room : (number + 1) * room], {"number": number + 1, "total": total}


def _body(run: Run | None, say: Words, out: Console) -> Iterator[RenderableType]:
    if run is None:
        return
    total = len(run.steps)
    if run.state == GREEN:
        yield Text(say("green", total=total), style="bold green")
        for title, texts in (
            (say("learned"), run.kata.learned),
            (say("refactor"), run.kata.refactor),
        ):
            if texts:
                yield Text(f"\n{title}:", style="bold")
            for text in texts:
                yield from hanging(Text(f"  - {text}"), out)
        yield Text("\n" + say("to_next", name=run.kata.number))
        return
    plain = not out.encoding.startswith("utf")
    yield Text(f"{say('passed', passed=len(run.passed), total=total)}  ").append(
        _marks(run, plain=plain)
    )
    if run.state == PASSING:
        yield Text(say("checking", total=total, done=len(run.proved)), style="green")
    elif run.state == RUNNING:
        yield Text(f"{say('running')} {run.current}", style="dim")
    elif run.focus:
        yield from _red(run, say, out)
    elif run.trouble:
        yield Text("\n".join(part for part in (run.trouble, run.output) if part), style="red")


def _red(run: Run, say: Words, out: Console) -> Iterator[RenderableType]:
    """The step in focus, and how it failed."""
    yield Text()
    step = next((step for step in run.steps if step.name == run.focus), None)
    if step is not None:
        yield Text(f"{say('step')} {step.number}  {step.name}", style="bold")
        yield from hanging(Text(f"  {step.claim}\n"), out)
    sure = run.focus in run.sure
    text = run.red[run.focus]["text"]
    if not sure:
        text = text.replace(say("smallest_case"), say("some_case"))
    head, newline, rest = text.partition("\n")
    yield from hanging(Text(head, style="red"), out)
    if newline:
        yield from hanging(Text(rest), out)
    if not sure:
        yield Text("\n" + say("smaller"), style="dim")


def _marks(run: Run, *, plain: bool) -> Text:
    """A letter a step: passed, red, not known yet."""
    good, bad, unknown = ("+", "x", ".") if plain else ("✓", "✗", "·")
    marks = Text()
    for step in run.steps:
        if step.name in run.red:
            marks.append(bad, style="red")
        elif step.name in run.passed:
            marks.append(good, style="green")
        else:
            marks.append(unknown, style="dim")
    return marks
