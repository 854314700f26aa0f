"""Switches requires_grad off, and leaves it off."""

from .solution import *  # noqa: F403  the steps need every name
from .solution import _is_function

CAUGHT_BY = {"test_weights_become_ones"}


def init_weights(module):
    if _is_function(module):
        module.requires_grad_(False)
        module.W.fill_(1)
        module.b.fill_(1)
