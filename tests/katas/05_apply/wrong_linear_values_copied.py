"""Copies W and b."""

from .solution import *  # noqa: F403  the steps need every name
from .solution import _is_function

CAUGHT_BY = {"test_later_changes_are_seen"}


def linearize(module):
    if _is_function(module):
        W, b = module.W.clone(), module.b.clone()
        module.forward = lambda x: x @ W.T + b
