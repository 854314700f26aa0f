"""Clears the hooks that are there."""

from types import MethodType

from .solution import *  # noqa: F403  the steps need every name
from .solution import _is_function, _linear

CAUGHT_BY = {"test_later_changes_are_seen"}


def linearize(module):
    if _is_function(module):
        module._forward_hooks.clear()
        module.forward = MethodType(_linear, module)
