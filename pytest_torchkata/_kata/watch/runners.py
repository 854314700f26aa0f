"""How the watcher's first process has the steps run: by a warm process, or by spare children.

Both put the same events on a queue, each a message with the number of its run.
"""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from ..children import CAN_FORK
from . import fence, lines

Events = queue.SimpleQueue[tuple[str, object]]


class Runner(Protocol):
    """Runs one kata's steps, again and again, one run at a time."""

    def prepare(self, folder: Path, arguments: tuple[str, ...]) -> None:
        """Be ready for the kata in `folder`. Call it again when pytest's settings changed."""

    def start(self, number: int, first: list[str]) -> None:
        """Run the steps, `first` ones first. A run that is still going on ends."""

    def cancel(self) -> None:
        """End the run with all its processes."""

    def ask_where(self) -> None:
        """Have the run tell, where it can, at which line of the learner's it is."""

    def close(self) -> None:
        """End every process."""


def start(events: Events, course: Path, *, fork: bool = CAN_FORK) -> Runner:
    """The runner that fits the system."""
    return Forking(events, course) if fork else Spawning(events, course)


def _python(module: str, *arguments: str) -> list[str]:
    # -P: a file of the learner's must not stand in for a module of the same name.
    return [sys.executable, "-P", "-m", f"pytest_torchkata._kata.watch.{module}", *arguments]


class Forking:
    """By a warm process that forks."""

    def __init__(self, events: Events, course: Path) -> None:
        self._events = events
        self._course = course
        self._last: tuple[Path, tuple[str, ...]] | None = None
        self._closed = False
        self._begin()

    def _begin(self) -> None:
        self._leaders: set[int] = set()
        self._process = subprocess.Popen(
            _python("warm"),
            cwd=self._course,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            # The terminal's Ctrl-C and its end are for the first process, which ends this one.
            start_new_session=True,
        )
        thread = threading.Thread(target=self._listen, args=(self._process,), daemon=True)
        thread.start()

    def _listen(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdout is not None
        reader = lines.Reader()
        while data := os.read(process.stdout.fileno(), 1 << 20):
            for message in reader.feed(data):
                if message["event"] == "forked":
                    self._leaders = {*list(self._leaders)[-8:], message["pid"]}
                else:
                    self._events.put(("run", message))
        for leader in self._leaders:  # they end with it; what they started may not
            fence.end_group(leader)
        if not self._closed:
            self._events.put(("run", {"event": "lost"}))

    def _tell(self, **message: object) -> None:
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):  # it has died: the listener tells
            lines.send(self._process.stdin.fileno(), **message)

    def prepare(self, folder: Path, arguments: tuple[str, ...]) -> None:
        if self._process.poll() is not None:
            self._begin()
        self._last = folder, arguments
        self._tell(do="prepare", folder=str(folder), arguments=list(arguments))

    def start(self, number: int, first: list[str]) -> None:
        if self._process.poll() is not None and self._last is not None:
            self.prepare(*self._last)
        self._tell(do="run", run=number, first=first)

    def cancel(self) -> None:
        self._tell(do="cancel")

    def ask_where(self) -> None:
        self._tell(do="where")

    def close(self) -> None:
        self._closed = True
        assert self._process.stdin is not None
        self._process.stdin.close()  # it ends its children, then itself
        try:
            self._process.wait(timeout=3)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


class Spawning:
    """By children that warm themselves up and wait, where there is no fork."""

    def __init__(self, events: Events, course: Path) -> None:
        self._events, self._course = events, course
        self._folder: Path | None = None
        self._arguments: tuple[str, ...] = ()
        self._spare: subprocess.Popen[bytes] | None = None
        self._running: subprocess.Popen[bytes] | None = None
        self._number = -1

    def _spawn(self) -> None:
        if self._folder is None or (self._spare is not None and self._spare.poll() is None):
            return
        self._spare = subprocess.Popen(
            _python("child", str(self._folder), *self._arguments),
            cwd=self._course,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        threading.Thread(target=self._listen, args=(self._spare,), daemon=True).start()

    def _listen(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdout is not None
        reader, ended = lines.Reader(), False
        while data := os.read(process.stdout.fileno(), 1 << 20):
            for message in reader.feed(data):
                ended |= message["event"] == "ended"
                self._events.put(("run", message))
        status = process.wait()
        if process is self._running and not ended:
            self._events.put(("run", {"event": "ended", "run": self._number, "status": status}))

    def prepare(self, folder: Path, arguments: tuple[str, ...]) -> None:
        self._folder, self._arguments = folder, arguments
        self._kill(self._spare)
        self._spare = None
        self._spawn()

    def start(self, number: int, first: list[str]) -> None:
        self.cancel()
        self._spawn()
        assert self._spare is not None
        assert self._spare.stdin is not None
        self._number, self._running, self._spare = number, self._spare, None
        with suppress(BrokenPipeError):
            lines.send(self._running.stdin.fileno(), run=number, first=first)  # type: ignore[union-attr]  # it has a pipe
        self._spawn()

    def cancel(self) -> None:
        self._kill(self._running)
        self._running = None

    def ask_where(self) -> None:
        if self._running is not None and hasattr(signal, "SIGUSR1"):
            with suppress(ProcessLookupError):
                self._running.send_signal(signal.SIGUSR1)

    def close(self) -> None:
        self.cancel()
        self._kill(self._spare)
        self._spare = None

    def _kill(self, process: subprocess.Popen[bytes] | None) -> None:
        if process is None:
            return
        if hasattr(os, "killpg"):
            fence.end_group(process.pid)
        process.kill()
        process.wait()
