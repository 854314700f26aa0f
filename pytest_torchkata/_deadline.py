"""Hypothesis's built-in deadline, lifted while a test that uses torch runs.

The first call of a torch kernel takes hundreds of milliseconds (and `import torch` seconds), the
next one microseconds: under the built-in deadline of 200 ms a right test fails as flaky. A deadline
that somebody chose, in `@settings` or in a profile, stays, whatever its value.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, overload

from . import _current

if TYPE_CHECKING:
    from hypothesis import settings


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
        if value is self.built_in:
            test = _current.test()
            if test is not None and test.uses_torch():
                return None
        return value

    def __set__(self, instance: settings, value: object) -> None:
        self.original.__set__(instance, value)


def install() -> None:
    """Put an `InheritedDeadline` into `hypothesis.settings`, unless it is there.

    Where Hypothesis is not loaded when a run starts, its entry point (see `_hypothesis`) calls
    this.
    """
    from hypothesis import settings
    from hypothesis._settings import default  # the root of all profiles, which users can replace

    present: object = vars(settings)["deadline"]
    if not isinstance(present, InheritedDeadline):
        # Past the metaclass, which refuses every public name so that nobody sets one by mistake.
        type.__setattr__(settings, "deadline", InheritedDeadline(present, default.deadline))
