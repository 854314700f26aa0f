"""Fills every module with W and b."""

from torch import nn

from .solution import *  # noqa: F403  the steps need every name

CAUGHT_BY = {"test_only_functions_are_filled"}


def init_weights(module):
    if hasattr(module, "W") and hasattr(module, "b"):
        nn.init.ones_(module.W)
        nn.init.ones_(module.b)
