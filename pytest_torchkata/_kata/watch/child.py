"""What a child does: waits at the start of a pytest session, then runs a kata's steps.

First every property on a few examples, so that a verdict is there at once; then what failed again
for its smallest case, and what passed on all its examples.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import random
import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from _pytest.runner import runtestprotocol

from .. import RECORD, steps
from ..run import KEEP_PROGRESS
from . import fence, lines

FEW = 10  # examples a property, for the first verdict
ARGUMENTS = ("--import-mode=importlib", "--tb=native", "-q", "-p", "no:cacheprovider")
# Hypothesis keeps a test's settings here. It has no public way to change them after decoration,
# and its own pytest plugin reads this too. Without it there is one pass instead of two.
_SETTINGS = "_hypothesis_internal_use_settings"


class Steps:
    """The plugin of a child's session.

    Args:
        folder: the kata's.
        wait: gives the job once there is one: {"run": number, "first": [names of steps]}.
        send: takes what happens, as keyword arguments.
    """

    def __init__(
        self,
        folder: Path,
        wait: Callable[[], lines.Message],
        send: Callable[..., None],
    ) -> None:
        self._folder = folder
        self._tests = folder / f"test_{folder.name.partition('_')[2]}.py"
        self._wait, self._send = wait, send
        self._job: lines.Message = {}
        self._running = ""
        self._pid = 0

    def pytest_configure(self, config: pytest.Config) -> None:
        """Keep progress out of it: the watcher writes it, once all examples were tried."""
        config.stash[KEEP_PROGRESS] = False

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection(self) -> None:
        """Wait here: all that comes before needs no file of the learner's."""
        self._job = self._wait()
        self._pid = os.getpid()
        forget_bytecode(self._folder)
        reseed()
        if hasattr(signal, "SIGUSR1"):
            signal.signal(signal.SIGUSR1, self._tell_where)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Run the steps in the watcher's order, twice where that is worth it."""
        items = self._ordered([item for item in session.items if item.path == self._tests])
        self._send(event="collected", steps=[_name(item) for item in items])
        red: list[pytest.Item] = []
        left: list[pytest.Item] = []
        for item in items:
            with _few_examples(item) as fewer:
                records = self._run(item, full=not fewer)
            failed = [record for record in records if "headline" in record]
            if failed:
                red.append(item)
            if fewer and not (failed and failed[0]["error"] == "NotImplementedError"):
                left.append(item)
        self._send(event="first verdict", red=len(red))
        # The smallest case of the first red step; the others are red already, and wait.
        for item in [i for i in left if i in red[:1]] + [i for i in left if i not in red]:
            with _all_examples(item):
                self._run(item, full=True)
        self._send(event="done")
        return True

    def _ordered(self, items: list[pytest.Item]) -> list[pytest.Item]:
        first: list[str] = self._job["first"]
        try:
            numbers = {step.name: step.number for step in steps.read(self._tests)}
        except (OSError, SyntaxError):
            numbers = {}  # a broken test file: its one item tells
        rank = {name: place - len(first) for place, name in enumerate(first)}
        return sorted(items, key=lambda item: rank.get(_name(item), numbers.get(_name(item), 0)))

    def _run(self, item: pytest.Item, *, full: bool) -> list[Mapping[str, str]]:
        self._running = _name(item)
        self._send(event="start", step=self._running, full=full)
        reports = runtestprotocol(item, log=False, nextitem=None)
        if os.getpid() != self._pid:
            os._exit(0)  # a process that the learner's code forked, and let come back
        records = [getattr(report, RECORD) for report in reports if hasattr(report, RECORD)]
        for record in records:
            self._send(event="step", full=full, record=record)
        return records

    def _tell_where(self, number: int, frame: FrameType | None) -> None:
        while frame is not None:
            path = Path(frame.f_code.co_filename)
            if path.parent == self._folder and path != self._tests:
                self._send(event="where", file=path.name, line=frame.f_lineno)
                return
            frame = frame.f_back


def run(folder: Path, arguments: tuple[str, ...], plugin: Steps) -> int:
    """One session on the kata in `folder`; pytest's exit code."""
    return int(pytest.main([str(folder), *ARGUMENTS, *arguments], plugins=[plugin]))


def forget_bytecode(folder: Path) -> None:
    """Remove the compiled form of the learner's files.

    Python takes it for fresh when the source has the same size and the same second.
    """
    importlib.invalidate_caches()
    for path in folder.glob("*.py"):
        with suppress(OSError, NotImplementedError):
            Path(importlib.util.cache_from_source(str(path))).unlink()
    # The tests, rewritten by pytest: 9.2 goes by their contents, older ones by size and second.
    for path in folder.glob("__pycache__/*-pytest-*.pyc"):
        source = folder / f"{path.name.partition('.')[0]}.py"
        with suppress(OSError):
            if source.stat().st_mtime_ns >= path.stat().st_mtime_ns - 2_000_000_000:
                path.unlink()


def reseed() -> None:
    """Draw other examples than the parent's other children, who have all its random states."""
    random.seed()
    if core := sys.modules.get("hypothesis.core"):
        with suppress(AttributeError):
            core._hypothesis_global_random = None  # type: ignore[attr-defined]  # private, checked
    for name in ("torch", "numpy.random"):
        if module := sys.modules.get(name):
            module.seed()


@contextmanager
def _few_examples(item: pytest.Item) -> Iterator[bool]:
    """Cut the examples of `item` to a few, and tell whether that left some out."""
    own: Any = getattr(_function(item), _SETTINGS, None)
    if own is None or own.max_examples <= FEW:
        with _without(item, "explain"):
            yield False
        return
    from hypothesis import Phase

    from .cases import Unshrunk

    fewer = {Phase.explicit, Phase.reuse, Phase.generate}
    with _settings(
        item,
        max_examples=FEW,
        phases=[phase for phase in own.phases if phase in fewer],
        database=Unshrunk(own.database) if own.database is not None else None,
    ):
        yield True


@contextmanager
def _all_examples(item: pytest.Item) -> Iterator[None]:
    with _without(item, "explain"):
        yield


@contextmanager
def _without(item: pytest.Item, phase: str) -> Iterator[None]:
    """Leave out a phase: explaining takes longer than everything else, and says little here."""
    own: Any = getattr(_function(item), _SETTINGS, None)
    if own is None:
        yield
        return
    with _settings(item, phases=[p for p in own.phases if p.name != phase]):
        yield


@contextmanager
def _settings(item: pytest.Item, **changes: object) -> Iterator[None]:
    from hypothesis import settings

    function = _function(item)
    own: Any = getattr(function, _SETTINGS)  # Hypothesis's type, loaded late
    setattr(function, _SETTINGS, settings(own, **changes))  # type: ignore[arg-type]  # by name
    try:
        yield
    finally:
        setattr(function, _SETTINGS, own)


def _function(item: pytest.Item) -> object:
    return getattr(item, "obj", None)


def _name(item: pytest.Item) -> str:
    name: str = getattr(item, "originalname", None) or item.name
    return name


def main() -> None:
    """A child that warms itself up, where there is no fork: job on stdin, events on stdout."""
    from . import warm

    job, events = os.dup(0), os.dup(1)  # pytest's capture takes 0, 1 and 2 for itself
    null = os.open(os.devnull, os.O_RDWR)
    for target in (0, 1, 2):
        os.dup2(null, target)
    warm.warm_up()
    fence.enter(os.getppid())
    folder, number = Path(sys.argv[1]), -1

    def wait() -> lines.Message:
        nonlocal number
        lines.send(events, event="ready")
        reader = lines.Reader()
        while data := os.read(job, 65536):
            for message in reader.feed(data):
                number = message["run"]
                return message
        os._exit(0)  # nobody is left to ask for anything

    def send(**message: object) -> None:
        lines.send(events, run=number, **message)

    status = run(folder, tuple(sys.argv[2:]), Steps(folder, wait, send))
    if number < 0:
        sys.exit(status)  # pytest refused the call: no job was asked for
    send(event="ended", status=status)


if __name__ == "__main__":
    main()
