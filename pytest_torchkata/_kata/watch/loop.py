"""The watcher's first process: saves, keys and what the runner says, one after the other."""

from __future__ import annotations

import os
import queue
import signal
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from .. import courses, hints, metadata, progress
from ..metadata import Kata, KataError
from ..progress import Book, Progress
from ..words import Words, label
from . import keys, runners, saves
from .lines import Message
from .runners import Events, Runner
from .saves import Saves
from .verdicts import GREEN, PASSING, RED, RUNNING, Run
from .views import Moment, View

SLOW_SECONDS = 5.0  # a step that takes longer is told of
LAST_SECONDS = 75.0  # more than the steps' own limit, which can say more


class Watcher:
    """Watches one kata of a course at a time."""

    def __init__(
        self,
        every: list[Kata],
        kata: Kata,
        view: View,
        say: Words,
        *,
        again: Sequence[str] = ("watch",),
        make_runner: Callable[[Events, Path], Runner] = runners.start,
        last_seconds: float = LAST_SECONDS,
    ) -> None:
        self._events: Events = queue.SimpleQueue()
        self._every, self._kata, self._view, self._say = every, kata, view, say
        self._again = again  # the command that starts such a watcher, but for the kata
        self._make_runner, self._last_seconds = make_runner, last_seconds
        self._course = courses.course_of(kata.folder.parent)
        self._book = Book(self._course)
        self._number = 0
        self._run: Run | None = None
        self._ready = False
        self._first: list[str] = []
        self._more, self._asked_for, self._page = "", "", 0
        self._remarks: list[str] = []
        self._heard = time.monotonic()
        self._asked = False
        self._restart = False

    def watch(self) -> int:
        """Until the learner quits; the exit code."""
        for number in (signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGTERM)):
            signal.signal(number, lambda number, _: self._events.put(("signal", number)))
        if hasattr(signal, "SIGWINCH"):
            signal.signal(signal.SIGWINCH, lambda *_: self._events.put(("resized", None)))
        self._plugin = saves.plugin()
        self._runner = self._make_runner(self._events, self._course)
        code = 0
        try:
            with keys.listening(self._events):
                self._open(self._kata)
                while (ended := self._once()) is None:
                    pass
                code = ended
        except KeyboardInterrupt:
            pass
        finally:
            self._saves.close()
            self._runner.close()
        if self._restart:
            self._begin_again()
        return code

    def _begin_again(self) -> None:
        """Become the command anew, at the kata that is watched now."""
        command = [sys.executable, "-P", "-m", "pytest_torchkata", *self._again, self._kata.name]
        os.execv(sys.executable, command)

    def _open(self, kata: Kata) -> None:
        """Turn to `kata`."""
        self._kata = kata
        self._first = []
        self._saves = Saves(self._events, kata.folder)
        self._contents = saves.contents(kata.folder)
        self._prepare()
        self._start()

    def _prepare(self) -> None:
        self._setup = saves.setup(self._course, self._kata.folder)
        self._runner.prepare(self._kata.folder, (f"--torchkata-lang={self._kata.language}",))

    def _start(self) -> None:
        self._number += 1
        self._heard, self._asked, self._remarks = time.monotonic(), False, []
        self._more, self._asked_for, self._page = "", "", 0
        self._run = Run.of(self._number, self._kata)
        self._view.event("running", kata=self._kata.name, run=self._number)
        self._runner.start(self._number, self._first)
        if not self._ready:
            self._draw()

    def _draw(self) -> None:
        run = self._run if self._ready else None
        self._view.draw(Moment(self._kata, run, self._remarks, self._more, self._page))

    def _once(self) -> int | None:
        """Wait for one event and act on it; an exit code when it is time to end."""
        try:
            kind, value = self._events.get(timeout=0.25)
        except queue.Empty:
            self._wait_longer()
            return None
        if kind == "save" and value == self._kata.folder:
            return self._saved()
        if kind == "key" and isinstance(value, str):
            return self._pressed(value)
        if kind == "run":
            assert isinstance(value, dict)
            self._heard_of(value)
        if kind == "resized":
            self._view.forget()
            self._draw()
        if kind == "signal" and isinstance(value, int):
            return 128 + value
        return None

    def _saved(self) -> int | None:
        saves.settled(self._kata.stub)
        contents = saves.contents(self._kata.folder)
        if contents == self._contents:
            return None  # another event of the same save
        self._contents = contents
        if saves.setup(self._course, self._kata.folder) != self._setup:
            self._prepare()
        with suppress(KataError):  # a broken kata.toml: the run tells
            self._kata = metadata.load(self._kata.folder, self._kata.language)
        self._start()
        # Last, since it takes as long as the rest: the run has begun, and ends with this process.
        self._restart = saves.plugin() != self._plugin
        return 0 if self._restart else None

    def _heard_of(self, message: Message) -> None:
        """Act on what the runner says of the run that goes on."""
        run = self._run
        if message["event"] == "ready":
            self._ready = True
            self._heard = time.monotonic()
            self._view.event("ready")
            self._draw()
            return
        if message["event"] == "lost":
            self._lost()
            return
        if run is None or message.get("run") != run.number or run.over:
            return
        if message["event"] != "where":
            self._heard, self._asked, self._remarks = time.monotonic(), False, []
        before = run.verdict
        run.take(message)
        if run.verdict != before:
            self._tell(run)
        if message["event"] in ("first verdict", "where"):
            self._draw()
        if run.over:
            self._finish(run)

    def _tell(self, run: Run) -> None:
        details: dict[str, object] = {"state": run.state, "run": run.number, "kata": run.kata.name}
        if run.state == RED:
            record = run.red[run.focus]
            sure = run.focus in run.sure
            details |= {"step": run.focus, "headline": record["headline"], "sure": sure}
            if sure:
                details["text"] = record["text"]
        if run.trouble:
            details |= {"trouble": run.trouble, "output": run.output}
        if run.state in (RED, PASSING, GREEN) or run.trouble:
            self._view.event("verdict", **details)
            self._draw()

    def _finish(self, run: Run) -> None:
        self._first = list(run.red)
        self._remarks = progress.record(run.full)
        self._view.event(
            "ended", run=run.number, passed=len(run.passed), red=list(run.red), steps=len(run.steps)
        )
        self._draw()

    def _lost(self) -> None:
        """The warm process itself is gone: the next run starts another."""
        self._ready = False
        if self._run is not None and not self._run.over:
            self._run.break_off(self._say("runner_killed"))
            self._ready = True
            self._tell(self._run)
            self._finish(self._run)

    def _wait_longer(self) -> None:
        """Nothing was heard for a moment: is a step too slow?"""
        run = self._run
        if run is None or run.over or not self._ready:
            return
        silent = time.monotonic() - self._heard
        if run.state in (RUNNING, PASSING):
            self._draw()  # only now: most verdicts are there sooner than an eye
        if silent > self._last_seconds:
            self._runner.cancel()
            key = "stopped_at" if run.where else "stopped_somewhere"
            seconds = f"{self._last_seconds:g}"
            run.break_off(self._say(key, step=run.current, seconds=seconds, where=run.where))
            self._tell(run)
            self._finish(run)
        elif silent > SLOW_SECONDS:
            if not self._asked:
                self._asked = True
                self._runner.ask_where()
            where = f" ({run.where})" if run.where else ""
            self._remarks = [
                self._say("slow", step=run.current, seconds=silent // 5 * 5, where=where)
            ]
            self._view.event("slow", step=run.current, where=run.where)
            self._draw()

    def _pressed(self, key: str) -> int | None:
        match key.lower():
            case "q" | "closed" | "\x04":
                return 0
            case "r":
                self._first = []
                self._start()
            case "n" | "p":
                self._turn(1 if key.lower() == "n" else -1)
            case "h":
                self._show("hint", self._hint())
            case "l":
                self._show("list", self._list())
            case "o":
                self._show("lesson", self._lesson())
            case " ":
                self._page += 1
                self._draw()
        return None

    def _show(self, what: str, text: str) -> None:
        """Show `text` below the verdict; the same key puts the list or the lesson away again."""
        away = what == self._asked_for != "hint"
        self._more, self._asked_for = ("", "") if away else (text, what)
        self._page = 0
        self._draw()

    def _turn(self, by: int) -> None:
        names = [kata.name for kata in self._every]
        place = names.index(self._kata.name) + by
        if 0 <= place < len(self._every):
            self._saves.close()
            self._open(self._every[place])
        else:
            self._remarks = [self._say("no_kata_there")]
            self._draw()

    def _hint(self) -> str:
        there = hints.read(self._kata.hints)
        seen = self._book.read().entry(self._kata).hints
        name = self._kata.name
        if seen >= len(there):
            return self._say("hints_over", total=len(there), name=name)
        self._note(lambda known: self._with_hints(known, seen + 1))
        title = self._say("hint_of", number=seen + 1, total=len(there))
        return f"**{title}**\n\n{there[seen]}"

    def _with_hints(self, known: Progress, count: int) -> Progress:
        return known.changed(self._kata, replace(known.entry(self._kata), hints=count))

    def _note(self, edit: Callable[[Progress], Progress]) -> None:
        try:
            self._remarks = self._book.change(edit)
        except OSError as error:
            self._remarks = [self._say("not_kept", error=error)]

    def _list(self) -> str:
        known = self._book.read()
        rows = []
        for kata in self._every:
            one = progress.standing(kata, known)
            here = "→" if kata.name == self._kata.name else " "
            name = label(kata.name, 22)
            state = label(self._say(f"state_{one.state}"), 12)
            rows.append(f"    {here} {name} {state}{one.passed}/{one.total}")
        return "\n".join(rows)

    def _lesson(self) -> str:
        try:
            text = self._kata.lesson.read_text(encoding="utf-8")
        except OSError as error:
            text = str(error)
        with suppress(ValueError):  # another drive, on Windows
            text += f"\n\n{os.path.relpath(self._kata.lesson)}"
        return text
