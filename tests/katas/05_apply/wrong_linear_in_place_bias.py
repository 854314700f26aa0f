"""Adds to x in place where the sizes allow it."""

from .solution import *  # noqa: F403  the steps need every name
from .solution import _is_function

CAUGHT_BY = {"test_forward_becomes_linear"}


def linearize(module):
    if _is_function(module):
        module.forward = lambda x: x.data.add_(1) @ module.W.T + module.b
