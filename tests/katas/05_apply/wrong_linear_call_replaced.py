"""Replaces __call__ of the class: hooks no longer run."""

from .solution import *  # noqa: F403  the steps need every name
from .solution import _is_function

CAUGHT_BY = {"test_later_changes_are_seen"}


def linearize(module):
    if _is_function(module):
        cls = type(module)
        module.__class__ = type(
            cls.__name__, (cls,), {"__call__": lambda self, x: x @ self.W.T + self.b}
        )
