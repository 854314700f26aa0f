"""A lambda that holds this module: copies compute with the original's."""

from .solution import *  # noqa: F403  the steps need every name
from .solution import _is_function

CAUGHT_BY = {"test_copies_compute_with_their_own"}


def linearize(module):
    if _is_function(module):
        module.forward = lambda x: x @ module.W.T + module.b
