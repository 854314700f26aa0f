"""Replaces forward of the class."""

from .solution import *  # noqa: F403  the steps need every name
from .solution import _is_function

CAUGHT_BY = {"test_forward_of_that_instance_only"}


def linearize(module):
    if _is_function(module):
        type(module).forward = lambda self, x: x @ self.W.T + self.b
