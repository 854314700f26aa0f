"""Remembers the module in a global."""

from .solution import *  # noqa: F403  the steps need every name
from .solution import _is_function

CAUGHT_BY = {"test_forward_of_that_instance_only"}


CURRENT: list = []


def linearize(module):
    if _is_function(module):
        CURRENT[:] = [module]
        module.forward = lambda x: x @ CURRENT[0].W.T + CURRENT[0].b
