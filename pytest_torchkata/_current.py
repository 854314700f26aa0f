"""The test that runs: what Hypothesis, pytest-randomly and torch's import ask for with no config.

Plain hooks say where a test begins and ends, not wrappers around its phases: those would cost each
test of a suite several times as much, whether or not it has anything to do with torch.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

    from ._torch_use import TorchUse


class Current:
    """A test in its set-up, or in its call."""

    __slots__ = ("_use", "in_setup", "item", "torch_came_first")

    def __init__(self, item: pytest.Item, in_setup: bool) -> None:
        """Begin the set-up of `item`, or its call."""
        self.item = item
        self.in_setup = in_setup
        self.torch_came_first = "torch" in sys.modules
        self._use: TorchUse | None = None

    def uses_torch(self) -> bool:
        """Whether the test itself uses torch, as far as can be known by now; never its set-up."""
        if self.in_setup or "torch" not in sys.modules:
            return False
        if not self.torch_came_first:  # this test loaded it
            return True
        if self._use is None:
            from ._torch_use import TorchUse

            self._use = TorchUse(self.item)
        return self._use()


# One for each pytest session of this process: a test may run another session (pytester). The last
# to begin is the innermost.
_tests: dict[pytest.Config, Current] = {}


def begin(item: pytest.Item, *, setup: bool) -> None:
    """`item` is about to be set up, or called."""
    _tests[item.config] = Current(item, setup)


def end(config: pytest.Config) -> None:
    """No test of the session is in its set-up or call any longer."""
    _tests.pop(config, None)


def test() -> Current | None:
    """The test that runs, if one does: that of the innermost session."""
    return next(reversed(_tests.values()), None)
