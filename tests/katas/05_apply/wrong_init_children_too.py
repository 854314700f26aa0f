"""Fills the parameters of children, too, whatever they are."""

from torch import nn

from .solution import *  # noqa: F403  the steps need every name
from .solution import _is_function

CAUGHT_BY = {"test_only_functions_are_filled"}


def init_weights(module):
    if _is_function(module) or isinstance(module, nn.Sequential):
        for p in module.parameters():
            nn.init.ones_(p)
