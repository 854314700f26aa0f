"""The warm process: holds torch, pytest, Hypothesis and the plugin, and forks a child a run.

It has one thread, and never imports a file of the learner's. A spare child is forked ahead: it
waits at the start of its session, so that a save costs neither the fork nor pytest's start.
"""

from __future__ import annotations

import os
import selectors
import signal
import tempfile
import traceback
from contextlib import suppress
from pathlib import Path

import pytest  # noqa: F401  loaded here, for the children

from .. import warming
from . import child, fence, lines


def warm_up() -> None:
    """Load what every child needs, by a session of the kind that a child has."""
    # Children of a parent that has used a second intra-op thread, or CUDA, hang or fail.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    os.environ.setdefault("PYTORCH_NVML_BASED_CUDA_CHECK", "1")

    def plugin(folder: Path) -> child.Steps:
        return child.Steps(folder, lambda: {"run": 0, "first": []}, lambda **_: None)

    warming.warm_up(plugin)
    if hasattr(signal, "SIGUSR1"):
        signal.signal(signal.SIGUSR1, signal.SIG_DFL)


class Child:
    """A forked child: a spare until it is given a job."""

    def __init__(self, folder: Path, arguments: tuple[str, ...]) -> None:
        self.folder, self.arguments = folder, arguments
        self.number: int | None = None
        job_out, self._job = os.pipe()
        self.events, event_in = os.pipe()
        os.set_blocking(self.events, False)
        self._log = tempfile.TemporaryFile()  # noqa: SIM115  closed by `close`
        parent = os.getpid()
        self.pid = os.fork()
        if self.pid == 0:
            os.close(self._job)
            os.close(self.events)
            _live(folder, arguments, parent, job_out, event_in, self._log.fileno())
        os.close(job_out)
        os.close(event_in)
        self.reader = lines.Reader()

    def give(self, job: lines.Message) -> None:
        """Start it."""
        self.number = job["run"]
        with suppress(BrokenPipeError):  # it died before; its end tells
            lines.send(self._job, **job)

    def output(self) -> str:
        """The end of what it printed."""
        size = self._log.seek(0, os.SEEK_END)
        self._log.seek(max(size - 4000, 0))
        return self._log.read().decode("utf-8", "replace")

    def close(self) -> None:
        """Let go of its pipes and its output."""
        self._log.close()
        os.close(self._job)
        os.close(self.events)


def _live(
    folder: Path, arguments: tuple[str, ...], parent: int, job: int, events: int, log: int
) -> None:
    """The child's whole life: never returns."""
    status = 70  # EX_SOFTWARE
    try:
        os.setsid()
        signal.set_wakeup_fd(-1)
        for which in (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT):
            signal.signal(which, signal.SIG_DFL)
        warming.redirect(log)
        fence.enter(parent)
        number, me = 0, os.getpid()

        def wait() -> lines.Message:
            nonlocal number
            reader = lines.Reader()
            while data := os.read(job, 65536):
                for message in reader.feed(data):
                    number = message["run"]
                    return message
            os._exit(0)  # the parent let go of it

        def send(**message: object) -> None:
            if os.getpid() == me:  # not what the learner's code forked
                lines.send(events, run=number, **message)

        status = child.run(folder, arguments, child.Steps(folder, wait, send))
    except BaseException:  # the parent reads of it in the log; a child must not go on
        traceback.print_exc()
    finally:
        warming.leave(status)


class Warm:
    """The loop: commands from stdin, events of the children to stdout."""

    def __init__(self, commands: int, events: int) -> None:
        self._commands, self._out = commands, events
        self._reader = lines.Reader()
        self._spare: Child | None = None
        self._running: Child | None = None
        self._wanted: tuple[Path, tuple[str, ...]] | None = None
        self._select = selectors.DefaultSelector()
        self._wake, wake_in = os.pipe()
        os.set_blocking(self._wake, False)
        os.set_blocking(wake_in, False)
        signal.set_wakeup_fd(wake_in, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)  # wakes the selector
        self._select.register(commands, selectors.EVENT_READ)
        self._select.register(self._wake, selectors.EVENT_READ)

    def serve(self) -> None:
        """Until nobody is there to give commands."""
        try:
            while self._once():
                pass
        finally:
            self._end(self._running)
            self._end(self._spare)
            fence.end_children(set())

    def _once(self) -> bool:
        for key, _ in self._select.select():
            if key.fd == self._commands:
                data = os.read(self._commands, 65536)
                if not data:
                    return False
                for message in self._reader.feed(data):
                    self._obey(message)
            elif key.fd == self._wake:
                with suppress(BlockingIOError):
                    os.read(self._wake, 65536)
            elif self._running is not None and key.fd == self._running.events:
                self._relay(self._running)
        self._reap()
        return True

    def _obey(self, message: lines.Message) -> None:
        if message["do"] == "prepare":
            self._wanted = Path(message["folder"]), tuple(message["arguments"])
            self._end(self._spare)
            self._spare = None
            self._fork_spare()
        elif message["do"] == "run":
            self._cancel()
            self._fork_spare()
            assert self._spare is not None
            self._running, self._spare = self._spare, None
            self._select.register(self._running.events, selectors.EVENT_READ)
            self._running.give({"run": message["run"], "first": message["first"]})
        elif message["do"] == "where" and self._running is not None:
            with suppress(ProcessLookupError):
                os.kill(self._running.pid, signal.SIGUSR1)
        elif message["do"] == "cancel":
            self._cancel()
            self._fork_spare()

    def _fork_spare(self) -> None:
        if self._spare is None and self._wanted is not None:
            self._spare = Child(*self._wanted)
            lines.send(self._out, event="forked", pid=self._spare.pid)

    def _relay(self, running: Child) -> bool:
        """Pass on what the child has said, if anything."""
        try:
            data = os.read(running.events, 1 << 20)
        except BlockingIOError:
            return False
        if not data:  # closed: else the selector would wake for nothing until the child is reaped
            with suppress(KeyError):
                self._select.unregister(running.events)
        for message in running.reader.feed(data):
            lines.send(self._out, **message)
            if message.get("event") == "done":
                self._fork_spare()  # not before: the verdict comes first
        return bool(data)

    def _reap(self) -> None:
        for one in (self._running, self._spare):
            if one is None:
                continue
            pid, status = os.waitpid(one.pid, os.WNOHANG)
            if not pid:
                continue
            if one is self._running:
                while self._relay(one):
                    pass
                code = os.waitstatus_to_exitcode(status)
                lines.send(
                    self._out, event="ended", run=one.number, status=code, output=one.output()
                )
                self._running = None
                self._forget(one)
                self._fork_spare()
            else:
                self._spare = None  # not forked again before a run: it might end at once, always
                self._forget(one)

    def _cancel(self) -> None:
        self._end(self._running)
        self._running = None

    def _end(self, one: Child | None) -> None:
        """Kill `one` with whatever it started."""
        if one is None:
            return
        fence.end_group(one.pid)
        with suppress(ProcessLookupError):  # before its setsid it leads no group
            os.kill(one.pid, signal.SIGKILL)
        with suppress(ChildProcessError):
            os.waitpid(one.pid, 0)
        self._forget(one)

    def _forget(self, one: Child) -> None:
        fence.end_group(one.pid)  # what outlived it
        with suppress(KeyError):
            self._select.unregister(one.events)
        one.close()
        keep = {other.pid for other in (self._running, self._spare) if other is not None}
        fence.end_children(keep - {one.pid})


def main() -> None:
    """Warm up, then serve."""
    events = os.dup(1)
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 1)
    commands = os.dup(0)
    os.dup2(null, 0)
    fence.adopt_orphans()
    warm_up()
    lines.send(events, event="ready")
    Warm(commands, events).serve()
    os._exit(0)  # torch takes its time to end, and a learner who quit waits for it


if __name__ == "__main__":
    main()
