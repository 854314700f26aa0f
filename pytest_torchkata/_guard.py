"""The state guard: what a test leaves changed in torch's global state is put back or reported.

What its fixtures of a wider scope change is meant to last, and does until they are torn down.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from .memory import DeviceMemory
    from .state import State

MODES = ("off", "restore", "fail")
MARKER = "torchkata_guard"


class Guard:
    """The guard of one run, in one process."""

    def __init__(self, mode: str | None, folders: Sequence[tuple[Path, str]]) -> None:
        """Make it.

        Args:
            mode: of the command line; wins over those of the folders.
            folders: the ini file's modes for the tests below each folder.
        """
        self._mode = mode
        # The deepest first: it wins.
        self._folders = sorted(folders, key=lambda entry: len(entry[0].parts), reverse=True)
        self._marked: dict[pytest.Item, str] = {}
        self._test: pytest.Item | None = None
        self._fails = False
        self._state: State | None = None
        self._memory: DeviceMemory | None = None
        self._baseline: tuple[Any, ...] | None = None  # None: not read yet
        # What the fixtures of a wider scope that are alive changed: value before, by probe.
        self._lasting: dict[pytest.FixtureDef[Any], dict[int, Any]] = {}

    @classmethod
    def of(cls, config: pytest.Config) -> Guard:
        """The guard that the command line and the ini file ask for.

        Raises:
            pytest.UsageError: a mode that is none.
        """
        mode = config.getoption("--torchkata-guard")
        if mode is not None:
            _check(mode, "--torchkata-guard")
        root = config.inipath.parent if config.inipath else config.rootpath
        folders = []
        for line in config.getini("torchkata_guard"):
            folder, _, word = line.strip().rpartition(" ")
            _check(word, "torchkata_guard")
            folders.append((root / folder.strip(), word))
        return cls(mode, folders)

    def read_markers(self, items: Sequence[pytest.Item]) -> None:
        """Take note of the tests that are marked, once they are collected.

        Raises:
            pytest.UsageError: a marker that names no mode.
        """
        for item in items:
            marker = item.get_closest_marker(MARKER)
            if marker is not None:
                mode = marker.args[0] if len(marker.args) == 1 and not marker.kwargs else None
                _check(mode, f"{item.nodeid}: @pytest.mark.{MARKER}")
                self._marked[item] = str(mode)

    @property
    def is_needed(self) -> bool:
        """Whether a test of the run can be guarded."""
        modes = {self._mode or "off", *self._marked.values()}
        if self._mode is None:
            modes.update(mode for _, mode in self._folders)
        return modes != {"off"}

    def mode_of(self, item: pytest.Item) -> str:
        """How the test is guarded: its marker, the command line, the ini file, or not at all."""
        if item in self._marked:
            return self._marked[item]
        if self._mode is not None:
            return self._mode
        for folder, mode in self._folders:
            if item.path.is_relative_to(folder):
                return mode
        return "off"

    def enter(self, item: pytest.Item) -> None:
        """Before the set-up of a test: know what to put back after it."""
        mode = self.mode_of(item)
        if mode == "off":
            self._baseline = None  # this test may change what the next one starts from
            return
        self._test = item
        self._fails = mode == "fail"
        if "torch" in sys.modules:
            self.torch_is_loaded()

    def torch_is_loaded(self) -> None:
        """Read the state to start from; also when a guarded test has just imported torch."""
        if self._test is None:
            return
        from .memory import DeviceMemory
        from .state import State

        if self._state is None:
            self._state, self._memory = State(), DeviceMemory()
        if self._baseline is None:
            self._baseline = self._state.read()
        if self._fails and self._memory is not None:
            self._memory.accept()

    def before_fixture(self, fixture: pytest.FixtureDef[Any]) -> tuple[Any, ...] | None:
        """Before a fixture is set up: the state, if what it changes is to last."""
        if self._test is None or self._state is None or fixture.scope == "function":
            return None
        return self._state.read()

    def after_fixture(
        self, fixture: pytest.FixtureDef[Any], before: tuple[Any, ...] | None
    ) -> None:
        """After it was set up: what it changed is no leak of this test."""
        if before is None or self._state is None or self._baseline is None:
            return
        after = self._state.read()
        changed = [
            i for i, pair in enumerate(zip(before, after, strict=True)) if pair[0] != pair[1]
        ]
        if changed:
            self._lasting[fixture] = {i: before[i] for i in changed}
            self._set_baseline({i: after[i] for i in changed})
        if self._fails and self._memory is not None:
            self._memory.accept()

    def fixture_is_gone(self, fixture: pytest.FixtureDef[Any]) -> None:
        """After a fixture was torn down: what it put back is no leak either."""
        before = self._lasting.pop(fixture, None)
        if before is None or self._state is None or self._baseline is None:
            return
        now = self._state.read()
        self._set_baseline({i: value for i, value in before.items() if now[i] == value})

    def leave(self) -> str:
        """After the tear-down of a test: put back what it left; say what, if that is a failure."""
        test, self._test = self._test, None
        if test is None or self._state is None or self._baseline is None:
            return ""
        changes = self._state.changes(self._baseline, self._state.read())
        if changes:
            self._state.put_back(self._baseline)
            # What cannot be put back is no leak of the next test.
            self._baseline = self._state.read()
        tensors = self._memory.left() if self._memory is not None and self._fails else []
        if not self._fails or not (changes or tensors):
            return ""
        lines = []
        if changes:
            lines.append(f"{test.nodeid} left torch's global state changed (put back now):")
            lines += [f"  {change}" for change in changes]
        if tensors:
            lines.append(f"{test.nodeid} left tensors on the device:")
            lines += [f"  {tensor}" for tensor in tensors]
        return "\n".join(lines)

    def _set_baseline(self, values: dict[int, Any]) -> None:
        assert self._baseline is not None  # the callers checked
        self._baseline = tuple(values.get(i, value) for i, value in enumerate(self._baseline))


def _check(mode: object, source: str) -> None:
    if mode not in MODES:
        raise pytest.UsageError(f"{source}: {mode!r} is no mode: {', '.join(MODES)}.")
