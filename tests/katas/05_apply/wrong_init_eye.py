"""Fills W with the identity."""

from torch import nn

from .solution import *  # noqa: F403  the steps need every name
from .solution import _is_function

CAUGHT_BY = {"test_weights_become_ones"}


def init_weights(module):
    if _is_function(module):
        nn.init.eye_(module.W)
        nn.init.ones_(module.b)
