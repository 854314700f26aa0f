"""Applies the old forward first."""

from .solution import *  # noqa: F403  the steps need every name
from .solution import _is_function

CAUGHT_BY = {"test_forward_becomes_linear"}


def linearize(module):
    if _is_function(module):
        old = module.forward
        module.forward = lambda x: old(x) @ module.W.T + module.b
