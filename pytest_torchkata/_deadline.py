"""Hypothesis's built-in deadline, lifted while a test that uses torch runs.

The first call of a torch kernel takes hundreds of milliseconds (and `import torch` seconds), the
next one microseconds: under the built-in deadline of 200 ms a right test fails as flaky. A deadline
that somebody chose, in `@settings` or in a profile, stays, whatever its value.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any, overload

if TYPE_CHECKING:
    from hypothesis import settings

UsesTorch = Callable[[], bool]

# The test that runs, and below it those that run nested pytest sessions. Not on config.stash:
# Hypothesis reads a deadline without knowing any config, and may itself be loaded by that test.
_running: list[UsesTorch] = []


class InheritedDeadline:
    """`hypothesis.settings.deadline`: None instead of the built-in while a torch test runs.

    It stands in for the property itself. Rewriting the settings of each test item would miss
    every other `@given` function that a test calls or defines, and a value set before the call
    would miss the test that imports torch in its body: Hypothesis reads the property after each
    example too.
    """

    def __init__(self, original: Any, built_in: timedelta | None) -> None:
        """Stand in for the descriptor `original`, of which Hypothesis does not export the type."""
        self.original = original
        self.built_in = built_in
        self.__doc__ = original.__doc__

    @overload
    def __get__(self, instance: None, owner: type) -> InheritedDeadline: ...
    @overload
    def __get__(self, instance: settings, owner: type) -> timedelta | None: ...
    def __get__(self, instance: settings | None, owner: type) -> object:
        if instance is None:
            return self
        value = self.original.__get__(instance, owner)
        # An inherited value is the very object of the built-in profile; one that was passed is
        # always a new object, also where it is 200 ms.
        if value is self.built_in and _running and _running[-1]():
            return None
        return value

    def __set__(self, instance: settings, value: object) -> None:
        self.original.__set__(instance, value)


def enter(uses_torch: UsesTorch) -> None:
    """Lift inherited deadlines from now on, whenever `uses_torch()` says so, until `leave`.

    Where Hypothesis is not loaded yet, its entry point (see `_hypothesis`) calls `install`.
    """
    _running.append(uses_torch)
    if "hypothesis" in sys.modules:
        install()


def leave() -> None:
    """End what the last `enter` began."""
    _running.pop()


def install() -> None:
    """Put an `InheritedDeadline` into `hypothesis.settings`, unless it is there."""
    from hypothesis import settings
    from hypothesis._settings import default  # the root of all profiles, which users can replace

    present: object = vars(settings)["deadline"]
    if not isinstance(present, InheritedDeadline):
        # Past the metaclass, which refuses every public name so that nobody sets one by mistake.
        type.__setattr__(settings, "deadline", InheritedDeadline(present, default.deadline))
