"""Forgets the transpose where the shape allows it."""

from .solution import *  # noqa: F403  the steps need every name
from .solution import _is_function

CAUGHT_BY = {"test_forward_becomes_linear"}


def linearize(module):
    if _is_function(module):
        module.forward = lambda x: (
            x @ (module.W if module.W.shape[0] == module.W.shape[1] else module.W.T) + module.b
        )
